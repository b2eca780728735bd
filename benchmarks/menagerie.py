"""Cats against dogs in the menagerie: a fair network from scratch, and the bundled source, frozen, under a new head.

    python benchmarks/menagerie.py

prints test accuracies for 20, 100 and 400 labels (mean and 95 % interval over five seeds; a seed draws the labels and
the initial weights) and the speed of drawing, and writes benchmarks/results/menagerie.json. Both sides see the same
labels, keep their best epoch on the same 200 validation drawings, and are judged on the same 500 test drawings.
Nearly all of its time goes to the networks from scratch.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

# One thread for each process, and a process for each core.
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}

import keras
import numpy as np
from scipy import stats
from tqdm import tqdm

from tlteach import tasks
from tlteach.core.files import bundled
from tlteach.image import menagerie
from tlteach.image.menagerie.pretrain import WEIGHTS_NAME

LABELS = (20, 100, 400)
SEEDS = range(5)
IMAGE_SIZE = 96
SCRATCH_STEPS = 1600
HEAD_EPOCHS = 100
RESULTS = Path(__file__).parent / "results" / "menagerie.json"


def scratch_network() -> keras.Model:
    """The best small network without transfer that a short search found, on raw pixels (b, 96, 96, 3).

    Tried, on drawings of other seeds: width, depth, early pooling, average or maximum at the top (the maximum finds a
    muzzle among clutter), learning rate, number of steps.
    """
    layers = keras.layers
    inputs = x = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 3))
    for augment in (
        layers.RandomFlip("horizontal"),
        layers.RandomTranslation(0.1, 0.1),
        layers.RandomZoom((-0.2, 0.2)),
        layers.RandomContrast(0.3),
        layers.RandomBrightness(0.2),
    ):
        x = augment(x)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for block, width in enumerate((16, 32, 64, 64, 64)):
        x = layers.Conv2D(width, 3 if block else 5, strides=1 if block else 2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D()(x) if block else x
    x = layers.Dropout(0.2)(layers.GlobalMaxPooling2D()(x))
    model = keras.Model(inputs, layers.Dense(2)(x))
    compile_with(model, keras.optimizers.AdamW(4e-3, weight_decay=1e-3))
    return model


def head_on_features(n_features: int) -> keras.Model:
    """The recipe's head on pooled features (b, n_features), which the frozen base gives once and for all."""
    inputs = keras.Input((n_features,))
    x = keras.layers.Dropout(0.2)(inputs)
    model = keras.Model(inputs, keras.layers.Dense(2, kernel_initializer="zeros")(x))
    compile_with(model, keras.optimizers.Adam(1e-3))
    return model


def compile_with(model: keras.Model, optimizer: keras.Optimizer) -> None:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])


def pooled_features(images: np.ndarray) -> np.ndarray:
    """What the frozen base makes of images (n, 96, 96, 3): its last feature map, averaged to (n, 256)."""
    shape = (IMAGE_SIZE, IMAGE_SIZE, 3)
    base = keras.applications.MobileNet(alpha=0.25, input_shape=shape, include_top=False, weights=None)
    base.load_weights(bundled(f"weights/{WEIGHTS_NAME}"))
    return base.predict(images / np.float32(127.5) - 1, batch_size=128, verbose=0).mean(axis=(1, 2))


class BestWeights(keras.callbacks.Callback):
    """Keeps the weights of the epoch that did best on validation: highest accuracy, then lowest loss."""

    def __init__(self):
        super().__init__()
        self.best, self.weights = (-1.0, 0.0), None

    def on_epoch_end(self, epoch, logs=None):
        found = (logs["val_accuracy"], -logs["val_loss"])
        if found > self.best:
            self.best, self.weights = found, self.model.get_weights()


def best_epoch_accuracy(model: keras.Model, train, validation, test, epochs: int) -> float:
    """Train, go back to the epoch that was best on validation, and return the accuracy on test."""
    best = BestWeights()
    options = {"validation_data": validation, "validation_batch_size": 200, "callbacks": [best], "verbose": 0}
    model.fit(*train, batch_size=32, epochs=epochs, **options)
    model.set_weights(best.weights)
    return float(model.evaluate(*test, batch_size=250, verbose=0)[1])


