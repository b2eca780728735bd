"""Lesson 10: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

import tlteach as tl
from tlteach.core.files import bundled
from tlteach.course.exercises import check
from tlteach.course.lessons.lesson_10 import METHODS, WEIGHTS

EFFECTIVE = WEIGHTS.sum() ** 2 / (WEIGHTS**2).sum()
UPSIDE_DOWN = (1 / WEIGHTS).sum() ** 2 / (WEIGHTS**-2).sum()
# As the lesson's errors_at gives them: of the weighted line, of the best one, and effective inputs.
ERRORS = {2.0: (0.011, 0.010, 18.4), 2.25: (0.014, 0.011, 7.2), 2.5: (0.021, 0.011, 3.9), 2.75: (0.036, 0.010, 2.1)}
ERRORS |= {3.0: (0.23, 0.010, 1.5)}
KINDS = {"A": "inputs", "B": "rule", "C": "no overlap", "D": "rule"}


def moved(said, *centres):
    return {"said": said, "measured": {centre: np.array(ERRORS[centre]) for centre in centres}}


def taught(said, alone, after, rotation=20):
    return {"said": said, "measured": {"source only": alone, "self-training": after, "rotation": rotation}}


SOLUTIONS = {
    "10-a": [EFFECTIVE, 6.4, np.float32(EFFECTIVE)],
    "10-b": [moved(2.75, 2.25, 2.5, 2.75), moved(2.75, 3.0, 2.75, 2.5), moved(2.75, *ERRORS)],
    "10-c": [
        taught("helps", 0.8, 0.85),
        taught("hurts", 0.8, 0.7),
        taught("neither", 0.8, 0.81),
        taught("Hurts ", 0.5, 0.4),
    ],
    "10-d": [KINDS, {letter.lower(): word for letter, word in KINDS.items()}, KINDS | {"C": "no_overlap"}],
    "10-e": [5.87, 5.9, np.float64(6)],
}
MISTAKES = {
    "10-a": [UPSIDE_DOWN, 10, (WEIGHTS**2).sum(), 1 / EFFECTIVE, 10 / (WEIGHTS**2).sum(), 3.125**2 / 6.640625, 12, 5],
    "10-b": [
        moved(2.0, 2.0, 2.25),
        moved(2.75, 2.75, 3.0),
        moved(2.75, 2.25, 2.75),
        moved(2.6, 2.5, 2.75),
        moved(2.5, 2.5, 2.75),
        moved(3.0, 2.5, 2.75, 3.0),
        moved("far", 2.5, 2.75),
    ],
    "10-c": [
        taught("helps", 0.8, 0.81),
        taught("neither", 0.8, 0.9),
        taught("helps", 0.8, 0.7),
        taught("often", 0.8, 0.9),
        taught("helps", 0.8, 0.9, rotation=30),
    ],
    "10-d": [
        KINDS | {"B": "inputs"},
        KINDS | {"D": "inputs"},
        KINDS | {"C": "rule"},
        KINDS | {"A": "rule"},
        KINDS | {"A": "covariates"},
        {"A": "inputs"},
    ],
    "10-e": [0.0587, 55.9, 0.01, 14.0, 3.0],
}
ANSWERS = {"10-a": r"6\.4", "10-b": r"2\.75(?! you have not)", "10-c": "^$", "10-d": "^$", "10-e": r"5\.[89]"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("10", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    for measured in (None, 7, {}, {1: 2}, {"rotation": 20}, {"rotation": "far", "source only": 1}, {2.0: (1, "x", 3)}):
        for name, said in (("10-b", 2.75), ("10-c", "helps")):
            check(name, {"said": said, "measured": measured})


# ---------------------------------------------------------------- what the text says


@pytest.fixture(scope="module")
def records():
    return {
        name: json.loads(bundled(f"comparisons/{name}.json").read_text(encoding="utf-8"))
        for name in ("shifts", "domains")
    }


@pytest.mark.parametrize("name", ["shifts", "domains"])
def test_the_bundled_records_are_those_of_the_benchmarks(name):
    benchmark = BENCHMARKS / "results" / f"{name}.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == json.loads(
        bundled(f"comparisons/{name}.json").read_text("utf-8")
    )


def test_every_part_of_the_record_has_five_draws(records):
    shifts = records["shifts"]
    for part in ("away", "turned", "pairs"):
        assert {len(values) for found in shifts[part].values() for values in found.values()} == {5}
    assert {len(values) for values in shifts["labels"]["filters"].values()} == {5}
    assert {pair["seeds"] for pair in records["domains"].values()} == {5}


def test_the_end_of_the_weights_is_where_the_exercise_finds_it(records):
    away = records["shifts"]["away"]
    ends = [np.mean(found["KLIEP"]) > 2 * np.mean(found["best line"]) for found in away.values()]
    assert float(list(away)[ends.index(True)]) == 2.75
    assert np.mean(away["2.75"]["outside"]) > 0.5
    assert np.mean(away["2.75"]["effective inputs, KLIEP"]) < 5
    assert np.mean(away["3.0"]["effective inputs, KMM"]) < 2
    assert np.mean(away["3.0"]["KMM"]) < 0.2 * np.mean(away["3.0"]["KLIEP"])


def test_a_few_labels_of_wei_are_worth_all_of_giulias(records):
    labels = records["shifts"]["labels"]
    mean = {name: np.mean(values) for name, values in labels["filters"].items()}
    assert min(value for name, value in mean.items() if name != "Giulia's mails") > mean["Giulia's mails"]
    assert all("no difference shown" in verdict for verdict in labels["verdicts"])


def test_nothing_repairs_wei_s_mail_or_inverted_digits(records):
    mail = records["domains"]["mail Giulia to Wei"]["methods"]
    assert not [name for name, row in mail.items() if row.get("transfer") == "better"]
    assert mail["target labels"]["accuracy"][0] < 0.65
    assert records["domains"]["digits inverted"]["distance"] > 1.99
    assert len(tl.adapt.METHODS) == METHODS


def test_fourteen_coins():
    best = np.random.default_rng(1).binomial(210, 0.5, size=(20_000, METHODS)).max(axis=1).mean() / 210
    assert 100 * (best - 0.5) == pytest.approx(5.9, abs=0.1)
