"""Read a folder of students' notebooks, and say in a CSV which exercises they had solved.

What is read is the text that `check` left under its cell when the student ran it. Nothing is run again: the files may
be broken or hostile, and are read as text only. A student who can write "02-a solved" into the file can forge it, so
this is a look at how the class is doing, and not an examination.
"""

from __future__ import annotations

import csv
import json
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tlteach.core.errors import DataError
from tlteach.course import lessons

MAX_BYTES = 20_000_000
MAX_FILES = 10_000
UNDER_ANOTHER_CELL = "{} solved stands under a cell that does not check it, and does not count"
ORDER = ("", "not tried", "tried", "solved")

_CALL = re.compile(r"""\bcheck\(\s*["'](\d\d-[a-z])["']""")
_VERDICT = re.compile(r"^(\d\d-[a-z]) (solved|not yet|your turn)\.", re.MULTILINE)
_BEGINS_A_FORMULA = re.compile(r"(^|[,;|'])(\s*)(?=[=+\-@＝＋－＠])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass
class Row:
    """One notebook: `found` says for each exercise "solved", "tried", "not tried", or "" where it is not in it."""

    file: str
    student: str
    found: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def grade(folder: Path, out: Path) -> list[Row]:
    """Read every notebook in `folder` and below, write the CSV `out`, whole or not at all, and return its rows.

    Links are not followed. Raises DataError where the folder has no notebooks or `out` cannot be written.
    """
    folder, out = Path(folder), Path(out)
    if out.suffix.lower() != ".csv":
        raise DataError(f"{out} is no name for the results: it must end in .csv.")
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder. Give the one that holds the students' notebooks.")
    rows = [_row(folder, path, problem) for path, problem in _notebooks(folder)]
    if not rows:
        raise DataError(f"There is no notebook (.ipynb) in {folder}.")
    _write(rows, out)
    return rows


def summary(rows: list[Row], out: Path) -> str:
    """How many notebooks of how many students were read, and which had problems."""
    students = {row.student for row in rows}
    bad = [row for row in rows if row.problems]
    lines = [f"{len(rows)} notebooks of {len(students)} students, {len(bad)} with problems; written to {out}"]
    lines += [f"  {safe(row.file)}: {safe('; '.join(row.problems))}" for row in bad[:20]]
    if len(bad) > 20:
        lines.append(f"  and {len(bad) - 20} more, in the column problems")
    return "\n".join([*lines, "Read from the outputs in the files, which a student can change."])


def _notebooks(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every notebook below `folder`, and why it is not opened, or ""; hidden ones (checkpoints) are left out."""
    waiting, n = [folder], 0
    while waiting:
        here = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            yield here, f"the folder cannot be read: {error.strerror}"
            continue
        below = []
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                below.append(Path(entry.path))
            elif entry.name.lower().endswith(".ipynb"):
                n += 1
                if n > MAX_FILES:
                    raise DataError(f"{folder} has more than {MAX_FILES:,} notebooks. Grade a smaller folder.")
                yield Path(entry.path), _unreadable(entry)
        waiting += reversed(below)


def _unreadable(entry: os.DirEntry) -> str:
    """Why the file is not opened, or ""."""
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if stat.S_ISLNK(found.st_mode):
        return "a link, which is not followed"
    if not stat.S_ISREG(found.st_mode):
        return "not a file"
    if found.st_size > MAX_BYTES:
        return f"too large: {found.st_size / 1e6:,.0f} MB, and at most {MAX_BYTES / 1e6:.0f} MB are read"
    return ""


def _row(folder: Path, path: Path, problem: str) -> Row:
    relative = path.relative_to(folder)
    student = relative.parts[0] if len(relative.parts) > 1 else path.stem
    row = Row(relative.as_posix(), student)
    try:
        cells = [] if problem else _code_cells(path)
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        problem = _reason(error)
    if problem:
        row.problems.append(problem)
        return row
    known = set(lessons.names("exercises"))
    for source, output in cells:
        _look(source, output, known, row)
    _add_not_tried(row)
    if not row.found:
        row.problems.append("there is no exercise of tlteach in it")
    return row


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    if isinstance(error, (RecursionError, MemoryError)):
        return "damaged: nested too deep"
    return f"damaged: {error}" if type(error) is ValueError else "damaged: not the JSON that a notebook is made of"


def _code_cells(path: Path) -> list[tuple[str, str]]:
    """The source of each code cell and what it had printed. Raises ValueError, OSError, RecursionError."""
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError("too large")
    notebook = json.loads(content.decode("utf-8-sig"), parse_int=str)  # a number of any length
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise ValueError("it has no list of cells, as a notebook of format 4 has")
    cells = [cell for cell in notebook["cells"] if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return [(_text(cell.get("source")), _printed(cell.get("outputs"))) for cell in cells]


def _printed(outputs: object) -> str:
    streams = [o for o in outputs if isinstance(o, dict)] if isinstance(outputs, list) else []
    return "".join(_text(stream.get("text")) for stream in streams if stream.get("output_type") == "stream")


def _text(value: object) -> str:
    """A text as notebooks keep it: whole, or as a list of lines; "" for anything else."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""


def _look(source: str, output: str, known: set[str], row: Row) -> None:
    """Add what one cell shows to `row`: a verdict counts only where the cell itself calls check."""
    called = known.intersection(_CALL.findall(source))
    for name in called:
        row.found[name] = row.found.get(name) or "not tried"
    for name, verdict in _VERDICT.findall(output):
        result = {"solved": "solved", "not yet": "tried", "your turn": "not tried"}[verdict]
        if name in called:
            row.found[name] = max(row.found[name], result, key=ORDER.index)
        elif name in known and verdict == "solved" and (odd := UNDER_ANOTHER_CELL.format(name)) not in row.problems:
            row.problems.append(odd)


def _add_not_tried(row: Row) -> None:
    """Exercises whose cells were removed are not tried, too."""
    numbers = {name[:2] for name in row.found} | {Path(row.file).name[:2]}
    for lesson in lessons.every_lesson():
        if lesson.number in numbers:
            row.found = dict.fromkeys(lesson.exercises, "not tried") | row.found


def safe(text: str) -> str:
    """`text` for a cell of a spreadsheet or a line on the screen: no formula, no control character, not too long."""
    text = text[:300].encode("utf-8", "backslashreplace").decode("utf-8")
    text = _CONTROL.sub("?", text).replace('"', "'")
    return _BEGINS_A_FORMULA.sub(r"\1'\2", text)


def _write(rows: list[Row], out: Path) -> None:
    names = lessons.names("exercises")
    lines = [["file", "student", *names, "solved", "of", "problems"]]
    for row in rows:
        solved = sum(result == "solved" for result in row.found.values())
        marks = [row.found.get(name, "") for name in names]
        lines.append([safe(row.file), safe(row.student), *marks, solved, len(row.found), safe("; ".join(row.problems))])
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix="grading_") as temporary:
            part = Path(temporary, out.name)
            with part.open("w", encoding="utf-8-sig", newline="") as file:  # with its mark, Excel reads accents
                csv.writer(file).writerows(lines)
            os.replace(part, out)
    except OSError as error:
        raise DataError(f"{out} cannot be written: {error.strerror}.") from error
