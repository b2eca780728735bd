"""What was measured of a model that was exported, beside the original."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tlteach.core.journal import one_line
from tlteach.evidence.runtimes import Asked

ROUNDS = 5  # of timing


@dataclass(frozen=True)
class Exported:
    """What was written, and how it compares with the original: on `inputs` that `task` has in its test split.

    `difference` is the largest of a probability. Bytes and milliseconds are those of the file and of one input alone.
    `judged` has the accuracies of a quantised model and its original on the whole test split, where that is at hand.
    """

    format: str
    file: str
    quantized: bool
    files: tuple[str, ...]
    bytes: int
    bytes_before: int
    milliseconds: float
    milliseconds_before: float
    difference: float
    tolerance: float | None
    same_class: float
    inputs: int
    task: str
    judged: dict | None = None

    def __str__(self) -> str:
        size = f"{self.bytes / 1e6:.2f} MB (Keras: {self.bytes_before / 1e6:.2f} MB)"
        ms = f"{self.milliseconds:.2f} ms an input (Keras: {self.milliseconds_before:.2f} ms; median, one at a time)"
        asked = f"Asked about {self.inputs} test inputs of {one_line(self.task)}"
        allowed = (
            f"and gives the same class for {self.same_class:.0%}"
            if self.quantized
            else f"allowed: {self.tolerance:.0e}"
        )
        lines = [
            f"{self.file}  {size}  {ms}",
            f"{asked}, it differs by at most {self.difference:.2g} in a probability ({allowed}).",
        ]
        if self.judged:
            lines.append(
                f"On all {self.judged['inputs']} test inputs: {_accuracy(self.judged['quantized'])} quantised, "
                f"{_accuracy(self.judged['original'])} before: {self.judged['verdict']} "
                f"(McNemar p = {self.judged['p_value']:.2g})."
            )
        elif self.quantized:
            lines.append(
                "Its accuracy is not known: the task is not at hand. Name it to have both judged: --task PATH."
            )
        return "\n".join(lines)


def _accuracy(found: dict) -> str:
    low, high = found["interval"]
    return f"accuracy {found['value']:.3f} [{low:.3f}, {high:.3f}]"


def milliseconds(ask: Asked, inputs: list[np.ndarray]) -> float:
    """What one input takes: the median of several, after each has been asked once."""
    taken = []
    for values in inputs * ROUNDS:
        started = time.perf_counter()
        ask(values)
        taken.append(time.perf_counter() - started)
    return 1000 * float(np.median(taken))


def bytes_of(path: Path) -> int:
    """The size of a file, or of all files in a folder."""
    return sum(part.stat().st_size for part in (path.rglob("*") if path.is_dir() else [path]) if part.is_file())
