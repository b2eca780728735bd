"""What the runs of benchmarks/transferability.py say: correlations, choices, a verdict, a file and a picture."""

import json
import os
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import weightedtau

from tlteach.core.show import COLOURS, MARKERS
from tlteach.image.menagerie.pretrain import versions
from tlteach.methods.transferability import SCORES

RANDOM = "random weights"
MEASURES = ("fine_tuned", "frozen")
REPEATS = 1000  # of the bootstrap


def report(runs: list[dict], folder: Path) -> None:
    """Print the tables and the verdict; write transferability.json and transferability.png into `folder`."""
    judged, chosen = judge_all(runs), choices(runs)
    print_tables(unique(runs, "target"), judged, chosen)
    conclusion = verdict(judged, chosen)
    print(conclusion)
    everything = {
        "targets": unique(runs, "target"),
        "scores": judged,
        "choices": chosen,
        "verdict": conclusion,
        "process_seconds": round(sum(sum(run["seconds"].values()) for run in runs)),
        "versions": versions(),
        "cores": os.cpu_count(),
        "runs": runs,
    }
    folder.mkdir(exist_ok=True)
    partial = folder / "transferability.partial"
    partial.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, folder / "transferability.json")
    plot(runs, judged).savefig(folder / "transferability.png", dpi=90)


def unique(runs: list[dict], key: str) -> list:
    return list(dict.fromkeys(run[key] for run in runs))


def table(runs: list[dict], value) -> tuple[list[str], np.ndarray]:
    """The sources that have `value` (a function of a run), and the values (sources, targets, seeds)."""
    found = {(run["source"], run["target"], run["seed"]): value(run) for run in runs}
    targets, seeds = unique(runs, "target"), unique(runs, "seed")
    names = [name for name in unique(runs, "source") if found[name, targets[0], seeds[0]] is not None]
    return names, np.array([[[found[n, t, s] for s in seeds] for t in targets] for n in names], float)


# ---------------------------------------------------------------- do scores order sources?


def judge_all(runs: list[dict]) -> dict:
    """Every score against both accuracies, without the control (which any score should find) and with it."""
    found = {}
    for name in SCORES:
        names, scores = table(runs, lambda run, name=name: run["scores"].get(name))
        learned = np.array([source != RANDOM for source in names])
        row = found[name] = {}
        for measure in MEASURES:
            everyone, accuracies = table(runs, lambda run, measure=measure: run[measure])
            accuracies = accuracies[[everyone.index(source) for source in names]]
            row[measure] = judge(scores[learned], accuracies[learned])
            row[f"{measure}, with {RANDOM}"] = judge(scores, accuracies)
            picked = np.take_along_axis(accuracies, scores.argmax(axis=0)[None], axis=0)[0]
            row[f"{measure} accuracy of its choice"] = picked.mean(axis=1).round(4).tolist()
    return found


def judge(scores: np.ndarray, accuracies: np.ndarray) -> dict:
    """Correlations, and percentile intervals of their mean; sources and draws are drawn anew with replacement.

    scores, accuracies: (sources, targets, seeds).
    """
    random = np.random.default_rng(0)
    n_sources, _, n_seeds = scores.shape
    means = []
    while len(means) < REPEATS:
        rows, draws = random.integers(n_sources, size=n_sources), random.integers(n_seeds, size=n_seeds)
        if len(set(rows.tolist())) > 1 or n_sources == 1:
            means.append(correlations(scores[rows][..., draws], accuracies[rows][..., draws]).mean())
    by_target = correlations(scores, accuracies)
    return {
        "sources": n_sources,
        "by_target": by_target.round(3).tolist(),
        "mean": round(float(by_target.mean()), 3),
        "interval_95": np.quantile(means, (0.025, 0.975)).round(3).tolist(),
        "interval_99": np.quantile(means, (0.005, 0.995)).round(3).tolist(),
    }


def correlations(scores: np.ndarray, accuracies: np.ndarray) -> np.ndarray:
    """The weighted Kendall correlation for each target, of values averaged over the seeds.

    A score that is the same for every source puts them in no order: 0.
    """
    pairs = zip(scores.mean(axis=2).round(6).T, accuracies.mean(axis=2).round(6).T, strict=True)
    return np.nan_to_num([weightedtau(*pair).statistic for pair in pairs])


# ---------------------------------------------------------------- would they choose well?


