"""Pull weights back to where they were: a penalty that methods put on what learns, and Keras adds to the loss."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras


class PullToStart(keras.regularizers.Regularizer):
    """strength / 2 * sum of importance * (weight - start)^2, with `start` where the weight was when this was made."""

    def __init__(self, start, strength: float, importance=1.0) -> None:
        self.start, self.strength, self.importance = start, strength, importance

    def __call__(self, weight):
        """The penalty, which Keras adds to the loss."""
        return self.strength / 2 * keras.ops.sum(self.importance * keras.ops.square(weight - self.start))


def pull_to_start(weights: Sequence[keras.Variable], strength: float, importances: Sequence | None = None) -> None:
    """Pull each weight to the value it has now, from the next compilation of its model on."""
    for number, weight in enumerate(weights):
        start = keras.ops.copy(keras.ops.convert_to_tensor(weight))
        weight.regularizer = PullToStart(start, strength, 1.0 if importances is None else importances[number])


@contextmanager
def pulled(weights: Sequence[keras.Variable], strength: float, importances: Sequence | None = None) -> Iterator[None]:
    """The same until the `with` ends; then every weight has the regularizer that it had."""
    before = [weight.regularizer for weight in weights]
    pull_to_start(weights, strength, importances)
    try:
        yield
    finally:
        for weight, regularizer in zip(weights, before, strict=True):
            weight.regularizer = regularizer
