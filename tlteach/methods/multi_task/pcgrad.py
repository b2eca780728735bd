"""PCGrad: where two tasks pull the trunk in opposite directions, each gives up the part that hurts the other.

    g_i <- g_i - (g_i . g_j) / |g_j|^2  g_j      for all other tasks j in random order, where g_i . g_j < 0
    the trunk follows sum_i g_i; each head its own loss

(Yu and others, Gradient Surgery for Multi-Task Learning, 2020, arXiv:2001.06782.) Projected gradients are sums of the
old ones, sum_i c_i dL_i, so it is enough to find the numbers c_i. They are found from the weights of the last shared
layer, and used for the whole trunk: as in the paper where that layer is the trunk, and cheaper where more is shared.
"""

import keras
from keras import ops

from tlteach.core.door import checked
from tlteach.methods.multi_task.gradients import Together, fit_together
from tlteach.methods.multi_task.tasks import Tasks


class Surgery(Together):
    """Heads learn from their own losses; what goes on to the trunk is the mended gradient of the features."""

    detached = True

    def __init__(self, model: keras.Model, tasks: Tasks, seed: int) -> None:
        super().__init__(model, tasks)
        self.chance = keras.random.SeedGenerator(seed)
        self.last = self.add_weight(shape=(len(self.names),), initializer="ones", trainable=False, name="shares")

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The losses, and a product whose gradient with respect to the features is sum_i c_i dL_i/dh."""
        of_features, of_kernel = self.gradients(y, y_pred, sample_weight)
        orders = [keras.random.shuffle(ops.arange(len(self.names)), seed=self.chance) for _ in self.names]
        shares = mended(ops.matmul(of_kernel, ops.transpose(of_kernel)), orders)
        self.last.assign(shares)
        mended_gradient = ops.stop_gradient(ops.einsum("t,tnd->nd", shares, of_features))
        return ops.sum(self.losses_of(y, y_pred[2], sample_weight)) + ops.sum(mended_gradient * y_pred[1])

    def task_weights(self) -> dict[str, float]:
        """The numbers c_i of the last batch: 1 where there was no conflict."""
        return dict(zip(self.names, map(float, ops.convert_to_numpy(self.last)), strict=True))


def mended(products, orders: list):
    """The numbers c (T,) from the products g_i . g_j (T, T); `orders` has for each task the others in some order."""
    unit = ops.eye(len(orders), dtype=products.dtype)
    total = 0
    for i, order in enumerate(orders):
        mine = unit[i]  # my gradient, as a sum of the old ones
        for place in range(len(orders)):
            other = ops.take(unit, order[place], axis=0)
            of_other = ops.sum(products * ops.expand_dims(other, 1), axis=0)  # its products with all
            conflict = ops.minimum(ops.sum(mine * of_other), 0) * (1 - other[i])  # nobody is in conflict with itself
            mine = mine - conflict / (ops.sum(of_other * other) + 1e-12) * other
        total = total + mine
    return total


@checked
def pcgrad(model: keras.Model, tasks: Tasks, epochs: int = 30, batch_size: int = 64, seed: int = 0) -> keras.Model:
    """Train `model` on all tasks with gradients that do not point against each other."""
    return fit_together(model, Surgery(model, tasks, seed), tasks, epochs, batch_size, seed)
