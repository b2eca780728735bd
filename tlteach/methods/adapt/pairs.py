"""What the methods that align features share: pairs of batches, and a loss with two parts.

    loss = loss of the labels on the source + strength * ramp * gap(features of the source, features of the target)
    ramp = 2 / (1 + exp(-10 progress)) - 1

Features are what the last hidden layer gives: the model is cut there into an encoder and a head. A method brings its
`gap`, a function or a layer of two arrays (n, d) and (n, d). The ramp, from 0 to 1, is that of DANN: before there are
classes, there is nothing worth aligning.
"""

from collections.abc import Callable

import keras
from keras import ops

from tlteach.engine.arrays import PairsOfBatches, encoder_and_head, finite, must_learn, must_take, optimizer_like
from tlteach.engine.feeding import fit_batches
from tlteach.methods.adapt.domains import Domains


class Pairs(keras.Model):
    """`model` in training: it is shown a batch of the source and one of the target at a time."""

    def __init__(self, model: keras.Model, gap: Callable, strength: float, last: int) -> None:
        super().__init__()
        self.encoder, self.head = encoder_and_head(model)
        self.gap, self.strength, self.last = gap, strength, last
        self.steps = self.add_weight(initializer="zeros", trainable=False, name="steps")

    def call(self, inputs, training=None):
        """Predictions for the source, and the gap; in one pass, BatchNormalization sees both."""
        source, target = inputs
        features = self.encoder(ops.concatenate([source, target]), training=training)
        of_source, of_target = features[: ops.shape(source)[0]], features[ops.shape(source)[0] :]
        return self.head(of_source), self.gap(of_source, of_target)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss that Keras computes for the source's labels, and the gap."""
        predicted, gap = y_pred
        self.steps.assign(self.steps + 1)
        ramp = 2 / (1 + ops.exp(-10 * self.steps / self.last)) - 1
        return super().compute_loss(x, y, predicted, sample_weight, training) + self.strength * ramp * gap

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        """Metrics are for the source: the target has no labels."""
        return super().compute_metrics(x, y, y_pred[0], sample_weight)


def fit_pairs(
    model: keras.Model, domains: Domains, gap: Callable, strength: float, epochs: int, batch_size: int, seed: int
) -> keras.Model:
    """Train `model` so that the labels of the source are learned and the gap closes. Returns the same model."""
    must_take(model, domains.target)
    batches = PairsOfBatches(domains.source, domains.target, batch_size, seed)
    pairs = Pairs(must_learn(model), gap, strength, last=epochs * len(batches))
    pairs.compile(optimizer_like(model), model.loss, metrics=["accuracy"])
    fit_batches(pairs, batches, epochs)
    return finite(model)
