"""A pen that fills outlines in an animal's own units, and the colours it is dipped in."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import ImageDraw

COATS = {
    "ginger": (222, 138, 62),
    "brown": (136, 92, 58),
    "grey": (142, 146, 152),
    "black": (62, 58, 64),
    "white": (238, 234, 226),
    "cream": (233, 208, 160),
    "tan": (196, 152, 100),
    "rust": (178, 86, 48),
    "blue": (112, 128, 150),
    "rose": (236, 170, 164),
}
EYE_COLOURS = {
    "amber": (226, 160, 40),
    "green": (122, 178, 78),
    "blue": (98, 164, 214),
    "brown": (122, 74, 40),
    "hazel": (168, 134, 66),
}
NOSES = {"black": (44, 38, 42), "pink": (214, 116, 118), "brown": (118, 78, 62)}
GARMENTS = ("none", "scarf", "hat", "glasses")
INK = (46, 38, 40)


@dataclass(frozen=True)
class Pen:
    """A canvas, and the affine map (2, 2) and shift (2,) from an animal's own units to its pixels."""

    canvas: ImageDraw.ImageDraw
    matrix: np.ndarray
    shift: np.ndarray

    @property
    def unit(self) -> float:
        return float(np.hypot(*self.matrix[:, 0]))

    def place(self, points) -> list:
        return (np.asarray(points, dtype=float) @ self.matrix.T + self.shift).ravel().tolist()

    def fill(self, points, colour, ink: float = 0.035, edge=None) -> None:
        """Fill an outline (n, 2); `ink` is the width of the line around it, in the animal's units."""
        flat = self.place(points)
        self.canvas.polygon(flat, fill=colour)
        if ink:
            edge = edge or shade(colour, 0.55)
            self.canvas.line([*flat, *flat[:4]], fill=edge, width=max(1, round(ink * self.unit)), joint=None)

    def line(self, points, colour=INK, width: float = 0.04) -> None:
        self.canvas.line(self.place(points), fill=colour, width=max(1, round(width * self.unit)))

    def oval(self, x, y, across, down, colour, ink: float = 0.035, turn: float = 0.0) -> None:
        self.fill(oval(x, y, across, down, turn), colour, ink)


@lru_cache
def circle(n: int = 24) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def oval(x, y, across, down, turn: float = 0.0) -> np.ndarray:
    points = circle() * (across, down)
    if turn:
        points = points @ rotation(turn).T
    return points + np.array((x, y))


def rotation(angle: float) -> np.ndarray:
    """The matrix (2, 2) that turns by `angle` radians, clockwise on the screen."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def shade(colour, factor: float) -> tuple:
    return tuple(int(min(255, channel * factor)) for channel in colour)


def mix(colour, other, amount: float) -> tuple:
    return tuple(int(a + (b - a) * amount) for a, b in zip(colour, other, strict=True))


def curve(points, n: int = 6) -> np.ndarray:
    """A closed smooth outline through a few points (k, 2): Catmull and Rom's spline."""
    p1 = np.asarray(points, dtype=float)
    p0, p2, p3 = np.roll(p1, 1, axis=0), np.roll(p1, -1, axis=0), np.roll(p1, -2, axis=0)
    t = np.linspace(0, 1, n, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (p[:, None, :] for p in (p0, p1, p2, p3))
    bent = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    return bent.reshape(-1, 2) / 2
