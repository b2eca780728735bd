"""What the runs of benchmarks/transferability.py say: correlations, choices, a verdict, a file and a picture."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from tlteach.core.show import COLOURS, MARKERS
from tlteach.evidence.trial import RANDOM, RIVAL, correlations, table, unique
from tlteach.image.menagerie.pretrain import versions
from tlteach.methods.transferability import SCORES

MEASURES = ("fine_tuned", "frozen")
REPEATS = 1000  # of the bootstrap


def report(runs: list[dict], folder: Path, repeats: int) -> None:
    """Print the tables and the verdict; write transferability.json and transferability.png into `folder`."""
    judged, chosen = judge_all(runs, repeats), choices(runs)
    everything = {
        "targets": unique(runs, "target"),
        "scores": judged,
        "choices": chosen,
        "verdict": verdict(judged, chosen),
        "rival_judged_on": "validation" if all(RIVAL in run["scores"] for run in runs) else "test",
        "process_seconds": round(sum(sum(run["seconds"].values()) for run in runs)),
        "versions": versions(),
        "cores": os.cpu_count(),
        "runs": runs,
    }
    print_tables(everything["targets"], judged, chosen)
    print(everything["verdict"])
    (folder / "transferability.json").write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    plot(runs, judged).savefig(folder / "transferability.png", dpi=90)


# ---------------------------------------------------------------- do scores order sources?


def judge_all(runs: list[dict], repeats: int) -> dict:
    """Every score and the rival against both accuracies, without the control (which any score should find) and with."""
    learned = np.array(unique(runs, "source")) != RANDOM
    rival = table(runs, RIVAL)
    found = {name: {} for name in (*SCORES, RIVAL)}
    for name, row in found.items():
        scores = table(runs, name)
        scored = ~np.isnan(scores[:, 0, 0])
        for measure in MEASURES:
            accuracies = table(runs, measure)
            row[measure] = judge(scores[scored & learned], accuracies[scored & learned], repeats)
            row[f"{measure}, with {RANDOM}"] = judge(scores[scored], accuracies[scored], repeats)
            picked = np.take_along_axis(accuracies, np.nanargmax(scores, axis=0)[None], axis=0)[0]
            row[f"{measure} accuracy of its choice"] = picked.mean(axis=1).round(4).tolist()
        if name != RIVAL:
            these = scored & learned
            row["ahead of the rival"] = ahead(scores[these], rival[these], table(runs, "fine_tuned")[these], repeats)
    return found


def judge(scores: np.ndarray, accuracies: np.ndarray, repeats: int) -> dict:
    """Correlations, and percentile intervals of their mean; sources and draws are drawn anew with replacement.

    scores, accuracies: (sources, targets, seeds).
    """
    by_target = correlations(scores, accuracies)
    means = [correlations(*both).mean() for both in drawn_anew(repeats, scores, accuracies)]
    return {"sources": len(scores), "by_target": by_target.round(3).tolist(), **summary(by_target.mean(), means)}


def ahead(scores: np.ndarray, rival: np.ndarray, accuracies: np.ndarray, repeats: int) -> dict:
    """The mean correlation of a score minus that of the rival, with the same sources and draws for both."""
    means = [
        correlations(one, truth).mean() - correlations(other, truth).mean()
        for one, other, truth in drawn_anew(repeats, scores, rival, accuracies)
    ]
    return summary(correlations(scores, accuracies).mean() - correlations(rival, accuracies).mean(), means)


def drawn_anew(repeats: int, *arrays: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The bootstrap: the arrays (sources, targets, seeds), all with the same sources and seeds, `repeats` times."""
    random = np.random.default_rng(0)
    n_sources, _, n_seeds = arrays[0].shape
    left = repeats
    while left:
        rows, draws = random.integers(n_sources, size=n_sources), random.integers(n_seeds, size=n_seeds)
        if len(set(rows.tolist())) > 1:
            yield [array[rows][..., draws] for array in arrays]
            left -= 1


def summary(mean: float, means: list[float]) -> dict:
    """The mean with its intervals. Five scores are on trial: together, their 99 % intervals hold with 95 %."""
    return {
        "mean": round(float(mean), 3),
        "interval_95": np.quantile(means, (0.025, 0.975)).round(3).tolist(),
        "interval_99": np.quantile(means, (0.005, 0.995)).round(3).tolist(),
    }


# ---------------------------------------------------------------- would they choose well?


