"""How far do two domains lie apart? Three distances between the features of source inputs and of target inputs.

    proxy_a_distance(source_features, target_features)   can a classifier tell the domains apart?
    mmd(source_features, target_features)                do all their moments agree, seen through a kernel?
    coral_distance(source_features, target_features)     do their covariances agree?

And a picture with the first of them in its title: domains_apart(source_features, target_features).

Each takes features (n, d) and (m, d) of the same network; for each, 0 means that no difference is seen.
"""

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from scipy.special import expit

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.show import BLUE, ORANGE
from tlteach.engine.evaluation import as_features
from tlteach.engine.projection import two_dimensions


@checked
def proxy_a_distance(source_features: np.ndarray, target_features: np.ndarray, seed: int = 0) -> float:
    """Proxy A-distance, 2 (1 - 2 error) of a linear classifier of domains (Ben-David et al., NIPS 2006).

    Logistic regression learns on one half of each domain and is judged on the other, then the halves change places.
    The error is the mean of both domains' errors, so that a larger domain does not weigh more.

    Args:
        source_features: (n, d), n at least 4.
        target_features: (m, d), m at least 4.
        seed: of the cut into halves.

    Returns:
        From 0 (no better than a guess; an error above one half counts as one half) to 2 (told apart without error).

    Raises:
        DataError: other shapes, NaN, or too few rows.
    """
    source, target = same_features(source_features, target_features, at_least=4)
    features = np.concatenate([source, target])
    domains = np.repeat([0, 1], [len(source), len(target)])
    first_half = _halves(domains, seed)
    wrong = np.empty(len(features), bool)
    for learn in (first_half, ~first_half):
        mean, deviation = features[learn].mean(axis=0), features[learn].std(axis=0)
        standardised = (features - mean) / np.where(deviation > 0, deviation, 1)
        weights, bias = logistic_regression(standardised[learn], domains[learn])
        wrong[~learn] = (standardised[~learn] @ weights + bias > 0) != domains[~learn]
    error = (wrong[domains == 0].mean() + wrong[domains == 1].mean()) / 2
    return float(max(0.0, 2 * (1 - 2 * error)))


def mmd(source_features: np.ndarray, target_features: np.ndarray) -> float:
    """Squared maximum mean discrepancy under a Gaussian kernel (Gretton et al., JMLR 13, 2012, equation 3).

    k(x, y) = exp(-||x - y||^2 / (2 width^2)), and the width is the median distance between two inputs of either
    domain (the median heuristic of the same paper).

    Args:
        source_features: (n, d), n at least 2.
        target_features: (m, d), m at least 2.

    Returns:
        The unbiased estimate: 0 on average where the domains are the same, so it can be slightly below.

    Raises:
        DataError: other shapes, NaN, or too few rows.
    """
    source, target = same_features(source_features, target_features, at_least=2)
    everything = np.concatenate([source, target])
    distances = cdist(everything, everything, "sqeuclidean")
    pairs = distances[np.triu_indices(len(everything), k=1)]
    squared_width = np.median(pairs) or pairs.mean()  # the mean where most inputs are copies
    if squared_width == 0:
        return 0.0
    kernel = np.exp(-distances / (2 * squared_width))
    np.fill_diagonal(kernel, 0)  # an input is not compared with itself: that is what makes it unbiased
    n, m = len(source), len(target)
    within_source = kernel[:n, :n].sum() / (n * (n - 1))
    within_target = kernel[n:, n:].sum() / (m * (m - 1))
    return float(within_source + within_target - 2 * kernel[:n, n:].mean())


def coral_distance(source_features: np.ndarray, target_features: np.ndarray) -> float:
    """CORAL distance: how much the covariances differ, ||C_source - C_target||^2 / (4 d^2) (Sun and Saenko, 2016).

    Args:
        source_features: (n, d), n at least 2.
        target_features: (m, d), m at least 2.

    Returns:
        0 or more, in the features' unit to the fourth power; blind to a difference of the means.

    Raises:
        DataError: other shapes, NaN, or too few rows.
    """
    source, target = same_features(source_features, target_features, at_least=2)
    difference = np.atleast_2d(np.cov(source.T) - np.cov(target.T))
    return float(np.sum(difference**2) / (4 * source.shape[1] ** 2))


@checked
def domains_apart(source_features: np.ndarray, target_features: np.ndarray) -> Figure:
    """Draw two domains as points in their common principal components; the title says their proxy A-distance.

    Common ones, because the question is how the two lie to each other. The distance is measured in all features.

    Args:
        source_features: (n, d), n at least 4 and d at least 2.
        target_features: (m, d), m at least 4.

    Raises:
        DataError: other shapes, NaN, or too few rows.
    """
    source, target = same_features(source_features, target_features, at_least=4)
    distance = proxy_a_distance(source, target)
    points, share = two_dimensions(np.concatenate([source, target]))
    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    axes = figure.subplots()
    for name, colour, marker, some in (
        (f"source, {len(source):,} inputs", BLUE, "o", points[: len(source)]),
        (f"target, {len(target):,} inputs", ORANGE, "x", points[len(source) :]),
    ):
        axes.scatter(*some.T, s=18, alpha=0.7, linewidths=1, color=colour, marker=marker, label=name)
    axes.set(xlabel="first principal component", ylabel="second principal component")
    figure.legend(loc="outside lower center", ncols=2, fontsize="small")
    errs = f"told apart with {(2 - distance) / 4:.0%} errors" if distance else "no better told apart than by a guess"
    axes.set_title(
        f"Proxy A-distance {distance:.2f} of 2: source and target are {errs};\n"
        f"these two directions hold {share:.0%} of the variance of {source.shape[1]:,} features",
        fontsize="medium",
    )
    return figure


def same_features(source: np.ndarray, target: np.ndarray, at_least: int) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64, (n, d) and (m, d). Raises DataError for other shapes, NaN, or fewer rows than `at_least`."""
    source, target = as_features(source, "source_features"), as_features(target, "target_features")
    if source.shape[1] != target.shape[1]:
        raise DataError(
            f"The source has {source.shape[1]} features and the target {target.shape[1]}: give what the same layer of "
            "the same network makes of both."
        )
    if min(len(source), len(target)) < at_least:
        raise DataError(
            f"There are {len(source)} source rows and {len(target)} target rows; give at least {at_least} of each."
        )
    return source, target


def _halves(domains: np.ndarray, seed: int) -> np.ndarray:
    """Whether each row is in the first half of its domain, drawn at random; booleans (n,)."""
    random = np.random.default_rng(seed)
    first = np.zeros(len(domains), bool)
    for domain in (0, 1):
        rows = random.permutation(np.flatnonzero(domains == domain))
        first[rows[: len(rows) // 2]] = True
    return first


def logistic_regression(features: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (d,) and bias that minimise the summed log loss + ||weights||^2 / 2, for labels 0 and 1."""
    signs = 2 * labels - 1

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights, bias = parameters[:-1], parameters[-1]
        margins = signs * (features @ weights + bias)
        slopes = -signs * expit(-margins)
        gradient = np.append(features.T @ slopes + weights, slopes.sum())
        return np.logaddexp(0, -margins).sum() + weights @ weights / 2, gradient

    found = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B")
    return found.x[:-1], float(found.x[-1])
