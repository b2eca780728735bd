"""The promise, counted: what becomes of every wrong and every correct program of the table in tests/promise/.

    python benchmarks/programs.py            # the four numbers, and each program that did not do as it should
    python benchmarks/programs.py --all      # every program with what it said

caught: a wrong program ends in a sentence that names its mistake. raw: it ends in some other error. silent: it runs.
refused: a correct program ends in an error.
"""

import argparse
import collections
import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from promise.table import Program, programs
from tqdm import tqdm

import tlteach as tl
from tlteach.core.errors import TlteachError
from tlteach.core.files import first_line
from tlteach.core.machine import import_keras


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="show every program, not only the unexpected")
    options = parser.parse_args()
    import_keras()
    every = [(program, *outcome(program)) for program in tqdm(programs(), unit="program", disable=None)]
    for program, became, said in every:
        if options.all or became not in ("caught", "ran", "known to be silent"):
            print(f"{became:<20} {program.name}: {said}")
    counts = collections.Counter(became for _, became, _ in every)
    wrong = sum(program.kind != "correct" for program, *_ in every)
    silent = counts["silent"] + counts["known to be silent"]
    print(f"{wrong} wrong programs: {counts['caught']} caught, {counts['raw']} raw, {silent} silent")
    print(f"{len(every) - wrong} correct programs: {counts['refused']} refused")


def outcome(program: Program) -> tuple[str, str]:
    """What became of the program, and the sentence it ended in."""
    try:
        with tl.quietly():
            program.run()
    except TlteachError as error:
        return "refused" if program.kind == "correct" else "caught", first_line(error)
    except Exception as error:
        said = f"{type(error).__name__}: {first_line(error)}"
        return "refused" if program.kind == "correct" else "raw", said
    return {"correct": "ran", "wrong": "silent", "silent": "known to be silent"}[program.kind], program.words


if __name__ == "__main__":
    main()
