"""Texts and labels from a CSV file, read as a stream: only the columns that are asked for are kept."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from tlteach.core.errors import DataError
from tlteach.text.rows import Rows, shortened

DELIMITERS = {"\t": "tabs", ",": "commas", ";": "semicolons"}  # the first one where two fit equally well
MOST_NAMED = 12  # columns in a message
FIRST_ROWS = 100  # rows that are looked at to find the delimiter
LONGEST_FIELD = 100_000  # characters; what is longer is taken for a quote that was never closed
MISSING_LABELS = {"", "nan"}
NO_TABLES = {
    b"\x1f\x8b": "a gzip archive",
    b"BZh9": "a bzip2 archive",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\xd0\xcf\x11\xe0": "a spreadsheet of old",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF",
}  # by what they begin with
NOT_WINDOWS_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
RAGGED_SHARE = 0.1  # of the rows with too many or too few fields, above which the file is refused
RAGGED_ROWS = 3
SAVE_AS_CSV = "Save it as CSV in UTF-8 (most spreadsheets call it so) and give that file."
SAVE_ANEW = "save the file anew with the csv module, pandas or a spreadsheet."


@dataclass(frozen=True)
class Layout:
    """How a file is written, and where its columns are; `only` is (position, value) of the rows to take."""

    encoding: str
    delimiter: str
    width: int
    text: int
    label: int
    has_header: bool
    split: int | None
    only: tuple[int, str] | None
    group: int | None
    group_name: str | None


class _QuoteError(Exception):
    """The quotes of a file do not open and close as CSV has it: (line, what was found)."""


def read(
    path: str | Path,
    text: str | int,
    label: str | int,
    only: tuple[str, str] | None = None,
    group: str | int | None = None,
) -> Rows:
    """Return the texts and labels of a CSV file.

    `text`, `label`, `group`: names in the first row, or positions in a file without it. `only`: (column, value), to
    take only the rows with this value. Raises DataError, which names the line, when the file cannot be read.
    """
    path = _existing_file(path)
    encoding, notes = _find_encoding(path)
    limit = csv.field_size_limit(LONGEST_FIELD)
    try:
        layout = _find_layout(path, encoding, text, label, only, group)
        rows = _read(path, layout)
    except UnicodeError as error:
        raise DataError(f"{path} is damaged: {error}. {SAVE_AS_CSV}") from error
    finally:
        csv.field_size_limit(limit)
    between = f"{path.name}: {DELIMITERS[layout.delimiter]} between {layout.width} columns"
    names = "names in the first row" if layout.has_header else f"text is column {text}, label column {label}"
    rows.notes[:0] = [f"{between}, {names}.", *notes]
    return rows


def _existing_file(path: str | Path) -> Path:
    path = Path(path).expanduser()
    if not path.exists():
        raise DataError(f"The file {path} does not exist. Check the path; it is looked for from {Path.cwd()}.")
    if not path.is_file():
        raise DataError(f"{path} is a folder and not a file. Give the CSV file itself; from_folder reads photos.")
    return path


def _find_encoding(path: Path) -> tuple[str, list[str]]:
    """The encoding, found by reading the whole file, and what is to be said about it."""
    valid, damaged, unknown = 0, [], []
    with path.open("rb") as file:
        head = file.read(8)
        if kind := next((kind for begin, kind in NO_TABLES.items() if head.startswith(begin)), None):
            raise DataError(f"{path} is {kind}, and no table of texts. Unpack or open it. {SAVE_AS_CSV}")
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) and not head.startswith(codecs.BOM_UTF32_LE):
            return "utf-16", [f"{path.name} is in UTF-16."]
        file.seek(0)
        for number, line in enumerate(file, 1):
            if b"\0" in line:
                told = f"line {number} holds zero bytes, as damaged files and UTF-16 without its mark do"
                raise DataError(f"{path}, {told}. {SAVE_AS_CSV}")
            try:
                line.decode("utf-8")
                valid += not line.isascii()
            except UnicodeDecodeError:
                damaged.append(number)
                if NOT_WINDOWS_1252.search(line):
                    unknown.append(number)
    if not damaged:
        return "utf-8-sig", []
    refused = damaged if valid > len(damaged) else unknown
    if refused:
        raise DataError(
            f"{path}, line {refused[0]} is not in UTF-8, and the file as a whole is not in windows-1252. "
            "Repair or remove this line; or save the whole file in UTF-8, if it is in another encoding."
        )
    found = f"{path.name} is not in UTF-8 (see line {damaged[0]}) and was read as windows-1252"
    return "windows-1252", [f"{found}: see that accented letters are right."]


def _find_layout(
    path: Path,
    encoding: str,
    text: str | int,
    label: str | int,
    only: tuple[str, str] | None,
    group: str | int | None,
) -> Layout:
    wanted = (text, label) if group is None else (text, label, group)
    if len({isinstance(column, int) for column in wanted}) > 1 or len(set(wanted)) < len(wanted):
        given = " and ".join(
            f"{name}={column!r}" for name, column in zip(("text", "label", "group"), wanted, strict=False)
        )
        raise DataError(f"{given} must be different column names, or different positions, from 0.")
    delimiter, first = _find_delimiter(path, encoding, wanted)
    positions = {column: _position(path, first, column) for column in wanted}
    if None in positions.values():
        missing = " and ".join(repr(column) for column, position in positions.items() if position is None)
        json = f" It looks like JSON. {SAVE_AS_CSV}" if first[0].lstrip()[:1] in ("{", "[") else ""
        begins = ", ".join(map(shortened, first[:MOST_NAMED]))
        raise DataError(
            f"{path} has no column {missing}. Of tabs, commas and semicolons, {DELIMITERS[delimiter]} divide it best, "
            f"and its first row is: {begins}. Give text=... and label=... (or --text and "
            f"--label): names that stand there, or positions, from 0, where that row is data.{json}"
        )
    has_header = isinstance(text, str)
    split = _position(path, first, "split") if has_header else None
    only = only and (_position(path, first, only[0]), only[1])
    group_name = group if has_header or group is None else f"column {group}"
    return Layout(
        encoding=encoding,
        delimiter=delimiter,
        width=len(first),
        text=positions[text],
        label=positions[label],
        has_header=has_header,
        split=split,
        only=only,
        group=positions.get(group),
        group_name=group_name,
    )


def _find_delimiter(path: Path, encoding: str, wanted: Sequence[str | int]) -> tuple[str, list[str]]:
    """What gives the first row the wanted columns, and most rows as many fields as the first; and the first row."""
    samples = {delimiter: rows for delimiter in DELIMITERS if (rows := _first_rows(path, encoding, delimiter))}
    if not samples:
        raise DataError(f"{path} is empty. Give a file with a row for each text, one column of which is its label.")

    def fit(delimiter: str) -> tuple[bool, bool, float]:
        rows = samples[delimiter]
        found = None not in [_position(path, rows[0], column) for column in wanted]
        return found, len(rows[0]) > 1, sum(len(row) == len(rows[0]) for row in rows) / len(rows)

    best = max(samples, key=fit)
    return best, samples[best][0]


def _first_rows(path: Path, encoding: str, delimiter: str) -> list[list[str]]:
    """The first rows; fewer where an open quote swallows the rest, but always the first, then with plain quotes."""
    rows = []
    with path.open(encoding=encoding, newline="") as file:
        with suppress(csv.Error):
            rows.extend(islice(filter(any, csv.reader(file, delimiter=delimiter, strict=True)), FIRST_ROWS))
        if not rows:
            file.seek(0)
            rows.extend(islice((line.rstrip("\r\n").split(delimiter) for line in file if line.strip()), 1))
    return rows


def _position(path: Path, columns: Sequence[str], wanted: str | int) -> int | None:
    """The position of a column, given by its name in any case, or by its position; None where it is not there."""
    if isinstance(wanted, int):
        return wanted if 0 <= wanted < len(columns) else None
    plain = [name.strip('" \t\ufeff').casefold() for name in columns]
    name = wanted.strip().casefold()
    if plain.count(name) > 1:
        raise DataError(f"{path} has two columns called {wanted!r}. Rename one of them.")
    return plain.index(name) if name in plain else None


def _read(path: Path, layout: Layout) -> Rows:
    """Read with quotes as CSV has them; files between tabs often have none, and quotes there are plain characters."""
    try:
        rows = _collect(path, layout, _quoted_records)
        _require_nothing_swallowed(rows, layout)
        return rows
    except _QuoteError as error:
        line, found = error.args
    if layout.delimiter != "\t":
        raise DataError(
            f"{path}, line {line}: {found}. A quote that opens a field must be closed before the next column, and a "
            f"quote inside such a field written twice. Repair this row, or {SAVE_ANEW}"
        )
    rows = _collect(path, layout, _plain_records)
    rows.notes.append(f"Quotes are plain characters here: read as CSV has them, {found} in line {line}.")
    return rows


def _quoted_records(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which the row begins, its fields)."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    begins = 1
    try:
        for fields in reader:
            yield begins, fields
            begins = reader.line_num + 1
    except csv.Error as error:
        too_long = f"a field has more than {LONGEST_FIELD:,} characters, as if a quote was left open"
        found = too_long if "limit" in str(error) else "a quote is left open, or stands alone in a quoted field"
        raise _QuoteError(begins, found) from error


def _plain_records(file: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(file, 1):
        yield number, line.rstrip("\r\n").split(delimiter)


def _collect(path: Path, layout: Layout, records: Callable) -> Rows:
    rows, ragged = Rows(path, layout.split is not None, layout.has_header, layout.group_name), []
    with path.open(encoding=layout.encoding, newline="") as file:
        filled = (record for record in records(file, layout.delimiter) if any(record[1]))
        for line, fields in islice(filled, int(layout.has_header), None):
            while len(fields) > layout.width and not fields[-1]:
                fields.pop()
            if len(fields) != layout.width:
                ragged.append(line)
                rows.leave_out(line, f"has {len(fields)} fields and not {layout.width}")
            elif layout.only is None or fields[layout.only[0]].strip() == layout.only[1]:
                _add(rows, line, fields, layout)
    total, between = len(rows) + len(ragged), DELIMITERS[layout.delimiter]
    if len(ragged) > max(RAGGED_ROWS, RAGGED_SHARE * total):
        raise DataError(
            f"{len(ragged):,} of {total:,} rows of {path} do not have {layout.width} fields between {between}, as the "
            f"first row has; see line {ragged[0]}. A text that holds {between} must stand in quotes: {SAVE_ANEW}"
        )
    return rows


def _add(rows: Rows, line: int, fields: list[str], layout: Layout) -> None:
    text, label = fields[layout.text], fields[layout.label].strip()
    if not text.strip():
        rows.leave_out(line, "has no text")
    elif label.casefold() in MISSING_LABELS:
        rows.leave_out(line, "has no label")
    elif layout.group is not None and not fields[layout.group].strip():
        rows.leave_out(line, f"has no {layout.group_name}")
    else:
        split = "" if layout.split is None else fields[layout.split]
        group = "" if layout.group is None else fields[layout.group].strip()
        rows.add(line, text, label, split, group)


def _require_nothing_swallowed(rows: Rows, layout: Layout) -> None:
    """Find a text in quotes that holds whole rows: a stray quote opened it, and another further down closed it."""
    labels = set(rows.label_names)
    before = layout.label < layout.text
    place = layout.label if before else layout.label - layout.width
    for line, text in zip(rows.places, rows.texts, strict=True):
        lines = text.split("\n")[1:] if before else text.split("\n")[:-1]
        fields = [inner.rstrip("\r").split(layout.delimiter)[place:] for inner in lines]
        found = sum(bool(field) and field[0].strip('"') in labels for field in fields)
        # A line that begins with "1,000" is no row; where there are several, or tabs, it is no accident.
        if found > len(lines) / 2 and (found > 1 or layout.delimiter == "\t"):
            raise _QuoteError(line, f"a text in quotes holds {found} rows with labels, as if a quote was left open")
