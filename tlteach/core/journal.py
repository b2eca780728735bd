"""What each step did and proved: printed as it happens, and kept for whoever asked for a record."""

import textwrap
import time
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from tlteach.core.door import checked

WIDTH = 96  # characters: what fits beside JupyterLab's file browser on a laptop

QUIET, BRIEF, PROOFS = range(3)  # how much is printed: nothing, a line for each step, and every proof

_volume: ContextVar[int] = ContextVar("volume", default=BRIEF)
_record: ContextVar[list[dict] | None] = ContextVar("record", default=None)
_since_step_1: deque[dict] = deque(maxlen=50)


def say(step: int, verb: str, did: str, proved: Iterable[str], verbose: str | int = "auto") -> None:
    """Print what step number `step` did and how many proofs held, and add all of it to the record that is open, if any.

    Args:
        proved: sentences; "" had nothing to prove.
        verbose: 0 prints nothing, 2 every proof.
    """
    entry = {"step": step, "name": verb, "did": did, "proved": list(filter(None, proved))}
    if step == 1:
        _since_step_1.clear()
    _since_step_1.append(entry)
    if (record := _record.get()) is not None:
        record.append(entry)
    with told(verbose):
        _print_step(entry, _volume.get())


def _print_step(entry: dict, volume: int) -> None:
    proved = entry["proved"]
    if volume > QUIET:
        held = f" ({counted(proved, 'proof')} held)" if proved and volume == BRIEF else ""
        _print(f"step {entry['step']}  {entry['name']:<14} ", f"{entry['did']}{held}")
    if volume == PROOFS:
        for proof in proved:
            _print(f"        {'proved':<14} ", proof)


@checked
def proofs(step: int | None = None) -> None:
    """Print each step since the last step 1, or only those numbered `step`, with every proof that held."""
    for entry in _since_step_1:
        if step in (None, entry["step"]):
            _print_step(entry, PROOFS)


@contextmanager
def quietly() -> Iterator[None]:
    """Let the steps inside `with tl.quietly():` print nothing, and Keras draw no progress bars for them."""
    with told(0):
        yield


@contextmanager
def told(verbose: str | int) -> Iterator[None]:
    """Inside, 0 prints nothing, 2 every proof, and anything else as much as outside; what is quiet stays quiet."""
    around = _volume.get()
    volume = {0: QUIET, 2: PROOFS}.get(verbose, around) if around > QUIET else QUIET
    token = _volume.set(volume)
    try:
        yield
    finally:
        _volume.reset(token)


def bars(verbose: str | int) -> str | int:
    """What to tell Keras of its progress bars: `verbose`, or 0 where it is quiet."""
    return verbose if _volume.get() > QUIET else 0


def _print(label: str, text: str) -> None:
    print(wrapped(text, first=label, then=" " * len(label)))


def tell(text: object) -> None:
    """Print a long text in lines that fit the page; JupyterLab would break them in the middle of a word."""
    print("\n".join(map(wrapped, str(text).splitlines())))


def wrapped(text: str, first: str = "", then: str = "") -> str:
    """Return the text in lines that fit the page; the first begins with `first`, the others with `then`."""
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=then, break_on_hyphens=False)


def one_line(text: str) -> str:
    """`text` in one line, without what would move a terminal's cursor."""
    return "".join(c if c.isprintable() else " " for c in text)


def shortened(text: str, most: int = 60) -> str:
    """`text` in one line of at most `most` characters, without what would move a terminal's cursor."""
    line = " ".join(one_line(text).split())
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
