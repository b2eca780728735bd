"""Pictures of word vectors: how alike words are, where they lie, which way they lean, and what they are worth."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from tlteach.core.show import BLUE, GREEN, ORANGE
from tlteach.text.word_vectors.words import WordVectors


def cosines(by_chance: Sequence[float], related: Sequence[float], edge: float, title: str) -> Figure:
    """Draw which share of random and of related pairs lies below each cosine, and the `edge` as a line."""
    figure = Figure(figsize=(7.5, 3.2), layout="constrained")
    axes = figure.subplots()
    axes.ecdf(by_chance, color="0.5", linewidth=2, label="random pairs")
    axes.ecdf(related, color=BLUE, linewidth=2, label="related pairs")
    axes.plot(related, np.zeros(len(related)), "|", color=BLUE, markersize=14)
    axes.axvline(edge, color="black", linestyle=":", label="19 of 20 random\npairs are below")
    axes.set(xlabel="cosine of two words", ylabel="share of pairs below")
    axes.set_title(title, fontsize="medium")
    figure.legend(loc="outside right upper")
    return figure


def word_map(vectors: WordVectors, groups: Mapping[str, Sequence[str]], title: str) -> Figure:
    """Draw words flat: along the two directions in which they differ most. A colour and a mark for each group."""
    words = [word for group in groups.values() for word in group]
    directions = np.stack([vectors.direction(word) for word in words])
    centred = directions - directions.mean(axis=0)
    points = dict(zip(words, centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T, strict=True))
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.subplots()
    looks = zip((BLUE, ORANGE, GREEN), "os^", strict=True)
    for (name, group), (colour, marker) in zip(groups.items(), looks, strict=True):
        axes.scatter(*np.array([points[word] for word in group]).T, color=colour, marker=marker, label=name)
        for number, word in enumerate(group):
            place = (4, -11 if number % 2 else 4)  # above and below in turn
            axes.annotate(word, points[word], place, textcoords="offset points", fontsize="small")
    axes.set(xlabel="first direction (no unit)", ylabel="second direction (no unit)")
    axes.set_title(title, fontsize="medium")
    figure.legend(loc="outside right upper")
    return figure


def leanings(leaning: Mapping[str, float], women: Mapping[str, float], title: str) -> Figure:
    """Draw how far each occupation leans to `she`, over the share of women in it in per cent."""
    figure = Figure(figsize=(8, 5.4), layout="constrained")
    axes = figure.subplots()
    axes.axhline(0, color="0.5", linewidth=1)
    axes.scatter([women[job] for job in leaning], list(leaning.values()), color=BLUE)
    for number, (job, value) in enumerate(sorted(leaning.items(), key=lambda pair: (women[pair[0]], pair[1]))):
        place, side = ((-5, "right"), (5, "left"))[number % 2]  # left and right in turn, so that few names meet
        look = {"ha": side, "va": "center", "fontsize": "small"}
        axes.annotate(job, (women[job], value), (place, 0), textcoords="offset points", **look)
    axes.set(xlabel="women in the occupation (per cent)", xlim=(-12, 110))
    axes.set(ylabel="cosine with she\nminus cosine with he")
    axes.set_title(title, fontsize="medium")
    return figure


def by_method(comparisons: Mapping[str, object], names: Mapping[str, str], title: str) -> Figure:
    """Draw what each method reaches on each task: a dot a seed, the 95 % interval as a bar, and guessing.

    Args:
        comparisons: of tl.compare.load, by what the task is called.
        names: what each method is called; the order from the top.
    """
    figure = Figure(figsize=(9, 4.8), layout="constrained")
    panels = figure.subplots(1, len(comparisons), sharey=True, squeeze=False)[0]
    for axes, (task, found) in zip(panels, comparisons.items(), strict=True):
        for place, budget in enumerate(found.budgets):
            look = {"color": (ORANGE, BLUE)[place], "marker": "os"[place]}
            rows = {row.method: row for row in found.rows if row.labels_per_class == budget}
            for number, method in enumerate(names):
                row, height = rows[method], number + 0.3 * place - 0.15
                axes.plot([row.low, row.high], [height] * 2, color=look["color"], linewidth=3, alpha=0.5)
                axes.plot(row.accuracies, [height] * len(row.accuracies), linestyle="", markersize=4, **look)
            axes.plot([], [], linestyle="", label=f"{budget} labels per class", **look)
        axes.axvline(1 / len(set(found.labels)), color="0.5", linestyle=":", label="guessing")
        axes.set(title=task, xlabel="test accuracy (share)", ylim=(len(names) - 0.5, -0.5))
        axes.set_yticks(range(len(names)), list(names.values()))
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), fontsize="small", frameon=False)
    figure.suptitle(title, fontsize="medium")
    return figure
