"""The proofs about weights: a step of the recipe did what it says, or a GuardError names the cure.

Every guard returns a sentence that says what it proved, or raises. They work on plain Keras models, so you can
call them on a model that you built by hand. The proofs about what goes into the network stand in data.py.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
    learns_in_base,
    pretrained_normalizations,
)

# ---------------------------------------------------------------- step 2: the base


def pretrained(base: keras.Model) -> str:
    """Prove that `base` holds learned weights: biases and normalization are no longer what every layer starts with.

    Raises:
        GuardError: every bias is 0 and every normalization is at its initial 0 and 1, as in a fresh network.
    """
    started = [np.all(w == start) for w, start in _constant_starts(base)]
    if started and all(started):
        raise GuardError(
            f"The base {base.name} is a fresh random network: all of its {len(started)} biases and normalization "
            'weights stand at their initial values. Load pre-trained weights first (weights="imagenet", '
            "load_weights(path), or tl.base_model(source))."
        )
    moved = len(started) - sum(started)
    return f"{moved} of {len(started)} biases and normalization weights have moved from their initial values"


def _constant_starts(model: keras.Model) -> Iterable[tuple[np.ndarray, float]]:
    """Every weight of `model` that a fresh layer sets to a constant, with that constant."""
    constants = {"bias": 0.0, "beta": 0.0, "moving_mean": 0.0, "gamma": 1.0, "moving_variance": 1.0}
    for weight in model.weights:
        name = weight.path.rsplit("/", 1)[-1]
        if name in constants:
            yield keras.ops.convert_to_numpy(weight), constants[name]


def all_frozen(base: keras.Model) -> str:
    """Prove that no weight of `base` will learn.

    Raises:
        GuardError: some layers are trainable; their names are in the message.
    """
    if base.trainable_weights:
        names = some(_layers_of(base.trainable_weights))
        raise GuardError(
            f"The base {base.name} is not frozen: {len(base.trainable_weights)} of its weights would be trained "
            f"({names}). Set {base.name}.trainable = False before you add a head."
        )
    return f"none of its {len(base.weights)} weights is trainable"


# ---------------------------------------------------------------- step 4: training


def compiled_for_what_is_trainable(model: keras.Model) -> str:
    """Prove that the optimizer will train exactly the weights that are trainable now.

    Keras builds its training step once after `compile`; what is unfrozen later is left out, without a word.

    Raises:
        GuardError: the model was not compiled, has nothing to train, was (un)frozen since it was compiled, or came
            back from a file with frozen layers that learn.
    """
    if not model.compiled:
        raise GuardError(
            f"{model.name} has not been compiled. Call tl.recompile(model, learning_rate) or model.compile."
        )
    if not model.trainable_variables:
        raise GuardError(
            f"{model.name} has no trainable weight: training it would change nothing. Add a head, or unfreeze."
        )
    now = {id(v) for v in model.trainable_variables}
    frozen = [layer for layer in model._flatten_layers() if not layer.trainable]
    if learning := [layer.name for layer in frozen if any(id(w) in now for w in layer.weights)]:
        # Keras makes the layers inside a layer, as in MultiHeadAttention, anew when it loads a file: not frozen.
        raise GuardError(
            f"{counted(learning, 'frozen layer')} of {model.name} would learn all the same: {some(learning)}. A model "
            "that was saved and loaded forgets that what is inside a layer is frozen. "
            "Call tl.unfreeze and tl.recompile on it, or set trainable = True and then False on each of them."
        )
    optimizer = model.optimizer
    if optimizer.built:
        known = {id(v) for v in optimizer._trainable_variables}
        if known != now:
            raise GuardError(
                f"{model.name} was frozen or unfrozen after it was compiled: {len(now - known)} trainable weights "
                f"would be left out of training, and {len(known - now)} frozen ones are still in the optimizer. "
                "Call tl.recompile(model, learning_rate=1e-4) after tl.unfreeze, before you train."
            )
    return f"the optimizer trains {count(model.trainable_weights):,} parameters"


def statistics_stand_still(model: keras.Model, inputs: np.ndarray) -> str:
    """Prove, with one training-mode pass over `inputs`, that pre-trained BatchNormalization statistics won't move.

    Returns "" where there is no such layer.

    Raises:
        GuardError: a BatchNormalization layer of a pre-trained base would average in the small target set.
    """
    watched = [w for b in pretrained_normalizations(model) if b.trainable for w in (b.moving_mean, b.moving_variance)]
    if not watched:  # a frozen BatchNormalization layer runs in inference mode
        layers = counted(batch_normalizations(model), "BatchNormalization layer")
        return "" if layers.startswith("0") else f"{layers} stay in inference mode"
    before = [keras.ops.convert_to_numpy(w).copy() for w in watched]
    state = [(v, keras.ops.convert_to_numpy(v).copy()) for v in model.non_trainable_variables]
    model(keras.ops.convert_to_tensor(inputs, dtype=model.inputs[0].dtype), training=True)
    moved = [w for w, old in zip(watched, before, strict=True) if not _same(w, old)]
    for variable, value in state:
        variable.assign(value)
    _require_still(moved)
    return f"{len(watched) // 2} BatchNormalization layers stay in inference mode"


def _require_still(moved: list) -> None:
    if moved:
        names = some(_layers_of(moved))
        raise GuardError(
            f"The BatchNormalization statistics of {names} move during training: a few target pictures would overwrite "
            "what pre-training measured. Freeze these layers, as tl.unfreeze(model, ...) does. Calling the base with "
            "training=False is not enough in Keras 3: fit overrides it."
        )


@dataclass(frozen=True)
class Snapshot:
    """The weights of a model before training, to see afterwards which have moved."""

    trainable: list[tuple[object, np.ndarray]]
    frozen: list[tuple[object, np.ndarray]]


def snapshot(model: keras.Model) -> Snapshot:
    """Copy every weight of `model`; BatchNormalization statistics must stand still where they hold pre-training."""
    pretrained = {id(b) for b in pretrained_normalizations(model)}
    fresh = [b for b in batch_normalizations(model) if b.trainable and id(b) not in pretrained]
    may_move = {id(w) for b in fresh for w in (b.moving_mean, b.moving_variance)}
    learns = {id(w) for w in model.trainable_weights}
    copies = [(w, keras.ops.convert_to_numpy(w).copy()) for w in model.weights if id(w) not in may_move]
    return Snapshot(
        trainable=[(w, copy) for w, copy in copies if id(w) in learns],
        frozen=[(w, copy) for w, copy in copies if id(w) not in learns],
    )


def only_trainable_moved(before: Snapshot) -> str:
    """Prove, after training, that every frozen weight is bit-identical and that every trainable layer has learned.

    Raises:
        GuardError: a frozen weight or statistic moved, or a trainable layer is exactly where it was.
    """
    moved = [w for w, old in before.frozen if not _same(w, old)]
    _require_still([w for w in moved if w.path.endswith(("moving_mean", "moving_variance"))])
    if moved:
        names = some(w.path for w in moved)
        raise GuardError(f"Frozen weights moved during training: {names}. Freeze before you compile, then train again.")
    layers = _layers_of(w for w, _ in before.trainable)
    learned = _layers_of(w for w, old in before.trainable if not _same(w, old))
    if still := layers - learned:
        raise GuardError(
            f"{counted(still, 'trainable layer')} exactly as before training: {some(still)}. "
            "Recompile after you unfreeze, and see that the learning rate is not zero."
        )
    return f"{counted(before.frozen, 'frozen weight')} bit-identical, {counted(layers, 'trainable layer')} moved"


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


def rate_is_lower(new: float, head: float) -> str:
    """Prove that fine-tuning is gentler than the training of the head was.

    Raises:
        GuardError: the new learning rate is not below the one that trained the head.
    """
    if not 0 < new < head:
        raise GuardError(
            f"The learning rate {new:g} is not below {head:g}, the rate that trained the head: large steps would wash "
            f"out what the base knows. Use a small one, such as {head / 100:g}."
        )
    return f"a new optimizer at {new:g}, {head / new:.3g} times below the head's {head:g}"


def _layers_of(weights: Iterable) -> set[str]:
    """The paths of the layers that `weights` belong to."""
    return {weight.path.rsplit("/", 1)[0] for weight in weights}


def _same(weight, old: np.ndarray) -> bool:
    return np.array_equal(keras.ops.convert_to_numpy(weight), old, equal_nan=True)
