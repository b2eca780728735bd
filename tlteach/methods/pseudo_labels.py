"""A model's own answers, taken for labels: which of them to believe.

Two rules, and each method says which one it follows: all answers above a threshold, or of each class the same share.
A threshold keeps what the model is sure of, and may keep next to nothing of a class. A share keeps every class.
"""

import numpy as np


def surer_than(probabilities: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows (k,) and their classes (k,): of all classes together, what has a probability of `threshold` or more."""
    rows = np.flatnonzero(probabilities.max(axis=1) >= threshold)
    return rows, probabilities[rows].argmax(axis=1)


def surest(probabilities: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows (k,) and their classes (k,): of what was taken for each class, the `share` with the highest probability."""
    guesses, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    rows = []
    for label in np.unique(guesses):
        of_class = np.flatnonzero(guesses == label)
        rows.append(of_class[np.argsort(-sureness[of_class], kind="stable")][: max(1, round(share * len(of_class)))])
    rows = np.sort(np.concatenate(rows))
    return rows, guesses[rows]
