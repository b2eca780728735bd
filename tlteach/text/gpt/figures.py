"""Pictures of language models: bits per byte, next tokens, prompts, and what fine-tuning changes."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from tlteach.core.show import BLUE, GREEN, ORANGE
from tlteach.text.gpt.sampling import softmax


def bits_of_models(bits: dict[str, float], baselines: Sequence[str], title: str) -> Figure:
    """Draw the bits per byte of several models as bars, those named in `baselines` in another colour."""
    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axes = figure.subplots()
    colours = [ORANGE if name in baselines else BLUE for name in bits]
    axes.bar_label(axes.barh(list(bits), list(bits.values()), color=colours), fmt=" %.2f")
    axes.set(xlabel="bits per byte of text that it has not seen", xlim=(0, 1.1 * max(bits.values())))
    axes.set_title(title, fontsize="medium")
    axes.invert_yaxis()
    return figure


def next_tokens(logits: np.ndarray, names: Sequence[str], temperatures: Sequence[float], title: str) -> Figure:
    """Draw the probabilities of the most likely next tokens at several temperatures.

    Args:
        logits: (vocabulary,).
        names: the texts of the tokens, the most likely first.
    """
    best = np.argsort(-logits)[: len(names)]
    highest = max(softmax(logits / temperature).max() for temperature in temperatures)
    figure = Figure(figsize=(8, 2.8), layout="constrained")
    for axes, temperature in zip(figure.subplots(1, len(temperatures), sharey=True), temperatures, strict=True):
        axes.barh(range(len(best)), softmax(logits / temperature)[best], color=BLUE)
        axes.set(title=f"temperature {temperature}", xlabel="probability", xlim=(0, 1.05 * highest))
        axes.set_yticks(range(len(best)), [repr(name) for name in names])
    axes.invert_yaxis()
    figure.suptitle(title, fontsize="medium")
    return figure


def shots(success: dict, title: str) -> Figure:
    """Draw the share of right answers to each pattern, and the surprise at them, for each number of examples.

    Args:
        success: {pattern: {"0": {"share": ..., "interval": [low, high], "bits": ..., "bits_interval": ...}, "1": ...}}.
    """
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    places = np.arange(len(success))
    for axes, value, ends in ((above, "share", "interval"), (below, "bits", "bits_interval")):
        for column, (number, colour) in enumerate({"0": BLUE, "1": ORANGE, "4": GREEN}.items()):
            values = np.array([found[number][value] for found in success.values()])
            off = np.abs(np.array([found[number][ends] for found in success.values()]) - values[:, None]).T
            label = f"{number} example{'' if number == '1' else 's'}"
            axes.bar(places + 0.27 * column, values, 0.25, yerr=off, capsize=2, color=colour, label=label)
    above.set(ylabel="share of right answers", ylim=(0, 1.02))
    above.legend()
    below.set(ylabel="surprise at the\nright answer (bits)")
    below.set_xticks(places + 0.27, list(success))
    figure.suptitle(title, fontsize="medium")
    return figure


def styles(tuned: dict, ways: dict[str, str], title: str) -> Figure:
    """Draw the bits per byte on each style, before and after several ways of training, with 95 % intervals.

    Args:
        tuned: {"before": {style: bits}, way: {style: {"mean": ..., "interval": [low, high]}}}.
        ways: what each way is called.
    """
    figure = Figure(figsize=(8, 2.6), layout="constrained")
    for axes, style in zip(figure.subplots(1, len(tuned["before"]), sharey=True), tuned["before"], strict=True):
        found = [tuned[way][style] for way in ways]
        means = [tuned["before"][style], *(run["mean"] for run in found)]
        off = [0, *(run["interval"][1] - run["mean"] for run in found)]
        colours = [BLUE] + [ORANGE] * len(ways)
        bars = axes.barh(["before", *ways.values()], means, xerr=off, capsize=3, color=colours)
        axes.bar_label(bars, fmt="  %.2f")
        axes.set(title=style, xlabel="bits per byte", xlim=(0, 1.2 * max(means)))
    axes.invert_yaxis()
    figure.suptitle(title, fontsize="medium")
    return figure
