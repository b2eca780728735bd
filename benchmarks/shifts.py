"""How far methods of domain adaptation carry: one knob at a time, five seeds each. For lesson 10.

    python benchmarks/shifts.py                   # about ten minutes of one core
    python benchmarks/shifts.py --only pairs      # one of away, turned, labels, pairs; the others stay as they were
    python benchmarks/shifts.py --folder runs     # what the frozen base makes of the mails is kept there

away      a line under covariate shift: the target moves away from the source; error with and without weights
turned    two moons: the target is turned; self-training against the source alone, and how sure both are
labels    English mails: a few labels of Wei, with Giulia's mails and without them
pairs     digits, left half of the pixels and right half: how many pairs, and what else could be done with them

A seed draws which inputs there are and where a network begins; test inputs stay the same. Settings are those that the
functions have. It is written to benchmarks/results/shifts.json and, for the lesson, to datasets/comparisons.
"""

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from domain_data import pairs_of
from text import is_english

import tlteach as tl
from tlteach import adapt
from tlteach.core.files import cache_folder, write_json
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.methods.adapt.heterogeneous import halves
from tlteach.methods.adapt.weighting import error_of_line
from tlteach.methods.pseudo_labels import surest

HERE = Path(__file__).resolve().parent
FILES = (HERE / "results" / "shifts.json", HERE.parent / "datasets" / "comparisons" / "shifts.json")
SEEDS = range(5)
CENTRES = (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0)
ROTATIONS = (0, 15, 30, 45, 60, 75, 90)
LABELS, JUDGED = (5, 10, 25), 100  # mails of each class that Wei labels, and mails that filters are judged on
PAIRS = (5, 10, 20, 50, 100, 200, 400)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=Path, default=cache_folder() / "domains", help="where features are kept")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only:
        found[part] = PARTS[part](options.folder)
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


def away(folder: Path) -> dict:
    """Mean squared errors of lines by centre of the target, how many inputs weights leave, and what lies outside."""
    found: dict = {}
    for centre in CENTRES:
        for seed in SEEDS:
            domains = adapt.covariate_shift(centre, seed=seed)
            (inputs, _), target = domains.source, domains.target
            weights = {"no weights": None, "KMM": adapt.kmm(inputs, target), "KLIEP": adapt.kliep(inputs, target)}
            values = {name: error_of_line(domains, some) for name, some in weights.items()}
            values["best line"] = error_of_line(replace(domains, source=domains.test))  # with the target's labels
            for name in ("KMM", "KLIEP"):
                values[f"effective inputs, {name}"] = adapt.effective_inputs(weights[name])
            values["outside"] = float(np.mean(target > inputs.max()))
            noted(found, centre, values)
    return told("away", found)


def turned(folder: Path) -> dict:
    """Accuracy and mean sureness on the target by rotation, and how many of the first pseudo-labels are right."""
    found: dict = {}
    for rotation in ROTATIONS:
        for seed in SEEDS:
            domains = adapt.moons(rotation, seed=seed)
            values = {}
            for name, method in (("source only", adapt.source_only), ("self-training", adapt.self_training)):
                model = method(adapt.network(domains, seed=seed), domains, seed=seed)
                values[name] = domains.judge(model).accuracy
                values[f"{name}, sure"] = float(domains.judge(model).probabilities.max(axis=1).mean())
                if name == "source only":
                    rows, guesses = surest(model.predict(domains.target, verbose=0), share=0.2)
                    values["first answers right"] = float(np.mean(guesses == rows % 2))  # as moons draws them
                keras.utils.clear_session()
            noted(found, rotation, values)
    return told("turned", found)


def labels(folder: Path) -> dict:
    """Filters for Wei's English mails, which the base can read: from Giulia's, from a few of Wei's, from both."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def learned(rows: np.ndarray, answers: np.ndarray):
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(rows, answers)

    (mails, spam), (of_wei, answers) = english_mails(folder)
    test, pool = np.split(np.random.default_rng(10**6).permutation(len(answers)), [JUDGED])
    runs, own = [], []
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        some, others = np.split(random.permutation(len(spam)), [len(spam) - len(pool)])
        own.append(learned(mails[some], spam[some]).score(mails[others], spam[others]))
        sets = {"Giulia's mails": (mails[some], spam[some])}
        order = random.permutation(pool)
        for n in LABELS:
            rows = np.concatenate([order[answers[order] == label][:n] for label in (0, 1)])
            few = of_wei[rows], answers[rows]
            sets[f"Wei's {n}"] = few
            sets[f"both, {n}"] = tuple(np.concatenate(arrays) for arrays in zip((mails, spam), few, strict=True))
        for name, known in sets.items():
            runs.append(Run(name, None, seed, learned(*known).predict(of_wei[test]), 0.0))
    first, *others = methods = tuple(sets)
    planned = tuple((name, first) for name in others)
    comparison = Comparison("English mails of Wei", answers[test], methods, (None,), tuple(runs), planned=planned)
    return told("labels", {
        "inputs": JUDGED,
        "on her own": own,
        "filters": {row.method: list(row.accuracies) for row in comparison.rows},
        "verdicts": [pair.verdict for pair in comparison.pairs],
    })  # fmt: skip


def english_mails(folder: Path) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the base makes of the English mails of both, and their labels."""
    pairs_of(None, folder)["mail Giulia to Wei"](0)  # features are kept there
    with np.load(folder / "features_mail.npz") as kept:
        arrays = [kept[key] for key in kept]
    found = []
    for number, person in enumerate(("giulia", "wei")):
        task = tl.tasks.mail(person)
        rows = [is_english(text) for text in task.train.joined(task.validation, task.test).inputs]
        found.append((arrays[2 * number][rows], arrays[2 * number + 1][rows]))
    return found


def pairs(folder: Path) -> dict:
    """Accuracy on right halves of digits by number of pairs: three ways to use them."""
    found: dict = {}
    for n in PAIRS:
        for seed in SEEDS:
            noted(found, n, halves(n, seed))
    return told("pairs", found)


def noted(found: dict, knob: object, values: dict[str, float]) -> None:
    """Append `values` to the lists that are kept for a setting of the knob."""
    for name, value in values.items():
        found.setdefault(str(knob), {}).setdefault(name, []).append(round(float(value), 4))


def told(part: str, found: dict) -> dict:
    """Print a part, lists of numbers as their means."""
    print(f"\n{part}")
    for knob, values in found.items():
        print(f"{knob:>10}", {name: _short(each) for name, each in values.items()} if type(values) is dict else values)
    return found


def _short(each: object) -> object:
    return round(float(np.mean(each)), 3) if type(each) is list else each


PARTS: dict[str, Callable] = {"away": away, "turned": turned, "labels": labels, "pairs": pairs}

if __name__ == "__main__":
    with tl.quietly():
        main()
