"""The menagerie: a drawn world of animals in which every cause of a picture is known.

Cats, dogs and thirty-six other species are drawn from a description (`Animal`), so that what differs between two sets
of pictures is a knob and not an accident: the species, the coat, the light, the style. Coats and patterns are shared by
all the species and tell little; ears, muzzles, noses, eyes and tails tell. Pictures are uint8 arrays (96, 96, 3).
"""

import os
import tempfile
import tomllib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import made_folder
from tlteach.image.menagerie.drawing import paint
from tlteach.image.menagerie.drawing.pen import COATS, EYE_COLOURS, GARMENTS
from tlteach.image.menagerie.drawing.pen import NOSES as NOSE_COLOURS
from tlteach.image.menagerie.drawing.scenery import BACKGROUNDS, OCCLUDERS
from tlteach.image.menagerie.drawing.styles import STYLES

PATTERNS = ("plain", "spots", "stripes", "patch")
VIEWS = ("face", "body")
EARS = ("pointed", "tufted", "folded", "floppy", "round", "fan", "long", "leaf", "side")
NOSES = ("button", "leather", "snout", "broad", "holes", "point", "tall", "beak", "trunk")
TAILS = ("long", "curled", "stub", "tuft", "bushy", "brush", "rings", "thin", "none")
CATS_VS_DOGS = {"train": (200, 0), "validation": (100, 200), "test": (250, 300)}
"""Images of each class in each split of the bundled task, and the number of its first animal."""


@dataclass(frozen=True)
class Species:
    """The anatomy that the animals of one species share (species.toml). Lengths are in half heights of the head."""

    ears: tuple[str, ...]
    ear_size: float = 1.0
    muzzle: float = 0.3
    muzzle_width: float = 0.42
    nose: str = "button"
    pupil: str = "round"
    eye_size: float = 0.17
    eye_gap: float = 0.44
    eye_height: float = -0.12
    eye_disc: tuple | None = None
    face_width: float = 1.0
    face_height: float = 0.92
    jaw: float = 0.05
    cheek: float = 0.0
    fur: float = 0.0
    whiskers: bool = False
    teeth: bool = False
    beard: bool = False
    horns: str = "none"
    mane: str = "none"
    mask: str = "none"
    tail: str = "long"
    body: str = "sitting"
    hooves: bool = False
    coat: str | None = None
    pattern: str | None = None
    unseen: bool = False


def read_species() -> dict[str, Species]:
    tables = tomllib.loads(Path(__file__).with_name("species.toml").read_text(encoding="utf-8"))
    return {
        name: Species(**{part: tuple(value) if isinstance(value, list) else value for part, value in table.items()})
        for name, table in tables.items()
    }


SPECIES = read_species()
TARGET_SPECIES = ("cat", "dog")
UNSEEN_SPECIES = tuple(name for name, kind in SPECIES.items() if kind.unseen)
"""Kept out of pre-training for good: to ask what a base makes of animals that it has never seen."""
SOURCE_SPECIES = tuple(name for name in SPECIES if name not in TARGET_SPECIES + UNSEEN_SPECIES)


@dataclass(frozen=True)
class Animal:
    """One animal in one picture: all that `draw` needs, and the ground truth about it.

    x, y and size are fractions of the picture; tilt is in degrees; turn and light_from run from -1 (left) to 1 (right);
    muzzle, ear_size, face_width and eye_size are in half heights of the head; pupil runs from 0 (narrow) to 1 (wide);
    light multiplies the brightness; blur is in pixels of a picture of 96, noise in grey values; detail seeds the rest
    (clutter, the place of each spot, the grain).
    """

    species: str
    view: str
    coat: str
    coat_tone: float
    pattern: str
    eye_colour: str
    size: float
    x: float
    y: float
    tilt: float
    turn: float
    ears: str
    ear_size: float
    muzzle: float
    face_width: float
    eye_size: float
    pupil: float
    nose_colour: str
    nose_size: float
    whiskers: bool
    mouth: str
    garment: str
    background: str
    light: float
    light_from: float
    occluder: str
    blur: float
    noise: float
    detail: int


