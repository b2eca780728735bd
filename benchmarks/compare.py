"""Scratch, frozen and fine-tuned over budgets of labels and seeds, on the bundled drawings; and scratch on trial.

    python benchmarks/compare.py                  # minutes on two cores
    python benchmarks/compare.py --folder runs    # can be interrupted: what is finished is not run again
    python benchmarks/compare.py --transfer-only  # time the frozen and fine-tuned part; nothing is written
    python benchmarks/compare.py --tiny           # a smoke test: two budgets, two seeds, into a temporary folder

prints the tables, verdicts and transfer gains, and writes benchmarks/results/compare.json (tl.compare.load reads
it) with two figures beside it. The second part, benchmarks/results/scratch.json, holds the baseline against a straw
man: a plain network with neither augmentation nor normalization, trained for a fixed number of epochs.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import keras

from tlteach import tasks
from tlteach.core.task import Task
from tlteach.evidence import curves
from tlteach.evidence.compare import compare, transfer_gain
from tlteach.evidence.comparison import Comparison

RESULTS = Path(__file__).parent / "results"
TRANSFER = ("frozen", "fine_tuned")
STRAW_EPOCHS = 30


def straw_man(task: Task, seed: int) -> keras.Model:
    """The network of a beginner's tutorial: convolutions, pooling, a wide dense layer, 30 epochs, the last one kept."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((96, 96, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(task.n_classes, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(task.train.batches(96, shuffle=True, seed=seed), epochs=STRAW_EPOCHS, verbose=0, shuffle=False)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="for the files of the runs; a temporary one without it")
    parser.add_argument("--transfer-only", action="store_true")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tlteach_benchmark_") as temporary:
        folder = options.folder or Path(temporary) / "runs"
        results = Path(temporary) if options.tiny else RESULTS
        budgets, seeds = ((10, 20), 2) if options.tiny else ((10, 20, 50, 100, 200), 5)
        if options.transfer_only:
            started = time.perf_counter()
            print(compare(TRANSFER, tasks.cats_vs_dogs(), seeds, budgets, folder))
            print(f"{time.perf_counter() - started:.0f} seconds")
            return
        grid(budgets, seeds, folder, results)
        on_trial((20,) if options.tiny else (10, 50, 200), seeds, folder, results)


def grid(budgets: tuple[int, ...], seeds: int, folder: Path, results: Path) -> None:
    """The three methods; those that transfer go first, so that their time is known by itself."""
    task = tasks.cats_vs_dogs()
    settings = {"seeds": seeds, "labels_per_class": budgets, "folder": folder}
    started = time.perf_counter()
    compare(TRANSFER, task, **settings)
    transferred = time.perf_counter()
    found = compare(("scratch", *TRANSFER), task, **settings)
    ended = time.perf_counter()
    print(found)
    for method in TRANSFER:
        print(f"\n{transfer_gain(found, method)}")
    wall = {"frozen and fine_tuned": round(transferred - started, 1), "all": round(ended - started, 1)}
    print(f"\nminutes: {', '.join(f'{part} {seconds / 60:.1f}' for part, seconds in wall.items())}")
    write(found, results / "compare.json", wall_seconds=wall)
    curves.learning_curve(found).savefig(results / "compare.png", dpi=120)
    curves.transfer_gain_curve(found, "fine_tuned").savefig(results / "compare_gain.png", dpi=120)


def on_trial(budgets: tuple[int, ...], seeds: int, folder: Path, results: Path) -> None:
    """The baseline against the straw man; its own runs are those of the grid."""
    methods = {"straw_man": straw_man, "scratch": "scratch"}
    found = compare(methods, tasks.cats_vs_dogs(), seeds, budgets, folder)
    print(f"\n{found}")
    write(found, results / "scratch.json")


def write(found: Comparison, path: Path, **more) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({**found.to_dict(), **more}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
