"""Versions of data: which inputs a task has, by the hash of what is in them, and what changed since.

    save(listing(task), "data.csv")                     # a line per input: its split, its class, its file, its hash
    print(difference(opened("runs/mine"), listing(task)))

A hash is that of the decoded pixels, samples or words. So another name or date of a file is no change of its input, and
one pixel is. Where another version of a library decodes a JPEG otherwise, that is a change: the network sees it, too.
"""

import csv
import io
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import digest_of, write_whole
from tlteach.core.journal import shortened
from tlteach.core.task import Task

FILE = "data.csv"  # in the folder of a run
SPLITS = ("train", "validation", "test")
SHOWN = 10  # lines of each kind of change


class Row(NamedTuple):
    """One input: `name` is its file below the task's folder, and empty where it has none."""

    split: str
    class_name: str
    name: str
    hash: str

    def __str__(self) -> str:
        return f"{self.split}/{shortened(self.class_name)} {self.name or self.hash[:12]}"


@checked
def listing(task: Task) -> list[Row]:
    """Every input of the task, in the order of its splits. Raises DataError where a file can no longer be read."""
    splits = {name: getattr(task, name) for name in SPLITS}
    root = _root(path for split in splits.values() for path in split.inputs)
    return [
        Row(name, task.class_names[label], _name(given, root), found.decode() if isinstance(found, bytes) else found)
        for name, split in splits.items()
        for given, label, found in zip(split.inputs, split.labels, split.fingerprints(), strict=True)
    ]


def digests(rows: Sequence[Row]) -> dict[str, str]:
    """A hash for each split, of its inputs and classes in their order; names of files do not count."""
    parts = {split: [(row.hash, row.class_name) for row in rows if row.split == split] for split in SPLITS}
    return {split: digest_of(*(piece for pair in pairs for piece in pair)) for split, pairs in parts.items()}


def as_csv(rows: Sequence[Row]) -> str:
    """The listing as a table with a line per input."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows)
    return text.getvalue()


def save(rows: Sequence[Row], path: str | Path) -> None:
    """Write the listing into a file, whole or not at all."""
    text = as_csv(rows)
    write_whole(Path(path), lambda part: part.write_text(text, encoding="utf-8", newline=""))


def is_listing(path: str | Path) -> bool:
    """Whether a run's folder with a listing, or a listing, lies there."""
    path = _file(path)
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.readline().strip() == ",".join(Row._fields)
    except OSError:
        return False


def opened(path: str | Path) -> list[Row]:
    """The listing that lies in a file, or in the folder of a run. Raises DataError where there is none."""
    if not is_listing(path):
        raise DataError(
            f"There is no list of data at {_file(path)}. Give the folder of a run, or a file that "
            "`tlteach data list TASK --out FILE` wrote."
        )
    file = _file(path)
    try:
        _, *rows = csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline=""))
        return [Row(*row) for row in rows]
    except (ValueError, TypeError, csv.Error) as error:
        raise DataError(f"The list of data {file} is damaged: {error}. Make it anew, from the task.") from error


# ---------------------------------------------------------------- what changed


@dataclass(frozen=True)
class Difference:
    """What became of each input between two listings. Print it.

    `removed` and `added` are inputs of one listing alone. The others are pairs (old, new): `changed` has the same name
    and another content, `moved` stands in another split, `relabelled` in another class, `renamed` in another file.
    """

    removed: list[Row]
    added: list[Row]
    changed: list[tuple[Row, Row]]
    moved: list[tuple[Row, Row]]
    relabelled: list[tuple[Row, Row]]
    renamed: list[tuple[Row, Row]]
    reordered: bool

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(vars(self).values())

    @property
    def summary(self) -> str:
        """How many of each, in one sentence."""
        counts = [f"{len(rows)} {kind}" for kind, rows in self._kinds().items() if rows]
        if counts:
            return f"{', '.join(counts)}."
        return "the same inputs, in another order." if self.reordered else "the same data."

    def __str__(self) -> str:
        lines = [self.summary]
        for kind, rows in self._kinds().items():
            lines += [f"  {kind:<10}  {_told(row)}" for row in rows[:SHOWN]]
            if len(rows) > SHOWN:
                lines.append(f"  {kind:<10}  and {len(rows) - SHOWN} more")
        return "\n".join(lines)

    def _kinds(self) -> dict[str, list]:
        return {kind: rows for kind, rows in vars(self).items() if kind != "reordered"}


def difference(old: Sequence[Row], new: Sequence[Row]) -> Difference:
    """What changed from the old listing to the new one. Inputs are found again by their hash, then by their name."""
    _, old_left, new_left = _matched(old, new, lambda row: row)
    pairs, old_left, new_left = _matched(old_left, new_left, lambda row: row.hash)
    changed, removed, added = _matched(old_left, new_left, lambda row: row.name)
    kinds = defaultdict(list)
    for pair in pairs:
        before, after = pair
        kind = "moved" if before.split != after.split else "relabelled"
        kinds[kind if kind == "moved" or before.class_name != after.class_name else "renamed"].append(pair)
    contents = [[row._replace(name="") for row in rows] for rows in (old, new)]
    reordered = contents[0] != contents[1] and sorted(contents[0]) == sorted(contents[1])
    return Difference(removed, added, changed, kinds["moved"], kinds["relabelled"], kinds["renamed"], reordered)


def _matched(old: Sequence[Row], new: Sequence[Row], key) -> tuple[list[tuple[Row, Row]], list[Row], list[Row]]:
    """Pairs of rows that share a key that is not empty, and the rows of either side that are left."""
    waiting = defaultdict(list)
    for place in reversed(range(len(new))):
        waiting[key(new[place])].append(place)
    pairs, old_left = [], []
    for row in old:
        if key(row) and waiting[key(row)]:
            pairs.append((row, new[waiting[key(row)].pop()]))
        else:
            old_left.append(row)
    return pairs, old_left, [new[place] for place in sorted(chain.from_iterable(waiting.values()))]


def _told(found: Row | tuple[Row, Row]) -> str:
    if isinstance(found, Row):
        return str(found)
    before, after = found
    return str(before) if before[:3] == after[:3] else f"{before} -> {after}"


def _file(path: str | Path) -> Path:
    path = Path(path).expanduser()
    return path / FILE if path.is_dir() else path


def _root(inputs) -> str:
    paths = [os.path.abspath(path) for path in inputs if isinstance(path, Path)]
    return os.path.commonpath(paths) if len(paths) > 1 else ""


def _name(given, root: str) -> str:
    if not isinstance(given, Path):
        return ""
    name = Path(os.path.relpath(given, root or ".")).as_posix()
    return name.encode("utf-8", "backslashreplace").decode()  # a name can hold what UTF-8 has no bytes for
