"""What transfer costs and saves in energy: to the same accuracy, with and without kept features, and what came before.

    python benchmarks/carbon.py                          # about ten minutes of one core; needs tlteach[carbon]
    python benchmarks/carbon.py --only meter pretraining # some parts; the others stay as they were
    python benchmarks/carbon.py --real REAL_DATA         # also text messages, which are not bundled
    python benchmarks/carbon.py --seeds 100 --dry        # settings are tried on other seeds, and nothing is written

meter        an empty run, the same work again and again, and what watching a run costs it
pictures     cats and dogs, 100 labels a class
texts        questions, 64 labels in all
messages     SMS spam, 128 labels in all
pretraining  a part of `tlteach pretrain`, measured and extrapolated, beside the minutes that its record has

A method learns for as long as it usually does; scratch on pictures ends at the highest target. After every epoch, the
accuracy on validation and the processor's seconds since its start are noted: "to the same accuracy" is the first epoch
that has it. Loading the base, running its frozen part once, and the proofs of tl.train are in it; importing Keras is
not. Methods take turns, one run at a time, each with a meter around it (tlteach/evidence/energy.py). Ratios are of the
processor's seconds, seed by seed: the joules of memory go by the clock, and so by who else works on the machine.

It is written to benchmarks/results/carbon.json and, for the lesson, to datasets/comparisons.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from scipy import stats
from text_tasks import few, real_task

import tlteach as tl
from tlteach.core.files import bundled, write_json
from tlteach.core.machine import versions
from tlteach.core.task import Task
from tlteach.engine.evaluation import evaluate
from tlteach.engine.feeding import feeding, ready
from tlteach.evidence import energy
from tlteach.image import scratch as image_scratch
from tlteach.image.menagerie import pretrain
from tlteach.text import scratch as text_scratch

HERE = Path(__file__).resolve().parent
FILES = (HERE / "results" / "carbon.json", HERE.parent / "datasets" / "comparisons" / "carbon.json")
SEEDS = range(5)
HEAD = {"image": {"epochs": 10, "learning_rate": 1e-3}, "text": {"epochs": 20, "learning_rate": 1e-2}}  # tl.transfer's
FINE_TUNING = {"from_layer": 0.6, "learning_rate": 1e-4, "epochs": 5}
TARGETS = {"pictures": (0.8, 0.9), "texts": (0.5, 0.6), "messages": (0.9, 0.95)}
REPEATS = 10  # of what the meter reads
PUBLISHED = (
    ("BERT base", 1.507, 0.652, "2019, 64 V100; 1,438 pounds of CO2", "arXiv:1906.02243"),
    ("Llama 2 7B", 73.7, 31.2, "2023, 184,320 hours of A100 at 400 W", "arXiv:2307.09288"),
    ("T5", 85.7, 46.7, "2019, TPU v3", "arXiv:2104.10350"),
    ("BLOOM 176B", 433.2, 24.7, "2022, 384 A100 in France", "arXiv:2211.02001"),
    ("GPT-3", 1287.0, 552.1, "2020, 10,000 V100", "arXiv:2104.10350"),
)
COLUMNS = ("name", "MWh", "tonnes", "on", "from")  # of one final training; `from` is where it stands


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--real", type=Path, help="the folder that holds sms_spam")
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(USUAL), help="of pictures and texts")
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    options = parser.parse_args()
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only:
        if part == "messages" and not options.real:
            continue
        for so_far in PARTS[part](options):  # after every seed, so that an interruption loses little
            found[part] = so_far
            found["published"] = [dict(zip(COLUMNS, row, strict=True)) for row in PUBLISHED]
            found["made_with"] = {**versions(), "cores": os.cpu_count(), "processor": platform.machine()}
            for file in () if options.dry else FILES:
                write_json(file, found)
    if {"pictures", "pretraining"} <= found.keys():
        print(f"\ntransfer has paid for its pre-training after {tasks_to_pay(found):.0f} tasks of this kind")


# ---------------------------------------------------------------- the meter


def meter(_) -> Iterator[dict]:
    """Joules of empty runs and of the same work, REPEATS times; and the work's seconds watched and not."""
    empty, same, watched, alone = [], [], [], []
    for _ in range(REPEATS):
        with energy.measured() as cost:
            pass
        empty.append(cost.joules)
        with energy.measured() as cost:
            work()
        same.append(cost.parts["processor"])
        watched.append(cost.cpu_seconds)
        with energy.timed() as cost:
            work()
        alone.append(cost.cpu_seconds)
    with energy.measured() as cost:
        pass
    found = {"how": cost.how, "empty": empty, "same work, processor": same, "watched": watched, "alone": alone}
    print(f"\nmeter: {cost.how}")
    for name, values in found.items():
        if name != "how":
            print(f"  {name:<22}{np.mean(values):8.3f}, {min(values):.3f} to {max(values):.3f}")
    yield found


def work() -> None:
    """Some tenths of a second of one core."""
    matrix = np.random.default_rng(0).normal(size=(120, 400))
    for _ in range(15):
        np.linalg.svd(matrix)


