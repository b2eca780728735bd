"""Drawings judged on reality: digits from fonts on handwriting, drawn cats and dogs on photos. For lesson 15.

    python benchmarks/drawn_to_real.py --real DATA                 # about twelve minutes of one core
    python benchmarks/drawn_to_real.py --real DATA --only labels   # one part; the others stay as they were
    python benchmarks/drawn_to_real.py                             # digits on scikit-learn's alone; nothing is written

digits    a small network trained on drawn digits of five levels; on MNIST, USPS, MNIST-M in grey and scikit-learn's
labels    10, 50 and 100 labelled digits of MNIST: fine-tuned from varied drawings, from print, and from scratch
photos    a head on drawings of cats and dogs, judged on photos: as it is, with the photos' statistics, with CORAL;
          and 1, 5 and 20 labelled photos of each, alone and with the drawings

DATA holds digits/mnist, digits/usps, digits/mnist_m and cats_and_dogs; photos want the ImageNet weights of MobileNetV2
0.35 too, in $KERAS_HOME/models or ~/.keras/models. A seed draws drawings, labels and initial weights; test inputs stay
the same. Settings were chosen on seeds from 100 on, and on MNIST's rows that no test looks at. It is written to
benchmarks/results/drawn_to_real.json and, for the lesson, to datasets/comparisons.
"""

import argparse
import json
import os
from functools import cache
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from domain_data import mnist, mnist_m, usps

import tlteach as tl
from tlteach import adapt
from tlteach.core.files import cache_folder, write_json
from tlteach.engine.arrays import answers, fit_anew
from tlteach.engine.evaluation import outputs
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.methods.adapt.coral import colouring
from tlteach.methods.sim_to_real import drawn_digits

