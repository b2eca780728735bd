"""How one animal of the menagerie gets onto paper.

Everything is a filled outline. A head is drawn in its own units (its half height is about 1, x to the right, y down);
then one affine map turns, scales and shifts it onto a canvas twice as large as the picture. Halving the canvas at the
end smooths every edge. Patterns live in polar coordinates of an outline, so that nothing ever needs clipping.
"""

import numpy as np
from PIL import Image, ImageDraw

from tlteach.image.menagerie.drawing.body import paint_body
from tlteach.image.menagerie.drawing.head import paint_garment, paint_head
from tlteach.image.menagerie.drawing.pen import Pen, rotation
from tlteach.image.menagerie.drawing.scenery import paint_background, paint_occluder
from tlteach.image.menagerie.drawing.styles import develop

SUPERSAMPLE = 2


def paint(animal, kind, size: int, style: str) -> np.ndarray:
    """Draw one animal of the anatomy `kind`: (size, size, 3), uint8. All its randomness comes from `animal.detail`."""
    scene, creature, wear, weather = (np.random.default_rng((animal.detail, part)) for part in range(4))
    large = size * SUPERSAMPLE
    image = Image.new("RGB", (large, large))
    canvas = ImageDraw.Draw(image)
    paint_background(canvas, large, animal.background, scene)
    if style == "fog":
        image.paste((206, 212, 218), mask=Image.new("L", image.size, 140))
    matrix = rotation(np.deg2rad(animal.tilt)) * animal.size * large
    pen = Pen(canvas, matrix, np.array((animal.x, animal.y)) * large)
    paint_body(pen, animal, kind, creature)
    paint_head(pen, animal, kind, creature, shining=style == "night")
    paint_garment(pen, animal, kind, wear)
    paint_occluder(canvas, large, animal.occluder, scene)
    return develop(image, animal, style, size, weather)
