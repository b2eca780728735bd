"""Rows of a table, texts with labels, and the splits they become: no copies, no contradictions, every class there."""

import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Sequence
from itertools import compress
from pathlib import Path

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.splits import KEPT_FIRST, SPLIT_OF_NAME, LeftOut, by_split, in_words, without_copies
from tlteach.text.copies import fingerprints
from tlteach.text.splits import TextSplit

MOST_CLASSES = 1000
SPLIT_OF_VALUE = SPLIT_OF_NAME | {"dev": "validation"}
NO_SPLIT = -1


class Rows:
    """Texts with labels, one row each, in the order in which they came.

    `places` are the lines of the file on which rows begin, `labels` positions in `label_names`, which are in the
    order in which they were met, and `splits` positions in KEPT_FIRST, where the rows have a split of their own.
    `groups` say which rows belong together, where `group` says what they are of: an author, say.
    """

    def __init__(
        self, path: Path | None = None, has_splits: bool = False, has_header: bool = True, group: str | None = None
    ):
        self.path, self.has_splits, self.has_header, self.group = path, has_splits, has_header, group
        self.texts: list[str] = []
        self.groups: list[str] = []
        self.labels, self.places, self.splits = array("i"), array("q"), array("b")
        self.left_out: list[LeftOut] = []
        self.notes: list[str] = []
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def label_names(self) -> list[str]:
        """The labels met so far."""
        return list(self._numbers)

    def add(self, place: int, text: str, label: str, split: str = "", group: str = "") -> None:
        """Take a row. Raises DataError for more than MOST_CLASSES different labels."""
        self.texts.append(text)
        if self.group:
            self.groups.append(group)
        self.places.append(place)
        self.labels.append(self._numbers.setdefault(label, len(self._numbers)))
        if len(self._numbers) > MOST_CLASSES:
            raise DataError(_swapped(self, f"more than {MOST_CLASSES:,} different labels"))
        if self.has_splits:
            known = SPLIT_OF_VALUE.get(split.strip().casefold())
            self.splits.append(KEPT_FIRST.index(known) if known else NO_SPLIT)

    def leave_out(self, place: int, reason: str) -> None:
        """List a row that is not taken, and why."""
        self.left_out.append(LeftOut(self.where(place), reason))

    def where(self, place: int) -> str:
        """Return how a row is called: FILE:LINE, or inputs[ROW] where there is no file."""
        return f"{self.path}:{place}" if self.path else f"inputs[{place}]"


def rows_of_texts(texts: Sequence[str], labels: Sequence[str]) -> Rows:
    """Return rows of texts in memory. Raises DataError, which names the place, where one is not a string."""
    rows = Rows()
    for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
        if not isinstance(text, str):
            raise DataError(f"inputs[{row}] is of the type {type(text).__name__}; expected a string for each text.")
        if text.strip():
            rows.add(row, text, label)
        else:
            rows.leave_out(row, "has no text")
    return rows


def to_splits(rows: Rows, class_names: Sequence[str] = ()) -> tuple[dict[str, TextSplit], tuple[str, ...]]:
    """Return the splits that the rows have, or all of them as "train", and the class names.

    Without `class_names` these are the labels: in the order of their value where all are numbers, else sorted. Of
    texts that say the same one is kept, that of test before validation before train; where their labels contradict
    each other, none. What is left out stands in `rows.left_out`. Raises DataError where this leaves no task.
    """
    keep = _without_header(rows) & _with_known_split(rows)
    if not keep.any():
        left_out = in_words(rows.left_out, "row")
        raise DataError(f"{rows.path or 'The table'} has no row with a text and a label {left_out}.")
    class_names = class_names or _named(rows, keep)
    order = {name: position for position, name in enumerate(class_names)}
    labels = np.array([order.get(name, 0) for name in rows.label_names], "int32")[rows.labels][keep]
    split_of_row = np.array(rows.splits)[keep] if rows.has_splits else np.full(keep.sum(), KEPT_FIRST.index("train"))
    texts, places = list(compress(rows.texts, keep)), np.array(rows.places)[keep]
    found = fingerprints(texts)
    kept, copies = without_copies(found, labels, split_of_row, class_names, lambda row: rows.where(places[row]), "text")
    rows.left_out += copies
    rows.notes.append(_lengths(texts))
    whole = TextSplit(texts, labels, len(class_names), found)
    if rows.group:
        whole.with_groups(list(compress(rows.groups, keep)), rows.group)
    given = by_split(whole.take(kept), split_of_row[kept])
    _require_every_class(rows, given, class_names)
    return given, tuple(class_names)


