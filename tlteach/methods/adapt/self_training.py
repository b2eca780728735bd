"""Self-training: believe the model where it is sure of the target, learn from that, and ask again.

Each round labels the target, keeps the surest share of every class, and goes on training on the source and on these
pseudo-labels. The share grows from round to round: first what lies near, then what lies further away. Where the model
is sure and wrong, it teaches itself its mistakes. (Lee, Pseudo-Label, ICML workshop 2013; class by class, with a
growing share: Zou and others, Class-Balanced Self-Training, 2018, arXiv:1810.07911.)
"""

import keras
import numpy as np
from matplotlib.figure import Figure

from tlteach.core.door import checked
from tlteach.core.show import BLUE, ORANGE
from tlteach.engine.arrays import answers, fit_arrays
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.source_only import fit_source
from tlteach.methods.pseudo_labels import surest


@checked
def self_training(
    model: keras.Model,
    domains: Domains,
    shares: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8),
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the source, then in one round for each of `shares` also on the surest of its own answers.

    `epochs` are for the source; each round takes a third of them.
    """
    fit_source(model, domains, None, epochs, batch_size, seed)
    inputs, labels = domains.source
    for share in shares:
        rows, guesses = surest(answers(model, domains.target), share)
        joined = np.concatenate([inputs, domains.target[rows]]), np.concatenate([labels, guesses])
        fit_arrays(model, joined, max(1, epochs // 3), batch_size, seed)
    return model


def picture(domains: Domains, models: dict[str, keras.Model], title: str) -> Figure:
    """Draw what `models` answer in the plane, darker where surer, and the target's test inputs by their true class."""
    figure = Figure(figsize=(4.1 * len(models), 3.9), layout="constrained")
    inputs, labels = domains.test
    side = np.linspace(-2, 2, 81, dtype="float32")
    plane = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    for axes, (name, model) in zip(figure.subplots(1, len(models), squeeze=False)[0], models.items(), strict=True):
        of_second = answers(model, plane)[:, 1].reshape(81, 81)
        axes.contourf(side, side, of_second, np.linspace(0, 1, 11), cmap="PuOr", alpha=0.7)
        axes.contour(side, side, of_second, [0.5], colors="black")
        for label, colour, marker in ((0, ORANGE, "^"), (1, BLUE, "o")):
            axes.scatter(*inputs[labels == label][:150].T, 12, colour, marker=marker, label=f"truly class {label}")
        right = domains.judge(model)
        axes.set(title=f"{name}: {right.accuracy:.2f} right, {right.probabilities.max(axis=1).mean():.2f} sure")
        axes.set(xlabel="first number of the input", ylabel="second number")
    figure.suptitle(title, fontsize="medium")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
