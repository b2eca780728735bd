"""The form of pictures: how many pixels a side, and how files that were named at a prompt become them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.errors import DataError, GuardError
from tlteach.core.journal import counted, shortened
from tlteach.image.photos import SUFFIXES, check_photos, read_pixels

if TYPE_CHECKING:
    import keras

CODE = """import numpy as np
from PIL import Image, ImageOps

photo = Image.open("photo.jpg")
photo.draft(None, ({size}, {size}))  # a large JPEG is read at a reduced scale
photo = ImageOps.exif_transpose(photo).convert("RGB").resize(({size}, {size}), Image.Resampling.BILINEAR)
inputs = np.asarray(photo, "float32")[np.newaxis]"""


class Pixels(int):
    """Square pictures of so many pixels a side; it is a number, too."""

    files = {}  # noqa: RUF012, a model of pictures needs nothing beside it

    def __str__(self) -> str:
        return f"{int(self)} x {int(self)} px"

    def __repr__(self) -> str:
        return repr(int(self))

    @property
    def size(self) -> dict[str, int]:
        """The size in the word of base_model(source, image_size=...)."""
        return {"image_size": int(self)}

    @property
    def takes(self) -> str:
        """What a network takes of it."""
        return f"pictures of {self}, red, green and blue from 0 to 255, as they are: float32 (n, {self:d}, {self:d}, 3)"

    @property
    def code(self) -> str:
        """How a program without tlteach makes `inputs`."""
        return CODE.format(size=int(self))


def form_of(model: keras.Model) -> Pixels:
    """The height and width of the pictures that `model` takes.

    Raises:
        GuardError: it takes no pictures, or some that are not square.
    """
    if len(model.input_shape) != 4:
        raise GuardError(f"{model.name} takes inputs of the shape {model.input_shape[1:]}, and these are no pictures.")
    height, width, channels = model.input_shape[1:]
    if channels not in (3, None):
        raise GuardError(
            f"{model.name} takes pictures with {counted(range(channels), 'channel')}, and those of a task have 3, also "
            "grey ones. Build it with an input shape such as (160, 160, 3); keras.ops.image.rgb_to_grayscale(inputs) "
            "makes them grey in the model."
        )
    if height is None or height != width:
        raise GuardError(
            f"{model.name} takes inputs of {height} x {width} pixels; tlteach feeds square images of a fixed size. "
            "Build the model with an input shape such as (160, 160, 3)."
        )
    return Pixels(height)


def open_form(folder: Path, model: keras.Model) -> Pixels:
    """The form of a saved `model`; nothing lies beside it. Raises GuardError as `form_of` does."""
    return form_of(model)


def read(given: Sequence[str], form: Pixels) -> Iterator[tuple[str, np.ndarray | str]]:
    """Each picture file and its pixels, float32 (1, height, width, 3), or the reason why it cannot be read.

    Raises:
        DataError: something is no picture file at all.
    """
    for path in given:
        if not os.path.exists(path) and Path(path).suffix.lower() not in SUFFIXES:
            raise DataError(f"This model reads pictures, and {shortened(path)!r} is no file. Give picture files.")
    for path, (_, reason, _) in zip(given, check_photos([Path(path) for path in given]), strict=True):
        yield path, reason or read_pixels(Path(path), form)[np.newaxis].astype("float32")
