"""Transferability scores on trial: how well does each order the sources, and a picture of that.

A run of the trial (benchmarks/transferability.py makes them) is one source, one target and one draw of labels, with
every score that the source can have, and the accuracies of training. The bundled record holds all of them.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import weightedtau

from tlteach.core.show import BLUE, MARKERS, ORANGE

RANDOM = "random weights"  # the control
RIVAL = "frozen_head"  # what a score must beat: accuracy on validation of a head on the frozen features
NAMES = {"logme": "LogME", "h_score": "H-score", "shrunk_h_score": "shrunken H-score", "leep": "LEEP", "nce": "NCE",
         RIVAL: "frozen head"}  # fmt: skip


def unique(runs: Sequence[dict], key: str) -> list:
    """The values of `key`, in the order in which the runs have them."""
    return list(dict.fromkeys(run[key] for run in runs))


def table(runs: Sequence[dict], name: str) -> np.ndarray:
    """A measure or a score as an array (sources, targets, seeds); NaN where a source cannot have the score."""
    # Runs from before the rival was kept have its accuracy on test alone, which flatters it.
    values = [{RIVAL: run["frozen"], **run, **run["scores"]} for run in runs]
    found = {(run["source"], run["target"], run["seed"]): run.get(name, np.nan) for run in values}
    sources, targets, seeds = (unique(runs, key) for key in ("source", "target", "seed"))
    return np.array([[[found[source, t, seed] for seed in seeds] for t in targets] for source in sources], float)


def correlations(scores: np.ndarray, accuracies: np.ndarray) -> np.ndarray:
    """The weighted Kendall correlation (Vigna, WWW 2015) for each target, of values averaged over the seeds.

    Shapes: (sources, targets, seeds) twice. A score that is the same for every source puts them in no order: 0.
    """
    pairs = zip(scores.mean(axis=2).round(6).T, accuracies.mean(axis=2).round(6).T, strict=True)
    return np.nan_to_num([weightedtau(*pair).statistic for pair in pairs])


def mean_correlations(runs: Sequence[dict], sources: Sequence[str]) -> dict[str, float]:
    """How well each score orders these sources as fine-tuning does: the mean over the targets.

    Scores that one of the sources cannot have are left out, so that all were asked the same.
    """
    these = [run for run in runs if run["source"] in sources]
    scores = {name: table(these, name) for name in NAMES}
    accuracies = table(these, "fine_tuned")
    return {
        name: float(correlations(found, accuracies).mean())
        for name, found in scores.items()
        if not np.isnan(found).any()
    }


def in_words(trial: dict) -> str:
    """A line for each score: how well it orders the sources, and how far it is ahead of the rival; 99 % intervals."""
    lines = [f"{'':<18}{'correlation':>12}{'99 % interval':>18}{'ahead of the head':>20}{'99 % interval':>18}"]
    for name, row in trial["scores"].items():
        line = f"{NAMES[name]:<18}"
        for found, width in ((row["fine_tuned"], 12), (row.get("ahead of the rival"), 20)):
            if found:
                low, high = found["interval_99"]
                line += f"{found['mean']:>+{width}.2f}{f'[{low:+.2f}, {high:+.2f}]':>18}"
        lines.append(line)
    return "\n".join(lines)


def scores_on_trial(trial: dict, title: str) -> Figure:
    """Draw the correlation of each score with fine-tuned accuracy: mean, 99 % interval, and a dot for each target."""
    figure = Figure(figsize=(7.5, 3.8), layout="constrained")
    axes = figure.subplots()
    for place, (name, row) in enumerate(trial["scores"].items()):
        judged = row["fine_tuned"]
        colour = ORANGE if name == RIVAL else BLUE
        axes.plot(judged["interval_99"], [place, place], color=colour, linewidth=2)
        mean = {"color": colour, "markersize": 8, "label": None if place else "mean, 99 % interval"}
        axes.plot(judged["mean"], place, "D", **mean)
        for number, (target, value) in enumerate(zip(trial["targets"], judged["by_target"], strict=True)):
            dot = {"color": "grey", "markersize": 5, "label": None if place else target.replace("_vs_", " and ")}
            axes.plot(value, place + 0.2 + 0.1 * number, MARKERS[number], **dot)
    axes.axvline(0, color="black", linestyle=":")
    told = [f"{NAMES[name]} ({row['fine_tuned']['sources']} sources)" for name, row in trial["scores"].items()]
    axes.set_yticks(range(len(told)), told)
    axes.invert_yaxis()
    axes.set_xlabel("weighted Kendall correlation with fine-tuned accuracy (1: the same order)")
    axes.set_title(title, fontsize="medium")
    figure.legend(loc="outside lower center", ncols=4, fontsize="small")
    return figure
