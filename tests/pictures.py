"""Folders of small pictures for the tests."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image


def photo(path: Path, number: int) -> Path:
    """Write a small picture that no other number shares."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(number).integers(0, 256, (12, 16, 3), dtype="uint8")
    Image.fromarray(pixels).save(path)
    return path


def folder_of(
    root: Path, counts: dict[str, int], start: int = 0, write: Callable = photo, suffix: str = ".png"
) -> Path:
    """Write counts[name] different pictures, or what else `write` makes, into each folder root/name."""
    for name, n in counts.items():
        for _ in range(n):
            write(root / name / f"{start:04}{suffix}", start)
            start += 1
        (root / name).mkdir(parents=True, exist_ok=True)
    return root


def all_files(task) -> list[list[Path]]:
    """Return the files of the three splits."""
    return [[*task.train.inputs], [*task.validation.inputs], [*task.test.inputs]]
