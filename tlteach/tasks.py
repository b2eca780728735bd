"""Tasks: what is to be learned, as three splits: bundled and full ones, your photos or texts, or what is in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.files import bundled
from tlteach.core.splits import LeftOut, as_labels, cut_missing, require_class_names
from tlteach.core.task import Task
from tlteach.image import full_photos
from tlteach.image.arrays import split_of_arrays
from tlteach.image.folders import (
    Photo,
    find_classes,
    find_photos,
    find_splits,
    leave_out_duplicates,
    leave_out_unreadable,
    require_every_class,
)
from tlteach.image.splits import Split
from tlteach.text import csv_files, full_texts
from tlteach.text.rows import Rows, rows_of_texts, to_splits
from tlteach.text.splits import TextSplit

__all__ = [
    "LeftOut",
    "Split",
    "Task",
    "TextSplit",
    "by_name",
    "cats_vs_dogs",
    "film_reviews",
    "from_arrays",
    "from_csv",
    "from_folder",
    "from_splits",
    "from_texts",
    "imdb",
    "mail",
    "questions",
    "sms_spam",
]


PEOPLE = ("giulia", "wei")  # whose mail it is


def by_name(name: str, text: str | int | None = None, label: str | int | None = None) -> Task:
    """Return one of our tasks by its name, or that of the folder of photos or the file of texts at the path `name`.

    `text` and `label` are the columns of such a file, see `from_csv`. Raises DataError for an unknown name.
    """
    path = Path(name).expanduser()
    columns = {key: value for key, value in {"text": text, "label": label}.items() if value is not None}
    if columns and (name in OURS or path.is_dir()):
        raise DataError(f"{name} has no columns to name: text and label are for files such as reviews.csv.")
    if name in OURS:
        return OURS[name]()
    if not path.exists():
        names = ", ".join(OURS)
        raise DataError(f"{name!r} is neither a folder nor a file of texts, nor one of the tasks {names}.")
    return from_folder(path) if path.is_dir() else from_csv(path, **columns)


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


def film_reviews(tier: str = "bundled") -> Task:
    """Return the task film reviews, did the writer like the film? "bundled", or "full" for `imdb`.

    Raises DataError for another tier.
    """
    if tier == "full":
        return imdb()
    if tier != "bundled":
        raise DataError(f'There is no tier {tier!r}: choose "bundled" or "full".')
    return _bundled_texts("film_reviews")


def questions() -> Task:
    """Return the bundled task questions: does one ask for a person, place, time, number, reason or way?"""
    return _bundled_texts("questions")


def mail(person: str | None = None) -> Task:
    """Return the bundled task mail, is it spam? For the `person` "giulia" or "wei", or for both in one mailbox.

    Raises DataError for another person.
    """
    if person not in (None, *PEOPLE):
        raise DataError(f"There is no mailbox of {person!r}: choose one of {', '.join(PEOPLE)}, or None for both.")
    return _bundled_texts("mail", person)


def imdb() -> Task:
    """Return the task of 50,000 IMDB film reviews, those of keras.datasets.imdb, downloaded once (19 MB).

    Train and test are the standard ones, without copies; validation is cut from train. Raises FetchError when the
    reviews cannot be had.
    """
    return replace(_text_task(full_texts.imdb(), "imdb"), tier="full")


def sms_spam() -> Task:
    """Return the task of the UCI SMS Spam Collection, 5,574 messages, downloaded once (0.2 MB).

    Splits are cut once. Raises FetchError when the messages cannot be had.
    """
    return replace(from_csv(full_texts.sms_file(), text=1, label=0), name="sms_spam", tier="full")


OURS = {
    "cats_vs_dogs": cats_vs_dogs,
    "cats_vs_dogs_full": lambda: cats_vs_dogs("full"),
    "film_reviews": film_reviews,
    "questions": questions,
    "mail": mail,
    "mail_giulia": lambda: mail("giulia"),
    "mail_wei": lambda: mail("wei"),
    "imdb": imdb,
    "sms_spam": sms_spam,
}


def _bundled_texts(name: str, person: str | None = None) -> Task:
    only = ("person", person) if person else None
    rows = csv_files.read(bundled(f"{name}/{name}.csv"), "text", "label", only)
    return replace(_text_task(rows, f"{name}_{person}" if person else name), tier="bundled")


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
    splits, notes = cut_missing(given, validation, test, seed, class_names)
    return Task(root.resolve().name, class_names, **splits, left_out=left_out, notes=notes)


def from_csv(
    path: str | Path,
    text: str | int = "text",
    label: str | int = "label",
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
) -> Task:
    """Return the task of a file with a text and its label in each row, with commas, tabs or semicolons between columns.

    `text` and `label` are names in the first row, or positions, from 0, in a file without names. A column called
    split, with train, validation and test in it, gives the splits; what is missing is cut as `from_folder` cuts it.
    UTF-8, UTF-16 with its mark and windows-1252 are read. Rows without a text or a label, and all but one copy of a
    text, stand in `left_out` as FILE:LINE. Raises DataError, which names the line, when no task can be made of it.
    """
    rows = csv_files.read(path, text, label)
    return _text_task(rows, rows.path.stem, validation, test, seed)


def from_texts(
    texts: Sequence[str],
    labels: np.ndarray,
    class_names: Sequence[str],
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
    name: str = "texts",
) -> Task:
    """Return the task of texts in memory, with splits cut as `from_csv` cuts them.

    `labels`: integers (n,), each the position of a class name. Empty texts and copies are left out, as `inputs[row]`.
    Raises DataError for what is no text, other labels, and a class too small to be cut.
    """
    require_class_names(class_names)
    labels = as_labels(labels, len(texts), class_names, called="text")
    rows = rows_of_texts(texts, [class_names[label] for label in labels])
    return _text_task(rows, name, validation, test, seed, class_names)


def _text_task(
    rows: Rows, name: str, validation: float = 0.15, test: float = 0.15, seed: int = 0, class_names: Sequence[str] = ()
) -> Task:
    given, class_names = to_splits(rows, class_names)
    splits, notes = cut_missing(given, validation, test, seed, class_names, "column split")
    left_out, notes = tuple(rows.left_out), (*rows.notes, *notes)
    return Task(name, class_names, **splits, left_out=left_out, notes=notes, modality="text")


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
    rows = [Photo(Path(f"inputs[{row}]"), label) for row, label in enumerate(whole.labels.tolist())]
    photos = [replace(photo, fingerprint=found) for photo, found in zip(rows, whole.fingerprints(), strict=True)]
    kept, left_out = leave_out_duplicates(photos, class_names)
    if left_out:
        names = {photo.path for photo in kept}
        whole = whole.take([row for row, photo in enumerate(photos) if photo.path in names])
    splits, notes = cut_missing({"train": whole}, validation, test, seed, class_names)
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
    splits = {split: split_of_arrays(*arrays, class_names, f" of the {split} split") for split, arrays in given.items()}
    return Task(name, tuple(class_names), **splits, notes=("The splits were given and taken as they are.",))


def _existing_folder(path: str | Path) -> Path:
    root = Path(path).expanduser()
    if not root.exists():
        raise DataError(f"The folder {root} does not exist. Check the path; it is looked for from {Path.cwd()}.")
    if not root.is_dir():
        raise DataError(f"{root} is a file and not a folder. Give the folder that holds the folders of the classes.")
    return root
