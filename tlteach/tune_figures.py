"""Figures of the craft of fine-tuning. Each returns a matplotlib figure with a title that says the finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from tlteach.core.show import BLUE, ORANGE
from tlteach.learning_rate import suggest

if TYPE_CHECKING:
    from tlteach.forgetting import Forgetting
    from tlteach.learning_rate import RangeTest


def range_test(found: RangeTest) -> Figure:
    """Draw loss over learning rate, raw and smoothed, with the suggested rate."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(found.rates, found.losses, color="lightgrey", label="each batch")
    axes.plot(found.rates, found.smoothed, color=BLUE, label="smoothed")
    axes.set_xscale("log")
    axes.set_xlabel("learning rate (logarithmic)")
    axes.set_ylabel("loss (nats)")
    rate = suggest(found.rates, found.smoothed)
    if rate is None:
        axes.set_title("No learning rate lowered the loss", fontsize="medium")
    else:
        axes.axvline(rate, color=ORANGE, linestyle="--", label=f"suggestion: {rate:.2g}")
        axes.set_title(f"The loss falls, and is far from bursting, at a learning rate of {rate:.2g}", fontsize="medium")
    axes.legend()
    return figure


def forgetting(found: Forgetting) -> Figure:
    """Draw accuracy on the source and on the target task over the learning rate of fine-tuning."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    for values, before, colour, style, name in (
        (found.source, found.before[0], BLUE, "o-", "source"),
        (found.target, found.before[1], ORANGE, "s--", "target"),
    ):
        axes.plot(found.learning_rates, values, style, color=colour, label=f"{name} task")
        axes.axhline(before, color=colour, linestyle=":", label=f"{name} task, not fine-tuned")
    axes.set_xscale("log")
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("learning rate of fine-tuning (logarithmic)")
    axes.set_ylabel("accuracy (share)")
    axes.set_title(
        f"Fine-tuned at {found.learning_rates[-1]:g}, accuracy on the source task goes from {found.before[0]:.2f} to "
        f"{found.source[-1]:.2f}",
        fontsize="medium",
    )
    axes.legend(fontsize="small")
    return figure