# ---------------------------------------------------------------- to the same accuracy


class Noted(keras.callbacks.Callback):
    """After every epoch: the processor's seconds since this was made, and the accuracy on validation.

    Above `enough`, it ends the training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.started, self.points, self.enough = time.process_time(), [], 1.0

    def on_epoch_end(self, epoch: int, logs: dict) -> None:
        """Note it."""
        seconds = time.process_time() - self.started
        self.points.append([round(seconds, 3), round(float(logs["val_accuracy"]), 4)])
        self.model.stop_training |= logs["val_accuracy"] >= self.enough


def scratch(task: Task, seed: int, noted: Noted) -> keras.Model:
    """As tl.compare's, with the course's settings, until it has the highest target."""
    noted.enough = max(*TARGETS["pictures"]) if task.modality == "image" else 1.0
    keras.utils.set_random_seed(seed)
    if task.modality == "image":
        here, epochs, form = image_scratch, image_scratch.epochs_for(len(task.train)), image_scratch.IMAGE_SIZE
        model_for = partial(here.scratch_network, task.n_classes)
    else:
        here, epochs, form = text_scratch, text_scratch.EPOCHS, text_scratch.byte_pairs(task.train.inputs)
        model_for = partial(here.scratch_network, task.n_classes, form)
    shown = here.repeated(task.train, here.STEPS_PER_EPOCH * here.BATCH_SIZE)
    batches = shown.batches(form, here.BATCH_SIZE, shuffle=True, seed=seed)
    model = model_for(steps=epochs * len(batches))
    ready(model, batches)
    best = keras.callbacks.EarlyStopping("val_loss", patience=epochs // 3, restore_best_weights=True)
    judging = feeding(model, task.validation.batches(form, batch_size=100))
    how = {"epochs": epochs, "verbose": 0, "shuffle": False, "callbacks": [best, noted]}
    model.fit(feeding(model, batches), validation_data=judging, **how)
    return model


def frozen(task: Task, seed: int, noted: Noted, cache: bool = True) -> keras.Model:
    """Steps 1 to 4."""
    keras.utils.set_random_seed(seed)
    head = HEAD[task.modality]
    model = tl.add_head(tl.base_model(tl.select_source(task)), task, head["learning_rate"])
    tl.train(model, task, head["epochs"], seed=seed, callbacks=[noted], verbose=0, cache=cache)
    return model


def fine_tuned(task: Task, seed: int, noted: Noted, cache: bool = True) -> keras.Model:
    """All six steps."""
    model = frozen(task, seed, noted, cache)
    tl.recompile(tl.unfreeze(model, FINE_TUNING["from_layer"]), FINE_TUNING["learning_rate"])
    tl.train(model, task, FINE_TUNING["epochs"], seed=seed, callbacks=[noted], verbose=0, cache=cache)
    return model


METHODS = {
    "scratch": scratch,
    "frozen": frozen,
    "frozen, not cached": partial(frozen, cache=False),
    "fine-tuned": fine_tuned,
    "fine-tuned, not cached": partial(fine_tuned, cache=False),
}
USUAL = ("scratch", "frozen", "frozen, not cached", "fine-tuned")


def run(name: str, task: Task, seed: int) -> dict:
    """One run: what it cost, its points, and how it does on test."""
    with energy.measured() as cost:
        noted = Noted()
        model = METHODS[name](task, seed, noted)
    test = evaluate(model, task.test).accuracy
    keras.utils.clear_session()
    parts = {name: round(joules, 2) for name, joules in cost.parts.items()}
    seconds = {"seconds": round(cost.seconds, 2), "cpu_seconds": round(cost.cpu_seconds, 2)}
    return {**seconds, "joules": parts, "points": noted.points, "test": round(float(test), 4)}


def compared(part: str, draw: Callable[[int], Task], methods: Sequence[str], seeds: Sequence[int]) -> Iterator[dict]:
    """Every method with every seed, what they took to the targets, and ratios; what there is, after each seed."""
    warm = draw(seeds[0])
    run("frozen", warm, 99)  # what a first run has to load is nobody's cost
    runs: dict[str, list[dict]] = {name: [] for name in methods}
    for seed in seeds:
        task = draw(seed)
        for name in methods:
            runs[name].append(run(name, task, seed))
        yield {"runs": runs, "to": to_targets(part, runs), "ratios": ratios(runs, to_targets(part, runs))}
    tell(part, runs)


def to_targets(part: str, runs: dict) -> dict:
    """By target and method, the processor's seconds of every seed."""
    return {
        str(target): {name: [first(one["points"], target) for one in several] for name, several in runs.items()}
        for target in TARGETS[part]
    }


def first(points: list, target: float) -> float | None:
    """The processor's seconds at the first epoch with the target; None where there is none."""
    return next((seconds for seconds, accuracy in points if accuracy >= target), None)


