"""What splits of all kinds share: labels, how they are cut, and what was left out."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.files import digest_of
from tlteach.core.groups import cut_by_group
from tlteach.core.modality import Form, Split
from tlteach.core.reading import stamp


class Labelled:
    """Inputs with labels: what splits of all kinds share. `labels` is int32 (n,), positions in the class names."""

    called, listed = "inputs", "row"
    groups: Sequence[str] | None = None
    """Which inputs belong together, as all of one speaker do; see groups.py. None where nobody knows."""
    group = "group"
    """What messages call one of the groups: "speaker", "patient"."""
    at_random = "leave group=... out"
    """What messages say of a cut that does not look at groups."""

    def __init__(self, inputs: Sequence, labels: np.ndarray, n_classes: int):
        self.inputs = inputs
        self.labels = np.asarray(labels, dtype="int32")
        self.n_classes = n_classes
        self._memory: dict = {}
        self._signed: object = None

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} {self.called}, per class {self.class_counts}>"

    @property
    def class_counts(self) -> tuple[int, ...]:
        """The number of inputs of each class, in the order of the task's class names."""
        return tuple(np.bincount(self.labels, minlength=self.n_classes).tolist())

    def digest(self) -> str:
        """Return a hash of the very inputs, in their order."""
        return digest_of(*self.fingerprints())

    def named(self, row: int) -> str:
        """Return what messages call an input."""
        return f"row {row}"

    def drawn(self, row: int) -> np.ndarray | None:
        """Return an input as a picture (height, width, 3) to be looked at; None where it is none."""

    def lengths(self, form: Form, batch_size: int) -> None:
        """Inputs of one size have no lengths of their own."""

    def with_groups(self, groups: Sequence[str] | None, group: str) -> Self:
        """Say which inputs belong together, by a name for each, and what one group is called; return this split."""
        self.groups, self.group = None if groups is None else list(groups), group
        return self

    def _grouped_as(self, *splits: Labelled, rows: Sequence[int] | None = None) -> Self:
        """This split, which has all inputs of others, or some rows of one, with the groups that they have there."""
        known = all(split.groups is not None for split in splits)
        groups = [one for split in splits for one in split.groups] if known else None
        if known and rows is not None:
            groups = [groups[row] for row in rows]
        return self.with_groups(groups, splits[0].group)

    def _rows(self, rows: Sequence[int]) -> np.ndarray:
        """`rows` as an array of whole numbers. Raises DataError where the split has no such row."""
        rows = np.asarray(rows, dtype=int)
        if len(outside := rows[(rows < -len(self)) | (rows >= len(self))]):
            raise DataError(
                f"There is no row {outside[0]} among {len(self)} {self.called}: rows are counted from 0 to "
                f"{len(self) - 1}, and from the end with -1."
            )
        return rows

    def _signature(self) -> object:
        """What is never the same again once inputs were changed, in place or on the disk; cheap to find out."""
        raise NotImplementedError

    def _remembered(self) -> dict:
        """What was found out about these very inputs; empty again when they are no longer the same."""
        if (now := self._signature()) != self._signed:
            self._signed, self._memory = now, {}
        return self._memory


