"""Where in an input a model found its class: Grad-CAM.

The last feature map A of the base, (height, width, channels), still knows where things are; that of a sound, when. How
much does each channel speak for the class? Take the slope of the evidence y with it, averaged over all places, and add
the channels up so:

    heat(place) = max(0, sum over channels c of  mean over places (dy / dA_c) * A_c(place))

(Selvaraju et al., Grad-CAM, 2017, arXiv:1610.02391.) Below 0 is what speaks for other classes. The evidence y is the
logarithm of the odds: a slope of the probability would vanish where the model is sure.

A picture of this kind convinces even where it says nothing. The test is to spoil the network: with random weights
another heat must come out (Adebayo et al., Sanity Checks for Saliency Maps, 2018, arXiv:1810.03292).
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.engine.evaluation import probabilities_from
from tlteach.engine.graph import Graph, Part, flatten
from tlteach.engine.slopes import gradient, log_odds, require_class


@checked
def grad_cam(model: keras.Model, inputs: np.ndarray, class_index: int | None = None) -> np.ndarray:
    """How much each place of the last feature map spoke for a class, float32 (n, height, width), from 0 to 1.

    Args:
        model: from raw inputs to classes, as tl.add_head gives it.
        inputs: what `model` takes: raw pixels from 0 to 255, (n, height, width, 3), or samples of sounds (n, samples).
        class_index: of the class that is asked for; without it, each input's most probable one.

    Raises:
        GuardError: the model has no feature map, or its head does not stand on one.
        DataError: the inputs are of another shape, or there is no such class.
    """
    inputs = fitting(model, inputs)
    probabilities = probabilities_of(model, inputs)
    if class_index is None:
        return heat_for(model, inputs, probabilities.argmax(axis=1))
    require_class(model, class_index, probabilities.shape[1])
    return heat_for(model, inputs, np.full(len(inputs), class_index))


def heat_for(model: keras.Model, inputs: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The heat of each input for the class that was `chosen` for it; see grad_cam."""
    below, above = _cut_at_the_last_map(model)
    maps = below(keras.ops.convert_to_tensor(inputs), training=False)
    slopes = np.empty(maps.shape, "float32")
    for number in np.unique(chosen):
        # Inputs do not know each other, so that the slope of the sum has the slope of each.
        found = gradient(lambda at, number=number: keras.ops.sum(log_odds(model, above(at), int(number))), maps)
        slopes[chosen == number] = keras.ops.convert_to_numpy(found)[chosen == number]
    heat = (slopes.mean(axis=(1, 2), keepdims=True) * keras.ops.convert_to_numpy(maps)).sum(axis=-1)
    heat = np.maximum(heat, 0)
    return (heat / np.maximum(heat.max(axis=(1, 2), keepdims=True), 1e-12)).astype("float32")


def fitting(model: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """The inputs as float32. Raises DataError where they are not of the shape that `model` takes."""
    taken, given = model.input_shape[1:], np.asarray(inputs)
    if given.dtype.kind not in "biuf":
        raise DataError(f"{model.name} takes numbers (n, {', '.join(map(str, taken))}); these are {given.dtype}.")
    inputs = given.astype("float32")
    fits = inputs.ndim == len(taken) + 1 and all(
        side in (None, got) for side, got in zip(taken, inputs.shape[1:], strict=True)
    )
    if not fits:
        raise DataError(
            f"{model.name} takes inputs (n, {', '.join(map(str, taken))}); these have the shape {inputs.shape}."
        )
    return inputs


def probabilities_of(model: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """The probability of each class, (n, classes), for a few inputs at once."""
    return probabilities_from(model, keras.ops.convert_to_numpy(model(inputs, training=False)).astype("float64"))


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
