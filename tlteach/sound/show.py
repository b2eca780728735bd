"""Sounds to be seen and heard: a spectrogram, and beside it a player that needs nothing but the page."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Sequence
from html import escape

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.show import as_html, plain
from tlteach.sound.spectrogram import BANDS, RATE, STEP, log_mel

FLOOR_AND_TOP = (-50, 0)  # decibels that a spectrogram shows
TICKS = (100, 250, 500, 1000, 2000, 3500)  # Hz
LOW, HIGH = 60, 3800  # Hz: the edges of the bands of log_mel
SCALE = 3  # pixels a band, and a column


@checked
def hear(split, rows: Sequence[int]) -> None:
    """Show sounds of a split in a notebook: a player, and the spectrogram with seconds, Hz and decibels."""
    from IPython.display import display

    if not hasattr(split, "samples"):
        raise DataError(f"The split has {split.called} and no sounds: give a split of a task of sounds.")
    rows = split._rows(rows).tolist()
    parts = [_shown(split.samples(row), split.named(row)) for row in rows]
    told = ", ".join(split.named(row) for row in rows)
    display({"text/html": "".join(parts), "text/plain": f"{len(rows)} sounds: {told}"}, raw=True)


def _shown(sound: np.ndarray, name: str) -> str:
    figure = as_html(spectrogram(sound, name), f"Spectrogram of {name}: {len(sound) / RATE:.2f} seconds.")
    return f"<div>{player(sound, name)}<br>{figure}</div>"


def player(sound: np.ndarray, name: str) -> str:
    """HTML that plays samples (n,): the sound stands in the page itself, as loud as it can be."""
    file = io.BytesIO()
    with wave.open(file, "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(RATE)
        opened.writeframes(np.rint(sound * (32000 / max(np.abs(sound).max(), 1e-9))).astype("<i2").tobytes())
    data = base64.b64encode(file.getvalue()).decode()
    return f'<audio controls aria-label="{escape(name)}" src="data:audio/wav;base64,{data}"></audio>'


def spectrogram(sound: np.ndarray, title: str) -> Figure:
    """Draw the log-mel spectrogram of samples (n,), as the network has it inside."""
    columns = bands_of(sound)
    figure = Figure(figsize=(6, 2.8), layout="constrained")
    axes = figure.subplots()
    seconds = len(columns) * STEP / 1000
    image = axes.imshow(
        FLOOR_AND_TOP[0] * (1 - columns.T), origin="lower", aspect="auto", cmap="magma", extent=(0, seconds, 0, BANDS)
    )
    axes.set_yticks([_band(hertz) for hertz in TICKS], map(str, TICKS))
    axes.set(xlabel="time (s)", ylabel="frequency (Hz, mel scale)")
    axes.set_title(plain(title), fontsize="medium")
    figure.colorbar(image, label="dB below the loudest")
    return figure


def as_picture(sound: np.ndarray) -> np.ndarray:
    """Return the spectrogram of samples (n,) as a picture (height, width, 3), uint8, low pitch at the bottom."""
    colours = colormaps["magma"](bands_of(sound).T[::-1], bytes=True)[..., :3]
    return colours.repeat(SCALE, axis=0).repeat(SCALE, axis=1)


def bands_of(sound: np.ndarray) -> np.ndarray:
    """Return the spectrogram of samples (n,), as (columns, BANDS) in 0..1."""
    from tlteach.core.machine import import_keras

    import_keras()
    from keras import ops

    least = np.pad(sound, (0, max(0, RATE // 20 - len(sound))))
    return ops.convert_to_numpy(log_mel(ops.convert_to_tensor(least[np.newaxis])))[0]


def _band(hertz: float) -> float:
    """Where a frequency stands among the BANDS."""
    low, high, found = (2595 * np.log10(1 + one / 700) for one in (LOW, HIGH, hertz))
    return float((found - low) / (high - low) * (BANDS + 1) - 0.5)
