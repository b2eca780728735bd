"""A folder without folders: where every name begins with its class, as in 3_george_12.wav, that is the class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tlteach.core.folders import Found, beside_the_splits, files_in, not_read, require_printable, subfolders
from tlteach.core.splits import LeftOut
from tlteach.sound.files import FILES


def is_flat(splits: dict[str, Path]) -> bool:
    """Tell whether there is no folder in any split, and every sound is called CLASS_... with two classes or more."""
    names = [path.name for path in _files(splits, []) if FILES.are(path)]
    has_folders = any(subfolders(folder) for folder in splits.values())
    return not has_folders and all("_" in name for name in names) and len(set(map(_class_of, names))) > 1


def find_flat(splits: dict[str, Path]) -> tuple[tuple[str, ...], list[Found], list[LeftOut]]:
    """Return the class names, sorted, the files of every split, and those that are of another kind."""
    left_out = beside_the_splits(splits)
    every = _files(splits, left_out)
    class_names = tuple(sorted({_class_of(path.name) for path in every if FILES.are(path)}))
    require_printable(class_names)
    left_out += [not_read(path) for path in every if not FILES.are(path)]
    split_of = {folder: split or "train" for split, folder in splits.items()}
    found = [
        Found(path, class_names.index(_class_of(path.name)), split_of[path.parent]) for path in every if FILES.are(path)
    ]
    return class_names, found, left_out


def _files(splits: dict[str, Path], left_out: list[LeftOut]) -> Sequence[Path]:
    return [path for folder in splits.values() for path in files_in(folder, recursive=False, left_out=left_out)]


def _class_of(name: str) -> str:
    return name.partition("_")[0]
