"""The proofs about data: what goes into the network is what it was trained on, and no answer leaks.

Like those in weights.py, every guard returns a sentence that says what it proved, or raises a GuardError that names
the cure, and works on plain Keras models and on tf.data pipelines that you built by hand.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable

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


def no_leak(**splits: Iterable) -> str:
    """Prove that no input stands in two splits: `no_leak(train=..., validation=..., test=...)`.

    Args:
        splits: each a tlteach Split, an array of inputs, or any iterable of batches such as a tf.data.Dataset
            (of inputs or of (inputs, labels) pairs). A dataset is read the way training would read it, so one that
            is reshuffled each time before it is cut is found out.

    Raises:
        GuardError: the same input was read from two splits.
    """
    seen = {name: set(_fingerprints(split)) for name, split in splits.items()}
    names = list(seen)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if both := seen[one] & seen[other]:
                raise GuardError(
                    f"{len(both)} of the {len(seen[other])} inputs of {other} stand in {one} too, so its accuracy "
                    "would be a lie. Cut the splits once and keep them, as tl.tasks.from_folder and from_csv do. With "
                    "tf.data, shuffle before you cut, with reshuffle_each_iteration=False, or not at all."
                )
    return "no input stands in two splits"


def _fingerprints(split: Iterable) -> Iterable[str]:
    if hasattr(split, "fingerprints"):
        return split.fingerprints()
    if isinstance(split, np.ndarray):
        return [_hash(row) for row in split]
    return [_hash(row) for batch in _batches(split) for row in _inputs(batch)]


def _batches(batches: Iterable) -> Iterable:
    """One epoch of `batches`; a PyDataset has a length and items but no end."""
    if isinstance(batches, keras.utils.PyDataset):
        return (batches[i] for i in range(len(batches)))
    return batches


def _inputs(batch) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(batch[0] if isinstance(batch, (tuple, list)) else batch))


def _hash(row: np.ndarray) -> str:
    return hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).hexdigest()


def augmentation_varies(batches: Iterable) -> str:
    """Prove that augmented inputs differ from epoch to epoch, by reading `batches` twice.

    Args:
        batches: what `fit` reads: a tf.data.Dataset, a PyDataset, any iterable of batches that can be read again.

    Raises:
        GuardError: the second epoch holds the very inputs of the first.
    """
    first = {_hash(row) for batch in _batches(batches) for row in _inputs(batch)}
    if hasattr(batches, "on_epoch_end"):
        batches.on_epoch_end()
    second = {_hash(row) for batch in _batches(batches) for row in _inputs(batch)}
    if first and second <= first:
        raise GuardError(
            f"The augmentation does nothing new: all {len(second)} inputs of the second epoch are the very ones of the "
            "first. Put cache() before the augmentation, not after it, and see that the augmentation runs "
            "with training=True."
        )
    return "augmented inputs differ from epoch to epoch"


def _looks_at_pixels(layer: keras.layers.Layer) -> bool:
    """Whether `layer` stands behind preprocessing: the first that pads or convolves."""
    pads = isinstance(layer, keras.layers.ZeroPadding2D)
    return pads or (bool(layer.weights) and not isinstance(layer, keras.layers.Normalization))
