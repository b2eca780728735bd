"""Let a language model write: read the text, draw the next token, append it, and again.

A key-value cache (cache.py) remembers what was read, so that every new token costs one step.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from tlteach.text.gpt.cache import Reader, first_seen
from tlteach.text.gpt.network import window_of
from tlteach.text.gpt.tokens import end_of_text, whole
from tlteach.text.tokenizer import Tokenizer


def generate(
    model: keras.Model,
    tokenizer: Tokenizer,
    prompt: str,
    max_new_tokens: int = 50,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int = 0,
    use_cache: bool = True,
) -> str:
    """Return the text with which `model` continues `prompt`, up to the end of the text or `max_new_tokens`.

    Args:
        temperature: 0 takes the most likely token (greedy); 1 draws as the model says; above 1, more wildly.
        top_k: draw from the so many most likely tokens alone. Fan, Lewis and Dauphin (2018), arXiv:1805.04833.
        top_p: draw from the most likely tokens that together have this probability. Holtzman et al. (2020),
            arXiv:1904.09751.
        use_cache: False computes everything anew for each token; the text is the same.

    Raises ValueError for a temperature below 0, a top_k below 1, or a top_p that is not above 0 and at most 1.
    """
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError(f"temperature={temperature} must be 0 or more, and top_k={top_k} None or 1 or more.")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p={top_p} must be None, or above 0 and at most 1.")
    random = np.random.default_rng(seed)
    end = end_of_text(tokenizer)
    read = Reader(model) if use_cache else reader_without_cache(model)
    token_ids = whole(tokenizer, [prompt])[0] or [end]  # a text begins where the one before it ended
    n_given = len(token_ids)
    while len(token_ids) < n_given + max_new_tokens:
        token = draw(read(token_ids), temperature, top_k, top_p, random)
        if token == end:
            break
        token_ids.append(token)
    return tokenizer.decode(token_ids[n_given:])


def draw(
    logits: np.ndarray, temperature: float, top_k: int | None, top_p: float | None, random: np.random.Generator
) -> int:
    """One token from logits (vocabulary,)."""
    if temperature == 0:
        return int(logits.argmax())
    probabilities = softmax(only_the_top(logits, top_k) / temperature)
    return int(random.choice(len(probabilities), p=nucleus(probabilities, top_p)))


def only_the_top(logits: np.ndarray, top_k: int | None) -> np.ndarray:
    """Top-k: `logits` (vocabulary,) with minus infinity for all but the `top_k` highest."""
    if top_k is None or top_k >= len(logits):
        return logits
    return np.where(logits >= np.sort(logits)[-top_k], logits, -np.inf)


def nucleus(probabilities: np.ndarray, top_p: float | None) -> np.ndarray:
    """Top-p: keep the fewest tokens that together have the probability `top_p`, the likeliest first; the others get 0.

    Where the model is sure, that is one token; where many would do, it is many.
    """
    if top_p is None:
        return probabilities
    order = np.argsort(-probabilities)
    before = np.cumsum(probabilities[order]) - probabilities[order]  # what the likelier ones have together
    kept = np.zeros_like(probabilities)
    kept[order[before < top_p]] = probabilities[order[before < top_p]]
    return kept / kept.sum()


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities that add up to 1."""
    exponentials = np.exp(logits.astype("float64") - logits.max())
    return exponentials / exponentials.sum()


def reader_without_cache(model: keras.Model) -> Callable[[Sequence[int]], np.ndarray]:
    """A function from the token ids of a text to the logits of the next token; it reads the whole window each time."""

    def read(token_ids: Sequence[int]) -> np.ndarray:
        seen = np.array([token_ids[first_seen(len(token_ids), window_of(model)) :]], "int32")
        return model.predict_on_batch(seen)[0, -1]

    return read
