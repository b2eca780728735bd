"""A model as the flat list of its calls, whatever is nested in it; parts of that list, and copies, as models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.engine.network import nodes


@dataclass(frozen=True)
class Tensor:
    """A place in the graph that a tensor passes; every call of a layer fills new ones."""

    number: int


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer or operation: `operation(*args, **kwargs)`, with a Tensor wherever a tensor will stand."""

    operation: Any
    args: tuple
    kwargs: dict
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def weights(self) -> list:
        """The weights of the layer that is called."""
        return getattr(self.operation, "weights", [])

    @property
    def training(self) -> bool | None:
        """The mode that a nested model around the call was called with, if any."""
        return self.kwargs.get("training")


@dataclass(frozen=True, eq=False)
class Graph:
    """The calls of a model in the order data meets them; tensors are numbered in that order too.

    `shapes`: of every tensor, with None where it depends on the inputs.
    """

    calls: list[Call]
    inputs: tuple[int, ...]
    dtypes: tuple[str, ...]
    output_structure: Any
    shapes: dict[int, tuple[int | None, ...]]

    @property
    def outputs(self) -> tuple[int, ...]:
        """The numbers of the output tensors."""
        return tuple(tensor.number for tensor in keras.tree.flatten(self.output_structure))

    def between(self, given: Sequence[int], wanted: Sequence[int]) -> list[Call]:
        """The calls that make the tensors `wanted` once the tensors `given` are there."""
        given, wanted, found = set(given), set(wanted), []
        for call in reversed(self.calls):
            if any(number in wanted and number not in given for number in call.outputs):
                found.append(call)
                wanted.update(call.inputs)
        return found[::-1]

    @staticmethod
    def pack(numbers: Sequence[int]) -> Any:
        """One Tensor, or a list of them."""
        tensors = [Tensor(number) for number in numbers]
        return tensors[0] if len(tensors) == 1 else tensors


def lookup(graph: Graph) -> Call | None:
    """The call that looks the model's inputs, token ids, up in an embedding; None without one."""
    found = (c for c in graph.calls if isinstance(c.operation, keras.layers.Embedding) and c.inputs == graph.inputs)
    return next(found, None)


def is_graph(layer: Any) -> bool:
    """Whether `layer` is a functional or Sequential model and nothing more, so that its calls say all about it."""
    return type(layer).__name__ in ("Functional", "Sequential") and bool(getattr(layer, "inputs", None))


def is_own(operation: Any) -> bool:
    """Whether something in a layer is not Keras': its class, or a function that it calls, such as a Lambda's.

    What such a layer does, its settings need not tell.
    """
    layers = operation._flatten_layers() if isinstance(operation, keras.Layer) else [operation]
    return not all(
        type(layer).__module__.startswith("keras.")
        and all(str(value.__module__).startswith("keras.") for value in vars(layer).values() if callable(value))
        for layer in layers
    )


def copy_of(model: keras.Model) -> keras.Model:
    """A copy of `model`, not compiled: the same weights, random states, frozen layers and tokenizers.

    Raises:
        GuardError: the model is of a class of its own, or Keras cannot make one of its layers a second time.
    """
    if not is_graph(model):
        raise GuardError(
            f"{model.name} is of a class of its own ({type(model).__name__}), so that no copy can be made of it. "
            "Build it with the functional API, keras.Model(inputs, outputs)."
        )
    functional = getattr(model, "_functional", None) or model
    # Cloned without its loss and optimizer, since Keras finds no function that is your own when it makes a model again.
    plain = keras.Model(functional.input, functional.output, name=model.name)
    copy = keras.models.clone_model(plain, clone_function=_made_again, recursive=True)
    layers = [model, *plain._flatten_layers(include_self=False)]
    for layer, copied in zip(layers, copy._flatten_layers(), strict=True):
        copied.trainable = layer.trainable  # sets the layers inside it too, whose turn comes later
        if hasattr(layer, "tokenizer"):
            copied.tokenizer = layer.tokenizer
        # Not strict: dropout whose rate was set to 0 draws nothing once it is made again.
        for generator, other in zip(layer._seed_generators, copied._seed_generators, strict=False):
            other.state.assign(np.array(keras.ops.convert_to_numpy(generator.state)))
    for weight, copied in zip(plain.weights, copy.weights, strict=True):
        copied.assign(np.array(keras.ops.convert_to_numpy(weight)))
        copied.trainable = weight.trainable
    for layer in copy._flatten_layers():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with constants that it makes of its weights
    return copy


def _made_again(layer: keras.layers.Layer) -> keras.layers.Layer:
    try:
        return type(layer).from_config(layer.get_config())
    except (NotImplementedError, TypeError, ValueError) as error:
        raise GuardError(
            f"The layer {layer.name} ({type(layer).__name__}) cannot be made a second time, and so its model cannot be "
            "copied. Give a layer of your own a get_config(), and a function of your own a name, by def, and "
            "@keras.saving.register_keras_serializable() before it."
        ) from error


