"""The part of the report that is about pictures: the most confident mistakes."""

import base64
import io
from html import escape

import numpy as np
from PIL import Image

SHOWN_SIZE = 160  # pixels


def mistakes(result, most: int) -> str:
    """The `most` most confident mistakes on the test split of a Result, as HTML."""
    test, photos = result.best.test, result.task.test
    rows, cards = test.worst(most), []
    for row, pixels in zip(rows, photos.load(rows, SHOWN_SIZE), strict=True):
        caption, item = test.told(row, result.task.class_names), photos.inputs[row]
        where = f"<br>{escape(item.name)}" if hasattr(item, "name") else ""
        picture = as_picture(pixels, f"Test picture: {caption}")
        cards.append(f"<figure>{picture}<figcaption>{escape(caption)}{where}</figcaption></figure>")
    return f'<div class="mistakes">{"".join(cards)}</div>'


def as_picture(pixels: np.ndarray, alt: str, width: str = "") -> str:
    """Pixels (height, width, 3), 0 to 255, as an HTML image that holds them, with the text `alt`.

    `width`: how wide it is shown where there is room, such as "14rem"; without it, a pixel for each pixel.
    """
    file, style = io.BytesIO(), f' style="width: {width}; max-width: 100%; height: auto"' if width else ""
    Image.fromarray(np.asarray(pixels).astype("uint8")).save(file, format="JPEG", quality=85)
    pixels = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{escape(alt)}"{style} src="data:image/jpeg;base64,{pixels}">'
