"""Lesson 01: its exercises are friendly and silent about the answers, and its record holds what the text builds on."""

import json

import numpy as np
import pytest
from marking import hint, hints_that_keep_the_secret, odd_answers_are_met_kindly, solved

from tlteach.core.files import bundled
from tlteach.course import lessons
from tlteach.course.lessons import lesson_01
from tlteach.evidence import comparison
from tlteach.evidence.comparison import transfer_gain

RECORD = lesson_01.record()
MEANS = {(row.method, row.labels_per_class): row.mean for row in RECORD.rows}
GAINS = {str(gain.labels_per_class): gain for gain in transfer_gain(RECORD, "frozen")}
ENOUGH = [labels for labels in RECORD.budgets if MEANS["scratch", labels] >= lesson_01.ENOUGH]


def shown(gain):
    return "not shown" if not gain.is_shown else "positive" if gain.difference.mean > 0 else "negative"


SHOWN = {labels: shown(gain) for labels, gain in GAINS.items()}
TURNED = {"positive": "negative", "negative": "positive", "not shown": "positive"}
FIRST_SHOWN = next(labels for labels, word in SHOWN.items() if word != "not shown")
DAY_AND_NIGHT = {"X": "same", "P(X)": "different", "Y": "same", "P(Y|X)": "same"}
KINDS = {number: kind for number, (kind, _) in lesson_01.SETTINGS.items()}

TRANSFERRED, SCRATCH = np.array([0.88, 0.92, 0.91, 0.94, 0.85]), np.array([0.95, 0.93, 0.96, 0.94, 0.92])
GOAL = MEANS["scratch", lesson_01.AS_GOOD]
TRIED = {10: GOAL + 0.06, 5: GOAL + 0.03, 2: GOAL + 0.01, 1: GOAL - 0.1}

SOLUTIONS = {
    "01-a": [min(ENOUGH), float(min(ENOUGH)), np.array([min(ENOUGH)])],
    "01-b": [{"said": 2, "measured": TRIED}, {"said": 1, "measured": {1: GOAL}}],
    "01-c": [
        SHOWN,
        {int(labels): word for labels, word in SHOWN.items()},
        {labels: word.replace(" ", "_") for labels, word in SHOWN.items()},
        {labels: f" {word.upper()} " for labels, word in SHOWN.items()},
    ],
    "01-d": [-4, -4.0, 100 * (TRANSFERRED.mean() - SCRATCH.mean())],
    "01-e": [DAY_AND_NIGHT, {part: f"The {word}" for part, word in DAY_AND_NIGHT.items()}],
    "01-f": [KINDS],
}
MISTAKES = {
    "01-a": [max(RECORD.budgets), min(RECORD.budgets), 0.9, 3],
    "01-c": [
        SHOWN | {FIRST_SHOWN: "not shown"},
        SHOWN | {FIRST_SHOWN: TURNED[SHOWN[FIRST_SHOWN]]},
        SHOWN | {FIRST_SHOWN: "better"},
        {"10": "positive"},
    ],
    "01-b": [
        {"said": 1, "measured": TRIED},
        {"said": 5, "measured": TRIED},
        {"said": 3, "measured": TRIED},
        {"said": 5, "measured": {5: GOAL + 0.03}},
        {"said": 5, "measured": {}},
    ],
    "01-d": [4, -0.04, -3, -2, -7, 0.9, 17],
    "01-e": [
        DAY_AND_NIGHT | {"X": "different"},
        DAY_AND_NIGHT | {"P(X)": "same"},
        DAY_AND_NIGHT | {"Y": "different"},
        DAY_AND_NIGHT | {"P(Y|X)": "different"},
        DAY_AND_NIGHT | {"Y": "other"},
        {"X": "same"},
    ],
    "01-f": [
        *(KINDS | {n: "inductive" if kind != "inductive" else "transductive"} for n, kind in KINDS.items()),
        dict.fromkeys(KINDS, "inductive"),
        KINDS | {"1": "supervised"},
        {"1": "inductive"},
    ],
}
ANSWERS = {
    "01-a": rf"\b{min(ENOUGH)}\b",
    "01-b": r"\b2\b",
    "01-c": r"\d+\D*\b(is|are|shows?) (a )?(positive|negative|not shown)",
    "01-d": r"-\s?4\b|\bminus 4\b",
    "01-e": r"\b(is|are) the (same|different)\b",
    "01-f": r"\b(inductive|transductive|unsupervised)\b",
}


