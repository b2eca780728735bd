"""How transfer fails, one thing changed at a time, and what a fine-tuned model remembers. For lesson 08.

    python benchmarks/failures.py                # about 15 minutes of one core
    python benchmarks/failures.py --folder runs  # can be interrupted: what is finished is not run again
    python benchmarks/failures.py --tiny         # a smoke test: one seed and few pictures, into a temporary folder

Four records, each with five draws of 50 labels per class from cats and dogs, on the bundled base.

distances: the target moves away from what the base has seen: blue first, upside down, as a negative, and all three.
What does the frozen base gain over the network of `scratch`? Nothing is lost in such pictures, and a network with
random weights expects nothing: so scratch on them as they were drawn serves for all. It is taken from
benchmarks/results/negative_transfer.json, which also has a base that learned coats. How far a domain lies is the
squared MMD between features of the base.

control: scratch itself, on the pictures that were changed in all three ways.

failures: the recipe done right, and six ways to spoil it. Where a guard of tlteach would stop it, plain Keras is used,
as elsewhere nobody would stop it.

membership: on sketches, all of the base learns, and is attacked by membership inference; then with remedies, each of
which differs from "plain" in one thing. Others are sketches of the same pool that nothing was learned from.

Test is looked at once, at the end. PAIRS were fixed beforehand, and Holm's correction is for these. The records go to
benchmarks/results and, for the lesson, to datasets/comparisons.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from scipy import stats

import tlteach as tl
from tlteach.core.files import write_json
from tlteach.core.task import Task
from tlteach.engine.evaluation import outputs
from tlteach.evidence import verdicts
from tlteach.methods.distances import mmd
from tlteach.methods.membership import membership_advantage

HERE = Path(__file__).resolve().parent
FOLDERS = (HERE / "results", HERE.parent / "datasets" / "comparisons")
SEEDS, LABELS = 5, 50

# ---------------------------------------------------------------- distances

# What is done to every picture, in all splits: it loses nothing, and a network with random weights cannot notice it.
CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "as drawn": lambda images: images,
    "blue first": lambda images: images[..., ::-1],
    "upside down": lambda images: images[:, ::-1],
    "negative": lambda images: 255 - images,
    "all three": lambda images: 255 - images[:, ::-1, :, ::-1],
}


def distances(folder: Path, tiny: bool) -> dict:
    """By domain: how far it lies from what the base has seen, and what transfer gains there over scratch."""
    seeds, labels = (1, 10) if tiny else (SEEDS, LABELS)
    known = tl.compare.load(HERE / "results" / "negative_transfer.json")
    found, far = {}, {}
    for name, change in CHANGES.items():
        task = changed(tl.tasks.cats_vs_dogs(), change)
        found[name] = against_scratch([frozen], task, seeds, labels, folder, known)
        far[name] = how_far(change, 48 if tiny else 240)
        print(name, far[name], found[name], flush=True)
    found["coats"], far["coats"] = known.pair("coats", "scratch", labels).difference, far["as drawn"]
    corrected = verdicts.holm([difference.p_value for difference in found.values()])
    return {
        name: {
            "squared_mmd": far[name],
            "gain": dataclasses.asdict(difference),
            "verdict": verdicts.verdict(f"the frozen base, {name},", "scratch", difference, p_value),
            "is_shown": bool(p_value < verdicts.LEVEL),
        }
        for (name, difference), p_value in zip(found.items(), corrected, strict=True)
    }


def control(folder: Path, tiny: bool) -> dict:
    """Does a network with random weights notice the change? Scratch on the pictures that were changed most."""
    seeds, labels = (1, 10) if tiny else (SEEDS, LABELS)
    known = tl.compare.load(HERE / "results" / "negative_transfer.json")
    task = changed(tl.tasks.cats_vs_dogs(), CHANGES["all three"])
    found = against_scratch(["scratch"], task, seeds, labels, folder, known)
    told = verdicts.verdict("scratch, all three,", "scratch, as drawn", found, found.p_value)
    return {"difference": dataclasses.asdict(found), "verdict": told}


def against_scratch(methods, task: Task, seeds: int, labels: int, folder: Path, known) -> verdicts.Difference:
    """The method with the same draws and test pictures, changed, minus scratch on them as they were drawn."""
    found = tl.compare.compare(methods, task, seeds, labels, folder, workers=1)
    one, other = found.correct(found.methods[0], labels), known.correct("scratch", labels)
    return verdicts.paired_difference(*([side[seed] for seed in range(seeds)] for side in (one, other)))


def frozen(task: Task, seed: int) -> keras.Model:
    """As tl.compare.frozen, which would take another source for a task that is not bundled."""
    keras.utils.set_random_seed(seed)
    model = tl.add_head(bundled_base(), task, learning_rate=1e-2)
    tl.train(model, task, epochs=20, seed=seed, verbose=0)
    return model


def changed(task: Task, change: Callable[[np.ndarray], np.ndarray]) -> Task:
    splits = [(change(split.arrays(96)[0]), split.labels) for split in (task.train, task.validation, task.test)]
    return tl.tasks.from_splits(*splits, task.class_names, name=task.name)


def how_far(change: Callable[[np.ndarray], np.ndarray], n: int) -> float:
    """Squared MMD between drawings of the source and changed cats and dogs, in features of the bundled base."""
    species = tl.menagerie.SOURCE_SPECIES, tl.menagerie.TARGET_SPECIES
    seen, new = (tl.menagerie.sample(names, n, 6)[0] for names in species)
    splits = (tl.tasks.Split(np.ascontiguousarray(images), np.zeros(n, int), 2) for images in (seen, change(new)))
    base = bundled_base()
    return round(mmd(*(outputs(base, split) for split in splits)), 4)


# ---------------------------------------------------------------- failures: each is a method of tl.compare

FEW = 5  # labels per class, where they are too few


def done_right(task: Task, seed: int) -> keras.Model:
    return tl.compare.frozen(task, seed)


def pixels_from_0_to_1(task: Task, seed: int) -> keras.Model:
    """Pixels are divided by 255, and then scaled again by the base: in training and afterwards alike."""
    keras.utils.set_random_seed(seed)
    base = bundled_base()
    inputs = keras.Input((96, 96, 3))
    seen = keras.layers.GlobalAveragePooling2D()(base(keras.layers.Rescaling(1 / 255)(inputs), training=False))
    spoiled = keras.Model(inputs, seen)
    x = keras.Input((256,))
    classes = keras.layers.Dense(task.n_classes, "softmax", kernel_initializer="zeros")
    head = keras.Model(x, classes(keras.layers.Dropout(0.2)(x)))
    head.compile(keras.optimizers.Adam(1e-2), "sparse_categorical_crossentropy")
    best = keras.callbacks.EarlyStopping("val_loss", patience=20, restore_best_weights=True)
    learn, judge = ((outputs(spoiled, split), split.labels) for split in (task.train, task.validation))
    head.fit(*learn, epochs=20, validation_data=judge, callbacks=[best], verbose=0)  # as tl.compare.frozen does
    return keras.Model(inputs, head(seen))


def seven_blocks(task: Task, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    base = bundled_base()
    last = tl.blocks(base)[6].layers[-1]
    model = tl.add_head(keras.Model(base.input, last.output), task, learning_rate=1e-2)
    tl.train(model, task, epochs=20, seed=seed, verbose=0)
    return model


def few_labels(task: Task, seed: int) -> keras.Model:
    return tl.compare.frozen(task.subset(FEW, seed), seed)


def by_heart(task: Task, seed: int) -> keras.Model:
    """All of the base learns from a few labels, for many epochs, and the last epoch is kept."""
    keras.utils.set_random_seed(seed)
    few = task.subset(FEW, seed)
    model = tl.unfreeze(tl.add_head(bundled_base(), few), 1.0)
    model.compile(keras.optimizers.Adam(1e-3), model.loss, metrics=["accuracy"])
    model.fit(few.train.batches(96, shuffle=True, seed=seed), epochs=100, shuffle=False, verbose=0)
    return model


def rate_too_high(task: Task, seed: int) -> keras.Model:
    """A trained head, and then all of the base at a rate that tl.recompile would refuse."""
    model = tl.unfreeze(tl.compare.frozen(task, seed), 1.0)
    model.compile(keras.optimizers.Adam(3e-2), model.loss, metrics=["accuracy"])
    best = keras.callbacks.EarlyStopping("val_loss", patience=10, restore_best_weights=True)
    batches, judging = task.train.batches(96, shuffle=True, seed=seed), task.validation.batches(96)
    model.fit(batches, epochs=10, validation_data=judging, callbacks=[best], shuffle=False, verbose=0)
    return model


def bundled_base() -> keras.Model:
    return tl.base_model(tl.sources.source_by_name("menagerie"))


FAILURES = {
    "done right": done_right,
    "pixels from 0 to 1": pixels_from_0_to_1,
    "seven blocks": seven_blocks,
    "five labels": few_labels,
    "by heart": by_heart,
    "rate too high": rate_too_high,
}
PAIRS = (*((name, "done right") for name in [*FAILURES][1:]), ("by heart", "five labels"))


def failures(folder: Path, tiny: bool) -> dict:
    """The accuracies on test, and what can be seen before: accuracy on what was learned from, and on validation."""
    seeds, labels = (1, 6) if tiny else (SEEDS, LABELS)
    methods = {name: partial(noted, name, find, str(folder)) for name, find in FAILURES.items()}
    found = tl.compare.compare(methods, tl.tasks.cats_vs_dogs(), seeds, labels, folder, workers=1)
    print(found := dataclasses.replace(found, planned=PAIRS), flush=True)
    return {**found.to_dict(), "seen": notes(folder, FAILURES, seeds)}


def noted(name: str, find: Callable, folder: str, task: Task, seed: int) -> keras.Model:
    """The method, which writes down what there is to see without the test split."""
    model = find(task, seed)
    few = task.subset(FEW, seed) if find in (few_labels, by_heart) else task
    train, validation = tl.evaluate(model, few.train), tl.evaluate(model, task.validation)
    chances = validation.probabilities[np.arange(len(validation.labels)), validation.labels]
    loss = float(-np.log(np.maximum(chances, 1e-7)).mean())
    note(folder, name, seed, {"train": train.accuracy, "validation": validation.accuracy, "validation_loss": loss})
    return model


def note(folder: str, name: str, seed: int, found: dict[str, float]) -> None:
    write_json(Path(folder) / f"note {name} {seed}.json", {key: round(value, 4) for key, value in found.items()})


def notes(folder: Path, names, seeds: int) -> dict:
    """By method, what was written down, a list over the seeds for each."""
    files = {name: [folder / f"note {name} {seed}.json" for seed in range(seeds)] for name in names}
    read = {name: [json.loads(path.read_text(encoding="utf-8")) for path in paths] for name, paths in files.items()}
    return {name: {key: [one[key] for one in some] for key in some[0]} for name, some in read.items()}


# ---------------------------------------------------------------- membership

EPOCHS, EARLY, BATCH_SIZE, RATE = 12, 3, 16, 1e-3
MORE = 4  # times the labels
TRAINED: dict[tuple[str, int], tuple[keras.Model, dict]] = {}


def sketches(folder: str, tiny: bool) -> Task:
    """The pool that members and others are drawn from; it is drawn once, and kept in a file."""
    kept = Path(folder) / "sketches.npz"
    if not kept.exists():
        drawn = tl.tasks.drawings("sketch", *((100, 20, 20) if tiny else (800, 200, 500)))
        splits = (drawn.train, drawn.validation, drawn.test)
        np.savez(kept, *(array for split in splits for array in split.arrays(96)))
    found = list(np.load(kept).values())
    splits = zip(found[::2], found[1::2], strict=True)
    return tl.tasks.from_splits(*splits, tl.menagerie.TARGET_SPECIES, name="cats_vs_dogs_sketch")


def plain(task: Task, seed: int, keep="last") -> keras.Model:
    """Head and whole base learn together; kept is the "last" epoch, the "best" on validation, or an "early" one."""
    if (task.train.digest(), seed) not in TRAINED:  # one training serves for three ways
        TRAINED.clear()
        model = untrained(task, seed)
        TRAINED[task.train.digest(), seed] = model, learned(model, task, seed, EPOCHS)
    model, weights = TRAINED[task.train.digest(), seed]
    model.set_weights(weights[keep])
    return model


def whole(task: Task, seed: int, epochs=EPOCHS, dropout=0.2, loss=None) -> keras.Model:
    """As plain, with one other setting."""
    model = untrained(task, seed, dropout, loss)
    model.set_weights(learned(model, task, seed, epochs)["last"])
    return model


def untrained(task: Task, seed: int, dropout=0.2, loss=None) -> keras.Model:
    keras.utils.set_random_seed(seed)
    model = tl.unfreeze(tl.add_head(bundled_base(), task, dropout=dropout), 1.0)
    model.compile(keras.optimizers.Adam(RATE), loss or model.loss, metrics=["accuracy"])
    return model


def frozen_base(task: Task, seed: int) -> keras.Model:
    """The head alone, at the rate of a head."""
    keras.utils.set_random_seed(seed)
    model = tl.add_head(bundled_base(), task, learning_rate=1e-2)
    model.set_weights(learned(model, task, seed, EPOCHS)["last"])
    return model


def more_labels(task: Task, seed: int, folder: str, tiny: bool) -> keras.Model:
    """As many steps, on more pictures."""
    return whole(sketches(folder, tiny).subset(MORE * len(task.train) // 2, seed), seed, EPOCHS // MORE)


def learned(model: keras.Model, task: Task, seed: int, epochs: int) -> dict[str, list]:
    """Train, and return the weights after the "last" epoch, the "best" on validation, and the "early" one."""
    model.head_rate = 1.0  # one rate for head and base is meant here
    weights: dict[str, list] = {}

    def look(epoch: int, _) -> None:
        weights["last"] = model.get_weights()
        if epoch == EARLY - 1:
            weights["early"] = weights["last"]

    best = keras.callbacks.EarlyStopping("val_loss", patience=epochs, restore_best_weights=True)
    looks = keras.callbacks.LambdaCallback(on_epoch_end=look)
    tl.train(model, task, epochs, BATCH_SIZE, seed=seed, callbacks=[looks, best], verbose=0)
    return weights | {"best": model.get_weights()}


def smoothed(labels, probabilities):
    """Cross-entropy with labels that say 0.9 and 0.1, in place of 1 and 0."""
    classes = probabilities.shape[-1]
    wanted = 0.8 * keras.ops.one_hot(keras.ops.reshape(labels, (-1,)), classes) + 0.2 / classes
    return keras.losses.categorical_crossentropy(wanted, probabilities)


def remedies(folder: str, tiny: bool) -> dict[str, Callable]:
    return {
        "plain": plain,
        "3 epochs": partial(plain, keep="early"),
        "best epoch": partial(plain, keep="best"),
        "frozen base": frozen_base,
        "4 times the labels": partial(more_labels, folder=folder, tiny=tiny),
        "dropout 0.8": partial(whole, dropout=0.8),
        "smoothed labels": partial(whole, loss=smoothed),
    }


def membership(folder: Path, tiny: bool) -> dict:
    """The accuracies on test, the advantage of the attack for each seed, and how it differs from that on "plain"."""
    seeds, labels = (1, 6) if tiny else (SEEDS, LABELS)
    ways = remedies(str(folder), tiny)
    methods = {name: partial(attacked, name, way, str(folder), tiny) for name, way in ways.items()}
    found = tl.compare.compare(methods, sketches(str(folder), tiny), seeds, labels, folder, workers=1)
    print(found := dataclasses.replace(found, planned=tuple((name, "plain") for name in [*ways][1:])), flush=True)
    attacks = notes(folder, ways, seeds)
    return {**found.to_dict(), "attacks": attacks, "against_plain": against_plain(attacks)}


def attacked(name: str, way: Callable, folder: str, tiny: bool, task: Task, seed: int) -> keras.Model:
    model = way(task, seed)
    many = sketches(folder, tiny).subset(MORE * len(task.train) // 2, seed)
    members = many.train if name == "4 times the labels" else task.train
    found = membership_advantage(model, members, never_learned(task, seed, folder, tiny), seed)
    train = tl.evaluate(model, members).accuracy
    note(folder, name, seed, {"advantage": found.advantage, "train": train})
    return model


def never_learned(task: Task, seed: int, folder: str, tiny: bool) -> tl.tasks.Split:
    """As many sketches as the largest way learns from, none of which any way has learned from with this seed."""
    pool = sketches(folder, tiny)
    drawn = set(pool.subset(MORE * len(task.train) // 2, seed).train.fingerprints())
    rows = [row for row, found in enumerate(pool.train.fingerprints()) if found not in drawn]
    return pool.train.take(rows)


def against_plain(attacks: dict) -> dict:
    """By way, advantage minus that on plain: mean and 95 % interval over the seeds, and Holm's p-value of a t-test."""
    ways = {name: np.subtract(found["advantage"], attacks["plain"]["advantage"]) for name, found in attacks.items()}
    del ways["plain"]
    if len(attacks["plain"]["advantage"]) < 3:
        return {}
    tests = {name: stats.ttest_1samp(differences, 0) for name, differences in ways.items()}
    corrected = verdicts.holm([test.pvalue for test in tests.values()])
    intervals = {name: test.confidence_interval() for name, test in tests.items()}
    return {
        name: {"mean": float(differences.mean()), "low": float(intervals[name].low),
               "high": float(intervals[name].high), "p_value": p_value}
        for (name, differences), p_value in zip(ways.items(), corrected, strict=True)
    }  # fmt: skip


# ---------------------------------------------------------------- one command

RECORDS = {"distances": distances, "control": control, "failures": failures, "membership": membership}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=RECORDS, help="one of the four records")
    parser.add_argument("--folder", type=Path, help="for the files of the runs; a temporary one without it")
    parser.add_argument("--tiny", action="store_true", help="one seed, few pictures; its numbers stay in the folder")
    options = parser.parse_args()
    keras.config.disable_interactive_logging()
    with tempfile.TemporaryDirectory(prefix="tlteach_failures_") as temporary, tl.quietly():
        for name in [options.only] if options.only else RECORDS:
            folder = (options.folder or Path(temporary)) / name
            folder.mkdir(parents=True, exist_ok=True)
            found = RECORDS[name](folder, options.tiny)
            print(json.dumps(found, indent=1)[:2000], flush=True)
            for place in (folder,) if options.tiny else FOLDERS:
                write_json(place / f"{name}.json", found)


if __name__ == "__main__":
    main()
