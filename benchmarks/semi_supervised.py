"""Few labels and many inputs: when does a model gain from its own answers? Five seeds each. For lesson 12.

    python benchmarks/semi_supervised.py                   # about eight minutes of one core
    python benchmarks/semi_supervised.py --only views      # one of the parts; the others stay as they were

drawings     2,600 cats and dogs, each drawn in three styles; what the bundled base makes of them goes to the lesson
thresholds   by day, 20 labels, 1,000 unlabelled: self-training over thresholds, of a quick and of a slow model
day          the same: a curriculum, consistency, all labels; and as many labels as above .8, right ones at random
pile         nine dogs to a cat among the unlabelled
sketches     alone, self-trained, taught by the same animals by day; and what happens to who learns from a worse view
views        co-training of two halves of the features by day, against both together; tri-training

A seed draws which animals have labels and which have none, and where a network begins; the test's animals stay. The
quick model learns at a rate of 0.01 and the slow one at 0.001; all settings were settled on other seeds. Consistency
takes 250 steps where labels alone take 30, and the slow model gains by more steps already. It is written to
benchmarks/results/semi_supervised.json and, for the lesson, to datasets/comparisons.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import tlteach as tl
from tlteach.core.errors import GuardError
from tlteach.core.files import write_json
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.methods.pseudo_labels import surer_than
from tlteach.methods.semi_supervised.animals import ANIMALS, CLASSES, FILE, SEED, STEPS, STYLES, FewLabels
from tlteach.methods.semi_supervised.labels import joined

HERE = Path(__file__).resolve().parent
DATASETS = HERE.parent / "datasets"
FILES = (HERE / "results" / "semi_supervised.json", DATASETS / "comparisons" / "semi_supervised.json")
SEEDS = range(5)
THRESHOLDS = (0.6, 0.8, 0.9, 0.95)
RATES = {"quick": 1e-2, "slow": 1e-3}
HALF = np.random.default_rng(0).permutation(256) < 128  # of the features, in two views that are equally good

semi = tl.semi_supervised


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=["drawings", *PARTS], default=["drawings", *PARTS])
    options = parser.parse_args()
    if "drawings" in options.only:
        drawings()
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in [part for part in options.only if part in PARTS]:
        found[part] = PARTS[part]()
        print(f"\n{part}", json.dumps(found[part], indent=1), flush=True)
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


def drawings() -> None:
    """Draw the animals, and keep what the base makes of them: whole numbers of sixteenths, (animals, 256) a style."""
    base = tl.base_model(tl.sources.source_by_name("menagerie"))
    pooled = keras.Model(base.input, keras.layers.GlobalAveragePooling2D()(base.output))
    kept: dict[str, list[np.ndarray]] = {style: [] for style in STYLES}
    for style in STYLES:
        for start in range(0, ANIMALS, 100):
            images, _ = tl.menagerie.sample(CLASSES, 100, SEED, style, start=start)
            features = pooled.predict(images.astype("float32"), verbose=0).astype("float16")  # as the bundled file was
            kept[style].append(np.round(STEPS * features).clip(0, 255).astype("uint8"))
    np.savez_compressed(DATASETS / FILE, **{style: np.concatenate(rows) for style, rows in kept.items()})


def head(seed: int, rate: float = 1e-2, features: int = 256) -> keras.Model:
    """A dense layer on kept features."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((features,)), keras.layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model


