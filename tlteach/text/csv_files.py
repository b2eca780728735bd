"""Texts and labels from a CSV file, read as a stream: only the two columns are kept."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from tlteach.errors import DataError
from tlteach.text.csv_layout import (
    DELIMITERS,
    LONGEST_FIELD,
    SAVE_AS_CSV,
    Encoding,
    Layout,
    find_encoding,
    find_layout,
    limited_fields,
)
from tlteach.text.rows import Rows

MISSING_LABELS = {"", "nan"}
RAGGED_SHARE = 0.1  # of the rows with too many or too few fields, above which the file is refused
RAGGED_ROWS = 3


class _QuoteError(Exception):
    """The quotes of a file do not open and close as CSV has it; tells the line and what was found."""

    def __init__(self, line: int, found: str):
        super().__init__(found)
        self.line, self.found = line, found


def read(path: str | Path, text: str | int, label: str | int, only: tuple[str, str] | None = None) -> Rows:
    """Return the texts and labels of a CSV file.

    `text`, `label`: names in the first row, or positions in a file without it. `only`: (column, value), to take only
    the rows with this value. Raises DataError, which names the line, when the file cannot be read.
    """
    path = _existing_file(path)
    encoding = find_encoding(path)
    try:
        layout = find_layout(path, encoding, text, label, only and only[0])
        rows = _read(path, encoding, layout, only)
    except UnicodeError as error:
        raise DataError(f"{path} is damaged: {error}. {SAVE_AS_CSV}") from error
    between = f"{path.name}: {DELIMITERS[layout.delimiter]} between {layout.width} columns"
    names = "names in the first row" if layout.has_header else f"text is column {text}, label column {label}"
    rows.notes[:0] = [f"{between}, {names}.", *filter(None, [encoding.note])]
    return rows


def _existing_file(path: str | Path) -> Path:
    path = Path(path).expanduser()
    if not path.exists():
        raise DataError(f"The file {path} does not exist. Check the path; it is looked for from {Path.cwd()}.")
    if not path.is_file():
        raise DataError(f"{path} is a folder and not a file. Give the CSV file itself; from_folder reads photos.")
    return path


def _read(path: Path, encoding: Encoding, layout: Layout, only: tuple[str, str] | None) -> Rows:
    """Read with quotes as CSV has them; files between tabs often have none, and quotes there are plain characters."""
    try:
        rows = _collect(path, encoding, layout, only, _quoted_records)
        _require_nothing_swallowed(rows, layout)
        return rows
    except _QuoteError as error:
        line, found = error.line, error.found
    if layout.delimiter != "\t":
        raise DataError(
            f"{path}, line {line}: {found}. A quote that opens a field must be closed before the next column, and a "
            "quote inside such a field written twice. Repair this row, or save the file anew with the csv module, "
            "pandas or a spreadsheet."
        )
    rows = _collect(path, encoding, layout, only, _plain_records)
    rows.notes.append(f"Quotes are plain characters here: read as CSV has them, {found} in line {line}.")
    return rows


def _quoted_records(file: io.TextIOBase, delimiter: str) -> Iterator[tuple[int, list[str]]]:
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


def _plain_records(file: io.TextIOBase, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(file, 1):
        yield number, line.rstrip("\r\n").split(delimiter)


def _collect(path: Path, encoding: Encoding, layout: Layout, only: tuple[str, str] | None, records: Callable) -> Rows:
    rows, ragged = Rows(path, layout.split is not None, layout.has_header), []
    with path.open(encoding=encoding.name, errors=encoding.errors, newline="") as file, limited_fields():
        filled = (record for record in records(file, layout.delimiter) if any(record[1]))
        for line, fields in islice(filled, int(layout.has_header), None):
            while len(fields) > layout.width and not fields[-1]:
                fields.pop()
            if len(fields) != layout.width:
                ragged.append(line)
                rows.leave_out(line, f"has {len(fields)} fields and not {layout.width}")
            elif only is None or fields[layout.only].strip() == only[1]:
                _add(rows, line, fields, layout)
    _require_few_ragged(path, ragged, len(rows), layout)
    return rows


def _add(rows: Rows, line: int, fields: list[str], layout: Layout) -> None:
    text, label = fields[layout.text], fields[layout.label].strip()
    if not text.strip():
        rows.leave_out(line, "has no text")
    elif label.casefold() in MISSING_LABELS:
        rows.leave_out(line, "has no label")
    elif _damaged(text) or _damaged(label):
        rows.leave_out(line, "is not valid UTF-8")
    else:
        rows.add(line, text, label, "" if layout.split is None else fields[layout.split])


def _damaged(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _require_few_ragged(path: Path, ragged: list[int], good: int, layout: Layout) -> None:
    if len(ragged) > max(RAGGED_ROWS, RAGGED_SHARE * (good + len(ragged))):
        raise DataError(
            f"{len(ragged):,} of {good + len(ragged):,} rows of {path} do not have {layout.width} fields between "
            f"{DELIMITERS[layout.delimiter]}, as the first row has; see line {ragged[0]}. A text that holds "
            f"{DELIMITERS[layout.delimiter]} must stand in quotes: save the file anew with the csv module, pandas or a "
            "spreadsheet."
        )


def _require_nothing_swallowed(rows: Rows, layout: Layout) -> None:
    """Find a text in quotes that holds whole rows: a stray quote opened it, and another further down closed it."""
    labels = set(rows.label_names)
    for line, text in zip(rows.places, rows.texts, strict=True):
        if "\n" not in text:
            continue
        lines = _lines_with_a_label(text, layout)
        found = sum(inner in labels for inner in lines)
        # A line that begins with "1,000" is no row; where there are several, or tabs, it is no accident.
        if found > len(lines) / 2 and (found > 1 or layout.delimiter == "\t"):
            raise _QuoteError(line, f"a text in quotes holds {found} rows with labels, as if a quote was left open")


def _lines_with_a_label(text: str, layout: Layout) -> list[str]:
    """What stands at the place of the label in each line that such a text swallowed."""
    lines = [line.rstrip("\r").split(layout.delimiter) for line in text.split("\n")]
    before = layout.label < layout.text
    position = layout.label if before else layout.label - layout.width
    return ["".join(line[position:][:1]).strip('"') for line in (lines[1:] if before else lines[:-1])]
