"""Generalized zero-shot: an input may show a known class or a new one, and known ones win too often.

Whoever learned from known classes gives them higher scores. Calibrated stacking takes the same number off all of them:

    class(x) = argmax_k  score_k(x) - penalty [k is known]

(Chao and others, An Empirical Study and Analysis of Generalized Zero-Shot Learning, 2016, arXiv:1605.04253.) One
number judges it: the harmonic mean of the accuracies on known and on new classes, which is low where either is low.
"""

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.engine.evaluation import as_features


@checked
def calibrated(scores: np.ndarray, is_known: np.ndarray, penalty: float) -> np.ndarray:
    """Scores (n, k) minus `penalty` in the columns where `is_known` (k,) is True."""
    return as_features(scores, "scores") - penalty * _columns(scores, is_known)


@checked
def harmonic_mean(scores: np.ndarray, labels: np.ndarray, is_known: np.ndarray) -> tuple[float, float, float]:
    """Accuracy on inputs of known classes, on those of new classes, and 2 known new / (known + new)."""
    known_columns, labels = _columns(scores, is_known), np.asarray(labels)
    if (
        labels.shape != scores.shape[:1]
        or labels.dtype.kind not in "iu"
        or not 0 <= labels.min() <= labels.max() < len(known_columns)
    ):
        raise DataError(f"Give the column of each of the {len(scores)} inputs, 0 to {scores.shape[1] - 1}, as labels.")
    right = np.argmax(scores, axis=1) == labels
    of_known = known_columns[labels]
    if of_known.all() or not of_known.any():
        raise DataError("All inputs are of known classes, or all of new ones; give some of both.")
    known, new = float(right[of_known].mean()), float(right[~of_known].mean())
    return known, new, 2 * known * new / max(known + new, 1e-12)


@checked
def best_penalty(scores: np.ndarray, labels: np.ndarray, is_known: np.ndarray) -> float:
    """The penalty with the highest harmonic mean on these inputs: known classes that were held out, not the test."""
    columns = _columns(scores, is_known)
    gaps = np.max(scores[:, columns], axis=1) - np.max(scores[:, ~columns], axis=1)
    tried = np.unique(np.quantile(gaps, np.linspace(0, 1, 101)))
    return float(max(tried, key=lambda one: harmonic_mean(calibrated(scores, columns, one), labels, columns)[2]))


def _columns(scores: np.ndarray, is_known: np.ndarray) -> np.ndarray:
    """`is_known` as booleans. Raises DataError where there is not one for each column, or where none is new."""
    columns = np.asarray(is_known)
    if columns.dtype != bool or columns.shape != np.shape(scores)[1:] or columns.all() or not columns.any():
        raise DataError(
            f"is_known has the shape {columns.shape} and the type {columns.dtype}; give True or False for each of the "
            f"{np.shape(scores)[-1]} columns of scores, some of them known and some new."
        )
    return columns