def choices(runs: list[dict]) -> dict:
    """Fine-tuned accuracy on each target of the best source, of a blind choice, and of what select_source takes."""
    names, accuracies = table(runs, lambda run: run["fine_tuned"])
    means = accuracies.mean(axis=2).T  # (targets, sources)
    blind = means[:, [name != RANDOM for name in names]].mean(axis=1)
    found = {
        "the best in hindsight": {
            "accuracy": means.max(axis=1).round(4).tolist(),
            "source": [names[row.argmax()] for row in means],
        },
        "any pre-trained source": {"accuracy": blind.round(4).tolist(), "source": []},
    }
    today = list({run["target"]: run["today"] for run in runs}.values())
    if set(today) <= set(names):
        accuracy = [row[names.index(source)] for row, source in zip(means, today, strict=True)]
        found["select_source now"] = {"accuracy": np.round(accuracy, 4).tolist(), "source": today}
    return found


def verdict(judged: dict, chosen: dict) -> str:
    """Whether select_source may use a score: it must order sources, and lose nothing against what is taken now.

    Several scores are on trial, so each is asked for a 99 % interval above zero.
    """
    if "select_source now" not in chosen:
        return "No verdict: the source that select_source takes now is not among those on trial."
    now = np.array(chosen["select_source now"]["accuracy"])
    good = {
        name: row["fine_tuned"]["mean"]
        for name, row in judged.items()
        if row["fine_tuned"]["interval_99"][0] > 0 and (now - row["fine_tuned accuracy of its choice"] <= 0.01).all()
    }
    if good:
        return f"The trial supports letting select_source use {max(good, key=good.get)}."
    return (
        "The trial does not support letting select_source use a score: none both orders the sources with a 99 % "
        "interval above zero and chooses, on every target, a source at most one point worse than the one taken now."
    )


# ---------------------------------------------------------------- tables and picture


def print_tables(targets: list[str], judged: dict, chosen: dict) -> None:
    print("\nweighted Kendall correlation with test accuracy, pre-trained sources, mean over targets [95 % interval]")
    print(f"{'score':<16}{'sources':>7}{'fine-tuned':>24}{'frozen':>24}   fine-tuned, by target")
    for name, row in judged.items():
        cells = "".join(f"{told(row[measure]):>24}" for measure in MEASURES)
        by_target = "  ".join(f"{value:+.2f}" for value in row["fine_tuned"]["by_target"])
        print(f"{name:<16}{row['fine_tuned']['sources']:>7}{cells}   {by_target}")
    print(f"\nfine-tuned accuracy of the source that is chosen by   {', '.join(targets)}")
    for name, row in judged.items():
        print(f"{name:<26}" + "  ".join(f"{value:.3f}" for value in row["fine_tuned accuracy of its choice"]))
    for name, row in chosen.items():
        print(f"{name:<26}" + "  ".join(f"{value:.3f}" for value in row["accuracy"]), "  ", ", ".join(row["source"]))


def told(found: dict) -> str:
    low, high = found["interval_95"]
    return f"{found['mean']:+.2f} [{low:+.2f}, {high:+.2f}]"


def plot(runs: list[dict], judged: dict) -> Figure:
    """Score against fine-tuned accuracy: a column for each score, a row for each target, a mark for each source."""
    targets = unique(runs, "target")
    figure = Figure(figsize=(3 * len(SCORES), 2.7 * len(targets) + 1.2), layout="constrained")
    grid = figure.subplots(len(targets), len(SCORES), squeeze=False)
    everyone, accuracies = table(runs, lambda run: run["fine_tuned"])
    for column, name in enumerate(SCORES):
        names, scores = table(runs, lambda run, name=name: run["scores"].get(name))
        for row, target in enumerate(targets):
            axes = grid[row, column]
            for source, values in zip(names, scores, strict=True):
                i = everyone.index(source)
                style = {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
                axes.scatter(values[row].mean(), accuracies[i, row].mean(), s=45, label=source, **style)
            axes.set_title(f"weighted tau {judged[name]['fine_tuned']['by_target'][row]:+.2f}", fontsize="medium")
            axes.set_xlabel(f"{name} (higher is better)")
            axes.set_ylabel(f"test accuracy, {target}" if column == 0 else "")
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=6)
    first = max(judged, key=lambda name: judged[name]["fine_tuned"]["mean"])
    figure.suptitle(
        f"Of {len(SCORES)} scores, {first} orders pre-trained sources most like fine-tuning does: "
        f"weighted Kendall correlation {told(judged[first]['fine_tuned'])}"
    )
    return figure
