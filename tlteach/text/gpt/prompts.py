"""Transfer without gradients: ask a language model by the text that it is to continue, with or without examples.

Zero-shot: the question alone. One-shot, few-shot: one or some solved examples first. Brown et al. (2020),
arXiv:2005.14165. The patterns here are small enough for a small model, and their words are made up, so that nothing can
be known by heart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from scipy.stats import binomtest

from tlteach.text.gpt.measures import surprise
from tlteach.text.gpt.network import window_of
from tlteach.text.gpt.tokens import end_of_text, whole

# Accuracy in per cent at guessing the last word of a passage (LAMBADA; Paperno et al., 2016, arXiv:1606.06031), as
# published: GPT-2 by Radford et al. (2019), table 3; GPT-3 by Brown et al. (2020), table 3.2.
LAMBADA = {"GPT-2, zero-shot": 63.24, "GPT-3, zero-shot": 76.2, "GPT-3, one-shot": 72.5, "GPT-3, few-shot": 86.4}
BATCH = 50  # prompts that are read at once


@dataclass(frozen=True)
class Pattern:
    """A kind of question with one right answer; `make` draws one of them, as (question, answer)."""

    name: str
    what: str
    make: Callable[[np.random.Generator], tuple[str, str]]


def word(random: np.random.Generator) -> str:
    """A word that nobody has used, such as "bolin"."""
    consonants, vowels = list("bdfgklmnprstvz"), list("aeiou")
    return "".join(random.choice(kind) for kind in (consonants, vowels, consonants, vowels, consonants))


def quote(random: np.random.Generator) -> tuple[str, str]:
    return f"Return ``{word(random)}", "``"


def method(random: np.random.Generator) -> tuple[str, str]:
    return f"{word(random)}.{word(random).title()}.{word(random)}(", "self"


def echo(random: np.random.Generator) -> tuple[str, str]:
    name = word(random)
    return f"    >>> '{name}'\n   ", f" '{name}'"  # the last space belongs to the token after it


def repeat(random: np.random.Generator) -> tuple[str, str]:
    first, second, third = word(random), word(random), word(random)
    return f"{first} {second} {third} {first} {second}", f" {third}"


def count(random: np.random.Generator) -> tuple[str, str]:
    start = int(random.integers(1, 90))
    return f"{start}, {start + 1}, {start + 2}, {start + 3},", f" {start + 4}"


def close(random: np.random.Generator) -> tuple[str, str]:
    opened = random.choice(["(", "[", "{"], size=2)
    closing = {"(": ")", "[": "]", "{": "}"}
    names = random.choice(list("abcxyz"), size=3)
    question = names[0] + "".join(bracket + name for bracket, name in zip(opened, names[1:], strict=True))
    return question, "".join(closing[bracket] for bracket in reversed(opened))


def compare(random: np.random.Generator) -> tuple[str, str]:
    first, second = random.choice(10, size=2, replace=False)
    return f"    >>> {first} < {second}\n   ", f" {bool(first < second)}"


PATTERNS = {
    pattern.name: pattern
    for pattern in (
        Pattern("quote", "close double backquotes", quote),
        Pattern("method", "name the first argument of a method", method),
        Pattern("close", "close two brackets in the right order", close),
        Pattern("count", "say the next whole number", count),
        Pattern("repeat", "say the third of three new words again", repeat),
        Pattern("echo", "show a new word as Python would", echo),
        Pattern("compare", "say True or False", compare),
    )
}


def prompt(pattern: Pattern, shots: int, random: np.random.Generator) -> tuple[str, str]:
    """A prompt with so many solved examples and then a question, and the right answer to it."""
    examples = ["".join(pattern.make(random)) + "\n" for _ in range(shots)]
    question, answer = pattern.make(random)
    return "".join(examples) + question, answer


def ask(model: keras.Model, pattern: Pattern, shots: int, n: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ask `n` prompts: whether the answers are right, booleans (n,), and the surprise at the right ones in bits (n,).

    Right: at temperature 0 the model would write just this answer. All its tokens are looked at in one pass: each must
    be the most likely one after those before it. The surprise also tells what is likelier now, and not yet likely.
    """
    random = np.random.default_rng(seed)
    asked, answers = zip(*(prompt(pattern, shots, random) for _ in range(n)), strict=True)
    pairs = list(zip(whole(model.tokenizer, asked), whole(model.tokenizer, answers), strict=True))
    rows, is_answer = padded(pairs, window_of(model), end_of_text(model.tokenizer))
    right, bits = np.ones(rows.shape, bool), np.zeros(rows.shape)  # the first token of a row is not predicted
    for start in range(0, n, BATCH):
        some = slice(start, start + BATCH)
        right[some, 1:] = model.predict_on_batch(rows[some, :-1]).argmax(axis=-1) == rows[some, 1:]
        bits[some, 1:] = surprise(model, rows[some])
    return (right | ~is_answer).all(axis=1), (bits * is_answer).sum(axis=1)


def padded(pairs: list[tuple[list[int], list[int]]], window: int, padding: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids of (question, answer) as rows of one length, int32, and where in them the answers are, booleans.

    Of a question that is longer than the window, the end is seen.
    """
    pairs = [(question[-(window - len(answer)) :], answer) for question, answer in pairs]
    longest = max(len(question) + len(answer) for question, answer in pairs)
    rows, is_answer = np.full((len(pairs), longest), padding, "int32"), np.zeros((len(pairs), longest), bool)
    for number, (question, answer) in enumerate(pairs):
        end = len(question) + len(answer)
        rows[number, :end] = question + answer
        is_answer[number, len(question) : end] = True
    return rows, is_answer


def interval(right: np.ndarray) -> tuple[float, float]:
    """95 % interval of the share of successes: Wilson, JASA 22 (1927)."""
    found = binomtest(int(right.sum()), len(right)).proportion_ci(0.95, method="wilson")
    return float(found.low), float(found.high)
