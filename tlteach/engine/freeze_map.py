"""A picture of what is frozen and what learns: the blocks of a model as bars, and the boundary between them."""

import keras
from matplotlib.figure import Figure

from tlteach.core.door import checked
from tlteach.core.show import BLUE, ORANGE, plain
from tlteach.engine.network import base_layers, blocks, count

HATCHED = "//"  # learning blocks are told by more than their colour


@checked
def freeze_map(model: keras.Model) -> Figure:
    """Draw the blocks of `model` from its input, on top, to its head: how many parameters stand still, and learn.

    A dotted line is the boundary: what is above it has to run only once for each input. BatchNormalization layers stay
    frozen in a block that learns; they are the blue rest of its bar.

    Raises:
        GuardError: the model is subclassed, so that nobody can see its blocks.
    """
    rows = parameters(model)
    names, learning, still = zip(*rows, strict=True)
    places = range(len(rows))
    first = next((place for place in places if learning[place]), len(rows))
    figure = Figure(figsize=(7.5, max(2.4, min(6.2, 1.3 + 0.26 * len(rows)))), layout="constrained")
    axes = figure.subplots()
    axes.barh(places, learning, color=ORANGE, hatch=HATCHED, edgecolor="white", label="learns")
    axes.barh(places, still, left=learning, color=BLUE, label="frozen")
    axes.axhline(first - 0.5, color="black", linestyle=":", label="the boundary")
    axes.set_yticks(places, map(plain, names), fontsize="small")
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("parameters")
    axes.set_ylabel("blocks, input on top")
    figure.legend(loc="outside lower center", ncols=3)
    axes.set_title(finding(rows), fontsize="medium")
    return figure


def parameters(model: keras.Model) -> list[tuple[str, int, int]]:
    """For each block from the input on, and for what stands on the base: name, parameters that learn, others."""
    inside = {id(layer) for layer in base_layers(model)}
    found = [(block.name, block.layers) for block in blocks(model)]
    above = [layer for layer in model.layers if layer.weights and not _is_base(layer, inside)]
    rows = [(name, _count(layers, True), _count(layers, False)) for name, layers in [*found, ("head", above)]]
    return [row for row in rows if row[1] or row[2]]


def finding(rows: list[tuple[str, int, int]]) -> str:
    """What the picture shows, in words."""
    learning = sum(learns for _, learns, _ in rows)
    whole = learning + sum(still for *_, still in rows)
    if not learning:
        return f"All is frozen: none of {whole:,} parameters learns"
    first = next(name for name, learns, _ in rows if learns)
    return f"{learning:,} of {whole:,} parameters learn, from {plain(first)} on"


def _is_base(layer: keras.layers.Layer, inside: set[int]) -> bool:
    return id(layer) in inside or any(id(one) in inside for one in layer._flatten_layers())


def _count(layers, learning: bool) -> int:
    return sum(count(layer.trainable_weights if learning else layer.non_trainable_weights) for layer in layers)