HERE = Path(__file__).resolve().parent
FILES = (HERE / "results" / "drawn_to_real.json", HERE.parent / "datasets" / "comparisons" / "drawn_to_real.json")
SEEDS = range(5)
LEVELS = (0, 0.5, 1, 2, 4)
DRAWINGS, EPOCHS = 4000, 8
POOL = 5000  # rows of MNIST for settings and for a few labels; the others are the test
BUDGETS = (1, 5, 10)  # labelled digits of each class
STEPS, BATCH = 200, 32  # of fine-tuning
SHOTS = (1, 5, 20)  # labelled photos of each class
Labelled = tuple[np.ndarray, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--real", type=Path, help="folder with real digits and photos")
    parser.add_argument("--folder", type=Path, default=cache_folder() / "drawn_to_real", help="features are kept there")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.real is None:
        print("Without --real DATA there are no MNIST, USPS, MNIST-M and photos: digits of scikit-learn alone.")
        told("digits", digits(None, options.folder))
        return
    for part in options.only:
        new = told(part, PARTS[part](options.real, options.folder))
        found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
        found[part] = new
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


# ---------------------------------------------------------------- digits


def digits(real: Path | None, folder: Path) -> dict:
    """Accuracy on real digits by the level of the drawings."""
    tests, runs = handwriting(real), {}
    for level in LEVELS:
        for seed in SEEDS:
            model = learned(level, seed)
            for name, (pictures, _) in tests.items():
                runs.setdefault(name, []).append(Run(f"level {level}", None, seed, guesses(model, pictures), 0.0))
            keras.utils.clear_session()
    levels = tuple(f"level {level}" for level in LEVELS)
    planned = tuple(("level 2", other) for other in levels if other != "level 2")
    found = {"drawings": DRAWINGS, "parameters": network(0).count_params()}
    for name, (_, labels) in tests.items():
        found[name] = judged(Comparison(name, labels, levels, (None,), tuple(runs[name]), planned=planned))
    return found


def handwriting(real: Path | None) -> dict[str, Labelled]:
    """Real digits to be judged on by name, all in the format of MNIST."""
    from sklearn.datasets import load_digits

    small, labels = load_digits(return_X_y=True)
    tests = {"scikit-learn": (in_box(small.reshape(-1, 8, 8) * 255 / 16), labels)}
    if real:
        (pictures, of_mnist), (rows, of_usps), (grey, of_mnist_m) = mnist(real), usps(real), mnist_m(real)
        tests["MNIST"] = pictures[POOL:, ..., None], of_mnist[POOL:]
        tests["USPS"] = in_box(rows[-2007:].reshape(-1, 16, 16) * 255), of_usps[-2007:]  # its test digits
        tests["MNIST-M"] = grey[..., None], of_mnist_m
    return tests


def in_box(pictures: np.ndarray) -> np.ndarray:
    """Digits (n, size, size) that fill their picture, resampled to 20 x 20 in the middle of 28 x 28."""
    from PIL import Image

    resized = [np.asarray(Image.fromarray(picture.astype("uint8")).resize((20, 20))) for picture in pictures]
    return np.pad(np.stack(resized), ((0, 0), (4, 4), (4, 4)))[..., None]


def network(seed: int) -> keras.Model:
    """A small convolutional network for digits, from raw pixels."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 5, strides=2, activation="relu"),
            layers.Conv2D(32, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(24, activation="relu"),
            layers.Dropout(0.3),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    return model


@cache
def weights(level: float, seed: int) -> list[np.ndarray]:
    """What the network has learned from drawings."""
    pictures, labels = drawn_digits(DRAWINGS, level, seed)
    return fit_anew(network(seed), (pictures[..., None], labels), EPOCHS, 64, seed).get_weights()


def learned(level: float, seed: int) -> keras.Model:
    """The network after learning from drawings."""
    arrays = weights(level, seed)
    model = network(seed)
    model.set_weights(arrays)
    return model


def guesses(model: keras.Model, pictures: np.ndarray) -> np.ndarray:
    """The class that the network finds likeliest."""
    return answers(model, pictures.astype("float32")).argmax(axis=1)


# ---------------------------------------------------------------- a few labels


def labels(real: Path, folder: Path) -> dict:
    """Accuracy on MNIST after a few labels of it, by where the network began."""
    pictures, of_mnist = mnist(real)
    begins = {"from varied drawings": lambda seed: learned(2, seed), "from print": lambda seed: learned(0, seed)}
    begins["from scratch"] = network
    runs = []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(POOL)
        for n in BUDGETS:
            rows = np.concatenate([order[of_mnist[order] == digit][:n] for digit in range(10)])
            rows = np.resize(rows, STEPS * BATCH // 10)  # the same steps for all budgets, in ten epochs
            for name, begin in begins.items():
                model = fit_anew(begin(seed), (pictures[rows, ..., None], of_mnist[rows]), 10, BATCH, seed)
                runs.append(Run(name, n, seed, guesses(model, pictures[POOL:, ..., None]), 0.0))
                keras.utils.clear_session()
    first, second, third = names = tuple(begins)
    planned = ((first, third), (first, second), (second, third))
    return judged(Comparison("MNIST", of_mnist[POOL:], names, BUDGETS, tuple(runs), planned=planned))


# ---------------------------------------------------------------- photos


def photos(real: Path, folder: Path) -> dict:
    """Accuracy on photos of what learned from drawings, without and with a few labelled photos."""
    drawings, pool, test = features(real, folder)
    heads, networks, few = [], [], []
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        order, target = random.permutation(len(drawings[1])), random.permutation(len(pool[1]))
        parts = [tuple(array[rows] for array in drawings) for rows in np.split(order, [900])]
        domains = adapt.Domains(*parts, pool[0][target], test, "drawings to photos")
        heads += [Run(name, None, seed, found, 0.0) for name, found in without_labels(domains)]
        for n in SHOTS:
            few += [Run(name, n, seed, found, 0.0) for name, found in with_labels(domains, pool[1][target], n)]
        networks += [Run(name, None, seed, found, 0.0) for name, found in by_network(domains, seed)]

    def compared(runs: list[Run], budgets: tuple, *planned: tuple[str, str]) -> dict:
        names = tuple(dict.fromkeys(run.method for run in runs))
        return judged(Comparison("photos", test[1], names, budgets, tuple(runs), planned=planned))

    planned = ("statistics", "source only"), ("CORAL", "source only"), ("statistics", "CORAL")
    return {
        "no labelled photo": compared(heads, (None,), *planned),
        "labelled photos": compared(few, SHOTS, ("photos and drawings", "photos alone")),
        "no labelled photo, a small network": compared(networks, (None,), *planned),
    }


Guesses = list[tuple[str, np.ndarray]]  # classes of the test photos, by the name of the method


def without_labels(domains: adapt.Domains) -> Guesses:
    """By a linear head on drawings: photos standardised as drawings are, or by their own statistics, or CORAL."""
    (rows, known), photos, test = domains.source, domains.target, domains.test[0]
    coloured = colouring(rows, photos, ridge=1e-3)(rows)
    return [
        ("source only", linear(standardised(rows, rows), known).predict(standardised(test, rows))),
        ("statistics", linear(standardised(rows, rows), known).predict(standardised(test, photos))),
        ("CORAL", linear(standardised(coloured, photos), known).predict(standardised(test, photos))),
    ]


def with_labels(domains: adapt.Domains, of_target: np.ndarray, n: int) -> Guesses:
    """By the same head, which knows the first `n` photos of each class, with the drawings or without them.

    Drawings and photos are standardised each by their own statistics, and count the same in all.
    """
    shown = np.concatenate([np.flatnonzero(of_target == label)[:n] for label in (0, 1)])
    (rows, answers_of_rows), known = domains.source, of_target[shown]
    drawn, some, test = (
        standardised(rows, rows),
        *(standardised(each, domains.target) for each in (domains.target[shown], domains.test[0])),
    )
    shares = np.concatenate([np.full(len(each), 1 / len(each)) for each in (drawn, some)])
    both = linear(np.concatenate([drawn, some]), np.concatenate([answers_of_rows, known]), shares * len(shares) / 2)
    return [("photos and drawings", both.predict(test)), ("photos alone", linear(some, known).predict(test))]


def by_network(domains: adapt.Domains, seed: int) -> Guesses:
    """By the methods of tl.adapt, whose network has a hidden layer, as they are."""
    found = []
    for name, method in (("source only", adapt.source_only), ("statistics", adapt.statistics), ("CORAL", adapt.coral)):
        model = method(adapt.network(domains, seed=seed), domains, seed=seed)
        found.append((name, guesses(model, domains.test[0])))
        keras.utils.clear_session()
    return found


def standardised(rows: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Rows by the mean and the deviation of others."""
    return (rows - of.mean(axis=0)) / (of.std(axis=0) + 1e-6)


def linear(rows: np.ndarray, known: np.ndarray, shares: np.ndarray | None = None):
    """A linear head, strongly held back: it has 1,280 weights and as few as two rows."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.001, max_iter=500).fit(rows, known, shares)


def features(real: Path, folder: Path) -> tuple[Labelled, Labelled, Labelled]:
    """Drawings, 1,000 photos and 500 test photos, as MobileNetV2 0.35 with ImageNet weights sees them at 160 pixels."""
    kept = folder / "cats_and_dogs.npz"
    if not kept.is_file():
        drawn, task = tl.tasks.cats_vs_dogs(), tl.tasks.from_folder(real / "cats_and_dogs").subset(500)
        base = tl.base_model(tl.select_source(drawn, "mobilenet_v2_035"), image_size=160)
        splits = drawn.train.joined(drawn.validation, drawn.test), task.train, task.test
        np.savez(kept, *(array for some in splits for array in (outputs(base, some).astype("float32"), some.labels)))
    with np.load(kept) as arrays:
        one, two, three, four, five, six = (arrays[key] for key in arrays)
    return (one, two), (three, four), (five, six)


# ---------------------------------------------------------------- what is kept and told


def judged(comparison: Comparison) -> dict:
    """Accuracies of all seeds by method, for each budget where there are some, and the verdicts."""
    found: dict = {}
    for row in comparison.rows:
        place = found if row.labels_per_class is None else found.setdefault(str(row.labels_per_class), {})
        place[row.method] = [round(accuracy, 4) for accuracy in row.accuracies]
    found["verdicts"] = [
        {"labels per class": pair.labels_per_class, "pair": [pair.first, pair.second], "verdict": pair.verdict,
         "difference": round(pair.difference.mean, 4), "p": pair.p_value, "shown": bool(pair.is_shown)}
        for pair in comparison.pairs
    ]  # fmt: skip
    return found


def told(part: str, found: dict, indent: str = "") -> dict:
    """Print a part: lists of accuracies as their means, verdicts as sentences."""
    print(f"{indent}{part}")
    indent += "    "
    for name, each in found.items():
        if type(each) is dict:
            told(name, each, indent)
        elif name == "verdicts":
            for one in each:
                few = "" if one["labels per class"] is None else f"{one['labels per class']} of each class: "
                print(f"{indent}{few}{one['verdict']}, p = {one['p']:.2g}")
        else:
            print(f"{indent}{name:<24}{f'{np.mean(each):.3f}' if type(each) is list else each}")
    return found


PARTS = {"digits": digits, "labels": labels, "photos": photos}

if __name__ == "__main__":
    with tl.quietly():
        main()
