"""Batches of features for `fit`, from memory or from files."""

import math
from collections.abc import Sequence
from typing import BinaryIO

import keras
import numpy as np

from tlteach.engine.batches import order_of_rows
from tlteach.engine.lengths import BatchLengths

PIECE = 4_000_000  # bytes that are read from the disk at once, at least


class OnDisk:
    """Features in an open file: rows (n, ...) that are written once, and read by slices as from an array."""

    def __init__(self, file: BinaryIO, like: np.ndarray, n: int):
        self.file, self.dtype, self.shape = file, like.dtype, (n, *like.shape[1:])
        self.row_bytes = like[0].nbytes

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice | int) -> np.ndarray:
        if isinstance(rows, int):
            return self[rows : rows + 1][0]
        count = (rows.stop - rows.start) * math.prod(self.shape[1:])
        self.file.seek(rows.start * self.row_bytes)
        flat = np.fromfile(self.file, self.dtype, count)
        return flat.reshape(-1, *self.shape[1:])


class FeatureBatches(keras.utils.PyDataset):
    """Batches of features in memory, in the very order in which Split.batches gives the inputs.

    Args:
        arrays: one for each tensor of the boundary, (n, ...) or, of several views, (views * n, ...).
        labels: (n,).
        shuffle, seed: rows are shuffled from (seed, epoch). Of several views, each row begins with one at random and
            takes the next in every epoch.
        memory_budget: is not needed here.
        batch_lengths, grows: of texts: how long each batch is, and for each of the arrays the axes that are so long.
    """

    def __init__(
        self,
        arrays: list,
        labels: np.ndarray,
        batch_size: int,
        shuffle: bool,
        seed: int,
        memory_budget: float = 0,
        batch_lengths: BatchLengths | None = None,
        grows: Sequence[tuple[int, ...]] = (),
    ):
        super().__init__(workers=1)
        self.arrays, self.labels, self.batch_size = arrays, labels, batch_size
        self.shuffle, self.seed, self.memory_budget = shuffle, seed, memory_budget
        self.batch_lengths, self.grows = batch_lengths, grows
        self.views = len(arrays[0]) // len(labels)
        self.first_view = np.random.default_rng([seed]).integers(self.views, size=len(labels))
        self.epoch = -1
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self.labels) / self.batch_size)

    def __getitem__(self, index: int) -> tuple:
        """Return batch `index` of the present epoch; the last one may be shorter."""
        rows = self.order[index * self.batch_size : (index + 1) * self.batch_size]
        view = (self.first_view[rows] + self.epoch) % self.views
        values = [array[view * len(self.labels) + rows] for array in self.arrays]
        if any(self.grows):
            length = int(self.lengths[index])
            values = [_cut(x, axes, length) for x, axes in zip(values, self.grows, strict=True)]
        return _one_or_all(values), self.labels[rows]

    def on_epoch_end(self) -> None:
        """Shuffle the rows anew for the next epoch."""
        self.epoch += 1
        self.order = order_of_rows(len(self.labels), self.shuffle, self.seed, self.epoch)
        if any(self.grows):
            self.lengths = self.batch_lengths.of(self.order)


class FeatureBatchesOnDisk(FeatureBatches):
    """Batches of features in files, read in large pieces.

    To read single rows in a random order would be slow. So pieces of PIECE bytes are shuffled, as many of them as fit
    a quarter of `memory_budget` are read, and their rows are shuffled. Of several views, an epoch takes one for all
    rows.
    """

    def on_epoch_end(self) -> None:
        """Shuffle pieces, and rows in each group of pieces, anew for the next epoch."""
        self.epoch += 1
        row_bytes = sum(array.row_bytes for array in self.arrays)
        piece = max(1, PIECE // row_bytes)
        together = max(1, int(self.memory_budget / 4 / (piece * row_bytes)))
        starts = np.arange(0, len(self.labels), piece)
        random = np.random.default_rng([self.seed, self.epoch])
        if self.shuffle:
            random.shuffle(starts)
        groups = [starts[i : i + together] for i in range(0, len(starts), together)]
        self.groups = [[(s, min(s + piece, len(self.labels))) for s in group.tolist()] for group in groups]
        sizes = [sum(stop - start for start, stop in group) for group in self.groups]
        self.orders = [random.permutation(size) if self.shuffle else np.arange(size) for size in sizes]
        self.bounds = np.cumsum([0, *sizes])
        self.loaded = {}

    def __getitem__(self, index: int) -> tuple:
        """Return batch `index` of the present epoch; the last one may be shorter."""
        start, stop = index * self.batch_size, min((index + 1) * self.batch_size, len(self.labels))
        found = []
        for number in range(len(self.groups)):
            low, high = self.bounds[number], self.bounds[number + 1]
            if low < stop and start < high:
                rows = self.orders[number][max(start, low) - low : min(stop, high) - low]
                found.append([array[rows] for array in self._load(number)])
        *values, labels = (np.concatenate(pieces) for pieces in zip(*found, strict=True))
        return _one_or_all(values), labels

    def _load(self, number: int) -> list[np.ndarray]:
        if number not in self.loaded:
            shift = self.epoch % self.views * len(self.labels)
            group = self.groups[number]
            values = [np.concatenate([array[s + shift : e + shift] for s, e in group]) for array in self.arrays]
            labels = np.concatenate([self.labels[s:e] for s, e in group])
            # A batch may lie across two groups, so the one before is held for a while.
            self.loaded = {key: value for key, value in self.loaded.items() if key == number - 1}
            self.loaded[number] = [*values, labels]
        return self.loaded[number]


def _cut(values: np.ndarray, axes: tuple[int, ...], length: int) -> np.ndarray:
    return values[tuple(slice(length if axis in axes else None) for axis in range(values.ndim))]


def _one_or_all(arrays: list[np.ndarray]):
    return arrays[0] if len(arrays) == 1 else tuple(arrays)
