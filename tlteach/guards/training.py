"""The proofs about training: what is trainable learned, what is frozen stood still, and all of it are numbers."""

import math
from dataclasses import dataclass

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.core.journal import counted, some
from tlteach.engine.network import batch_normalizations, count, layers_of, pretrained_normalizations, value_of

ROUNDING = 1e-7  # of weights about as large as 1, in single precision


def compiled_for_what_is_trainable(model: keras.Model) -> str:
    """Prove that the optimizer will train exactly the weights that are trainable now.

    Keras builds its training step once after `compile`; what is unfrozen later is left out, without a word.

    Raises:
        GuardError: the model was not compiled, has nothing to train, was (un)frozen since it was compiled, or came
            back from a file with frozen layers that learn.
    """
    if not model.compiled:
        raise GuardError(
            f"{model.name} has not been compiled. Call model.compile(optimizer, loss), or let tl.add_head do it."
        )
    if not model.trainable_variables:
        raise GuardError(
            f"{model.name} has no trainable weight: training it would change nothing. Add a head, or unfreeze."
        )
    now = {id(v) for v in model.trainable_variables}
    frozen = [layer for layer in model._flatten_layers() if not layer.trainable]
    if learning := [layer for layer in frozen if any(id(w) in now for w in layer.weights)]:
        if inside := [part.name for layer in learning if isinstance(layer, keras.Model) for part in _awake(layer)]:
            raise GuardError(
                f"{some(layer.name for layer in learning)} is frozen as a whole, but layers inside it are not: "
                f"{some(inside)}. Call tl.unfreeze(model, from_layer), which sets all of them, and then tl.recompile."
            )
        # Keras makes the layers inside a layer, as in MultiHeadAttention, anew when it loads a file: not frozen.
        raise GuardError(
            f"{counted(learning, 'frozen layer')} of {model.name} would learn all the same: "
            f"{some(layer.name for layer in learning)}. A model that was saved and loaded forgets that what is inside "
            "a layer is frozen. Call tl.unfreeze and tl.recompile on it, or set each trainable = True, then False."
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


def _awake(model: keras.Model) -> list[keras.Layer]:
    """The layers in `model` that were not frozen with it."""
    return [layer for layer in model._flatten_layers(include_self=False) if layer.trainable and layer.weights]


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
    before = [value_of(w).copy() for w in watched]
    state = [(v, value_of(v).copy()) for v in model.non_trainable_variables]
    model(keras.ops.convert_to_tensor(inputs, dtype=model.inputs[0].dtype), training=True)
    moved = [w for w, old in zip(watched, before, strict=True) if not _same(w, old)]
    for variable, value in state:
        variable.assign(value)
    _require_still(moved)
    return f"{len(watched) // 2} BatchNormalization layers stay in inference mode"


def _require_still(moved: list) -> None:
    if moved:
        names = some(layers_of(moved))
        raise GuardError(
            f"The BatchNormalization statistics of {names} move during training: a few target pictures would overwrite "
            "what pre-training measured. Freeze these layers, as tl.unfreeze(model, ...) does. Calling the base with "
            "training=False is not enough in Keras 3: fit overrides it."
        )


@dataclass(frozen=True)
class Snapshot:
    """The weights of a model before training, each with its value then, to see afterwards which have moved.

    `statistics` are those of normalization that has learned nothing before, and may move.
    """

    model: keras.Model
    trainable: list[tuple[keras.Variable, np.ndarray]]
    frozen: list[tuple[keras.Variable, np.ndarray]]
    statistics: list[tuple[keras.Variable, np.ndarray]]

    def put_back(self) -> None:
        """Give every weight its old value."""
        for weight, old in (*self.trainable, *self.frozen, *self.statistics):
            weight.assign(old)

    def moved(self) -> dict[str, float]:
        """How far each trainable weight has moved: the mean of the absolute change of its numbers, by its path."""
        return {w.path: float(np.abs(value_of(w) - old).mean()) for w, old in self.trainable}


def snapshot(model: keras.Model) -> Snapshot:
    """Copy every weight of `model`; BatchNormalization statistics must stand still where they hold pre-training.

    Raises:
        GuardError: a weight holds NaN or infinite values.
    """
    pretrained = {id(b) for b in pretrained_normalizations(model)}
    fresh = [b for b in batch_normalizations(model) if b.trainable and id(b) not in pretrained]
    may_move = {id(w) for b in fresh for w in (b.moving_mean, b.moving_variance)}
    learns = {id(w) for w in model.trainable_weights}
    copies = [(w, value_of(w).copy()) for w in model.weights]
    if broken := [w.path for w, copy in copies if not np.isfinite(copy).all()]:
        raise GuardError(
            f"{counted(broken, 'weight')} of {model.name} hold NaN or infinite values: {some(broken)}. Nothing can be "
            "learned from there: build the model anew, or load its weights again."
        )
    return Snapshot(
        model,
        trainable=[(w, copy) for w, copy in copies if id(w) in learns],
        frozen=[(w, copy) for w, copy in copies if id(w) not in learns and id(w) not in may_move],
        statistics=[(w, copy) for w, copy in copies if id(w) in may_move],
    )


def stops_at_nan(before: Snapshot) -> keras.callbacks.Callback:
    """A callback that ends training with a GuardError once a loss is no number; the weights are put back."""

    def look(epoch: int, logs: dict) -> None:
        if wrong := [name for name in ("loss", "val_loss") if not math.isfinite(logs.get(name, 0))]:
            before.put_back()
            raise GuardError(
                f"The {wrong[0]} is {logs[wrong[0]]} from epoch {epoch + 1} on, so there is nothing to learn from. "
                "Look for NaN in the inputs, and for a loss that takes the logarithm of 0; or learn more slowly. "
                f"{before.model.name} has the weights it had before; compile it again before you train."
            )

    return keras.callbacks.LambdaCallback(on_epoch_end=look)


def only_trainable_moved(before: Snapshot) -> str:
    """Prove, after training, that every frozen weight is bit-identical and that every trainable weight has learned.

    Raises:
        GuardError: a frozen weight or statistic moved, a trainable weight is where it was, nothing moved by more than
            rounding, or what is trainable changed while the model was trained.
    """
    if {id(w) for w in before.model.trainable_weights} != {id(w) for w, _ in before.trainable}:
        raise GuardError(
            f"{before.model.name} was frozen or unfrozen during training, by a callback perhaps: Keras went on with "
            "what was trainable when training began. Do it between two trainings: tl.unfreeze, tl.recompile, tl.train."
        )
    moved = [w for w, old in before.frozen if not _same(w, old)]
    _require_still([w for w in moved if w.path.endswith(("moving_mean", "moving_variance"))])
    if moved:
        names = some(w.path for w in moved)
        raise GuardError(f"Frozen weights moved during training: {names}. Freeze before you compile, then train again.")
    farthest = [(w, float(np.abs(value_of(w) - old).max())) for w, old in before.trainable]
    unmoved = [w for w, far in farthest if far == 0]
    learned = layers_of(w for w, far in farthest if far > 0)
    # A bias may have nothing to learn, as that of the keys in attention; a whole layer, or its kernel, has.
    may_stand = {w.path for w in unmoved if w.name not in ("kernel", "embeddings") and layers_of([w]) <= learned}
    if still := [w.path for w in unmoved if w.path not in may_stand]:
        raise GuardError(
            f"{counted(still, 'trainable weight')} exactly as before training: {some(still)}. Recompile after you "
            "unfreeze, and see that the learning rate is not zero and that something reaches these weights: not all "
            "features are 0, and not all are dropped."
        )
    if (most := max(far for _, far in farthest)) < ROUNDING:
        raise GuardError(
            f"The trainable weights moved by {most:.1g} at most, which is no more than rounding: the learning rate "
            "is too low to learn anything. Call tl.recompile with a higher one, such as 1e-4."
        )
    stood, layers = counted(before.frozen, "frozen weight"), layers_of(w for w, _ in before.trainable)
    return f"{stood} bit-identical, {counted(layers, 'trainable layer')} moved"


def _same(weight: keras.Variable, old: np.ndarray) -> bool:
    return np.array_equal(value_of(weight), old)
