"""What the lessons ask: exercises, predictions and questions; one file a lesson, lesson_NN.py.

A checker is a function of the learner's answer. It returns None where the answer is right, and otherwise a hint: a
sentence on what was found, or two, of which the second is told when the same mistake comes again. A hint points at
what to look at; it never says the answer. Checkers look and do not train, so they take no time.

This package is read without Keras, so a checker that looks into a model imports what it needs by itself.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field

Hint = str | tuple[str, str] | None


@dataclass(frozen=True)
class Exercise:
    """`takes`: what the answer must be, a key of answers.READERS. `praise`: what the learner has now shown."""

    name: str
    takes: str
    praise: str
    hint_for: Callable[[object], Hint]


@dataclass(frozen=True)
class Prediction:
    """`unit`: "accuracy" for a number from 0 to 1, told in points; else what is counted, such as "parameters"."""

    name: str
    text: str
    unit: str


@dataclass(frozen=True)
class Option:
    """One answer to a question, and why it is right or wrong."""

    text: str
    why: str
    right: bool


@dataclass(frozen=True)
class Question:
    """A question with options, exactly one of them right."""

    name: str
    text: str
    options: tuple[Option, ...]


def right(text: str, why: str) -> Option:
    """The right option of a question."""
    return Option(text, why, True)


def wrong(text: str, why: str) -> Option:
    """A wrong option of a question; `why` says what is wrong with it, and not which one is right."""
    return Option(text, why, False)


def helps_or_hurts(said: str, gain: float, points: float, counts: str) -> Hint:
    """What to say of "helps", "hurts" or "neither" where two measured accuracies differ by `gain`.

    `points`: from where on it helps or hurts. `counts`: in words, which accuracy minus which one.
    """
    if said not in ("helps", "hurts", "neither"):
        return 'Say "helps", "hurts" or "neither".'
    if said == ("helps" if gain >= points else "hurts" if gain <= -points else "neither"):
        return None
    most = f"{100 * points:.0f} points"
    if abs(gain) < points:
        return f"The two accuracies that you measured differ by less than {most}. Compare them once more."
    if said == "neither":
        return f"The two accuracies that you measured differ by {most} or more. Compare them once more."
    return f"You have it the wrong way round: what counts is {counts}."


@dataclass(frozen=True)
class Lesson:
    """What one lesson asks. Names are made of its number: exercise 02-a, prediction 02-1, question 02-q1.

    Where one lesson became two, the second number ends in a letter: lesson_04b.py, exercise 04b-a.
    """

    number: str
    title: str
    exercises: dict[str, Exercise] = field(default_factory=dict)
    predictions: dict[str, Prediction] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)

    def exercise(self, letter: str, takes: str, praise: str) -> Callable:
        """Make the decorated function the checker of exercise NN-`letter`."""

        def add(hint_for: Callable[[object], Hint]) -> Callable[[object], Hint]:
            name = f"{self.number}-{letter}"
            self.exercises[name] = Exercise(name, takes, praise, hint_for)
            return hint_for

        return add

    def prediction(self, letter: str, text: str, unit: str) -> None:
        """Add the prediction NN-`letter`."""
        name = f"{self.number}-{letter}"
        self.predictions[name] = Prediction(name, text, unit)

    def question(self, letter: str, text: str, *options: Option) -> None:
        """Add the question NN-`letter`."""
        name = f"{self.number}-{letter}"
        self.questions[name] = Question(name, text, options)


def every_lesson() -> list[Lesson]:
    """All lessons that ask something, by number."""
    found = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.name.startswith("lesson_"))
    return [importlib.import_module(f"{__name__}.{name}").lesson for name in found]


def find(kind: str, name: str) -> Exercise | Prediction | Question | None:
    """What is called `name` among the "exercises", "predictions" or "questions" of all lessons, or None."""
    for lesson in every_lesson():
        if name in getattr(lesson, kind):
            return getattr(lesson, kind)[name]
    return None


def names(kind: str) -> list[str]:
    """The names of all "exercises", "predictions" or "questions", lesson by lesson."""
    return [name for lesson in every_lesson() for name in getattr(lesson, kind)]


def unknown(name: object, kind: str) -> str:
    """What to say where none of the `kind` is called `name`."""
    near = difflib.get_close_matches(str(name)[:50], names(kind), n=1)
    return f"There is none of that name among the {kind}." + (f" Did you mean {near[0]}?" if near else "")