def flatten(model: keras.Model) -> Graph:
    """List the calls of `model`, with those of nested models in the place where the nested model was called."""
    calls: list[Call] = []
    inputs = [Tensor(number) for number in range(len(model.inputs))]
    at = dict(zip(map(id, model.inputs), inputs, strict=True))
    shapes = {number: tuple(tensor.shape) for number, tensor in enumerate(model.inputs)}
    _inline(model, at, calls, shapes, None)
    structure = (getattr(model, "_functional", None) or model)._outputs_struct
    return Graph(
        calls=calls,
        inputs=tuple(tensor.number for tensor in inputs),
        dtypes=tuple(keras.backend.standardize_dtype(tensor.dtype) for tensor in model.inputs),
        output_structure=_unpacked(keras.tree.map_structure(lambda tensor: at[id(tensor)], structure)),
        shapes=shapes,
    )


def _inline(
    model: keras.Model,
    at: dict[int, Tensor],
    calls: list[Call],
    shapes: dict[int, tuple],
    training: bool | None,
) -> None:
    """Append the calls of `model`; `at` knows the places of its inputs and learns those of all its tensors.

    `shapes` has every number that is taken, and learns the shapes of the new ones.
    """
    for node in nodes(model):
        if node.is_input:
            continue
        args, kwargs = node.arguments.convert(lambda x: at.get(id(x), x))
        # Keras writes down a layer's default, such as training=False of Dropout, as if it had been asked for. Of what
        # it wrote down, only the mode of a nested model is what somebody wrote.
        asked = kwargs.pop("training", None)
        if is_graph(node.operation) and _is_plain(args, kwargs):
            fixed = asked if training is None else training
            inner = {}
            for tensor, place in zip(node.operation.inputs, keras.tree.flatten(args[0]), strict=True):
                inner[id(tensor)] = place
            _inline(node.operation, inner, calls, shapes, fixed)
            found = [inner[id(tensor)] for tensor in node.operation.outputs]
        else:
            if training is not None and isinstance(node.operation, keras.Layer):
                kwargs["training"] = training
            found = [Tensor(len(shapes) + place) for place in range(len(node.outputs))]
            shapes.update((t.number, tuple(output.shape)) for t, output in zip(found, node.outputs, strict=True))
            inputs = tuple(t.number for t in keras.tree.flatten((args, kwargs)) if isinstance(t, Tensor))
            calls.append(Call(node.operation, args, kwargs, inputs, tuple(t.number for t in found)))
        at.update(zip(map(id, node.outputs), found, strict=True))


def _is_plain(args: tuple, kwargs: dict) -> bool:
    """Whether a nested model is called with nothing but its inputs."""
    return len(args) == 1 and all(value is None for value in kwargs.values())


def _unpacked(structure: Any) -> Any:
    return structure[0] if isinstance(structure, (list, tuple)) and len(structure) == 1 else structure


class Part(keras.Model):
    """Some calls of a model's layers, in their order, as a model that shares those layers.

    Args:
        calls: from a Graph.
        inputs: numbers of the tensors it is given, `outputs`: a structure of the Tensors it returns.
        weights: of the whole model. The weights of the part stand in the same order, which is the one that the
            optimizer was built for.
        dtypes: to cast the inputs to; without them they are taken as they come.
    """

    def __init__(self, name, calls, inputs, outputs, weights=(), dtypes=None):
        super().__init__(name=name)
        layers = {id(call.operation): call.operation for call in calls if isinstance(call.operation, keras.Layer)}
        place = {id(weight): i for i, weight in enumerate(weights)}
        self.parts = sorted(
            layers.values(), key=lambda layer: min((place.get(id(w), 0) for w in layer.weights), default=0)
        )
        self._compute = lambda tensors, training: _compute(calls, inputs, outputs, dtypes, tensors, training)
        self.built = True

    def call(self, inputs, training=None):
        """Run the calls, each layer in the mode `training`, or in that of the nested model around its call."""
        return self._compute(inputs, bool(training))


def _compute(
    calls: list[Call],
    inputs: Sequence[int],
    outputs: Any,
    dtypes: Sequence[str] | None,
    tensors: Any,
    training: bool,
) -> Any:
    tensors = keras.tree.flatten(tensors)
    if dtypes:
        tensors = [keras.ops.cast(tensor, dtype) for tensor, dtype in zip(tensors, dtypes, strict=True)]
    values = dict(zip(inputs, tensors, strict=True))

    def fill(structure: Any) -> Any:
        return keras.tree.map_structure(lambda x: values[x.number] if isinstance(x, Tensor) else x, structure)

    for call in calls:
        kwargs = fill(call.kwargs)
        if isinstance(call.operation, keras.Layer):
            # Said to every layer: what one is told, Keras hands on to all layers after it that are told nothing.
            kwargs.setdefault("training", training)
        found = call.operation(*fill(call.args), **kwargs)
        values.update(zip(call.outputs, keras.tree.flatten(found), strict=True))
    return fill(outputs)
