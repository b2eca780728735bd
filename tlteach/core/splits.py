"""What splits of all kinds share: labels, how they are cut, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.files import digest_of
from tlteach.core.modality import Form, Split


class Labelled:
    """Inputs with labels: what splits of all kinds share. `labels` is int32 (n,), positions in the class names."""

    called, listed = "inputs", "row"

    def __init__(self, inputs: Sequence, labels: np.ndarray, n_classes: int):
        self.inputs = inputs
        self.labels = np.asarray(labels, dtype="int32")
        self.n_classes = n_classes

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

    def lengths(self, form: Form, batch_size: int) -> None:
        """Inputs of one size have no lengths of their own."""


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
        return given, (f"The splits are those that stand in the {where}.",)
    origin = "train"
    if missing == ["test"]:
        origin, fractions = "validation", {"test": 0.5}
    whole = given[origin]
    rows = cut(whole.labels, [fractions[name] for name in missing], seed, class_names, whole.called)
    parts = {name: whole.take(some) for name, some in zip([*missing, origin], rows, strict=True)}
    shares = " and ".join(f"{name} ({fractions[name]:.0%})" for name in missing)
    source = f"the given {origin} split" if len(given) > 1 else f"all {whole.called}"
    return given | parts, (f"Cut from {source}, class by class, with seed {seed}: {shares}.",)


def _sizes(n: int, fractions: Sequence[float]) -> list[int]:
    return [max(1, round(fraction * n)) for fraction in fractions]


def _fewest(fractions: Sequence[float]) -> int:
    return next(n for n in range(1, 10**6) if sum(_sizes(n, fractions)) < n)


def require_class_names(class_names: Sequence[str]) -> None:
    """Raise DataError unless the class names are two or more different ones."""
    if len(class_names) < 2 or len(set(class_names)) < len(class_names):
        raise DataError(f"class_names must be two or more different names, and are {tuple(class_names)}.")


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


SPLIT_OF_NAME = {
    "train": "train",
    "validation": "validation",
    "val": "validation",
    "valid": "validation",
    "test": "test",
}


KEPT_FIRST = ("test", "validation", "train")
