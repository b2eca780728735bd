"""Folders of photos: which splits and classes stand in them, and which files are left out and why."""

import os
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tlteach.core.errors import DataError
from tlteach.core.splits import SPLIT_OF_NAME, LeftOut, in_words
from tlteach.image.photos import SUFFIXES, check_photos

# Written by systems, not by people: Windows, macOS archives, Synology.
IGNORED = {"thumbs.db", "desktop.ini", "__macosx", "@eadir"}


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture: its file, class number, split, and content hash and look once they are known."""

    path: Path
    label: int
    split: str = "train"
    fingerprint: str = ""
    look: bytes = b""


def find_splits(root: Path) -> dict[str, Path]:
    """Return {split: folder} where train/ and perhaps validation/ and test/ hold the classes, else {"": root}.

    Raises DataError when a split stands there twice (val/ and validation/), or splits without train/.
    """
    found = defaultdict(list)
    for folder in subfolders(root):
        found[SPLIT_OF_NAME.get(folder.name.lower(), "")].append(folder)
    found.pop("", None)
    # A class may be called "train" (vehicles): then no other split stands beside it and no classes stand in it.
    if len(found) < 2 and not any(len(subfolders(folder)) > 1 for folder in found["train"]):
        return {"": root}
    for split, folders in found.items():
        if len(folders) > 1:
            names = " and ".join(folder.name for folder in folders)
            raise DataError(f"{root} has two folders for the {split} split: {names}. Keep one of them.")
    if "train" not in found:
        raise DataError(f"{root} has {' and '.join(found)} but no train folder. Add one, or remove the split folders.")
    return {split: folders[0] for split, folders in found.items()}


def find_classes(splits: dict[str, Path]) -> tuple[str, ...]:
    """Return the class names, sorted. Raises DataError for no class, a single one, or splits that differ."""
    names = {split: {folder.name for folder in subfolders(path)} for split, path in splits.items()}
    every = sorted(set().union(*names.values()))
    for name in every:
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):  # control, and half a pair
            raise DataError(
                f"The name of the class folder {name!r} cannot be printed: it is not in UTF-8, or holds a control "
                "character. Rename the folder; class names stand in every report."
            )
    for split, path in splits.items():
        missing = [name for name in every if name not in names[split]]
        if missing:
            raise DataError(
                f"The splits do not have the same classes: {path} has no folder for {_quoted(missing)}, "
                f"but another split has. Add the folder there, or remove the class everywhere."
            )
    where = " or ".join(str(path) for path in splits.values())
    if not every:
        raise DataError(f"No images found by class in {where}: put the photos of each class in a folder of its own.")
    if len(every) == 1:
        raise DataError(
            f"Only one class, {_quoted(every)}, found in {where}; a classifier needs at least two. "
            "Put the photos of each class in a folder of its own."
        )
    return tuple(every)


def find_photos(splits: dict[str, Path], class_names: Sequence[str]) -> tuple[list[Photo], list[LeftOut]]:
    """List the photos of every split and class in a fixed order, and the files that cannot be photos."""
    photos, left_out = [], []
    if "" not in splits:
        beside = set(subfolders(splits["train"].parent)) - set(splits.values())
        left_out += [LeftOut(str(folder), "a folder beside the splits is not read") for folder in sorted(beside)]
    for split, folder in splits.items():
        for path in files_in(folder, recursive=False, left_out=left_out):
            if path.suffix.lower() in SUFFIXES:
                left_out.append(LeftOut(str(path), "stands in no class folder"))
        for label, name in enumerate(class_names):
            for path in files_in(folder / name, recursive=True, left_out=left_out):
                if path.suffix.lower() in SUFFIXES:
                    photos.append(Photo(path, label, split or "train"))
                else:
                    left_out.append(
                        LeftOut(str(path), f"files of the kind {path.suffix or 'without suffix'} are not read")
                    )
    return photos, left_out


def subfolders(folder: Path) -> list[Path]:
    """List the folders in a folder, sorted, without the hidden ones."""
    return sorted(path for path in folder.iterdir() if path.is_dir() and not is_ignored(path.name))


def files_in(folder: Path, recursive: bool, left_out: list[LeftOut]) -> list[Path]:
    """List the files in a folder, sorted, without the hidden ones; unreadable folders go to `left_out`."""

    def cannot_open(error: OSError) -> None:
        left_out.append(LeftOut(error.filename, f"the folder cannot be opened: {error.strerror}"))

    found = []
    for parent, folders, names in os.walk(folder, onerror=cannot_open):
        folders[:] = [name for name in folders if recursive and not is_ignored(name)]
        links = [path for path in (Path(parent, name) for name in folders) if path.is_symlink()]
        left_out += [LeftOut(str(path), "a link to a folder is not followed here") for path in links]
        found += [Path(parent, name) for name in names if not is_ignored(name)]
    return sorted(found)


def is_ignored(name: str) -> bool:
    """Tell whether a name is hidden (.DS_Store, ._x) or one that systems write (Thumbs.db)."""
    return name.startswith(".") or name.lower() in IGNORED


def leave_out_unreadable(photos: Sequence[Photo]) -> tuple[list[Photo], list[LeftOut]]:
    """Decode every file once: those that can be read get their fingerprint and look, the others are left out."""
    kept, left_out = [], []
    for photo, (found, reason, look) in zip(photos, check_photos([photo.path for photo in photos]), strict=True):
        if reason:
            left_out.append(LeftOut(str(photo.path), reason))
        else:
            kept.append(replace(photo, fingerprint=found, look=look))
    return kept, left_out


def require_every_class(
    photos: Sequence[Photo], splits: dict[str, Path], class_names: Sequence[str], left_out: Sequence[LeftOut]
) -> None:
    """Raise DataError when a class has no picture left in a split that should have some."""
    filled = {(photo.split, photo.label) for photo in photos}
    for split, folder in splits.items():
        for label, name in enumerate(class_names):
            if (split or "train", label) not in filled:
                here = [item for item in left_out if (folder / name) in Path(item.where).parents]
                raise DataError(
                    f"The class {name!r} has no usable picture in {folder / name} {in_words(here, 'file')}. "
                    "Add photos to this folder, or remove the folder."
                )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
