"""Sources: pre-trained networks to transfer from, by name, whatever they take. Each room has its own: sources.py."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach import tasks
from tlteach.core.door import checked
from tlteach.core.errors import SourceError
from tlteach.core.modality import Source
from tlteach.core.task import Task
from tlteach.image.sources import SOURCES, preprocess, preprocess_input, source_by_model_name

if TYPE_CHECKING:
    import keras

__all__ = [
    "SOURCES",
    "Source",
    "build",
    "choose",
    "preprocess",
    "preprocess_input",
    "source_by_model_name",
    "source_by_name",
    "weights_path",
]


@checked
def source_by_name(name: str | Path) -> Source:
    """The source called `name`; other spellings such as "MobileNetV2" or "ResNet-50" are understood.

    The path of a folder is that of a BERT: config.json, model.safetensors, vocab.txt. Raises SourceError, with the
    nearest names and the whole list, where there is none.
    """
    name = str(name)
    every = [source for room in tasks.ROOMS.values() for source in room.SOURCES.values()]
    plain = {_plain(alias): source for source in every for alias in (*source.aliases, source.name)}
    without_size = re.sub(r"_(\d+|None)$", "", name)  # Keras writes the size of the pictures behind some names
    if source := plain.get(_plain(name)) or plain.get(_plain(without_size)):
        return source
    own = (room.source_from(Path(name).expanduser()) for room in tasks.ROOMS.values() if name)
    if source := next(filter(None, own), None):
        return source
    near = [plain[match].name for match in difflib.get_close_matches(_plain(name), plain, cutoff=0.5)]
    guess = f" Did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    names = ", ".join(source.name for source in every)
    raise SourceError(f'There is no source called "{name}".{guess} The sources are: {names}.')


def _plain(name: str) -> str:
    """`name` without capitals and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@checked
def choose(task: Task) -> tuple[Source, str]:
    """A sensible source for `task`, and the reason in a sentence."""
    return tasks.ROOMS[task.modality].choose(task)


@checked
def build(source: Source, size: int | None = None, weights: str | None = "pretrained", **named: int) -> keras.Model:
    """The network of `source` without its top.

    `size`, or by its name image_size=... or max_tokens=...; without it, what the source was trained with.
    `weights=None` leaves it as initialised at random, for a control: the steps take it, where they refuse any other
    random network. Missing weights are downloaded. Raises SourceError for a size it cannot take and for damaged
    weights, FetchError for a failed download.
    """
    word, _ = tasks.ROOMS[source.modality].SIZE
    base = source.build(weights, **(named if size is None else {word: size, **named}))
    base.random_on_purpose = weights is None
    return base


@checked
def weights_path(source: Source) -> Path | None:
    """The file, or the folder, with the weights of `source` on this disk, or None."""
    return source.on_disk()
