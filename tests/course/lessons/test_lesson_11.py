"""Lesson 11: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course.exercises import check


def beside(said, alone, found, partners=("coat",)):
    return {"said": said, "measured": {"partners": list(partners), "alone": alone, "with partners": found}}


def weighed(said, **found):
    return {
        "said": said,
        "measured": {"alone": 0.6, "weights": {float(w[1:].replace("_", ".")): a for w, a in found.items()}},
    }


SOLUTIONS = {
    "11-a": [60, 60.0, np.float32(60)],
    "11-b": [
        beside("helps", 0.6, 0.65, ["muzzle"]),
        beside("hurts", 0.6, 0.55),
        beside("Neither ", 0.6, 0.61, ["x", "y"]),
    ],
    "11-c": [2500 / 1.79, 1397, np.float64(1396.6)],
    "11-d": [
        weighed(0.01, w0_1=0.5, w0_01=0.6, w0_001=0.61),
        weighed(0.001, w0_01=0.5, w0_001=0.58),
    ],
    "11-e": [100, 100.0],
}
MISTAKES = {
    "11-a": [1 / 60, 1, 3600 / 3540, 12],
    "11-b": [
        beside("helps", 0.6, 0.61),
        beside("neither", 0.6, 0.5),
        beside("helps", 0.6, 0.5),
        beside("often", 0.6, 0.5),
        beside("hurts", 0.6, 0.5, ["coat", "background"]),
        beside("hurts", 0.6, 0.5, ["species", "coat"]),
    ],
    "11-c": [1.79 / 2500, 2500, 2498.21, 50, 7],
    "11-d": [
        weighed(0.1, w0_1=0.5, w0_01=0.5),
        weighed(0.01, w0_01=0.6, w0_001=0.6),
        weighed(0.001, w0_1=0.5, w0_001=0.6),
        weighed(0.5, w0_1=0.5, w0_01=0.6),
        weighed(0.1, w0_1=0.5, w0_01=0.6),
        weighed(0.001, w0_1=0.5, w0_01=0.6, w0_001=0.6),
        weighed("small", w0_1=0.5, w0_01=0.6),
    ],
    "11-e": [200, 0.01, 0.0025, -4.6, 7],
}
ANSWERS = {"11-a": r"\b60\b", "11-b": "^$", "11-c": r"139\d|1,39\d", "11-d": r"0\.01\b(?! you)", "11-e": r"\b100\b"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("11", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    for measured in (
        None,
        7,
        {},
        {1: 2},
        {"partners": None},
        {"partners": ["coat"], "alone": "x"},
        {"weights": {1: "x"}},
    ):
        for name, said in (("11-b", "helps"), ("11-d", 0.01)):
            check(name, {"said": said, "measured": measured})


# ---------------------------------------------------------------- what the text says


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/multi_task.json").read_text(encoding="utf-8"))


def gains(record, part, name, baseline="alone"):
    scores = record[part]["scores"]
    return np.subtract(scores[name]["species"], scores[baseline]["species"])


def test_the_bundled_record_is_that_of_the_benchmark(record):
    benchmark = BENCHMARKS / "results" / "multi_task.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == record


def test_every_part_has_five_seeds(record):
    for part in ("partners", "all labels", "weights", "sharing", "mail"):
        assert {len(values) for found in record[part]["scores"].values() for values in found.values()} == {5}


def test_related_partners_help_and_unrelated_ones_harm(record):
    related, unrelated = (gains(record, "partners", name) for name in ("related", "unrelated"))
    assert related.mean() >= 0.03
    assert (related > 0).all()
    assert unrelated.mean() <= -0.015
    assert (unrelated > 0).sum() <= 1


def test_with_all_labels_the_help_is_gone_and_less_harm_is_left(record):
    assert abs(gains(record, "all labels", "related").mean()) < 0.015
    assert gains(record, "partners", "unrelated").mean() < gains(record, "all labels", "unrelated").mean() < -0.01


def test_a_target_in_pixels_costs_and_standardised_it_does_not(record):
    assert gains(record, "weights", "in pixels").mean() <= -0.10
    assert gains(record, "weights", "standardised").mean() >= -0.05


def test_no_clever_weighting_repairs_the_unit(record):
    clever = [name for name in record["weights"]["scores"] if name.startswith("in pixels,")]
    assert len(clever) == 3
    for name in clever:
        assert gains(record, "weights", name, "standardised").mean() < -0.02


def test_fast_uncertainty_weights_choose_the_memorised_task(record):
    found = record["weights"]["scores"]["related, fast uncertainty"]
    assert min(found["weight of species"]) > 20 > max(found["weight of ears"])


def test_the_mail_of_two_shows_nothing(record):
    assert all("no difference shown" in verdict for verdict in record["mail"]["verdicts"])


def test_the_cosine_would_take_the_partners_that_harm(record):
    first = {name: np.mean(values) for name, values in record["cosines"]["0"].items()}
    assert min(first["background"], first["coat"]) > max(first["ears"], first["muzzle"])
    assert list(record["cosines"]) == ["0", "1", "5"]
