"""When in a sound a model heard its class, to be looked at and listened to."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import keras
import numpy as np
from PIL import Image, ImageDraw

from tlteach.core.errors import GuardError
from tlteach.core.show import BLUE, as_html
from tlteach.engine.grad_cam import heat_for, probabilities_of
from tlteach.sound.form import Milliseconds, read
from tlteach.sound.show import BANDS, player, spectrogram

WIDTH = 300  # pixels of a picture with a line, however long the sound is
MARGIN = 3  # pixels between the line and the edge


def explained(model: keras.Model, form: Milliseconds, given: str, class_names: Sequence[str]) -> str:
    """A sound file to be played, and when `model` heard its most probable class, as HTML; in words without a map."""
    _, samples = next(read([given], form))
    name = Path(given).name
    chosen = probabilities_of(model, samples).argmax(axis=1)
    try:
        heat = heat_for(model, samples, chosen)[0].max(axis=1)  # of all pitches
    except GuardError as error:
        picture = as_html(spectrogram(samples[0], name), f"Spectrogram of {name}")
        return f"<p>{player(samples[0], name)}</p><p>{picture}</p><p>{escape(str(error))}</p>"
    told = f"The line is high when something spoke for {class_names[chosen[0]]}"
    figure = spectrogram(samples[0], told)
    axes, edges = figure.axes[0], np.linspace(0, form / 1000, len(heat) + 1)
    axes.stairs(heat * BANDS, edges, color="white", linewidth=4)
    axes.stairs(heat * BANDS, edges, color=BLUE, linewidth=2)
    return f"<p>{player(samples[0], name)}</p><p>{as_html(figure, f'Spectrogram of {name}. {told}.')}</p>"


def with_line(picture: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """A spectrogram as a picture (height, width, 3), with a line that is high where the heat (n,) is."""
    image = Image.fromarray(picture).resize((WIDTH, len(picture)), Image.Resampling.BOX)
    edges = np.linspace(0, image.width - 1, len(heat) + 1)
    heights = MARGIN + (image.height - 1 - 2 * MARGIN) * (1 - heat)
    steps = [(x, y) for left, right, y in zip(edges, edges[1:], heights, strict=False) for x in (left, right)]
    for colour, width in (("white", 7), (BLUE, 3)):
        ImageDraw.Draw(image).line(steps, fill=colour, width=width, joint="curve")
    return np.asarray(image)
