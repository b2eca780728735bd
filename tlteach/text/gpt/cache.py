"""The key-value cache: what was read before is remembered, and every new token costs one step.

No token looks at later ones. So the keys and values of a token stay as they are, whatever is written after it.
"""

import math
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import keras
import numpy as np
from keras import ops

from tlteach.text.attention import attend, causal_mask
from tlteach.text.gpt.network import answered, asked, blocks_in, embed, layers_of, logits_of, window_of

_with_cache: WeakKeyDictionary[keras.Model, keras.Model] = WeakKeyDictionary()  # built once for each model


def cached(model: keras.Model) -> keras.Model:
    """The same layers with a key-value cache: attention looks at all that is in it.

    In: new token ids (n, length), the place of the first of them (n, 1), the cache. Out: logits (n, length,
    vocabulary), the cache with the new keys and values in it. The cache is (n, blocks, 2, heads, window, head width),
    and zeros at the beginning; all rows of a batch must be at the same place.
    """
    layer = layers_of(model)
    window, n_blocks = window_of(model), blocks_in(layer)
    _, heads, head_width = layer["block_0_split_heads"].target_shape
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    start = keras.Input((1,), dtype="int32", name="start")
    cache = keras.Input((n_blocks, 2, heads, window, head_width), name="cache")
    places = start + ops.cumsum(ops.ones_like(token_ids), axis=1) - 1
    may_look_at = ops.expand_dims(causal_mask(places, ops.expand_dims(ops.arange(window), 0)), 1)
    x, updated = embed(layer, token_ids, places), []
    for name, before in ((f"block_{number}", cache[:, number]) for number in range(n_blocks)):
        query, keys, values = asked(layer, x, name)
        both = ops.slice_update(before, (0, 0, 0, start[0, 0], 0), ops.stack([keys, values], axis=1))
        x = answered(layer, x, attend(query, both[:, 0], both[:, 1], may_look_at), name)
        updated.append(both)
    return keras.Model([token_ids, start, cache], [logits_of(layer, x), ops.stack(updated, axis=1)], name="gpt_cached")


class Reader:
    """Reads a text that grows, and remembers what it has read."""

    def __init__(self, model: keras.Model) -> None:
        if model not in _with_cache:
            _with_cache[model] = cached(model)
        self.step, self.window = _with_cache[model], window_of(model)
        self.forget(begin=0)

    def forget(self, begin: int) -> None:
        """Read anew, from the token at the place `begin`."""
        self.begin, self.n_read = begin, 0
        self.cache = np.zeros((1, *self.step.inputs[2].shape[1:]), "float32")

    def __call__(self, token_ids: Sequence[int]) -> np.ndarray:
        """The logits of the next token (vocabulary,), after all tokens of the text so far."""
        begin = first_seen(len(token_ids), self.window)
        if begin != self.begin:
            self.forget(begin)
        new = np.array([token_ids[begin + self.n_read :]], "int32")
        logits, self.cache = self.step.predict_on_batch([new, np.array([[self.n_read]], "int32"), self.cache])
        self.n_read += new.shape[1]
        return logits[0, -1]


def first_seen(n_tokens: int, window: int) -> int:
    """Where the window begins in a text of `n_tokens`: when it is full, it drops the older half and goes on.

    Learned places cannot slide along with the text: after each drop, what is left is read anew.
    """
    half = window // 2
    too_many = max(0, n_tokens - window)
    return half * math.ceil(too_many / half)
