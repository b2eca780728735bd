"""What the notebooks call: exercises that mark themselves, guesses before a result, and questions.

    check("02-a", answer)       # solved, or a hint; the same mistake twice gets a second one
    predict("02-1", 0.9)        # commit to a guess ...
    reveal("02-1", accuracy)    # ... and see how far off it was
    quiz("02-q1", ...)          # a question to click, or with a number one option explained
    tell(error)                 # a long text in lines that fit the page

They print, and never raise. What they print depends only on what was given in this session, never on the progress
that is kept on the disk, so that a notebook run twice from its top prints the same.
"""

import warnings
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from tlteach.core.journal import tell
from tlteach.course import lessons, progress
from tlteach.course.answers import READERS, is_blank, read_number
from tlteach.course.quizzes import quiz

__all__ = ["check", "predict", "quiz", "reveal"]

T = TypeVar("T")

_hints_given: Counter[tuple[str, str]] = Counter()
_guesses: dict[str, float] = {}
_revealed: set[str] = set()


def check(name: str, answer: object = ...) -> None:
    """Print whether `answer` solves the exercise `name`, and if not, a hint. It never raises.

    The first word after the name is the verdict: solved, not yet, or your turn (nothing was answered).
    """
    exercise = lessons.find("exercises", str(name))
    if exercise is None:
        return tell(lessons.unknown(name, "exercises"))
    verdict, text = _mark(exercise, answer)
    note = ""
    if verdict != "your turn":
        note = progress.record("exercises", exercise.name, solved=verdict == "solved")
    tell(f"{exercise.name} {verdict}. {text}{note}")


def _mark(exercise: lessons.Exercise, answer: object) -> tuple[str, str]:
    """The verdict on `answer`, and what to say with it."""
    if _look(lambda: is_blank(answer), otherwise=False):
        return "your turn", f"Put {exercise.takes} in the place of the blank, and run the cell again."
    error = f"This answer gives an error when it is looked at. The exercise asks for {exercise.takes}."
    value, hint = _look(lambda: READERS[exercise.takes](answer), otherwise=(None, error))
    hint = hint or _look(lambda: exercise.hint_for(value), otherwise=error)
    return ("not yet", _graded(exercise.name, hint)) if hint else ("solved", exercise.praise)


def _look(look: Callable[[], T], otherwise: T) -> T:
    """What `look` returns, or `otherwise` where a learner's object raises something when it is looked at."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return look()
    except KeyboardInterrupt:
        raise
    except BaseException:
        return otherwise


def _graded(name: str, hint: str | tuple[str, str]) -> str:
    """The first sentence of `hint`, and from the second time on the second one too."""
    first, *more = [hint] if isinstance(hint, str) else hint
    _hints_given[name, first] += 1
    return " ".join([first, *more] if _hints_given[name, first] > 1 else [first])


def predict(name: str, guess: object = ...) -> None:
    """Keep the learner's `guess` for the prediction `name`, until reveal(name, value). It never raises.

    An accuracy is guessed as a number from 0 to 1, or in percent.
    """
    prediction = lessons.find("predictions", str(name))
    if prediction is None:
        return tell(lessons.unknown(name, "predictions"))
    if prediction.name in _revealed:
        return tell(f"{prediction.name} seen already. A guess counts before the result; yours stays as it was.")
    number, hint = _read_guess(prediction, guess)
    if hint:
        return tell(f"{prediction.name} your turn. {prediction.text} {hint}")
    _guesses[prediction.name] = number
    note = progress.record("predictions", prediction.name, guess=number)
    tell(f"{prediction.name} guessed. You say {_told(number, prediction.unit)}. Now run on and see.{note}")


def _read_guess(prediction: lessons.Prediction, guess: object) -> tuple[float | None, str]:
    if _look(lambda: is_blank(guess), otherwise=False):
        return None, "Put your guess in the place of the blank. A wild one will do: it is for you alone."
    number, hint = _look(lambda: read_number(guess), otherwise=(None, "Give a number."))
    if hint or prediction.unit != "accuracy":
        return number, hint
    if 1 < number <= 100:
        number /= 100
    return (number, "") if 0 <= number <= 1 else (None, "An accuracy is a number from 0 to 1.")


def reveal(name: str, value: object) -> None:
    """Print the result `value` of the prediction `name`, and how far off the guess was. It never raises."""
    prediction = lessons.find("predictions", str(name))
    if prediction is None:
        return tell(lessons.unknown(name, "predictions"))
    number, hint = _look(lambda: read_number(value), otherwise=(None, "It is not a number."))
    if hint:
        return tell(f"{prediction.name} no result. {hint}")
    _revealed.add(prediction.name)
    told = f"It is {_told(number, prediction.unit)}."
    if prediction.name not in _guesses:
        return tell(f"{prediction.name} no guess. {told} Next time guess first: what surprises you, you will remember.")
    guess = _guesses[prediction.name]
    note = progress.record("predictions", prediction.name, guess=guess, value=number)
    tell(f"{prediction.name} result. {told} {_compared(guess, number, prediction.unit)}{note}")


def _told(number: float, unit: str) -> str:
    return f"{100 * number:.1f} %" if unit == "accuracy" else _counted(number, unit)


def _counted(number: float, unit: str) -> str:
    """`number` with its unit: "2 points", "1 point", "1 label per class"."""
    first, *more = unit.split(" ")
    if abs(number) == 1:
        first = first.removesuffix("s")
    return " ".join([_rounded(number), first, *more])


def _rounded(number: float) -> str:
    return f"{number:,.0f}" if number % 1 == 0 or abs(number) >= 1000 else f"{number:.3g}"


def _compared(guess: float, value: float, unit: str) -> str:
    """How far `guess` is from `value`, in friendly words: in points for accuracies, else also as a ratio."""
    if unit in ("accuracy", "points"):
        points = round(abs(guess - value) * (100 if unit == "accuracy" else 1), 1)
        off, near, close = _counted(points, "points"), points <= 2, points <= 5
    else:
        off = _counted(abs(guess - value), unit)
        ratio = max(guess, value) / min(guess, value) if min(guess, value) > 0 else float("inf")
        off += f" ({ratio:,.3g} times)" if 1.05 <= ratio < float("inf") else ""
        near, close = ratio <= 1.1, ratio <= 1.5
    if guess == value or off.startswith("0 "):
        return "You were right on the spot."
    words = "Very close" if near else "Not far off" if close else "Far off, and so worth a thought: what did you expect"
    said = f"You said {_told(guess, unit)}, which is {off} too {'high' if guess > value else 'low'}."
    return f"{said} {words}{'.' if close or near else ', and why?'}"
