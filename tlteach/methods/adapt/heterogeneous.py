"""Other features in the target: a handful of pairs, the same thing seen in both spaces, and canonical correlation.

Source rows have d numbers and target rows e others: no distance between them means anything. What can be had: pairs
of a source row and a target row of one thing. Canonical correlation finds directions in both spaces, one pair of
directions after the other, along which the pairs agree best:

    maximise  corr(S a, T b)

A classifier that learned on S A reads T B. Without a pair there is nothing to hold on to: any rotation of B fits the
target as well, and no method can know which is meant. (Hotelling, Relations Between Two Sets of Variates, Biometrika
28, 1936.)
"""

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.engine.evaluation import as_features
from tlteach.methods.adapt.coral import power_of_covariance


@checked
def by_pairs(
    source_features: np.ndarray, target_features: np.ndarray, directions: int = 5, ridge: float = 0.1
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Directions of both spaces along which pairs of rows agree.

    Args:
        source_features: (n, d). Row i and row i of `target_features` are the same thing.
        target_features: (n, e).
        directions: from 1 to the smallest of n, d and e.
        ridge: added to the variances, as a share of their mean: few pairs agree by chance along many directions.

    Returns:
        (d, directions) for rows of the source, (e, directions) for rows of the target, and the correlations
        (directions,) of the pairs, the largest first. Centre rows before they are multiplied.

    Raises:
        DataError: rows that are no pairs, or more directions than there can be.
    """
    source, target = as_features(source_features, "source_features"), as_features(target_features, "target_features")
    if len(source) != len(target):
        raise DataError(f"There are {len(source)} source rows and {len(target)} target rows; give pairs, row by row.")
    if not 1 <= directions <= min(*source.shape, target.shape[1]):
        told = f"{len(source)} pairs of {source.shape[1]} and {target.shape[1]} numbers"
        raise DataError(f"directions={directions} is not possible with {told}.")
    white_source, white_target = (power_of_covariance(rows, -0.5, ridge) for rows in (source, target))
    centred = source - source.mean(axis=0), target - target.mean(axis=0)
    agree = white_source @ centred[0].T @ centred[1] @ white_target / (len(source) - 1)
    left, correlations, right = np.linalg.svd(agree)
    return white_source @ left[:, :directions], white_target @ right[:directions].T, correlations[:directions]
