"""The part of the report that is about sounds: the most confident mistakes, to be heard and seen."""

import base64
import io
from html import escape

import numpy as np
from PIL import Image

from tlteach.sound.show import as_picture, player


def mistakes(result, most: int) -> str:
    """The `most` most confident mistakes on the test split of a Result, as HTML: what the network heard of each."""
    test, sounds = result.best.test, result.task.test
    rows, cards = test.worst(most), []
    for row, sound in zip(rows, sounds.load(rows, result.form), strict=True):
        caption, item = test.told(row, result.task.class_names), sounds.inputs[row]
        where = f"<br>{escape(item.name)}" if hasattr(item, "name") else ""
        told = f"Test sound: {caption}"
        cards.append(
            f"<figure>{_as_html(as_picture(sound), f'Spectrogram. {told}')}<br>{player(sound, told)}"
            f"<figcaption>{escape(caption)}{where}</figcaption></figure>"
        )
    return (
        "<p>Each picture is the spectrogram: time goes to the right, pitch goes up, and what is brighter is louder.</p>"
        f'<div class="mistakes">{"".join(cards)}</div>'
    )


def _as_html(pixels: np.ndarray, alt: str) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}">'
