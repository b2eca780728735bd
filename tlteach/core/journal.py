"""What each step did and proved: printed as it happens, and kept for whoever asked for a record."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

WIDTH = 96  # characters: what fits beside JupyterLab's file browser on a laptop

_record: ContextVar[list[dict] | None] = ContextVar("record", default=None)


def say(step: int, verb: str, did: str, proved: list[str]) -> None:
    """Print what step number `step` did and what it proved, and add it to the record that is open, if any.

    A proof that is "" had nothing to prove.
    """
    proved = list(filter(None, proved))
    _print(f"step {step}  {verb:<14} ", did)
    for proof in proved:
        _print(f"        {'proved':<14} ", proof)
    record = _record.get()
    if record is not None:
        record.append({"step": step, "name": verb, "did": did, "proved": proved})


def _print(label: str, text: str) -> None:
    print(wrapped(text, first=label, then=" " * len(label)))


def tell(text: object) -> None:
    """Print a long text in lines that fit the page; JupyterLab would break them in the middle of a word."""
    print("\n".join(map(wrapped, str(text).splitlines())))


def wrapped(text: str, first: str = "", then: str = "") -> str:
    """Return the text in lines that fit the page; the first begins with `first`, the others with `then`."""
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False)


def shortened(text: str, most: int = 60) -> str:
    """`text` in one line of at most `most` characters, without what would move a terminal's cursor."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


@contextmanager
def recorded() -> Iterator[list[dict]]:
    """Collect everything that the steps inside say; each entry gets the seconds since the one before it."""
    record = _Timed()
    token = _record.set(record)
    try:
        yield record
    finally:
        _record.reset(token)


class _Timed(list):
    """A list whose entries know how long they took."""

    def __init__(self) -> None:
        super().__init__()
        self.last = time.perf_counter()

    def append(self, entry: dict) -> None:
        now = time.perf_counter()
        super().append({**entry, "seconds": round(now - self.last, 3)})
        self.last = now


def counted(things: Collection, noun: str) -> str:
    """How many `things` there are, in words: "1 layer", "2 layers"."""
    return f"{len(things):,} {noun}{'' if len(things) == 1 else 's'}"


def some(names: Iterable[str], most: int = 3) -> str:
    """The first few of `names`, for a message that must stay readable."""
    names = sorted(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
