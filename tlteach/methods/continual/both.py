"""What LwF and replay share: the new model and the old one trained side by side, each with a loss of its own.

loss = loss of the present task  +  strength * loss of the past
"""

import keras
import numpy as np

from tlteach.engine.arrays import ShuffledBatches, finite, optimizer_like
from tlteach.engine.feeding import fit_batches


def fit_both(
    new: keras.Model,
    beside: keras.Model,
    loss_beside,
    strength: float,
    arrays: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    epochs: int,
    batch_size: int,
    seed: int,
) -> keras.Model:
    """Train `new` on its inputs, and `beside` on others (or the same). Returns `new`.

    Args:
        beside: gives the answers to the past questions. It shares layers with `new`, or is `new`.
        arrays: inputs of new and beside, row by row, and what they are to answer.
    """
    keras.utils.set_random_seed(seed)
    inputs = tuple(keras.Input(model.inputs[0].shape[1:], dtype=model.inputs[0].dtype) for model in (new, beside))
    both = keras.Model(inputs, (new(inputs[0]), beside(inputs[1])), name="both")
    both.compile(optimizer_like(new), (new.loss, loss_beside), loss_weights=(1.0, float(strength)))
    batches = ShuffledBatches(arrays, batch_size, seed)
    fit_batches(both, batches, epochs)
    return finite(new)