class InFilesOrArray(Labelled):
    """Inputs that are a list of files, or one array in memory: what pictures and sounds share."""

    @property
    def _in_memory(self) -> bool:
        return isinstance(self.inputs, np.ndarray)

    def named(self, row: int) -> str:
        """Return the file of an input, or its row in the array."""
        return super().named(row) if self._in_memory else str(self.inputs[row])

    def captioned(self, row: int) -> str:
        """Return the name of an input's file, after that of its group where it does not say it; "" of an array."""
        if self._in_memory:
            return ""
        name, group = self.inputs[row].name, self.groups[row] if self.groups else ""
        return name if group in name else f"{group}, {name}"

    def _signature(self) -> object:
        if self._in_memory:
            return self.inputs.shape, zlib.crc32(np.ascontiguousarray(self.inputs))
        return [(path, *stamp(path)) for path in self.inputs]

    def _loaded(self, rows: Sequence[int], size: int) -> np.ndarray:
        """The inputs of the rows at a size, from memory where they are."""
        rows = self._rows(rows)
        if size in self._memory:  # that these are still the inputs, `batches` and `arrays` see to
            return self._memory[size][rows]
        return self._decode(rows, size)

    def _kept(self, size: int, most: int) -> np.ndarray:
        """All inputs at a size, read-only; where they take at most so many bytes, kept for the next call."""
        memory = self._remembered()
        if size in memory:
            return memory[size]
        inputs = self._whole(size)
        inputs.flags.writeable = False
        if inputs.nbytes <= most:
            for other in [key for key in memory if isinstance(key, int)]:
                del memory[other]  # one size at a time
            memory[size] = inputs
        return inputs

    def _whole(self, size: int) -> np.ndarray:
        return self._decode(range(len(self)), size)

    def _decode(self, rows: Sequence[int], size: int) -> np.ndarray:
        raise NotImplementedError


def cut(
    labels: np.ndarray, fractions: Sequence[float], seed: int, class_names: Sequence[str], called: str = "inputs"
) -> list[np.ndarray]:
    """Cut rows at random, class by class: a part for each fraction, then the rest; each is a sorted row array.

    A part gets its fraction of each class to within one input, and at least one. `called`: what messages call the
    inputs. Raises DataError for fractions that leave nothing, or a class too small to be cut.
    """
    if min(fractions) <= 0 or sum(fractions) >= 1:
        raise DataError(f"Cannot cut the parts {fractions}: each must be above 0, and their sum below 1.")
    parts = [[] for _ in range(len(fractions) + 1)]
    for label, name in enumerate(class_names):
        rows = np.flatnonzero(labels == label)
        sizes = _sizes(len(rows), fractions)
        if sum(sizes) >= len(rows):
            raise DataError(
                f"The class {name!r} has {len(rows)} {called}, too few to be cut into {len(parts)} splits: "
                f"at least {_fewest(fractions)} are needed. Add {called}, or give the splits yourself."
            )
        rows = np.random.default_rng([seed, label]).permutation(rows)
        for part, some in zip(parts, np.split(rows, np.cumsum(sizes)), strict=True):
            part.append(some)
    return [np.sort(np.concatenate(part)) for part in parts]


def cut_missing(
    given: dict[str, Split],
    validation: float,
    test: float,
    seed: int,
    class_names: Sequence[str],
    where: str = "folder",
) -> tuple[dict[str, Split], tuple[str, ...]]:
    """Return all three splits, cutting those that do not stand in the folder or file, and a note on how."""
    fractions = {"validation": validation, "test": test}
    missing = [name for name in fractions if name not in given]
    if not missing:
        return given, (f"The {where} itself says which is in which split.",)
    origin = "train"
    if missing == ["test"]:
        origin, fractions = "validation", {"test": 0.5}
    whole = given[origin]
    wanted = [fractions[name] for name in missing]
    if whole.groups is None:
        how, rows = "class by class", cut(whole.labels, wanted, seed, class_names, whole.called)
    else:
        how = f"{whole.group} by {whole.group}"
        rows = cut_by_group(whole.groups, whole.labels, wanted, seed, whole.called, whole.group, whole.at_random)
        fractions = {name: len(some) / len(whole) for name, some in zip(missing, rows, strict=False)}
    parts = {name: whole.take(some) for name, some in zip([*missing, origin], rows, strict=True)}
    shares = " and ".join(f"{name} ({fractions[name]:.0%})" for name in missing)
    source = f"the given {origin} split" if len(given) > 1 else f"all {whole.called}"
    return given | parts, (f"Cut from {source}, {how}, with seed {seed}: {shares}.",)


def _sizes(n: int, fractions: Sequence[float]) -> list[int]:
    return [max(1, round(fraction * n)) for fraction in fractions]


def _fewest(fractions: Sequence[float]) -> int:
    return next(n for n in range(1, 10**6) if sum(_sizes(n, fractions)) < n)


