"""Run the frozen part of a network once: split a model at the boundary, keep the features, train only the rest.

A frozen layer gives the same answer for the same picture in every epoch. So the layers before the first one that
learns are run once over every input, what they give is kept (features.py), and epochs run over that. The weights that
learn are the model's own, and they see the same batches in the same order: it is the same learning, without the
waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tlteach.core.journal import some
from tlteach.engine.graph import Call, Graph, Part, flatten, is_graph, is_own

# Attributes in which layers keep how strongly they disturb their inputs during training; 0 means not at all.
_RATES = ("rate", "dropout", "recurrent_dropout", "dropout_rate", "drop_path_rate", "stddev")

CALLS = 8  # of a frozen part with layers that are not Keras': one that draws numbers shows it in some of them


@dataclass(frozen=True)
class Boundary:
    """Where a model is cut: `trainable(frozen(inputs))` is what the model itself gives.

    Attributes:
        frozen: from the model's inputs to the boundary, one tensor or a list of them; None where there is no use in
            cutting, and `reason` says why.
        trainable: from the boundary to the model's outputs. Its layers are the model's own: training it trains the
            model.
        layer: the name of the layer whose output is the boundary (of the last one, where it is several tensors).
        graph, tensors: the model's calls, and the numbers of the boundary's tensors among theirs.
    """

    reason: str = ""
    frozen: keras.Model | None = None
    trainable: keras.Model | None = None
    layer: str = ""
    graph: Graph | None = None
    tensors: tuple[int, ...] = ()


def split(model: keras.Model) -> Boundary:
    """Cut `model` as late as possible, between what stands still during training and what does not.

    What stands still is every layer before the first one that learns, or that does something else in training than
    in use (dropout, noise, a BatchNormalization that is not frozen). The boundary is the one tensor on which
    everything after it depends. It is several tensors where one alone does not do: towers that run side by side, or
    an attention mask that the later layers need too. What is inside a nested model that was called with
    training=False counts as in use at all times, and is so in both parts (Keras 3 itself overrides this
    training=False while it fits the model around it).

    Args:
        model: functional or Sequential, with any nesting, skip connections and number of inputs.
    """
    if not is_graph(model):
        return Boundary(f"{model.name} is of a class of its own ({type(model).__name__}), which may use its inputs")
    graph = flatten(model)
    learns = {id(weight) for weight in model.trainable_weights}
    moving = [call for call in graph.calls if _learns(call, learns) or _differs_in_training(call)]
    after = _with_everything_after(graph, moving)
    tensors = _drop_what_costs_nothing(graph, _crossing(graph, after))
    before = graph.between(graph.inputs, tensors)
    if not any(call.weights for call in before):
        return Boundary(_why_not(graph, moving, learns))
    rest = graph.between(tensors, graph.outputs)
    return Boundary(
        frozen=Part(f"{model.name}_frozen", before, graph.inputs, graph.pack(tensors), dtypes=graph.dtypes),
        trainable=Part(f"{model.name}_trainable", rest, tensors, graph.output_structure, model.weights),
        layer=next(c.operation.name for c in reversed(before) if isinstance(c.operation, keras.Layer)),
        graph=graph,
        tensors=tensors,
    )


def _learns(call: Call, learns: set[int]) -> bool:
    return any(id(weight) in learns for weight in call.weights)


def _differs_in_training(call: Call) -> bool:
    """Whether the call gives something else while the model is fitted than when it is used."""
    layer = call.operation
    if not isinstance(layer, keras.Layer) or call.training is False:
        return False
    return any(map(_is_disturbed, layer._flatten_layers()))


def _is_disturbed(layer: keras.Layer) -> bool:
    if isinstance(layer, keras.layers.BatchNormalization):
        return layer.trainable
    if getattr(layer, "activity_regularizer", None):
        return True
    rates = [getattr(layer, name) for name in _RATES if isinstance(getattr(layer, name, None), (int, float))]
    if rates:
        return any(rates)
    weights = {id(weight) for weight in layer.weights}
    draws_numbers = any(id(variable) not in weights for variable in layer.variables)
    is_foreign = not type(layer).__module__.startswith("keras.")
    return draws_numbers or (is_foreign and layer._call_has_training_arg)


def _with_everything_after(graph: Graph, moving: list[Call]) -> list[Call]:
    """The calls `moving` and all that depend on one of them, in order."""
    first, reached, found = {id(call) for call in moving}, set(), []
    for call in graph.calls:
        if id(call) in first or reached.intersection(call.inputs):
            found.append(call)
            reached.update(call.outputs)
    return found


def _crossing(graph: Graph, after: list[Call]) -> tuple[int, ...]:
    """The tensors that stand still and that something after the boundary, or the output, is made of."""
    made_after = {number for call in after for number in call.outputs}
    used = {number for call in after for number in call.inputs} | set(graph.outputs)
    return tuple(sorted(used - made_after))


def _drop_what_costs_nothing(graph: Graph, tensors: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out tensors that activations or normalization make of the others: they need not be kept."""
    maker = {number: call for call in graph.calls for number in call.outputs}

    def cheap(number: int, others: set[int]) -> bool:
        call = maker.get(number)
        if call is None or (call.weights and not _normalizes(call)):
            return False
        return all(parent in others or cheap(parent, others) for parent in call.inputs)

    kept = set(tensors)
    for number in reversed(tensors):
        if cheap(number, kept - {number}):
            kept.remove(number)
    return tuple(sorted(kept))


