"""Batches of a split as a keras.utils.PyDataset: the same for a seed, whatever threads prepare them."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import keras
import numpy as np

from tlteach.engine.lengths import BatchLengths
from tlteach.image.photos import THREADS

if TYPE_CHECKING:
    from tlteach.image.splits import Split
    from tlteach.text.splits import TextSplit
    from tlteach.text.tokenizer import Tokenizer


class Batches(keras.utils.PyDataset):
    """The batches that Split.batches describes. Batch `i` of an epoch depends on (seed, epoch, i) alone."""

    def __init__(
        self,
        split: Split,
        image_size: int,
        batch_size: int,
        shuffle: bool,
        seed: int,
        augment: Callable | None,
        memory_budget: int,
    ):
        # The photos of a batch are decoded in our own threads. With workers > 1, Keras would carry batches that
        # were prepared in a broken-off epoch over into the next one, and no two runs would be the same.
        super().__init__(workers=1)
        in_memory = len(split) * image_size * image_size * 3 <= memory_budget
        self.split, self.image_size, self.batch_size = split, image_size, batch_size
        self.shuffle, self.seed, self.augment = shuffle, seed, augment
        self.pictures = split.arrays(image_size)[0] if in_memory else None
        self.threads = None if in_memory else ThreadPoolExecutor(THREADS)
        self.epoch = 0
        self.order = self._order()

    def __len__(self) -> int:
        return math.ceil(len(self.split) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return batch `index` of the present epoch; the last one may be shorter."""
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        pictures = self._decoded(rows) if self.pictures is None else self.pictures[rows]
        if self.augment is not None:
            key = (self.seed, self.epoch, index)
            pictures = augmented(self.augment, pictures.astype("float32"), key).astype("float32")
        return pictures, self.split.labels[rows]

    def on_epoch_end(self) -> None:
        """Shuffle the rows anew, and augment them differently, in the next epoch."""
        self.epoch += 1
        self.order = self._order()

    def _order(self) -> np.ndarray:
        return order_of_rows(len(self.split), self.shuffle, self.seed, self.epoch)

    def _decoded(self, rows: np.ndarray) -> np.ndarray:
        return np.concatenate(list(self.threads.map(lambda row: self.split.load([row], self.image_size), rows)))


def augmented(augment: Callable, inputs: np.ndarray, key: tuple[int, int, int]) -> np.ndarray:
    """What `augment`, a Keras layer or a function, makes of a batch; `key` is its (seed, epoch, index)."""
    if not isinstance(augment, keras.Layer):
        return np.asarray(keras.ops.convert_to_numpy(augment(inputs)))
    # Random layers draw from seed states that every call moves on. Setting them for each batch makes the
    # result independent of how many batches a backend asks for, and in which order.
    for number, state in enumerate(_seed_states(augment)):
        rng = np.random.default_rng([*key, number])
        state.assign(rng.integers(2**31, size=2).astype("uint32"))
    return np.asarray(keras.ops.convert_to_numpy(augment(inputs, training=True)))


def order_of_rows(n: int, shuffle: bool, seed: int, epoch: int) -> np.ndarray:
    """The order of n rows in an epoch: as they stand, or shuffled from (seed, epoch)."""
    return np.random.default_rng([seed, epoch]).permutation(n) if shuffle else np.arange(n)


def _seed_states(layer: keras.Layer) -> list[keras.Variable]:
    """Return the states of a layer's random generators: its variables that are no weights."""
    weights = {id(weight) for weight in layer.weights}
    return [variable for variable in layer.variables if id(variable) not in weights and variable.shape == (2,)]


class TextBatches(keras.utils.PyDataset):
    """The batches that TextSplit.batches describes. Batch `i` of an epoch depends on (seed, epoch, i) alone."""

    def __init__(
        self,
        split: TextSplit,
        tokenizer: Tokenizer,
        batch_size: int,
        shuffle: bool,
        seed: int,
        augment: Callable | None,
    ):
        super().__init__(workers=1)  # more would carry batches of a broken-off epoch over into the next one
        self.split, self.tokenizer, self.batch_size = split, tokenizer, batch_size
        self.shuffle, self.seed, self.augment = shuffle, seed, augment
        self.batch_lengths = BatchLengths(split.padded_lengths(tokenizer), batch_size, tokenizer.max_tokens)
        self.epoch = -1
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self.split) / self.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Return batch `index` of the present epoch; the last one may be shorter."""
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        token_ids = self.split.load(rows, self.tokenizer, int(self.lengths[index]))
        if self.augment is not None:
            token_ids = augmented(self.augment, token_ids, (self.seed, self.epoch, index)).astype("int32")
        return token_ids, self.split.labels[rows]

    def on_epoch_end(self) -> None:
        """Shuffle the rows anew, and augment them differently, in the next epoch."""
        self.epoch += 1
        self.order = order_of_rows(len(self.split), self.shuffle, self.seed, self.epoch)
        self.lengths = self.batch_lengths.of(self.order)
