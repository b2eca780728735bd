"""Pictures of a comparison: accuracy and time over labels, what transfer is worth, and the gap from train to others."""

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
    """Draw the accuracy of every method over labels per class: a dot for every seed, and a line through their means.

    A few seeds that fall into two groups have an interval that none of them is near, so the seeds are drawn themselves.

    Raises:
        DataError: the comparison has only one budget of labels.
    """
    _require_budgets(comparison)
    figure = Figure(figsize=(7.4, 4), layout="constrained")
    axes = figure.subplots()
    for number, method in enumerate(comparison.methods):
        rows = [row for row in comparison.rows if row.method == method]
        _draw_rows(axes, rows, number, len(comparison.methods))
    _label_budgets(axes, comparison.budgets)
    axes.set_ylabel("test accuracy (share), a dot a seed")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))  # over no dot
    axes.set_title(_finding(comparison), fontsize="medium", wrap=True)
    return figure


def seconds_curve(comparison: Comparison) -> Figure:
    """Draw the seconds that one run of every method takes over labels per class, the mean of its seeds.

    Raises:
        DataError: the comparison has only one budget of labels.
    """
    _require_budgets(comparison)
    figure = Figure(figsize=(7, 3.4), layout="constrained")
    axes = figure.subplots()
    for number, method in enumerate(comparison.methods):
        rows = [row for row in comparison.rows if row.method == method]
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        seconds = [row.seconds for row in rows]
        axes.plot([row.labels_per_class for row in rows], seconds, f"{marker}-", color=colour, label=_plain(method))
    _label_budgets(axes, comparison.budgets)
    axes.set(ylabel="seconds for one run", ylim=(0, None))
    axes.legend()
    most = [row for row in comparison.rows if row.labels_per_class == comparison.budgets[-1]]
    quick, slow = min(most, key=lambda row: row.seconds), max(most, key=lambda row: row.seconds)
    times = f"{_plain(slow.method)} takes {slow.seconds / quick.seconds:.0f} times as long as {_plain(quick.method)}"
    axes.set_title(f"With {comparison.budgets[-1]} labels per class, {times}", fontsize="medium", wrap=True)
    return figure


def gap(accuracies: dict[str, tuple[float, float]], where: str) -> Figure:
    """Draw the accuracy on train and on another split, `where`, of every method, and the gap between them.

    Args:
        accuracies: by method, the accuracy on train and on `where`, from 0 to 1.
    """
    names = list(map(_plain, accuracies))
    train, other = np.array(list(accuracies.values())).T
    figure = Figure(figsize=(7, 0.8 + 0.5 * len(names)), layout="constrained")
    axes = figure.subplots()
    axes.hlines(names, other, train, color="grey", zorder=1)
    axes.scatter(train, names, 80, BLUE, marker="o", label="train")
    axes.scatter(other, names, 80, ORANGE, marker="s", label=where)
    for name, ends in zip(names, zip(train, other, strict=True), strict=True):
        axes.annotate(f"{100 * (ends[0] - ends[1]):.0f} points", (sum(ends) / 2, name), (0, 6), ha="center",
                      textcoords="offset points", fontsize="small")  # fmt: skip
    axes.set(xlabel="accuracy (share)", xlim=(min(0.45, *other - 0.05), 1.03), ylim=(len(names) - 0.4, -0.6))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    widest = int(np.argmax(train - other))
    axes.set_title(f"In this run, the gap of {names[widest]} is the widest", fontsize="medium")
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
    axes.set_ylabel(f"{_plain(method)} minus {_plain(baseline)} (points)")
    axes.set_title(_gain_in_words(gains, method, baseline), fontsize="medium", wrap=True)
    return figure


