"""Read what a learner gave as an answer, whatever it is: a blank, a number, a model, or something else altogether."""

import math
import numbers
import sys
from collections.abc import Callable

import numpy as np

BLANKS = ("", "?", "your answer", "your answer here")


def is_blank(answer: object) -> bool:
    """Whether `answer` is None, ..., an empty or placeholder text, or a small collection of nothing but blanks."""
    if answer is None or answer is ...:
        return True
    if type(answer) is str:
        return len(answer) < 50 and answer.strip(" ._\n").lower() in BLANKS
    if type(answer) is dict:
        answer = answer.get("said", answer)  # what was measured is no answer
        answer = list(answer.values()) if type(answer) is dict else [answer]
    return type(answer) in (list, tuple) and 0 < len(answer) < 50 and all(map(_is_flat_blank, answer))


def _is_flat_blank(answer: object) -> bool:
    return type(answer) not in (list, tuple, dict) and is_blank(answer)


def read_number(answer: object) -> tuple[float | None, str]:
    """`answer` as a finite number, or None and a hint; numbers of NumPy, and tensors that hold one number, will do."""
    if isinstance(answer, (str, bytes)):
        return None, "That is a text. Give the number itself, without quotation marks."
    if isinstance(answer, bool):
        return None, "That is True or False. Give a number."
    if not isinstance(answer, numbers.Real) and math.prod(getattr(answer, "shape", (0,))) != 1:
        return None, "That is not one number. Give one number alone."
    number = float(answer if isinstance(answer, numbers.Real) else np.asarray(answer).item())
    if not math.isfinite(number):
        return None, "That is infinite or not a number (NaN). Was something divided by 0, or log taken of 0?"
    return number, ""


def read_model(answer: object) -> tuple[object, str]:
    """`answer` if it is a Keras model whose weights exist, or None and a hint."""
    keras = sys.modules.get("keras")  # without Keras, nobody has a Keras model
    if keras is not None and isinstance(answer, keras.Layer) and not isinstance(answer, keras.Model):
        return None, "That is one layer. Give the whole model that it belongs to."
    if keras is None or not isinstance(answer, keras.Model):
        return None, "That is not a Keras model. Give the model itself, and not what a function of it returned."
    if not answer.built or not answer.weights:
        return None, "This model has no weights yet. Keras makes them when it knows the shape of the inputs."
    return answer, ""


def read_words(answer: object) -> tuple[object, str]:
    """`answer` if it is a dict of short texts, as `as_word` has them, or None and a hint; a key may be a number."""
    if type(answer) is not dict or not all(type(key) in (str, int) for key in answer):
        return None, "Keep the dictionary as it was, and put one word in quotation marks in each place."
    if any(is_blank(part) for part in answer.values()):
        return None, "One place is still empty."
    if not all(type(part) is str for part in answer.values()):
        return None, "Put one word in each place, in quotation marks."
    return {str(key).strip().lower(): as_word(value) for key, value in answer.items()}, ""


def as_word(text: str) -> str:
    """`text` without capitals, without blanks around it, and without an article before it: "The same" is "same"."""
    return " ".join(text.lower().split()).removeprefix("the ")


def read_finding(answer: object) -> tuple[object, str]:
    """{"said": a number or a word, "measured": ...} of an experiment, its word as `as_word` has it, or a hint."""
    if type(answer) is not dict or set(answer) != {"said", "measured"}:
        return None, 'Keep the two parts "said" and "measured" as they were.'
    said = answer["said"]
    said, hint = (as_word(said), "") if type(said) is str else read_number(said)
    return {"said": said, "measured": answer["measured"]}, hint


def read_written(answer: object) -> tuple[object, str]:
    """{"said": texts and numbers by name, "measured": ...} of a station of a project, or a hint that names its gaps."""
    if type(answer) is not dict or set(answer) != {"said", "measured"} or type(answer["said"]) is not dict:
        return None, 'Keep the two parts "said" and "measured" as they were, and the names in the first one.'
    said = answer["said"]
    if missing := [str(name) for name, part in said.items() if is_blank(part)]:
        return None, f"Still empty: {', '.join(missing)}."
    return answer, ""


READERS: dict[str, Callable[[object], tuple[object, str]]] = {
    "a number": read_number,
    "a Keras model": read_model,
    "a dictionary of words": read_words,
    "what you found": read_finding,
    "what you wrote": read_written,
}
