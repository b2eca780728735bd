"""Drawn digits: a simulator of handwriting, as varied as one number says.

    ink(p) = clip(1/2 + distance(A^-1 (p + wobble(p) - centre)) + thicker, 0, 1)        A = turn . shear . squeeze

Nobody labels a drawing: its label is what was drawn. But a network that has seen clean print alone learns print. Where
looks vary more than reality does, reality is one more variation: domain randomisation (Tobin and others, Domain
Randomization for Transferring Deep Neural Networks from Simulation to the Real World, 2017, arXiv:1703.06907). `level`
is the spread of everything that varies. At 0 there is print, upright and centred, in one of the FONTS.

The format is that of MNIST: the digit fits into 20 x 20 pixels, and its centre of mass is the centre of 28 x 28; white
on black (LeCun and others, Gradient-Based Learning Applied to Document Recognition, Proceedings of the IEEE 86, 1998).

Of each glyph a map of signed distances to its outline is kept, in pixels: above 0 inside. So a line grows thicker by
adding a number, and a glyph is turned by asking for the distance elsewhere; both leave its edges smooth.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from tlteach.core.door import checked

# Upright fonts that come with matplotlib and have the digits people write: no dot in the zero, no old-style figures.
FONTS = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSerif", "DejaVuSerif-Bold", "STIXGeneral", "STIXGeneralBol")
FONTS += ("cmr10", "cmb10", "cmss10", "cmtt10")
SHARP = 96  # pixels of a glyph's map for the size of its font
BOX = 20 / 28  # of the picture

# What level 1 does at most, in either direction; level 2 does twice as much.
ROTATION, SHEAR, SQUEEZE, SCALE, SHIFT = 10.0, 0.2, 0.2, 0.1, 1.0  # degrees; slope; logarithms; pixels of 28
STROKE, WOBBLE, BLUR, NOISE = 0.25, 1.4, 0.6, 0.1  # logarithm of the width; pixels of 28, twice; of white


@dataclass(frozen=True, eq=False)
class Glyph:
    """A map of signed distances, the corners (n, 2) of the outline's hull around the centre of mass, half a width."""

    distances: np.ndarray
    corners: np.ndarray
    centre: np.ndarray
    half_width: float


@checked
def drawn_digits(n: int, level: float = 1.0, seed: int = 0, size: int = 28) -> tuple[np.ndarray, np.ndarray]:
    """Draw `n` digits, as many of each class as that allows: pictures (n, size, size) uint8, and labels (n,).

    The same seed gives the same digits in the same fonts at every level.

    Args:
        level: how much they vary: 0 print, 1 neat, 2 as handwriting does, 4 more than can be read.
    """
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(n) % 10)
    fonts = random.integers(len(FONTS), size=n)
    pictures = np.empty((n, size, size), "uint8")
    for picture, label, font in zip(pictures, labels, fonts, strict=True):
        picture[:] = _drawn(glyph(FONTS[font], int(label)), level, random, size)
    return pictures, labels


def _drawn(glyph: Glyph, level: float, random: np.random.Generator, size: int) -> np.ndarray:
    """One digit, (size, size)."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    angle, shear, squeeze, scale, stroke, wave, *shift = level * random.uniform(-1, 1, 8)
    blurred, noisy = level * random.uniform(0, 1, 2)
    pixel = size / 28
    wobble, thicker = WOBBLE * wave * pixel, glyph.half_width * (np.exp(STROKE * stroke) - 1)
    linear = _linear(np.radians(ROTATION * angle), SHEAR * shear, SQUEEZE * squeeze)

    # How far the digit reaches from its centre of mass, and its soft edge: both are to fit into box and picture.
    edge = np.linalg.norm(linear, axis=1)
    corners = glyph.corners @ linear.T
    first, last = corners.min(axis=0) - edge * thicker, corners.max(axis=0) + edge * thicker
    room = size - 2 - 2 * abs(wobble)
    zoom = ((min(BOX * size * np.exp(SCALE * scale), room) - edge) / (last - first)).min()
    lowest, highest = ((side * (room - edge) / 2 - zoom * end) for side, end in ((-1, first), (1, last)))
    centre = (size - 1) / 2 + np.clip(SHIFT * pixel * np.array(shift), lowest, highest)

    places = np.indices((size, size)).reshape(2, -1)
    waves = np.sin(2 * np.pi * (random.uniform(-1, 1, (2, 2)) @ places / size + random.uniform(0, 1, (2, 1))))
    asked = np.linalg.inv(zoom * linear) @ (places + wobble * waves - centre[:, None]) + glyph.centre[:, None]
    distances = map_coordinates(glyph.distances, asked, order=1, cval=-SHARP).reshape(size, size)
    ink = np.clip(0.5 + zoom * (distances + thicker), 0, 1)
    ink = gaussian_filter(ink, BLUR * blurred * pixel) + random.normal(0, 1, ink.shape) * NOISE * noisy
    return np.round(255 * np.clip(ink, 0, 1))


def _linear(angle: float, shear: float, squeeze: float) -> np.ndarray:
    """Squeeze, then shear, then turn (row, column); areas stay as they are."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.array([[1, 0], [shear, 1]]) @ np.diag(np.exp([squeeze, -squeeze]))


@cache
def glyph(font: str, digit: int) -> Glyph:
    """A digit of one of the FONTS."""
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont
    from scipy.ndimage import distance_transform_edt
    from scipy.spatial import ConvexHull

    path = Path(matplotlib.get_data_path(), "fonts", "ttf", f"{font}.ttf")
    sheet = Image.new("L", (3 * SHARP, 3 * SHARP))
    middle = 1.5 * SHARP
    ImageDraw.Draw(sheet).text((middle, middle), str(digit), 255, ImageFont.truetype(path, SHARP), anchor="mm")
    inside = np.asarray(sheet) > 127
    distances = distance_transform_edt(inside) - distance_transform_edt(~inside)
    points = np.argwhere(inside)
    centre = points.mean(axis=0)
    return Glyph(distances, points[ConvexHull(points).vertices] - centre, centre, float(distances.max()))
