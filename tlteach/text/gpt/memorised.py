"""Find what a language model has by heart: it may recite, word for word, a text that it learned from.

Carlini et al. (2021), Extracting Training Data from Large Language Models, arXiv:2012.07805.
"""

from collections.abc import Sequence

import keras
import numpy as np

from tlteach.text.gpt.network import window_of
from tlteach.text.gpt.training import stream_of

BATCH = 50


def continuations(model: keras.Model, texts: Sequence[str], n: int = 200, seed: int = 0) -> np.ndarray:
    """How many tokens of a text the model says right, in a row, after it was given the tokens before them: (n,).

    Half a window is given, from random places of `texts`; at temperature 0 the model then writes just these tokens.
    At most half a window is looked at.
    """
    stream = stream_of(texts, model.tokenizer)
    half = window_of(model) // 2
    starts = np.random.default_rng(seed).integers(0, len(stream) - 2 * half, size=(n, 1))
    rows = stream[starts + np.arange(2 * half)]
    likely = np.concatenate([model.predict_on_batch(rows[i : i + BATCH]).argmax(-1) for i in range(0, n, BATCH)])
    right = likely[:, half - 1 : -1] == rows[:, half:]
    return np.where(right.all(axis=1), half, right.argmin(axis=1))


def longest_copy(text: str, source: str) -> str:
    """The longest part of `text` that stands in `source`, character for character."""
    best = ""
    for start in range(len(text)):
        while text[start : start + len(best) + 1] in source and start + len(best) < len(text):
            best = text[start : start + len(best) + 1]
    return best
