"""The proofs about weights: a step of the recipe did what it says, or a GuardError names the cure.

Every guard returns a sentence that says what it proved, or raises. They work on plain Keras models, so you can
call them on a model that you built by hand. The proofs about what goes into the network stand in data.py.
"""

import math
from collections.abc import Iterable, Sequence

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.core.journal import counted, some
from tlteach.engine.network import (
    Block,
    _keeps_statistics,
    base_layers,
    base_of,
    batch_normalizations,
    count,
    layers_of,
    learns_in_base,
    value_of,
)
from tlteach.engine.rates import rate_of_base, rate_of_head, usual_rate

ROUNDING = 1e-6  # of a rate that was kept in single precision
WASHED_OUT = "large steps would wash out what the base knows"

# ---------------------------------------------------------------- step 2: the base


def pretrained(base: keras.Model) -> str:
    """Prove that `base` holds learned weights: most biases and normalization weights have left where layers begin.

    A base of tl.sources.build(..., weights=None), which has random weights on purpose, for a control, is let through.

    Raises:
        GuardError: more than half of them are the 0 and 1 of a fresh network.
    """
    base = base_of(base)
    if getattr(base, "random_on_purpose", False):
        return "it has random weights, as was asked for"
    started = _still_as_begun(base)
    moved = len(started) - sum(started)
    if _are_most(started):
        raise GuardError(
            f"The base {base.name} is a fresh random network: {sum(started)} of its {len(started)} biases and "
            'normalization weights stand at their initial values. Load pre-trained weights first (weights="imagenet", '
            "load_weights(path), or tl.base_model(source)); a copy by clone_model has new weights too. For a control "
            "with random weights, take tl.sources.build(source, weights=None)."
        )
    if not started:
        return "it has neither biases nor normalization that could tell whether it is pre-trained"
    return f"{moved} of {len(started)} biases and normalization weights have moved from their initial values"


def is_fresh(base: keras.Model) -> bool:
    """Whether more than half of the biases and normalization weights of a base are where every layer begins."""
    return _are_most(_still_as_begun(base))


def _are_most(found: list[bool]) -> bool:
    return sum(found) > len(found) / 2


def _still_as_begun(base: keras.Model) -> list[bool]:
    return [bool(np.all(weight == start)) for weight, start in _constant_starts(base)]


def _constant_starts(base: keras.Model) -> Iterable[tuple[np.ndarray, float]]:
    """Every weight of a base that a fresh layer sets to a constant, with that constant; a flat model has a head too."""
    constants = {"bias": 0.0, "beta": 0.0, "moving_mean": 0.0, "gamma": 1.0, "moving_variance": 1.0}
    for layer in base_layers(base) or base.layers:
        for weight in layer.weights:
            name = weight.path.rsplit("/", 1)[-1]
            if name in constants:
                yield value_of(weight), constants[name]


def all_frozen(base: keras.Model) -> str:
    """Prove that no weight of `base` will learn.

    Raises:
        GuardError: some layers are trainable; their names are in the message.
    """
    if base.trainable_weights:
        names = some(layers_of(base.trainable_weights))
        raise GuardError(
            f"The base {base.name} is not frozen: {len(base.trainable_weights)} of its weights would be trained "
            f"({names}). Set {base.name}.trainable = False before you add a head."
        )
    return f"none of its {len(base.weights)} weights is trainable"


# ---------------------------------------------------------------- steps 5 and 6: unfreezing and recompiling


def only_these_trainable(model: keras.Model, layers: list[keras.layers.Layer]) -> str:
    """Prove that of the base of `model`, `layers` and no others learn, and no BatchNormalization among them.

    Raises:
        GuardError: the trainable layers of the base are not those that were named.
    """
    wanted = {layer.name for layer in layers if layer.weights and not _keeps_statistics(layer)}
    found = {layer.name for layer in base_layers(model) if layer.trainable_weights}
    if wanted != found:
        raise GuardError(
            f"Unfreezing did not do what was asked: {some(wanted ^ found)} should be "
            f"{'trainable' if wanted - found else 'frozen'}. A nested model that is frozen as a whole keeps all of its "
            "layers frozen; use tl.unfreeze(model, from_layer)."
        )
    return (
        f"{counted(found, 'layer')} of the base, {count(learns_in_base(model)):,} parameters, can learn, and no others"
    )


