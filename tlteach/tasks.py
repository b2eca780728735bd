"""Tasks: what is to be learned, as three splits, from the bundled drawings, a folder of photos, or arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tlteach import full_photos
from tlteach.errors import DataError
from tlteach.fetch import bundled
from tlteach.folders import (
    Photo,
    find_classes,
    find_photos,
    find_splits,
    leave_out_duplicates,
    leave_out_unreadable,
    require_every_class,
)
from tlteach.photos import LeftOut
from tlteach.splits import Split, cut

__all__ = ["LeftOut", "Split", "Task", "by_name", "cats_vs_dogs", "from_arrays", "from_folder", "from_splits"]


@dataclass(frozen=True)
class Task:
    """What is asked of the inputs: class names, three splits, and how they came about.

    `tier` is "bundled" or "full" for ours and "own" for yours; `left_out` lists the files that were not taken
    and why; `notes` tells in sentences how the splits were made.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    tier: str = "own"
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    modality: str = "image"

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    def subset(self, n_per_class: int, seed: int = 0) -> Task:
        """Return the task with only `n_per_class` training pictures of each class; a larger subset holds the smaller.

        Validation and test stay as they are. Raises DataError when a class has too few pictures.
        """
        if not 1 <= n_per_class <= min(self.train.class_counts):
            raise DataError(
                f"Cannot draw {n_per_class} training pictures of each class from the task {self.name}: "
                f"it has {_counted(self.class_names, self.train)}. Ask for 1 to {min(self.train.class_counts)}."
            )
        rows = [
            np.random.default_rng([seed, label]).permutation(np.flatnonzero(self.train.labels == label))
            for label in range(self.n_classes)
        ]
        train = self.train.take(np.sort(np.concatenate([some[:n_per_class] for some in rows])))
        note = f"train is a subset of {n_per_class} pictures of each class, seed {seed}."
        return replace(self, train=train, notes=(*self.notes, note))

    def __str__(self) -> str:
        width = max(10, *(len(name) for name in self.class_names))
        lines = [f"{self.name}: {self.n_classes} classes, {self.tier} tier"]
        lines.append(f"{'class':<{width}} {'train':>7} {'validation':>11} {'test':>7}")
        splits = (self.train, self.validation, self.test)
        counts = zip(*(split.class_counts for split in splits), strict=True)
        for name, row in zip(self.class_names, counts, strict=True):
            lines.append(_row(name, row, width))
        lines.append(_row("all", [len(split) for split in splits], width))
        if self.left_out:
            lines.append(f"{len(self.left_out)} files were left out; task.left_out names them and says why.")
        return "\n".join([*lines, *self.notes])


def _row(name: str, counts: Sequence[int], width: int) -> str:
    return f"{name:<{width}} {counts[0]:>7} {counts[1]:>11} {counts[2]:>7}"


def _counted(class_names: Sequence[str], split: Split) -> str:
    return ", ".join(f"{count} of {name!r}" for name, count in zip(class_names, split.class_counts, strict=True))


def by_name(name: str) -> Task:
    """Return the task called "cats_vs_dogs" or "cats_vs_dogs_full", or that of the folder at the path `name`."""
    if name == "cats_vs_dogs":
        return cats_vs_dogs()
    if name == "cats_vs_dogs_full":
        return cats_vs_dogs("full")
    if not Path(name).expanduser().exists():
        raise DataError(f"{name!r} is neither a folder nor one of the tasks cats_vs_dogs and cats_vs_dogs_full.")
    return from_folder(name)


def cats_vs_dogs(tier: str = "bundled") -> Task:
    """Return the task cats against dogs: "bundled" drawings, or the "full" tier's photos, downloaded once (69 MB).

    The full tier is the well-known cats_and_dogs_filtered; its test split is half of its validation folder,
    cut once. Raises FetchError when the photos cannot be had, DataError for another tier.
    """
    if tier == "bundled":
        return replace(from_folder(bundled("cats_vs_dogs")), name="cats_vs_dogs", tier=tier)
    if tier == "full":
        folder = full_photos.folder()
        task = from_folder(folder)
        notes = (*task.notes, full_photos.provenance(folder))
        return replace(task, name="cats_vs_dogs_full", tier=tier, notes=notes)
    raise DataError(f'There is no tier {tier!r}: choose "bundled" or "full".')