def ratios(runs: dict, targets: dict) -> list[dict]:
    """How many times what another method takes, with a 95 % interval over seeds: geometric, paired."""
    pairs = [("scratch", "frozen"), ("frozen, not cached", "frozen"), ("fine-tuned", "frozen"),
             ("fine-tuned, not cached", "fine-tuned")]  # fmt: skip
    whole = {name: [one["cpu_seconds"] for one in several] for name, several in runs.items()}
    found = []
    for to, seconds in {**targets, "in all": whole}.items():
        for one, other in pairs:
            both = list(zip(seconds.get(one, ()), seconds.get(other, ()), strict=False))
            logs = [np.log(first / second) for first, second in both if first and second]
            if len(logs) < 2:
                continue
            mean, error = np.mean(logs), stats.sem(logs)
            low, high = mean + error * np.array(stats.t.interval(0.95, len(logs) - 1))
            numbers = {
                key: round(float(np.exp(value)), 2) for key, value in (("times", mean), ("low", low), ("high", high))
            }
            found.append({"to": to, "first": one, "second": other, "seeds": len(logs), **numbers})
    return found


def tell(part: str, runs: dict) -> None:
    """Print a part as a table and its ratios."""
    targets = to_targets(part, runs)
    print(f"\n{part}: processor seconds to an accuracy on validation (seeds that reached it), and in all")
    heads = [f"to {target}" for target in targets]
    print(f"  {'':<24}" + "".join(f"{head:>14}" for head in [*heads, "in all", "J processor", "J memory", "test"]))
    for name, several in runs.items():
        cells = []
        for seconds in targets.values():
            reached = [value for value in seconds[name] if value is not None]
            cells.append(f"{np.mean(reached):.2f} ({len(reached)})" if reached else "never")
        numbers = [np.mean([one["cpu_seconds"] for one in several])]
        numbers += [np.mean([one["joules"].get(what, 0) for one in several]) for what in ("processor", "memory")]
        cells += [f"{number:.1f}" for number in numbers] + [f"{np.mean([one['test'] for one in several]):.3f}"]
        print(f"  {name:<24}" + "".join(f"{cell:>14}" for cell in cells))
    for row in ratios(runs, targets):
        print("  {first} takes {times} ({low} to {high}) times the processor's seconds of {second}, {to}".format(**row))


def pictures(options: argparse.Namespace) -> Iterator[dict]:
    """100 labels a class."""
    task = tl.tasks.cats_vs_dogs()
    return compared("pictures", lambda seed: task.subset(100, seed), options.methods, options.seeds)


def texts(options: argparse.Namespace) -> Iterator[dict]:
    """64 labels in all."""
    task = tl.tasks.questions()
    return compared("texts", lambda seed: few(task, 64, seed), options.methods, options.seeds)


def messages(options: argparse.Namespace) -> Iterator[dict]:
    """128 labels in all."""
    task = real_task("sms_spam", options.real)
    return compared("messages", lambda seed: few(task, 128, seed), ("scratch", "frozen"), options.seeds)


# ---------------------------------------------------------------- what came before


def pretraining(_) -> Iterator[dict]:
    """Processor seconds and joules of the bundled base's pre-training, from a part of it; and its recorded minutes."""
    card = json.loads(bundled("weights/menagerie_mobilenet_025.json").read_text(encoding="utf-8"))
    n, batch = 512, card["batch_size"]
    with energy.measured() as drawing:
        images = pretrain.draw_chunk((pretrain.SOURCE_SPECIES, 4, 0, 0))
    labels = np.resize(np.arange(24, dtype="int32"), n)
    cpu = {"drawing": drawing.cpu_seconds / len(images) * card["n_train"]}
    per_core = []
    for stage in card["stages"]:
        small = np.resize(pretrain.shrink(images, stage["image_size"]), (n, *2 * [stage["image_size"]], 3))
        _, model = pretrain.source_network(24)
        pretrain.train_stage(model, small, labels, 1, 0.01, batch, 0)  # builds the graph, which is no part of it
        with energy.measured() as cost:
            model.fit(small, labels, batch_size=batch, epochs=2, verbose=0)
        per_core.append(cost.parts["processor"] / cost.cpu_seconds)
        steps = stage["epochs"] * card["n_train"] / (2 * n)
        cpu[f"{stage['image_size']} px, {stage['epochs']} epochs"] = cost.cpu_seconds * steps
    total = sum(cpu.values())
    recorded = 60 * card["minutes"] * card["cores"]
    found = {"cpu_seconds": total, "of": cpu, "recorded_core_seconds": recorded, "watts_a_core": np.mean(per_core)}
    found = {key: value if isinstance(value, dict) else round(float(value), 2) for key, value in found.items()}
    print(f"\npretraining: {found}")
    yield found


def tasks_to_pay(found: dict) -> float:
    """Tasks like `pictures` after which transfer with pre-training has cost less than scratch, to the same accuracy."""
    to = found["pictures"]["to"][str(TARGETS["pictures"][-1])]
    saved = np.mean([value for value in to["scratch"] if value]) - np.mean(to["frozen"])
    return found["pretraining"]["cpu_seconds"] / saved


PARTS = {"meter": meter, "pretraining": pretraining, "pictures": pictures, "texts": texts, "messages": messages}

if __name__ == "__main__":
    with tl.quietly():
        main()
