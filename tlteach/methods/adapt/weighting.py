"""Importance weighting: where only P(x) differs, count each source input as often as the target would bring it.

    weight(x) = P_target(x) / P_source(x)

so that the weighted loss of the source is, on average, the loss of the target. (Shimodaira, Journal of Statistical
Planning and Inference 90, 2000.) The two densities are never needed, only their ratio, and there are three ways to it:

    kmm(source, target)             weights under which both means agree in kernel space          kmm.py
    kliep(source, target)           the ratio whose product with P_source is nearest to P_target  kliep.py
    told_apart(source, target)      the odds of a classifier of domains                           here

It cannot work where the target lies outside of what the source has seen: there is nothing to weigh.
"""

from collections.abc import Callable

import keras
import numpy as np
from matplotlib.figure import Figure

from tlteach.core.door import checked
from tlteach.core.show import BLUE, ORANGE
from tlteach.engine.evaluation import as_array, as_features
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.source_only import fit_source
from tlteach.methods.distances import logistic_regression, same_features

MOST = 1000.0  # one input never counts for more than this many, as with Huang and others (kmm.py)


@checked
def told_apart(source_features: np.ndarray, target_features: np.ndarray) -> np.ndarray:
    """Weights (n,) of the source's rows, of mean 1: the odds that a classifier of domains takes a row for the target.

    (Bickel, Brueckner and Scheffer, Discriminative Learning Under Covariate Shift, JMLR 10, 2009.)
    """
    source, target = same_features(source_features, target_features, at_least=2)
    rows = np.concatenate([source, target])
    rows = (rows - rows.mean(axis=0)) / np.where(rows.std(axis=0) > 0, rows.std(axis=0), 1)
    weights, bias = logistic_regression(rows, np.repeat([0, 1], [len(source), len(target)]))
    odds = np.exp(np.clip(rows[: len(source)] @ weights + bias, -20, 20))
    return mean_one(odds)


def mean_one(weights: np.ndarray) -> np.ndarray:
    """Weights scaled to a mean of 1, none above MOST."""
    weights = np.minimum(weights / weights.mean(), MOST)
    return weights / weights.mean()


@checked
def effective_inputs(importance: np.ndarray) -> float:
    """How many inputs of equal weight would be as sure: (sum of weights)^2 / sum of squares (Kish, 1965)."""
    weights = as_features(as_array(importance, "importance").reshape(-1, 1), "importance")
    return float(weights.sum() ** 2 / np.square(weights).sum())


@checked
def weighted(
    model: keras.Model,
    domains: Domains,
    ratio: Callable = told_apart,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the source, each input with the weight that `ratio(source inputs, target inputs)` gives it."""
    inputs, target = domains.rows()
    weights = ratio(inputs, target)
    return fit_source(model, domains, weights, epochs, batch_size, seed)


def line_of(domains: Domains, weights: np.ndarray | None = None) -> np.ndarray:
    """Slope and height of the straight line with the least squared error on the source, each input with its weight."""
    inputs, labels = domains.source
    return np.polyfit(inputs[:, 0], labels, 1, w=None if weights is None else np.sqrt(weights))


def error_of_line(domains: Domains, weights: np.ndarray | None = None) -> float:
    """The mean squared error of that line on the target's test inputs."""
    inputs, labels = domains.test
    return float(np.mean((np.polyval(line_of(domains, weights), inputs[:, 0]) - labels) ** 2))


def picture(domains: Domains, weights: np.ndarray, title: str) -> Figure:
    """Draw source inputs as large as their weights, where the target lies, and the lines with and without weights."""
    (inputs, labels), at = domains.source, np.array([domains.source[0].min(), domains.target.max()])
    figure = Figure(figsize=(7.5, 3.8), layout="constrained")
    axes = figure.subplots()
    axes.scatter(inputs[:, 0], labels, 6 + 6 * weights, BLUE, alpha=0.5, linewidths=0, label="source, by weight")
    axes.plot(domains.target[:, 0], np.full(len(domains.target), -0.75), "|", color=ORANGE, label="target, no labels")
    axes.plot(at, np.polyval(line_of(domains), at), "--", color="grey", label="line, no weights")
    axes.plot(at, np.polyval(line_of(domains, weights), at), color="black", label="line, weights")
    axes.set(xlabel="input x (no unit)", ylabel="label y (no unit)", ylim=(-0.85, 1.4))
    axes.set_title(title, fontsize="medium")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    return figure
