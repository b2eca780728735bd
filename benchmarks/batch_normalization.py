"""BatchNormalization while fine-tuning, measured: frozen statistics, updating statistics, recalibrated statistics.

    python benchmarks/batch_normalization.py

fine-tunes the bundled source three ways on cats against dogs, 50 labels per class, in daylight (as the source was
drawn) and as sketches (which it has never seen), prints test accuracies with the 95 % intervals of their means over
five seeds and of the paired differences, and writes benchmarks/results/batch_normalization.json. A seed draws the
labels, the order of the batches and dropout. All three see the same labels, train a head and then the whole base for
as long, keep the epoch that is best on validation, and are judged once on the same test drawings.

- frozen: the statistics are those of pre-training, before and during fine-tuning. What tl.unfreeze does.
- updating: as frozen until the base is unfrozen; then its BatchNormalization layers train too, in training mode, which
  is plain Keras with base.trainable = True. tl.train would refuse it, so this is model.fit.
- recalibrated: tune.recalibrate before the head is trained, then as frozen.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

# One thread for each process, and a process for each core.
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}

import keras
import numpy as np
from scipy import stats
from tqdm import tqdm

import tlteach as tl
from tlteach.core.task import Task
from tlteach.engine.evaluation import evaluate
from tlteach.engine.network import batch_normalizations
from tlteach.image import menagerie
from tlteach.methods import tune

WAYS = ("frozen", "updating", "recalibrated")
STYLES = ("daylight", "sketch")
SEEDS = range(5)
LABELS_PER_CLASS = 50
HEAD_EPOCHS, EPOCHS, LEARNING_RATE = 30, 5, 1e-4
SIZE = 96
RESULTS = Path(__file__).parent / "results" / "batch_normalization.json"


@lru_cache(1)
def cats_vs_dogs(style: str) -> Task:
    """Cats against dogs drawn in one style: 200, 100 and 250 of each in train, validation and test."""
    splits, start = [], 0
    for n in (200, 100, 250):
        images, _ = menagerie.sample(menagerie.TARGET_SPECIES, 2 * n, seed=0, style=style, start=2 * start)
        splits.append((images, np.arange(2 * n) % 2))
        start += n
    return tl.tasks.from_splits(*splits, class_names=menagerie.TARGET_SPECIES, name=f"cats_vs_dogs_{style}")


def run(job: tuple[str, str, int]) -> float:
    """The test accuracy of one style, way and seed."""
    with tl.quietly():  # the steps would say the same thirty times
        return fine_tuned(*job)


def fine_tuned(style: str, way: str, seed: int) -> float:
    """Test accuracy of the bundled source after fine-tuning on a few labels in one of the three WAYS."""
    keras.utils.set_random_seed(seed)
    task = cats_vs_dogs(style).subset(LABELS_PER_CLASS, seed)
    base = tl.base_model(tl.sources.SOURCES["menagerie"])
    if way == "recalibrated":
        tune.recalibrate(base, task)
    model = tl.add_head(base, task)
    tl.train(model, task, HEAD_EPOCHS, seed=seed, verbose=0)
    tl.unfreeze(model, 1.0)
    if way == "updating":
        for normalization in batch_normalizations(base):  # tl.unfreeze leaves them frozen
            normalization.trainable = True
    tl.recompile(model, LEARNING_RATE)
    if way == "updating":
        _fit(model, task, seed)
    else:
        tl.train(model, task, EPOCHS, seed=seed, verbose=0)
    return evaluate(model, task.test).accuracy


def _fit(model: keras.Model, task: Task, seed: int) -> None:
    """Plain Keras, with the same batches and the same choice of the epoch as tl.train."""
    best = keras.callbacks.EarlyStopping("val_loss", patience=EPOCHS, restore_best_weights=True)
    statistics = [b.moving_mean for b in batch_normalizations(model)]
    before = [keras.ops.convert_to_numpy(mean).copy() for mean in statistics]
    judging = task.validation.batches(SIZE)
    training = task.train.batches(SIZE, shuffle=True, seed=seed)
    model.fit(training, validation_data=judging, epochs=EPOCHS, callbacks=[best], shuffle=False, verbose=0)
    if any(np.array_equal(mean, old) for mean, old in zip(statistics, before, strict=True)):
        raise RuntimeError("Statistics that should be updated stand still, so there is nothing to compare.")


def interval(values: np.ndarray) -> dict:
    """Mean over seeds with Student's 95 % interval."""
    half = float(stats.sem(values) * stats.t.ppf(0.975, len(values) - 1))
    mean = float(np.mean(values))
    return {"mean": round(mean, 4), "interval": [round(mean - half, 4), round(mean + half, 4)]}


def run_all() -> dict[str, dict]:
    """Every style, way and seed, one process for each core."""
    jobs = [(style, way, seed) for style in STYLES for way in WAYS for seed in SEEDS]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        found = dict(zip(jobs, tqdm(pool.map(run, jobs), total=len(jobs)), strict=True))
    return {
        style: summary({way: np.array([found[style, way, seed] for seed in SEEDS]) for way in WAYS}) for style in STYLES
    }


def summary(by_way: dict[str, np.ndarray]) -> dict:
    """Accuracies of the three ways over the seeds, and their paired differences from "frozen"."""
    return {
        "accuracy": {way: {**interval(values), "seeds": values.round(4).tolist()} for way, values in by_way.items()},
        "minus_frozen": {way: interval(by_way[way] - by_way["frozen"]) for way in WAYS[1:]},
    }


def verdict(difference: dict) -> str:
    """What an interval of paired differences says in words."""
    low, high = difference["interval"]
    return "better than frozen" if low > 0 else "worse than frozen" if high < 0 else "no difference shown"


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    start = time.perf_counter()
    styles = run_all()
    results = {
        "compared": "BatchNormalization statistics while the bundled source is fine-tuned: " + ", ".join(WAYS),
        "labels_per_class": LABELS_PER_CLASS,
        "seeds": list(SEEDS),
        "epochs": {"head": HEAD_EPOCHS, "fine-tuning": EPOCHS},
        "learning_rate": LEARNING_RATE,
        "styles": styles,
        "seconds": round(time.perf_counter() - start, 1),
        "versions": {"python": sys.version.split()[0], "keras": keras.__version__, "backend": keras.backend.backend()},
        "cores": os.cpu_count(),
    }
    for style, found in styles.items():
        for way in WAYS:
            accuracy = found["accuracy"][way]
            said = f"{style:<9} {way:<13} {accuracy['mean']:.3f} {accuracy['interval']}"
            if way in found["minus_frozen"]:
                difference = found["minus_frozen"][way]
                said += f"   minus frozen {difference['mean']:+.3f} {difference['interval']}: {verdict(difference)}"
            print(said)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
