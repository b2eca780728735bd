"""Batches of a split for `fit`: the same for a seed, whatever threads prepare them."""

import math
from collections.abc import Callable

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.core.modality import Form, Split


class Batches(keras.utils.PyDataset):
    """Inputs in their form, and labels. Batch `i` of an epoch depends on (seed, epoch, i) alone.

    Args:
        augment: a Keras layer, or a function of a batch, that changes the inputs, new in every epoch. Pictures, which
            are bytes, reach it as float32.
        prepare: what to do before the first batch is made.
    """

    def __init__(
        self,
        split: Split,
        form: Form,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = 0,
        augment: Callable | None = None,
        prepare: Callable[[], object] | None = None,
    ):
        # With more workers, Keras would carry batches that were prepared in a broken-off epoch over into the next
        # one, and no two runs would be the same.
        super().__init__(workers=1)
        self.split, self.form, self.batch_size = split, form, batch_size
        self.shuffle, self.seed, self.augment, self.prepare = shuffle, seed, augment, prepare
        self.lengths = split.lengths(form, batch_size)
        self.epoch = -1
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self.split) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return batch `index` of the present epoch; the last one may be shorter."""
        if self.prepare:
            self.prepare()
            self.prepare = None
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        length = () if self.lengths is None else (int(self.length_of_each[index]),)
        inputs = self.split.load(rows, self.form, *length)
        if self.augment is not None:
            inputs = augmented(self.augment, inputs, (self.seed, self.epoch, index))
        return inputs, self.split.labels[rows]

    def on_epoch_end(self) -> None:
        """Shuffle the rows anew, and augment them differently, in the next epoch."""
        self.epoch += 1
        self.order = order_of_rows(len(self.split), self.shuffle, self.seed, self.epoch)
        self.length_of_each = None if self.lengths is None else self.lengths.of(self.order)


def augmented(augment: Callable, inputs: np.ndarray, key: tuple[int, int, int]) -> np.ndarray:
    """What `augment`, a Keras layer or a function, makes of a batch; `key` is its (seed, epoch, index).

    Raises:
        GuardError: what it makes is no batch of such inputs.
    """
    inputs = inputs.astype("float32") if inputs.dtype == np.uint8 else inputs
    if not isinstance(augment, keras.Layer):
        changed = augment(inputs)
    else:
        # Random layers draw from seed states that every call moves on. Setting them for each batch makes the
        # result independent of how many batches a backend asks for, and in which order.
        for number, state in enumerate(_seed_states(augment)):
            rng = np.random.default_rng([*key, number])
            state.assign(rng.integers(2**31, size=2).astype("uint32"))
        changed = augment(inputs, training=True)
    return _checked(changed, inputs)


def _checked(changed: object, inputs: np.ndarray) -> np.ndarray:
    """What augmentation made of `inputs`, as an array of the same type."""
    if changed is None or isinstance(changed, (tuple, dict)):
        found = "nothing" if changed is None else f"a {type(changed).__name__}"
        raise GuardError(f"augment gave {found} for a batch of inputs. Let it return the changed inputs alone.")
    changed = np.asarray(keras.ops.convert_to_numpy(changed))
    if changed.shape != inputs.shape:
        raise GuardError(
            f"augment gave an array of the shape {changed.shape} for one of {inputs.shape}. Let it give every input "
            "back, in its size."
        )
    if not np.isfinite(changed).all():
        raise GuardError("augment gave NaN or infinite values. See what it divides by.")
    same_type = changed.astype(inputs.dtype)
    if inputs.dtype.kind in "iu" and not np.array_equal(same_type, changed):
        raise GuardError("augment gave fractions for whole numbers. Let it return token ids.")
    return same_type


def order_of_rows(n: int, shuffle: bool, seed: int, epoch: int) -> np.ndarray:
    """The order of n rows in an epoch: as they stand, or shuffled from (seed, epoch)."""
    return np.random.default_rng([seed, epoch]).permutation(n) if shuffle else np.arange(n)


def _seed_states(layer: keras.Layer) -> list[keras.Variable]:
    """Return the states of a layer's random generators: its variables that are no weights."""
    weights = {id(weight) for weight in layer.weights}
    return [variable for variable in layer.variables if id(variable) not in weights and variable.shape == (2,)]
