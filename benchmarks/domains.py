"""Domain adaptation: every method on many pairs of domains, five seeds, beside what target labels would give.

    python benchmarks/domains.py                        # moons, digits, styles of the menagerie, mail
    python benchmarks/domains.py --real REAL_DATA       # also MNIST, USPS, MNIST-M, photos, Amazon's twelve pairs
    python benchmarks/domains.py --only moons mail      # only pairs whose names hold one of these words

A seed draws which inputs there are and where the network begins; the test inputs of a pair stay the same. All pairs are
learned with the same settings, those that the functions have: nothing was chosen on target labels. Inputs are rows of
numbers: of moons and digits themselves, of pictures and texts what the frozen base makes of them. Runs are kept in
--folder: after an interruption, the same command goes on.
"""

import argparse
import itertools
import json
import os
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from domain_data import PAIRS, pairs_of
from matplotlib.figure import Figure

import tlteach as tl
from tlteach.core.files import cache_folder, write_json
from tlteach.core.show import BLUE, ORANGE
from tlteach.engine.arrays import answers
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run

RESULTS = Path(__file__).parent / "results" / "domains.json"
BUNDLED = Path(__file__).parents[1] / "datasets" / "comparisons" / "domains.json"  # for lessons
SEEDS = 5
EPOCHS, BATCH_SIZE = 30, 64
UPPER = "target labels"  # what a method could reach at best
WORDS = {"no difference shown": ("grey", "x"), "better": (BLUE, "o"), "NEGATIVE": (ORANGE, "v")}
SETTINGS = {"moons": {"directions": 2}}  # there are no 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=Path, help="the folder that holds digits, cats_and_dogs and the Amazon reviews")
    parser.add_argument("--only", nargs="+", default=[""], help="words of which the name of a pair has one")
    parser.add_argument("--folder", type=Path, default=cache_folder() / "domains", help="where runs are kept")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    for name, make in pairs_of(options.real, options.folder).items():
        if not any(word in name for word in options.only):
            continue
        runs = [run(name, make, seed, options.folder) for seed in range(options.seeds)]
        found[name] = judged(name, runs)
        told(name, found[name])
        for file in (RESULTS, BUNDLED):
            write_json(file, {pair: found[pair] for pair in PAIRS if pair in found})
    picture(found).savefig(RESULTS.with_suffix(".png"), dpi=110)


def run(name: str, make, seed: int, folder: Path) -> dict:
    """Every method on one draw of a pair, from its file or anew."""
    path = folder / f"{name.replace(' ', '_')}-{seed}.json"
    if path.is_file():
        return json.loads(path.read_text())
    domains, target_labels = make(seed)
    found = {"labels": domains.test[1].tolist(), "distance": domains.distance, "methods": {}}
    labelled = domains.validation if target_labels is None else (domains.target, target_labels)
    weights = tl.adapt.told_apart(domains.validation[0], domains.target)  # as in tl.adapt.weighted_accuracy, once
    cheating = replace(domains, source=labelled, name=UPPER)
    for method, adapted in {**tl.adapt.METHODS, UPPER: tl.adapt.source_only}.items():
        started = time.process_time()
        model = tl.adapt.network(domains, seed=seed)
        settings = SETTINGS.get(name, {}) if method in ("subspace alignment", "TCA") else {}
        given = cheating if method == UPPER else domains
        model = adapted(model, given, epochs=EPOCHS, batch_size=BATCH_SIZE, seed=seed, **settings)
        seconds = time.process_time() - started
        right = answers(model, domains.validation[0]).argmax(axis=1) == domains.validation[1]
        found["methods"][method] = {
            "predicted": domains.judge(model).predicted.tolist(),
            "seconds": round(seconds, 2),
            "source accuracy": float(right.mean()),
            "weighted accuracy": float(np.average(right, weights=weights)),
            "information": tl.adapt.information(model, domains),
        }
        keras.utils.clear_session()
    write_json(path, found)
    return found


