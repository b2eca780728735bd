"""The doors of the room of sounds; see tlteach/core/modality.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.errors import DataError
from tlteach.core.task import Task
from tlteach.sound.files import FILES
from tlteach.sound.form import Milliseconds, open_form, read
from tlteach.sound.full_digits import downloads
from tlteach.sound.sources import SOURCES, choose
from tlteach.sound.tasks import from_sounds, spoken_digits, spoken_words

if TYPE_CHECKING:
    import keras

NAME = "sound"
SIZE = ("milliseconds", "hear so much of a sound; default: what the source heard")
# On validation of the bundled words: higher rates are no better, and the loss stops falling after about 30 epochs.
HEAD = {"learning_rate": 1e-3, "epochs": 30}
PIPELINE = "audio-classification"
TASKS = {"spoken_words": spoken_words, "spoken_digits": spoken_digits}


def task_from(path: Path, group: str | None = None, **columns: str | int) -> Task | None:
    """The task of a folder of sounds, or None where `path` is no folder. Raises DataError."""
    if not path.is_dir():
        return None
    if group not in (None, "speaker"):
        raise DataError(
            f"Sounds are cut by speaker, and not by {group}. Leave the group out, or give train/ and test/."
        )
    return from_sounds(path)


def source_from(path: Path) -> None:
    """Checkpoints of one's own are not known for sounds."""


def scratch(task: Task, seed: int) -> keras.Model:
    """The fair baseline: see scratch.py."""
    from tlteach.sound.scratch import scratch

    return scratch(task, seed)


def mistakes(result, most: int) -> str:
    """The most confident mistakes of a Result, as HTML: see mistakes.py."""
    from tlteach.sound.mistakes import mistakes

    return mistakes(result, most)


def explained(model: keras.Model, form: Milliseconds, given: str, class_names: Sequence[str]) -> str:
    """A sound and when the model heard its class, as HTML: see heard.py."""
    from tlteach.sound.heard import explained

    return explained(model, form, given, class_names)
