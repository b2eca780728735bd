"""Worlds to drive in: how they look, and how a car answers the wheel there. Drawn at random, around a plain one.

Domain randomisation (Tobin et al., arXiv:1703.06907, 2017): vary the simulator so much that reality looks like one more
variation. Here one number r says how much: each property of each world is drawn as

    plain + r * spread * u,    u uniform between -1 and 1,    and cut off at what is possible

so r = 0 is one world for all, and with a large r roads may be as green as grass. Properties come in groups, and a group
may have an r of its own: worlds(40, dynamics=1.0) varies how cars answer, and nothing else, as Peng et al. do
(arXiv:1710.06537, 2018).
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.fits import is_number

# property: (group, plain, spread, least, most)
PROPERTIES = {
    "road": ("colours", (0.36, 0.36, 0.38), 0.2, 0, 1),
    "ground": ("colours", (0.34, 0.52, 0.24), 0.2, 0, 1),
    "sky": ("colours", (0.60, 0.76, 0.92), 0.2, 0, 1),
    "lines": ("colours", (0.92, 0.90, 0.84), 0.12, 0, 1),
    "light": ("light", 1.0, 0.6, 0.05, 4),  # all colours are multiplied by it
    "noise": ("lens", 0.03, 0.03, 0, 1),  # spread of each pixel, from frame to frame
    "blur": ("lens", 0.2, 0.2, 0, 1),  # share of a pixel that comes from its neighbours
    "height": ("camera", 1.4, 0.35, 0.4, 5),  # metres above the road
    "pitch": ("camera", 8.0, 4.0, -20, 40),  # degrees that it looks down
    "gain": ("dynamics", 1.0, 0.25, 0.2, 4),  # how far the wheels turn, for what was asked for
    "delay": ("dynamics", 0.1, 0.1, 0, 1),  # seconds until they do
    "wheelbase": ("dynamics", 2.6, 0.4, 1, 8),  # metres; a longer car turns more slowly
}
GROUPS = tuple(dict.fromkeys(group for group, *_ in PROPERTIES.values()))
REALITY = 1_000_000  # the seed that realities are drawn from; no simulator has it

# Realities from outside the family: what stands here is nowhere near what randomness 1 draws.
OUTSIDE = {
    "night": {"light": 0.2, "sky": (0.05, 0.05, 0.1)},
    "snow": {"ground": (0.95, 0.97, 1.0), "road": (0.62, 0.64, 0.68), "sky": (0.85, 0.87, 0.9)},
    "gravel": {"road": (0.85, 0.8, 0.7), "lines": (0.8, 0.75, 0.65), "ground": (0.12, 0.16, 0.06)},
    "truck": {"height": 2.6, "pitch": 14.0, "wheelbase": 4.5},
}


@dataclass(frozen=True)
class Worlds:
    """n worlds: for each property an array (n,), or (n, 3) for a colour."""

    road: np.ndarray
    ground: np.ndarray
    sky: np.ndarray
    lines: np.ndarray
    light: np.ndarray
    noise: np.ndarray
    blur: np.ndarray
    height: np.ndarray
    pitch: np.ndarray
    gain: np.ndarray
    delay: np.ndarray
    wheelbase: np.ndarray

    def __len__(self) -> int:
        return len(self.light)

    def take(self, rows: np.ndarray) -> "Worlds":
        """The worlds of some rows; a row may come more than once."""
        return Worlds(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@checked
def worlds(n: int, randomness: float = 0.0, seed: int = 0, **of_group: float) -> Worlds:
    """n simulated worlds. `of_group`: another randomness for a group of properties, as light=2.0."""
    unknown = sorted(of_group.keys() - set(GROUPS))
    if unknown or not all(is_number(value) and value >= 0 for value in of_group.values()):
        raise DataError(
            f"worlds takes a number from 0 for a group of properties: {', '.join(GROUPS)}; it got {of_group}."
        )
    widths = [np.size(plain) for _, plain, *_ in PROPERTIES.values()]
    drawn = np.random.default_rng(seed).uniform(-1, 1, (n, sum(widths)))  # the same, whatever the randomness
    found = {}
    for u, (name, row) in zip(np.split(drawn, np.cumsum(widths)[:-1], axis=1), PROPERTIES.items(), strict=True):
        group, plain, spread, least, most = row
        values = plain + of_group.get(group, randomness) * spread * u
        found[name] = np.clip(values if np.ndim(plain) else values[:, 0], least, most)
    return Worlds(**found)


@checked
def realities(n: int = 40, outside: str | None = None) -> Worlds:
    """n worlds that stand for reality, always the same: of the family with randomness 1, or changed as OUTSIDE says."""
    if outside is not None and outside not in OUTSIDE:
        raise DataError(f"There is no reality called {outside!r}. There are: {', '.join(OUTSIDE)}.")
    family = worlds(n, randomness=1.0, seed=REALITY)
    changes = OUTSIDE.get(outside, {})
    return replace(family, **{name: np.tile(value, (n, *[1] * np.ndim(value))) for name, value in changes.items()})
