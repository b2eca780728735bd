"""The doors of the room of pictures; see tlteach/core/modality.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.task import Task
from tlteach.image.form import Pixels, open_form, read
from tlteach.image.full_photos import downloads
from tlteach.image.photos import FILES
from tlteach.image.sources import SOURCES, choose
from tlteach.image.tasks import cats_vs_dogs, from_folder

if TYPE_CHECKING:
    import keras

NAME = "image"
SIZE = ("image_size", "pixels a side of a picture; default: the size the source learned at")
HEAD = {"learning_rate": 1e-3, "epochs": 10}
PIPELINE = "image-classification"
TASKS = {"cats_vs_dogs": cats_vs_dogs, "cats_vs_dogs_full": lambda: cats_vs_dogs("full")}


def task_from(path: Path, group: str | None = None, **columns: str | int) -> Task | None:
    """The task of a folder of photos, or None where `path` is no folder. Raises DataError."""
    return from_folder(path, group=group) if path.is_dir() else None


def source_from(path: Path) -> None:
    """Checkpoints of one's own are not known for pictures."""


def scratch(task: Task, seed: int) -> keras.Model:
    """The fair baseline: see scratch.py."""
    from tlteach.image.scratch import scratch

    return scratch(task, seed)


def mistakes(result, most: int) -> str:
    """The most confident mistakes of a Result, as HTML: see mistakes.py."""
    from tlteach.image.mistakes import mistakes

    return mistakes(result, most)


def explained(model: keras.Model, form: Pixels, given: str, class_names: Sequence[str]) -> str:
    """A picture and where the model found its class, as HTML: see looked_at.py."""
    from tlteach.image.looked_at import explained

    return explained(model, form, given, class_names)