def choices(runs: list[dict]) -> dict:
    """Fine-tuned accuracy on each target of the best source, of a blind choice, and of what select_source takes."""
    names, means = unique(runs, "source"), table(runs, "fine_tuned").mean(axis=2).T  # (targets, sources)
    blind = means[:, [name != RANDOM for name in names]].mean(axis=1)
    found = {"any pre-trained source": {"accuracy": blind.round(4).tolist(), "source": []}}
    taken = {
        "the best in hindsight": [names[row.argmax()] for row in means],
        "select_source now": list({run["target"]: run["today"] for run in runs}.values()),
    }
    for way, sources in taken.items():
        if set(sources) <= set(names):
            accuracy = [row[names.index(source)] for row, source in zip(means, sources, strict=True)]
            found[way] = {"accuracy": np.round(accuracy, 4).tolist(), "source": sources}
    return found


def verdict(judged: dict, chosen: dict) -> str:
    """Whether select_source may use a score: it must order sources, and lose nothing against what is taken now.

    Several scores are on trial, so each is asked for a 99 % interval above zero.
    """
    if "select_source now" not in chosen:
        return "No verdict: the source that select_source takes now is not among those on trial."
    now = np.array(chosen["select_source now"]["accuracy"])
    good = {
        name: judged[name]["fine_tuned"]["mean"]
        for name in SCORES
        if judged[name]["fine_tuned"]["interval_99"][0] > 0
        and (now - judged[name]["fine_tuned accuracy of its choice"] <= 0.01).all()
    }
    if good:
        return f"The trial supports letting select_source use {max(good, key=good.get)}."
    return (
        "The trial does not support letting select_source use a score. A score would have to order the sources, with a "
        "99 % interval above zero. On every target it would also have to choose a source at most one point worse than "
        "the one that select_source takes without it. None does both."
    )


# ---------------------------------------------------------------- tables and picture


def print_tables(targets: list[str], judged: dict, chosen: dict) -> None:
    print("\nweighted Kendall correlation with test accuracy, pre-trained sources, mean over targets [99 % interval]")
    print(f"{'score':<16}{'sources':>7}{'fine-tuned':>24}{'frozen':>24}{'ahead of the rival':>24}   by target")
    for name, row in judged.items():
        cells = "".join(f"{told(row[key]) if key in row else '-':>24}" for key in (*MEASURES, "ahead of the rival"))
        by_target = "  ".join(f"{value:+.2f}" for value in row["fine_tuned"]["by_target"])
        print(f"{name:<16}{row['fine_tuned']['sources']:>7}{cells}   {by_target}")
    print(f"\nfine-tuned accuracy of the source that is chosen by   {', '.join(targets)}")
    by_score = {name: {"accuracy": row["fine_tuned accuracy of its choice"]} for name, row in judged.items()}
    for name, row in {**by_score, **chosen}.items():
        accuracies = "  ".join(f"{value:.3f}" for value in row["accuracy"])
        print(f"{name:<26}{accuracies}   {', '.join(row.get('source', []))}".rstrip())


def told(found: dict) -> str:
    low, high = found["interval_99"]
    return f"{found['mean']:+.2f} [{low:+.2f}, {high:+.2f}]"


def plot(runs: list[dict], judged: dict) -> Figure:
    """Score against fine-tuned accuracy: a column for each score, a row for each target, a mark for each source."""
    targets, accuracies = unique(runs, "target"), table(runs, "fine_tuned").mean(axis=2)
    figure = Figure(figsize=(3 * len(judged), 2.7 * len(targets) + 1.2), layout="constrained")
    grid = figure.subplots(len(targets), len(judged), squeeze=False)
    for (row, column), axes in np.ndenumerate(grid):
        name = list(judged)[column]
        scores = table(runs, name).mean(axis=2)
        for i, source in enumerate(unique(runs, "source")):
            style = {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
            axes.scatter(scores[i, row], accuracies[i, row], s=45, label=source, **style)
        axes.set_title(f"weighted tau {judged[name]['fine_tuned']['by_target'][row]:+.2f}", fontsize="medium")
        axes.set_xlabel(f"{name} (higher is better)")
        axes.set_ylabel(f"test accuracy, {targets[row]}" if column == 0 else "")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    first = max(SCORES, key=lambda name: judged[name]["fine_tuned"]["mean"])
    figure.suptitle(
        f"Weighted Kendall correlation with fine-tuning: {told(judged[first]['fine_tuned'])} for {first}, the first of "
        f"{len(SCORES)} scores, and {told(judged[RIVAL]['fine_tuned'])} for a frozen head"
    )
    return figure
