"""Consistency: an input that was changed is still the same thing, and so its answer should stay the same.

    q    = p(weakly changed input)                              no gradient
    loss = loss of the labels + strength * mean([max q >= threshold] * -log p_k(strongly changed input)),  k = argmax q

A sure answer for a hardly changed input is the label of the same input when it is changed strongly. So the model learns
from where it is unsure, with labels from where it is sure. What may be changed is knowledge that you bring: a mirrored
cat is a cat, a mirrored b is a d. (Sohn and others, FixMatch, 2020, arXiv:2001.07685.)
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.engine.arrays import PairsOfBatches, finite, must_take, optimizer_like
from tlteach.engine.evaluation import gives_logits
from tlteach.engine.feeding import fit_batches
from tlteach.methods.semi_supervised.labels import Labelled, with_each_class


@checked
def consistency(
    model: keras.Model,
    labelled: Labelled,
    unlabelled: np.ndarray,
    weakly: keras.Layer,
    strongly: keras.Layer,
    threshold: float = 0.95,
    strength: float = 1.0,
    epochs: int = 30,
    batch_size: int = 128,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the labels, and on its sure answers for `weakly` changed inputs as labels of `strongly` changed.

    Args:
        weakly, strongly: layers that change a batch in training, as keras.layers.GaussianNoise(0.1) and Dropout(0.5)
            for kept features, or RandomFlip and a keras.Sequential of RandomTranslation and others for pictures.
        strength: of the second loss beside that of the labels.
    """
    labelled = with_each_class(model, labelled)
    must_take(model, unlabelled)
    if model.output_shape[-1] < 2 or gives_logits(model):
        raise GuardError(f"{model.name} does not end in a softmax: give its last layer activation='softmax'.")
    keras.utils.set_random_seed(seed)
    batches = PairsOfBatches(labelled, unlabelled, batch_size, seed)
    # Copies of the layers: their random numbers begin with the seed, and yours stay where they are.
    changes = [type(layer).from_config(layer.get_config()) for layer in (weakly, strongly)]
    learner = Consistent(model, *changes, threshold, strength)
    learner.compile(optimizer_like(model), model.loss)
    fit_batches(learner, batches, epochs)
    return finite(model)


class Consistent(keras.Model):
    """`model` in training: it is shown a batch with labels and one without, the latter twice."""

    def __init__(
        self, model: keras.Model, weakly: keras.Layer, strongly: keras.Layer, threshold: float, strength: float
    ) -> None:
        super().__init__()
        self.model, self.weakly, self.strongly = model, weakly, strongly
        self.threshold, self.strength = threshold, strength

    def call(self, inputs, training=None):
        """Probabilities for the labelled, the weakly changed and the strongly changed; in one pass."""
        labelled, unlabelled = (ops.cast(some, "float32") for some in inputs)
        changed = [change(some, training=training) for change, some in self._changes(labelled, unlabelled)]
        told = self.model(ops.concatenate(changed), training=training)
        n, m = ops.shape(labelled)[0], ops.shape(unlabelled)[0]
        return told[:n], told[n : n + m], told[n + m :]

    def _changes(self, labelled, unlabelled):
        return (self.weakly, labelled), (self.weakly, unlabelled), (self.strongly, unlabelled)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss that Keras computes for the labels, and the one above."""
        predicted, weak, strong = y_pred
        second = believed_loss(weak, strong, self.threshold)
        return super().compute_loss(x, y, predicted, sample_weight, training) + self.strength * second

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Metrics are for what has labels."""
        return super().compute_metrics(x, y, y_pred[0], sample_weight)


def believed_loss(weak, strong, threshold):
    """The second loss, from the probabilities (n, classes) of weakly and of strongly changed inputs."""
    weak = ops.stop_gradient(weak)
    sure = ops.cast(ops.max(weak, axis=-1) >= threshold, strong.dtype)
    return ops.mean(sure * keras.losses.sparse_categorical_crossentropy(ops.argmax(weak, axis=-1), strong))
