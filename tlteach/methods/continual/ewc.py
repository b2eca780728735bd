"""EWC, elastic weight consolidation: weights that mattered to the old task are pulled back, the others are free.

    loss = loss of the present task  +  strength / 2 * sum F_i (w_i - w_old_i)^2
    F_i  = mean over old inputs x of  (d log p(y | x) / d w_i)^2,   y drawn from the old model's own p(y | x)

F is the diagonal of the Fisher information: how much the old answers change where this weight does. (Kirkpatrick and
others, Overcoming catastrophic forgetting in neural networks, 2017, arXiv:1612.00796.)

How the gradients are had, on every backend: Keras hands them to the optimizer. `SumOfSquares` is an optimizer that
adds up their squares and leaves the weights as they are; shown one input at a time, it ends with the sum above.
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.engine.arrays import ShuffledBatches, answers, fit_anew
from tlteach.engine.evaluation import loss_of, probabilities_from
from tlteach.engine.feeding import fit_batches
from tlteach.engine.pull import pulled
from tlteach.methods.continual.heads import Labelled, as_inputs, as_task, shared


class SumOfSquares(keras.optimizers.Optimizer):
    """An optimizer that moves nothing: it adds up the squares of the gradients that it is given."""

    def __init__(self) -> None:
        super().__init__(learning_rate=1.0)

    def build(self, variables) -> None:
        """A sum for each weight, from zero."""
        super().build(variables)
        self.sums = [self.add_variable_from_reference(variable, "sum") for variable in variables]

    def update_step(self, gradient, variable, learning_rate) -> None:
        """Add the square of one gradient."""
        self.assign_add(self.sums[self._get_variable_index(variable)], ops.square(gradient))


class Still(keras.Model):
    """`model` as it is in use, with no dropout and its kept averages; its loss is that of the labels alone."""

    def __init__(self, model: keras.Model) -> None:
        super().__init__()
        self.model, self.of_labels = model, loss_of(model)

    def call(self, inputs, training=None):
        """The answers in use, whatever `training` says."""
        return self.model(inputs, training=False)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Without the penalties that weights may carry."""
        return ops.mean(self.of_labels(y, y_pred))


@checked
def fisher(model: keras.Model, inputs: np.ndarray, most: int = 200, seed: int = 0) -> list[np.ndarray]:
    """The diagonal of the Fisher information: an array for each trainable weight of `model`, from `most` inputs."""
    random = np.random.default_rng(seed)
    inputs = as_inputs(model, inputs, "past")
    inputs = inputs[random.permutation(len(inputs))[:most]]
    probabilities = probabilities_from(model, answers(model, inputs))
    drawn = np.array([random.choice(len(row), p=row / row.sum()) for row in probabilities])
    still, squares = Still(model), SumOfSquares()
    still.compile(squares)
    batches = ShuffledBatches((inputs, drawn), batch_size=1, seed=seed)
    fit_batches(still, batches, 1)
    return [ops.convert_to_numpy(total) / len(inputs) for total in squares.sums]


@checked
def ewc(
    old: keras.Model,
    new: keras.Model,
    past: Labelled,
    present: Labelled,
    strength: float = 300.0,
    epochs: int = 30,
    batch_size: int = 32,
    seed: int = 0,
) -> keras.Model:
    """Train `new` on the present task, while springs pull at the shared weights by what they meant to the past one.

    Of the past it takes inputs, once and before it trains, for the Fisher information; their labels are not looked at.
    """
    present = as_task(new, present, "present")
    weights = shared(old, new)
    important = dict(zip(map(id, old.trainable_weights), fisher(old, past[0], seed=seed), strict=True))
    with pulled(weights, strength, [important[id(weight)] for weight in weights]):
        return fit_anew(new, present, epochs, batch_size, seed)
