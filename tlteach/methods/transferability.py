"""How well will a source transfer? Scores that look once at the training inputs and train nothing.

    logme(features, labels)                    what a Bayesian linear head would say of the labels
    h_score(features, labels)                  how far the classes lie apart, in whitened features
    shrunk_h_score(features, labels)           the same for few labels and many features
    leep(source_probabilities, target_labels)  how well the source's own classes tell the target's
    nce(source_labels, target_labels)          the same from labels alone

And their rival, which trains a head and so looks at validation, too:

    frozen_head(features, labels, validation_features, validation_labels)

For each of them, higher is better, and only the order of the sources means something. Whether that order is the one
that training finds is put on trial in benchmarks/transferability.py. How far two domains lie apart is measured in
distances.py; its functions can be had from here, too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax

from tlteach.core.door import checked
from tlteach.core.errors import DataError, SourceError
from tlteach.engine.evaluation import as_array, as_features, outputs
from tlteach.methods.distances import coral_distance, mmd, proxy_a_distance

if TYPE_CHECKING:
    import keras

    from tlteach.core.task import Task

__all__ = [
    "SCORES",
    "Ranking",
    "coral_distance",
    "frozen_head",
    "h_score",
    "leep",
    "logme",
    "mmd",
    "nce",
    "outputs",
    "proxy_a_distance",
    "rank_sources",
    "shrunk_h_score",
]


def leep(source_probabilities: np.ndarray, target_labels: np.ndarray) -> float:
    """Log expected empirical prediction: what the source's classes say of the target's (Nguyen et al., ICML 2020).

    The source takes each target input for a mixture of its own classes z; how often each target class y goes with
    each z gives P(y given z). The score is the mean log probability that this gives the true labels.

    Args:
        source_probabilities: (n, source classes), what the source's own head says of the target inputs; rows sum to 1.
        target_labels: integers (n,).

    Returns:
        In nats, at most 0, and at least minus the entropy of the target labels.

    Raises:
        DataError: the rows are not probabilities, or do not fit the labels.
    """
    probabilities, labels = _checked(source_probabilities, target_labels)
    if probabilities.min() < 0 or np.abs(probabilities.sum(axis=1) - 1).max() > 1e-3:
        raise DataError(
            "The rows of source_probabilities are not probabilities: each must sum to 1, none may be negative. Give "
            "what the source's own head with softmax says, not features and not logits."
        )
    classes = labels[:, None] == np.unique(labels)  # (n, target classes)
    joint = classes.T @ probabilities / len(labels)  # P(y, z)
    conditional = joint / joint.sum(axis=0).clip(min=np.finfo(float).tiny)  # P(y given z)
    expected = probabilities @ conditional.T  # (n, target classes)
    return float(np.log(expected[classes]).mean())


def nce(source_labels: np.ndarray, target_labels: np.ndarray) -> float:
    """Negative conditional entropy of the target labels, given the source's (Tran et al., ICCV 2019).

    Args:
        source_labels: integers (n,), the class that the source takes each target input for.
        target_labels: integers (n,).

    Returns:
        -H(target given source) in nats: 0 where each source class tells the target class, else below.

    Raises:
        DataError: the labels are not two rows of the same length.
    """
    source = _as_labels(source_labels, "source_labels")
    target = _as_labels(target_labels, "target_labels")
    _require_same_length(source, target)
    _require_two_classes(target)
    _, source = np.unique(source, return_inverse=True)
    _, target = np.unique(target, return_inverse=True)
    counts = np.zeros((source.max() + 1, target.max() + 1))
    np.add.at(counts, (source, target), 1)
    conditional = counts / counts.sum(axis=1, keepdims=True)  # P(target given source)
    return float(np.log(conditional[source, target]).mean())


def logme(features: np.ndarray, labels: np.ndarray) -> float:
    """Logarithm of maximum evidence of a Bayesian linear model of the labels (You et al., ICML 2021).

    For each class, y (1 for its inputs, else 0) = features @ w + noise, with w ~ N(0, 1/alpha), noise ~ N(0, 1/beta).
    The evidence p(y) has w integrated out, and alpha and beta chosen to make it largest. The paper iterates for the
    two. Here y ~ N(0, (features @ features.T + t) / alpha) with t = alpha / beta, so the best alpha for a t is known,
    and t alone is searched for, on a grid that closes in: the same maximum, with nothing to converge.

    Args:
        features: (n, d), n and d in any order.
        labels: integers (n,).

    Returns:
        The largest log evidence per input in nats, the mean over the classes. Noise is not taken for weaker than 1e-8
        of the strongest direction: else features that give the labels exactly would score infinity.

    Raises:
        DataError: features and labels do not fit, hold NaN, or are of one class only.
    """
    features, labels = _checked(features, labels)
    one_hot = (labels[:, None] == np.unique(labels)).astype(float)
    directions, singular_values, _ = np.linalg.svd(features, full_matrices=False)
    strengths = singular_values**2
    strengths /= strengths.max() or 1.0  # a common scale of the features is alpha's affair
    along = (directions.T @ one_hot) ** 2  # (directions, classes): how much of y lies in each direction
    outside = ((one_hot - directions @ (directions.T @ one_hot)) ** 2).sum(axis=0)
    evidences = [_evidence(strengths, *of_class, len(labels)) for of_class in zip(along.T, outside, strict=True)]
    return float(np.mean(evidences))


def _evidence(strengths: np.ndarray, along: np.ndarray, outside: float, n: int) -> float:
    """The largest log evidence per input of one class: `along` of y lies in the directions, `outside` of it in none."""
    low, high = 1e-8, 1e8
    for _ in range(5):
        ratios = np.geomspace(low, high, 33)
        variances = ratios[:, None] + strengths  # of y in each direction, times alpha
        mismatch = (along / variances).sum(axis=1) + outside / ratios  # y @ inverse covariance @ y, over alpha
        log_determinant = np.log(variances).sum(axis=1) + (n - len(strengths)) * np.log(ratios)
        evidence = -0.5 * (n * np.log(2 * np.pi * np.e * mismatch / n) + log_determinant)
        best = int(evidence.argmax())
        low, high = ratios[max(best - 1, 0)], ratios[min(best + 1, 32)]
    return float(evidence[best] / n)


def h_score(features: np.ndarray, labels: np.ndarray) -> float:
    """H-score: the between-class part of whitened features (Bao et al., ICIP 2019).

    tr(pinv(cov(features)) @ cov(E[features given class])). It stays the same under every invertible linear map of the
    features. With no more inputs than features it is blind: the pseudo-inverse then finds a direction for every
    class, and each source with independent features scores classes - 1, the most there is. Use shrunk_h_score there.

    Args:
        features: (n, d).
        labels: integers (n,).

    Returns:
        From 0 to classes - 1.

    Raises:
        DataError: features and labels do not fit, hold NaN, or are of one class only.
    """
    features, labels = _checked(features, labels)
    centred = features - features.mean(axis=0)
    directions, singular_values, _ = np.linalg.svd(centred, full_matrices=False)
    negligible = max(centred.shape) * np.finfo(float).eps * np.abs(features).max() * np.sqrt(len(features))
    whitened = np.sqrt(len(labels)) * directions[:, singular_values > negligible]
    return float(sum((labels == c).mean() * np.sum(whitened[labels == c].mean(axis=0) ** 2) for c in np.unique(labels)))


def shrunk_h_score(features: np.ndarray, labels: np.ndarray) -> float:
    """H-score with a covariance that few inputs can give (Ibrahim, Ponomareva, Mazumder, ECML-PKDD 2022).

    The covariance is shrunk towards a sphere, (1 - s) cov + s variance I, by as much as Ledoit and Wolf (Journal of
    Multivariate Analysis 88, 2004) find best. It no longer stays the same under linear maps, but under rotations and
    a common scale.

    Args:
        features: (n, d), n and d in any order.
        labels: integers (n,).

    Returns:
        From 0 to classes - 1.

    Raises:
        DataError: features and labels do not fit, hold NaN, or are of one class only.
    """
    features, labels = _checked(features, labels)
    centred = features - features.mean(axis=0)
    n, d = centred.shape
    _, singular_values, axes = np.linalg.svd(centred, full_matrices=False)
    variances = singular_values**2 / n  # along each axis; 0 along the rest
    variance = variances.sum() / d
    if variance == 0:
        return 0.0
    spread = np.sum(variances**2)  # ||cov||^2
    to_sphere = spread - d * variance**2  # ||cov - variance I||^2
    noise = (np.mean(np.sum(centred**2, axis=1) ** 2) - spread) / n  # how far cov is off, by chance, squared
    shrinkage = min(1.0, noise / to_sphere) if to_sphere > 1e-12 * spread else 0.0  # 0: it is a sphere already
    shrunk = (1 - shrinkage) * variances + shrinkage * variance
    classes = np.unique(labels)
    means = np.stack([centred[labels == c].mean(axis=0) @ axes.T for c in classes])  # (classes, axes)
    between = sum((labels == c).mean() * mean**2 for c, mean in zip(classes, means, strict=True))
    return float(np.sum((1 - shrinkage) * between / shrunk))


# ---------------------------------------------------------------- their rival


def frozen_head(
    features: np.ndarray, labels: np.ndarray, validation_features: np.ndarray, validation_labels: np.ndarray
) -> float:
    """Accuracy on validation of a linear head on frozen features: what every score has to beat.

    Softmax regression on standardised features: it minimises the summed log loss + ||weights||^2 / 2. With the
    features (n, d) and (m, d) of one base at hand, that takes milliseconds, as a score does.

    Raises:
        DataError: features and labels do not fit, hold NaN, or are of one class only.
    """
    features, labels = _checked(features, labels)
    held_out, truth = _checked(validation_features, validation_labels)
    if held_out.shape[1] != features.shape[1]:
        raise DataError(
            f"Training has {features.shape[1]} features and validation {held_out.shape[1]}: give those of one base."
        )
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    seen, new = ((rows - mean) / np.where(deviation > 0, deviation, 1) for rows in (features, held_out))
    classes = np.unique(labels)
    one_hot = (labels[:, None] == classes).astype(float)

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = flat[: -len(classes)].reshape(-1, len(classes)), flat[-len(classes) :]
        logs = log_softmax(seen @ weights + bias, axis=1)
        wrong = np.exp(logs) - one_hot
        gradient = np.append(seen.T @ wrong + weights, wrong.sum(axis=0))
        return (weights**2).sum() / 2 - (logs * one_hot).sum(), gradient

    found = minimize(loss, np.zeros((seen.shape[1] + 1) * len(classes)), jac=True, method="L-BFGS-B").x
    answers = new @ found[: -len(classes)].reshape(-1, len(classes)) + found[-len(classes) :]
    return float((classes[answers.argmax(axis=1)] == truth).mean())


# ---------------------------------------------------------------- many sources


SCORES = {
    "logme": logme,
    "h_score": h_score,
    "shrunk_h_score": shrunk_h_score,
    "leep": leep,
    "nce": lambda probabilities, labels: nce(np.argmax(probabilities, axis=1), labels),
}
NEED_A_CLASSIFIER = ("leep", "nce")


@dataclass(frozen=True)
class Ranking:
    """Sources by a score, the best first: rows of (source, number of features, score, seconds). Print it."""

    task: str
    score: str
    rows: tuple[tuple[str, int, float, float], ...]

    @property
    def best(self) -> str:
        """The name of the source with the highest score."""
        return self.rows[0][0]

    def __str__(self) -> str:
        width = max(6, *(len(row[0]) for row in self.rows))
        lines = [f"sources for {self.task}", f"{'source':<{width}} {'features':>9} {self.score:>15} {'seconds':>8}"]
        lines += [f"{name:<{width}} {d:>9,} {value:>15.4f} {seconds:>8.1f}" for name, d, value, seconds in self.rows]
        return "\n".join(lines)


@checked
def rank_sources(sources: Sequence[str | tuple[str, keras.Model]], task: Task, score: str = "logme") -> Ranking:
    """Run each source once over the training inputs of `task`, score what it makes of them, and sort.

    Args:
        sources: names, as tl.select_source takes them, each built at the size it was trained at, or pairs (name, base)
            with a base from raw pixels to feature maps or vectors. "leep" and "nce" need what the source's own head
            says, so they take pairs (name, classifier) with a classifier that ends in softmax.
        task: its validation and test splits are not looked at.
        score: "logme", "h_score", "shrunk_h_score", "leep" or "nce".

    Raises:
        SourceError: no such score, or a score that the named sources cannot have.
        DataError: see the score's own function.
    """
    if score not in SCORES:
        raise SourceError(f"There is no score {score!r}. Choose from: {', '.join(SCORES)}.")
    rows = []
    for source in sources:
        name, model = (source, _built(source, score)) if isinstance(source, str) else source
        started = time.perf_counter()
        found = outputs(model, task.train)
        value = SCORES[score](found, task.train.labels)
        rows.append((name, found.shape[1], value, time.perf_counter() - started))
    return Ranking(task.name, score, tuple(sorted(rows, key=lambda row: -row[2])))


def _built(name: str, score: str) -> keras.Model:
    from tlteach import sources

    if score in NEED_A_CLASSIFIER:
        raise SourceError(
            f"{score} asks for the source's own classes, but the weights of {name} are kept without their head. Give a "
            'pair (name, classifier), or take score="logme".'
        )
    return sources.source_by_name(name).build()


# ---------------------------------------------------------------- what goes in


def _checked(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    features, labels = as_features(features, "features"), _as_labels(labels, "labels")
    _require_same_length(features, labels)
    _require_two_classes(labels)
    return features, labels


def _as_labels(labels: np.ndarray, name: str) -> np.ndarray:
    labels = as_array(labels, name)
    if labels.ndim != 1 or labels.dtype.kind not in "iub" or not len(labels):
        raise DataError(
            f"{name} has the shape {labels.shape} and the type {labels.dtype}; expected one integer per input, (n,). "
            "Probabilities become labels with argmax(axis=1)."
        )
    return labels


def _require_same_length(rows: np.ndarray, labels: np.ndarray) -> None:
    if len(rows) != len(labels):
        raise DataError(f"There are {len(rows)} rows but {len(labels)} labels. Give one label for each row.")


def _require_two_classes(labels: np.ndarray) -> None:
    if (labels == labels[0]).all():
        raise DataError(f"All {len(labels)} labels are {labels[0]}: with one class there is nothing to transfer to.")