class Part:
    """What was run in a part: predictions for the test's animals, by name and seed."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    def note(self, name: str, seed: int, model: keras.Model | np.ndarray, inputs: np.ndarray | None = None) -> float:
        """Keep what a model says of the inputs, or classes that were told already. Returns the accuracy."""
        told = model if inputs is None else semi.probabilities(model, inputs).argmax(axis=1)
        self.runs.append(Run(name, None, seed, told, 0.0))
        return float(np.mean(told == self.labels))

    @property
    def labels(self) -> np.ndarray:
        return semi.animals().test[STYLES[0]][1]

    def told(self, planned: list[tuple[str, str]]) -> dict:
        """Accuracies by name, one for each seed; and what was asked of pairs, first minus second."""
        names = tuple(dict.fromkeys(run.method for run in self.runs))
        found = Comparison("cats and dogs", self.labels, names, (None,), tuple(self.runs), planned=tuple(planned))
        pairs = {
            f"{pair.first} - {pair.second}": {
                "difference": round(pair.difference.mean, 4),
                "p_value": round(float(pair.p_value), 5),
                "verdict": pair.verdict,
            }
            for pair in found.pairs
        }
        accuracies = {row.method: [round(value, 4) for value in row.accuracies] for row in found.rows}
        return {"accuracies": accuracies, "pairs": pairs}


def each_seed(**how: object) -> list[tuple[int, FewLabels]]:
    return [(seed, semi.animals(seed=seed, **how)) for seed in SEEDS]


def thresholds() -> dict:
    """Accuracies over thresholds; how many answers the first round believes, how many are right, and how many dogs."""
    found: dict = {}
    for speed, rate in RATES.items():
        part, believed = Part(), {}
        for seed, few in each_seed():
            day, others, test = few.labelled["daylight"], few.unlabelled["daylight"], few.test["daylight"][0]
            alone = semi.labels_alone(head(seed, rate), day, seed=seed)
            part.note("alone", seed, alone, test)
            told = semi.probabilities(alone, others)
            for threshold in THRESHOLDS:
                rows, guesses = surer_than(told, threshold)
                numbers = {"believed": len(rows), "dogs": int(guesses.sum())}
                numbers["right"] = int(np.sum(guesses == few.hidden[rows]))
                for name, number in numbers.items():
                    believed.setdefault(str(threshold), {}).setdefault(name, []).append(number)
                try:
                    model = semi.self_training(head(seed, rate), day, others, threshold, seed=seed)
                except GuardError:  # nothing is as sure as that, in this or in a later round
                    model = alone
                part.note(str(threshold), seed, model, test)
            keras.utils.clear_session()
        found[speed] = part.told([(str(threshold), "alone") for threshold in THRESHOLDS]) | {"first round": believed}
    return found


def day() -> dict:
    """What else can be done with the unlabelled, and what more labels would do."""
    found: dict = {}
    for speed, rate in RATES.items():
        part = Part()
        for seed, few in each_seed():
            day, others, test = few.labelled["daylight"], few.unlabelled["daylight"], few.test["daylight"][0]
            random = np.random.default_rng(seed)
            alone = semi.labels_alone(head(seed, rate), day, seed=seed)
            part.note("alone", seed, alone, test)
            part.note("curriculum", seed, semi.curriculum(head(seed, rate), day, others, seed=seed), test)
            weakly, strongly = keras.layers.GaussianNoise(0.1), keras.layers.Dropout(0.5)
            model = semi.consistency(head(seed, rate), day, others, weakly, strongly, epochs=5, seed=seed)
            part.note("consistency", seed, model, test)
            sure = surer_than(semi.probabilities(alone, others), 0.8)[0]
            for name, rows in (
                ("surest, true labels", sure),
                ("at random, true labels", random.permutation(len(others))[: len(sure)]),
                ("all labels", np.arange(len(others))),
            ):
                more = joined(day, others, (rows, few.hidden[rows]))
                part.note(name, seed, semi.labels_alone(head(seed, rate), more, seed=seed), test)
            keras.utils.clear_session()
        names = dict.fromkeys(run.method for run in part.runs)
        found[speed] = part.told([(name, "alone") for name in names if name != "alone"])
    return found


def pile() -> dict:
    """Self-training at .8 where nine of ten unlabelled are dogs, and where half are; the test has as many of both."""
    found: dict = {}
    for speed, rate in RATES.items():
        part = Part()
        for share in (0.5, 0.9):
            for seed, few in each_seed(dogs=share):
                day, others, test = few.labelled["daylight"], few.unlabelled["daylight"], few.test["daylight"][0]
                part.note(f"dogs {share}", seed, semi.self_training(head(seed, rate), day, others, seed=seed), test)
                if share == 0.9:
                    part.note("alone", seed, semi.labels_alone(head(seed, rate), day, seed=seed), test)
                keras.utils.clear_session()
        found[speed] = part.told([("dogs 0.9", "dogs 0.5"), ("dogs 0.9", "alone")])
    return found


def sketches() -> dict:
    """One animal in two styles: who teaches whom."""
    part = {style: Part() for style in ("sketch", "daylight")}
    for seed, few in each_seed():
        test = {style: few.test[style][0] for style in STYLES}
        known, others = few.labelled, few.unlabelled
        alone = {style: semi.labels_alone(head(seed), known[style], seed=seed) for style in STYLES}
        for style in part:
            part[style].note("alone", seed, alone[style], test[style])
        model = semi.self_training(head(seed), known["sketch"], others["sketch"], seed=seed)
        part["sketch"].note("self-trained", seed, model, test["sketch"])
        for student, teacher in (("sketch", "daylight"), ("daylight", "sketch"), ("daylight", "night")):
            told = semi.probabilities(alone[teacher], others[teacher])
            model = semi.teach(head(seed), known[student], others[student], told, seed=seed)
            part[student].note(f"taught by {teacher}", seed, model, test[student])
        both = tuple(known[style][0] for style in part), known["sketch"][1]
        models = semi.co_training((head(seed), head(seed)), both, tuple(others[style] for style in part), seed=seed)
        for style, model in zip(part, models, strict=True):
            part[style].note("both teach", seed, model, test[style])
        every = joined(known["sketch"], others["sketch"], (np.arange(len(few.hidden)), few.hidden))
        part["sketch"].note("all labels", seed, semi.labels_alone(head(seed), every, seed=seed), test["sketch"])
        keras.utils.clear_session()
    found = {}
    for style, one in part.items():
        names = dict.fromkeys(run.method for run in one.runs)
        found[style] = one.told([(name, "alone") for name in names if name != "alone"])
    return found


def views() -> dict:
    """Co-training of two halves of the features, and tri-training: do they beat self-training with all features?"""
    part = Part()
    for seed, few in each_seed():
        (inputs, classes), others, test = few.labelled["daylight"], few.unlabelled["daylight"], few.test["daylight"][0]
        part.note("alone", seed, semi.labels_alone(head(seed), (inputs, classes), seed=seed), test)
        part.note("self-trained", seed, semi.self_training(head(seed), (inputs, classes), others, seed=seed), test)
        models = semi.co_training(
            (head(seed, features=128), head(seed, features=128)),
            ((inputs[:, HALF], inputs[:, ~HALF]), classes),
            (others[:, HALF], others[:, ~HALF]),
            seed=seed,
        )
        told = [semi.probabilities(model, test[:, half]) for model, half in zip(models, (HALF, ~HALF), strict=True)]
        part.note("co-trained halves", seed, sum(told).argmax(axis=1))
        models = tuple(head(3 * seed + number) for number in range(3))
        models = semi.tri_training(models, (inputs, classes), others, seed=seed)
        part.note("tri-trained", seed, semi.vote(models, test))
        keras.utils.clear_session()
    names = ("self-trained", "co-trained halves", "tri-trained")
    return {"20": part.told([(name, "alone") for name in names] + [(name, names[0]) for name in names[1:]])}


PARTS: dict[str, Callable] = {
    "thresholds": thresholds,
    "day": day,
    "pile": pile,
    "sketches": sketches,
    "views": views,
}

if __name__ == "__main__":
    with tl.quietly():
        main()
