"""How a CSV file is written: its encoding, what stands between its columns, and which columns are wanted."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from tlteach.errors import DataError

LONGEST_FIELD = 100_000  # characters; what is longer is taken for a quote that was never closed
SAMPLE = 100  # rows that are looked at to find the layout
DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons"}
TAB_SUFFIXES = {"", ".tsv", ".tab", ".txt"}
NOT_WINDOWS_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
SAVE_AS_CSV = "Save it as CSV in UTF-8 (most spreadsheets call it so) and give that file."


@dataclass(frozen=True)
class Encoding:
    """What open() must be told to read a file as text, and what is to be said about it."""

    name: str
    errors: str = "strict"
    note: str = ""


@dataclass(frozen=True)
class Layout:
    """What stands between the columns, how many there are, the position of those wanted, and whether names are first.

    `split` and `only` are None where there is no such column.
    """

    delimiter: str
    width: int
    text: int
    label: int
    has_header: bool
    split: int | None = None
    only: int | None = None


def find_encoding(path: Path) -> Encoding:
    """Return the encoding of a text file, found by reading all of it: UTF-8, else UTF-16 with its mark, else Latin-1.

    A file that is UTF-8 but for a few damaged lines is read as UTF-8; those lines then hold lone surrogates.
    Raises DataError for what is no text file.
    """
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return Encoding("utf-16", note=f"{path.name} is in UTF-16.")
        if b"\0" in head:
            what = "a spreadsheet or an archive" if head.startswith(b"PK") else "UTF-16 without its mark, or no text"
            raise DataError(f"{path} is {what}: it holds zero bytes. {SAVE_AS_CSV}")
        file.seek(0)
        return _of_bytes(path.name, file)


def _of_bytes(name: str, lines: Iterator[bytes]) -> Encoding:
    valid, damaged, windows = 0, [], True
    for number, line in enumerate(lines, 1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            valid += 1
        except UnicodeDecodeError:
            damaged.append(number)
            windows = windows and not NOT_WINDOWS_1252.search(line)
    if not damaged:
        return Encoding("utf-8-sig")
    if valid > len(damaged):
        note = f"{name} is in UTF-8 but for {len(damaged)} damaged lines, the first of them line {damaged[0]}."
        return Encoding("utf-8-sig", "surrogateescape", note)
    called = "Latin-1 (windows-1252)" if windows else "Latin-1"
    note = (
        f"{name} is not in UTF-8 (see line {damaged[0]}) and was read as {called}: see that accented letters are right."
    )
    return Encoding("windows-1252" if windows else "latin-1", note=note)


def find_layout(path: Path, encoding: Encoding, text: str | int, label: str | int, only: str | None = None) -> Layout:
    """Return the layout of a file, from its first rows, with the columns `text`, `label`, split and `only`.

    `text` and `label` are both names in the first row, or both positions in a file without such names. Raises
    DataError when they cannot be found.
    """
    if isinstance(text, int) != isinstance(label, int) or text == label:
        raise DataError(
            f"text={text!r} and label={label!r} must be two column names, or two positions (0 is the first column)."
        )
    samples = {delimiter: sample(path, encoding, delimiter) for delimiter in _in_order(path)}
    if not any(samples.values()):
        raise DataError(f"{path} is empty. Give a file with a row for each text, one column of which is its label.")
    delimiter = _best(path, samples, (text, label))
    first = samples[delimiter][0]
    if isinstance(text, int):
        _require_positions(path, first, text, label)
        return Layout(delimiter, len(first), text, label, has_header=False)
    wanted = {name: position_of(first, name) for name in (text, label)}
    if None in wanted.values():
        missing = [name for name, position in wanted.items() if position is None]
        raise DataError(_missing(path, samples[delimiter], missing))
    split = position_of(first, "split")
    return Layout(delimiter, len(first), *wanted.values(), True, split, only and position_of(first, only))


def _in_order(path: Path) -> Sequence[str]:
    """The delimiters, the likelier one first: it decides where two fit equally well."""
    return list(DELIMITERS) if path.suffix.lower() in TAB_SUFFIXES else [",", ";", "\t"]


def sample(path: Path, encoding: Encoding, delimiter: str) -> list[list[str]]:
    """Return the first rows of a file; fewer where an open quote swallows the rest."""
    rows = []
    with path.open(encoding=encoding.name, errors=encoding.errors, newline="") as file, limited_fields():
        filled = (row for row in csv.reader(file, delimiter=delimiter) if any(row))
        with suppress(csv.Error):
            rows.extend(islice(filled, SAMPLE))
    return rows


def _best(path: Path, samples: dict[str, list[list[str]]], wanted: tuple) -> str:
    """The delimiter that gives the wanted column names, or else most rows as many fields as the first one."""
    usable = [delimiter for delimiter, rows in samples.items() if rows and len(rows[0]) > 1]
    if not usable:
        raise DataError(
            f"{path} has a single column: neither commas, tabs nor semicolons divide its first line. "
            "Give a file with a column of texts and a column of labels."
        )
    for delimiter in usable:
        if all(isinstance(name, str) and position_of(samples[delimiter][0], name) is not None for name in wanted):
            return delimiter
    return max(usable, key=lambda delimiter: _alike(samples[delimiter]))


def _alike(rows: list[list[str]]) -> float:
    return sum(len(row) == len(rows[0]) for row in rows) / len(rows)


def position_of(columns: Sequence[str], wanted: str) -> int | None:
    """Return the position of a column by its name, if need be in another case; None where it is not there.

    Raises DataError where two columns have this name.
    """
    for form in (str, _plain):
        found = [position for position, name in enumerate(columns) if form(name) == form(wanted)]
        if len(found) > 1:
            raise DataError(f"Two columns are called {wanted!r}. Rename one of them.")
        if found:
            return found[0]
    return None


def _plain(name: str) -> str:
    return name.strip().casefold()


def _require_positions(path: Path, first: list[str], *positions: int) -> None:
    for position in positions:
        if not 0 <= position < len(first):
            raise DataError(
                f"There is no column {position} in {path}: its first row has {len(first)} columns, "
                f"0 to {len(first) - 1}: {', '.join(map(shortened, first))}."
            )


def _missing(path: Path, rows: list[list[str]], missing: Sequence[str]) -> str:
    names = " and ".join(repr(name) for name in missing)
    found = f"{path} has no column {names}. Its first row reads: {', '.join(map(shortened, rows[0]))}. "
    label = _looks_like_data(rows)
    if label is None:
        return found + "Name the columns to take, as text=... and label=... (--text and --label on the command line)."
    lengths = [sum(len(row[position]) for row in rows if position < len(row)) for position in range(len(rows[0]))]
    text = max((position for position in range(len(lengths)) if position != label), key=lengths.__getitem__)
    return found + (
        "This looks like data and not like names: give positions, and say which column is which by their numbers, "
        f"from 0. Try text={text}, label={label}."
    )


def _looks_like_data(rows: list[list[str]]) -> int | None:
    """The position where the first row has a value that other rows have too, as labels do; None where there is none."""
    for position, value in enumerate(rows[0]):
        if value.strip() and any(row[position : position + 1] == [value] for row in rows[1:]):
            return position
    return None


def shortened(value: str) -> str:
    """Return a value as it can stand in a message."""
    return repr(value if len(value) <= 40 else value[:37] + "...")


@contextmanager
def limited_fields() -> Iterator[None]:
    """Have the csv module refuse fields of more than LONGEST_FIELD characters, for the time being."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)
