"""Recalibrate BatchNormalization: measure its statistics again, on the target's training inputs.

A BatchNormalization layer subtracts a mean and divides by a deviation that it measured on the source. Where the target
looks different, at night or drawn with a pencil, they are off, and everything after them is. Measuring them again
needs no labels. (Li et al., Revisiting Batch Normalization for Practical Domain Adaptation, 2016, arXiv:1603.04779.)
"""

from collections.abc import Callable, Iterable

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.core.journal import some
from tlteach.core.task import Task
from tlteach.engine.graph import Call, Graph, Part, flatten
from tlteach.engine.network import batch_normalizations


@checked
def recalibrate(model: keras.Model, task: Task, batch_size: int = 64) -> dict[str, float]:
    """Set the statistics of every BatchNormalization layer to those of its inputs over the train split of `task`.

    Layer after layer, from the pixels up: each is measured behind layers that have been recalibrated. Nothing else in
    the model changes, and the statistics stay frozen as they were. It costs about half as many passes over the inputs
    as there are such layers, in the memory of one batch.

    Args:
        model: a base, or a model with a head; the head must be trained after it, for its features are different now.

    Returns:
        How far the mean of each layer moved, in its old standard deviations and averaged over channels, by its name.

    Raises:
        GuardError: there is no BatchNormalization layer, or the model's layers cannot be listed.
    """
    batches = task.train.batches(task.train.form_of(model), batch_size)
    return measured_again(model, lambda: (batches[index][0] for index in range(len(batches))))


def measured_again(model: keras.Model, batches: Callable[[], Iterable[np.ndarray]]) -> dict[str, float]:
    """The same for what `batches()` gives, anew for each layer: inputs, a batch at a time."""
    graph = flatten(model)
    calls = {id(call.operation): call for call in graph.calls if _normalizes(call)}
    if not calls:
        raise GuardError(f"{model.name} has no BatchNormalization layer: there is nothing to recalibrate.")
    if hidden := [layer.name for layer in batch_normalizations(model) if id(layer) not in calls]:
        raise GuardError(
            f"{some(hidden)} cannot be recalibrated: Keras cannot tell what goes into them inside a subclassed "
            "layer. Build that part with the functional API."
        )
    moved = {}
    for call in calls.values():
        layer, old = call.operation, [keras.ops.convert_to_numpy(w) for w in _statistics_of(call)]
        mean, variance = _measure(graph, call, batches)
        layer.moving_mean.assign(mean)
        layer.moving_variance.assign(variance)
        moved[layer.name] = float(np.mean(np.abs(mean - old[0]) / np.sqrt(old[1] + layer.epsilon)))
    return moved


def _measure(graph: Graph, call: Call, batches: Callable[[], Iterable[np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of what goes into `call`, over all batches: two arrays (channels,)."""
    before = Part("before", graph.between(graph.inputs, call.inputs), graph.inputs, graph.pack(call.inputs))
    n, total, squares = 0, 0.0, 0.0
    for batch in batches():
        inputs = keras.ops.convert_to_tensor(batch, dtype=graph.dtypes[0])
        values = keras.ops.convert_to_numpy(before(inputs, training=False)).astype("float64")
        rows = np.moveaxis(values, call.operation.axis, -1).reshape(-1, values.shape[call.operation.axis])
        n, total, squares = n + len(rows), total + rows.sum(axis=0), squares + np.square(rows).sum(axis=0)
    mean = total / n
    return mean, squares / n - np.square(mean)


def _normalizes(call: Call) -> bool:
    return isinstance(call.operation, keras.layers.BatchNormalization)


def _statistics_of(call: Call) -> tuple:
    return call.operation.moving_mean, call.operation.moving_variance
