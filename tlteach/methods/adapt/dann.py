"""DANN: learn features from which a classifier of domains cannot tell source from target.

A second head learns to tell the domains apart. On the way back, the gradient changes its sign before it reaches the
encoder: what would help the second head is unlearned. (Ganin and others, Domain-Adversarial Training of Neural
Networks, 2016, arXiv:1505.07818; the ramp of pairs.py is theirs.)
"""

import keras
from keras import ops

from tlteach.core.door import checked
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.pairs import fit_pairs


def reversed_gradient(features, strength=1.0):
    """`features` as they are; their gradient comes back with the other sign, and times `strength`."""
    return ops.stop_gradient(features * (1 + strength)) - features * strength


class DomainConfusion(keras.layers.Layer):
    """The loss of a classifier of domains, whose gradient reaches the features with its sign reversed."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.classifier = keras.Sequential(
            [keras.layers.Dense(width, activation="relu"), keras.layers.Dense(1, activation="sigmoid")]
        )

    def build(self, source_shape, target_shape) -> None:
        """The classifier takes the features of both."""
        self.classifier.build(source_shape)

    def call(self, source, target):
        """Binary cross-entropy of telling the domains apart: 0.69 where nothing can be told."""
        told = self.classifier(reversed_gradient(ops.concatenate([source, target])))
        domain = ops.concatenate([ops.zeros_like(source[:, :1]), ops.ones_like(target[:, :1])])
        return ops.mean(keras.losses.binary_crossentropy(domain, told))


@checked
def dann(
    model: keras.Model,
    domains: Domains,
    strength: float = 1.0,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the source's labels, against a classifier of domains that learns beside it."""
    keras.utils.set_random_seed(seed)
    return fit_pairs(model, domains, DomainConfusion(), strength, epochs, batch_size, seed)
