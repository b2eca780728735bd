"""What a comparison found: a table, a paired test for every two methods, verdicts in words, and a JSON file."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import write_json
from tlteach.evidence import verdicts
from tlteach.evidence.grid import Run
from tlteach.evidence.verdicts import Difference


@dataclass(frozen=True)
class Row:
    """One method with one budget of labels: a line of the table."""

    labels_per_class: int | None
    method: str
    accuracies: tuple[float, ...]
    mean: float
    low: float
    high: float
    seconds: float
    trainable_parameters: int | None
    joules: float | None = None
    grams: float | None = None


@dataclass(frozen=True)
class Pair:
    """Two methods with one budget of labels: `difference` is that of `first` minus `second`.

    `p_value` is corrected for all pairs of the comparison; `difference.p_value` is not.
    """

    labels_per_class: int | None
    first: str
    second: str
    difference: Difference
    p_value: float

    @property
    def verdict(self) -> str:
        """What was found, in words."""
        return verdicts.verdict(self.first, self.second, self.difference, self.p_value)

    @property
    def is_shown(self) -> bool:
        """Whether a difference was shown."""
        return self.p_value < verdicts.LEVEL

    def turned(self) -> Pair:
        """The same pair, second minus first."""
        return Pair(self.labels_per_class, self.second, self.first, self.difference.turned(), self.p_value)

    def __str__(self) -> str:
        p_value = "" if self.difference.is_too_little else f", p = {self.p_value:.2g}"
        return f"{_budget(self.labels_per_class)}: {self.verdict}{p_value}"


@dataclass(frozen=True, repr=False)
class Comparison:
    """What `compare` found: `print` shows the table and the verdicts, `save` writes all of it as JSON.

    Attributes:
        task: the name of the task.
        labels: of the test inputs, (n,).
        methods, budgets: names, and labels per class (None: all there are), in the order that was asked for.
        runs: every run, also those that failed.
        made_with: versions, backend and device.
        planned: the pairs of methods that somebody wanted to know about before the runs; empty for all there are.
    """

    task: str
    labels: np.ndarray
    methods: tuple[str, ...]
    budgets: tuple[int | None, ...]
    runs: tuple[Run, ...]
    made_with: dict = field(default_factory=dict)
    planned: tuple[tuple[str, str], ...] = ()

    @cached_property
    def failed(self) -> list[Run]:
        """The runs that an error ended."""
        return [run for run in self.runs if run.error is not None]

    @checked
    def correct(self, method: str, labels_per_class: int | None = None) -> dict[int, np.ndarray]:
        """By seed, whether each prediction on the test inputs is right: booleans (n,)."""
        return {run.seed: run.predicted == self.labels for run in self._of(method, labels_per_class)}

    @cached_property
    def rows(self) -> list[Row]:
        """The table: budget by budget, method by method."""
        grid = itertools.product(self.budgets, self.methods)
        return [self._row(labels, method) for labels, method in grid if self._of(method, labels)]

    @cached_property
    def pairs(self) -> list[Pair]:
        """A paired test for every two methods with the same budget, over the seeds that both finished.

        The test holds for new test inputs and new seeds, see verdicts.py; Holm's correction is for all pairs of the
        comparison together. Where pairs were planned, only these are tested and corrected for.
        """
        found, every = [], [(first, second) for second, first in itertools.combinations(self.methods, 2)]
        for labels, (first, second) in itertools.product(self.budgets, self.planned or every):
            one, other = self.correct(first, labels), self.correct(second, labels)
            if seeds := sorted(set(one) & set(other)):
                difference = verdicts.paired_difference(*([side[seed] for seed in seeds] for side in (one, other)))
                found.append((labels, first, second, difference))
        corrected = verdicts.holm([difference.p_value for *_, difference in found])
        return [Pair(*values, p_value) for values, p_value in zip(found, corrected, strict=True)]

    @checked
    def pair(self, first: str, second: str, labels_per_class: int | None = None) -> Pair:
        """The pair of two methods, as `first` minus `second`. Raises DataError where there is none."""
        for pair in self.pairs:
            if pair.labels_per_class == labels_per_class and {pair.first, pair.second} == {first, second}:
                return pair if pair.first == first else pair.turned()
        raise DataError(
            f"{first} and {second} were not both run with {_budget(labels_per_class)}. The methods are "
            f"{', '.join(self.methods)}; the budgets are {', '.join(map(_budget, self.budgets))}."
        )

    def __repr__(self) -> str:
        return "\n".join([*_table(self.rows), *self.sentences()])

    def sentences(self) -> list[str]:
        """The verdicts, what the intervals mean, and what failed."""
        n = f"{len(self.labels)} test inputs"
        found = ["", *map(str, self.pairs), ""]
        found.append(f"The interval of an accuracy is one for other seeds and the same {n}.")
        tested = [pair for pair in self.pairs if not pair.difference.is_too_little]
        if any(pair.difference.seeds > 1 for pair in tested):
            found.append("That of a difference is one for other seeds and other test inputs.")
        if tested and len(self.pairs) > 1:
            found.append(f"The p-values are corrected for {len(self.pairs)} pairs (Holm).")
        if costs := [run.energy for run in self.runs if run.energy]:
            whose = f" CO2: {costs[0]['grid']}." if costs[0]["grid"] else ""
            found.append(f"Energy is that of one run, alone.{whose} How it is known: {costs[0]['how']}")
        return found + [
            f"FAILED: {run.method}, {_budget(run.labels_per_class)}, seed {run.seed}: {run.error}"
            for run in self.failed
        ]

    def to_dict(self) -> dict:
        """Everything, as plain JSON values."""
        pairs = [
            {**_plain(pair), "difference": _plain(pair.difference), "verdict": pair.verdict} for pair in self.pairs
        ]
        return {
            "task": self.task,
            "methods": list(self.methods),
            "budgets": list(self.budgets),
            "made_with": self.made_with,
            "table": [_plain(row) for row in self.rows],
            "pairs": pairs,
            "labels": " ".join(map(str, self.labels.tolist())),
            "runs": [run.to_dict() for run in self.runs],
            **({"planned": [list(pair) for pair in self.planned]} if self.planned else {}),
        }

    @checked
    def save(self, path: str | Path) -> Path:
        """Write `to_dict()` as JSON, whole or not at all; `load` reads it. Raises DataError where that fails."""
        try:
            write_json(Path(path), self.to_dict())
        except OSError as error:
            raise DataError(f"The comparison cannot be written to {path}: {error}. Choose another file.") from error
        return Path(path)

    def _of(self, method: str, labels_per_class: int | None) -> list[Run]:
        """The runs that were finished."""
        wanted = (method, labels_per_class)
        return [run for run in self.runs if (run.method, run.labels_per_class) == wanted and run.error is None]

    def _row(self, labels: int | None, method: str) -> Row:
        several = self._of(method, labels)
        accuracies = tuple(float(right.mean()) for right in self.correct(method, labels).values())
        seconds = float(np.mean([run.seconds for run in several]))
        costs = [run.energy for run in several if run.energy and run.energy["joules"] is not None]
        return Row(
            labels,
            method,
            accuracies,
            *verdicts.mean_interval(accuracies, len(self.labels)),
            seconds,
            several[0].trainable_parameters,
            *(float(np.mean([cost[what] for cost in costs])) if costs else None for what in ("joules", "grams")),
        )


@checked
def load(path: str | Path) -> Comparison:
    """Read what Comparison.save wrote. Raises DataError for any other file."""
    try:
        values = json.loads(Path(path).read_text(encoding="utf-8"))
        found = Comparison(
            task=values["task"],
            labels=np.array(values["labels"].split(), dtype=int),
            methods=tuple(values["methods"]),
            budgets=tuple(values["budgets"]),
            runs=tuple(map(Run.from_dict, values["runs"])),
            made_with=values["made_with"],
            planned=tuple((first, second) for first, second in values.get("planned", ())),
        )
        if any(run.error is None and run.predicted.shape != found.labels.shape for run in found.runs):
            raise ValueError("a run has not one prediction for each label")
    except (OSError, AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
        raise DataError(f"{path} is no comparison that save wrote: {error!r}. Give the file of one.") from error
    return found


class Gains(tuple):
    """What a method gains over a baseline, a Pair for each budget; `print` says it in words."""

    def __str__(self) -> str:
        return "\n".join(map(self._sentence, self))

    def _sentence(self, pair: Pair) -> str:
        kind = "too little to tell" if pair.difference.is_too_little else "no transfer gain shown"
        if pair.is_shown:
            kind = "positive transfer" if pair.difference.mean > 0 else "NEGATIVE transfer"
        gain = f"{pair.first} gains {verdicts.points(pair.difference)} over {pair.second}"
        return f"{_budget(pair.labels_per_class)}: {gain}: {kind}"


@checked
def transfer_gain(comparison: Comparison, method: str, baseline: str = "scratch") -> Gains:
    """The accuracy of `method` minus that of `baseline` with the same labels, for every budget that both finished.

    Below zero it is negative transfer (Pan and Yang, IEEE Transactions on Knowledge and Data Engineering 22, 2010).

    Raises:
        DataError: the two were not both run.
    """
    wanted = {method, baseline}
    budgets = [pair.labels_per_class for pair in comparison.pairs if {pair.first, pair.second} == wanted]
    return Gains(comparison.pair(method, baseline, labels) for labels in budgets or [None])


def _budget(labels_per_class: int | None) -> str:
    return "all labels" if labels_per_class is None else f"{labels_per_class} labels per class"


def _plain(row: Row | Pair | Difference) -> dict:
    """A dataclass as JSON values, which have no NaN and no tuples."""
    values = {key: list(value) if isinstance(value, tuple) else value for key, value in vars(row).items()}
    return {key: None if value != value else value for key, value in values.items()}


def _table(rows: list[Row]) -> list[str]:
    cells = [("labels per class", "method", "accuracy", "95 % interval", "seeds", "seconds", "trainable parameters")]
    has_energy = any(row.joules is not None for row in rows)
    cells[0] += ("joules", "g CO2") if has_energy else ()
    for row in rows:
        interval = "one seed: none" if np.isnan(row.low) else f"{row.low:.3f} to {row.high:.3f}"
        parameters = "?" if row.trainable_parameters is None else f"{row.trainable_parameters:,}"
        labels = "all" if row.labels_per_class is None else str(row.labels_per_class)
        numbers = f"{row.mean:.3f}", interval, str(len(row.accuracies)), f"{row.seconds:.1f}", parameters
        energy = ("?", "?") if row.joules is None else (f"{row.joules:.3g}", f"{row.grams:.2g}")
        cells.append((labels, row.method, *numbers, *(energy if has_energy else ())))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in cells]
    return [lines[0], "  ".join("-" * w for w in widths), *lines[1:]]
