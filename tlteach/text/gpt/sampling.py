"""Let a language model write: read the text, draw the next token, append it, and again.

A key-value cache remembers what was read (tlteach.text.gpt.cached), so that every new token costs one step.
"""

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

import keras
import numpy as np
import tokenizers

from tlteach.text.gpt.files import END
from tlteach.text.gpt.network import cached, window_of
from tlteach.text.tokenizer import Tokenizer

_with_cache: WeakKeyDictionary[keras.Model, keras.Model] = WeakKeyDictionary()  # built once for each model


def generate(
    model: keras.Model,
    tokenizer: Tokenizer,
    prompt: str,
    max_new_tokens: int = 50,
    temperature: float = 1.0,
    top_k: int | None = None,
    seed: int = 0,
    use_cache: bool = True,
) -> str:
    """Return the text with which `model` continues `prompt`, up to the end of the text or `max_new_tokens`.

    Args:
        temperature: 0 takes the most likely token (greedy); 1 draws as the model says; above 1, more wildly.
        top_k: draw from the so many most likely tokens alone. Fan, Lewis and Dauphin (2018), arXiv:1805.04833.
        use_cache: False computes everything anew for each token; the text is the same.

    Raises ValueError for a temperature below 0 or a top_k below 1.
    """
    if temperature < 0 or (top_k is not None and top_k < 1):
        raise ValueError(f"temperature={temperature} must be 0 or more, and top_k={top_k} None or 1 or more.")
    random = np.random.default_rng(seed)
    end = end_of_text(tokenizer)
    read = reader(model) if use_cache else reader_without_cache(model)
    token_ids = whole(tokenizer, [prompt])[0] or [end]  # a text begins where the one before it ended
    n_given = len(token_ids)
    while len(token_ids) < n_given + max_new_tokens:
        token = draw(read(token_ids), temperature, top_k, random)
        if token == end:
            break
        token_ids.append(token)
    return tokenizer.decode(token_ids[n_given:])


def draw(logits: np.ndarray, temperature: float, top_k: int | None, random: np.random.Generator) -> int:
    """One token from logits (vocabulary,)."""
    if temperature == 0:
        return int(logits.argmax())
    probabilities = softmax(only_the_top(logits, top_k) / temperature)
    return int(random.choice(len(probabilities), p=probabilities))


def only_the_top(logits: np.ndarray, top_k: int | None) -> np.ndarray:
    """`logits` (vocabulary,) with minus infinity for all but the `top_k` highest."""
    if top_k is None or top_k >= len(logits):
        return logits
    return np.where(logits >= np.sort(logits)[-top_k], logits, -np.inf)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities that add up to 1."""
    exponentials = np.exp(logits.astype("float64") - logits.max())
    return exponentials / exponentials.sum()


def first_seen(n_tokens: int, window: int) -> int:
    """Where the window begins in a text of `n_tokens`: when it is full, it drops the older half and goes on.

    Learned places cannot slide along with the text: after each drop, what is left is read anew.
    """
    half = window // 2
    return max(0, -(-(n_tokens - window) // half) * half)


def reader(model: keras.Model) -> Callable[[Sequence[int]], np.ndarray]:
    """A function from the token ids of a text to the logits of the next token; it remembers what it has read."""
    if model not in _with_cache:
        _with_cache[model] = cached(model)
    step = _with_cache[model]
    cache, begin, n_read = None, 0, 0

    def read(token_ids: Sequence[int]) -> np.ndarray:
        nonlocal cache, begin, n_read
        if cache is None or begin != first_seen(len(token_ids), window_of(model)):
            cache, begin, n_read = empty_cache(step), first_seen(len(token_ids), window_of(model)), 0
        new = np.array([token_ids[begin + n_read :]], "int32")
        logits, cache = step.predict_on_batch([new, np.array([[n_read]], "int32"), cache])
        n_read += new.shape[1]
        return logits[0, -1]

    return read


def empty_cache(step: keras.Model) -> np.ndarray:
    """The cache before anything was read, for one text."""
    return np.zeros((1, *step.inputs[2].shape[1:]), "float32")


def reader_without_cache(model: keras.Model) -> Callable[[Sequence[int]], np.ndarray]:
    """The same, but for every token the whole window is read anew."""

    def read(token_ids: Sequence[int]) -> np.ndarray:
        seen = np.array([token_ids[first_seen(len(token_ids), window_of(model)) :]], "int32")
        return model.predict_on_batch(seen)[0, -1]

    return read


def whole(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """The token ids of `texts`, not cut, however long they are."""
    uncut = tokenizers.Tokenizer.from_str(tokenizer.tokenizer.to_str())
    uncut.no_truncation()
    return [encoding.ids for encoding in uncut.encode_batch(list(texts))]


def end_of_text(tokenizer: Tokenizer) -> int:
    """The token that stands between two texts."""
    return tokenizer.tokenizer.token_to_id(END)
