"""What the tests of all lessons ask of an exercise that marks itself."""

import math
import re
import sys

import numpy as np
import pytest

from tlteach.course import lessons
from tlteach.course.exercises import check


def said(capsys, name, *answer):
    check(name, *answer)
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out.endswith("\n")
    return captured.out.strip()


def hint(capsys, name, answer):
    found = said(capsys, name, answer)
    assert found.startswith(f"{name} not yet. "), found
    return found


def solved(capsys, name, answers):
    """Each of the answers is right."""
    for answer in answers:
        assert said(capsys, name, answer).startswith(f"{name} solved. ")


def hints_of_their_own(capsys, name, answers):
    """Every hint that the answers get, the second ones too; no two answers get the same."""
    hints = [hint(capsys, name, answer) for answer in answers]
    assert len(set(hints)) == len(hints) >= 3
    return hints + [hint(capsys, name, answer) for answer in answers]


def hints_that_keep_the_secret(capsys, name, answers, secret):
    """Every mistake gets a hint of its own, and none has what the pattern `secret` finds."""
    hints = hints_of_their_own(capsys, name, answers)
    assert not [text for text in hints if re.search(secret, text.removeprefix(name))]


def odd_answers_are_met_kindly(capsys, name, secret, more=()):
    """Blanks and odd answers, `more` among them, are met without an error and without the `secret`."""
    blanks_are_met_kindly(capsys, name)
    for answer in [*ODD, *more]:
        assert not re.search(secret, hint(capsys, name, answer).removeprefix(name))


def blanks_are_met_kindly(capsys, name):
    for blank in BLANKS:
        assert said(capsys, name, blank).startswith(f"{name} your turn. ")


def exercises_of(lesson, solutions, mistakes, answers):
    """The four tests that every lesson's file has: of what solves, what does not, and what an answer may be.

    Each argument after the number of the lesson is a dictionary by the name of the exercise; `answers` are patterns of
    what no hint may say.
    """
    exercises = [name for name in lessons.names("exercises") if name.startswith(f"{lesson}-")]

    def every_exercise_is_tried_here():
        assert solutions.keys() == mistakes.keys() == answers.keys() == set(exercises)

    @pytest.mark.parametrize("name", solutions)
    def a_solution_is_solved(capsys, name):
        solved(capsys, name, solutions[name])

    @pytest.mark.parametrize("name", mistakes)
    def mistakes_get_hints_of_their_own(capsys, name):
        hints_that_keep_the_secret(capsys, name, mistakes[name], answers[name])

    @pytest.mark.parametrize("name", exercises)
    def blanks_and_odd_answers_are_met_kindly(capsys, name):
        odd_answers_are_met_kindly(capsys, name, answers[name])

    return (
        every_exercise_is_tried_here,
        a_solution_is_solved,
        mistakes_get_hints_of_their_own,
        blanks_and_odd_answers_are_met_kindly,
    )


BLANKS = [None, ..., "", "   ", "...", "___", "your answer here", (..., ...), {"learn": ..., "choose": None}]


class Hostile:
    """Raises whatever is done with it."""

    def __getattribute__(self, name):
        raise SystemExit(name)

    def __eq__(self, other):
        raise RuntimeError("eq")

    def __float__(self):
        raise ZeroDivisionError

    __hash__ = None


class LooksLikeANumber(float):
    def __float__(self):
        raise MemoryError

    def __eq__(self, other):
        raise RecursionError

    __hash__ = None


class Text(str):
    def strip(self, *_):
        raise ValueError


class Shape:
    shape = ("a", None)


def a_cycle():
    cycle = []
    cycle.append(cycle)
    return cycle


ODD = [Hostile(), LooksLikeANumber(1), Text("x"), Shape(), Hostile, lambda: 1 / 0, 10**400, math.nan, math.inf, -0.0,
       True, a_cycle(), {"learn": 1}, {1: "train"}, "514", b"514", np.zeros(10_000_000, "uint8"), np.array("x"),
       np.array(None), np.ma.masked, 1j, range(10**9), sys, type, open, NotImplemented]  # fmt: skip


# ---------------------------------------------------------------- models that learners make


def small_base(pretrained=True):
    """Three blocks of two convolutions with BatchNormalization, trainable."""
    import keras

    inputs = x = keras.Input((16, 16, 3))
    for number in (1, 2, 3):
        for part in (1, 2):
            x = keras.layers.Conv2D(4, 3, padding="same", name=f"block{number}_conv{part}")(x)
            x = keras.layers.BatchNormalization(name=f"block{number}_bn{part}")(x)
    base = keras.Model(inputs, x)
    for weight in base.weights if pretrained else []:
        if weight.path.endswith(("bias", "beta", "gamma")):
            weight.assign(np.full(weight.shape, 0.1))
    return base


def headed(frozen=True, outputs=2, activation="softmax", loss="sparse_categorical_crossentropy", mode=False, **of_base):
    """A base with a head, by hand; every argument can be one of the classic mistakes."""
    import keras

    base = small_base(**of_base)
    base.trainable = not frozen
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(inputs, training=mode))
    model = keras.Model(inputs, keras.layers.Dense(outputs, activation=activation)(x))
    if loss:
        model.compile(keras.optimizers.Adam(1e-3), loss)
    return model


def fine_tuned(
    from_block=3,
    normalization=False,
    again=True,
    rate=1e-5,
    names=None,
    head=True,
    mode=False,
    loss="sparse_categorical_crossentropy",
):
    """Steps 4 to 6 by hand, without training; every argument can be one of the classic mistakes."""
    import keras

    model = headed(mode=mode)
    model.optimizer.build(model.trainable_variables)  # as training the head does
    base = model.layers[1]
    base.trainable = True
    for layer in base.layers:
        top = layer.name in names if names else "block" in layer.name and int(layer.name[5]) >= from_block
        layer.trainable = top and (normalization or "bn" not in layer.name)
    model.layers[-1].trainable = head
    if again:
        model.compile(keras.optimizers.Adam(rate), loss)
    return model
