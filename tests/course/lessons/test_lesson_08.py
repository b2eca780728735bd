"""Lesson 08: its exercises, and what its text claims of the bundled records."""

import json

import keras
import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

import tlteach as tl
from tlteach.core.files import bundled
from tlteach.course.exercises import check
from tlteach.evidence.comparison import load
from tlteach.methods.membership import attack

DIVIDED = {1: [0.99, 0.97], 255: [0.6, 0.5], 2: [0.98, 0.95], 4: [0.95, 0.9], 8: [0.9, 0.7]}
NO_FALL = {1: (1.0, 0.9), 2: (1.0, 0.9), 4: (1.0, 0.9)}
RUNS = {"A": "by heart", "B": "pixels", "C": "source", "D": "rate"}
CASES = {"app": "vgg16", "gift": "menagerie", "ask first": "convnext_tiny"}


def divisor(said, measured=DIVIDED):
    return {"said": said, "measured": measured}


def attacks(members, others, said):
    """Before, half of the members have no loss; after, what is given."""
    random = np.random.default_rng(0)
    before = attack(np.where(np.arange(100) < 80, 0.001, 1.0), random.uniform(0.5, 2, 200))
    return {"said": said, "measured": (before, attack(members, others))}


LOWER = np.linspace(0.5, 1, 100), np.linspace(0.5, 1, 200)
HARDLY = np.where(np.arange(100) < 75, 0.001, 1.0), np.linspace(0.5, 2, 200)
HIGHER = np.full(100, 0.001), np.linspace(0.5, 2, 200)

