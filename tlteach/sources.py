"""Sources: pre-trained networks to transfer from, where their weights lie, and how to build them.

Every network for pictures comes from `keras.applications`, without its top and with its own preprocessing in front, so
that all of them take the same thing: raw RGB pixels from 0 to 255. Their cards stand in `cards.py`; the networks for
texts stand in `text/sources.py`.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.errors import SourceError
from tlteach.image.cards import SOURCES, Source
from tlteach.image.sources import (
    build,
    choose,
    preprocess,
    preprocess_input,
    source_by_model_name,
    weights_path,
)

if TYPE_CHECKING:
    from tlteach.text.sources import TextSource

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


def source_by_name(name: str) -> Source | TextSource:
    """The source called `name`; other spellings such as "MobileNetV2" or "ResNet-50" are understood.

    The path of a folder is that of a BERT: config.json, model.safetensors, vocab.txt. Raises SourceError, with the
    nearest names and the whole list, where there is none.
    """
    from tlteach.text.sources import TEXT_SOURCES, source_from_folder

    plain = {_plain(source.name): source for source in SOURCES.values()}
    plain |= {_plain(s.application): s for s in SOURCES.values() if s.arguments.get("alpha", 1.0) == 1.0}
    plain |= {_plain(source.name): source for source in TEXT_SOURCES.values()}
    source = plain.get(_plain(name)) or source_by_model_name(name)
    if source:
        return source
    if name and Path(name).expanduser().is_dir():
        return source_from_folder(name)
    near = [plain[match].name for match in difflib.get_close_matches(_plain(name), plain, cutoff=0.5)]
    guess = f" Did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
    names = ", ".join([*SOURCES, *TEXT_SOURCES])
    raise SourceError(f'There is no source called "{name}".{guess} The sources are: {names}.')


def _plain(name: str) -> str:
    """`name` without capitals and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
