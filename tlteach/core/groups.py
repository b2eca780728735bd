"""Inputs that belong together, as all sounds of one speaker do: a split takes all of a group or nothing of it.

A random cut would put every speaker into every split. A network could then know the voice and not the word, and its
test accuracy would say how well it does on voices that it has heard.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.journal import counted, some
from tlteach.core.modality import Split

TRIES = 300  # orders of the groups that are tried; the cut that is nearest to the wanted sizes is taken


def cut_by_group(
    groups: Sequence[str],
    labels: np.ndarray,
    fractions: Sequence[float],
    seed: int,
    called: str,
    group: str,
    at_random: str,
) -> list[np.ndarray]:
    """Cut rows at random, group by group: a part for each fraction, then the rest; each is a sorted row array.

    Every part has at least one group and every class. `called` and `group`: what messages call inputs and a group;
    `at_random`: what else to do, in their words ("cut with by_speaker=False").
    Raises DataError where there are too few groups, or too few that have every class.
    """
    names, numbers = np.unique(np.asarray(groups), return_inverse=True)
    n_parts = len(fractions) + 1
    cure = f"Add {called} of others, give the splits yourself, as train/, validation/ and test/"
    if len(names) < n_parts:
        raise DataError(
            f"{counted(names, group)} ({some(names)}) cannot be spread over {n_parts} splits, each {group} in one of "
            f"them: at least {n_parts} are needed. {cure}, or {at_random} and know that it is then tested on "
            f"the {group}s that it learned from."
        )
    counts = np.zeros((len(names), labels.max() + 1), int)
    np.add.at(counts, (numbers, labels), 1)
    best = min(
        (_part_of_each(counts, fractions, np.random.default_rng([seed, number])) for number in range(TRIES)),
        key=lambda found: found[0],
    )
    if best[0] == np.inf:
        raise DataError(
            f"The {len(names)} {group}s ({some(names)}) cannot be spread over {n_parts} splits so that each has every "
            f"class: too few of them have all classes. {cure}, or {at_random}."
        )
    return [np.flatnonzero(best[1][numbers] == part) for part in range(n_parts)]


def _part_of_each(
    counts: np.ndarray, fractions: Sequence[float], random: np.random.Generator
) -> tuple[float, np.ndarray]:
    """How far this cut is from the wanted shares, or infinity where a part lacks a class; and each group's part."""
    order = random.permutation(len(counts))
    shares = counts.sum(axis=1)[order] / counts.sum()
    part_of, start, off = np.full(len(counts), len(fractions)), 0, 0.0
    for part, fraction in enumerate(fractions):
        sums = np.cumsum(shares[start : len(counts) - (len(fractions) - part)])  # one group at least for each other
        size = 1 + int(np.abs(sums - fraction).argmin())
        off += abs(sums[size - 1] - fraction)
        part_of[order[start : start + size]] = part
        start += size
    lacking = any((counts[part_of == part].sum(axis=0) == 0).any() for part in range(len(fractions) + 1))
    return (np.inf if lacking else off), part_of


def told(splits: dict[str, Split]) -> tuple[str, ...]:
    """Return a note on which group is in which split; nothing where no groups are known."""
    if not (of_each := _groups_of(splits)):
        return ()
    group = next(iter(splits.values())).group
    where = "; ".join(f"{name} {some(groups, 6)}" for name, groups in of_each.items())
    return (f"Who is where, {group} by {group}: {where}.", *filter(None, [shared(**splits)]))


def shared(**splits: Split) -> str:
    """Return a sentence on groups that stand in two splits; "" where none does, or no groups are known.

    That is no error: whoever gave the splits may want to test on the voices that were learned from, and published
    splits do. But the accuracy then means less, and that is said.
    """
    of_each, found = _groups_of(splits), []
    for one, other in combinations(of_each, 2):
        if both := of_each[one] & of_each[other]:
            found.append(f"{some(both)} in {one} and in {other}")
    if not found:
        return ""
    group = next(iter(splits.values())).group
    return (
        f"The same {group} stands in two splits: {'; '.join(found)}. So the accuracy tells of {group}s that were met "
        f"before, and not of new ones; cut by {group}, it is lower more often than not."
    )


def _groups_of(splits: dict[str, Split]) -> dict[str, set[str]]:
    known = {name: getattr(split, "groups", None) for name, split in splits.items()}
    return {name: set(groups) for name, groups in known.items()} if all(g is not None for g in known.values()) else {}
