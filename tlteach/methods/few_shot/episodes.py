"""Episodes: many small tasks, each with classes, examples and queries of its own, and the interval of their mean.

One draw of five classes and of one example each says little: another draw may differ by thirty points. So hundreds of
episodes are drawn. (Vinyals and others, Matching Networks for One Shot Learning, 2016, arXiv:1606.04080.)
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.methods.few_shot.prototypes import classes_of, nearest


@dataclass(frozen=True)
class Episodes:
    """The accuracy on the queries of each episode, (n,)."""

    accuracies: np.ndarray

    @property
    def mean(self) -> float:
        """The mean accuracy."""
        return float(self.accuracies.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean for other episodes from the same pictures."""
        half = 1.96 * self.accuracies.std(ddof=1) / np.sqrt(len(self.accuracies)) if len(self.accuracies) > 1 else 1.0
        return self.mean - half, self.mean + half

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.mean:.3f} ({low:.3f} to {high:.3f}) in {len(self.accuracies)} episodes"


@checked
def episode(
    labels: np.ndarray, ways: int, shots: int, n_queries: int, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the examples (ways, shots) and of the queries (ways, n_queries) of one task; row k is class k of it.

    No row is both. Raises DataError where there are too few classes, or too few rows of one.
    """
    labels = classes_of(np.atleast_1d(labels), labels)
    counts = np.bincount(labels)
    if len(counts) < ways or counts.min() < shots + n_queries:
        raise DataError(
            f"An episode of {ways} classes needs {shots} + {n_queries} rows of each. There are {len(counts)} classes, "
            f"the smallest with {counts.min()} rows."
        )
    classes = random.permutation(len(counts))[:ways]
    rows = [random.permutation(np.flatnonzero(labels == label))[: shots + n_queries] for label in classes]
    return np.split(np.stack(rows), [shots], axis=1)


@checked
def episodes(
    features: np.ndarray,
    labels: np.ndarray,
    ways: int = 5,
    shots: int = 1,
    n_queries: int = 15,
    n: int = 300,
    seed: int = 0,
    learner: Callable = nearest,
    query_features: np.ndarray | None = None,
) -> Episodes:
    """Draw `n` episodes and let `learner(support, labels, queries)` score the queries of each.

    Args:
        learner: gives scores (m, ways).
        query_features: the same rows as another domain has them; queries are then taken from these.
    """
    random, accuracies = np.random.default_rng(seed), []
    elsewhere = features if query_features is None else query_features
    if len(elsewhere) != len(labels) or len(features) != len(labels):
        raise DataError(
            f"There are {len(labels)} labels for {len(features)} rows and {len(elsewhere)} rows of queries."
        )
    truth = np.repeat(np.arange(ways), n_queries)
    for _ in range(max(n, 1)):
        support, queries = episode(labels, ways, shots, n_queries, random)
        scores = learner(features[support.ravel()], np.repeat(np.arange(ways), shots), elsewhere[queries.ravel()])
        accuracies.append(np.mean(np.argmax(scores, axis=1) == truth))
    return Episodes(np.array(accuracies))
