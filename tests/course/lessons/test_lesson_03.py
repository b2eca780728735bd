"""Lesson 03: its exercises, and what its text claims of the bundled base."""

import json
import math
import re

import numpy as np
import pytest
from marking import (
    ODD,
    blanks_are_met_kindly,
    fine_tuned,
    headed,
    hint,
    hints_of_their_own,
    said,
    solved,
)
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course import lessons
from tlteach.evidence.comparison import load
from tlteach.methods.tune.forgetting import Forgetting

NAMES = [name for name in lessons.names("exercises") if name.startswith("03")]


def measured(old, new, rates=(2e-3,)):
    """What tune.forgetting gives of a base that was at 0.9 before."""
    return Forgetting(rates, (0.9, 0.9, 0.7), (old,) * len(rates), (new,) * len(rates), (0.8,) * len(rates))


def finding(said, *found, **more):
    return {"said": said, "measured": measured(*found, **more)}


SOLUTIONS = {
    "03-b": [1e-3, np.float32(1e-3)],
    "03-c": [
        finding("kept", 0.85, 0.88),
        finding("Moved", 0.3, 0.85),
        finding("lost ", 0.1, 0.5),
        finding("kept", 0.92, 0.9, rates=(1e-4,)),
    ],
    "03-d": [
        {"A": "augmentation", "B": "a lower rate", "C": "more epochs"},
        {"A": "Augmentation ", "B": "lower rate", "C": "more epochs"},
        {"A": "augmentation", "B": "a lower learning rate", "C": "more epochs"},
    ],
}
MISTAKES = {
    "03-b": [1e-6, 1e-4, 1e-2, 1e-1, 1.0, 3e-3],
    "03-c": [
        finding("kept", 0.3, 0.85),
        finding("lost", 0.3, 0.85),
        finding("moved", 0.85, 0.88),
        finding("moved", 0.1, 0.5),
        finding("gone", 0.1, 0.5),
        finding("kept", 0.85, 0.88, rates=(1e-3,)),
        finding("kept", 0.85, 0.88, rates=(2e-4, 2e-3)),
        {"said": "kept", "measured": 0.85},
    ],
    "03-d": [
        {"A": "more epochs", "B": "a lower rate", "C": "augmentation"},
        {"A": "a lower rate", "B": "augmentation", "C": "more epochs"},
        {"A": "augmentation", "B": "more epochs", "C": "a lower rate"},
        {"A": "augmentation", "B": "augmentation", "C": "more epochs"},
        {"A": "augmentation", "B": "a lower rate", "C": "augmentation"},
        {"A": "augmentation", "B": "a lower rate", "C": "a lower rate"},
        {"A": "prayer", "B": "a lower rate", "C": "more epochs"},
        {"A": "augmentation"},
    ],
}
ANSWERS = {
    "03-a": r"trainable ?= ?(True|False)|unfreeze\(|compile\(|from_layer",
    "03-b": r"1e-0?3|0\.001",
    "03-c": r"it was (kept|moved|lost)",
    "03-d": r"augmentation|lower rate|more epochs",
}
MODELS = [lambda: fine_tuned(from_block=2), lambda: fine_tuned(from_block=2, rate=1e-3)]
WRONG_MODELS = [
    headed,
    fine_tuned,
    lambda: fine_tuned(from_block=1),
    lambda: fine_tuned(from_block=2, normalization=True),
    lambda: fine_tuned(from_block=2, again=False),
    lambda: fine_tuned(from_block=2, head=False),
    lambda: fine_tuned(names=["block2_conv1", "block3_conv1", "block3_conv2"]),
    lambda: fine_tuned(names=["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"]),
]


def test_every_exercise_is_tried_here():
    assert SOLUTIONS.keys() == MISTAKES.keys() == ANSWERS.keys() - {"03-a"}
    assert ANSWERS.keys() == set(NAMES)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_solution_is_solved(capsys, name):
    solved(capsys, name, SOLUTIONS[name])


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_hints_of_their_own(capsys, name):
    hints = hints_of_their_own(capsys, name, MISTAKES[name])
    assert not [text for text in hints if re.search(ANSWERS[name], text)]


