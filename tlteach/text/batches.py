"""Batches of a text split as a keras.utils.PyDataset, each about as long as its own longest text."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np

from tlteach.batches import BatchLengths, augmented, order_of_rows

if TYPE_CHECKING:
    from tlteach.text.splits import TextSplit
    from tlteach.text.tokenizer import Tokenizer


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
