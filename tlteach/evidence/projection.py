"""Features in two dimensions, as a picture."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from tlteach.core.errors import DataError
from tlteach.core.show import COLOURS, MARKERS, plain
from tlteach.engine.evaluation import as_features

LOTS = 20  # how often labels are drawn by lot


def two_dimensions(features: np.ndarray) -> tuple[np.ndarray, float]:
    """The two directions in which features (n, d) vary most: principal components (Pearson, 1901), by SVD.

    Returns:
        Coordinates (n, 2), and the share (0 to 1) of all variance that lies in these two directions. The sign of a
        component is free; here the entry of its axis that is largest in size is positive, so that figures stay alike.

    Raises:
        DataError: not (n, d) with n and d at least 2, or NaN.
    """
    features = as_features(features, "features")
    if min(features.shape) < 2:
        raise DataError(f"features has the shape {features.shape}; two dimensions need two rows and two features.")
    centred = features - features.mean(axis=0)
    _, singular_values, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    largest = axes[[0, 1], np.abs(axes).argmax(axis=1)]
    coordinates = centred @ (axes * np.where(largest < 0, -1, 1)[:, None]).T
    variances = singular_values**2
    return coordinates, float(variances[:2].sum() / (variances.sum() or 1.0))


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
    labels = np.asarray(labels)
    if labels.shape != (len(points),) or labels.min() < 0 or labels.max() >= len(class_names):
        raise DataError(
            f"labels has the shape {labels.shape}; expected ({len(points)},), each from 0 to {len(class_names) - 1}."
        )
    figure = Figure(figsize=(6, 4.6), layout="constrained")
    axes = figure.subplots()
    for label, name in enumerate(class_names):
        style = {"color": COLOURS[label % len(COLOURS)], "marker": MARKERS[label % len(MARKERS)]}
        axes.scatter(*points[labels == label].T, s=18, alpha=0.7, linewidths=0, label=plain(name), **style)
    axes.set_xlabel("first principal component")
    axes.set_ylabel("second principal component")
    figure.legend(loc="outside lower center", ncols=6, fontsize="small")  # over no point
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


def _nearest_mean_accuracy(points: np.ndarray, labels: np.ndarray) -> float:
    classes = np.unique(labels)
    means = np.stack([points[labels == label].mean(axis=0) for label in classes])
    distances = np.linalg.norm(points[:, None] - means, axis=2)
    return float((classes[distances.argmin(axis=1)] == labels).mean())
