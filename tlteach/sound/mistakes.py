"""The part of the report that is about sounds: the most confident mistakes, to be heard and seen."""

import base64
import io
from html import escape

import numpy as np
from PIL import Image

from tlteach.core.errors import GuardError
from tlteach.engine.grad_cam import fitting, heat_for
from tlteach.sound.heard import with_line
from tlteach.sound.show import as_picture, player

TOLD = "The line is high when something spoke for the class that was predicted (Grad-CAM): a hint and not a proof."


def mistakes(result, most: int) -> str:
    """The `most` most confident mistakes on the test split of a Result, as HTML: what the network heard of each."""
    test, sounds = result.best.test, result.task.test
    rows, cards = test.worst(most), []
    loaded = sounds.load(rows, result.form)
    pictures, heard = _heard(result, rows, loaded)
    for row, sound, picture in zip(rows, loaded, pictures, strict=True):
        caption, name = test.told(row, result.task.class_names), escape(sounds.captioned(row))
        told = f"Test sound: {caption}"
        cards.append(
            f"<figure>{_as_html(picture, f'Spectrogram. {told}')}<br>{player(sound, told)}"
            f"<figcaption>{escape(caption)}<br>{name}</figcaption></figure>"
        )
    return (
        "<p>Each picture is the spectrogram: time goes to the right, pitch goes up, and what is brighter is louder. "
        f"{escape(heard)}</p>"
        f'<div class="mistakes">{"".join(cards)}</div>'
    )


def _heard(result, rows: np.ndarray, loaded: np.ndarray) -> tuple[list[np.ndarray], str]:
    """The spectrograms of sounds (n, samples) as pictures, with a line that says when the class was heard in them."""
    pictures = [as_picture(sound) for sound in loaded]
    try:
        heat = heat_for(result.model, fitting(result.model, loaded), result.best.test.predicted[rows])
    except GuardError as error:
        return pictures, str(error)
    return [with_line(one, warm.max(axis=1)) for one, warm in zip(pictures, heat, strict=True)], TOLD


def _as_html(pixels: np.ndarray, alt: str) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG")
    return f'<img alt="{escape(alt)}" src="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}">'
