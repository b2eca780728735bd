"""KLIEP: the ratio of densities that brings the weighted source nearest to the target, as Kullback and Leibler measure.

    weight(x) = sum_l a_l k(x, c_l),    maximise  mean over the target of log weight(t)
                                        with  a >= 0  and  mean over the source of weight(s) = 1

The centres c_l are inputs of the target; the width of the kernel is the one under which left-out inputs of the target
are likeliest. (Sugiyama and others, Direct Importance Estimation with Model Selection, NIPS 2007.)
"""

import numpy as np
from scipy.spatial.distance import cdist

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.methods.adapt.kmm import median_distance
from tlteach.methods.distances import same_features

CENTRES, FOLDS, STEPS = 100, 5, 100
WIDTHS = (0.125, 0.25, 0.5, 1.0, 2.0)  # in median distances


@checked
def kliep(
    source_features: np.ndarray, target_features: np.ndarray, width: float | None = None, seed: int = 0
) -> np.ndarray:
    """Weights (n,) of the source's rows (n, d), for target rows (m, d); their mean is 1.

    Args:
        width: of the Gaussian kernel; without it, chosen by cross-validation on the target.

    Raises:
        DataError: no input of the source is near enough to the target to have a weight.
    """
    source, target = same_features(source_features, target_features, at_least=FOLDS)
    order = np.random.default_rng(seed).permutation(len(target))
    target = target[order]
    centres = target[:CENTRES]
    width = width or max(
        (factor * median_distance(target) for factor in WIDTHS), key=lambda w: _likelihood(source, target, centres, w)
    )
    at_source, at_target = _kernel(source, centres, width), _kernel(target, centres, width)
    if not at_source.any():
        raise DataError("No input of the source lies near one of the target: no weights can make it look like that.")
    return at_source @ _coefficients(at_source, at_target)


def _likelihood(source: np.ndarray, target: np.ndarray, centres: np.ndarray, width: float) -> float:
    """The mean log weight of target rows that were left out while the coefficients were found."""
    at_source, at_target = _kernel(source, centres, width), _kernel(target, centres, width)
    if not at_source.any():  # so narrow that the source is out of reach
        return -np.inf
    fold = np.arange(len(target)) % FOLDS
    scores = []
    for left_out in range(FOLDS):
        coefficients = _coefficients(at_source, at_target[fold != left_out])
        scores.append(np.log(at_target[fold == left_out] @ coefficients + 1e-12).mean())
    return float(np.mean(scores))


def _coefficients(at_source: np.ndarray, at_target: np.ndarray) -> np.ndarray:
    """The a_l: each step multiplies them by how much each helps, then scales the mean weight of the source to 1.

    The fixed point is where the gradient of the objective and that of the constraint agree, as in the algorithm of
    expectation and maximisation; no rate has to be chosen.
    """
    per_source = at_source.mean(axis=0) + 1e-12
    coefficients = np.full(at_source.shape[1], 1 / per_source.sum())
    for _ in range(STEPS):
        coefficients = (
            coefficients * (at_target / (at_target @ coefficients + 1e-12)[:, None]).mean(axis=0) / per_source
        )
    return coefficients / (at_source @ coefficients).mean()


def _kernel(rows: np.ndarray, centres: np.ndarray, width: float) -> np.ndarray:
    return np.exp(-cdist(rows, centres, "sqeuclidean") / (2 * width**2))
