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
    of_source, of_target = white_source @ left[:, :directions], white_target @ right[:directions].T
    return of_source, of_target, correlations[:directions]


def halves(n_pairs: int, seed: int = 0) -> dict[str, float]:
    """Accuracy on right halves of scikit-learn's digits, where only left halves have labels, by what is done about it.

    700 left halves have labels, and `n_pairs` other digits are there as a whole, without one. Beside `by_pairs`: the
    same with pairs that were mixed up; and a classifier of left halves labels the pairs for one of right halves.

    Returns:
        Accuracies on 497 right halves: "directions that agree", "pairs mixed up", "labels handed over".
    """
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    pictures, labels = load_digits(return_X_y=True)
    left, right = (half.reshape(-1, 32) / 16 for half in np.split(pictures.reshape(-1, 8, 8), 2, axis=2))
    test, others = np.split(np.random.default_rng(10**6).permutation(len(labels)), [497])
    random = np.random.default_rng(seed)
    source, pairs = np.split(random.permutation(others), [700])
    pairs = pairs[:n_pairs]

    def learned(rows: np.ndarray, answers: np.ndarray) -> LogisticRegression:
        return LogisticRegression(max_iter=1000).fit(rows, answers)

    def aligned(partners: np.ndarray) -> float:
        of_left, of_right, _ = by_pairs(left[pairs], right[partners], min(5, n_pairs))
        seen = (left[source] - left[pairs].mean(axis=0)) @ of_left
        new = (right[test] - right[pairs].mean(axis=0)) @ of_right
        return learned(seen, labels[source]).score(new, labels[test])

    handed = learned(left[source], labels[source]).predict(left[pairs])
    return {
        "directions that agree": aligned(pairs),
        "pairs mixed up": aligned(random.permutation(pairs)),
        "labels handed over": learned(right[pairs], handed).score(right[test], labels[test]),
    }
