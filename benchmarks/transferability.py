"""Transferability scores on trial: does their order of the sources agree with the order that training finds?

    python benchmarks/transferability.py                     # about 17 minutes on two cores
    python benchmarks/transferability.py --minutes 4         # stop in time; the same command goes on from there
    python benchmarks/transferability.py --tiny              # a smoke test

Sources: seven small MobileNets, each pre-trained here for a minute on other animals, in another style, or for less
time; the bundled source; ImageNet's mobilenet_025 and mobilenet_v2_035 where KERAS_HOME has their weights; and, as a
control, a network with random weights, whose normalization alone has seen some drawings. Each goes to three target
tasks and three draws of labels: it is scored on the training inputs alone, then a head is trained on it (frozen), then
its top half is fine-tuned; both are judged on the test split.

For every score: the weighted Kendall correlation (Vigna, WWW 2015) with the accuracies, the mean over the targets, with
a bootstrap interval over sources and draws; and what one would have got by taking the source with the highest score.
Runs are kept in a folder; numbers and picture go to benchmarks/results/ (see transferability_report.py).
"""

import argparse
import contextlib
import io
import json
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

# One thread for each process, and a process for each core.
os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"}

import numpy as np
from tqdm import tqdm
from transferability_report import RANDOM, report

import tlteach as tl
from tlteach import sources, tasks
from tlteach.core.files import cache_folder
from tlteach.core.task import Task
from tlteach.engine.evaluation import outputs
from tlteach.image.menagerie import sample
from tlteach.image.menagerie.pretrain import shrink, source_network, train_stage
from tlteach.methods.transferability import NEED_A_CLASSIFIER, SCORES

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
}
PHOTOS = ("mobilenet_025", "mobilenet_v2_035")
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
    others: tuple[str, ...] = ("menagerie", *PHOTOS, RANDOM)
    targets: tuple[str, ...] = tuple(TARGETS)
    processes: int = 2


TINY = Size(32, 8, 1, (16, 16), 0.2, 1, 1, 2, ("hunters", "mixed, sketch"), (RANDOM,), ("four at night",), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where runs are kept; one that was interrupted goes on from there")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="begin nothing new after so many minutes")
    parser.add_argument("--tiny", action="store_true", help="few drawings, one epoch, into a temporary folder")
    options = parser.parse_args()
    size, deadline = TINY if options.tiny else Size(), time.time() + 60 * options.minutes
    with contextlib.ExitStack() as closing:
        folder = options.folder or cache_folder() / "transferability"
        if options.tiny and not options.folder:
            folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="tlteach_transferability_")))
        claim(folder, size)
        runs = collect(size, folder, deadline)
        if runs:
            report(runs, folder if options.tiny else RESULTS)


def claim(folder: Path, size: Size) -> None:
    """Make the folder, or see that the runs in it are of a trial of the same size."""
    folder.mkdir(parents=True, exist_ok=True)
    settings, ours = folder / "settings.json", json.loads(json.dumps(asdict(size)))
    if settings.exists() and json.loads(settings.read_text(encoding="utf-8")) != ours:
        raise SystemExit(f"{folder} holds the runs of a trial with other settings. Name a new folder with --folder.")
    write(settings, ours)


def collect(size: Size, folder: Path, deadline: float) -> list[dict]:
    """All runs, those that are missing made now; an empty list where the time is over before."""
    do_all(pretrain, [(name, size, folder, deadline) for name in size.own], size, "pre-training")
    jobs = [
        (target, source, seed, size, folder, deadline)
        for seed in range(size.seeds)
        for target in size.targets
        for source in (*size.own, *filter(is_here, size.others))
    ]
    do_all(transfer, jobs, size, "transferring")
    paths = [run_path(folder, *job[:3]) for job in jobs]
    missing = sum(not path.exists() for path in paths)
    if missing:
        print(f"The time is over and {missing} of {len(paths)} runs are missing: the same command goes on from there.")
        return []
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def is_here(source: str) -> bool:
    return source == RANDOM or sources.weights_path(sources.source_by_name(source)) is not None


def do_all(function, jobs: list[tuple], size: Size, title: str) -> None:
    if size.processes == 1:
        for job in tqdm(jobs, desc=title):
            function(*job)
        return
    with ProcessPoolExecutor(size.processes, mp_context=get_context("spawn")) as pool:
        for done in tqdm(as_completed([pool.submit(function, *job) for job in jobs]), total=len(jobs), desc=title):
            done.result()


