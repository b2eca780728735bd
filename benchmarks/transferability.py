"""Transferability scores on trial: does their order of the sources agree with the order that training finds?

    python benchmarks/transferability.py                           # about half an hour on two cores
    python benchmarks/transferability.py --tiny --folder FOLDER    # a smoke test

Sources: seven small MobileNets, each pre-trained here for a minute on other animals, in another style, or for less
time; the bundled source; ImageNet's mobilenet_025 and mobilenet_v2_035 where KERAS_HOME has their weights; and, as a
control, a network with random weights, whose normalization alone has seen some drawings. Each goes to three target
tasks and three draws of labels: it is scored on the training inputs alone; their rival, a linear head on the frozen
features, is judged on validation; tlteach.compare trains a head on it (frozen), and a head and then its top half
(fine-tuned), and judges both on the test split.

For every score and the rival: the weighted Kendall correlation (Vigna, WWW 2015) with the accuracies, the mean over the
targets, with a bootstrap interval over sources and draws; how far a score is ahead of the rival; and what one would
have got by taking the source with the highest score.
Runs are kept in a folder: after an interruption, the same command goes on from there. Numbers and picture go to
benchmarks/results/ (see transferability_report.py).
"""

import argparse
import itertools
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm
from transferability_report import MEASURES, REPEATS, report

import tlteach as tl
from tlteach import sources, tasks
from tlteach.core.files import cache_folder
from tlteach.engine.evaluation import outputs
from tlteach.evidence.trial import RANDOM, RIVAL
from tlteach.image.menagerie import sample
from tlteach.image.menagerie.pretrain import shrink, source_network, train_stage
from tlteach.methods.transferability import NEED_A_CLASSIFIER, SCORES, frozen_head

RESULTS = Path(__file__).parent / "results"
HUNTERS = ("lynx", "tiger", "lion", "serval", "wolf", "fox", "jackal", "hyena")
GRAZERS = ("pig", "cow", "goat", "sheep", "deer", "horse", "elephant", "kangaroo")
CLIMBERS = ("rabbit", "mouse", "koala", "otter", "monkey", "owl", "raccoon", "bear")
MIXED = ("lynx", "wolf", "tiger", "fox", "sheep", "horse", "mouse", "owl")
# What each source learned: species, style, and the share of the full number of epochs.
OWN = {
    "hunters": (HUNTERS, "daylight", 1),
    "grazers": (GRAZERS, "daylight", 1),
    "climbers": (CLIMBERS, "daylight", 1),
    "mixed": (MIXED, "daylight", 1),
    "mixed, brief": (MIXED, "daylight", 0.25),
    "mixed, night": (MIXED, "night", 1),
    "mixed, sketch": (MIXED, "sketch", 1),
    RANDOM: (MIXED, "daylight", 0),
}
PUBLISHED = ("menagerie", "mobilenet_025", "mobilenet_v2_035")
# The bundled task, and two that are drawn afresh: species, style, labels of each class.
TARGETS = {
    "cats_vs_dogs": (None, "daylight", 20),
    "four at night": (("cat", "dog", "rabbit", "bear"), "night", 20),
    "four sketched": (("deer", "horse", "goat", "cow"), "sketch", 100),
}


@dataclass(frozen=True)
class Size:
    """How large a trial is; pictures and networks are of `pixels` a side."""

    pixels: int = 64
    drawings: int = 400  # of each species, to pre-train on
    epochs: int = 8  # of pre-training
    held_out: tuple[int, int] = (200, 400)  # validation and test drawings of a target that is drawn afresh
    labels: float = 1.0  # share of the labels in TARGETS
    head_epochs: int = 40
    fine_tune_epochs: int = 15
    seeds: int = 3
    own: tuple[str, ...] = tuple(OWN)
    published: tuple[str, ...] = PUBLISHED
    targets: tuple[str, ...] = tuple(TARGETS)
    repeats: int = REPEATS  # of the bootstrap
    workers: int | None = None  # processes for the runs; None: one for each core


TINY = Size(32, 8, 1, (16, 16), 0.2, 1, 1, 1, ("hunters", "mixed, sketch", RANDOM), (), ("four at night",), 20, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=cache_folder() / "transferability", help="where runs are kept")
    parser.add_argument("--tiny", action="store_true", help="few drawings, one epoch; its numbers stay in the folder")
    options = parser.parse_args()
    size, folder = TINY if options.tiny else Size(), options.folder
    folder.mkdir(parents=True, exist_ok=True)
    weights = {source: pretrained(source, size, folder) for source in tqdm(size.own, desc="pre-training")}
    weights |= {source: None for source in size.published if sources.weights_path(sources.SOURCES[source])}
    runs = [run for target in size.targets for run in runs_of(target, weights, size, folder)]
    report(runs, folder if options.tiny else RESULTS, size.repeats)