def judged(name: str, runs: list[dict]) -> dict:
    """Accuracies, gains over the source alone with verdicts, the distance, and what choosing without labels costs."""
    labels, methods = np.array(runs[0]["labels"]), tuple(runs[0]["methods"])
    several = [
        Run(method, None, seed, np.array(found["methods"][method]["predicted"]), found["methods"][method]["seconds"])
        for (seed, found), method in itertools.product(enumerate(runs), methods)
    ]
    planned = tuple((method, methods[0]) for method in methods[1:])
    comparison = Comparison(name, labels, methods, (None,), tuple(several), planned=planned)
    pairs = {pair.first: pair for pair in comparison.pairs}
    rows = {
        row.method: {
            "accuracy": [row.mean, row.low, row.high],
            "accuracies": list(row.accuracies),
            "seconds": row.seconds,
            **(
                {}
                if row.method == methods[0]
                else {
                    "gain": [
                        pairs[row.method].difference.mean,
                        pairs[row.method].difference.low,
                        pairs[row.method].difference.high,
                    ],
                    "p_value": pairs[row.method].p_value,
                    "transfer": transfer(pairs[row.method]),
                }
            ),
        }
        for row in comparison.rows
    }
    distance = float(np.mean([found["distance"] for found in runs]))
    return {
        "distance": distance,
        "inputs": len(labels),
        "seeds": len(runs),
        "methods": rows,
        "chosen": chosen(runs, labels),
    }


def transfer(pair) -> str:
    """What a method did, in a word: p-values are corrected for all methods of the pair (Holm)."""
    if not pair.is_shown:
        return "no difference shown"
    return "better" if pair.difference.mean > 0 else "NEGATIVE"


def chosen(runs: list[dict], labels: np.ndarray) -> dict:
    """What each score would take, and the best, which nobody knows: methods and accuracies by seed, and their mean."""
    scores = ("source accuracy", "weighted accuracy", "information")
    took = {score: [] for score in (*scores, "oracle")}
    for one in runs:
        methods = {name: values for name, values in one["methods"].items() if name != UPPER}
        accuracy = {name: float(np.mean(np.array(each["predicted"]) == labels)) for name, each in methods.items()}
        for score in took:
            by_name = accuracy if score == "oracle" else {name: each[score] for name, each in methods.items()}
            best = max(by_name, key=by_name.get)
            took[score].append((best, accuracy[best]))
    return {
        score: {"accuracy": float(np.mean([right for _, right in each])), "took": each} for score, each in took.items()
    }


def picture(found: dict) -> Figure:
    """Gain over the source alone against the distance of the domains: a point for each pair and method."""
    figure = Figure(figsize=(7.6, 4.4), layout="constrained")
    axes = figure.subplots()
    counts = dict.fromkeys(WORDS, 0)
    for pair in found.values():
        for method, row in pair["methods"].items():
            if method != UPPER and "gain" in row:
                counts[row["transfer"]] += 1
                axes.plot(
                    pair["distance"], 100 * row["gain"][0], WORDS[row["transfer"]][1], color=WORDS[row["transfer"]][0]
                )
    for word, (colour, marker) in WORDS.items():
        axes.plot([], [], marker, color=colour, label=f"{word} ({counts[word]})")
    axes.axhline(0, color="black", linewidth=1)
    axes.set(xlabel="proxy A-distance of the domains (0 to 2)", ylabel="accuracy over the source alone (points)")
    total = sum(counts.values())
    axes.set_title(
        f"Of {total} gains over the source alone, {counts['better']} are shown, and {counts['NEGATIVE']} losses"
    )
    figure.legend(loc="outside lower center", ncols=3, fontsize="small")
    return figure


def told(name: str, found: dict) -> None:
    """Print a pair."""
    n, seeds = found["inputs"], found["seeds"]
    print(f"\n{name}: {n} test inputs, {seeds} seeds, proxy A-distance {found['distance']:.2f} of 2")
    for method, row in found["methods"].items():
        mean, low, high = row["accuracy"]
        gain = row.get("gain")
        points = f"{100 * gain[0]:+6.1f} [{100 * gain[1]:+.1f}, {100 * gain[2]:+.1f}] {row['transfer']}" if gain else ""
        print(f"{method:<20} {mean:.3f} ({low:.3f} to {high:.3f}) {row['seconds']:5.1f} s  {points}")
    print("chosen by: " + ", ".join(f"{score} {each['accuracy']:.3f}" for score, each in found["chosen"].items()))


if __name__ == "__main__":
    main()