def test_every_exercise_is_tried_here():
    names = {name for name in lessons.names("exercises") if name.startswith("01-")}
    assert SOLUTIONS.keys() == MISTAKES.keys() == ANSWERS.keys() == names


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_solution_is_solved(capsys, name):
    solved(capsys, name, SOLUTIONS[name])


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_hints_of_their_own(capsys, name):
    hints_that_keep_the_secret(capsys, name, MISTAKES[name], ANSWERS[name])


@pytest.mark.parametrize("name", SOLUTIONS)
def test_blanks_and_odd_answers_are_met_kindly(capsys, name):
    odd_answers_are_met_kindly(capsys, name, ANSWERS[name])


def test_a_claim_that_the_p_value_does_not_carry_gets_a_hint(capsys):
    for labels, word in SHOWN.items():
        if word == "not shown":
            assert "p-value" in hint(capsys, "01-c", SHOWN | {labels: "positive"})


# ---------------------------------------------------------------- what the text builds on


def test_the_record_is_whole():
    assert RECORD.methods == ("scratch", "frozen", "fine_tuned")
    assert RECORD.budgets == (10, 20, 50, 100, 200)
    assert not RECORD.failed
    assert all(len(row.accuracies) == 5 for row in RECORD.rows)
    assert len(RECORD.runs) == 75
    assert {"versions", "backend", "device"} <= RECORD.made_with.keys()


def test_few_labels_are_worth_more_with_transfer():
    assert MEANS["frozen", 10] > MEANS["scratch", 10] + 0.2
    assert SHOWN["10"] == "positive"
    assert any(MEANS["scratch", labels] >= MEANS["frozen", 10] for labels in RECORD.budgets)
    assert GAINS["200"].difference.mean < GAINS["10"].difference.mean - 0.2
    assert min(RECORD.budgets) < min(ENOUGH)


def test_the_record_of_harm_is_whole_and_shows_harm():
    hurt = comparison.load(bundled("comparisons/negative_transfer.json"))
    assert hurt.methods == ("scratch", "frozen", "coats")
    assert not hurt.failed
    assert all(len(row.accuracies) == 5 for row in hurt.rows)
    harm = {gain.labels_per_class: gain for gain in transfer_gain(hurt, "coats")}
    assert not harm[10].is_shown
    assert all(harm[labels].is_shown and harm[labels].difference.mean < -0.2 for labels in (50, 200))
    for row in hurt.rows:  # the runs of scratch are those of the other record
        assert row.method == "coats" or row.mean == MEANS[row.method, row.labels_per_class]


def test_the_arrays_of_exercise_d_give_every_mistake_its_number():
    assert TRANSFERRED.mean() - SCRATCH.mean() == pytest.approx(-0.04)
    assert np.median(TRANSFERRED) - np.median(SCRATCH) == pytest.approx(-0.03)
    assert TRANSFERRED.max() - SCRATCH.max() == pytest.approx(-0.02)
    assert {round(gain) for gain in 100 * (TRANSFERRED - SCRATCH)} == {-7, -1, -5, 0}


def test_the_table_of_domains_is_true():
    from tlteach.image import menagerie

    card = json.loads(bundled("weights/menagerie_mobilenet_025.json").read_text(encoding="utf-8"))
    assert len(card["species"]) == len(menagerie.SOURCE_SPECIES) == 24
    assert not {"cat", "dog"} & set(card["species"])
    assert {"bear", "owl", "fox", "rabbit", "cow", "elephant"} <= set(card["species"])
