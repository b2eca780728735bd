"""Lesson 13: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course.exercises import check
from tlteach.course.lessons.lesson_13 import COMPOSED, DESCRIPTIONS, kept, packed, unpacked
from tlteach.image import menagerie

WAYS = {5: 0.786, 7: 0.714, 8: 0.696, 9: 0.667, 10: 0.65, 14: 0.58}  # as the lesson measures them


def ways(said, *measured):
    return {"said": said, "measured": {number: WAYS[number] for number in measured}}


def told(said, start="deer", parts=("horns", "nose"), share=0.6):
    return {"said": said, "measured": {"start": start, "parts": list(parts), "share": share}}


def words(said, yours, sentences=18):
    return {"said": said, "measured": {"bare words": 0.565, "yours": yours, "sentences": sentences}}


SOLUTIONS = {
    "13-a": [7.25, np.float32(7.25)],
    "13-b": [ways(9, 8, 9), ways(9, 5, 7, 8, 9, 10), ways(9.0, 14, 8, 9)],
    "13-c": [0.0714, 0.068, np.float64(0.08)],
    "13-d": [told(2), told(4, "horse", "abcd", 0.5), told(0, "goat", (), 0.9)],
    "13-e": [words(14.8, 0.713), words(15, 0.713), words(9.2, 0.657, 6)],
}
MISTAKES = {
    "13-a": [np.sqrt(7.25), 9.25, 2.25, -7.25, 3.0],
    "13-b": [ways(9, 5, 7), ways(9, 7, 9), ways(8, 8, 9), ways(10, 8, 9, 10), ways(11, 8, 9), ways("nine", 8, 9)],
    "13-c": [7.1, 0.31, 0.14],
    "13-d": [told(2, "giraffe"), told(2, share=0.3), told(3), told(3, share=0.1)][:3],
    "13-e": [words(14.8, 0.713, 4), words(3, 0.6), words("many", 0.713), words(0.148, 0.713), words(20, 0.713)],
}
ANSWERS = {"13-a": r"7\.25", "13-b": r"\b9 (?!ways, one)", "13-c": r"0\.07", "13-d": "^$", "13-e": "^$"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("13", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    for measured in (None, 7, {}, {1: 2}, {"start": 1}, {"bare words": "x", "yours": 1, "sentences": 9}, {2: "x"}):
        for name in ("13-b", "13-d", "13-e"):
            check(name, {"said": 2, "measured": measured})


# ---------------------------------------------------------------- what the text says, and the bars


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/few_shot.json").read_text(encoding="utf-8"))


def mean(values):
    return float(np.mean(values))


def test_the_bundled_record_is_that_of_the_benchmark(record):
    benchmark = BENCHMARKS / "results" / "few_shot.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == record


def test_few_pictures(record):
    day, sketch = record["episodes"]["day"], record["episodes"]["sketch"]
    centred, meta = day["prototypes, centred"], day["meta-trained"]
    assert {len(values) for found in day.values() for values in found.values()} == {5}
    assert record["episodes"]["episodes"] == 300
    assert mean(centred["1"]) >= 0.75
    assert mean(centred["20"]) >= 0.90
    assert all(abs(mean(centred[n]) - mean(meta[n])) <= 0.05 for n in centred)
    assert mean(day["logistic regression"]["20"]) > mean(centred["20"])
    assert max(mean(values) for values in day["pixels"].values()) < 0.3
    shift = sketch["meta-trained on the shift"]
    assert all(mean(shift[n]) > mean(sketch["meta-trained"][n]) for n in shift)


def test_no_picture(record):
    zero, beasts = record["zero"], record["beasts"]
    for name in ("ESZSL", "DAP"):
        assert mean(zero[f"{name}, 14 species"]) >= 0.30
        assert mean(zero[f"{name}, descriptions mixed up"]) <= 0.15
        assert mean(zero[f"{name}, cat or dog"]) >= 0.80
    assert mean(beasts["240"]) - mean(beasts["24"]) >= 0.15
    assert "no difference" not in beasts["verdicts"][-1]


def test_known_and_new_at_once(record):
    found = {name: mean(values) for name, values in record["generalized"].items() if name != "penalty"}
    assert found["as they are, known"] > 0.9
    assert found["as they are, new"] < 0.1
    assert found["calibrated, harmonic mean"] > 3 * found["as they are, harmonic mean"]


def test_animals_are_told_by_others(record):
    for name in COMPOSED:
        assert mean(record["composed"][f"{name}, composed"]) > mean(record["composed"][f"{name}, start"])
    assert mean(record["composed"]["giraffe, composed"]) > 0.5


def test_descriptions_of_texts(record):
    for name in DESCRIPTIONS:
        assert record["texts"][name]["descriptions"] - record["texts"][name]["bare words"] >= 0.08
        assert "is better than bare words" in record["texts"][name]["verdict"]


def test_towers_are_told_as_they_are(record):
    towers = record["towers"]
    assert mean(towers["sentences, two towers, 14 species"]) > 0.30
    assert mean(towers["sentences, two towers, mixed up"]) < 0.15
    assert len(towers["verdicts"]) == 3


def test_what_the_base_lets_go_of(record):
    layers = {name: mean(values) for name, values in record["layers"].items()}
    assert layers["top, labels"] > layers["early, labels"] + 0.5
    assert layers["top, coats"] < layers["early, coats"] - 0.15
    assert layers["late, one zebra"] > layers["early, one zebra"] + 0.1


def test_the_kept_features_fit_a_lesson():
    stored = kept()
    assert bundled("comparisons/few_shot.npz").stat().st_size < 1e6
    assert len(stored["seen"]) % len(menagerie.SOURCE_SPECIES) == 0
    assert len(stored["new"]) % len(menagerie.TARGET_SPECIES + menagerie.UNSEEN_SPECIES) == 0
    features = np.linspace(0, 6, 101)
    assert np.abs(unpacked(packed(features)) - features).max() < 0.03
