"""Where in a picture a model found its class: Grad-CAM.

The last feature map A of the base, (height, width, channels), still knows where things are. How much does each channel
speak for the class? Take the slope of the evidence y with it, averaged over all places, and add the channels up so:

    heat(place) = max(0, sum over channels c of  mean over places (dy / dA_c) * A_c(place))

(Selvaraju et al., Grad-CAM, 2017, arXiv:1610.02391.) Below 0 is what speaks for other classes. The evidence y is the
logarithm of the odds: a slope of the probability would vanish where the model is sure.

A picture of this kind convinces even where it says nothing. The test is to spoil the network: with random weights
another heat must come out (Adebayo et al., Sanity Checks for Saliency Maps, 2018, arXiv:1810.03292).
"""

from collections.abc import Sequence

import keras
import numpy as np
from matplotlib.figure import Figure

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.core.show import plain
from tlteach.engine.evaluation import probabilities_from
from tlteach.engine.graph import Graph, Part, flatten
from tlteach.engine.slopes import gradient, log_odds, require_class

COLUMNS = 6


@checked
def grad_cam(model: keras.Model, images: np.ndarray, class_index: int | None = None) -> np.ndarray:
    """How much each place of the last feature map spoke for a class, float32 (n, height, width), from 0 to 1.

    Args:
        model: from raw pixels to classes, as tl.add_head gives it.
        images: raw pixels from 0 to 255, (n, height, width, 3), of the size that `model` takes.
        class_index: of the class that is asked for; without it, each picture's most probable one.

    Raises:
        GuardError: the model has no feature map, or its head does not stand on one.
        DataError: the pictures are of another size, or there is no such class.
    """
    images = _pictures(model, images)
    probabilities = _probabilities(model, images)
    if class_index is None:
        return _heat(model, images, probabilities.argmax(axis=1))
    require_class(model, class_index, probabilities.shape[1])
    return _heat(model, images, np.full(len(images), class_index))


def _heat(model: keras.Model, images: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The heat of each picture for the class that was `chosen` for it."""
    below, above = _cut_at_the_last_map(model)
    maps = below(keras.ops.convert_to_tensor(images), training=False)
    slopes = np.empty(maps.shape, "float32")
    for number in np.unique(chosen):
        # Pictures do not know each other, so that the slope of the sum has the slope of each.
        found = gradient(lambda at, number=number: keras.ops.sum(log_odds(model, above(at), int(number))), maps)
        slopes[chosen == number] = keras.ops.convert_to_numpy(found)[chosen == number]
    heat = (slopes.mean(axis=(1, 2), keepdims=True) * keras.ops.convert_to_numpy(maps)).sum(axis=-1)
    heat = np.maximum(heat, 0)
    return (heat / np.maximum(heat.max(axis=(1, 2), keepdims=True), 1e-12)).astype("float32")


@checked
def looked_at(model: keras.Model, images: np.ndarray, class_names: Sequence[str]) -> Figure:
    """Draw pictures (n, height, width, 3), and below each where `model` found its most probable class.

    What spoke for the class keeps its light, the rest is dark.
    """
    pixels = _pictures(model, images)
    probabilities = _probabilities(model, pixels)
    heat = _heat(model, pixels, probabilities.argmax(axis=1))
    columns = min(COLUMNS, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(1.45 * columns, 3.2 * rows), layout="constrained")
    grid = figure.subplots(2 * rows, columns, squeeze=False)
    for axes in grid.ravel():
        axes.axis("off")
    for place, (image, warm, sure) in enumerate(zip(images, heat, probabilities, strict=True)):
        above, below = grid[2 * (place // columns) :, place % columns][:2]
        image = np.asarray(image, "float32") / 255
        above.imshow(image)
        above.set_title(plain(f"{class_names[sure.argmax()]} {sure.max():.2f}"), fontsize="small")
        below.imshow(image * (0.15 + 0.85 * _as_large(warm, image.shape))[..., None])
    share = (heat > 0.5).mean()
    figure.suptitle(f"What decides is in {share:.0%} of the places")
    return figure


def _as_large(heat: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    large = keras.ops.image.resize(heat[..., None], shape[:2], interpolation="bilinear", data_format="channels_last")
    return keras.ops.convert_to_numpy(large)[..., 0]


def _pictures(model: keras.Model, images: np.ndarray) -> np.ndarray:
    images, taken = np.asarray(images, "float32"), model.input_shape[1:]
    if images.ndim != 4 or any(side not in (None, got) for side, got in zip(taken, images.shape[1:], strict=True)):
        raise DataError(f"Give pictures (n, {', '.join(map(str, taken))}); these have the shape {images.shape}.")
    return images


def _probabilities(model: keras.Model, images: np.ndarray) -> np.ndarray:
    return probabilities_from(model, keras.ops.convert_to_numpy(model(images, training=False)).astype("float64"))


def _cut_at_the_last_map(model: keras.Model) -> tuple[Part, Part]:
    """The part of `model` that makes its last feature map, and the part that makes classes of it. Raises GuardError."""
    graph = flatten(model)
    last = next((n for call in reversed(graph.calls) for n in call.outputs if len(graph.shapes[n]) == 4), None)
    if last is None or not _all_pass(graph, last):
        raise GuardError(
            f"{model.name} has no feature map (n, height, width, channels) that all of it passes through: Grad-CAM "
            "needs a convolutional base below the head."
        )
    return (
        Part("below", graph.between(graph.inputs, (last,)), graph.inputs, graph.pack((last,))),
        Part("above", graph.between((last,), graph.outputs), (last,), graph.output_structure),
    )


def _all_pass(graph: Graph, last: int) -> bool:
    """Whether nothing reaches the outputs past the tensor `last`."""
    above = graph.between((last,), graph.outputs)
    made = {last, *(number for call in above for number in call.outputs)}
    return all(number in made for call in above for number in call.inputs)