def pretrained(source: str, size: Size, folder: Path) -> Path:
    """The weights of one of our sources, with those of its own head; where they are missing, they are learned now."""
    import keras

    species, style, share = OWN[source]
    epochs = round(size.epochs * share)
    path = folder / f"{source}, {size.drawings} drawings, {size.pixels} px, {epochs} epochs.weights.h5"
    if path.exists():
        return path
    keras.utils.set_random_seed(0)
    images, _ = sample(species, (size.drawings if share else 8) * len(species), seed=100, style=style)
    images, labels = shrink(images, size.pixels), np.arange(len(images)) % len(species)
    base, network = source_network(len(species))
    if share:
        train_stage(network, images, labels, epochs, peak=0.1, batch_size=32, verbose=0)
    else:  # without the statistics of some drawings, the features of random weights would be zero
        for layer in base.layers:
            layer.momentum = 0.0  # of BatchNormalization: forget what it started with
        base(images / np.float32(127.5) - 1, training=True)
    part = path.with_name(f"part of {path.name}")
    network.save_weights(part)
    os.replace(part, path)
    return path


def runs_of(target: str, weights: dict[str, Path | None], size: Size, folder: Path) -> Iterator[dict]:
    """Transfer from every source, score every source, and give what was found for each draw of labels and source."""
    task, labels = draw_target(target, size)
    methods = {
        f"{source}, {way}": partial(transferred, source, path, size.pixels, size.head_epochs, epochs)
        for source, path in weights.items()
        for way, epochs in (("frozen", 0), ("fine_tuned", size.fine_tune_epochs))
    }
    found = tl.compare.compare(methods, task, size.seeds, labels, folder, workers=size.workers)
    if found.failed:
        first = found.failed[0]
        raise SystemExit(f"{first.method} failed: {first.error}. The same command tries it again.")
    spent = {(run.method, run.seed): run.seconds for run in found.runs}
    today = sources.choose(task)[0].name
    models = {source: build(source, path, size.pixels) for source, path in weights.items()}
    for seed, source in itertools.product(range(size.seeds), models):
        names = {way: f"{source}, {way}" for way in MEASURES}
        right = {way: float(found.correct(name, labels)[seed].mean()) for way, name in names.items()}
        started = time.perf_counter()
        scores = score(*models[source], task.subset(labels, seed))
        seconds = {"scores": time.perf_counter() - started}
        seconds["training"] = sum(spent[name, seed] for name in names.values())
        run = {"target": target, "source": source, "seed": seed, **right}
        yield {**run, "scores": scores, "seconds": seconds, "today": today}


def draw_target(target: str, size: Size) -> tuple[tasks.Task, int]:
    """A target task, and how many labels of each class may be used."""
    species, style, labels_per_class = TARGETS[target]
    n = round(labels_per_class * size.labels)
    if species is None:
        return tasks.cats_vs_dogs(), n
    pool = 2 * n * len(species)
    images, _ = sample(species, pool + sum(size.held_out), seed=200, style=style)
    labels = np.arange(len(images)) % len(species)
    ends = np.cumsum([pool, size.held_out[0]])
    splits = zip(np.split(images, ends), np.split(labels, ends), strict=True)
    return tasks.from_splits(*splits, species, name=target), n


def build(source: str, weights: Path | None, pixels: int):
    """The frozen base of a source, and its classifier into its own classes, None where its head was not kept."""
    import keras

    if weights is None:
        base, classifier = sources.build(sources.SOURCES[source], pixels), None
    else:
        inner, network = source_network(8)
        network.load_weights(weights)
        base = sources.build(sources.SOURCES["menagerie"], pixels, weights=None)  # the same layers
        base.set_weights(inner.get_weights())
        inputs = keras.Input((pixels, pixels, 3))
        classifier = keras.Model(inputs, keras.layers.Softmax()(network(inputs, training=False)))
    base.trainable = False
    return base, classifier


def transferred(source: str, weights: Path | None, pixels: int, head_epochs: int, epochs: int, task, seed: int):
    """A head on the frozen source; where there are `epochs`, then its top half fine-tuned."""
    import keras

    base, _ = build(source, weights, pixels)
    keras.utils.set_random_seed(seed)
    how = {"batch_size": max(8, len(task.train) // 10), "seed": seed, "verbose": 0}
    model = tl.add_head(base, task, learning_rate=3e-3)
    tl.train(model, task, head_epochs, **how)
    if epochs:
        tl.recompile(tl.unfreeze(model, from_layer=0.5), learning_rate=3e-4)
        tl.train(model, task, epochs, **how)
    return model


def score(base, classifier, task: tasks.Task) -> dict[str, float]:
    """Every score that the source can have, and the rival; rounded, so that rounding errors do not make an order."""
    features, held_out = outputs(base, task.train), outputs(base, task.validation)
    probabilities = None if classifier is None else outputs(classifier, task.train)
    found = {
        name: round(function(probabilities if name in NEED_A_CLASSIFIER else features, task.train.labels), 6)
        for name, function in SCORES.items()
        if classifier is not None or name not in NEED_A_CLASSIFIER
    }
    return {**found, RIVAL: frozen_head(features, task.train.labels, held_out, task.validation.labels)}


if __name__ == "__main__":
    main()
