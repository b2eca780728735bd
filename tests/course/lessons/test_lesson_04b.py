"""Lesson 04b: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

from tlteach.core.files import bundled, bundled_file
from tlteach.course.lessons.lesson_04b import H_FEATURES, H_LABELS, LEEP_LABELS, LEEP_PROBABILITIES
from tlteach.evidence.trial import RANDOM, mean_correlations, unique
from tlteach.methods.transferability import h_score, leep, nce

TRUE = np.eye(2, dtype=bool)[LEEP_LABELS]
JOINT = np.eye(2)[LEEP_LABELS].T @ LEEP_PROBABILITIES / 4
EXPECTED = (LEEP_PROBABILITIES @ (JOINT / JOINT.sum(axis=0)).T)[TRUE]
LEEP = np.log(EXPECTED).mean()

MEANS = np.stack([H_FEATURES[label == H_LABELS].mean(axis=0) for label in H_LABELS])
TOTAL, BETWEEN = np.cov(H_FEATURES.T), np.cov(MEANS.T)
H_SCORE = np.trace(np.linalg.inv(TOTAL) @ BETWEEN)

RUNS = json.loads(bundled("comparisons/transferability.json").read_text(encoding="utf-8"))["runs"]
SOURCES = [name for name in unique(RUNS, "source") if name != RANDOM]


def found(*left_out, said=None, **changed):
    """What a learner finds who leaves these sources out."""
    correlations = mean_correlations(RUNS, [name for name in SOURCES if name not in left_out]) | changed
    said = correlations["logme"] if said is None else said
    return {"said": said, "measured": {"left out": list(left_out), "correlations": correlations}}


TWO = ("menagerie", "mobilenet_025")
SOLUTIONS = {
    "04b-a": [LEEP, leep(LEEP_PROBABILITIES, LEEP_LABELS), round(LEEP, 2)],
    "04b-b": [H_SCORE, h_score(H_FEATURES, H_LABELS), np.array([H_SCORE])],
    "04b-c": [found(*TWO), found(*TWO, "grazers"), found(*TWO, said=round(found(*TWO)["said"], 2))],
}
MISTAKES = {
    "04b-a": [
        -LEEP,
        4 * LEEP,
        LEEP / np.log(2),
        np.log(EXPECTED.mean()),
        EXPECTED.mean(),
        np.log((LEEP_PROBABILITIES @ JOINT.T)[TRUE]).mean(),
        np.log((LEEP_PROBABILITIES @ (JOINT / JOINT.sum(axis=1, keepdims=True)).T)[TRUE]).mean(),
        nce(LEEP_PROBABILITIES.argmax(axis=1), LEEP_LABELS),
        7.0,
    ],
    "04b-b": [
        np.trace(BETWEEN),
        np.trace(TOTAL @ BETWEEN),
        np.trace(BETWEEN / TOTAL),
        np.trace(np.linalg.inv(TOTAL - BETWEEN) @ BETWEEN),
        np.trace(np.linalg.inv(TOTAL) @ np.cov(MEANS[[0, -1]].T)),
        H_SCORE * 5 / 6,
        2.0,
        7.0,
    ],
    "04b-c": [
        found("mixed, night"),
        found("mixed, brief", "mixed, night", "mixed, sketch"),  # it rises
        found(*TWO, said=0.9),
        found(*TWO, logme=0.9),
        found(*TWO, "cats"),
        found(),
        found(*SOURCES[:4]),
    ],
}
ANSWERS = {"04b-a": r"0\.56|0\.57", "04b-b": r"0\.77", "04b-c": "menagerie|mobilenet"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("04b", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    """A learner may have put something else into it."""
    from tlteach.course.exercises import check

    for measured in (None, 7, {}, {"left out": [], "correlations": {}}, {"left out": [1], "correlations": {}}):
        check("04b-c", {"said": 0.3, "measured": measured})


# ---------------------------------------------------------------- what the text says


def test_with_few_pictures_the_plain_h_score_is_blind():
    random = np.random.default_rng(0)
    labels = np.arange(40) % 2
    assert h_score(random.normal(size=(40, 256)), labels) == pytest.approx(1)


def test_the_bundled_record_is_that_of_the_benchmark():
    benchmark = BENCHMARKS / "results" / "transferability.json"
    copy = bundled_file("comparisons/transferability.json")
    if copy is None or not benchmark.is_file():
        pytest.skip("the trial of the scores has not been run: python benchmarks/transferability.py")
    record, whole = (json.loads(path.read_text(encoding="utf-8")) for path in (copy, benchmark))
    for key in ("targets", "scores", "choices", "verdict", "runs"):
        assert record[key] == whole[key]
