"""Find the blocks of a network: where it may be cut between frozen and trainable layers.

A cut is good where one single tensor goes over it. Cut anywhere else and you go through the middle of a
residual or Inception block: one branch would learn while the other, which it was trained with, stands still.
What no weight had a part in, such as the mask that says where a text ends, may go over any cut.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import GuardError

# How the Keras Applications models, and many others, write a block into their layers' names.
_BLOCK_IN_NAME = re.compile(
    r"(?P<prefix>.*stage_\d+_block_\d+"  # ConvNeXt:      convnext_tiny_stage_3_block_2_gelu
    r"|block\d+_\d+"  # Inception-ResNet: block8_10_mixed
    r"|conv\d+_block\d+"  # ResNet, DenseNet:  conv5_block3_out
    r"|expanded_conv(_\d+)?"  # MobileNetV3:   expanded_conv_10_expand
    r"|block_?\d+[a-z]?"  # VGG, MobileNetV2, EfficientNet: block5_conv1, block_16_expand, block7a_bn
    r"|embeddings)(_|$)"  # BERT:          embeddings_word, block_3_attention
    r"|conv_(dw|pw|pad)_(?P<number>\d+)"  # MobileNet:   conv_dw_13_bn
)
_POOLING = ("GlobalAveragePooling", "GlobalMaxPooling", "Flatten")


@dataclass(frozen=True)
class Block:
    """A run of layers that is frozen or trained as one: `name` and `layers`, in the order data meets them."""

    name: str
    layers: tuple[keras.layers.Layer, ...]

    def __repr__(self) -> str:
        return f"Block({self.name!r}, {len(self.layers)} layers)"


def base_of(model: keras.Model) -> keras.Model:
    """The base inside `model`: the nested model that holds most of its layers, or `model` itself when it is flat.

    A nested model with a tokenizer is a base however small it is; word vectors are a single layer.
    """
    nested = [layer for layer in model.layers if isinstance(layer, keras.Model) and layer.weights]
    if not nested:
        return model
    largest = max(nested, key=_depth)
    return largest if hasattr(largest, "tokenizer") or 2 * _depth(largest) > _depth(model) else model


def base_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers of the base; in a flat model, those before the dense layers at its end and their pooling."""
    base = base_of(model)
    layers = [layer for layer in base.layers if not isinstance(layer, keras.layers.InputLayer)]
    if base is not model:
        return layers
    end = 1 + max((i for i, layer in enumerate(layers) if layer.weights and not _is_dense(layer)), default=-1)
    poolings = (i for i in range(end, len(layers)) if type(layers[i]).__name__.startswith(_POOLING))
    return layers[: next(poolings, len(layers))]


@checked
def blocks(model: keras.Model) -> list[Block]:
    """The blocks of the base of `model`, from its input to its output.

    Every edge between two blocks is one tensor, and no block that is named in the layers' names (block5_conv1,
    block5_conv2, ...) is cut in two. Normalization, activation and pooling stay with the layer before them.

    Raises:
        GuardError: `model` is subclassed, so that nobody can see how its layers are connected.
    """
    wanted = {id(layer) for layer in base_layers(model)}
    found: list[list[keras.layers.Layer]] = []
    last_key = None
    for segment in _segments(base_of(model)):
        segment = [layer for layer in segment if id(layer) in wanted]
        if not segment:
            continue
        key = next((k for k in map(_key, segment) if k), None)
        starts_a_block = key != last_key if key else any(map(_learns, segment))
        if not found or (starts_a_block and any(map(_learns, found[-1]))):
            found.append([])
        if starts_a_block:
            last_key = key
        found[-1].extend(segment)
    return [Block(_name(layers), tuple(layers)) for layers in found]


def blocks_from(model: keras.Model, from_layer: str | int | float) -> list[Block]:
    """The blocks of the base of `model` from `from_layer` to its top: see tlteach.recipe.unfreeze for what it may be.

    Raises:
        GuardError: there is no such layer, or the number or fraction is outside the base.
    """
    everything = blocks(model)
    names = {block.name: i for i, block in enumerate(everything)}
    of_layer = {layer.name: i for i, block in enumerate(everything) for layer in block.layers}
    if isinstance(from_layer, str):
        index = names.get(from_layer, of_layer.get(from_layer))
        if index is None:
            raise GuardError(
                f"The base {base_of(model).name} has no layer and no block named {from_layer!r}. Its blocks are: "
                f"{', '.join(names)}. Layers are listed by model.summary(expand_nested=True)."
            )
        return everything[index:]
    layers = [layer for block in everything for layer in block.layers]
    number = round(from_layer * len(layers)) if isinstance(from_layer, float) else from_layer
    if isinstance(from_layer, float) and 0 < from_layer <= 1:
        number = max(number, 1)
    if not 1 <= number <= len(layers):
        raise GuardError(
            f"from_layer={from_layer!r} is outside the base {base_of(model).name}: give a number of layers from 1 to "
            f"{len(layers)}, a fraction above 0 up to 1.0, or the name of a layer or block."
        )
    return everything[of_layer[layers[-number].name] :]


