"""Near copies: inputs that are nearly the same and stand in two splits. They are found, told and moved to one split.

Identical inputs are another matter: those are left out of a task, or refused (tlteach/guards/data.py). What is nearly
the same is said by the modality: tlteach/image/copies.py and tlteach/text/copies.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.journal import counted
from tlteach.core.modality import Split

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOLD = 10  # pairs that are printed


@dataclass(frozen=True)
class Place:
    """Where an input stands: the name of its split, and its row there."""

    split: str
    row: int


@dataclass(frozen=True)
class Pair:
    """Two inputs of different splits that are nearly the same; `alike` is in 0..1, and 1 for the same."""

    one: Place
    other: Place
    alike: float


class NearCopies:
    """The pairs of nearly identical inputs across splits, the most alike first: print it, or draw pictures."""

    def __init__(self, splits: dict[str, Split], class_names: Sequence[str]):
        self.splits, self.class_names = splits, class_names
        pairs = [
            Pair(Place(one, int(row)), Place(other, int(other_row)), float(alike))
            for one, other in combinations(splits, 2)
            for row, other_row, alike in zip(*splits[one].near_copies(splits[other]), strict=True)
        ]
        self.pairs = sorted(pairs, key=lambda pair: -pair.alike)

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[Pair]:
        return iter(self.pairs)

    def __str__(self) -> str:
        if not self.pairs:
            return "No near copies were found across the splits."
        lines = [f"{self._counted()} of nearly identical {self._called} stand in two splits:"]
        for pair in self.pairs[:TOLD]:
            lines += [f"  {self._titled(pair.one)}  {self._input(pair.one)}"]
            lines += [f"  {self._titled(pair.other)}  {self._input(pair.other)}  ({pair.alike:.0%} alike)", ""]
        if len(self) > TOLD:
            lines.append(f"  ... and {len(self) - TOLD:,} more")
        return "\n".join([*lines, "Look at them. task.with_near_copies_together() moves each group to one split."])

    __repr__ = __str__

    def in_words(self) -> str:
        """What follows "no identical input stands in two splits"; nothing where there are no near copies."""
        return f"; {self._counted()} of nearly identical ones: print(task.near_copies)" if self.pairs else ""

    def figure(self, most: int = 6) -> Figure:
        """Draw the `most` alike pairs, side by side. Raises DataError where there are none, or no pictures."""
        from tlteach.core.show import pictures

        places = [place for pair in self.pairs[:most] for place in (pair.one, pair.other)]
        images = [self.splits[place.split].drawn(place.row) for place in places]
        if not images or images[0] is None:
            raise DataError(
                f"There are no pictures to draw of {self._counted()} of {self._called}. Print them instead."
            )
        return pictures(images, [self._titled(place) for place in places], columns=4)

    def together(self) -> tuple[dict[str, Split], str]:
        """Return the splits with each group of near copies in one of them, and a note that says how many moved.

        All go to train where one of the group stands there, else to validation: nothing is lost, and what the network
        nearly learned is not asked of it. Raises DataError where this leaves a split without a class.
        """
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        names, sizes = list(self.splits), [len(split) for split in self.splits.values()]
        starts = dict(zip(names, np.cumsum([0, *sizes]), strict=False))
        ends = [[starts[place.split] + place.row for place in (pair.one, pair.other)] for pair in self.pairs]
        ones, others = np.array(ends).T
        _, group = connected_components(coo_array((np.ones(len(ends)), (ones, others)), (sum(sizes),) * 2))
        before = np.repeat(np.arange(len(names)), sizes)
        first = np.full(len(before), len(names))
        np.minimum.at(first, group, before)
        after = first[group]
        train, *rest = self.splits.values()
        whole = train.joined(*rest)
        found = {name: whole.take(np.flatnonzero(after == number)) for number, name in enumerate(names)}
        for name, split in found.items():
            if 0 in split.class_counts:
                missing = self.class_names[split.class_counts.index(0)]
                raise DataError(
                    f"All {self._called} of the class {missing!r} in {name} are near copies of others: none would be "
                    "left there. Look at print(task.near_copies), and add others or cut the splits anew."
                )
        moved = Counter(names[number] for number in before[before != after])
        told = " and ".join(f"{n:,} of {name}" for name, n in moved.items())
        return found, f"Near copies were moved to the split where one of them stood first: {told}."

    @property
    def _called(self) -> str:
        return next(iter(self.splits.values())).called

    def _counted(self) -> str:
        return counted(self.pairs, "pair")

    def _titled(self, place: Place) -> str:
        return f"{place.split}, {self.class_names[self.splits[place.split].labels[place.row]]}"

    def _input(self, place: Place) -> str:
        return self.splits[place.split].named(place.row)
