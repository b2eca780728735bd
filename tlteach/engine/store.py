"""Room for the features of one training: in memory, within a budget, and what is over in temporary files."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from itertools import chain
from typing import BinaryIO

import numpy as np

from tlteach.core.errors import DataError
from tlteach.engine import kept
from tlteach.engine.feature_batches import OnDisk

MEMORY_BUDGET = 1_000_000_000  # bytes


class Store:
    """`with Store(...) as store:` removes the files at the end, whatever happens inside; memory is the caller's.

    Args:
        memory_budget: bytes of features in memory, those kept from trainings before included.
    """

    def __init__(self, memory_budget: float = MEMORY_BUDGET):
        self.memory_budget = memory_budget
        self._in_use: dict[int, np.ndarray] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exception) -> None:
        self._closing.close()

    def use(self, array: np.ndarray) -> np.ndarray:
        """Count `array` as held until the end."""
        self._in_use[id(array)] = array
        return array

    def collect(self, outputs: Iterator[list[np.ndarray]], rows: np.ndarray) -> list[np.ndarray] | list[OnDisk]:
        """Put what comes for `rows`, batch by batch, one array for each tensor, into its place: memory, or files.

        Raises:
            DataError: it does not fit the disk either.
        """
        first = next(outputs)
        batches = chain([first], outputs)
        needed = len(rows) * sum(x[:1].nbytes for x in first)
        if self._fits(needed):
            arrays = [self.use(np.empty((len(rows), *x.shape[1:]), x.dtype)) for x in first]
            _fill(arrays, batches, rows)
            return arrays
        try:
            _require_space(tempfile.gettempdir(), needed)
            files = [OnDisk(self._file(), x, len(rows)) for x in first]
            _write(files, batches, rows)
        except OSError as error:
            raise _no_space(needed, f"writing them to {tempfile.gettempdir()} failed: {error}") from error
        return files

    def _file(self) -> BinaryIO:
        """A file without a name: the system frees its space even where the process is killed."""
        file = tempfile.TemporaryFile()  # noqa: SIM115
        self._closing.callback(_close, file)
        return file

    def _fits(self, needed: float) -> bool:
        free = self.memory_budget - needed - sum(array.nbytes for array in self._in_use.values())
        if free >= 0:
            kept.drop(free, self._in_use)
        return free >= 0


def _fill(arrays: list[np.ndarray], batches: Iterable[list[np.ndarray]], rows: np.ndarray) -> None:
    start = 0
    for batch in batches:
        some = rows[start : start + len(batch[0])]
        for array, values in zip(arrays, batch, strict=True):
            array[some] = values
        start += len(some)


def _write(files: list[OnDisk], batches: Iterable[list[np.ndarray]], rows: np.ndarray) -> None:
    # Written as a stream and not through a memory map: there, a full disk would end the process without a word.
    start = 0
    for batch in batches:
        some = rows[start : start + len(batch[0])]
        for on_disk, values in zip(files, batch, strict=True):
            for row, value in zip(some.tolist(), values, strict=True):
                on_disk.file.seek(row * on_disk.row_bytes)
                on_disk.file.write(np.ascontiguousarray(value).data)
        start += len(some)
    for on_disk in files:
        on_disk.file.flush()


def _close(file: BinaryIO) -> None:
    with suppress(OSError):  # on a full disk, what is still to be written cannot be
        file.close()


def _require_space(folder: str, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise _no_space(needed, f"{tempfile.gettempdir()} has {free / 1e9:.3g} GB left")


def _no_space(needed: int, found: str) -> DataError:
    return DataError(
        f"The features need {needed / 1e9:.3g} GB, more than the memory budget, and {found}. Nothing was left there. "
        "Free some space, set the environment variable TMPDIR to a larger disk, raise memory_budget, take fewer views, "
        "or turn the cache off with cache=False."
    )
