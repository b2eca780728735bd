"""A base that is good at its own question and bad for cats against dogs: negative transfer, measured.

    python benchmarks/negative_transfer.py                         # about eight minutes on two cores
    python benchmarks/negative_transfer.py --tiny --folder FOLDER  # a smoke test

The base is the small network of `scratch`, trained on drawings of the other animals to name the coat: ginger, brown,
grey and so on. It is frozen and gets a new head. `scratch` trains the same network from random weights. Seed s has a
base of its own and its own draw of labels, and is paired with seed s of `scratch` and `frozen` in
benchmarks/results/compare.json, whose runs are used again. Bases and runs are kept in a folder: after an interruption,
the same command goes on.
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
from tlteach.image import menagerie
from tlteach.image.menagerie.pretrain import shrink
from tlteach.image.scratch import IMAGE_SIZE, scratch_network

RESULTS = Path(__file__).parent / "results"
BUDGETS = (10, 50, 200)
COATS = tuple(menagerie.COATS)
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
    sources = [pretrained(seed, drawings, epochs, options.folder) for seed in range(seeds)]
    new = tl.compare.compare([coats], tl.tasks.cats_vs_dogs(), seeds, budgets, options.folder)
    found = beside_scratch(new, seeds)
    print(found, tl.compare.transfer_gain(found, "coats"), sep="\n")
    place = options.folder if options.tiny else RESULTS
    right = {"coats_right": f"{np.mean(sources):.0%}", "coats_right_by_seed": sources}
    write_json(place / "negative_transfer.json", {**found.to_dict(), **right})


def coats(task: Task, seed: int) -> keras.Model:
    """As tl.compare.frozen, on the base that learned to name coats."""
    network = keras.saving.load_model(base_file(seed, Path(os.environ[FOLDER])))
    base = keras.Model(network.input, network.layers[-3].output, name="coats")  # without its dropout and its classes
    base.trainable = False
    keras.utils.set_random_seed(seed)
    model = tl.add_head(base, task, learning_rate=1e-2)
    tl.train(model, task, epochs=20, seed=seed, verbose=0)
    return model


def pretrained(seed: int, drawings: int, epochs: int, folder: Path) -> float:
    """Train the base of `seed`, where it is not there yet; returns its share of right coats on new drawings."""
    if not base_file(seed, folder).exists():
        images, named = drawn(drawings, 400 + seed)  # seeds of their own, far from those of the bundled drawings
        keras.utils.set_random_seed(seed)
        network = scratch_network(len(COATS), steps=epochs * -(-len(images) // BATCH_SIZE))
        network.fit(images, named, BATCH_SIZE, epochs, verbose=0)
        network.save(base_file(seed, folder))
    images, named = drawn(10, 500 + seed)
    said = keras.saving.load_model(base_file(seed, folder)).predict(images, verbose=0).argmax(axis=1)
    right = round(float((said == named).mean()), 3)
    print(f"seed {seed}: {right:.1%} of the coats of new drawings are right", flush=True)
    return right


def drawn(each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """So many drawings of each species, and the positions of their coats in COATS."""
    species = menagerie.SOURCE_SPECIES
    images, animals = menagerie.sample(species, each * len(species), seed=seed)
    return shrink(images, IMAGE_SIZE), np.array([COATS.index(animal.coat) for animal in animals])


def base_file(seed: int, folder: Path) -> Path:
    return folder / f"coats_{seed}.keras"


def beside_scratch(new: Comparison, seeds: int) -> Comparison:
    """The new runs with those that benchmarks/compare.py has made: same draws of labels, same test pictures."""
    known, wanted = tl.compare.load(RESULTS / "compare.json"), ("scratch", "frozen")
    old = [r for r in known.runs if r.method in wanted and r.labels_per_class in new.budgets and r.seed < seeds]
    return Comparison(new.task, new.labels, (*wanted, "coats"), new.budgets, (*old, *new.runs), new.made_with)


if __name__ == "__main__":
    main()
