"""How the tokens of a text look at each other: attention, its two masks, and the mean, where all look alike.

Ashish Vaswani and others (2017): Attention Is All You Need. arXiv:1706.03762.
"""

import math

from keras import ops


def attend(query, keys, values, may_look_at):
    """softmax(QK' / sqrt(d)) V: every token takes from the values, and most from those whose keys fit its query.

    Args:
        query: (..., length, d). keys: (..., places, d). values: (..., places, width).
        may_look_at: the mask, (..., length, places): True where a token may look.
    """
    scores = ops.matmul(query, ops.swapaxes(keys, -1, -2)) / math.sqrt(query.shape[-1])
    shares = ops.softmax(ops.where(may_look_at, scores, -1e9), axis=-1)  # those of each token add up to 1
    return ops.matmul(shares, values)


def causal_mask(places, places_of_keys):
    """True where a token at one of `places` (n, length) may look: at itself and back, (n, length, keys)."""
    return ops.expand_dims(places, 2) >= ops.expand_dims(places_of_keys, 1)


def padding_mask(token_ids, padding_id: int):
    """True where there is a token, and False where a text was filled up to the length of others, (n, length)."""
    return ops.not_equal(token_ids, padding_id)


def mean_of_tokens(vectors, is_token):
    """The mean (n, width) of those of the vectors (n, length, width) that belong to a token, and not to padding."""
    share = ops.expand_dims(ops.cast(is_token, vectors.dtype), -1)
    return ops.sum(vectors * share, axis=1) / ops.maximum(ops.sum(share, axis=1), 1)
