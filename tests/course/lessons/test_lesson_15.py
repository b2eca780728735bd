"""Lesson 15: its exercises, and what its text claims that no cell asserts."""

import json
import math

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course.exercises import check

ALONE = {"colours": 0.8, "light": 0.7, "lens": 0.5, "camera": 0.6, "dynamics": 0.5}
READ = {0: 0.54, 0.5: 0.59, 1: 0.6, 2: 0.53, 4: 0.37}


def alone(said, *measured):
    return {"said": said, "measured": {group: ALONE[group] for group in measured}}


def read(said, *measured):
    return {"said": said, "measured": {level: READ[level] for level in measured}}


def degrees(tangent):
    return math.degrees(math.atan(tangent))


SOLUTIONS = {
    "15-a": [8.0, degrees(5.2 / 37), np.float32(7.98)],
    "15-b": [alone("colours", "colours", "light", "camera"), alone("colours", *ALONE)],
    "15-c": [4 / 3, 1.33, np.float64(1.34)],
    "15-d": [read(1, 0, 0.5, 1, 2), read(1.0, *READ)],
    "15-e": [{"A": "more", "B": "less", "C": "label"}, {"a": " More", "b": "LESS", "c": "label"}],
}
MISTAKES = {
    "15-a": [degrees(2.6 / 37), degrees(2 / 37), degrees(1 / 6), degrees(5.2 / 37**0.5), 5.2 / 37, -8.0, 20.0],
    "15-b": [
        alone("road", *ALONE),
        alone("colours", "colours", "light"),
        alone("colours", "lens", "light", "camera"),
        alone("light", *ALONE),
        alone("camera", "lens", "dynamics", "camera"),
    ],
    "15-c": [1 / 3, 0.8, 1 / 0.6, -1.33, 3.0],
    "15-d": [
        read(1, 0, 1),
        read(1, 0, 0.5, 2, 4),
        read(2, *READ),
        read(1, 0.5, 1, 2, 4) | {"measured": {1: 0.6, 2: 0.5, 3: 0.4, 4: 0.3}},
        {"said": 1, "measured": {0: 0.1, 0.2: 0.2, 0.5: 0.3, 1: 0.4}},
        read("one", *READ),
    ],
    "15-e": [
        {"A": "more", "B": "less"},
        {"A": "x", "B": "less", "C": "label"},
        {"A": "less", "B": "less", "C": "label"},
        {"A": "label", "B": "less", "C": "label"},
        {"A": "more", "B": "more", "C": "label"},
        {"A": "more", "B": "label", "C": "label"},
        {"A": "more", "B": "less", "C": "more"},
    ],
}
ANSWERS = {"15-a": r"8\.0|7\.9", "15-b": "^$", "15-c": r"1\.3", "15-d": r"level 1\b", "15-e": "^$"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("15", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    for measured in (None, 7, {}, {1: 2}, {"colours": "x", "light": 1, "lens": 9}, {2: "x"}, {"a": 1, "b": 2}):
        for name in ("15-b", "15-d"):
            check(name, {"said": 2, "measured": measured})


# ---------------------------------------------------------------- what the text says, and the bars


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/simulation.json").read_text(encoding="utf-8"))


def test_the_bundled_record_is_that_of_the_benchmark(record):
    benchmark = BENCHMARKS / "results" / "simulation.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == record


def test_the_peak(record):
    share = record["randomness"]["share"]
    reality = {much: np.mean(values["reality"]) for much, values in share.items()}
    assert {len(values) for each in share.values() for values in each.values()} == {5}
    assert max(reality, key=reality.get) == "1"
    assert reality["1"] - reality["0"] >= 0.25
    assert reality["1"] - reality["4"] >= 0.20
    assert np.mean(share["0"]["simulator"]) > 0.99
    assert np.mean(share["4"]["simulator"]) < 0.6


def test_outside_of_the_family(record):
    share, formula = record["randomness"]["share"], record["randomness"]["formula"]
    for outside in ("night", "snow", "gravel", "truck"):
        found = {much: np.mean(values[outside]) for much, values in share.items()}
        assert found["0"] < found["1"] < 0.6
        assert formula[outside]["share"] == [1.0]
    assert np.mean(share["2"]["snow"]) > np.mean(share["1"]["snow"])


def test_a_push(record):
    aside = {where: {drive: np.mean(values) for drive, values in found.items()} for where, found in
             record["aside"].items()}  # fmt: skip
    assert min(found["calm"] for found in aside.values()) > 0.99
    assert aside["beside it"]["pushed"] > aside["in the middle"]["pushed"] + 0.1


def test_a_few_real_frames(record):
    share = {much: {place: np.mean(values) for place, values in found.items()} for much, found in
             record["randomness"]["share"].items()}  # fmt: skip
    frames = {place: {n: {start: np.mean(values) for start, values in found.items()} for n, found in budgets.items()}
              for place, budgets in record["frames"].items()}  # fmt: skip
    snow, family = frames["snow"], frames["reality"]
    assert snow["50"]["from scratch"] > share["2"]["snow"] + 0.3
    assert min(snow["50"].values()) == snow["50"]["from scratch"]
    assert max(snow["200"], key=snow["200"].get) == "from randomness 0"
    assert family["200"]["from randomness 1"] < family["50"]["from randomness 1"] < share["1"]["reality"]
    assert family["200"]["from scratch"] < family["200"]["from randomness 0"] < family["200"]["from randomness 1"]


def test_one_group_alone(record):
    alone = {group: np.mean(values["reality"]) for group, values in record["groups"].items()}
    assert max(alone, key=alone.get) == "colours"
    assert alone["colours"] < np.mean(record["randomness"]["share"]["1"]["reality"])
