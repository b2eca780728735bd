"""Folders of files: which splits and classes stand in them, and which files are left out and why."""

import csv
import os
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tlteach.core.errors import DataError
from tlteach.core.journal import some
from tlteach.core.splits import SPLIT_OF_NAME, LeftOut, in_words

# Written by systems, not by people: Windows, macOS archives, Synology.
IGNORED = {"thumbs.db", "desktop.ini", "__macosx", "@eadir"}


@dataclass(frozen=True)
class Files:
    """What a room reads: kinds of files by their `suffixes` and in words, and what messages call them.

    One of them is called `one` ("picture"), several `many` ("photos"), and what was looked for `sought` ("images").
    """

    suffixes: frozenset[str]
    kinds: str
    one: str
    many: str
    sought: str

    def are(self, path: Path) -> bool:
        """Tell whether a file is of such a kind, by its name."""
        return path.suffix.lower() in self.suffixes


@dataclass(frozen=True, slots=True)
class Found:
    """One file in a folder: where it is, the number of its class, and its split."""

    path: Path
    label: int
    split: str = "train"


def existing_folder(path: str | Path) -> Path:
    """Return the folder at `path`. Raises DataError where there is none."""
    root = Path(path).expanduser()
    if not root.exists():
        raise DataError(f"The folder {root} does not exist. Check the path; it is looked for from {Path.cwd()}.")
    if not root.is_dir():
        raise DataError(f"{root} is a file and not a folder. Give the folder that holds the folders of the classes.")
    return root


def how_many(root: Path, suffixes: frozenset[str]) -> int:
    """Count the files with such suffixes in a folder and below it."""
    return sum(path.suffix.lower() in suffixes for path in files_in(root, recursive=True, left_out=[]))


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


def find_classes(splits: dict[str, Path], files: Files) -> tuple[str, ...]:
    """Return the class names, sorted. Raises DataError for no class, a single one, or splits that differ."""
    names = {split: {folder.name for folder in subfolders(path)} for split, path in splits.items()}
    every = sorted(set().union(*names.values()))
    require_printable(every)
    for split, path in splits.items():
        missing = [name for name in every if name not in names[split]]
        if missing:
            raise DataError(
                f"The splits do not have the same classes: {path} has no folder for {_quoted(missing)}, "
                f"but another split has. Add the folder there, or remove the class everywhere."
            )
    where = " or ".join(str(path) for path in splits.values())
    cure = f"put the {files.many} of each class in a folder of its own."
    if not every:
        raise DataError(f"No {files.sought} found by class in {where}: {cure}")
    if len(every) == 1:
        raise DataError(
            f"Only one class, {_quoted(every)}, found in {where}; a classifier needs at least two. "
            f"{cure[0].upper()}{cure[1:]}"
        )
    return tuple(every)


def require_printable(class_names: Sequence[str]) -> None:
    """Raise DataError for the name of a class with a control character, or half a pair of one, in it."""
    for name in class_names:
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
            raise DataError(
                f"The name of the class folder {name!r} cannot be printed: it is not in UTF-8, or holds a control "
                "character. Rename the folder; class names stand in every report."
            )


def find_files(splits: dict[str, Path], class_names: Sequence[str], files: Files) -> tuple[list[Found], list[LeftOut]]:
    """List the files of every split and class in a fixed order, and those that are of another kind."""
    found, left_out = [], beside_the_splits(splits)
    for split, folder in splits.items():
        for path in files_in(folder, recursive=False, left_out=left_out):
            if files.are(path):
                left_out.append(LeftOut(str(path), "stands in no class folder"))
        for label, name in enumerate(class_names):
            for path in files_in(folder / name, recursive=True, left_out=left_out):
                if files.are(path):
                    found.append(Found(path, label, split or "train"))
                else:
                    left_out.append(not_read(path))
    if not found:
        root = splits.get("") or splits["train"].parent
        told = in_words(left_out, "file")
        raise DataError(f"No {files.sought} found in {root} {told}. {files.kinds} files are read: save them so.")
    return found, left_out


