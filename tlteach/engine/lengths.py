"""How long batches of texts are: in few lengths, so that a compiled network is compiled few times."""

import numpy as np

STEP = 16  # texts come in few lengths, multiples of this, so that a compiled network is compiled few times


class BatchLengths:
    """How long the batches of texts are: each as its longest text, with one exception.

    Keras on TensorFlow takes the length of an epoch's first two batches for that of all, unless the two differ. So
    where they are the same, the second is made a step longer; and where none can be longer, all of them are as long.

    Args:
        lengths: of each text by itself, in tokens, (n,), rounded up to a multiple of STEP.
        most: the longest that the network takes.
    """

    def __init__(self, lengths: np.ndarray, batch_size: int, most: int):
        self.lengths, self.batch_size, self.most = lengths, batch_size, most
        self.all_longest = False

    @property
    def longest(self) -> int:
        """No batch is longer."""
        return min(int(self.lengths.max()) + STEP, self.most)

    def of(self, order: np.ndarray) -> np.ndarray:
        """The length of each batch of an epoch in which the texts come in this order."""
        found = np.maximum.reduceat(self.lengths[order], np.arange(0, len(order), self.batch_size))
        if len(found) > 1 and found[0] == found[1]:
            self.all_longest |= bool(found[0] == self.most)
            found[1] = min(found[1] + STEP, self.most)
        return np.full_like(found, self.most) if self.all_longest else found
