"""Uncertainty weights: each task learns how noisy it is, and a noisy task counts for less.

    loss = sum_i  exp(-s_i) loss_i + s_i / 2        classes
                  exp(-s_i) loss_i / 2 + s_i / 2    numbers            s_i = log sigma_i^2, learned

For a loss that stays as it is, the best weight exp(-s_i) is 1 / (2 loss_i), or 1 / loss_i for a number: who has a small
loss gets a large weight, also where it is small because a few labels were memorised. (Kendall, Gal and Cipolla,
Multi-Task Learning Using Uncertainty to Weigh Losses, 2018, arXiv:1705.07115.)
"""

import keras
from keras import ops

from tlteach.core.door import checked
from tlteach.methods.multi_task.gradients import Together, fit_together
from tlteach.methods.multi_task.tasks import Tasks


class Uncertain(Together):
    """The loss above. `speed` times as fast as the other weights, as Adam's step does not depend on the scale."""

    def __init__(self, model: keras.Model, tasks: Tasks, speed: float) -> None:
        super().__init__(model, tasks)
        self.speed = speed
        self.half = [1.0 if tasks.is_classes(name) else 0.5 for name in self.names]
        self.slow = self.add_weight(shape=(len(self.names),), initializer="zeros", name="log_variances")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The weighted sum, and what keeps the weights from going to zero."""
        losses, log_variances = self.losses_of(y, y_pred[2], sample_weight), self.speed * self.slow
        half = ops.convert_to_tensor(self.half, dtype=losses.dtype)
        return ops.sum(ops.exp(-log_variances) * half * losses + log_variances / 2)

    def task_weights(self) -> dict[str, float]:
        """exp(-s_i) by task, as learned."""
        weights = ops.convert_to_numpy(ops.exp(-self.speed * self.slow))
        return dict(zip(self.names, map(float, weights), strict=True))


@checked
def uncertainty(
    model: keras.Model,
    tasks: Tasks,
    speed: float = 1.0,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` with weights that it learns; `model.task_weights` then says what they became.

    Args:
        speed: how many times as fast as the network the weights learn, with Adam.
    """
    return fit_together(model, Uncertain(model, tasks, speed), tasks, epochs, batch_size, seed)
