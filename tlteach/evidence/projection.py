"""Features in two dimensions, as a picture."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.spatial.distance import cdist

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.journal import shortened
from tlteach.core.show import COLOURS, MARKERS, plain
from tlteach.engine.evaluation import as_features
from tlteach.engine.projection import two_dimensions

LOTS = 20  # how often labels are drawn by lot
MOST_POINTS = 1000  # of a split that are looked at: more would be one blot
MOST_NAMED = 20  # classes that a legend names: nobody tells more colours and shapes apart


def spread(n: int) -> np.ndarray:
    """The rows of a split of n inputs that are drawn: all of them, or MOST_POINTS, as far apart as they can be."""
    return np.linspace(0, n - 1, min(n, MOST_POINTS)).astype(int)


@checked
def feature_space(features: dict[str, np.ndarray], labels: np.ndarray, class_names: Sequence[str]) -> Figure:
    """Draw the same inputs in the feature spaces of several networks, side by side: before and after fine-tuning.

    The title says how many inputs lie nearest to their own class's mean, each input left out of that mean: with labels
    that mean nothing, about 1 / classes. It is measured in all features, and two of their directions are drawn.

    Every panel has principal components of its own. With common ones, the network whose features vary most would choose
    the axes, and the others would be seen from an odd side: after fine-tuning, that one is nearly always the new one.
    So compare how the classes lie to each other, and not where they lie.

    Args:
        features: what tl.features(model, split) gives, (n, d), by the name of the network.
        labels: integers (n,), positions in `class_names`, the same for all.

    Raises:
        DataError: features and labels do not fit.
    """
    found, drawn = [], Figure(figsize=(max(6.4, 4.6 * len(features)), 4.8), layout="constrained")
    for axes, (name, rows) in zip(np.ravel(drawn.subplots(1, len(features))), features.items(), strict=True):
        points, share = two_dimensions(rows)
        labels = _fitting(labels, len(points), class_names)
        found.append(f"{_nearest_to_the_others(as_features(rows, name), labels):.0%} ({shortened(name)})")
        _draw_classes(axes, points, labels, class_names)
        axes.set_title(
            f"{plain(shortened(name))}: these two directions hold {share:.0%}\n"
            f"of the variance of {np.shape(rows)[1]:,} features",
            fontsize="small",
        )
    _legend(drawn, axes, class_names)
    drawn.suptitle(
        f"{plain(', '.join(found))} of {len(labels):,} inputs lie nearest to their own class's mean", fontsize="medium"
    )
    return drawn


def features_in_two_dimensions(features: np.ndarray, labels: np.ndarray, class_names: Sequence[str]) -> Figure:
    """Draw features (n, d) as points in their two principal components, with a colour and a shape for each class.

    The title says how many points lie nearest to their own class's mean. The means are those of the same points, so
    that chance is above 1 / classes; what labels drawn by lot would get is said beside it.

    Args:
        features: what a base makes of n inputs, pooled.
        labels: integers (n,), positions in `class_names`.

    Raises:
        DataError: features and labels do not fit.
    """
    points, share = two_dimensions(features)
    labels = _fitting(labels, len(points), class_names)
    figure = Figure(figsize=(6, 4.6), layout="constrained")
    axes = figure.subplots()
    _draw_classes(axes, points, labels, class_names)
    _legend(figure, axes, class_names)
    random = np.random.default_rng(0)
    by_lot = np.mean([_nearest_mean_accuracy(points, random.permutation(labels)) for _ in range(LOTS)])
    axes.set_title(
        f"{_nearest_mean_accuracy(points, labels):.0%} lie nearest to their own class's mean "
        f"({by_lot:.0%} with labels by lot);\n"
        f"the two directions hold {share:.0%} of the variance of {np.shape(features)[1]} features",
        fontsize="medium",
    )
    return figure


def domains_in_two_dimensions(
    panels: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]], class_names: Sequence[str], finding: str
) -> Figure:
    """Draw two domains as points in their common principal components: a picture for each of `panels`, by its title.

    Args:
        panels: features of the source (n, d), their labels (n,), and features of the target (m, d), which have none.
        finding: the title above all.
    """
    figure = Figure(figsize=(4.6 * max(len(panels), 1.3), 4.4), layout="constrained")
    for axes, (title, (source, labels, target)) in zip(
        np.ravel(figure.subplots(1, len(panels))), panels.items(), strict=True
    ):
        points, _ = two_dimensions(np.concatenate([source, target]))
        axes.scatter(
            *points[len(source) :].T, s=14, color="grey", marker="x", linewidths=0.8, label="target, no labels"
        )
        for label, name in enumerate(class_names):
            style = {"color": COLOURS[label % len(COLOURS)], "marker": MARKERS[label % len(MARKERS)]}
            of_class = points[: len(source)][labels == label]
            axes.scatter(*of_class.T, s=14, alpha=0.7, linewidths=0, label=f"source, {plain(name)}", **style)
        axes.set(xlabel="first principal component", ylabel="second principal component")
        axes.set_title(title, fontsize="small")
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=3, fontsize="small")
    figure.suptitle(finding, fontsize="medium")
    return figure


def _fitting(labels: np.ndarray, n: int, class_names: Sequence[str]) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (n,) or labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= len(class_names):
        raise DataError(
            f"labels has the shape {labels.shape} and the type {labels.dtype}; expected ({n},), whole numbers, "
            f"each from 0 to {len(class_names) - 1}."
        )
    return labels


def _draw_classes(axes: Axes, points: np.ndarray, labels: np.ndarray, class_names: Sequence[str]) -> None:
    for label, name in enumerate(class_names):
        style = {"color": COLOURS[label % len(COLOURS)], "marker": MARKERS[label % len(MARKERS)]}
        axes.scatter(*points[labels == label].T, s=18, alpha=0.7, linewidths=0, label=plain(name), **style)
    axes.set(xlabel="first principal component", ylabel="second principal component")
    axes.ticklabel_format(scilimits=(-2, 4))  # of features that are nearly nothing, all the zeros would not fit


def _legend(figure: Figure, axes: Axes, class_names: Sequence[str]) -> None:
    """Name the classes below the picture, over no point."""
    names = [plain(shortened(name, 30)) for name in class_names]
    if len(names) <= MOST_NAMED:
        columns = max(1, min(6, int(10 * figure.get_figwidth()) // (5 + max(map(len, names)))))
        # Named one by one: matplotlib leaves out of itself what begins with an underscore.
        figure.legend(axes.collections, names, loc="outside lower center", ncols=columns, fontsize="small")


def _nearest_to_the_others(features: np.ndarray, labels: np.ndarray) -> float:
    """The share of rows that lie nearest to the mean of their own class, when they have no part in that mean."""
    classes, own = np.unique(labels, return_inverse=True)
    counts = np.bincount(own)
    distances = cdist(features, np.stack([features[labels == label].mean(axis=0) for label in classes]))
    rows = np.arange(len(own))
    # Without the row itself, the mean is n / (n - 1) times as far away; a row that is alone has no mean to be near to.
    with np.errstate(divide="ignore"):
        farther = counts[own] / (counts[own] - 1)
    distances[rows, own] = np.where(counts[own] > 1, distances[rows, own] * np.minimum(farther, 2), np.inf)
    return float((distances.argmin(axis=1) == own).mean())


def _nearest_mean_accuracy(points: np.ndarray, labels: np.ndarray) -> float:
    classes = np.unique(labels)
    means = np.stack([points[labels == label].mean(axis=0) for label in classes])
    distances = np.linalg.norm(points[:, None] - means, axis=2)
    return float((classes[distances.argmin(axis=1)] == labels).mean())
