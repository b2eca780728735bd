"""TCA: the directions in which the data vary much and the means of both domains hardly differ.

    maximise  trace(W' X' H X W)   (variance)    with    W' (X' L X + ridge I) W = I   (squared MMD of the projections)

where X has the rows of both domains, H centres them and L is 1/n^2, 1/m^2 or -1/(n m) for two rows of the source, of
the target, or of both: a generalised eigenvalue problem. This is the linear kernel, where d x d matrices are enough.
(Pan and others, Domain Adaptation via Transfer Component Analysis, IEEE Transactions on Neural Networks 22, 2011.)
"""

import keras
import numpy as np
from scipy.linalg import eigh

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.source_only import fit_source
from tlteach.methods.adapt.subspace import projected


@checked
def tca(
    model: keras.Model,
    domains: Domains,
    directions: int = 20,
    ridge: float = 0.1,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the transfer components of the source; the model that is returned projects its inputs first.

    Args:
        domains: inputs are rows of numbers (n, d).
        directions: how many components, from 1 to d.
        ridge: how little a difference of the means has to weigh beside the variance, as a share of it.
    """
    matrix = components(*domains.rows(), directions, ridge)
    mean = np.concatenate(domains.rows()).mean(axis=0)
    onto = matrix @ np.linalg.pinv(matrix)  # back in d numbers, so that the model fits
    moved = domains.with_source(*((x - mean) @ onto for x in (domains.source[0], domains.validation[0])))
    fit_source(model, moved, None, epochs, batch_size, seed)
    return projected(model, onto, mean)


def components(source: np.ndarray, target: np.ndarray, directions: int, ridge: float) -> np.ndarray:
    """The transfer components of rows (n, d) and (m, d), as columns (d, directions)."""
    rows = np.concatenate([source, target]).astype("float64")
    if not 1 <= directions <= rows.shape[1]:
        raise DataError(f"directions={directions} is not possible: there are rows of {rows.shape[1]} numbers.")
    apart = source.mean(axis=0, dtype="float64") - target.mean(axis=0, dtype="float64")
    centred = rows - rows.mean(axis=0)
    variance = centred.T @ centred / len(rows)
    held = np.outer(apart, apart) + ridge * np.trace(variance) / len(variance) * np.eye(len(variance))
    return eigh(variance, held)[1][:, ::-1][:, :directions]