SOLUTIONS = {
    "08-a": [
        divisor(4),
        divisor(np.int64(4)),
        divisor(4, {key: tuple(pair) for key, pair in DIVIDED.items()}),
        divisor(3, {1: (1, 0.9), 3: (1, 0.85), 9: (1, 0.5)}),
        divisor(1, {1: (1, 0.9), 2: (1, 0.6), 4: (1, 0.5)}),
    ],
    "08-b": [RUNS, {**RUNS, "D": "learning rate"}, {**RUNS, "A": " Heart"}],
    "08-c": [0.5, np.float32(0.5)],
    "08-d": [attacks(*LOWER, "lower"), attacks(*HARDLY, " Not shown"), attacks(*HIGHER, "not shown")],
    "08-e": [CASES, {**CASES, "ask first": "ConvNeXt-Tiny"}, {**CASES, "app": "VGG16 "}],
}
MISTAKES = {
    "08-a": [
        divisor(8),
        divisor(255),
        divisor(2),
        divisor(16),
        divisor(4, {2: (1, 0.9), 4: (1, 0.9)}),
        divisor(4, {1: (1, 0.97), 4: (1, 0.9)}),
        divisor(4, NO_FALL),
        divisor(4, {1: (99, 97), 2: (99, 95), 4: (99, 90)}),
        divisor("four"),
    ],
    "08-b": [
        {**RUNS, "A": "source", "C": "by heart"},
        {**RUNS, "B": "rate", "D": "pixels"},
        {**RUNS, "C": "rate", "D": "source"},
        {**RUNS, "B": "source", "C": "pixels"},
        {**RUNS, "C": "pixels"},
        {**RUNS, "C": "weather"},
        {"A": "rate"},
    ],
    "08-c": [50, -0.5, 0.8, 0.3, 11 / 15, 1, 7.0],
    "08-d": [
        attacks(*LOWER, "not shown"),
        attacks(*HARDLY, "lower"),
        attacks(*HIGHER, "lower"),
        attacks(*LOWER, "yes"),
        {"said": "lower", "measured": (attacks(*LOWER, "")["measured"][0],) * 2},
        {"said": "lower", "measured": (0.4, 0.2)},
    ],
    "08-e": [
        {**CASES, "app": "convnext_tiny", "ask first": "vgg16"},
        {**CASES, "app": "convnext_tiny"},
        {**CASES, "app": "menagerie", "gift": "vgg16"},
        {**CASES, "app": "menagerie"},
        {**CASES, "gift": "convnext_tiny"},
        {**CASES, "app": "resnet50"},
        {"app": "vgg16"},
    ],
}
ANSWERS = {
    "08-a": r"\b4\b",
    "08-b": r"\b[ABC]\W+(is|are) (by heart|pixels|source)|\"(by heart|pixels|source|rate)\"",
    "08-c": r"\b0?\.5\b",
    "08-d": r"it is (lower|not shown)",
    "08-e": r"vgg16|convnext|menagerie",
}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("08", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything(capsys):
    for measured in (None, 7, {}, {1: 0.9}, {"a": (1, 2)}, (1, 2), (None, None), [attack(*LOWER)]):
        for name, said in (("08-a", 4), ("08-d", "lower")):
            check(name, {"said": said, "measured": measured})
            assert capsys.readouterr().out.startswith(f"{name} not yet. ")


def test_the_cards_say_what_the_last_exercise_reads_in_them():
    licences = {case: tl.sources.SOURCES[name].licence for case, name in CASES.items()}
    assert licences["app"].startswith("CC BY")
    assert licences["gift"].startswith("CC0")
    assert licences["ask first"].startswith("not stated")
    assert tl.sources.SOURCES["menagerie"].trained_on.startswith("the menagerie: drawings")


def read(name):
    return json.loads(bundled(f"comparisons/{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["failures", "membership", "distances"])
def test_the_records_that_the_text_quotes_are_those_of_the_benchmark(name):
    assert (BENCHMARKS / "results" / f"{name}.json").read_bytes() == bundled(f"comparisons/{name}.json").read_bytes()
    if name != "distances":
        record = load(bundled(f"comparisons/{name}.json"))
        assert not record.failed
        assert {len(row.accuracies) for row in record.rows} == {5}
        assert [(pair.first, pair.second) for pair in record.pairs] == list(record.planned)


def test_what_the_text_says_of_the_records():
    """What is said in words, and printed nowhere, must hold when the records are made again."""
    failures = load(bundled("comparisons/failures.json"))
    assert all(pair.is_shown for pair in failures.pairs)
    means = {row.method: row.mean for row in failures.rows}
    assert sorted(means, key=means.get)[-2:] == ["five labels", "done right"]
    seen = {
        name: {key: np.mean(some) for key, some in found.items()} for name, found in read("failures")["seen"].items()
    }
    assert abs(seen["pixels from 0 to 1"]["validation_loss"] - np.log(2)) < 0.01
    assert abs(seen["seven blocks"]["train"] - seen["seven blocks"]["validation"]) < 0.06
    assert seen["rate too high"]["validation_loss"] > np.log(2) > 5 * seen["done right"]["validation_loss"]

    record, against = load(bundled("comparisons/membership.json")), read("membership")["against_plain"]
    shown = {name for name, found in against.items() if found["p_value"] < 0.05}
    assert shown == {"3 epochs", "frozen base", "4 times the labels"}
    assert all(against[name]["high"] < 0 for name in shown)
    accuracy = {row.method: row.mean for row in record.rows}
    in_order = sorted(accuracy, key=accuracy.get)
    assert {*in_order[:2], in_order[-1]} == shown
    assert in_order[-1] == "4 times the labels"
    assert not any(pair.is_shown for pair in record.pairs)
    advantage = {name: np.mean(found["advantage"]) for name, found in read("membership")["attacks"].items()}
    assert max(advantage, key=advantage.get) == "smoothed labels"
    assert min(advantage, key=advantage.get) == "4 times the labels"


@pytest.mark.parametrize("divisor", [1.5, 255])
def test_the_guard_refuses_a_wrong_scale_that_costs_little_too(divisor):
    task = tl.tasks.cats_vs_dogs().subset(5)
    pixels = keras.Input((96, 96, 3))
    base = tl.base_model(tl.sources.source_by_name("menagerie"))
    divided = keras.Model(pixels, base(keras.layers.Rescaling(1 / divisor)(pixels)))
    with pytest.raises(tl.GuardError, match="preprocessing does not match"):
        tl.train(tl.add_head(divided, task), task, epochs=1, verbose=0)
