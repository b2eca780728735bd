"""Pictures of language models: bits per byte, next tokens, prompts, and what fine-tuning changes.

Documentation is blue and reviews are orange; what is neither, or only counted, is grey.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from tlteach.core.show import BLUE, ORANGE
from tlteach.text.gpt.sampling import softmax

GREY = "0.6"
STYLES = {"documentation": BLUE, "reviews": ORANGE}


def bits_of_models(bits: dict[str, float], counted: Sequence[str], title: str) -> Figure:
    """Draw the bits per byte of documentation that several models need, those that only count (`counted`) in grey."""
    figure = Figure(figsize=(8, 2.8), layout="constrained")
    axes = figure.subplots()
    colours = [GREY if name in counted else BLUE for name in bits]
    axes.bar_label(axes.barh(list(bits), list(bits.values()), color=colours), fmt=" %.2f")
    axes.set(xlabel="bits per byte of documentation that it has not seen", xlim=(0, 1.1 * max(bits.values())))
    axes.set_title(title, fontsize="medium")
    axes.invert_yaxis()
    kinds = [Patch(color=BLUE, label="a network"), Patch(color=GREY, label="only counts")]
    figure.legend(handles=kinds, loc="outside right upper")
    return figure


def next_tokens(logits: np.ndarray, names: Sequence[str], temperatures: Sequence[float], title: str) -> Figure:
    """Draw the probabilities of the most likely next tokens at several temperatures, and of all others together.

    Args:
        logits: (vocabulary,).
        names: the texts of the tokens, the most likely first.
    """
    best = np.argsort(-logits)[: len(names)]
    rows = [*map(repr, names), "all others"]
    figure = Figure(figsize=(8.5, 3.4), layout="constrained")
    for axes, temperature in zip(figure.subplots(1, len(temperatures), sharey=True), temperatures, strict=True):
        shares = softmax(logits / temperature)
        drawn = [*shares[best], 1 - shares[best].sum()]
        bars = axes.barh(rows, drawn, color=[BLUE] * len(best) + [GREY])
        axes.bar_label(bars, fmt=" %.2f", fontsize="small")
        axes.set(title=f"temperature {temperature}", xlabel="probability", xlim=(0, 1.25))
        axes.set_xticks([0, 0.5, 1])
    axes.invert_yaxis()
    figure.axes[0].set_ylabel("next token")
    figure.suptitle(title, fontsize="medium")
    return figure


def shots(success: dict, title: str) -> Figure:
    """Draw the share of right answers to each pattern, and the surprise at them, for each number of examples.

    Args:
        success: {pattern: {"0": {"share": ..., "interval": [low, high], "bits": ..., "bits_interval": ...}, "1": ...}}.
    """
    figure = Figure(figsize=(8.5, 4.8), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    places = np.arange(len(success))
    for axes, value, ends in ((above, "share", "interval"), (below, "bits", "bits_interval")):
        for column, (number, colour) in enumerate({"0": "0.75", "1": "0.45", "4": "black"}.items()):
            values = np.array([found[number][value] for found in success.values()])
            off = np.abs(np.array([found[number][ends] for found in success.values()]) - values[:, None]).T
            look = {"fmt": "os^"[column], "capsize": 3, "color": colour}
            label = f"{number} example{'' if number == '1' else 's'}"
            axes.errorbar(places + 0.2 * (column - 1), values, off, label=label, **look)
        axes.grid(axis="y", alpha=0.3)
    above.set(ylabel="share of right answers", ylim=(-0.06, 1.06))
    figure.legend(*above.get_legend_handles_labels(), loc="outside right upper")
    below.set(ylabel="surprise at the\nright answer (bits)", xlabel="pattern", ylim=(0, None))
    below.set_xticks(places, list(success))
    figure.suptitle(title, fontsize="medium")
    return figure


def forgetting(tuned: dict, ways: dict[str, str], own: dict[str, float], title: str) -> Figure:
    """Draw the bits per byte on each style, before and after fine-tuning in several `ways`: seeds, mean and interval.

    Args:
        tuned: {"before": {style: bits}, way: {style: {"mean": ..., "interval": [low, high], "runs": [...]}}}.
        ways: what each way is called.
        own: one more run, {style: bits}.
    """
    figure = Figure(figsize=(8.5, 2.8), layout="constrained")
    for axes, (style, colour) in zip(figure.subplots(1, 2, sharey=True), STYLES.items(), strict=True):
        axes.axvline(tuned["before"][style], color="black", linestyle=":", label="before")
        for height, way in enumerate(ways):
            _seeds(axes, tuned[way][style], height, colour)
        axes.plot(own[style], 0.25, "*", color="black", markersize=10, label="your run")
        axes.set(title=f"{style}", xlabel="bits per byte (fewer is better)", ylim=(len(ways) - 0.5, -0.5))
        axes.set_yticks(range(len(ways)), list(ways.values()))
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    figure.suptitle(title, fontsize="medium")
    return figure


def _seeds(axes: Axes, found: dict, height: float, colour: str) -> None:
    """The runs of all seeds as dots, their mean as a line across, with its interval."""
    axes.plot(found["runs"], [height - 0.12] * len(found["runs"]), "o", color=colour, alpha=0.6)
    axes.plot(found["interval"], [height] * 2, color=colour, linewidth=3)
    axes.plot(found["mean"], height, "|", color="black", markersize=14)


def steps_saved(transfer: dict, ways: dict[str, str], title: str) -> Figure:
    """Draw the bits per byte of reviews after few and after more steps, for several `ways` to begin; a dot a seed."""
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    steps = list(map(str, transfer["steps"]))
    looks = ({"color": ORANGE, "marker": "o"}, {"color": GREY, "marker": "s"})
    for (way, name), look in zip(ways.items(), looks, strict=True):
        for place, step in enumerate(steps):
            runs = transfer[way][step]["runs"]
            axes.plot([place] * len(runs), runs, linestyle="", alpha=0.6, **look)
        means = [transfer[way][step]["mean"] for step in steps]
        axes.plot(range(len(steps)), means, label=name, **look)
    axes.set_xticks(range(len(steps)), steps)
    axes.set(
        xlabel="steps of training on reviews", ylabel="bits per byte of other reviews", xlim=(-0.3, len(steps) - 0.7)
    )
    figure.legend(loc="outside right upper")
    axes.set_title(title, fontsize="medium")
    return figure