def from_folder(path: str | Path, validation: float = 0.15, test: float = 0.15, seed: int = 0) -> Task:
    """Return the task of a folder of photos: a folder per class, or train/ validation/ test/ with one per class.

    `validation` and `test` are the fractions to cut, class by class and the same for a `seed`, where the folder
    does not give these splits; a missing test split is half of a given validation split. JPEG, PNG, GIF, BMP and
    WebP files are read, whatever their colours and size. Files that cannot be read, and all but one copy of a
    picture, stand in `left_out`. Raises DataError, which says where, when no task can be made of the folder.
    """
    root = _existing_folder(path)
    folders = find_splits(root)
    class_names = find_classes(folders)
    photos, not_photos = find_photos(folders, class_names)
    if not photos:
        raise DataError(f"No images found in {root}; JPEG, PNG, GIF, BMP and WebP files are read.")
    photos, unreadable = leave_out_unreadable(photos)
    photos, duplicates = leave_out_duplicates(photos, class_names)
    left_out = (*not_photos, *unreadable, *duplicates)
    require_every_class(photos, folders, class_names, left_out)

    given = {}
    for name in dict.fromkeys(photo.split for photo in photos):
        some = [photo for photo in photos if photo.split == name]
        paths, labels, hashes = zip(*((p.path, p.label, p.fingerprint) for p in some), strict=True)
        given[name] = Split(list(paths), labels, len(class_names), hashes)
    splits, notes = _cut_missing(given, validation, test, seed, class_names)
    return Task(root.resolve().name, class_names, **splits, left_out=left_out, notes=notes)


def from_arrays(
    inputs: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
    name: str = "arrays",
) -> Task:
    """Return the task of pictures in memory, with splits cut as `from_folder` cuts them.

    `inputs`: uint8, or numbers in 0..255, of the shape (n, height, width, 3), or grey without the 3 or with 1;
    `labels`: integers (n,), each the position of a class name. Copies of a picture are left out, as
    `inputs[row]`. Raises DataError for other shapes, ranges or labels, and for a class too small to be cut.
    """
    whole = _split_of_arrays(inputs, labels, class_names, "")
    rows = [Photo(Path(f"inputs[{row}]"), label) for row, label in enumerate(whole.labels.tolist())]
    photos = [replace(photo, fingerprint=found) for photo, found in zip(rows, whole.fingerprints(), strict=True)]
    kept, left_out = leave_out_duplicates(photos, class_names)
    if left_out:
        names = {photo.path for photo in kept}
        whole = whole.take([row for row, photo in enumerate(photos) if photo.path in names])
    splits, notes = _cut_missing({"train": whole}, validation, test, seed, class_names)
    return Task(name, tuple(class_names), **splits, left_out=tuple(left_out), notes=notes)


def from_splits(
    train: tuple[np.ndarray, np.ndarray],
    validation: tuple[np.ndarray, np.ndarray],
    test: tuple[np.ndarray, np.ndarray],
    class_names: Sequence[str],
    name: str = "arrays",
) -> Task:
    """Return the task of three given splits, each (inputs, labels) as in `from_arrays`, taken as they are.

    Copies of a picture are not looked for here. Raises DataError as `from_arrays` does.
    """
    given = {"train": train, "validation": validation, "test": test}
    splits = {
        split: _split_of_arrays(*arrays, class_names, f" of the {split} split") for split, arrays in given.items()
    }
    return Task(name, tuple(class_names), **splits, notes=("The splits were given and taken as they are.",))


def _existing_folder(path: str | Path) -> Path:
    root = Path(path).expanduser()
    if not root.exists():
        raise DataError(f"The folder {root} does not exist. Check the path; it is looked for from {Path.cwd()}.")
    if not root.is_dir():
        raise DataError(f"{root} is a file and not a folder. Give the folder that holds the folders of the classes.")
    return root


