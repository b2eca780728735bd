"""What each task wants the trunk to become: the gradients of its loss, without a gradient tape.

Let a (n, k) come into the last shared layer, whose weights are K (k, d), and h (n, d) = relu(a K + b) go to the heads.
For a dense head with weights W (d, c), cross-entropy of a softmax and squared error have closed forms:

    dL/dz = v (p - onehot(y)) / n     or     v 2 (z - y) / n          z the head's outputs, v the sample weights
    dL/dh = dL/dz W^T                 dL/dK = a^T (dL/dh * [h > 0])

dL/dK is what GradNorm compares and PCGrad mends: the papers' gradient where the last shared layer is all that is
shared (GradNorm, arXiv:1711.02257, takes this very layer; PCGrad, arXiv:2001.06782, takes all shared weights).
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.engine.arrays import ShuffledBatches, finite, must_take, optimizer_like
from tlteach.engine.feeding import fit_batches
from tlteach.methods.multi_task.network import must_fit
from tlteach.methods.multi_task.tasks import Tasks


class Together(keras.Model):
    """`model` in training, taken apart at the last shared layer. What it does with the tasks' losses is the method."""

    detached = False  # whether the heads' own gradients end at the heads

    def __init__(self, model: keras.Model, tasks: Tasks) -> None:
        super().__init__()
        must_fit(model, tasks)
        self.names = list(tasks.labels)
        self.is_classes = {name: tasks.is_classes(name) for name in self.names}
        self.heads = [model.get_layer(name) for name in self.names]
        shared = shared_layer(model, self.heads)
        self.trunk = keras.Model(model.inputs[0], [shared.input, shared.output])

    def call(self, inputs, training=None):
        """What comes into the last shared layer, what goes to the heads, and what each makes of it."""
        before, features = self.trunk(inputs, training=training)
        seen = ops.stop_gradient(features) if self.detached else features
        return before, features, [head(seen) for head in self.heads]

    def losses_of(self, y, outputs, sample_weight):
        """The loss of each task (tasks,): the weighted mean over the batch."""
        return ops.stack([
            ops.mean(sample_weight[name] * each_loss(y[name], found, self.is_classes[name]))
            for name, found in zip(self.names, outputs, strict=True)
        ])  # fmt: skip

    def gradients(self, y, y_pred, sample_weight):
        """dL_i/dh as (tasks, n, d), and dL_i/dK as (tasks, k * d): numbers, through which no gradient flows."""
        before, features, outputs = keras.tree.map_structure(ops.stop_gradient, y_pred)
        of_features = ops.stack([
            ops.matmul(
                error(y[name], found, self.is_classes[name]) * ops.reshape(sample_weight[name], (-1, 1)),
                ops.transpose(ops.stop_gradient(head.kernel)),
            )
            for name, found, head in zip(self.names, outputs, self.heads, strict=True)
        ]) / ops.cast(ops.shape(before)[0], before.dtype)  # fmt: skip
        active = ops.cast(features > 0, before.dtype)
        of_kernel = ops.einsum("nk,tnd->tkd", before, of_features * active)
        return of_features, ops.reshape(of_kernel, (len(self.names), -1))

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Only the loss: tasks are judged by tasks.judge(model)."""
        return self.get_metrics_result()


def each_loss(labels, outputs, is_classes: bool):
    """Cross-entropy or squared error of each input (n,)."""
    if is_classes:
        return keras.losses.sparse_categorical_crossentropy(labels, outputs)
    return ops.square(outputs[:, 0] - ops.cast(labels, outputs.dtype))


def error(labels, outputs, is_classes: bool):
    """The gradient of each_loss with respect to the head's outputs before its softmax (n, c)."""
    if is_classes:
        return outputs - ops.one_hot(labels, outputs.shape[-1], dtype=outputs.dtype)
    return 2 * (outputs - ops.reshape(ops.cast(labels, outputs.dtype), (-1, 1)))


def shared_layer(model: keras.Model, heads: list) -> keras.layers.Layer:
    """The dense layer that all heads stand on. Raises GuardError where there is no such layer."""
    seen = {id(head.input) for head in heads if isinstance(head, keras.layers.Dense)}
    below = [layer for layer in model.layers if id(layer.output) in seen]
    is_known = below and isinstance(below[0], keras.layers.Dense) and below[0].activation is keras.activations.relu
    if len(seen) == 1 and is_known and all(isinstance(head, keras.layers.Dense) for head in heads):
        return below[0]
    raise GuardError(
        f"The heads of {model.name} do not all stand on one dense layer with relu, so it is not known what they share. "
        "Build it with multi_task.network(tasks), or that way."
    )


def fit_together(
    model: keras.Model, together: Together, tasks: Tasks, epochs: int, batch_size: int, seed: int
) -> keras.Model:
    """Fit the parts of `model` as `together` says, and note on the model what weights the tasks had in the end."""
    must_take(model, tasks.inputs)
    keras.utils.set_random_seed(seed)
    together.compile(optimizer_like(model))
    batches = ShuffledBatches(tasks.arrays(), batch_size, seed)
    fit_batches(together, batches, epochs)
    model.task_weights = together.task_weights()
    return finite(model)


@checked
def cosines(model: keras.Model, tasks: Tasks) -> np.ndarray:
    """Cosines (tasks, tasks) between what the tasks want of the last shared layer, over all inputs with labels."""
    together = Together(model, tasks)
    inputs, labels, weights = keras.tree.map_structure(ops.convert_to_tensor, tasks.arrays())
    found = together.gradients(labels, together(inputs, training=False), weights)[1]
    found = ops.convert_to_numpy(found).astype("float64")
    unit = found / (np.linalg.norm(found, axis=1, keepdims=True) + 1e-12)
    return unit @ unit.T
