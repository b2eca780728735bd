"""Lesson 05: its exercises, and what its text claims that no cell asserts."""

import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from marking import ODD, blanks_are_met_kindly, hint, hints_of_their_own, solved

from tlteach.course import lessons

NAMES = [name for name in lessons.names("exercises") if name.startswith("05")]


def found(said, only_with=20, only_without=3, left_out=("who",)):
    """What a learner says of two runs that so many of 100 questions tell apart."""
    with_, without = np.ones(100, int), np.ones(100, int)
    without[:only_with] = 0
    with_[only_with : only_with + only_without] = 0
    runs = {"with": SimpleNamespace(correct=with_ == 1), "without": SimpleNamespace(correct=without == 1)}
    for run in runs.values():
        run.labels = np.ones(100, int)
    return {"said": said, "measured": {"left_out": list(left_out), **runs}}


SOLUTIONS = {
    "05-a": [18, 18.0, np.int64(18)],
    "05-b": [8, 16**0.75, np.float32(8)],
    "05-c": [3, 3.0, np.array([3])],
    "05-d": [found("worse"), found("Better", 3, 20), found("no difference shown", 9, 8), found("not shown", 0, 0)],
    "05-e": [
        {"A": "sub-words", "B": "context", "C": "order"},
        {"A": "Subwords ", "B": "context", "C": "Order"},
    ],
}
MISTAKES = {
    "05-a": [9, 24, 30, 10, 8, 12, 7],
    "05-b": [16, 12, 4, 2, 1 / 8, 0.5, 100],
    "05-c": [1.5, 6, 4, 0, 7],
    "05-d": [
        {"said": "worse", "measured": None},
        found("worse", left_out=()),
        found("who knows"),
        found("worse", 9, 8),
        found("no difference"),
        found("better"),
    ],
    "05-e": [
        {"A": "order", "B": "context", "C": "order"},
        {"A": "context", "B": "sub-words", "C": "order"},
        {"A": "sub-words", "B": "sub-words", "C": "order"},
        {"A": "sub-words", "B": "order", "C": "context"},
        {"A": "sub-words", "B": "context", "C": "context"},
        {"A": "sub-words", "B": "context", "C": "sub-words"},
        {"A": "prayer", "B": "context", "C": "order"},
        {"A": "sub-words"},
    ],
}
ANSWERS = {
    "05-a": r"\b18\b|eighteen",
    "05-b": r"\b8\b|eight",
    "05-c": r"\b3\b|three",
    "05-d": r"$^",
    "05-e": r"sub-words|\bcontext\b|\border\b",
}


def test_every_exercise_is_tried_here():
    assert SOLUTIONS.keys() == MISTAKES.keys() == ANSWERS.keys() == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_solution_is_solved(capsys, name):
    solved(capsys, name, SOLUTIONS[name])


@pytest.mark.parametrize("name", NAMES)
def test_mistakes_get_hints_of_their_own(capsys, name):
    hints = hints_of_their_own(capsys, name, MISTAKES[name])
    assert not [text for text in hints if re.search(ANSWERS[name], text)]


@pytest.mark.parametrize("name", NAMES)
def test_blanks_and_odd_answers_are_met_kindly(capsys, name):
    blanks_are_met_kindly(capsys, name)
    for answer in [*ODD, math.pi, -1, math.nan, {"A": "x", "B": "y", "C": "z"}]:
        assert not re.search(ANSWERS[name], hint(capsys, name, answer))


def test_the_exercises_ask_what_the_package_does():
    from tlteach.text import word_vectors
    from tlteach.text.word_vectors import skip_gram
    from tlteach.text.word_vectors.words import WordVectors

    class FarSighted:  # every centre looks as far as the window lets it
        def integers(self, low, high, size):
            return np.full(size, high - 1)

    sentence = np.arange(6, dtype="int32")
    assert len(skip_gram.pairs(sentence, np.zeros(6), window=2, random=FarSighted())) == SOLUTIONS["05-a"][0]

    drawn = skip_gram.draw(np.array([16, 1]), (90_000,), np.random.default_rng(0))
    assert (drawn == 0).sum() / (drawn == 1).sum() == pytest.approx(SOLUTIONS["05-b"][0], rel=0.05)

    base = word_vectors.average(WordVectors(("good", "film"), np.array([[4], [2]], "float32")))
    assert float(base(base.tokenizer.encode(["good film"], length=4))[0, 0]) == SOLUTIONS["05-c"][0]


def test_what_an_epoch_learns_from():
    from tlteach.text.word_vectors import skip_gram

    rows, random = np.arange(6, dtype="int32"), np.random.default_rng(0)
    centres, candidates, is_real = skip_gram.examples(rows, np.zeros(6), np.ones(6), 2, 3, random)
    assert candidates.shape == is_real.shape == (len(centres), 4)
    assert (np.abs(centres - candidates[:, 0]) <= 2).all()
    assert is_real.sum(axis=1).tolist() == is_real[:, 0].tolist() == [1] * len(centres)


def test_skip_gram_keeps_two_tables_and_a_logit_for_each_candidate():
    from tlteach.text.word_vectors import skip_gram

    model = skip_gram.network(size=10, width=3)
    assert [tuple(weight.shape) for weight in model.weights] == [(10, 3), (10, 3)]
    logits = model([np.array([1, 2]), np.array([[0, 1, 2, 3], [4, 5, 6, 7]])])
    assert tuple(logits.shape) == (2, 4)
