"""What all checkpoints in Hugging Face's layout have in common: config.json, and model.safetensors beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

import safetensors

from tlteach.core.errors import SourceError

Config = TypeVar("Config")


def read_json(folder: str | Path) -> tuple[Path, dict[str, Any]]:
    """The path of config.json in `folder`, and what it says. Raises SourceError where it cannot be read."""
    path = Path(folder) / "config.json"
    try:
        return path, json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {error}. Put the config.json of the checkpoint there.") from error


def require_fields(kind: type, found: dict[str, Any], path: Path) -> None:
    """Raise SourceError unless `found` says all that the dataclass `kind` has no default for."""
    needed = [field.name for field in fields(kind) if field.default is MISSING]
    if missing := [name for name in needed if name not in found]:
        raise SourceError(f"{path} does not say {', '.join(missing)}. Get the file of the checkpoint again.")


def known_fields(kind: type[Config], found: dict[str, Any]) -> Config:
    """The dataclass `kind`, from what it knows of `found`."""
    return kind(**{field.name: found[field.name] for field in fields(kind) if field.name in found})


@contextmanager
def opened_weights(folder: str | Path) -> Iterator[tuple[Path, Any]]:
    """The path of model.safetensors in `folder`, and the file, open. Raises SourceError where it cannot be read."""
    path = Path(folder) / "model.safetensors"
    if not path.is_file():
        raise SourceError(
            f"There is no {path}. tlteach reads weights in the safetensors format only: a pytorch_model.bin could run "
            "code when it is opened. Look for a revision of the checkpoint that has model.safetensors."
        )
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            yield path, file
    except (safetensors.SafetensorError, OSError, TypeError) as error:
        raise SourceError(f"{path} cannot be read: {error}. Get the file again.") from error