def from_scratch(splits) -> float:
    """An epoch shows each drawing several times where few are labelled: every budget gets the same number of steps."""
    (images, labels), validation, test = splits
    repeats = -(-400 // len(labels))
    train = np.tile(images, (repeats, 1, 1, 1)), np.tile(labels, repeats)
    return best_epoch_accuracy(scratch_network(), train, validation, test, SCRATCH_STEPS * 32 // len(train[1]))


def frozen(splits) -> float:
    train, validation, test = ((pooled_features(images), labels) for images, labels in splits)
    return best_epoch_accuracy(head_on_features(train[0].shape[1]), train, validation, test, HEAD_EPOCHS)


APPROACHES = {"scratch": from_scratch, "frozen": frozen}


def run(job: tuple[str, int, int]) -> tuple[float, float]:
    """The test accuracy of one approach with one budget of labels and one seed, and its seconds."""
    approach, n_labels, seed = job
    start = time.perf_counter()
    keras.utils.set_random_seed(seed)
    task = tasks.cats_vs_dogs().subset(n_labels // 2, seed)
    splits = [split.arrays(IMAGE_SIZE) for split in (task.train, task.validation, task.test)]
    return APPROACHES[approach](splits), time.perf_counter() - start


def run_all() -> dict:
    """Every approach, budget and seed, one process for each core."""
    jobs = [(approach, n_labels, seed) for approach in APPROACHES for n_labels in LABELS for seed in SEEDS]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = dict(zip(jobs, tqdm(pool.map(run, jobs), total=len(jobs)), strict=True))
    return {
        approach: [summary(n_labels, [found[approach, n_labels, seed] for seed in SEEDS]) for n_labels in LABELS]
        for approach in APPROACHES
    }


def summary(n_labels: int, runs: list[tuple[float, float]]) -> dict:
    """Mean, and Student's 95 % interval of the mean over seeds."""
    accuracies, seconds = np.array(runs).T
    mean, half = accuracies.mean(), stats.sem(accuracies) * stats.t.ppf(0.975, len(runs) - 1)
    return {
        "labels": n_labels,
        "mean": round(float(mean), 4),
        "interval": [round(float(mean - half), 4), round(float(min(1, mean + half)), 4)],
        "seeds": [round(float(accuracy), 4) for accuracy in accuracies],
        "seconds": round(float(seconds.mean()), 1),
    }


def drawings_per_second(n: int = 520) -> float:
    start = time.process_time()
    menagerie.sample(list(menagerie.SPECIES), n, seed=1)
    return round(n / (time.process_time() - start), 1)


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    results = {
        "compared": "scratch_network() with augmentation, and the bundled source, frozen, under a dense head",
        "task": "cats_vs_dogs (bundled): 200 validation and 500 test drawings",
        "seeds": list(SEEDS),
        **run_all(),
        "drawings_per_second": drawings_per_second(),
        "versions": {"python": sys.version.split()[0], "keras": keras.__version__, "backend": keras.backend.backend()},
        "cores": os.cpu_count(),
    }
    print_table(results)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def print_table(results: dict) -> None:
    print(f"{'labels':>6}  {'scratch':>22} {'seconds':>8}  {'frozen base + head':>22} {'seconds':>8}")
    for scratch, frozen in zip(results["scratch"], results["frozen"], strict=True):
        cells = [
            f"{row['mean']:.3f} [{row['interval'][0]:.3f}, {row['interval'][1]:.3f}] {row['seconds']:8.0f}"
            for row in (scratch, frozen)
        ]
        print(f"{scratch['labels']:>6}  {cells[0]:>31}  {cells[1]:>31}")
    print(f"drawing: {results['drawings_per_second']:.0f} images of 96 x 96 a second on one core")


if __name__ == "__main__":
    main()
