"""The table of wrong and of correct programs that hold the promise: a step cannot silently do nothing.

A program is a function of a few lines that a learner could have written. Those in the *_programs.py files beside this
one are run by test_promise.py, and counted by `python benchmarks/programs.py`.

    @wrong("The loss is NaN")       it must end in a TlteachError that says so (a regular expression)
    @correct                        it must end without an error
    @silent("why nobody can tell")  it is wrong, runs, and is not caught: listed in the README
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """One program: `words` are what the error must say, or why nobody can tell that it is wrong."""

    kind: str
    run: Callable[[], object]
    words: str = ""

    @property
    def name(self) -> str:
        """Its file and function: "weights: an_optimizer_without_a_rate"."""
        return f"{Path(self.run.__code__.co_filename).stem.removesuffix('_programs')}: {self.run.__name__}"


PROGRAMS: list[Program] = []


def wrong(words: str) -> Callable:
    """The program must end in a TlteachError whose message matches `words`."""
    return lambda run: _add("wrong", run, words)


def silent(why: str) -> Callable:
    """The program is wrong and runs all the same; `why` nobody can tell."""
    return lambda run: _add("silent", run, why)


def correct(run: Callable) -> Callable:
    """The program must run."""
    return _add("correct", run, "")


def _add(kind: str, run: Callable, words: str) -> Callable:
    PROGRAMS.append(Program(kind, run, words))
    return run


@lru_cache
def programs() -> tuple[Program, ...]:
    """Every program of the table, read from the files beside this one."""
    for path in sorted(Path(__file__).parent.glob("*_programs.py")):
        spec = importlib.util.spec_from_file_location(f"promise_{path.stem}", path)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    names = [program.name for program in PROGRAMS]
    assert len(set(names)) == len(names), "two programs of one file share a name"
    return tuple(PROGRAMS)