def gain_over_distance(domains: Mapping[str, Mapping], title: str) -> Figure:
    """Draw what transfer gains over scratch against how far a domain lies from the source, with 95 % intervals.

    Args:
        domains: by name, as benchmarks/failures.py writes them, "squared_mmd" and "gain" with its mean, low and high.
            Filled marks are differences that the test shows ("is_shown"), hollow ones are not shown.
    """
    figure = Figure(figsize=(7.4, 4), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color="black", linewidth=1)
    for name, found in domains.items():
        mean, low, high = (100 * found["gain"][end] for end in ("mean", "low", "high"))
        place = found["squared_mmd"]
        axes.errorbar(place, mean, [[mean - low], [high - mean]], color=BLUE, capsize=4, linewidth=1.5)
        axes.plot(place, mean, "o", color=BLUE, markersize=8, markerfacecolor=BLUE if found["is_shown"] else "white")
        axes.annotate(name, (place, mean), (9, 0), textcoords="offset points", va="center")
    bottom, _ = axes.get_ylim()
    if bottom < 0:
        axes.axhspan(bottom, 0, color=ORANGE, alpha=0.12)
        axes.text(0.99, 0.03, "negative transfer", transform=axes.transAxes, color=ORANGE, ha="right")
    axes.set_ylim(bottom, None)
    axes.margins(x=0.2)
    axes.set(xlabel="squared MMD from the source's drawings (no unit)", ylabel="frozen base minus scratch (points)")
    axes.set_title(title, fontsize="medium", wrap=True)
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


def over(
    found: Mapping[str, Mapping[float, Sequence[float]]],
    title: str,
    xlabel: str,
    ylabel: str,
    yours: Mapping[float, float] | None = None,
) -> Figure:
    """Draw what was measured over a knob: every seed as a dot, and a line through their means.

    Args:
        found: by name, by setting of the knob, one value for each seed.
        yours: values of the reader's own runs, by setting.
    """
    figure = Figure(figsize=(7.5, 4), layout="constrained")
    axes = figure.subplots()
    for number, (name, by_setting) in enumerate(found.items()):
        colour, marker = COLOURS[number], MARKERS[number]
        for setting, values in by_setting.items():
            axes.plot([setting] * len(values), values, marker, color=colour, alpha=0.35, markersize=4)
        means = [np.mean(values) for values in by_setting.values()]
        axes.plot(list(by_setting), means, f"{marker}-", color=colour, label=name)
    if yours:
        axes.plot(list(yours), list(yours.values()), "*", color="black", markersize=12, label="your run", zorder=4)
    axes.set(xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.3)
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
    """One method: its seeds, set apart so that no method covers another, and the line of its means."""
    if not rows:
        return
    colour = COLOURS[number % len(COLOURS)]
    labels = np.array([row.labels_per_class for row in rows], dtype=float)
    shifted = labels * 1.1 ** (number - (methods - 1) / 2)
    marker = MARKERS[number % len(MARKERS)]
    axes.plot(shifted, [row.mean for row in rows], "-", color=colour, linewidth=1.2, alpha=0.7)
    for place, row in zip(shifted, rows, strict=True):
        axes.plot([place] * len(row.accuracies), row.accuracies, marker, color=colour, alpha=0.6, markersize=5)
    axes.plot([], [], f"{marker}-", color=colour, label=_plain(rows[0].method))


def _plain(method: str) -> str:
    return method.replace("_", " ")


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
    words = f"{labels} labels per class: {_plain(best.method)} ({best.mean:.1%})"
    pair = comparison.pair(best.method, next_best.method, labels)
    if pair.is_shown:
        return f"{words} beats {_plain(next_best.method)} ({next_best.mean:.1%})"
    return f"{words} and {_plain(next_best.method)} ({next_best.mean:.1%}): no difference shown"


def _gain_in_words(gains: Gains, method: str, baseline: str) -> str:
    """Where the gain is shown to be positive, and where negative."""
    positive = [str(pair.labels_per_class) for pair in gains if pair.is_shown and pair.difference.mean > 0]
    negative = [str(pair.labels_per_class) for pair in gains if pair.is_shown and pair.difference.mean < 0]
    found = [f"gains over {_plain(baseline)} with {', '.join(positive)} labels per class"] if positive else []
    found += [f"loses (negative transfer) with {', '.join(negative)}"] if negative else []
    nothing = f"shows no difference from {_plain(baseline)} with any number of labels"
    return f"{_plain(method)} {', '.join(found) or nothing}"
