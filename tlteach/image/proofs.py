"""The proofs about pixels: they reach the network as it saw them when it was pre-trained."""

import math
from collections.abc import Callable

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.engine.network import base_layers, pretrained_normalizations


def preprocessing(model: keras.Model, images: np.ndarray, expected: Callable | None = None) -> str:
    """Prove that pixels reach the network as it saw them when it was pre-trained.

    Args:
        model: takes `images`, a batch of raw pixels from 0 to 255, shape (n, height, width, channels).
        images: a few pictures of the task.
        expected: the source's own `preprocess_input`. What reaches the first convolution must equal it. Without
            it, the statistics that the first BatchNormalization kept from pre-training bear witness: they are
            compared with those of `images`, which finds wrong scales, but not swapped colour channels.

    Raises:
        GuardError: what reaches the network is not what it was trained on.
    """
    if expected is not None:
        return _preprocessing_equals(model, images, expected)
    return _preprocessing_is_plausible(model, images)


def _preprocessing_equals(model: keras.Model, images: np.ndarray, expected: Callable) -> str:
    wanted = keras.ops.convert_to_numpy(expected(np.array(images, "float32")))
    layers = base_layers(model)
    # Some networks (EfficientNet, ConvNeXt) preprocess inside: they want the raw pixels at their very first layer.
    inside = np.array_equal(wanted, images)
    first = layers[0] if inside else next(layer for layer in layers if _looks_at_pixels(layer))
    got = _entering(model, first, images)
    if not np.allclose(got, wanted, atol=1e-3 * np.abs(wanted).max()):
        raise GuardError(
            f"The preprocessing does not match the source: layer {first.name} receives values from {got.min():.3g} to "
            f"{got.max():.3g}, but the source was trained on {wanted.min():.3g} to {wanted.max():.3g} for the same "
            "pictures. Let tl.base_model(source) build the base, or put the source's own preprocess_input "
            "between raw pixels (0 to 255) and the base, once."
        )
    return "pixels reach it as in pre-training"


def _preprocessing_is_plausible(model: keras.Model, images: np.ndarray) -> str:
    witnesses = {id(layer) for layer in pretrained_normalizations(model)}
    normalization = next((layer for layer in base_layers(model) if id(layer) in witnesses), None)
    if normalization is None:
        return "preprocessing could not be checked: no BatchNormalization has kept statistics to compare with"
    got = _entering(model, normalization, images)
    spread = float(got.var(axis=tuple(range(got.ndim - 1))).mean())
    kept = float(np.mean(keras.ops.convert_to_numpy(normalization.moving_variance)))
    ratio = math.sqrt(spread / kept) if kept > 0 else math.inf
    if not 1 / 8 < ratio < 8:
        raise GuardError(
            f"The preprocessing does not match the source: your pictures give layer {normalization.name} values that "
            f"spread {ratio:.2g} times as much as those it was pre-trained on. Were pixels scaled twice, or not at "
            "all? Let tl.base_model(source) build the base, or put the source's own preprocess_input between raw "
            "pixels (0 to 255) and the base, once."
        )
    return f"the first BatchNormalization sees {ratio:.2g} times the spread of pre-training"


class _ReachedError(BaseException):
    """Ends a forward pass early; no Exception, because Keras rewrites those."""


def _entering(model: keras.Model, layer: keras.layers.Layer, inputs: np.ndarray) -> np.ndarray:
    """What goes into `layer` when `model` is shown `inputs`; the layers behind it are not run."""
    original = layer.call
    seen = []

    def stop(tensor, *args, **kwargs):
        seen.append(keras.ops.convert_to_numpy(tensor))
        raise _ReachedError

    layer.call = stop
    try:
        model(keras.ops.convert_to_tensor(inputs, dtype="float32"), training=False)
    except _ReachedError:
        pass
    finally:
        layer.call = original
    return seen[0]


def _looks_at_pixels(layer: keras.layers.Layer) -> bool:
    """Whether `layer` stands behind preprocessing: the first that pads or convolves."""
    pads = isinstance(layer, keras.layers.ZeroPadding2D)
    return pads or (bool(layer.weights) and not isinstance(layer, keras.layers.Normalization))
