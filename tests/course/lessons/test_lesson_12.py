"""Lesson 12: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course.exercises import check

SHARE = 27 / (27 + 97)
KINDS = {"A": "keeps", "B": "changes", "C": "changes", "D": "changes"}
GAINS = {"daylight to sketch": 0.09, "daylight to night": 0.13, "sketch to night": 0.01, "sketch to daylight": -0.1,
         "night to daylight": -0.3, "night to sketch": -0.05}  # fmt: skip
ROWS = {0.6: (0.02, 843, 0.95), 0.7: (0.004, 600, 0.98), 0.9: (-0.07, 78, 1.0)}


def tried(said, *thresholds):
    return {"said": said, "measured": {threshold: ROWS[threshold] for threshold in thresholds}}


SOLUTIONS = {
    "12-a": [4, 4.0, np.int64(4)],
    "12-b": [tried(0.6, 0.6, 0.9), tried(0.6, *ROWS), tried(np.float64(0.6), 0.9, 0.6)],
    "12-c": [SHARE, 0.218, 0.22],
    "12-d": [{"said": 2, "measured": GAINS}, {"said": 2.0, "measured": {k: np.float64(v) for k, v in GAINS.items()}}],
    "12-e": [KINDS, {letter.lower(): word for letter, word in KINDS.items()}],
}
MISTAKES = {
    "12-a": [2, 6, 3.5, 5],
    "12-b": [
        tried(0.7, 0.7, 0.9),
        tried(0.6, 0.6, 0.7),
        tried(0.65, 0.6, 0.9),
        tried(0.9, 0.6, 0.9),
        tried("low", 0.6),
    ],
    "12-c": [0.03, 27, 1 - SHARE, 0.27, 3 / 876, 0.5, 21.8],
    "12-d": [
        {"said": 1, "measured": dict(list(GAINS.items())[:1])},
        {"said": 3, "measured": GAINS},
        {"said": 4, "measured": GAINS},
        {"said": 6, "measured": GAINS},
        {"said": "daylight", "measured": GAINS},
    ],
    "12-e": [
        KINDS | {"A": "changes"},
        KINDS | {"B": "keeps"},
        KINDS | {"C": "keeps"},
        KINDS | {"D": "keeps"},
        KINDS | {"A": "maybe"},
        {"A": "keeps"},
    ],
}
ANSWERS = {"12-a": r"\b4\b|four", "12-b": "^$", "12-c": r"0?\.2[12]", "12-d": r"\bare two\b", "12-e": "^$"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("12", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    for measured in (None, 7, {}, {1: 2}, {0.6: ("x", 1, 2)}, {"a": None}):
        for name in ("12-b", "12-d"):
            check(name, {"said": 0.6, "measured": measured})


# ---------------------------------------------------------------- what the text says


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/semi_supervised.json").read_text(encoding="utf-8"))


def means(part):
    return {name: np.mean(values) for name, values in part["accuracies"].items()}


def higher(part, name, baseline="alone"):
    """In how many of the five draws `name` is above `baseline`."""
    return sum(np.array(part["accuracies"][name]) > np.array(part["accuracies"][baseline]))


def test_the_bundled_record_is_that_of_the_benchmark(record):
    benchmark = BENCHMARKS / "results" / "semi_supervised.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == record


def test_every_part_has_five_draws(record):
    assert {
        len(values) for part in record.values() for found in part.values() for values in found["accuracies"].values()
    } == {5}


def test_by_day_no_threshold_is_shown_to_help(record):
    pairs = record["thresholds"]["quick"]["pairs"]
    assert all("no difference shown" in pair["verdict"] for pair in pairs.values())


def test_right_answers_harm_the_slow_model(record):
    slow = record["thresholds"]["slow"]
    believed = {name: np.sum(values) for name, values in slow["first round"]["0.8"].items()}
    assert believed["right"] > 0.99 * believed["believed"]
    assert means(slow)["0.8"] < means(slow)["alone"] - 0.03
    assert higher(slow, "0.8") == 0
    assert "alone is better than 0.8" in slow["pairs"]["0.8 - alone"]["verdict"]


def test_the_day_teaches_sketches_and_the_night_ruins_the_day(record):
    sketch, day = (record["sketches"][style] for style in ("sketch", "daylight"))
    found = means(sketch)
    assert found["taught by daylight"] - found["alone"] >= 0.05
    assert higher(sketch, "taught by daylight") == 5
    assert found["all labels"] - found["taught by daylight"] <= 0.03
    assert means(day)["taught by night"] - means(day)["alone"] <= -0.15


def test_no_gain_is_shown_of_two_halves_and_of_three_models(record):
    for part in record["views"].values():
        for name in ("co-trained halves", "tri-trained"):
            pair = part["pairs"][f"{name} - self-trained"]
            assert pair["p_value"] > 0.05 or pair["difference"] < 0
