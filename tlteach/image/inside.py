"""Look inside a base: its features in two dimensions, and what its layers see in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from tlteach.core.errors import DataError, GuardError
from tlteach.core.show import plain

if TYPE_CHECKING:
    import keras

CHANNELS = 6  # of each layer that are drawn


def feature_maps(model: keras.Model, image: np.ndarray, layer_names: Sequence[str]) -> Figure:
    """Draw what layers of the base make of one picture: a row for each layer, its most varied channels side by side.

    Each map has its own scale from dark (lowest) to bright (highest): a map shows where a channel answers, and not
    how loudly.

    Args:
        model: a base, or a model from tl.add_head.
        image: raw pixels from 0 to 255, (height, width, 3), of the size that the base takes.
        layer_names: layers of the base that give feature maps; model.summary(expand_nested=True) lists them.

    Raises:
        GuardError: the base has no such layer, or it does not give feature maps.
        DataError: the picture is not of the size that the base takes.
    """
    maps = activations(model, image, layer_names)
    rows = len(maps) + 1
    figure = Figure(figsize=(1.3 * CHANNELS, min(6.2, 1.55 * rows)), layout="constrained")
    parts = figure.subfigures(rows, 1)
    _draw_row(parts[0], [np.asarray(image) / 255], f"input: {_size(np.shape(image))} pixels")
    for part, name, found in zip(parts[1:], layer_names, maps, strict=True):
        channels = np.argsort(-found.std(axis=(0, 1)), kind="stable")[:CHANNELS]
        title = f"{name}: {_size(found.shape)}; channels {', '.join(map(str, channels))}"
        _draw_row(part, [found[..., channel] for channel in channels], title)
    first, last = maps[0].shape, maps[-1].shape
    figure.suptitle(f"From {_size(first)} to {_size(last)}: {_what_changed(first, last)}")
    return figure


def activations(model: keras.Model, image: np.ndarray, layer_names: Sequence[str]) -> list[np.ndarray]:
    """What the named layers of the base make of one picture (height, width, 3): a map (h, w, channels) for each."""
    import keras

    from tlteach.engine.network import base_of

    base = base_of(model)
    tensors = [_tensor(base, name) for name in layer_names]
    if not tensors:
        raise GuardError("Name one layer or more; model.summary(expand_nested=True) lists them.")
    image = np.asarray(image, "float32")
    taken = base.input_shape[1:]
    if len(image.shape) != 3 or any(side not in (None, got) for side, got in zip(taken, image.shape, strict=True)):
        raise DataError(f"The picture has the shape {image.shape}, but {base.name} takes {taken}.")
    found = keras.Model(base.inputs, tensors)([image[None]], training=False)
    return [keras.ops.convert_to_numpy(one)[0] for one in keras.tree.flatten(found)]


def _tensor(base: keras.Model, name: str) -> keras.KerasTensor:
    layers = {layer.name: layer for layer in base.layers}
    if name not in layers:
        raise GuardError(f"The base {base.name} has no layer {name!r}. Its layers are: {', '.join(layers)}.")
    tensor = layers[name].output
    if len(tensor.shape) != 4:
        raise GuardError(f"The layer {name} gives {tensor.shape} and no feature maps. Name a layer before the pooling.")
    return tensor


def _draw_row(part, maps: Sequence[np.ndarray], title: str) -> None:
    part.suptitle(plain(title), fontsize="small")
    grid = part.subplots(1, CHANNELS)
    for axes in grid:
        axes.axis("off")
    for axes, found in zip(grid, maps, strict=False):
        axes.imshow(found, cmap="cividis")


def _size(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))


def _what_changed(first: Sequence[int], last: Sequence[int]) -> str:
    places = "fewer places" if last[0] * last[1] < first[0] * first[1] else "as many places"
    channels = "more kinds of answer" if last[2] > first[2] else "no more kinds of answer"
    return f"{places}, {channels}"
