"""Read a folder of students' notebooks, and say in a CSV which exercises they had solved.

What is read is the text that `check` left under its cell when the student ran it. Nothing is run again. A student who
can write "02-a solved" into the file can forge it, so this is a look at how the class is doing, and not an examination.
"""

import csv
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from tlteach.core.errors import DataError, TlteachError
from tlteach.core.files import write_whole
from tlteach.course import lessons

MAX_BYTES = 20_000_000
MOST_PARTS = 500_000  # lists and objects in a notebook; each takes hundreds of bytes of memory
ORDER = ("", "not tried", "tried", "solved")

_CALL = re.compile(r"""\bcheck\(\s*["'](\d\d[a-z]?-[a-z])["']""")
_VERDICT = re.compile(r"^(\d\d[a-z]?-[a-z]) (solved|not yet|your turn)\.", re.MULTILINE)
_NUMBER = re.compile(r"\d\d(?:[a-z](?=_))?")  # of a file: 04_choosing_a_source.ipynb, 04b_scores_on_trial.ipynb
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

    Links are not followed. Raises DataError where the folder has no notebooks or `out` cannot be written, TlteachError
    where nbformat, which reads notebooks, is not installed.
    """
    if not find_spec("nbformat"):
        raise TlteachError('nbformat, which reads notebooks, is not installed. Run: pip install "tlteach[lab]"')
    folder, out = Path(folder), Path(out)
    if out.suffix.lower() != ".csv":
        raise DataError(f"{out} is no name for the results: it must end in .csv.")
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder. Give the one that holds the students' notebooks.")
    rows = [_row(folder, path) for path in _notebooks(folder)]
    if not rows:
        raise DataError(f"There is no notebook (.ipynb) in {folder}.")
    try:
        write_whole(out, lambda part: _write(rows, part))
    except OSError as error:
        raise DataError(f"{out} cannot be written: {error.strerror}.") from error
    return rows


def summary(rows: list[Row], out: Path) -> str:
    """How many notebooks of how many students were read, and which had problems."""
    students = {row.student for row in rows}
    bad = [row for row in rows if row.problems]
    lines = [f"{len(rows)} notebooks of {len(students)} students, {len(bad)} with problems; written to {out}"]
    lines += [f"  {safe(row.file)}: {safe('; '.join(row.problems))}" for row in bad]
    return "\n".join([*lines, "Read from the outputs in the files, which a student can change."])


def _notebooks(folder: Path) -> Iterator[Path]:
    """Every notebook below `folder`; hidden ones (checkpoints) are left out."""
    for here, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        names = sorted(name for name in files if name.lower().endswith(".ipynb") and not name.startswith("."))
        yield from (Path(here, name) for name in names)


def _refuse(error: OSError) -> None:
    raise DataError(f"The folder {error.filename} cannot be read: {error.strerror}. Take it out, or see to its rights.")


def _row(folder: Path, path: Path) -> Row:
    relative = path.relative_to(folder)
    row = Row(relative.as_posix(), relative.parts[0] if len(relative.parts) > 1 else path.stem)
    try:
        cells = _code_cells(path)
    except DataError as error:
        row.problems.append(str(error))
    except OSError as error:
        row.problems.append(f"cannot be read: {error.strerror}")
    except Exception as error:  # nbformat takes for granted what a file should hold, so a damaged one raises anything
        row.problems.append(f"damaged: not what a notebook is made of ({type(error).__name__})")
    else:
        known = set(lessons.names("exercises"))
        for called, printed in cells:
            _look(known.intersection(called), printed, row)
        _add_not_tried(row)
        if not row.found:
            row.problems.append("there is no exercise of tlteach in it")
    return row


def _code_cells(path: Path) -> list[tuple[list[str], str]]:
    """The exercises that each code cell checks, and what it had printed. Raises anything where the file is damaged."""
    from nbformat import convert, reader

    if path.is_symlink() or not path.is_file():
        raise DataError("not a file, or a link to one, which is not followed")
    if (size := path.stat().st_size) > MAX_BYTES:
        raise DataError(f"too large: {size / 1e6:,.0f} MB, and at most {MAX_BYTES / 1e6:.0f} MB are read")
    text = path.read_text(encoding="utf-8-sig")
    if text.count("{") + text.count("[") > MOST_PARTS:
        raise DataError(f"too large: it has more than {MOST_PARTS:,} parts")
    notebook = convert(reader.reads(text), 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(_CALL.findall(cell.source), _printed(cell.outputs)) for cell in code]


def _printed(outputs: list) -> str:
    return "".join(output.text for output in outputs if output.output_type == "stream")


def _look(called: set[str], printed: str, row: Row) -> None:
    """Add what one cell shows to `row`: a verdict counts only where the cell itself calls check."""
    for name in called:
        row.found[name] = row.found.get(name) or "not tried"
    for name, verdict in _VERDICT.findall(printed):
        result = {"solved": "solved", "not yet": "tried", "your turn": "not tried"}[verdict]
        if name in called:
            row.found[name] = max(row.found[name], result, key=ORDER.index)
        elif verdict == "solved":
            row.problems.append(f"{name} solved stands under a cell that does not check it, and does not count")


def _add_not_tried(row: Row) -> None:
    """Exercises whose cells were removed are not tried, too."""
    of_the_file = _NUMBER.match(Path(row.file).name)
    numbers = {name.split("-")[0] for name in row.found} | {of_the_file and of_the_file[0]}
    for lesson in lessons.every_lesson():
        if lesson.number in numbers:
            row.found = dict.fromkeys(lesson.exercises, "not tried") | row.found


def safe(text: str) -> str:
    """`text` for a cell of a spreadsheet or a line on the screen: no formula, no control character, not too long."""
    text = text[:300].encode("utf-8", "backslashreplace").decode("utf-8")
    text = _CONTROL.sub("?", text).replace('"', "'")
    return _BEGINS_A_FORMULA.sub(r"\1'\2", text)


def _write(rows: list[Row], path: Path) -> None:
    names = lessons.names("exercises")
    lines = [["file", "student", *names, "solved", "of", "problems"]]
    for row in rows:
        solved = sum(result == "solved" for result in row.found.values())
        marks = [row.found.get(name, "") for name in names]
        lines.append([safe(row.file), safe(row.student), *marks, solved, len(row.found), safe("; ".join(row.problems))])
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # with its mark, Excel reads accents
        csv.writer(file).writerows(lines)
