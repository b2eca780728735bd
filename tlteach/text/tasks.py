"""Tasks of texts: the bundled ones, those of the full tier, CSV files, and texts in memory."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tlteach.core import groups
from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import bundled
from tlteach.core.splits import as_labels, cut_missing
from tlteach.core.task import Task
from tlteach.text import csv_files, full_texts
from tlteach.text.rows import Rows, rows_of_texts, to_splits

PEOPLE = ("giulia", "wei")  # whose mail it is


@checked
def film_reviews(tier: str = "bundled") -> Task:
    """Return the task film reviews, did the writer like the film? "bundled", or "full" for `imdb`.

    Raises DataError for another tier.
    """
    return imdb() if tier == "full" else _bundled_texts("film_reviews")


def film_reviews_hard() -> Task:
    """Return the bundled task film_reviews_hard: reviews written so that single words tell nothing of the verdict."""
    return _bundled_texts("film_reviews_hard")


def questions() -> Task:
    """Return the bundled task questions: does one ask for a person, place, time, number, reason or way?"""
    return _bundled_texts("questions")


@checked
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
    return _text_task(full_texts.imdb(), "imdb").as_ours("imdb", "full")


def sms_spam() -> Task:
    """Return the task of the UCI SMS Spam Collection, 5,574 messages, downloaded once (0.2 MB).

    Splits are cut once. Raises FetchError when the messages cannot be had.
    """
    return from_csv(full_texts.sms_file(), text=1, label=0).as_ours("sms_spam", "full")


def _bundled_texts(name: str, person: str | None = None) -> Task:
    only = ("person", person) if person else None
    rows = csv_files.read(bundled(f"{name}/{name}.csv"), "text", "label", only)
    name = f"{name}_{person}" if person else name
    return _text_task(rows, name).as_ours(name, "bundled")


@checked
def from_csv(
    path: str | Path,
    text: str | int = "text",
    label: str | int = "label",
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
    group: str | int | None = None,
) -> Task:
    """Return the task of a file with a text and its label in each row, with commas, tabs or semicolons between columns.

    `text` and `label` are names in the first row, or positions, from 0, in a file without names. A column called
    split, with train, validation and test in it, gives the splits; what is missing is cut as `from_folder` cuts it, and
    where `group` is a column such as author, author by author. UTF-8, UTF-16 with its mark and windows-1252 are read.
    Rows without a text or a label, and all but one copy of a text, stand in `left_out` as FILE:LINE. Raises DataError,
    which names the line, when no task can be made of it.
    """
    rows = csv_files.read(path, text, label, group=group)
    return _text_task(rows, rows.path.stem, validation, test, seed)


@checked
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
    class_names, labels = tuple(class_names), as_labels(labels, len(texts), class_names, called="text")
    rows = rows_of_texts(texts, [class_names[label] for label in labels])
    return _text_task(rows, name, validation, test, seed, class_names)


def _text_task(
    rows: Rows, name: str, validation: float = 0.15, test: float = 0.15, seed: int = 0, class_names: Sequence[str] = ()
) -> Task:
    given, class_names = to_splits(rows, class_names)
    splits, notes = cut_missing(given, validation, test, seed, class_names, "column split")
    left_out, notes = tuple(rows.left_out), (*rows.notes, *notes, *groups.told(splits))
    return Task(name, class_names, **splits, left_out=left_out, notes=notes, modality="text")