def describe(species: str, random: np.random.Generator, kind: Species | None = None) -> Animal:
    """Draw the description of one animal at random: what its species leaves open, and all the circumstances."""
    kind = kind or SPECIES[species]
    view = "face" if random.random() < 0.7 else "body"
    standing = view == "body" and kind.body == "standing"
    turn = float(random.uniform(-1, 1))
    typical = random.random(2) < (0.35, 0.45)
    return Animal(
        species=species,
        view=view,
        coat=kind.coat if kind.coat and typical[0] else str(random.choice(list(COATS))),
        coat_tone=float(random.uniform(0.8, 1.1)),
        pattern=kind.pattern if kind.pattern and typical[1] else str(random.choice(PATTERNS)),
        eye_colour=str(random.choice(list(EYE_COLOURS))),
        size=float(random.uniform(0.18, 0.33) if view == "face" else random.uniform(0.14, 0.19)),
        x=float(random.uniform(0.3, 0.7)) - (0.18 * np.sign(turn) if standing else 0),
        y=float(random.uniform(0.35, 0.65) if view == "face" else random.uniform(0.26, 0.4)),
        tilt=float(np.clip(random.normal(0, 14), -35, 35) * (1 if view == "face" else 0.4)),
        turn=turn,
        ears=str(random.choice(kind.ears)),
        ear_size=float(kind.ear_size * random.uniform(0.75, 1.25)),
        muzzle=float(max(0.05, kind.muzzle + random.uniform(-0.12, 0.12))),
        face_width=float(kind.face_width * random.uniform(0.9, 1.1)),
        eye_size=float(kind.eye_size * random.uniform(0.85, 1.15)),
        pupil=float(random.uniform(0.3, 1.0)),
        nose_colour=str(random.choice(list(NOSE_COLOURS))),
        nose_size=float(random.uniform(0.8, 1.2)),
        whiskers=bool(random.random() < (0.7 if kind.whiskers else 0.3)),
        mouth="open" if random.random() < 0.25 else "closed",
        garment=str(random.choice(GARMENTS)) if random.random() < 0.35 else "none",
        background=str(random.choice(BACKGROUNDS)),
        light=float(random.uniform(0.7, 1.2)),
        light_from=float(random.uniform(-1, 1)),
        occluder=str(random.choice(OCCLUDERS)) if random.random() < 0.4 else "none",
        blur=float(max(0.0, random.uniform(-0.6, 0.8))),
        noise=float(random.uniform(0, 8)),
        detail=int(random.integers(2**31)),
    )


@checked
def draw(animal: Animal, size: int = 96, style: str = "daylight") -> np.ndarray:
    """Draw one animal: a uint8 array (size, size, 3). The same animal gives the same picture, in each style."""
    return paint(animal, SPECIES[animal.species], size, style)


@checked
def sample(
    species: str | Sequence[str], n: int, seed: int, style: str = "daylight", size: int = 96, start: int = 0
) -> tuple[np.ndarray, list[Animal]]:
    """Draw `n` animals of one species, or of several in turn: uint8 (n, size, size, 3), and their descriptions.

    Of k species, animal i is of species[i % k], so the labels are np.arange(n) % k. Animal i depends on the seed, its
    species and i // k only: a longer sample begins with the shorter one. `start` leaves out the first animals.
    Raises DataError for a species or a style that is not drawn.
    """
    check_names(species, style)
    animals = describe_many(species, n, seed, start)
    images = np.empty((n, size, size, 3), dtype="uint8")
    for row, animal in enumerate(animals):
        images[row] = draw(animal, size, style)
    return images, animals