def _cut_missing(
    given: dict[str, Split], validation: float, test: float, seed: int, class_names: Sequence[str]
) -> tuple[dict[str, Split], tuple[str, ...]]:
    """Return all three splits, cutting those that are not given, and a note on how."""
    fractions = {"validation": validation, "test": test}
    missing = [name for name in fractions if name not in given]
    if not missing:
        return given, ("The splits are those that stand in the folder.",)
    origin = "train"
    if missing == ["test"]:
        origin, fractions = "validation", {"test": 0.5}
    whole = given[origin]
    rows = cut(whole.labels, [fractions[name] for name in missing], seed, class_names)
    parts = {name: whole.take(some) for name, some in zip([*missing, origin], rows, strict=True)}
    shares = " and ".join(f"{name} ({fractions[name]:.0%})" for name in missing)
    source = f"the given {origin} split" if len(given) > 1 else "all pictures"
    return given | parts, (f"Cut from {source}, class by class, with seed {seed}: {shares}.",)


def _split_of_arrays(inputs: np.ndarray, labels: np.ndarray, class_names: Sequence[str], where: str) -> Split:
    if len(class_names) < 2 or len(set(class_names)) < len(class_names):
        raise DataError(f"class_names must be two or more different names, and are {tuple(class_names)}.")
    pictures = _as_pictures(inputs, where)
    return Split(pictures, _as_labels(labels, len(pictures), class_names, where), len(class_names))


def _as_pictures(inputs: np.ndarray, where: str) -> np.ndarray:
    try:
        pictures = np.asarray(inputs)
    except ValueError as error:
        raise DataError(f"The pictures{where} do not all have the same shape. Bring them to one size first.") from error
    if pictures.ndim == 3:
        pictures = pictures[..., np.newaxis]
    if pictures.ndim != 4 or pictures.shape[-1] not in (1, 3) or 0 in pictures.shape:
        raise DataError(
            f"The inputs{where} have the shape {np.shape(inputs)}; "
            "expected (n, height, width, 3), or grey pictures as (n, height, width)."
        )
    pictures = _as_bytes(pictures, where)
    return np.repeat(pictures, 3, axis=-1) if pictures.shape[-1] == 1 else pictures


def _as_bytes(pictures: np.ndarray, where: str) -> np.ndarray:
    if pictures.dtype == np.uint8:
        return pictures
    if pictures.dtype.kind not in "iuf":
        raise DataError(f"The inputs{where} are of the type {pictures.dtype}; expected uint8 or numbers in 0..255.")
    low, high = pictures.min(), pictures.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        row = int(np.flatnonzero(~np.isfinite(pictures).all(axis=(1, 2, 3)))[0])
        raise DataError(f"The inputs{where} hold NaN or infinite values, first in picture {row}. Repair or drop it.")
    if low < 0 or high > 255:
        raise DataError(f"The inputs{where} range from {low:g} to {high:g}; expected pixels in 0..255.")
    if pictures.dtype.kind == "f" and 0 < high <= 1:
        raise DataError(
            f"The inputs{where} range from {low:g} to {high:g}. Multiply them by 255: pixels are in 0..255."
        )
    return np.rint(pictures).astype("uint8")


def _as_labels(labels: np.ndarray, n: int, class_names: Sequence[str], where: str) -> np.ndarray:
    labels = np.asarray(labels)
    if labels.shape != (n,):
        raise DataError(f"The labels{where} have the shape {labels.shape}; expected one integer per picture, ({n},).")
    if labels.dtype.kind not in "iu":
        raise DataError(
            f"The labels{where} are of the type {labels.dtype}; expected integers, positions in class_names."
        )
    outside = np.flatnonzero((labels < 0) | (labels >= len(class_names)))
    if len(outside):
        raise DataError(
            f"The label of picture {outside[0]}{where} is {labels[outside[0]]}; "
            f"with {len(class_names)} class names it must be in 0..{len(class_names) - 1}."
        )
    return labels