def test_two_whole_blocks_are_right(capsys):
    for make in MODELS:
        assert said(capsys, "03-a", make()).startswith("03-a solved. ")


def test_wrong_models_get_hints_of_their_own(capsys):
    models = [make() for make in WRONG_MODELS]
    hints = hints_of_their_own(capsys, "03-a", models)
    assert not [text for text in hints if re.search(ANSWERS["03-a"], text)]


@pytest.mark.parametrize("name", NAMES)
def test_blanks_and_odd_answers_are_met_kindly(capsys, name):
    blanks_are_met_kindly(capsys, name)
    for answer in [*ODD, math.pi, -1, 0, {"A": "x", "B": "y", "C": "z"}]:
        assert not re.search(ANSWERS[name], hint(capsys, name, answer))


@pytest.fixture(scope="module")
def bundled_base():
    import tlteach as tl

    return tl.base_model(tl.sources.source_by_name("menagerie"))


def test_what_the_text_says_of_the_base(bundled_base):
    """Fourteen blocks; half of the weights are in the last three; the benchmark's top half is six blocks."""
    import tlteach as tl

    blocks = tl.blocks(bundled_base)
    assert len(blocks) == 14
    assert [block.name for block in blocks[:3]] == ["conv1", "conv_dw_1", "conv_dw_2"]
    assert [block.name for block in blocks].index("conv_dw_8") == 14 - 6
    sizes = [sum(layer.count_params() for layer in block.layers) for block in blocks]
    assert sum(sizes[-3:]) > 0.5 * sum(sizes)  # those after conv_dw_10
    assert sum(sizes[:7]) < 0.1 * sum(sizes)


@pytest.mark.parametrize("name", ["freezing", "few_labels", "fog"])
def test_the_records_that_the_text_quotes_are_whole(name):
    record = load(bundled(f"comparisons/{name}.json"))
    assert not record.failed
    assert {len(row.accuracies) for row in record.rows} == {5}
    assert [(pair.first, pair.second) for pair in record.pairs] == list(record.planned)
    benchmark = BENCHMARKS / "results" / f"{name}.json"
    assert benchmark.read_bytes() == bundled(f"comparisons/{name}.json").read_bytes()


def test_what_the_text_says_of_the_records():
    """What is said in words, and printed nowhere, must hold when the records are made again."""
    record = load(bundled("comparisons/freezing.json"))
    more = json.loads(bundled("comparisons/freezing.json").read_text(encoding="utf-8"))
    asked, means = more["forgetting"], {row.method: row.mean for row in record.rows}
    probe = {(name, kind): np.mean(values) for name, both in asked.items() for kind, values in both.items()}
    assert record.pair("all", "frozen", 200).is_shown
    suggested = more["suggested_rates"]
    assert max(suggested) > 100 * min(suggested)
    assert max(suggested) < more["settings"]["all"]
    pair = record.pair("suggested rate", "all", 200)
    assert pair.difference.high < 0
    assert not pair.is_shown
    falls = [probe[name, "old probe"] for name in ("before", "all at 0.0003", "all", "all at 0.003")]
    assert falls == sorted(falls, reverse=True)
    assert more["settings"]["at once"] == 3e-3
    assert means["all at 0.003"] < means["frozen"] < means["at once"]
    lost = probe["before", "old probe"] - probe["at once", "new probe"]
    assert lost < 0.5 * (probe["before", "old probe"] - probe["at once", "old probe"])
    assert probe["L2-SP", "old probe"] > probe["all", "old probe"] > probe["at once", "old probe"] + 0.3
    assert load(bundled("comparisons/fog.json")).pair("new statistics", "old statistics", 100).is_shown
    few = load(bundled("comparisons/few_labels.json"))
    assert few.pair("220 labels", "early stopping", 10).is_shown


def test_the_curve_of_exercise_b_is_read_as_the_package_reads_it():
    from tlteach.methods.tune.learning_rate import suggest

    losses = np.array([0.69, 0.69, 0.66, 0.45, 0.32, 0.50, 1.20])
    assert suggest(np.geomspace(1e-6, 1, 7), losses) == pytest.approx(SOLUTIONS["03-b"][0])
