"""How good a language model is: the bits that it needs, those that counting needs, and what it knows by heart."""

import math
from collections import Counter
from collections.abc import Sequence

import keras
import numpy as np

from tlteach.text.gpt.network import window_of
from tlteach.text.gpt.tokens import end_of_text, stream_of

BATCH = 16  # windows that are read at once


def bits_per_byte(model: keras.Model, texts: Sequence[str]) -> float:
    """How many bits `model` needs for each byte of `texts`, the ends of the texts included. Lower is better; 8 is none.

    Unlike the loss per token, it can be compared between models with different tokens. Windows overlap by half, so
    that every token (but the first of all) is predicted from at least half a window.
    """
    stream = stream_of(texts, model.tokenizer)
    half = window_of(model) // 2
    bits = 0.0
    for start in range(0, len(stream) - 1, half * BATCH):
        starts = np.arange(start, min(start + half * BATCH, len(stream) - 1), half)
        places = starts[:, None] - half + np.arange(2 * half + 1)
        inside = (places >= 0) & (places < len(stream))
        rows = np.where(inside, stream[places.clip(0, len(stream) - 1)], end_of_text(model.tokenizer))
        counted = inside[:, 1:] & (places[:, 1:] > starts[:, None])  # the newer half of each window
        bits += (surprise(model, rows) * counted).sum()
    return float(bits / sum(len(text.encode()) + 1 for text in texts))


def surprise(model: keras.Model, rows: np.ndarray) -> np.ndarray:
    """Bits of each token of `rows` (n, length) but the first, given those before it: (n, length - 1)."""
    logits = keras.ops.convert_to_tensor(model.predict_on_batch(rows[:, :-1]))
    nats = keras.ops.sparse_categorical_crossentropy(rows[:, 1:], logits, from_logits=True)
    return keras.ops.convert_to_numpy(nats) / np.log(2)


def ngram_bits(training: Sequence, held_out: Sequence, order: int, n_symbols: int) -> float:
    """Bits that an n-gram model needs for `held_out`, after it has counted `training`. Both are bytes or tuples.

    Before neural language models, one counted what followed the last few symbols. Contexts of up to order - 1 symbols.
    Where a longer context is known, its counts are mixed with what the shorter ones say: the more different symbols
    followed it, the more. Witten and Bell (1991), IEEE Transactions on
    Information Theory 37 (4); in the form of Chen and Goodman (1999), Computer Speech and Language 13 (4).
    """
    grams: Counter = Counter()
    for length in range(1, order + 1):
        grams.update(training[start : start + length] for start in range(len(training) - length + 1))
    times, kinds = Counter(), Counter()  # how often a context was followed, and by how many different symbols
    for gram, count in grams.items():
        times[gram[:-1]] += count
        kinds[gram[:-1]] += 1
    bits = 0.0
    for place in range(len(held_out)):
        probability = 1 / n_symbols
        for start in range(place, max(-1, place - order), -1):
            context = held_out[start:place]
            if context not in times:
                break
            known = grams[held_out[start : place + 1]] + kinds[context] * probability
            probability = known / (times[context] + kinds[context])
        bits -= math.log2(probability)
    return bits


def continuations(model: keras.Model, texts: Sequence[str], n: int = 200, seed: int = 0) -> np.ndarray:
    """How many tokens of a text the model says right, in a row, after it was given the tokens before them: (n,).

    Half a window is given, from random places of `texts`; at temperature 0 the model then writes just these tokens.
    At most half a window is looked at. Carlini et al. (2021), Extracting Training Data from Large Language Models,
    arXiv:2012.07805.
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
