"""A task: class names and three splits, whatever the inputs are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from tlteach.core.copies import NearCopies
from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.modality import Split
from tlteach.core.splits import LeftOut


@dataclass(frozen=True)
class Task:
    """What is asked of the inputs: class names, three splits, and how they came about.

    `modality` is the name of a room, such as "image" or "text"; `tier` is "bundled" or "full" for ours and "own" for
    yours; `left_out` lists the files or rows that were not taken and why; `notes` tells how the splits were made;
    `origin` has what `by_name` and `subset` were given, so that the task can be made again, and is empty where that is
    not known.
    """

    name: str
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    tier: str = "own"
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    modality: str = "image"
    origin: dict = field(default_factory=dict)

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.class_names)

    @checked
    def subset(self, n_per_class: int, seed: int = 0) -> Task:
        """Return the task with only `n_per_class` training inputs of each class; a larger subset holds the smaller.

        Validation and test stay as they are. Raises DataError when a class has too few inputs.
        """
        if not 1 <= n_per_class <= min(self.train.class_counts):
            raise DataError(
                f"Cannot draw {n_per_class} training {self.train.called} of each class from the task {self.name}: "
                f"it has {_counted(self.class_names, self.train)}. Ask for 1 to {min(self.train.class_counts)}."
            )
        rows = [
            np.random.default_rng([seed, label]).permutation(np.flatnonzero(self.train.labels == label))
            for label in range(self.n_classes)
        ]
        train = self.train.take(np.sort(np.concatenate([some[:n_per_class] for some in rows])))
        note = f"train is a subset of {n_per_class} {self.train.called} of each class, seed {seed}."
        # A subset of a subset is not told: it is a rare wish, and its data would differ where it is made again.
        origin = self.origin and {**self.origin, "labels_per_class": n_per_class, "seed": seed}
        return replace(self, train=train, notes=(*self.notes, note), origin=origin)

    def as_ours(self, name: str, tier: str) -> Task:
        """Return the task as one of ours, which `by_name` makes again by this name: "bundled" or "full"."""
        return replace(self, name=name, tier=tier, origin={"name": name})

    @cached_property
    def near_copies(self) -> NearCopies:
        """Inputs that are nearly the same and stand in two splits, as pairs to look at: print it. Found once."""
        return NearCopies({"train": self.train, "validation": self.validation, "test": self.test}, self.class_names)

    def with_near_copies_together(self) -> Task:
        """Return the task with near copies in one split: all in train where one stands there, else in validation.

        `notes` say how many moved. Raises DataError where this would leave a split without a class.
        """
        if not self.near_copies:
            return self
        splits, note = self.near_copies.together()
        return replace(self, **splits, notes=(*self.notes, note)).with_near_copies_together()

    def __str__(self) -> str:
        width = max(10, *(len(name) for name in self.class_names))
        lines = [f"{self.name}: {self.n_classes} classes, {self.tier} tier"]
        lines.append(f"{'class':<{width}} {'train':>7} {'validation':>11} {'test':>7}")
        splits = (self.train, self.validation, self.test)
        counts = zip(*(split.class_counts for split in splits), strict=True)
        for name, row in zip(self.class_names, counts, strict=True):
            lines.append(_row(name, row, width))
        lines.append(_row("all", [len(split) for split in splits], width))
        if self.left_out:
            what = f"{len(self.left_out)} {self.train.listed}s"
            lines.append(f"{what} were left out; task.left_out names them and says why.")
        return "\n".join([*lines, *self.notes])


def _row(name: str, counts: Sequence[int], width: int) -> str:
    return f"{name:<{width}} {counts[0]:>7} {counts[1]:>11} {counts[2]:>7}"


def _counted(class_names: Sequence[str], split: Split) -> str:
    return ", ".join(f"{count} of {name!r}" for name, count in zip(class_names, split.class_counts, strict=True))
