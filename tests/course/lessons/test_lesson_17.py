"""Lesson 17: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course.exercises import check
from tlteach.course.lessons.lesson_17 import GRIDS

SIZES = {32: (0.7, 0.4), 48: (0.86, 0.6), 64: (0.92, 0.8), 80: (0.94, 1.1), 96: (0.95, 1.5)}


def sizes(said, *measured):
    return {
        "said": said,
        "measured": {size: dict(zip(("accuracy", "seconds"), SIZES[size], strict=True)) for size in measured},
    }


SOLUTIONS = {
    "17-a": [600, 600.0, np.float32(600)],
    "17-b": [93.15, 0.15 * (662 - 41)],
    "17-c": [sizes(64, 32, 48, 64, 96), sizes(64, 48, 64, 80, 96), sizes(64.0, 96, 80, 64, 48, 32)],
    "17-d": [120, 120.0, np.int64(120)],
}
MISTAKES = {
    "17-a": [1200, 600 / 3.6e6, 15, 0.5],
    "17-b": [99.3, 0.09315, -93.15, 540 * 621, 7.0],
    "17-c": [
        sizes(64, 64, 96),
        sizes(64, 48, 64, 80),
        sizes(80, 32, 48, 64, 80, 96),
        sizes(48, 32, 48, 64, 96),
        sizes(80, 32, 48, 64, 96),
        sizes(80, 32, 48, 80, 96),
        sizes("small", 32, 48, 64, 96),
    ],
    "17-d": [112.5, 1800, 90_000 / 850, 3.0],
}
ANSWERS = {"17-a": r"\b600\b", "17-b": r"\b93\b", "17-c": r"\b64\b", "17-d": r"\b120\b"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("17", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    for measured in (None, 7, {}, {1: 2}, {96: {}}, {"x": {"accuracy": 1}}, {96: {"accuracy": "x"}}):
        check("17-c", {"said": 64, "measured": measured})


def test_the_grids_are_those_of_codecarbon():
    table = pytest.importorskip("codecarbon.input").DataSource().get_global_energy_mix_data()
    by_name = {values["country_name"]: values for values in table.values()}
    assert {name: round(by_name[name]["carbon_intensity"]) for name in GRIDS} == GRIDS
    assert {by_name[name]["year"] for name in GRIDS} == {2023}


# ---------------------------------------------------------------- what the text says, and the bars


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/carbon.json").read_text(encoding="utf-8"))


def test_the_bundled_record_is_that_of_the_benchmark(record):
    benchmark = BENCHMARKS / "results" / "carbon.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == record


def test_every_method_has_every_seed(record):
    parts = [part for part in record.values() if "runs" in part]
    assert parts
    assert {len(several) for part in parts for several in part["runs"].values()} == {5}


def test_the_meter_is_repeated(record):
    assert len(record["meter"]["empty"]) == len(record["meter"]["same work, processor"]) == 10
    assert min(record["meter"]["empty"]) > 0