def same_but_for_case(class_names: Sequence[str]) -> tuple[str, ...]:
    """Return a note for class names that differ by case or by spaces around them only, which is rarely meant."""
    alike = defaultdict(list)
    for name in class_names:
        alike[name.strip().casefold()].append(name)
    some = [names for names in alike.values() if len(names) > 1]
    return tuple(f"{' and '.join(map(repr, names))} are different classes here. Is that meant?" for names in some)


def as_labels(
    labels: np.ndarray, n: int, class_names: Sequence[str], where: str = "", called: str = "picture"
) -> np.ndarray:
    """Return labels as an array of n positions in class_names. Raises DataError, which names the first wrong one."""
    labels = np.asarray(labels)
    if labels.shape != (n,):
        raise DataError(f"The labels{where} have the shape {labels.shape}; expected one integer per {called}, ({n},).")
    if labels.dtype.kind not in "iu":
        raise DataError(
            f"The labels{where} are of the type {labels.dtype}; expected integers, positions in class_names."
        )
    outside = np.flatnonzero((labels < 0) | (labels >= len(class_names)))
    if len(outside):
        raise DataError(
            f"The label of {called} {outside[0]}{where} is {labels[outside[0]]}; "
            f"with {len(class_names)} class names it must be in 0..{len(class_names) - 1}."
        )
    return labels


@dataclass(frozen=True)
class LeftOut:
    """An input that was not taken into the task, and why: `where` is its file, FILE:LINE, or inputs[ROW]."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def in_words(left_out: Sequence[LeftOut], listed: str) -> str:
    """Return how many were left out and what the first of them say: "(1 rows left out: mail.csv:3: has no text)"."""
    some = "; ".join(map(str, left_out[:3]))
    return f"({len(left_out):,} {listed}s left out{': ' if some else ''}{some})"


SPLIT_OF_NAME = {
    "train": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "test": "test",
}


KEPT_FIRST = ("test", "validation", "train")


def without_copies(
    found: Sequence[str] | np.ndarray,
    labels: np.ndarray,
    split_of_row: np.ndarray,
    class_names: Sequence[str],
    where: Callable[[int], str],
    called: str,
) -> tuple[np.ndarray, list[LeftOut]]:
    """Return the rows that stay, and the others: of copies one is kept, that of test before validation before train.

    Where the labels of copies contradict each other nobody knows which holds, and none is kept. `found`: fingerprints
    (n,), which copies share; `labels`, `split_of_row`: positions (n,) in `class_names` and KEPT_FIRST; `where` and
    `called`: what messages call a row, and an input ("picture").
    """
    reasons = {}
    order = np.lexsort((split_of_row, found))  # for millions of rows, a dictionary would need more than the texts do
    found = np.asarray(found)[order]
    starts = np.flatnonzero(np.append(True, found[1:] != found[:-1]))
    counts = np.diff(starts, append=len(found))
    for start, count in zip(starts[counts > 1], counts[counts > 1], strict=True):
        first, *others = order[start : start + count].tolist()
        contrary = next((row for row in others if labels[row] != labels[first]), None)
        if contrary is None:
            reasons |= dict.fromkeys(others, f"the same {called} as {where(first)}")
        else:
            told = " and ".join(f"{class_names[labels[row]]!r} in {where(row)}" for row in (first, contrary))
            reasons |= dict.fromkeys((first, *others), f"its labels contradict: the {called} is {told}")
    kept = np.delete(np.arange(len(found)), list(reasons))
    return kept, [LeftOut(where(row), reasons[row]) for row in sorted(reasons)]


def by_split(whole: Split, split_of_row: np.ndarray) -> dict[str, Split]:
    """Return the splits that have a row, each by its name; `split_of_row` (n,) holds positions in KEPT_FIRST."""
    rows = {name: np.flatnonzero(split_of_row == KEPT_FIRST.index(name)) for name in reversed(KEPT_FIRST)}
    return {name: whole.take(some) for name, some in rows.items() if len(some)}