def _without_header(rows: Rows) -> np.ndarray:
    """Which rows to keep: not the first, where its label stands nowhere else and all others stand more than once."""
    keep, labels = np.ones(len(rows), bool), np.array(rows.labels, int)
    counts = np.bincount(labels)
    if not rows.has_header and len(counts) > 2 and counts[labels[0]] == 1 and np.sum(counts == 1) == 1:
        label = shortened(rows.label_names[labels[0]])
        rows.leave_out(rows.places[0], f"looks like the names of the columns: no other row has the label {label}")
        keep[0] = False
    return keep


def _with_known_split(rows: Rows) -> np.ndarray:
    known = np.array(rows.splits, int) != NO_SPLIT
    if rows.has_splits and not known.any():
        rows.has_splits = False
        rows.notes.append("The column split is not used: it holds no train, validation or test.")
    if not rows.has_splits:
        return np.ones(len(rows), bool)
    for row in np.flatnonzero(~known):
        rows.leave_out(rows.places[row], "its split is none of train, validation and test")
    return known


def _named(rows: Rows, keep: np.ndarray) -> list[str]:
    """The labels of the rows to keep, in the order that class names have."""
    used = [rows.label_names[number] for number in np.unique(np.array(rows.labels, int)[keep])]
    where = f"{rows.path} " if rows.path else "The table "
    if len(used) == 1:
        raise DataError(
            f"{where}has only one class, {shortened(used[0])}; a classifier needs at least two. "
            "Add texts of another class, or name another column as label=... ."
        )
    if len(used) > max(2, keep.sum() / 2):
        raise DataError(_swapped(rows, f"{len(used):,} different labels in {keep.sum():,} rows"))
    by_meaning = defaultdict(list)
    for name in used:
        by_meaning[_meaning(name)].append(ascii(name))
    rows.notes += [
        f"The labels {' and '.join(some)} may be the same class, written differently."
        for some in by_meaning.values()
        if len(some) > 1
    ]
    return sorted(used, key=float if all(map(_is_number, used)) else str)


def _meaning(name: str) -> float | str:
    """A label as a number, or without what the eye may miss: case, accents put together, spaces, invisible letters."""
    if _is_number(name):
        return float(name)
    seen = "".join(letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter) != "Cf")
    return " ".join(seen.split()).casefold()


def _swapped(rows: Rows, found: str) -> str:
    some = ", ".join(map(shortened, rows.label_names[:3]))
    where = rows.path or "The table"
    return f"{where} has {found}, such as {some}. Were the columns of texts and labels swapped?"


def _is_number(name: str) -> bool:
    try:
        return float(name) == float(name)
    except ValueError:
        return False


def _require_every_class(rows: Rows, given: dict[str, TextSplit], class_names: Sequence[str]) -> None:
    where = f" of {rows.path}" if rows.path else ""
    if rows.has_splits and "train" not in given:
        found = " and ".join(given)
        raise DataError(f"The column split{where} has {found} but no train. Add it, or remove the column.")
    counts = {name: split.class_counts for name, split in given.items()} or {"train": [0] * len(class_names)}
    for name, of_split in counts.items():
        for class_name, count in zip(class_names, of_split, strict=True):
            if not count:
                which = f" in the {name} split" if rows.has_splits else ""
                raise DataError(
                    f"The class {class_name!r}{where} has no usable text{which} "
                    f"{in_words(rows.left_out, 'row')}. Add texts, or remove the class."
                )


def _lengths(texts: Sequence[str]) -> str:
    words = [len(text.split()) for text in texts]
    characters = [len(text) for text in texts]
    return (
        f"Half of the texts have at most {np.median(words):.0f} words ({np.median(characters):.0f} characters), "
        f"the longest {max(words):,} ({max(characters):,})."
    )


def shortened(value: str) -> str:
    """Return a value as it can stand in a message."""
    return repr(value if len(value) <= 40 else value[:37] + "...")
