"""Kernel mean matching: weights of the source's inputs under which both domains have the same mean in kernel space.

    minimise  | sum_i weight_i phi(s_i) / n  -  sum_j phi(t_j) / m |^2   with  0 <= weight <= MOST  and  mean weight = 1

A quadratic programme. (Huang and others, Correcting Sample Selection Bias by Unlabeled Data, NIPS 2006.)
"""

import numpy as np
from scipy.spatial.distance import cdist

from tlteach.core.door import checked
from tlteach.methods.adapt.weighting import MOST
from tlteach.methods.distances import same_features

STEPS = 500


@checked
def kmm(source_features: np.ndarray, target_features: np.ndarray, width: float | None = None) -> np.ndarray:
    """Weights (n,) of the source's rows (n, d), for target rows (m, d); their mean is 1.

    Args:
        width: of the Gaussian kernel; without it, twice the median distance between rows of the source.
    """
    source, target = same_features(source_features, target_features, at_least=2)
    width = width or 2 * median_distance(source)
    kernel = np.exp(-cdist(source, source, "sqeuclidean") / (2 * width**2))
    wanted = np.exp(-cdist(source, target, "sqeuclidean") / (2 * width**2)).mean(axis=1) * len(source)

    # Nesterov's accelerated descent; after each step, back to the nearest weights that keep the constraints.
    step = 1 / np.linalg.norm(kernel, 2)
    weights = ahead = np.ones(len(source))
    for number in range(STEPS):
        before, weights = weights, nearest(ahead - step * (kernel @ ahead - wanted))
        ahead = weights + number / (number + 3) * (weights - before)
    return weights


def nearest(weights: np.ndarray) -> np.ndarray:
    """The nearest weights from 0 to MOST whose mean is 1: all are moved by the same amount, then cut."""
    low, high = weights.min() - MOST, weights.max()
    for _ in range(60):
        moved = (low + high) / 2
        low, high = (moved, high) if np.clip(weights - moved, 0, MOST).mean() > 1 else (low, moved)
    found = np.clip(weights - high, 0, MOST)
    return found / found.mean()


def median_distance(rows: np.ndarray) -> float:
    """The median distance between two of the rows, of which at most 500 are looked at."""
    some = rows[:: max(1, len(rows) // 500)]
    return float(np.median(cdist(some, some)[np.triu_indices(len(some), 1)])) or 1.0