def describe_many(species: str | Sequence[str], n: int, seed: int, start: int = 0) -> list[Animal]:
    """The descriptions of the animals that `sample` draws, without the drawings."""
    names = as_names(species)
    animals = []
    for index in range(start, start + n):
        name = names[index % len(names)]
        key = (seed, zlib.crc32(name.encode()), index // len(names))
        animals.append(describe(name, np.random.default_rng(key)))
    return animals


def as_names(species: str | Sequence[str]) -> list[str]:
    return [species] if isinstance(species, str) else list(species)


def check_names(species: str | Sequence[str], style: str) -> None:
    names = as_names(species)
    unknown = [name for name in names if name not in SPECIES]
    if unknown or not names:
        found = f"no {', '.join(map(repr, unknown))}" if names else "nothing to draw in an empty list: no species"
        raise DataError(f"The menagerie has {found}. Choose from: {', '.join(SPECIES)}.")
    if style not in STYLES:
        raise DataError(f"The menagerie has no style {style!r}. Choose from: {', '.join(STYLES)}.")


@checked
def attributes(species: str) -> dict[str, float]:
    """What is known of a species without a picture: a number from 0 to 1 for each named attribute, in the same order.

    Enough to recognise a species never seen (zero-shot learning from attributes; Lampert, Nickisch, Harmeling, 2009).
    Raises DataError for a species that is not drawn.
    """
    check_names(species, "daylight")
    return attributes_of(SPECIES[species])


@checked
def attributes_of(kind: Species) -> dict[str, float]:
    """The attributes of an anatomy, be it of a species or of one that was made up."""
    return {
        **{f"ears_{shape}": kind.ears.count(shape) / len(kind.ears) for shape in EARS},
        "ear_size": kind.ear_size / 1.5,
        "muzzle_length": kind.muzzle,
        "muzzle_width": kind.muzzle_width / 0.6,
        **{f"nose_{nose}": float(kind.nose == nose) for nose in NOSES},
        "pupil_slit": float(kind.pupil == "slit"),
        "pupil_bar": float(kind.pupil == "bar"),
        "eye_size": kind.eye_size / 0.25,
        "eyes_apart": kind.eye_gap / 0.8,
        "face_width": kind.face_width / 1.2,
        "face_height": kind.face_height / 1.2,
        "cheeks": kind.cheek / 0.3,
        "furry": float(kind.fur > 0),
        "whiskers": float(kind.whiskers),
        "teeth": float(kind.teeth),
        "beard": float(kind.beard),
        "horns": float(kind.horns != "none"),
        "mane": float(kind.mane != "none"),
        "mask": float(kind.mask != "none"),
        "hooves": float(kind.hooves),
        **{f"tail_{tail}": float(kind.tail == tail) for tail in TAILS},
        **{f"often_{pattern}": float(kind.pattern == pattern) for pattern in PATTERNS},
    }


@checked
def signatures(kinds: Sequence[str | Species]) -> np.ndarray:
    """The attributes of several species or anatomies, a row for each."""
    known = [attributes(kind) if isinstance(kind, str) else attributes_of(kind) for kind in kinds]
    return np.array([list(one.values()) for one in known])


@checked
def contact_sheet(size: int = 96, seed: int = 0) -> Image.Image:
    """A picture of all, in good light: six animals of every species, two species a row; then twelve in every style."""
    rows = []
    for pair in zip(*[iter(SPECIES)] * 2, strict=True):
        rows.append([(animal, "daylight") for name in pair for animal in describe_many(name, 6, seed)])
    cast = describe_many(list(SPECIES)[::2], 12, seed)
    rows += [[(animal, style) for animal in cast] for style in STYLES]
    tiles = [[draw(well_lit(animal), size, style) for animal, style in row] for row in rows]
    return Image.fromarray(np.concatenate([np.concatenate(row, axis=1) for row in tiles]))


def well_lit(animal: Animal) -> Animal:
    return replace(animal, noise=0.0, blur=0.0, light=max(animal.light, 0.95), light_from=0.0)


@checked
def render_cats_vs_dogs(folder: str | os.PathLike, seed: int = 0, progress: bool = True) -> Path:
    """Draw the bundled target task as JPEG files: folder/{train,validation,test}/{cat,dog}/NAME.jpg.

    Written whole or not at all. Raises DataError when `folder` already holds other files.
    """
    from tqdm import tqdm

    folder = Path(folder)
    if folder.is_file() or (folder.exists() and any(folder.iterdir())):
        raise DataError(
            f"{folder} is not empty, and nothing in it is overwritten. Name a new folder, or move the old one away."
        )
    made_folder(folder.parent)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".drawing-") as temporary:
        whole = Path(temporary) / "whole"
        jobs = [(split, species) for split in CATS_VS_DOGS for species in TARGET_SPECIES]
        for split, species in tqdm(jobs, desc="drawing", disable=not progress):
            render_class(whole / split / species, species, *CATS_VS_DOGS[split], seed)
        os.replace(whole, folder)
    return folder


def render_class(folder: Path, species: str, n: int, start: int, seed: int) -> None:
    folder.mkdir(parents=True)
    images, _ = sample(species, n, seed, start=start)
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{species}_{number:03d}.jpg", quality=90)
