"""Reading many files: in threads, and what is to blame for one that cannot be read."""

import errno
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.pool import ThreadPool
from pathlib import Path

from tqdm import tqdm

from tlteach.core.errors import DataError

THREADS = min(8, os.cpu_count() or 1)
SILENT_BELOW = 2000  # a progress bar for fewer files would only flash by


def in_threads(work: Callable, items: Iterable, title: str, unit: str) -> list:
    """Return [work(item) for item in items], worked on in parallel threads, in the order of the items."""
    items = list(items)
    # None shows the bar on a terminal only; notebooks and log files stay clean.
    disable = True if len(items) < SILENT_BELOW else None
    with ThreadPool(THREADS) as pool:
        results = pool.imap(work, items, chunksize=8)
        return list(tqdm(results, total=len(items), desc=title, unit=unit, disable=disable))


def blame_the_machine(path: Path, error: Exception, reason: str) -> None:
    """Raise DataError for what another file would have met as well: left out, it would be missed by nobody."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        raise DataError(
            f"This machine has too little memory or too few open files left to read {path}: {reason}. "
            "The file may be good: close other programs, then try again."
        ) from error


def gone_since(path: Path, error: Exception, reason: str) -> DataError:
    """Return what to raise for a file of a task that can no longer be read. Raises DataError of its own."""
    blame_the_machine(path, error, reason)
    return DataError(
        f"{path} could be read when the task was built and cannot be read now: {reason}. "
        "Put the file back, or build the task again."
    )


def nothing_in(path: Path) -> str:
    """Return why there is nothing to read at `path`; "" where there is something."""
    if not path.exists():
        return "the file does not exist"
    if not path.is_file():
        return "not a plain file"
    return "an empty file (0 bytes)" if path.stat().st_size == 0 else ""


def stamp(path: Path) -> tuple[int, ...]:
    """Return the size of a file, and when it was last written; nothing where it is gone."""
    with suppress(OSError):
        status = os.stat(path)
        return status.st_size, status.st_mtime_ns, status.st_ino
    return ()
