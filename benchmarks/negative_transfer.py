"""Two bases saw the same drawings and were asked two questions: which one helps with cats and dogs, which one hurts?

    python benchmarks/negative_transfer.py                         # a quarter of an hour on two cores
    python benchmarks/negative_transfer.py --tiny --folder FOLDER  # a smoke test

Both are the small network of `scratch`, trained on the same drawings of the other animals, with the same recipe. One
learned to name the species, the other to name the coat. Each is frozen and gets a new head; `scratch` trains the same
network from random weights. The only difference between the two bases is the question. Seed s has bases of its own,
its own draw of labels, and is paired with seed s of `scratch` in benchmarks/results/compare.json, whose runs are used
again. Bases and runs are kept in a folder: after an interruption, the same command goes on.
"""

import argparse
import os
from pathlib import Path

import keras
import numpy as np

import tlteach as tl
from tlteach.core.files import cache_folder, write_json
from tlteach.core.task import Task
from tlteach.evidence.comparison import Comparison
from tlteach.image.menagerie import COATS, SOURCE_SPECIES, sample
from tlteach.image.menagerie.pretrain import shrink
from tlteach.image.scratch import IMAGE_SIZE, scratch_network

RESULTS = Path(__file__).parent / "results"
BUDGETS = (10, 50, 200)
QUESTIONS = {"asked_species": list(SOURCE_SPECIES), "asked_coat": list(COATS)}
BATCH_SIZE = 32
FOLDER = "TLTEACH_NEGATIVE_TRANSFER"  # for the processes that the runs are spread over


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=cache_folder() / "negative_transfer", help="where runs are kept")
    parser.add_argument("--tiny", action="store_true", help="few drawings, two seeds; its numbers stay in the folder")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    os.environ[FOLDER] = str(options.folder.resolve())
    seeds, budgets, drawings, epochs = (2, (10,), 2, 1) if options.tiny else (5, BUDGETS, 100, 10)
    sources = [learn_both(seed, drawings, epochs, options.folder) for seed in range(seeds)]
    new = tl.compare.compare([asked_species, asked_coat], tl.tasks.cats_vs_dogs(), seeds, budgets, options.folder)
    found = beside_scratch(new, seeds)
    print(found, *(tl.compare.transfer_gain(found, name) for name in QUESTIONS), sep="\n")
    place = options.folder if options.tiny else RESULTS
    write_json(place / "negative_transfer.json", {**found.to_dict(), "sources": sources, "drawings": drawings})


def asked_species(task: Task, seed: int) -> keras.Model:
    """A new head on the frozen base that learned to name the species."""
    return frozen_on("asked_species", task, seed)


def asked_coat(task: Task, seed: int) -> keras.Model:
    """A new head on the frozen base that learned to name the coat."""
    return frozen_on("asked_coat", task, seed)


def frozen_on(question: str, task: Task, seed: int) -> keras.Model:
    """As tl.compare.frozen, on the base of `question` and `seed`."""
    network = keras.saving.load_model(base_file(question, seed, Path(os.environ[FOLDER])))
    base = keras.Model(network.input, network.layers[-3].output, name=question)  # without its dropout and its classes
    base.trainable = False
    keras.utils.set_random_seed(seed)
    model = tl.add_head(base, task, learning_rate=1e-2)
    tl.train(model, task, epochs=20, seed=seed, verbose=0)
    return model


def learn_both(seed: int, drawings: int, epochs: int, folder: Path) -> dict[str, float]:
    """Train the two bases of `seed`, where they are not there yet; returns the accuracies on new drawings."""
    if not all(base_file(question, seed, folder).exists() for question in QUESTIONS):
        # Seeds of their own, far from those of the bundled drawings.
        images, animals = sample(SOURCE_SPECIES, drawings * len(SOURCE_SPECIES), seed=400 + seed)
        for question, classes in QUESTIONS.items():
            keras.utils.set_random_seed(seed)
            network = scratch_network(len(classes), steps=epochs * -(-len(images) // BATCH_SIZE))
            network.fit(shrink(images, IMAGE_SIZE), answers(question, animals), BATCH_SIZE, epochs, verbose=0)
            network.save(base_file(question, seed, folder))
    images, animals = sample(SOURCE_SPECIES, 10 * len(SOURCE_SPECIES), seed=500 + seed)
    found = {"seed": seed}
    for question in QUESTIONS:
        network = keras.saving.load_model(base_file(question, seed, folder))
        said = network.predict(shrink(images, IMAGE_SIZE), verbose=0).argmax(axis=1)
        found[question] = round(float((said == answers(question, animals)).mean()), 3)
    print(found, flush=True)
    return found


def answers(question: str, animals: list) -> np.ndarray:
    said = [animal.species if question == "asked_species" else animal.coat for animal in animals]
    return np.array([QUESTIONS[question].index(answer) for answer in said])


def base_file(question: str, seed: int, folder: Path) -> Path:
    return folder / f"{question}_{seed}.keras"


def beside_scratch(new: Comparison, seeds: int) -> Comparison:
    """The new runs with those of `scratch` that benchmarks/compare.py has made, same draws and same test pictures."""
    known = tl.compare.load(RESULTS / "compare.json")
    old = [run for run in known.runs if run.method == "scratch" and run.labels_per_class in new.budgets]
    runs = [run for run in old if run.seed < seeds] + list(new.runs)
    return Comparison(new.task, new.labels, ("scratch", *new.methods), new.budgets, tuple(runs), new.made_with)


if __name__ == "__main__":
    main()