def nodes(model: keras.Model) -> list:
    """The calls of layers that make up a functional or sequential `model`, in the order data meets them.

    Keras keeps them in `_nodes_by_depth`, deepest first; it has no public name for them.
    """
    model = getattr(model, "_functional", None) or model
    if not hasattr(model, "_nodes_by_depth"):
        raise GuardError(
            f"{model.name} is a subclassed model: Keras cannot tell how its layers are connected, so it cannot be "
            "cut into blocks. Build it with the functional API, keras.Model(inputs, outputs)."
        )
    by_depth = model._nodes_by_depth
    return [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]


def _segments(model: keras.Model) -> list[list[keras.layers.Layer]]:
    """Cut `model` wherever everything that follows depends on one single tensor that weights had a part in."""
    calls = nodes(model)
    position = {id(node): i for i, node in enumerate(calls)}
    parents = [[position[id(parent)] for parent in node.parent_nodes] for node in calls]
    learned, last_use = [], list(range(len(calls)))
    for i, node in enumerate(calls):
        learned.append(bool(getattr(node.operation, "weights", ())) or any(learned[parent] for parent in parents[i]))
        for parent in parents[i]:
            last_use[parent] = i
    segments, current, open_until = [], [], 0
    for i, node in enumerate(calls):
        if not node.is_input:
            current.append(node.operation)
        if open_until <= i and learned[i]:  # nothing before this call is used after it
            segments.append(current)
            current = []
        if learned[i]:
            open_until = max(open_until, last_use[i])
    return [segment for segment in [*segments, current] if segment]


def _depth(model: keras.Model) -> int:
    """How many layers with weights of their own there are in `model`, also inside its nested models."""
    return sum(bool(layer.weights) for layer in model._flatten_layers(include_self=False) if not layer._layers)


def _is_dense(layer: keras.layers.Layer) -> bool:
    """Whether `layer` looks like a piece of a head and not of a convolutional base."""
    return isinstance(layer, (keras.layers.Dense, keras.layers.BatchNormalization))


def _key(layer: keras.layers.Layer) -> str | None:
    match = _BLOCK_IN_NAME.match(layer.name)
    return match and (match["prefix"] or f"number {match['number']}")


def _learns(layer: keras.layers.Layer) -> bool:
    """Whether `layer` has weights of its own to learn; normalization belongs to the layer before it."""
    return bool(layer.weights) and "Normalization" not in type(layer).__name__


def _name(layers: list[keras.layers.Layer]) -> str:
    key = next((k for k in map(_key, layers) if k), None)
    if key and not key.startswith("number"):
        return key
    return next((layer.name for layer in layers if _learns(layer)), layers[0].name)


def batch_normalizations(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """All BatchNormalization layers of `model`, also those inside nested models."""
    return [layer for layer in model._flatten_layers() if _keeps_statistics(layer)]


def pretrained_normalizations(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    """Those of the base that hold statistics already, unless it is this very optimizer's training that gave them."""
    if model.compiled and keras.ops.convert_to_numpy(model.optimizer.iterations) > 0:
        return []
    found = [b for layer in base_layers(model) for b in layer._flatten_layers() if _keeps_statistics(b)]
    return [b for b in found if np.any(keras.ops.convert_to_numpy(b.moving_mean))]


def learns_in_base(model: keras.Model) -> list:
    """The trainable weights of the base of `model`."""
    return [w for layer in base_layers(model) for w in layer.trainable_weights]


def _keeps_statistics(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.BatchNormalization)


def count(weights: list) -> int:
    """How many numbers there are in `weights`."""
    return sum(math.prod(w.shape) for w in weights)


def layers_of(weights: Iterable[keras.Variable]) -> set[str]:
    """The paths of the layers that `weights` belong to."""
    return {weight.path.rsplit("/", 1)[0] for weight in weights}


def value_of(weight: keras.Variable) -> np.ndarray:
    """The numbers of a weight."""
    return keras.ops.convert_to_numpy(weight)
