"""What benchmarks/few_shot.py learns from: the frozen base's features of drawings, each of which is drawn once."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import keras
import numpy as np

import tlteach as tl
from tlteach.engine.evaluation import outputs
from tlteach.image import menagerie
from tlteach.image.menagerie import SOURCE_SPECIES, TARGET_SPECIES, UNSEEN_SPECIES
from tlteach.text.splits import TextSplit

NEW = (*TARGET_SPECIES, *UNSEEN_SPECIES)  # what the base has never seen
SEEN_EACH, NEW_EACH, BEASTS = 60, 36, 480  # drawings of each species, and of all beasts together
SEEN_SEED = 1000  # of the drawings that are learned from; those that methods are judged on have seeds of their own
COUNTS = (24, 60, 120, 240)  # anatomies that the drawings of beasts are spread over
LAYERS = {"early": "conv_pw_3_relu", "middle": "conv_pw_6_relu", "late": "conv_pw_11_relu", "top": "conv_pw_13_relu"}
Arrays = dict[str, np.ndarray]


def seen(folder: Path) -> Arrays:
    """Drawings of the species that the base was trained on, and the same animals as sketches."""
    return kept(folder / "seen.npz", lambda: day_and_sketch(SOURCE_SPECIES, SEEN_EACH, SEEN_SEED))


def new(folder: Path, seed: int) -> Arrays:
    """Drawings of the species of NEW and then of horses, by day and as sketches: NEW_EACH of each."""
    return kept(folder / f"new_{seed}.npz", lambda: day_and_sketch((*NEW, "horse"), NEW_EACH, seed))


def day_and_sketch(species: tuple[str, ...], n_each: int, seed: int) -> Arrays:
    """What the base makes of n_each drawings of each species, which take turns: labels are np.arange(n) % k."""
    n = n_each * len(species)
    images, animals = menagerie.sample(species, n, seed)
    drawn = {"labels": np.arange(n) % len(species), "coats": np.array([animal.coat for animal in animals])}
    drawn["patterns"] = np.array([animal.pattern for animal in animals])
    sketches = encoded(menagerie.sample(species, n, seed, "sketch")[0])
    return drawn | encoded(images) | {"sketch": sketches["top"]}


def beasts(folder: Path, seed: int) -> Arrays:
    """Drawings of random anatomies: BEASTS of them for each of COUNTS, which have the first ones in common."""

    def make() -> Arrays:
        each = {count: BEASTS // count for count in COUNTS}
        labels = [np.repeat(number, next(each[n] for n in COUNTS if number < n)) for number in range(COUNTS[-1])]
        kinds = list(menagerie.random_species(COUNTS[-1], seed).items())
        images = [menagerie.sample_kinds(dict([kinds[some[0]]]), len(some), seed + int(some[0]))[0] for some in labels]
        known = np.array([list(menagerie.attributes_of(kind).values()) for _, kind in kinds])
        return encoded(np.concatenate(images)) | {"labels": np.concatenate(labels), "attributes": known}

    return kept(folder / f"beasts_{seed}.npz", make)


def said(folder: Path, name: str, texts: Sequence[str]) -> np.ndarray:
    """MiniLM's vectors of texts (n, 384)."""

    def make() -> Arrays:
        with tl.quietly():
            base = tl.base_model(tl.sources.source_by_name("minilm"))
        return {"vectors": outputs(base, TextSplit(tuple(texts), np.zeros(len(texts), "int32"), 1))}

    return kept(folder / f"said_{name}.npz", make)["vectors"]


def rows_of(labels: np.ndarray, count: int) -> np.ndarray:
    """The rows of the first `count` anatomies, BEASTS // count of each."""
    return np.concatenate([np.flatnonzero(labels == label)[: BEASTS // count] for label in range(count)])


def kept(path: Path, make: Callable[[], Arrays]) -> Arrays:
    """What `make` makes, from the file at `path` where it is there."""
    if not path.is_file():
        np.savez_compressed(path, **make())
    with np.load(path) as arrays:
        return dict(arrays)


def encoded(images: np.ndarray) -> Arrays:
    """Means of four layers of the base over all places, by name, and the pictures themselves, made small."""
    found = encoder().predict(images, batch_size=64, verbose=0)
    return dict(zip((*LAYERS, "pixels"), found, strict=True))


@cache
def encoder() -> keras.Model:
    """The frozen base, from raw pixels (n, 96, 96, 3)."""
    with tl.quietly():
        base = tl.base_model(tl.sources.source_by_name("menagerie"))
    pool = keras.layers.GlobalAveragePooling2D
    means = [pool()(base.get_layer(name).output) for name in LAYERS.values()]
    small = keras.layers.Flatten()(keras.layers.AveragePooling2D(6)(base.inputs[0]))
    return keras.Model(base.inputs[0], [*means, small])
