"""Tasks of pictures: the bundled drawings, the photos of the full tier, folders, and arrays in memory."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tlteach.core import groups
from tlteach.core.door import checked
from tlteach.core.fetch import provenance
from tlteach.core.files import bundled
from tlteach.core.folders import (
    existing_folder,
    find_classes,
    find_files,
    find_splits,
    groups_of,
    require_every_class,
    without_unreadable,
)
from tlteach.core.splits import KEPT_FIRST, by_split, cut_missing, same_but_for_case, without_copies
from tlteach.core.task import Task
from tlteach.image import full_photos
from tlteach.image.arrays import split_of_arrays
from tlteach.image.photos import FILES, check_photos
from tlteach.image.splits import Split


@checked
def cats_vs_dogs(tier: str = "bundled") -> Task:
    """Return the task cats against dogs: "bundled" drawings, or the "full" tier's photos, downloaded once (69 MB).

    The full tier is the well-known cats_and_dogs_filtered; its test split is half of its validation folder,
    cut once. Raises FetchError when the photos cannot be had, DataError for another tier.
    """
    if tier == "bundled":
        return from_folder(bundled("cats_vs_dogs")).as_ours("cats_vs_dogs", tier)
    folder = full_photos.folder()
    task = from_folder(folder)
    notes = (*task.notes, provenance(folder))
    return replace(task, notes=notes).as_ours("cats_vs_dogs_full", tier)


@checked
def drawings(style: str, n_train: int = 400, n_validation: int = 200, n_test: int = 500, seed: int = 7) -> Task:
    """Return cats against dogs, drawn anew in one style of the menagerie ("daylight", "night", "sketch" ...).

    So many pictures in each split, half of them cats. Validation and test are drawn first: they stay the same where
    `n_train` alone is another one, and a larger train split begins with the smaller. Raises DataError for a style that
    is not drawn.
    """
    from tlteach.image import menagerie

    splits, start = [], 0
    for n in (n_validation, n_test, n_train):
        start += start % 2  # animals come in turn: each split begins with a cat
        images, _ = menagerie.sample(menagerie.TARGET_SPECIES, n, seed, style=style, start=start)
        splits.append((images, np.arange(n) % 2))
        start += n
    validation, test, train = splits
    return from_splits(train, validation, test, menagerie.TARGET_SPECIES, name=f"cats_vs_dogs_{style}")


@checked
def from_folder(
    path: str | Path, validation: float = 0.15, test: float = 0.15, seed: int = 0, group: str | None = None
) -> Task:
    """Return the task of a folder of photos: a folder per class, or train/ validation/ test/ with one per class.

    `validation` and `test` are the fractions to cut, class by class and the same for a `seed`, where the folder
    does not give these splits; a missing test split is half of a given validation split. `group` names what must not
    stand in two splits: with "patient" they are cut patient by patient, as folders class/patient/ or a patients.csv
    tell. JPEG, PNG, GIF, BMP and WebP files are read, whatever their colours and size. Files that cannot be read, and
    all but one copy of a picture, stand in `left_out`. Raises DataError, which says where, when no task can be made of
    the folder.
    """
    root = existing_folder(path)
    folders = find_splits(root)
    class_names = find_classes(folders, FILES)
    photos, not_photos = find_files(folders, class_names, FILES)
    photos, seen, unreadable = without_unreadable(photos, check_photos([photo.path for photo in photos]))
    paths, hashes = [photo.path for photo in photos], [found for found, _, _ in seen]
    labels, looks = [photo.label for photo in photos], [look for _, _, look in seen]
    whole = Split(paths, labels, len(class_names), hashes, looks)
    if group:
        whole.with_groups(groups_of(photos, folders, class_names, group, FILES), group)
    split_of_row = np.array([KEPT_FIRST.index(photo.split) for photo in photos], int)
    kept, copies = without_copies(
        hashes, whole.labels, split_of_row, class_names, lambda row: str(paths[row]), "picture"
    )
    left_out = (*not_photos, *unreadable, *copies)
    require_every_class([photos[row] for row in kept], folders, class_names, left_out, FILES)
    given = by_split(whole.take(kept), split_of_row[kept])
    splits, notes = cut_missing(given, validation, test, seed, class_names)
    notes += groups.told(splits) + same_but_for_case(class_names)
    return Task(root.resolve().name, class_names, **splits, left_out=left_out, notes=notes)


@checked
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
    whole = split_of_arrays(inputs, labels, class_names, "")
    one_split, where = np.zeros(len(whole), int), "inputs[{}]".format
    kept, left_out = without_copies(whole.fingerprints(), whole.labels, one_split, class_names, where, "picture")
    if left_out:
        whole = whole.take(kept)
    splits, notes = cut_missing({"train": whole}, validation, test, seed, class_names)
    return Task(name, tuple(class_names), **splits, left_out=tuple(left_out), notes=notes)


@checked
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
    splits = {split: split_of_arrays(*arrays, class_names, f" of the {split} split") for split, arrays in given.items()}
    return Task(name, tuple(class_names), **splits, notes=("The splits were given and taken as they are.",))