def write(path: Path, content: dict) -> None:
    """Whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


# ---------------------------------------------------------------- one run, in a process of its own


def weights_path(folder: Path, source: str) -> Path:
    return folder / f"{source}.weights.h5"


def run_path(folder: Path, target: str, source: str, seed: int) -> Path:
    return folder / f"{target} from {source}, {seed}.json"


def pretrain(source: str, size: Size, folder: Path, deadline: float) -> None:
    """Pre-train one source and keep its weights, with those of its own head."""
    path = weights_path(folder, source)
    if path.exists() or time.time() > deadline:
        return
    import keras

    species, style, share = OWN[source]
    keras.utils.set_random_seed(0)
    images, _ = sample(species, size.drawings * len(species), seed=100, style=style)
    _, network = source_network(len(species))
    labels = np.arange(len(images)) % len(species)
    epochs = max(1, round(size.epochs * share))
    train_stage(network, shrink(images, size.pixels), labels, epochs, peak=0.1, batch_size=32, verbose=0)
    partial = weights_path(folder, f"{source}, partial")
    network.save_weights(partial)
    os.replace(partial, path)


def build(source: str, size: Size, folder: Path):
    """The frozen base of a source, and its classifier into its own classes, None where its head was not kept."""
    import keras

    if source in sources.SOURCES:
        base, classifier = sources.build(sources.SOURCES[source], size.pixels), None
    else:
        keras.utils.set_random_seed(0)
        inner, network = source_network(8)
        if source == RANDOM:
            see_once(inner, shrink(sample(MIXED, 64, seed=100)[0], size.pixels))
        else:
            network.load_weights(weights_path(folder, source))
        base = sources.build(sources.SOURCES["menagerie"], size.pixels, weights=None)  # the same layers
        base.set_weights(inner.get_weights())
        inputs = keras.Input((size.pixels, size.pixels, 3))
        classifier = keras.Model(inputs, keras.layers.Softmax()(network(inputs, training=False)))
    base.trainable = False
    return base, classifier


def see_once(network, images: np.ndarray) -> None:
    """Give a network with random weights the statistics of some drawings, without which its features would be zero."""
    for layer in network.layers:
        if hasattr(layer, "moving_mean"):
            layer.momentum = 0.0  # forget what it started with
    network(images / np.float32(127.5) - 1, training=True)


def draw_target(target: str, size: Size) -> Task:
    species, style, _ = TARGETS[target]
    if species is None:
        return tasks.cats_vs_dogs()
    pool = 2 * labels_per_class(target, size) * len(species)
    images, _ = sample(species, pool + sum(size.held_out), seed=200, style=style)
    labels = np.arange(len(images)) % len(species)
    ends = np.cumsum([pool, size.held_out[0]])
    return tasks.from_splits(*zip(np.split(images, ends), np.split(labels, ends), strict=True), species, name=target)


def labels_per_class(target: str, size: Size) -> int:
    return round(TARGETS[target][2] * size.labels)


def transfer(target: str, source: str, seed: int, size: Size, folder: Path, deadline: float) -> None:
    """Score a source on the training inputs of a target, then transfer from it, and write down what was found."""
    path = run_path(folder, target, source, seed)
    if path.exists() or time.time() > deadline:
        return
    import keras

    from tlteach.engine import features

    features.forget()
    keras.utils.clear_session()
    whole = draw_target(target, size)
    task = whole.subset(labels_per_class(target, size), seed)
    base, classifier = build(source, size, folder)
    started = time.perf_counter()
    scores = score(base, classifier, task)
    seconds = {"scores": time.perf_counter() - started}
    keras.utils.set_random_seed(seed)
    how = {"batch_size": max(8, len(task.train) // 10), "seed": seed, "verbose": 0}
    with contextlib.redirect_stdout(io.StringIO()):
        model = tl.add_head(base, task, learning_rate=3e-3)
        tl.train(model, task, size.head_epochs, **how)
        frozen = tl.evaluate(model, task.test).accuracy
        tl.recompile(tl.unfreeze(model, from_layer=0.5), learning_rate=3e-4)
        tl.train(model, task, size.fine_tune_epochs, **how)
        fine_tuned = tl.evaluate(model, task.test).accuracy
    seconds["training"] = time.perf_counter() - started - seconds["scores"]
    found = {"target": target, "source": source, "seed": seed, "frozen": frozen, "fine_tuned": fine_tuned}
    write(path, {**found, "scores": scores, "seconds": seconds, "today": sources.choose(whole)[0].name})


def score(base, classifier, task: Task) -> dict[str, float]:
    """Every score that the source can have, rounded, so that rounding errors do not make an order."""
    features = outputs(base, task.train)
    probabilities = None if classifier is None else outputs(classifier, task.train)
    return {
        name: round(function(probabilities if name in NEED_A_CLASSIFIER else features, task.train.labels), 6)
        for name, function in SCORES.items()
        if classifier is not None or name not in NEED_A_CLASSIFIER
    }


if __name__ == "__main__":
    main()
