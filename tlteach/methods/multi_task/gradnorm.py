"""GradNorm: every task shall pull at the trunk as hard as the others, and harder if it lags behind.

    G_i = w_i |dL_i/dK|              how hard task i pulls at the last shared layer
    r_i = (L_i / L_i(0)) / mean      how far it lags behind
    w_i <- w_i exp(-rate sign(G_i - mean(G) r_i^strength))       then the weights are brought to the sum T

The step goes down sum_i |G_i - mean(G) r_i^strength|, whose second part counts as a constant. (Chen and others,
GradNorm, 2018, arXiv:1711.02257.) Three things are not as there: a step is the same share of each weight, because
gradients of numbers in pixels can be a thousand times larger; L_i(0) is the loss of who knows nothing, log(classes) or
the mean square; losses and norms are means of about the last ten batches, as a batch may hold no label of a task.
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.methods.multi_task.gradients import Together, fit_together
from tlteach.methods.multi_task.tasks import Tasks

RATE, MEMORY = 0.025, 0.9


class EquallyHard(Together):
    """The losses with weights that follow the rule above."""

    def __init__(self, model: keras.Model, tasks: Tasks, strength: float) -> None:
        super().__init__(model, tasks)
        self.strength, n = strength, len(self.names)
        self.at_first = [loss_of_nothing(tasks, name) for name in self.names]
        self.weighing = self.add_weight(shape=(n,), initializer="ones", trainable=False, name="task_weights")
        self.means = self.add_weight(shape=(2, n), initializer="zeros", trainable=False, name="losses_and_norms")
        self.steps = self.add_weight(initializer="zeros", trainable=False, name="steps")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The losses with the weights of this step; then the weights take theirs."""
        losses = self.losses_of(y, y_pred[2], sample_weight)
        norms = ops.norm(self.gradients(y, y_pred, sample_weight)[1], axis=1)
        total = ops.sum(ops.convert_to_tensor(self.weighing) * losses)
        self.steps.assign(self.steps + 1)
        memory = ops.minimum(MEMORY, 1 - 1 / self.steps)  # so that the first steps are plain means
        self.means.assign(memory * self.means + (1 - memory) * ops.stop_gradient(ops.stack([losses, norms])))
        first = ops.convert_to_tensor(self.at_first, dtype=losses.dtype)
        self.weighing.assign(balanced(self.weighing, self.means[0] / first, self.means[1], self.strength))
        return total

    def task_weights(self) -> dict[str, float]:
        """The weights as they are now."""
        return dict(zip(self.names, map(float, ops.convert_to_numpy(self.weighing)), strict=True))


def balanced(weights, lags, norms, strength: float):
    """The weights (T,) after one step, from L_i / L_i(0) and the norms of the unweighted gradients."""
    pulls = weights * norms
    wanted = ops.mean(pulls) * ops.power(lags / (ops.mean(lags) + 1e-12), strength)
    moved = weights * ops.exp(-RATE * ops.sign(pulls - wanted))
    return moved * weights.shape[0] / ops.sum(moved)


def loss_of_nothing(tasks: Tasks, name: str) -> float:
    """The loss of a head that gives all classes the same probability, or the number 0."""
    if tasks.is_classes(name):
        return float(np.log(tasks.width(name)))
    return float(np.mean(tasks.labels[name][tasks.known(name)].astype("float64") ** 2))


@checked
def gradnorm(
    model: keras.Model,
    tasks: Tasks,
    strength: float = 1.5,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` so that all tasks pull equally hard; `model.task_weights` then says what that took.

    Args:
        strength: of the pull for tasks that lag behind, the paper's alpha; the higher, the more.
    """
    return fit_together(model, EquallyHard(model, tasks, strength), tasks, epochs, batch_size, seed)
