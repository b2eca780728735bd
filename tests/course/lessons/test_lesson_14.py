"""Lesson 14: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course.exercises import check

CURES = {"A": "LwF", "B": "replay", "C": "EWC"}
# As the lesson's `after` gives them: accuracies on the first task and on the second, by strength.
EWC = {10.0: (0.70, 0.73), 30.0: (0.74, 0.72), 100.0: (0.77, 0.71), 300.0: (0.82, 0.70), 1000.0: (0.86, 0.66)}


def staged(said, direct, sketches, labels=60):
    return {"said": said, "measured": {"labels": labels, "direct": direct, "species as sketches": sketches}}


def pulled(said, *strengths):
    return {"said": said, "measured": {s: EWC[s] for s in strengths} | {"before": 0.90, "naive": 0.70}}


SOLUTIONS = {
    "14-a": [staged("helps", 0.7, 0.75), staged("neither", 0.7, 0.72), staged("Hurts ", 0.7, 0.66, labels=10)],
    "14-b": [5 / 3, 1.667, np.float32(5 / 3)],
    "14-c": [pulled(300, 100.0, 300.0), pulled(300.0, *EWC), pulled(300.0, 300.0, 1000.0, 100.0)],
    "14-d": [17.5, np.float64(17.5)],
    "14-e": [CURES, {letter.lower(): word.upper() for letter, word in CURES.items()}],
}
MISTAKES = {
    "14-a": [
        staged("helps", 0.7, 0.71),
        staged("neither", 0.7, 0.8),
        staged("helps", 0.7, 0.6),
        staged("often", 0.7, 0.8),
        staged("helps", 0.7, 0.8, labels=40),
    ],
    "14-b": [3, 1, 2, 1.4, 5, 1.2],
    "14-c": [
        pulled(100.0, 10.0, 100.0),
        pulled(300.0, 300.0, 1000.0),
        pulled(300.0, 30.0, 300.0),
        pulled(200.0, 100.0, 300.0),
        pulled(100.0, 100.0, 300.0),
        pulled(1000.0, 100.0, 300.0, 1000.0),
        pulled("strong", 100.0, 300.0),
    ],
    "14-d": [0.175, 35, 35 / 3, 30, 75, -17.5, 50],
    "14-e": [
        CURES | {"B": "EWC"},
        CURES | {"A": "replay"},
        CURES | {"A": "EWC"},
        CURES | {"C": "replay"},
        CURES | {"C": "LwF"},
        CURES | {"A": "L2-SP"},
        {"A": "LwF"},
    ],
}
ANSWERS = {"14-a": "^$", "14-b": r"1\.6|5 / 3", "14-c": r"300(?! you have not)", "14-d": r"17\.5", "14-e": "^$"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("14", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    for measured in (None, 7, {}, {1: 2}, {"labels": 60}, {"labels": "far", "direct": 1}, {300.0: (1,)}, {"x": (1, 2)}):
        check("14-a", {"said": "helps", "measured": measured})
        check("14-c", {"said": 300.0, "measured": measured})


# ---------------------------------------------------------------- what the text says


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/sequential.json").read_text(encoding="utf-8"))


def test_the_bundled_record_is_that_of_the_benchmark(record):
    benchmark = BENCHMARKS / "results" / "sequential.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == record


def gains(record, part):
    rows = record[part]["accuracies"]
    assert {len(values) for values in rows.values()} == {5}
    naive = np.array(rows["naive"])
    return np.mean(record[part]["before"]) - naive.mean(), {way: np.mean(rows[way]) - naive.mean() for way in rows}


def test_a_stage_in_sketches_helps_and_the_control_does_not(record):
    at_40 = {way: np.array(values) for way, values in record["stages"]["accuracies"]["40"].items()}
    gain = at_40["species as sketches"] - at_40["direct"]
    assert gain.mean() >= 0.025
    assert (gain > 0).sum() == 5
    assert abs(np.mean(at_40["species by day"] - at_40["direct"])) <= 0.03


@pytest.mark.parametrize(("part", "drop"), [("lights", 0.08), ("questions", 0.15)])
def test_the_first_task_is_forgotten_and_kept(record, part, drop):
    lost, gain = gains(record, part)
    assert lost >= drop
    assert gain["replay of 600"] >= 0.04
    assert gain["EWC"] >= 0.025


def test_lwf_is_a_cure_for_new_questions_and_hardly_one_for_new_light(record):
    (_, questions), (_, lights) = (gains(record, part) for part in ("questions", "lights"))
    assert questions["LwF"] >= 0.05
    assert lights["LwF"] < questions["LwF"] - 0.05
    assert questions["LwF"] > questions["EWC"]


def test_the_files_that_the_lesson_runs_on_are_small():
    for name in ("sequential_features", "sequential_stages"):
        assert bundled(f"comparisons/{name}.npz").stat().st_size < 1_000_000


def test_a_stage_between_adds_nothing_on_vectors_that_stand_still_and_the_old_head_needs_no_label(record):
    texts = record["texts"]
    means = {n: {way: np.mean(found) for way, found in row.items()} for n, row in texts["accuracies"].items()}
    assert all("no difference shown" in pair["verdict"] for pair in texts["verdicts"])
    assert max(means["40"].values()) < np.mean(texts["old head"]) < max(means["200"].values())
    assert abs(np.mean(texts["old head"]) - np.mean(list(means["100"].values()))) < 0.02
