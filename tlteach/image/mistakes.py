"""The part of the report that is about pictures: the most confident mistakes, and where each class was found."""

import base64
import io
from html import escape

import keras
import numpy as np
from PIL import Image

from tlteach.core.errors import GuardError
from tlteach.engine.grad_cam import fitting, heat_for

SHOWN_SIZE = 160  # pixels
TOLD = (
    "Left, the picture; right, the same, dark where nothing spoke for the class that was predicted (Grad-CAM). It is a "
    "hint and not a proof."
)


def lit(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A picture (height, width, 3) as it is where the heat of a coarser map (h, w) is 1, and dark where that is 0."""
    large = keras.ops.image.resize(
        heat[..., None], image.shape[:2], interpolation="bilinear", data_format="channels_last"
    )
    return image * (0.15 + 0.85 * keras.ops.convert_to_numpy(large))


def _found(result, rows: np.ndarray, shown: np.ndarray) -> tuple[list[list[np.ndarray]], str]:
    """For each of the pictures `shown`, the one that says where its class was found; none where that cannot be told."""
    try:
        pixels = fitting(result.model, result.task.test.load(rows, result.form))
        heat = heat_for(result.model, pixels, result.best.test.predicted[rows])
    except GuardError as error:
        return [[] for _ in rows], str(error)
    return [[lit(one, warm)] for one, warm in zip(shown, heat, strict=True)], TOLD


def mistakes(result, most: int) -> str:
    """The `most` most confident mistakes on the test split of a Result, as HTML."""
    test, photos = result.best.test, result.task.test
    rows, cards = test.worst(most), []
    shown = photos.load(rows, SHOWN_SIZE)
    found, told = _found(result, rows, shown)
    for row, pixels, where in zip(rows, shown, found, strict=True):
        caption = test.told(row, result.task.class_names)
        alts = f"Test picture: {caption}", "The same, dark where nothing spoke for the class that was predicted"
        pair = "".join(map(as_picture, [pixels, *where], alts))
        below = f"{escape(caption)}<br>{escape(photos.captioned(row))}"
        cards.append(f'<figure><div class="pair">{pair}</div><figcaption>{below}</figcaption></figure>')
    return f'<p>{escape(told)}</p><div class="mistakes">{"".join(cards)}</div>'


def as_picture(pixels: np.ndarray, alt: str, width: str = "") -> str:
    """Pixels (height, width, 3), 0 to 255, as an HTML image that holds them, with the text `alt`.

    `width`: how wide it is shown where there is room, such as "14rem"; without it, a pixel for each pixel.
    """
    file, style = io.BytesIO(), f' style="width: {width}; max-width: 100%; height: auto"' if width else ""
    Image.fromarray(np.asarray(pixels).astype("uint8")).save(file, format="JPEG", quality=85)
    pixels = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{escape(alt)}"{style} src="data:image/jpeg;base64,{pixels}">'
