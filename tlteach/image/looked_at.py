"""Where in a picture a model found its class, to be looked at."""

from collections.abc import Sequence
from html import escape

import keras
import numpy as np
from matplotlib.figure import Figure

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.core.show import plain
from tlteach.engine.grad_cam import fitting, heat_for, probabilities_of
from tlteach.image.form import Pixels, read
from tlteach.image.mistakes import as_picture, lit

COLUMNS = 6
WIDE = "14rem"  # the few pixels of a network's picture, large enough to be looked at


@checked
def looked_at(model: keras.Model, images: np.ndarray, class_names: Sequence[str]) -> Figure:
    """Draw pictures (n, height, width, 3), and below each where `model` found its most probable class.

    What spoke for the class keeps its light, the rest is dark.
    """
    pixels = fitting(model, images)
    probabilities = probabilities_of(model, pixels)
    heat = heat_for(model, pixels, probabilities.argmax(axis=1))
    columns = min(COLUMNS, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(1.45 * columns, min(6.2, 3.2 * rows)), layout="constrained")
    grid = figure.subplots(2 * rows, columns, squeeze=False)
    for axes in grid.ravel():
        axes.axis("off")
    for place, (image, warm, sure) in enumerate(zip(images, heat, probabilities, strict=True)):
        above, below = grid[2 * (place // columns) :, place % columns][:2]
        image = np.asarray(image, "float32") / 255
        above.imshow(image)
        above.set_title(plain(f"{class_names[sure.argmax()]} {sure.max():.2f}"), fontsize="small")
        below.imshow(lit(image, warm))
    share = (heat > 0.5).mean()
    figure.suptitle(f"What decides is in {share:.0%} of the places")
    return figure


def explained(model: keras.Model, form: Pixels, given: str, class_names: Sequence[str]) -> str:
    """A picture file and where `model` found its most probable class, as HTML; in words where that cannot be told."""
    _, pixels = next(read([given], form))
    seen = f"What the model sees of it, {form}"
    chosen = probabilities_of(model, pixels).argmax(axis=1)
    try:
        heat = heat_for(model, pixels, chosen)[0]
    except GuardError as error:
        return f"<p>{as_picture(pixels[0], seen, WIDE)}</p><p>{escape(str(error))}</p>"
    where = f"The same, dark where nothing spoke for {class_names[chosen[0]]}"
    pair = f"{as_picture(pixels[0], seen, WIDE)} {as_picture(lit(pixels[0], heat), where, WIDE)}"
    return f"<p>{pair}</p><p>{escape(f'{seen}. {where}.')}</p>"
