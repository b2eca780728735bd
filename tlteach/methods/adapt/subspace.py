"""Subspaces: keep the few directions in which the domains vary, and let those of the source lie on those of the target.

Subspace alignment turns the first principal directions of the source, P_s, into those of the target, P_t:

    source:  x -> x P_s P_s' P_t,      target:  x -> x P_t

(Fernando and others, Unsupervised Visual Domain Adaptation Using Subspace Alignment, ICCV 2013.)
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.source_only import fit_source


@checked
def subspace_alignment(
    model: keras.Model,
    domains: Domains,
    directions: int = 20,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the source in the target's subspace; the model that is returned projects its inputs first.

    Args:
        domains: inputs are rows of numbers (n, d).
        directions: how many principal directions of each domain, from 1 to d.
    """
    of_source, of_target = (principal_directions(rows, directions) for rows in domains.rows())
    turned = of_source @ of_source.T @ of_target @ of_target.T  # back in d numbers, so that the model fits
    source_mean, target_mean = domains.source[0].mean(axis=0), domains.target.mean(axis=0)
    moved = domains.with_source(*((x - source_mean) @ turned for x in (domains.source[0], domains.validation[0])))
    fit_source(model, moved, None, epochs, batch_size, seed)
    return projected(model, of_target @ of_target.T, target_mean)


def principal_directions(rows: np.ndarray, directions: int) -> np.ndarray:
    """The first principal directions of rows (n, d), as columns (d, directions) of length 1 at right angles."""
    if not 1 <= directions <= min(rows.shape):
        raise DataError(
            f"directions={directions} is not possible: there are {len(rows)} rows of {rows.shape[1]} numbers."
        )
    return np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)[2][:directions].T


def projected(model: keras.Model, matrix: np.ndarray, mean: np.ndarray) -> keras.Model:
    """`model` behind a fixed layer that takes rows x to (x - mean) matrix; compiled as `model` is."""
    layer = keras.layers.Dense(matrix.shape[1], trainable=False, name="projection")
    inputs = keras.Input(mean.shape, name="rows")
    whole = keras.Model(inputs, model(layer(inputs)), name=f"projected_{model.name}")
    layer.set_weights([matrix, -mean @ matrix])
    whole.compile(model.optimizer, model.loss, metrics=["accuracy"])
    return whole
