"""Attention read from a block: against the formula, written out with NumPy."""

import numpy as np
import pytest
import tiny_bert

from tlteach.core.errors import GuardError
from tlteach.core.machine import import_keras

import_keras()
import keras  # noqa: E402

from tlteach.text import attention_weights as attention  # noqa: E402
from tlteach.text.sources import source_from_folder  # noqa: E402

TEXT = "The film is good."


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return source_from_folder(tiny_bert.write(tmp_path_factory.mktemp("bert") / "tiny")).build()


def test_the_weights_are_those_of_the_formula(base):
    pieces, found = attention.attention_of(base, TEXT, block=1)
    assert pieces == base.tokenizer.tokens(TEXT)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    ids = base.tokenizer.encode([TEXT], length=len(pieces))
    x = keras.ops.convert_to_numpy(keras.Model(base.input, base.get_layer("block_0_output_norm").output)(ids))[0]
    layer = base.get_layer("block_1_attention")
    query, key = (
        np.einsum("tw,whd->htd", x, keras.ops.convert_to_numpy(dense.kernel))
        + keras.ops.convert_to_numpy(dense.bias)[:, np.newaxis]
        for dense in (layer._query_dense, layer._key_dense)
    )
    scores = query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1])
    weights = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(found, weights.mean(axis=0), atol=1e-5)


def test_a_block_that_is_not_there_is_named(base):
    with pytest.raises(GuardError, match="block_7_attention"):
        attention.attention_of(base, TEXT, block=7)


def test_the_picture_tells_the_share_of_the_first_token():
    weights = np.array([[0.9, 0.1], [0.5, 0.5]])
    figure = attention.picture(["[CLS]", "film"], weights)
    axes, bar = figure.axes
    assert "70% of all attention goes to [CLS]" in axes.get_title()
    assert axes.images[0].get_clim() == (0, 0.5)
    assert [text.get_text() for text in axes.get_xticklabels()] == ["[CLS]", "film"]
    assert bar.get_ylabel()
