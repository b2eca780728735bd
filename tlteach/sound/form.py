"""The form of sounds: how many milliseconds of one, and how files that were named at a prompt become samples."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.errors import DataError, GuardError
from tlteach.core.journal import shortened
from tlteach.sound.files import FILES, LONGEST, SHORTEST, check_sound, read_again
from tlteach.sound.shape import fitted
from tlteach.sound.spectrogram import RATE

if TYPE_CHECKING:
    import keras

CODE = """import numpy as np
import soundfile

sound, rate = soundfile.read("sound.wav", dtype="float32", always_2d=True)
assert rate == {rate}, "first change its rate to {rate}"
sound = sound.mean(axis=1)[:{samples}]  # cut silent ends before: a word should stand in the middle
before = ({samples} - len(sound)) // 2
inputs = np.pad(sound, (before, {samples} - len(sound) - before))[np.newaxis]"""


class Milliseconds(int):
    """Sounds of so many milliseconds, at 8,000 samples a second; it is a number, too."""

    files = {}  # noqa: RUF012, a model of sounds needs nothing beside it: the spectrogram is inside

    def __str__(self) -> str:
        return f"{int(self)} ms at {RATE // 1000} kHz"

    def __repr__(self) -> str:
        return repr(int(self))

    @property
    def size(self) -> dict[str, int]:
        """The size in the word of base_model(source, milliseconds=...)."""
        return {"milliseconds": int(self)}

    @property
    def takes(self) -> str:
        """What a network takes of it."""
        samples = self * RATE // 1000
        return f"sounds of {int(self):,} ms at {RATE:,} samples a second, from -1 to 1: float32 (n, {samples})"

    @property
    def code(self) -> str:
        """How a program without tlteach makes `inputs`, short: it neither resamples nor cuts silent ends."""
        return CODE.format(samples=self * RATE // 1000, rate=RATE)


def form_of(model: keras.Model) -> Milliseconds:
    """How long the sounds are that `model` takes.

    Raises:
        GuardError: it takes no rows of samples, or rows of any length.
    """
    from tlteach.engine.graph import flatten, lookup

    if len(model.input_shape) != 2:
        raise GuardError(f"{model.name} takes inputs of the shape {model.input_shape[1:]}, and these are no samples.")
    if "float" not in str(model.inputs[0].dtype) or lookup(flatten(model)):
        raise GuardError(f"{model.name} takes whole numbers, such as token ids, and no samples of a sound.")
    n, each = model.input_shape[1], RATE // 1000
    if n is None or n % each or not SHORTEST <= n / RATE <= LONGEST:
        raise GuardError(
            f"{model.name} takes {n or 'any number of'} samples; tlteach feeds sounds of a fixed number of "
            f"milliseconds, {each} samples each, from {SHORTEST * 1000:g} to {LONGEST * 1000:,g} of them. Build the "
            f"model with an input shape such as ({RATE},), for 1,000 ms."
        )
    return Milliseconds(n // each)


def open_form(folder: Path, model: keras.Model) -> Milliseconds:
    """The form of a saved `model`; nothing lies beside it. Raises GuardError as `form_of` does."""
    return form_of(model)


def read(given: Sequence[str], form: Milliseconds) -> Iterator[tuple[str, np.ndarray | str]]:
    """Each sound file and its samples, float32 (1, samples), or the reason why it cannot be read.

    Raises:
        DataError: something is no sound file at all.
    """
    for path in given:
        if not os.path.exists(path) and not FILES.are(Path(path)):
            raise DataError(f"This model hears sounds, and {shortened(path)!r} is no file. Give sound files.")
    for path in map(Path, given):
        reason = check_sound(path).reason
        yield str(path), reason or fitted(read_again(path), form * RATE // 1000)[np.newaxis]
