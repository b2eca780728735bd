"""What should learn, how fast, in which order: ways to fine-tune on sketches, and what each forgets. For lesson 03.

    python benchmarks/freezing.py                # about 20 minutes of one core
    python benchmarks/freezing.py --folder runs  # can be interrupted: what is finished is not run again
    python benchmarks/freezing.py --tiny         # a smoke test: one seed and few pictures, into a temporary folder

A base that learned from drawings in daylight is fine-tuned on pencil sketches of cats and dogs, 200 labels per class.
Every way differs in one thing from "all": a head is trained, then the whole base learns with it, four epochs at one
rate, statistics frozen. Each takes the settings (rates, strength) that gave the lowest validation loss with a draw of
labels that is in none of the five seeds; the test split is looked at once, at the end. PAIRS were fixed beforehand, and
Holm's correction is for these. Then every base is asked about its source task, by an old and by a new probe.

A second comparison has 10 labels per class and two blocks that learn: early stopping, its price, and three cures. A
third has a frozen base in fog, with the statistics of BatchNormalization as they were and measured again.

They are written to benchmarks/results (freezing.json, few_labels.json, fog.json) and, for the lesson, to
datasets/comparisons.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import tlteach as tl
from tlteach.core.files import write_json
from tlteach.core.task import Task
from tlteach.engine.network import base_of, batch_normalizations
from tlteach.methods import tune
from tlteach.methods.tune.forgetting import linear_probe, probed

HERE = Path(__file__).resolve().parent
FOLDERS = (HERE / "results", HERE.parent / "datasets" / "comparisons")
SEEDS, SEARCH_SEED = 5, 100
LABELS, FEW = 200, 10  # per class
POOL = 800  # training sketches to draw from
HEAD_RATE, HEAD_EPOCHS, EPOCHS = 1e-2, 12, 4
TOP_HALF, TOP_TWO = "conv_dw_8", "conv_dw_12"

# Every way against the one that it differs from in one thing.
PAIRS = (
    ("all", "frozen"),
    ("all", "top half"),
    ("top half", "frozen"),
    ("suggested rate", "all"),
    ("block rates", "all"),
    ("one cycle", "all"),
    ("gradual", "top half"),
    ("at once", "all"),
    ("L2-SP", "all"),
    ("updating", "all"),
    ("recalibrated", "all"),
)
PAIRS_OF_FEW = (
    ("early stopping", "last epoch"),
    ("220 labels", "early stopping"),
    ("augmentation", "early stopping"),
    ("dropout", "early stopping"),
    ("weight decay", "early stopping"),
)
RATES = (3e-4, 1e-3, 3e-3)  # at which it is seen what is forgotten
Settings = dict[str, object]  # of each way, and "folder", where heads and bases are kept


# ---------------------------------------------------------------- ways to fine-tune: (task, seed, setting, settings)


def started(task: Task, seed: int, settings: Settings, recalibrated: bool = False) -> keras.Model:
    """Steps 1 to 4: a head that is trained on the frozen base, once for all ways with the same seed."""
    model = untrained(task, seed)
    kept = Path(settings["folder"]) / f"{task.name} {seed} {settings['frozen']} {recalibrated}.npz"
    if kept.exists():
        model.set_weights(list(np.load(kept).values()))
        return model
    if recalibrated:
        tune.recalibrate(base_of(model), task)
    model.compile(keras.optimizers.Adam(settings["frozen"]), model.loss, metrics=["accuracy"])
    tl.train(model, task, HEAD_EPOCHS, seed=seed, verbose=0)
    np.savez(kept, *model.get_weights())
    return model


def untrained(task: Task, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    return tl.add_head(tl.base_model(tl.select_source(task, "menagerie")), task)


def learned(model: keras.Model, task: Task, seed: int, rate, from_layer=1.0, epochs: int = EPOCHS) -> keras.Model:
    """Steps 5 and 6. What recompile would refuse as too high for a base is tried here, and judged."""
    tl.unfreeze(model, from_layer)
    model.head_rate = 1.0
    tl.train(tl.recompile(model, rate), task, epochs, seed=seed, verbose=0)
    return model


def frozen(task, seed, rate, settings):
    return started(task, seed, settings | {"frozen": rate})


def whole(task, seed, rate, settings):
    return learned(started(task, seed, settings), task, seed, rate)


def top_half(task, seed, rate, settings):
    """As many epochs as `gradual` has stages: half of the base costs about half as much."""
    return learned(started(task, seed, settings), task, seed, rate, TOP_HALF, epochs=STAGES)


def gradual(task, seed, rate, settings):
    model = started(task, seed, settings)
    model.head_rate = 1.0
    tune.gradual_unfreeze(model, task, rate, n_blocks=STAGES, epochs_per_block=1, seed=seed, verbose=0)
    return model


def suggested_rate(task, seed, _, settings):
    model = tl.recompile(tl.unfreeze(started(task, seed, settings), 1.0), 1e-4)
    rate = tune.find_learning_rate(model, task, seed=seed).suggestion
    Path(settings["folder"], f"suggested {seed}").write_text(f"{rate:.3g}", encoding="utf-8")
    return learned(model, task, seed, rate)


def one_cycle(task, seed, peak, settings):
    return whole(task, seed, tune.one_cycle(peak, tune.steps_of(task, EPOCHS)), settings)


def at_once(task, seed, rate, settings):
    """A new head and the whole base together, in as many epochs of the base as head first then all."""
    return learned(untrained(task, seed), task, seed, rate)


def l2_sp(task, seed, strength, settings):
    model = tune.l2_sp(tl.unfreeze(started(task, seed, settings), 1.0), strength)
    return learned(model, task, seed, settings["all"])


def updating(task, seed, rate, settings):
    """Plain Keras, with the same batches and the same choice of the epoch as tl.train, which would refuse this."""
    model = tl.unfreeze(started(task, seed, settings), 1.0)
    for normalization in batch_normalizations(model):
        normalization.trainable = True
    model.head_rate = 1.0
    tl.recompile(model, rate)
    best = keras.callbacks.EarlyStopping("val_loss", patience=EPOCHS, restore_best_weights=True)
    batches, judging = task.train.batches(96, shuffle=True, seed=seed), task.validation.batches(96)
    model.fit(batches, validation_data=judging, epochs=EPOCHS, callbacks=[best], shuffle=False, verbose=0)
    return model


def recalibrated(task, seed, rate, settings):
    return learned(started(task, seed, settings, recalibrated=True), task, seed, rate)


def frozen_with_new_statistics(task, seed, rate, settings):
    return started(task, seed, settings | {"frozen": rate}, recalibrated=True)


# ---------------------------------------------------------------- few labels


def few(task, seed, rate, dropout=0.2, decay=0.0, augment=None, keep="best"):
    """A head and two blocks learn together, from 10 labels per class."""
    model = ready_for_few(task, seed, rate, dropout, decay)
    last = keras.callbacks.LambdaCallback(on_train_end=lambda _: weights.append(model.get_weights()))
    weights: list = []
    # The callbacks are asked in their order: `last` looks before the best epoch is put back.
    best = keras.callbacks.EarlyStopping("val_loss", patience=FEW_EPOCHS, restore_best_weights=True)
    tl.train(model, task, FEW_EPOCHS, augment=augment, seed=seed, callbacks=[last, best], verbose=0)
    if keep == "last":
        model.set_weights(weights[0])
    return model


def ready_for_few(task, seed, rate, dropout=0.2, decay=0.0):
    model = tl.unfreeze(untrained(task, seed), TOP_TWO)
    model.get_layer("dropout").rate = dropout
    model.compile(keras.optimizers.AdamW(rate, weight_decay=decay), model.loss, metrics=["accuracy"])
    model.head_rate = 1.0  # the rate of the head and of the blocks is one, and meant
    return model


def of_220(task, seed, rate, settings):
    """What the labels that early stopping watches could do otherwise: be learned from, in a set number of epochs."""
    model = ready_for_few(task, seed, rate)
    parts = task.train, task.validation
    images = np.concatenate([split.load(range(len(split)), 96) for split in parts])
    labels = np.concatenate([split.labels for split in parts])
    model.fit(images, labels, batch_size=32, epochs=FEW_EPOCHS, verbose=0)
    return model


def turned() -> keras.Layer:
    layers = keras.layers
    return keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.05), layers.RandomZoom(0.15)])


STAGES = 6  # blocks from the top that have weights: TOP_HALF and above
FEW_EPOCHS = 15
# Each way with the settings to choose from; the first ones are used by those after them.
WAYS: dict[str, tuple[Callable, tuple]] = {
    "frozen": (frozen, (3e-3, 1e-2, 3e-2)),
    "all": (whole, (1e-4, *RATES)),
    "top half": (top_half, (1e-3, 3e-3)),
    "suggested rate": (suggested_rate, (None,)),
    "block rates": (whole, ((1e-4, 3e-3), (3e-4, 3e-3))),
    "one cycle": (one_cycle, (1e-3, 3e-3)),
    "gradual": (gradual, RATES),
    "at once": (at_once, (1e-3, 3e-3)),
    "L2-SP": (l2_sp, (0.01, 0.1, 1.0)),
    "updating": (updating, (1e-4, 3e-4, 1e-3)),
    "recalibrated": (recalibrated, (3e-4, 1e-3)),
}
WAYS_OF_FEW: dict[str, tuple[Callable, tuple]] = {
    "early stopping": (lambda task, seed, rate, _: few(task, seed, rate), (3e-4, 1e-3, 3e-3)),
    "last epoch": (lambda task, seed, _, s: few(task, seed, s["early stopping"], keep="last"), (None,)),
    "220 labels": (lambda task, seed, _, s: of_220(task, seed, s["early stopping"], s), (None,)),
    "augmentation": (lambda task, seed, _, s: few(task, seed, s["early stopping"], augment=turned()), (None,)),
    "dropout": (lambda task, seed, p, s: few(task, seed, s["early stopping"], dropout=p), (0.4, 0.6, 0.8)),
    "weight decay": (lambda task, seed, d, s: few(task, seed, s["early stopping"], decay=d), (0.1, 1.0, 10.0)),
}
WAYS_IN_FOG: dict[str, tuple[Callable, tuple]] = {
    "old statistics": (frozen, (3e-3, 1e-2, 3e-2)),
    "new statistics": (frozen_with_new_statistics, (3e-3, 1e-2, 3e-2)),
}
PAIRS_IN_FOG = (("new statistics", "old statistics"),)


# ---------------------------------------------------------------- search, compare, ask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=("freezing", "few_labels", "fog"), help="one of the three records")
    parser.add_argument("--folder", type=Path, help="for the files of the runs; a temporary one without it")
    parser.add_argument("--tiny", action="store_true")
    options = parser.parse_args()
    keras.config.disable_interactive_logging()
    with tempfile.TemporaryDirectory(prefix="tlteach_freezing_") as temporary, tl.quietly():
        for name in [options.only] if options.only else RECORDS:
            folder = (options.folder or Path(temporary)) / name
            folder.mkdir(parents=True, exist_ok=True)
            found = record(name, folder, options.tiny)
            print(json.dumps(found, indent=1)[:2000], flush=True)
            for place in (folder,) if options.tiny else FOLDERS:
                write_json(place / f"{name}.json", found)


def record(name: str, folder: Path, tiny: bool) -> dict:
    """Search the settings, compare the ways, and ask what was forgotten."""
    style, ways, pairs, labels = RECORDS[name]
    task = tl.tasks.drawings(style, *((80, 20, 20) if tiny else (POOL, 200, 500)))
    settings, losses = search(ways, task.subset(FEW if tiny else labels, SEARCH_SEED), folder)
    methods = {way: method(way, find, settings[way], settings) for way, (find, _) in ways.items()}
    extra = [rate for rate in RATES if rate != settings.get("all")] if name == "freezing" else []
    methods |= {at(rate): method(at(rate), whole, rate, settings) for rate in extra}
    found = tl.compare.compare(methods, task, 1 if tiny else SEEDS, FEW if tiny else labels, folder, workers=1)
    print(found := dataclasses.replace(found, planned=pairs), flush=True)
    more = {"settings": {way: settings[way] for way in ways}, "validation_loss": losses}
    if name == "freezing":
        asked = ["all", *map(at, extra), "at once", "L2-SP"]
        more["forgetting"] = forgotten(asked, folder, 1 if tiny else SEEDS)
        more["suggested_rates"] = [float(path.read_text()) for path in sorted(folder.glob("suggested [0-9]"))]
    return {**found.to_dict(), **more}


def at(rate: float) -> str:
    return f"all at {rate:g}"


def search(ways: dict, task: Task, folder: Path) -> tuple[Settings, dict]:
    """For each way the setting with the lowest loss on validation, and all of the losses."""
    settings: Settings = {"folder": str(folder)}
    kept = folder / "search.json"
    losses: dict[str, dict[str, float]] = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for name, (find, choices) in ways.items():
        settings[name] = choices[0]
        if len(choices) > 1 and name not in losses:
            found = [validation_loss(find(task, SEARCH_SEED, choice, settings), task) for choice in choices]
            losses[name] = {str(choice): round(loss, 4) for choice, loss in zip(choices, found, strict=True)}
            print(name, losses[name], flush=True)
            write_json(kept, losses)
        if name in losses:
            settings[name] = min(choices, key=lambda choice: losses[name][str(choice)])
    return settings, losses


def validation_loss(model: keras.Model, task: Task) -> float:
    """The cross-entropy alone: Keras would add the penalty of L2-SP."""
    judged = tl.evaluate(model, task.validation)
    chances = judged.probabilities[np.arange(len(judged.labels)), judged.labels]
    return float(-np.log(np.maximum(chances, 1e-7)).mean())


def method(name: str, find: Callable, setting, settings: Settings) -> Callable:
    """The way as a method of tl.compare; what its base has become is kept, to be asked later."""
    settings = {key: settings[key] for key in ("folder", "frozen", "all", "early stopping") if key in settings}

    def run(task: Task, seed: int) -> keras.Model:
        model = find(task, seed, setting, settings)
        base_of(model).save_weights(Path(settings["folder"]) / f"{name} {seed}.weights.h5")
        return model

    return run


def forgotten(names: list[str], folder: Path, seeds: int) -> dict:
    """By way, accuracies of an old and of a new probe on the source task, for each seed; "before" has one."""
    source_task = tune.menagerie_task(n_train=15, n_test=10)
    base = tl.base_model(tl.sources.source_by_name("menagerie"))
    keras.utils.set_random_seed(0)
    probe = linear_probe(base, source_task)
    old, new = probed(base, source_task, probe)
    found = {"before": {"old probe": [round(old, 4)], "new probe": [round(new, 4)]}}
    for name in names:
        pairs = []
        for seed in range(seeds):
            base.load_weights(folder / f"{name} {seed}.weights.h5")
            pairs.append(probed(base, source_task, probe))
        old, new = zip(*pairs, strict=True)
        found[name] = {"old probe": np.round(old, 4).tolist(), "new probe": np.round(new, 4).tolist()}
    return found


RECORDS = {
    "freezing": ("sketch", WAYS, PAIRS, LABELS),
    "few_labels": ("sketch", WAYS_OF_FEW, PAIRS_OF_FEW, FEW),
    "fog": ("fog", WAYS_IN_FOG, PAIRS_IN_FOG, LABELS // 2),
}

if __name__ == "__main__":
    main()
