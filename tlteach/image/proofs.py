"""The proofs about pixels: they reach the network as it saw them when it was pre-trained."""

import math
from collections.abc import Callable

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.engine.entering import entering
from tlteach.engine.network import base_layers, pretrained_normalizations

USUAL_SPREAD = 64  # standard deviation of the pixels of photos, of 255
PLAUSIBLE = 5  # times more or less; pixels that were divided by 255 twice spread 6 times less or more


def preprocessing(
    model: keras.Model,
    images: np.ndarray,
    expected: Callable | None = None,
    untrained: Callable[[], keras.Model] | None = None,
) -> str:
    """Prove that pixels reach the network as it saw them when it was pre-trained.

    Args:
        model: takes `images`, a batch of raw pixels from 0 to 255, shape (n, height, width, channels).
        images: a few pictures of the task.
        expected: the source's own `preprocess_input`. What reaches the first convolution must equal it. Without
            it, the statistics that the first BatchNormalization kept from pre-training bear witness: they are
            compared with those of `images`, which finds wrong scales, but not swapped colour channels.
        untrained: makes the source's own network. Some (EfficientNet, ConvNeXt) preprocess inside, and it tells what
            must reach the first convolution of one that was built without.

    Raises:
        GuardError: what reaches the network is not what it was trained on.
    """
    if expected is not None:
        return _preprocessing_equals(model, images, expected, untrained)
    return _preprocessing_is_plausible(model, images)


def _preprocessing_equals(
    model: keras.Model, images: np.ndarray, expected: Callable, untrained: Callable[[], keras.Model] | None
) -> str:
    wanted = keras.ops.convert_to_numpy(expected(np.array(images, "float32")))
    layers = base_layers(model)
    first = next(layer for layer in layers if _looks_at_pixels(layer))
    inside = np.array_equal(wanted, images)  # it wants the raw pixels at its very first layer
    got = entering(model, layers[0] if inside else first, images)
    if inside and untrained and not _alike(got, wanted):
        own = untrained()
        wanted = entering(own, next(layer for layer in own.layers if _looks_at_pixels(layer)), images)
        got = entering(model, first, images)
    if not _alike(got, wanted):
        raise GuardError(
            f"The preprocessing does not match the source: layer {first.name} receives values from {got.min():.3g} to "
            f"{got.max():.3g}, but the source was trained on {wanted.min():.3g} to {wanted.max():.3g} for the same "
            "pictures. Let tl.base_model(source) build the base, or put the source's own preprocess_input "
            "between raw pixels (0 to 255) and the base, once."
        )
    return "pixels reach it as in pre-training"


def _alike(got: np.ndarray, wanted: np.ndarray) -> bool:
    return got.shape == wanted.shape and np.allclose(got, wanted, atol=1e-3 * np.abs(wanted).max())


def _preprocessing_is_plausible(model: keras.Model, images: np.ndarray) -> str:
    witnesses = {id(layer) for layer in pretrained_normalizations(model)}
    normalization = next((layer for layer in base_layers(model) if id(layer) in witnesses), None)
    contrast = float(images.std()) / USUAL_SPREAD
    if normalization is None or contrast < 0.01:
        why = "the pictures are of one colour" if normalization else "no BatchNormalization has kept statistics"
        return f"preprocessing could not be checked: {why} to compare with"
    got = entering(model, normalization, images)
    spread = float(got.var(axis=tuple(range(got.ndim - 1))).mean())
    kept = float(np.mean(keras.ops.convert_to_numpy(normalization.moving_variance)))
    # Dark pictures and faint ones spread less without being wrong.
    ratio = math.sqrt(spread / kept) / contrast if kept > 0 else math.inf
    if not 1 / PLAUSIBLE < ratio < PLAUSIBLE:
        raise GuardError(
            f"The preprocessing does not match the source: your pictures give layer {normalization.name} values that "
            f"spread {ratio:.2g} times as much as those it was pre-trained on, at the same contrast. Were pixels "
            "scaled twice, or not at all? Let tl.base_model(source) build the base, or put the source's own "
            "preprocess_input between raw pixels (0 to 255) and the base, once."
        )
    return f"the first BatchNormalization sees {ratio:.2g} times the spread of pre-training, at the same contrast"


def _looks_at_pixels(layer: keras.layers.Layer) -> bool:
    """Whether `layer` stands behind preprocessing: the first that pads or convolves."""
    pads = isinstance(layer, keras.layers.ZeroPadding2D)
    return pads or (bool(layer.weights) and not isinstance(layer, keras.layers.Normalization))
