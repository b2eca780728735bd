"""Which rate, how deep, how long: a search for the settings of fine-tuning that looks at training inputs alone.

    python benchmarks/fine_tuning.py                                                    # the bundled task
    python benchmarks/fine_tuning.py --task PHOTOS --source mobilenet_v2_035 --image-size 160 --seeds 2

The train split is cut once more, four fifths to learn from and one fifth to judge by; validation and test are not
looked at. Each setting starts from the same trained head. What was found is added to results/fine_tuning.json.
"""

import argparse
import dataclasses
import itertools
import json
import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

import tlteach as tl
from tlteach.core.machine import versions
from tlteach.core.splits import cut

RESULTS = Path(__file__).parent / "results" / "fine_tuning.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", default="cats_vs_dogs")
    parser.add_argument("--source")
    parser.add_argument("--image-size", type=int)
    parser.add_argument("--labels", type=int, help="training inputs of each class; all of them where it is left out")
    parser.add_argument("--rates", type=float, nargs="+", default=[1e-5, 1e-4, 3e-4])
    parser.add_argument("--depths", type=float, nargs="+", default=[0.3, 0.6, 1.0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--augment", action="store_true", help="flip, shift and zoom, new in every epoch")
    parser.add_argument("--cosine", action="store_true", help="let the rate fall to 0 along a cosine")
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    found = {}
    for seed in range(options.seeds):
        search(options, seed, found)
    print(f"\n{'setting':<34}{'judging loss':>13}{'accuracy':>10}{'seconds':>9}")
    for name, runs in sorted(found.items(), key=lambda item: middle(item[1], "loss")):
        print(
            f"{name:<34}{middle(runs, 'loss'):>13.4f}{middle(runs, 'accuracy'):>10.3f}{middle(runs, 'seconds'):>9.1f}"
        )
    write({"options": vars(options), "versions": versions(), "found": found})


def middle(runs: list[dict], key: str) -> float:
    return statistics.mean(run[key] for run in runs)


def search(options: argparse.Namespace, seed: int, found: dict) -> None:
    """Fine-tune with every setting, and note how it is judged on training inputs that were kept aside."""
    keras.utils.set_random_seed(seed)
    task = inner(tl.tasks.by_name(options.task), options.labels, seed)
    with tl.quietly():
        model = tl.add_head(tl.base_model(tl.select_source(task, options.source), options.image_size), task)
        started = time.perf_counter()
        history = tl.train(model, task, epochs=20, seed=seed, verbose=0)
    note(found, "frozen", history, started)
    after_head = model.get_weights()
    for depth, rate in itertools.product(options.depths, options.rates):
        model.set_weights(after_head)
        started = time.perf_counter()
        with tl.quietly():
            tl.unfreeze(model, depth)
            model.compile(keras.optimizers.Adam(schedule(options, rate, task)), model.loss, metrics=["accuracy"])
            history = tl.train(
                model,
                task,
                options.epochs,
                augment=augmentation() if options.augment else None,
                views=None,
                seed=seed,
                verbose=0,
            )
        how = " augmented" * options.augment + " cosine" * options.cosine
        note(found, f"top {depth:g}, rate {rate:g}, {options.epochs} epochs{how}", history, started)
        model.compile(keras.optimizers.Adam(1e-3), model.loss, metrics=["accuracy"])


def inner(task: tl.tasks.Task, labels: int | None, seed: int) -> tl.tasks.Task:
    """A task inside the train split of `task`."""
    task = task.subset(labels, seed) if labels else task
    learn, judge = cut(task.train.labels, (0.8,), seed, task.class_names)
    return dataclasses.replace(task, train=task.train.take(learn), validation=task.train.take(judge))


def schedule(options: argparse.Namespace, rate: float, task: tl.tasks.Task):
    steps = options.epochs * -(-len(task.train) // 32)
    return keras.optimizers.schedules.CosineDecay(rate, steps) if options.cosine else rate


def augmentation() -> keras.Layer:
    return keras.Sequential(
        [
            keras.layers.RandomFlip("horizontal"),
            keras.layers.RandomTranslation(0.1, 0.1),
            keras.layers.RandomZoom((-0.2, 0.1)),
        ]
    )


def note(found: dict, name: str, history: keras.callbacks.History, started: float) -> None:
    best = history.best_epoch
    run = {
        "loss": history.history["val_loss"][best],
        "accuracy": history.history["val_accuracy"][best],
        "best_epoch": best + 1,
        "seconds": time.perf_counter() - started,
    }
    found.setdefault(name, []).append(run)
    print(f"{name:<34}{run['loss']:>13.4f}{run['accuracy']:>10.3f}{run['seconds']:>9.1f}", flush=True)


def write(part: dict) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    part["options"]["task"] = Path(part["options"]["task"]).name
    RESULTS.write_text(json.dumps([*before, part], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