def _normalizes(call: Call) -> bool:
    return type(call.operation).__name__.endswith("Normalization")


def _why_not(graph: Graph, moving: list[Call], learns: set[int]) -> str:
    if not any(call.weights and not _learns(call, learns) for call in graph.calls):
        return "nothing is frozen"
    first = moving[0].operation
    if _learns(moving[0], learns):
        return f"the first layer with weights, {first.name}, learns, so everything after it changes"
    return (
        f"the layer {first.name} ({type(first).__name__}) comes before the frozen ones and does something else at "
        "every step of training; give augmentation to train(augment=...) instead, or call the base with training=False"
    )


def differs(model: keras.Model, boundary: Boundary, inputs: np.ndarray) -> str:
    """Why the two parts do not make up `model`, found by running both on a few inputs; "" where they do."""
    at_boundary = boundary.frozen(inputs, training=False)
    if boundary.frozen.losses:
        return "a frozen layer adds a loss of its own"
    if masked := [t for t in keras.tree.flatten(at_boundary) if getattr(t, "_keras_mask", None) is not None]:
        return f"{len(masked)} tensors at the boundary {boundary.layer} carry a Keras mask with them"
    calls = boundary.graph.between(boundary.graph.inputs, boundary.tensors)
    own = [call.operation.name for call in calls if is_own(call.operation)]
    if own and not all(_alike(at_boundary, boundary.frozen(inputs, training=True)) for _ in range(CALLS)):
        return (
            f"the frozen part gives something else at every call: it must be {some(own)}, not of Keras, drawing numbers"
        )
    with _no_zeros(model):
        if _alike(model(inputs, training=False), boundary.trainable(at_boundary, training=False)):
            return ""
    return f"cut at {boundary.layer}, the two parts give something else than the whole model"


def _alike(expected: Any, found: Any) -> bool:
    for pair in zip(keras.tree.flatten(expected), keras.tree.flatten(found), strict=True):
        one, other = (np.asarray(keras.ops.convert_to_numpy(x), "float64") for x in pair)
        if not np.allclose(one, other, atol=1e-3 * max(1.0, float(np.abs(one).max()))):
            return False
    return True


@contextmanager
def _no_zeros(model: keras.Model) -> Iterator[None]:
    """Fill weights that learn and are all zero with numbers: a head that starts so says the same of everything."""
    zeros = [w for w in model.trainable_weights if not np.any(keras.ops.convert_to_numpy(w))]
    random = np.random.default_rng(0)
    try:
        for weight in zeros:
            weight.assign(random.normal(0, 0.01, weight.shape))
        yield
    finally:
        for weight in zeros:
            weight.assign(np.zeros(weight.shape))