def normalizations_are_frozen(base: keras.Model) -> str:
    """Prove that no BatchNormalization layer of `base` can learn, so that all of them run in inference mode.

    Raises:
        GuardError: some can.
    """
    layers = batch_normalizations(base)
    if trainable := [layer.name for layer in layers if layer.trainable]:
        raise GuardError(
            f"{counted(trainable, 'BatchNormalization layer')} of {base.name} can learn, among them {trainable[0]}: "
            "they would average in the few target pictures. Freeze them, as tl.unfreeze(model, ...) does."
        )
    return f"{len(layers)} BatchNormalization layers stay in inference mode"


def no_block_is_cut(blocks: Sequence[Block]) -> str:
    """Prove that each block learns as a whole or not at all; BatchNormalization does not count.

    Raises:
        GuardError: some layers of a block learn and others do not.
    """
    for block in blocks:
        able = [layer for layer in block.layers if layer.weights and not _keeps_statistics(layer)]
        learning = [layer.name for layer in able if layer.trainable_weights]
        if learning and len(learning) < len(able):
            raise GuardError(
                f"The block {block.name} is cut in two: {len(learning)} of its {len(able)} layers with weights learn, "
                f"among them {learning[0]}. Freeze or unfreeze all of it: tl.unfreeze(model, {block.name!r})."
            )
    return "no block is cut in two"


def something_is_unfrozen(model: keras.Model) -> str:
    """Prove that fine-tuning will reach the base.

    Raises:
        GuardError: every layer of the base is still frozen.
    """
    weights = learns_in_base(model)
    if not weights:
        raise GuardError(
            f"Nothing is unfrozen: all layers of the base {base_of(model).name} are frozen, so training at a low "
            "learning rate would only train the head again. Call tl.unfreeze(model, from_layer) first."
        )
    return f"{count(weights):,} parameters of the base will learn"


def rate_is_low(model: keras.Model, rate: float) -> str:
    """Prove that the base of `model` will learn more gently than its head did; "" for a base that knows nothing yet.

    Args:
        rate: the highest at which any weight of the base will learn.

    Raises:
        GuardError: it is not below the rate that trained the head; or, where nobody knows that, it is above the one
            at which Keras lets such an optimizer train a network from nothing.
    """
    if is_fresh(base_of(model)):
        return ""
    head, usual = rate_of_head(model), usual_rate(model)
    if head is None and 0 < rate <= usual * (1 + ROUNDING):
        return f"the base learns at {rate:g}"
    if head is None or not 0 < rate < head * (1 - ROUNDING):
        known = f"above {usual:g}, the usual" if head is None else f"not below {head:g}, the rate that trained the head"
        raise GuardError(
            f"The learning rate {rate:g} is {known}: {WASHED_OUT}. Use a small one, such as "
            f"tl.recompile(model, {(head or usual) / 100:g})."
        )
    return f"the base learns at {rate:g}, {head / rate:.3g} times below the head's {head:g}"


def rate_is_meant(model: keras.Model) -> str:
    """Prove that the base of `model` does not learn at a rate that nobody meant; "" for one that knows nothing yet.

    One that you compile with yourself may be high, for an experiment say; it is told.

    Raises:
        GuardError: it is that of the head, so that step 6 was left out; or more than ten times the usual one.
    """
    if is_fresh(base_of(model)):
        return ""
    rate, head, usual = rate_of_base(model), getattr(model, "head_rate", math.inf), usual_rate(model)
    if abs(rate - head) < head * ROUNDING:
        raise GuardError(
            f"The base of {model.name} would learn at {rate:g}, the rate of its head: {WASHED_OUT}. Train the head and "
            f"compile again at a lower one: tl.recompile(model, {rate / 100:g})."
        )
    if not 0 < rate <= getattr(model, "highest_rate", 10 * usual) * (1 + ROUNDING):
        raise GuardError(
            f"The base of {model.name} would learn at {rate:g}, and {usual:g} is usual where nothing is known: "
            f"{WASHED_OUT}. Use a small one, such as tl.recompile(model, {usual / 10:g})."
        )
    return f"the base learns at {rate:g}"