def groups_of(
    found: Sequence[Found], splits: dict[str, Path], class_names: Sequence[str], group: str, files: Files
) -> list[str]:
    """The patient, or whatever a `group` is, of each file: told by patients.csv, or by folders class/patient/.

    Raises DataError where nobody tells.
    """
    root = splits.get("") or splits["train"].parent
    if (table := root / f"{group}s.csv").is_file():
        return groups_by_table(table, found, group)
    if groups := groups_by_folder(found, splits, class_names):
        return groups
    raise DataError(
        f"Which {group} a {files.one} is of is not told in {root}. Put the {files.many} of each {group} into a folder "
        f"of its own inside that of the class, as {class_names[0]}/{group}_1/; or write {table.name} beside the "
        f"folders of the classes, with the columns file and {group}."
    )


def groups_by_table(table: Path, found: Sequence[Found], group: str) -> list[str]:
    """The group of each file, told by a CSV file with the columns file and `group`. Raises DataError."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        told = {row["file"].strip().replace("\\", "/"): row[group].strip() for row in rows}
    except (OSError, ValueError, KeyError, AttributeError, csv.Error) as error:
        raise DataError(
            f"{table} cannot be read: {error!r}. It needs the columns file and {group}, with commas, in UTF-8."
        ) from error
    names = [one.path.relative_to(table.parent).as_posix() for one in found]
    groups = [told.get(name) or told.get(Path(name).name, "") for name in names]
    if missing := [name for name, known in zip(names, groups, strict=True) if not known]:
        raise DataError(f"{table} names no {group} of {some(missing)}. Add a row for each: {missing[0]},anna.")
    return groups


def groups_by_folder(found: Sequence[Found], splits: dict[str, Path], class_names: Sequence[str]) -> list[str] | None:
    """The first folder below that of the class, if every file has one and they are not all called the same."""
    parts = []
    for one in found:
        folder = splits.get("") or splits[one.split]
        below = folder / class_names[one.label]
        parts.append(one.path.relative_to(below).parts if one.path.is_relative_to(below) else ())
    folders = [names[0] for names in parts if len(names) > 1]
    return folders if len(folders) == len(found) and len(set(folders)) > 1 else None


def beside_the_splits(splits: dict[str, Path]) -> list[LeftOut]:
    """List the folders that stand beside train/ and are no split."""
    if "" in splits:
        return []
    beside = set(subfolders(splits["train"].parent)) - set(splits.values())
    return [LeftOut(str(folder), "a folder beside the splits is not read") for folder in sorted(beside)]


def not_read(path: Path) -> LeftOut:
    """Tell of a file that is of another kind."""
    return LeftOut(str(path), f"files of the kind {path.suffix or 'without suffix'} are not read")


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


def without_unreadable(found: Sequence[Found], checked: Sequence[tuple]) -> tuple[list[Found], list, list[LeftOut]]:
    """Return the files that can be read, what is known of each, and the others.

    `checked`: for each file (fingerprint, reason why it cannot be read or "", what else is known of it).
    """
    pairs = list(zip(found, checked, strict=True))
    left_out = [LeftOut(str(one.path), known[1]) for one, known in pairs if known[1]]
    return [one for one, known in pairs if not known[1]], [known for known in checked if not known[1]], left_out


def require_every_class(
    found: Sequence[Found],
    splits: dict[str, Path],
    class_names: Sequence[str],
    left_out: Sequence[LeftOut],
    files: Files,
) -> None:
    """Raise DataError when a class has no file left in a split that should have some."""
    filled = {(one.split, one.label) for one in found}
    for split, folder in splits.items():
        for label, name in enumerate(class_names):
            if (split or "train", label) not in filled:
                here = [item for item in left_out if (folder / name) in Path(item.where).parents]
                raise DataError(
                    f"The class {name!r} has no usable {files.one} in {folder / name} "
                    f"{in_words(here, 'file')}. Add {files.many} to this folder, or remove the folder."
                )


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
