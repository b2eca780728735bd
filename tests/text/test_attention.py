"""Attention: Keras' own says the same, and nobody sees what a mask hides."""

import keras
import numpy as np
import pytest

from tlteach.text.attention import attend, causal_mask, mean_of_tokens, padding_mask

RANDOM = np.random.default_rng(0)


def some(*shape):
    return RANDOM.normal(size=shape).astype("float32")


def test_by_hand():
    query, keys, values = np.array([[2.0, 0]]), np.array([[2.0, 0], [0, 5]]), np.array([[10.0], [20]])
    share = np.exp(4 / np.sqrt(2)) / (np.exp(4 / np.sqrt(2)) + 1)
    found = np.asarray(attend(keras.ops.convert_to_tensor(query), keys, values, np.ones((1, 2), bool)))
    assert found == pytest.approx(10 * share + 20 * (1 - share), rel=1e-5)
    hidden = np.asarray(attend(keras.ops.convert_to_tensor(query), keys, values, np.array([[False, True]])))
    assert hidden == pytest.approx(20)


def test_one_head_of_keras_says_the_same():
    x, mask = some(2, 5, 8), np.tril(np.ones((1, 5, 5), bool))
    theirs = keras.layers.MultiHeadAttention(1, 8, use_bias=False)
    expected = theirs(x, x, attention_mask=mask)
    query, keys, values = (
        keras.ops.convert_to_tensor(x) @ weight[:, 0] for weight in (theirs._query_dense.kernel,
        theirs._key_dense.kernel, theirs._value_dense.kernel)
    )  # fmt: skip
    ours = attend(query, keys, values, mask) @ theirs._output_dense.kernel[0]
    np.testing.assert_allclose(np.asarray(ours), np.asarray(expected), atol=1e-5)


def test_the_masks():
    places = np.arange(3)[None]
    assert np.asarray(causal_mask(places, places))[0].tolist() == np.tril(np.ones((3, 3), bool)).tolist()
    assert np.asarray(causal_mask(places[:, 2:], places))[0].tolist() == [[True] * 3]
    token_ids = np.array([[7, 8, 0]])
    is_token = padding_mask(token_ids, 0)
    assert np.asarray(is_token).tolist() == [[True, True, False]]
    vectors = some(1, 3, 4)
    np.testing.assert_allclose(mean_of_tokens(vectors, is_token), vectors[:, :2].mean(axis=1), atol=1e-6)
    nothing = mean_of_tokens(vectors, np.zeros((1, 3), bool))
    assert np.asarray(nothing).tolist() == [[0] * 4]
