"""CORAL: give source and target the same covariance.

In closed form, for features that are kept: whiten the source, and colour it like the target,

    x -> (x - mean_source) C_source^(-1/2) C_target^(1/2) + mean_target

(Sun, Feng and Saenko, Return of Frustratingly Easy Domain Adaptation, 2016, arXiv:1511.05547; here the means are
aligned too.) As a loss, for features that are learned: |C_source - C_target|^2 / (4 d^2) (Sun and Saenko, Deep CORAL,
2016, arXiv:1607.01719).
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.pairs import fit_pairs
from tlteach.methods.adapt.source_only import fit_source


@checked
def coral(
    model: keras.Model,
    domains: Domains,
    ridge: float = 1e-3,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Colour the source's inputs like the target's, then train `model` on them.

    Args:
        domains: inputs are rows of numbers (n, d).
        ridge: added to the variances, as a share of their mean: few inputs do not tell a covariance of many features.
    """
    recolour = colouring(*domains.rows(), ridge)
    coloured = domains.with_source(recolour(domains.source[0]), recolour(domains.validation[0]))
    return fit_source(model, coloured, None, epochs, batch_size, seed)


def colouring(source: np.ndarray, target: np.ndarray, ridge: float):
    """The map of rows (n, d) that gives `source` the mean and the covariance of `target`."""
    white, colour = power_of_covariance(source, -0.5, ridge), power_of_covariance(target, 0.5, ridge)
    before, after = source.mean(axis=0), target.mean(axis=0)
    return lambda rows: ((rows - before) @ white @ colour + after).astype("float32")


def power_of_covariance(rows: np.ndarray, exponent: float, ridge: float) -> np.ndarray:
    """C^exponent (d, d) for the covariance C of rows (n, d); 0.5 is its root, and -0.5 whitens."""
    covariance = np.atleast_2d(np.cov(rows.T.astype("float64")))
    covariance += (ridge * np.trace(covariance) / len(covariance) + 1e-9) * np.eye(len(covariance))
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * values**exponent) @ vectors.T


def covariance_gap(source, target):
    """|C_source - C_target|^2 / (4 d^2) of two batches of features (n, d) and (m, d)."""
    difference = _batch_covariance(source) - _batch_covariance(target)
    return ops.sum(ops.square(difference)) / (4 * source.shape[1] ** 2)


def _batch_covariance(features):
    centred = features - ops.mean(features, axis=0)
    return ops.matmul(ops.transpose(centred), centred) / (ops.cast(ops.shape(features)[0], features.dtype) - 1)


@checked
def deep_coral(
    model: keras.Model,
    domains: Domains,
    strength: float = 100.0,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the source's labels, and close the gap between the covariances of both domains' features."""
    keras.utils.set_random_seed(seed)
    return fit_pairs(model, domains, covariance_gap, strength, epochs, batch_size, seed)
