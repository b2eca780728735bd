"""Pictures of a comparison: accuracy over labels, and what transfer is worth. Each returns its matplotlib figure."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tlteach.core.errors import DataError
from tlteach.core.show import BLUE, GREEN, ORANGE
from tlteach.evidence.comparison import Comparison, Gains, Row, transfer_gain
from tlteach.evidence.verdicts import mean_interval

# The other colours of Okabe and Ito's palette, for more methods than three.
COLOURS = (ORANGE, BLUE, GREEN, "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "os^Dv<>"


def learning_curve(comparison: Comparison) -> Figure:
    """Draw the accuracy of every method over labels per class, with 95 % intervals over seeds as bands and bars.

    Raises:
        DataError: the comparison has only one budget of labels.
    """
    _require_budgets(comparison)
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    for number, method in enumerate(comparison.methods):
        rows = [row for row in comparison.rows if row.method == method]
        _draw_rows(axes, rows, number, len(comparison.methods))
    _label_budgets(axes, comparison.budgets)
    axes.set_ylabel("test accuracy (share)")
    axes.legend(loc="lower right")
    axes.set_title(_finding(comparison), fontsize="medium", wrap=True)
    return figure


def transfer_gain_curve(comparison: Comparison, method: str, baseline: str = "scratch") -> Figure:
    """Draw what `method` gains over `baseline` at every budget, with 95 % intervals; below zero transfer is negative.

    Filled marks are differences that the test shows, hollow ones are not shown.

    Raises:
        DataError: the two were not both run, or with only one budget of labels.
    """
    _require_budgets(comparison)
    gains = transfer_gain(comparison, method, baseline)
    labels = [pair.labels_per_class for pair in gains]
    mean, low, high = (
        100 * np.array([getattr(pair.difference, end) for pair in gains]) for end in ("mean", "low", "high")
    )
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color="black", linewidth=1)
    axes.errorbar(labels, mean, [mean - low, high - mean], color=BLUE, capsize=4, linewidth=1.5)
    for x, y, pair in zip(labels, mean, gains, strict=True):
        axes.plot(x, y, "o", color=BLUE, markersize=8, markerfacecolor=BLUE if pair.is_shown else "white")
    bottom, top = axes.get_ylim()
    if bottom < 0:
        axes.axhspan(bottom, 0, color=ORANGE, alpha=0.12)
        axes.text(0.01, 0.03, "negative transfer", transform=axes.transAxes, color=ORANGE)
    axes.set_ylim(bottom, top)
    _label_budgets(axes, comparison.budgets)
    axes.set_ylabel(f"{method} minus {baseline} (points)")
    axes.set_title(_gain_in_words(gains, method, baseline), fontsize="medium", wrap=True)
    return figure


def dots(
    accuracies: Mapping[str, Mapping[str, Sequence[float]]],
    title: str,
    inputs: int,
    yours: Mapping[str, float] | None = None,
    xlabel: str = "test accuracy (share)",
) -> Figure:
    """Draw accuracies over seeds, a line for each name: every seed as a dot, their mean, and its 95 % interval.

    Args:
        accuracies: of what was measured ("old probe"), by name ("all"), one for each seed; a colour for each of what
            was measured. One value alone is drawn without an interval.
        inputs: how many the accuracies were measured on.
        yours: accuracies of a single run of the reader, by name: one more dot.
    """
    names = list(dict.fromkeys(name for by_name in accuracies.values() for name in by_name))
    figure = Figure(figsize=(8, 1.5 + 0.25 * len(names) * (len(accuracies) + 0.8)), layout="constrained")
    axes = figure.subplots()
    for number, (what, by_name) in enumerate(accuracies.items()):
        shift = 0.6 * ((number + 0.5) / len(accuracies) - 0.5)
        for name, values in by_name.items():
            _draw_dots(axes, values, names.index(name) + shift, number, inputs)
        axes.plot([], [], MARKERS[number], color=COLOURS[number], label=what)
    axes.plot([], [], "o", color="grey", alpha=0.4, markersize=4, label="one seed")
    for name, value in (yours or {}).items():
        axes.plot(value, names.index(name), "*", color="black", markersize=11, zorder=4)
    if yours:
        axes.plot([], [], "*", color="black", markersize=9, label="your run", linestyle="none")
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel=xlabel, ylim=(len(names) - 0.4, -0.6))
    axes.grid(axis="x", alpha=0.3)
    axes.set_title(title, fontsize="medium", wrap=True)
    figure.legend(loc="outside lower center", ncols=5, fontsize="small")
    return figure


def _draw_dots(axes: Axes, values: Sequence[float], height: float, number: int, inputs: int) -> None:
    """The seeds of one line, set a little apart where they coincide, and over them the mean with its interval."""
    mean, low, high = mean_interval(values, inputs)
    colour = COLOURS[number]
    if len(values) > 1:
        apart = np.linspace(-0.08, 0.08, len(values))
        axes.plot(np.sort(values), height + apart, "o", color=colour, alpha=0.4, markersize=4)
        axes.plot([low, high], [height, height], color=colour, linewidth=1.5)
    axes.plot(mean, height, MARKERS[number], color=colour, markersize=7, zorder=3)


def _draw_rows(axes: Axes, rows: list[Row], number: int, methods: int) -> None:
    """One method: a band for the eye, and bars that are set apart so that they do not cover each other."""
    if not rows:
        return
    colour = COLOURS[number % len(COLOURS)]
    labels = np.array([row.labels_per_class for row in rows], dtype=float)
    mean, low, high = (np.array([getattr(row, end) for row in rows]) for end in ("mean", "low", "high"))
    shifted = labels * 1.03 ** (number - (methods - 1) / 2)
    style = {"color": colour, "marker": MARKERS[number % len(MARKERS)], "capsize": 3}
    axes.errorbar(shifted, mean, [mean - low, high - mean], label=rows[0].method, **style)
    axes.fill_between(shifted, low, high, color=colour, alpha=0.15, linewidth=0)


def _label_budgets(axes: Axes, budgets: tuple) -> None:
    axes.set_xscale("log")
    axes.set_xticks(budgets, [str(labels) for labels in budgets])
    axes.minorticks_off()
    axes.set_xlabel("labels per class (logarithmic)")
    axes.grid(alpha=0.3)


def _require_budgets(comparison: Comparison) -> None:
    if len(comparison.budgets) < 2:
        raise DataError("A curve needs two budgets of labels or more: compare(..., labels_per_class=[10, 50, 200]).")


def _finding(comparison: Comparison) -> str:
    """The best method at the smallest budget and at the largest."""
    ends = [_best(comparison, labels) for labels in (comparison.budgets[0], comparison.budgets[-1])]
    return "; ".join(end for end in ends if end)


def _best(comparison: Comparison, labels: int) -> str:
    rows = sorted((row for row in comparison.rows if row.labels_per_class == labels), key=lambda row: -row.mean)
    if len(rows) < 2:
        return ""
    best, next_best = rows[:2]
    words = f"{labels} labels per class: {best.method} ({best.mean:.1%})"
    pair = comparison.pair(best.method, next_best.method, labels)
    if pair.is_shown:
        return f"{words} beats {next_best.method} ({next_best.mean:.1%})"
    return f"{words} and {next_best.method} ({next_best.mean:.1%}): no difference shown"


def _gain_in_words(gains: Gains, method: str, baseline: str) -> str:
    """Where the gain is shown to be positive, and where negative."""
    positive = [str(pair.labels_per_class) for pair in gains if pair.is_shown and pair.difference.mean > 0]
    negative = [str(pair.labels_per_class) for pair in gains if pair.is_shown and pair.difference.mean < 0]
    found = [f"gains over {baseline} with {', '.join(positive)} labels per class"] if positive else []
    found += [f"loses (negative transfer) with {', '.join(negative)}"] if negative else []
    return f"{method} {', '.join(found) or f'shows no difference from {baseline} with any number of labels'}"
