"""Animals that nobody has a name for: anatomies put together at random, and any anatomy told in a sentence.

    random_species(n=240, seed=0)         n anatomies, by the names "beast 0", "beast 1" ...
    sample_kinds(kinds, n_each=2, seed=0) drawings of them, and which is which
    sentence("giraffe")                   what is known of a species, as somebody would say it; phrases: part by part

Every part that a species may have can stand beside every other one. So attributes that always come together in real
animals, such as hooves and a long muzzle, can be told apart by whoever learns from beasts.
"""

from dataclasses import replace

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.image.menagerie.animals import (
    COATS,
    EARS,
    NOSES,
    PATTERNS,
    SPECIES,
    TAILS,
    Species,
    check_names,
    describe,
    well_lit,
)
from tlteach.image.menagerie.drawing import paint

RANGES = {
    "ear_size": (0.45, 1.5),
    "muzzle": (0.08, 0.95),
    "muzzle_width": (0.22, 0.58),
    "eye_size": (0.1, 0.24),
    "eye_gap": (0.34, 0.74),
    "face_width": (0.66, 1.1),
    "face_height": (0.8, 1.2),
    "jaw": (0.0, 0.3),
    "cheek": (0.0, 0.26),
}
"""From the smallest to the largest that a species has."""
SOMETIMES = {"whiskers": 0.4, "teeth": 0.2, "beard": 0.15, "hooves": 0.4}
KINDS_OF = {
    "nose": NOSES,
    "pupil": ("round", "round", "slit", "bar"),
    "horns": ("none",) * 6 + ("short", "straight", "antlers", "curled"),
    "mane": ("none",) * 6 + ("ring", "crest", "wool", "forelock"),
    "mask": ("none",) * 5 + ("bandit", "heart"),
    "tail": TAILS,
    "body": ("sitting", "standing", "perching"),
    "coat": tuple(COATS),
    "pattern": PATTERNS,
}


@checked
def random_species(n: int, seed: int = 0) -> dict[str, Species]:
    """`n` anatomies by name, each with every part drawn at random; more of the same seed begin with the fewer."""
    return {f"beast {number}": _beast(np.random.default_rng((seed, number))) for number in range(n)}


def _beast(random: np.random.Generator) -> Species:
    lengths = {name: round(float(random.uniform(*ends)), 3) for name, ends in RANGES.items()}
    parts = {name: str(random.choice(some)) for name, some in KINDS_OF.items()}
    marks = {name: bool(random.random() < share) for name, share in SOMETIMES.items()}
    fur = 0.06 if random.random() < 0.3 else 0.0
    return Species(ears=(str(random.choice(EARS)),), fur=fur, **lengths, **parts, **marks)


@checked
def sample_kinds(
    kinds: dict[str, Species], n_each: int, seed: int, style: str = "daylight", size: int = 96, clear: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `n_each` animals of each anatomy: uint8 (n, size, size, 3), and their places in `kinds` (n,).

    Args:
        kinds: anatomies by name, as `random_species` gives, or those of tl.menagerie.SPECIES.
        clear: in good light and without blur, to look at.
    """
    if not kinds or not all(isinstance(kind, Species) for kind in kinds.values()):
        raise DataError("There is no anatomy to draw: give anatomies by name, as random_species(10) does.")
    check_names("cat", style)
    images, labels = [], np.repeat(np.arange(len(kinds)), n_each)
    for row, label in enumerate(labels):
        name, kind = list(kinds.items())[label]
        animal = describe(name, np.random.default_rng((seed, int(label), row % n_each)), kind)
        images.append(paint(well_lit(animal) if clear else animal, kind, size, style))
    return np.array(images, "uint8").reshape(-1, size, size, 3), labels


SAID = {
    "ears": {
        **{shape: f"{shape} ears" for shape in EARS},
        "fan": "big round fans of ears",
        "leaf": "leaf-shaped ears that stand out to the side",
        "side": "ears low on the side of the head",
        "tufted": "pointed ears with tufts",
    },
    "nose": {
        "button": "a small button nose",
        "leather": "a leathery nose",
        "snout": "a pig's snout",
        "broad": "a broad nose with big nostrils",
        "holes": "two holes for a nose",
        "point": "a tiny pointed nose",
        "tall": "a tall oval nose",
        "beak": "a beak",
        "trunk": "a trunk",
    },
    "tail": {
        **{tail: f"a {tail} tail" for tail in TAILS},
        "stub": "a short stub of a tail",
        "tuft": "a tail with a tuft",
        "brush": "a bushy tail with a white tip",
        "rings": "a ringed tail",
        "thin": "a thin bare tail",
        "none": "no tail",
    },
    "pupil": {"slit": "slit pupils", "bar": "pupils that lie like bars", "round": "round pupils"},
}
SIZES = {
    "ear_size": (0.75, 1.1, "small ears", "large ears"),
    "muzzle": (0.3, 0.6, "a short muzzle", "a long muzzle"),
    "muzzle_width": (0.34, 0.46, "a narrow muzzle", "a wide muzzle"),
    "eye_size": (0.13, 0.17, "small eyes", "large eyes"),
    "eye_gap": (0.44, 0.6, "eyes close together", "eyes far apart"),
    "face_width": (0.8, 1.0, "a narrow face", "a wide face"),
    "face_height": (0.9, 1.05, "a low face", "a high face"),
}
MARKS = {"whiskers": "whiskers", "teeth": "teeth that show", "beard": "a beard", "hooves": "hooves"}
WEARS = {"horns": "horns", "mane": "a mane", "mask": "a mask on the face"}


@checked
def phrases(anatomy: str | Species) -> list[str]:
    """What is known of a species, or of an anatomy that was made up, part by part; coats are not told."""
    if not isinstance(anatomy, Species):
        check_names(anatomy, "daylight")
        anatomy = SPECIES[anatomy]
    parts = [" or ".join(dict.fromkeys(SAID["ears"][shape] for shape in anatomy.ears))]
    parts += [SAID[name][getattr(anatomy, name)] for name in ("nose", "pupil", "tail")]
    for name, (low, high, small, large) in SIZES.items():
        value = getattr(anatomy, name)
        parts += [small] * (value < low) + [large] * (value > high)
    parts += [said for name, said in MARKS.items() if getattr(anatomy, name)]
    parts += [said for name, said in WEARS.items() if getattr(anatomy, name) != "none"]
    parts += ["fur"] if anatomy.fur else []
    told = {"spots": "often spotted", "stripes": "often striped", "patch": "often with a patch"}
    return [*parts, told[anatomy.pattern]] if anatomy.pattern in told else parts


@checked
def sentence(anatomy: str | Species) -> str:
    """The same in one English sentence."""
    parts = phrases(anatomy)
    ending = f", {parts.pop()}" if parts[-1].startswith("often") else ""
    return f"an animal with {', '.join(parts[:-1])} and {parts[-1]}{ending}"


@checked
def changed(species: str, **parts) -> Species:
    """The anatomy of a species with other parts: changed("horse", ears=("long",), pattern="stripes")."""
    check_names(species, "daylight")
    try:
        return replace(SPECIES[species], **parts)
    except TypeError:
        known = ", ".join(Species.__dataclass_fields__)
        raise DataError(f"An anatomy has no {', '.join(parts)}. Its parts are: {known}.") from None
