"""Recalibrated statistics against NumPy, layer after layer."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tlteach as tl
from tlteach.core.errors import GuardError
from tlteach.engine.network import batch_normalizations
from tlteach.methods import tune


def inputs_of(model, layer, images):
    """What goes into `layer` for all images at once, by a model of its own (n, ..., channels)."""
    return np.asarray(keras.Model(model.input, layer.input)(images.astype("float32"), training=False), "float64")


def test_the_statistics_are_numpys_over_all_data_layer_after_layer(base, colours):
    weights = {w.path: keras.ops.convert_to_numpy(w).copy() for w in base.weights}
    images, _ = colours.train.arrays(32)
    moved = tune.recalibrate(base, colours, batch_size=7)
    assert list(moved) == ["block1_bn", "block2_bn", "block3_bn"]
    for layer in batch_normalizations(base):
        seen = inputs_of(base, layer, images)
        np.testing.assert_allclose(layer.moving_mean.numpy(), seen.mean(axis=(0, 1, 2)), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(layer.moving_variance.numpy(), seen.var(axis=(0, 1, 2)), rtol=1e-4, atol=1e-6)
    for weight in base.weights:
        if "moving" not in weight.path:
            np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), weights[weight.path])
    again = tune.recalibrate(base, colours)
    assert max(again.values()) < 1e-3 < max(moved.values())


def test_inside_a_model_with_a_head_it_is_the_same(base, colours):
    whole = tl.add_head(base, colours)
    clone = keras.models.clone_model(base)
    clone.set_weights(base.get_weights())
    tune.recalibrate(whole, colours)
    tune.recalibrate(clone, colours)
    for one, other in zip(base.get_weights(), clone.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert not base.trainable_weights


@given(st.integers(1, 9), st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_of_the_pixels_themselves_for_any_batch_size(batch_size, seed):
    random = np.random.default_rng(seed)
    images = random.integers(0, 256, (20, 8, 8, 3)).astype("uint8")
    task = tl.tasks.from_arrays(images, np.arange(20) % 2, ("a", "b"), seed=seed)
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, keras.layers.BatchNormalization(name="norm")(inputs))
    tune.recalibrate(model, task, batch_size)
    pixels = task.train.arrays(8)[0].astype("float64")
    layer = model.get_layer("norm")
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer.moving_mean), pixels.mean(axis=(0, 1, 2)), rtol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer.moving_variance), pixels.var(axis=(0, 1, 2)), rtol=1e-5)


def test_nothing_to_recalibrate(colours):
    model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(GuardError, match="no BatchNormalization"):
        tune.recalibrate(model, colours)
