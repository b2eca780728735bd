"""The commands about records: a run made again, and versions of data. What is slow to import waits for a command."""

import argparse
import sys
from pathlib import Path

from tlteach.core import machine
from tlteach.core.errors import DataError
from tlteach.core.files import made_folder
from tlteach.core.task import Task
from tlteach.tasks import by_name


def add_to(commands: argparse._SubParsersAction) -> None:
    """Teach the command line `rerun`, `data list` and `data diff`."""
    again = commands.add_parser("rerun", help="make a run again, from its record", description=rerun_command.__doc__)
    again.add_argument("run", type=Path, metavar="RUN", help="the folder of the run")
    again.add_argument("--task", metavar="NAME_OR_PATH", help="where its data are now, if not where they were")
    again.add_argument("--out", type=Path, metavar="DIR", help="where to write the new run; default: nowhere")
    again.set_defaults(function=rerun_command)
    data = commands.add_parser("data", help="versions of data: which inputs, and what changed")
    kinds = data.add_subparsers(dest="kind", required=True, metavar="list|diff")
    listed = kinds.add_parser("list", help="every input with its hash", description=list_command.__doc__)
    listed.add_argument("task", metavar="TASK", help="a name or a path, as run --task takes it")
    listed.add_argument("--out", type=Path, metavar="FILE", help="default: the terminal")
    listed.set_defaults(function=list_command)
    diff = kinds.add_parser("diff", help="what changed", description=diff_command.__doc__)
    diff.add_argument("old", metavar="RUN_OR_FILE", help="the folder of a run, or a file that `data list` wrote")
    diff.add_argument("task", nargs="?", metavar="TASK", help="or another run or file; default: the task of the run")
    diff.set_defaults(function=diff_command)
    for command in (listed, diff):
        add_columns(command)


def add_columns(command: argparse.ArgumentParser) -> None:
    """Add --text and --label to a command that takes a task."""
    columns = "of a CSV file: its name in the first row; or its position from 0, in a file without such a row"
    command.add_argument("--text", metavar="COLUMN", help=f"the column of texts {columns}; default: text")
    command.add_argument("--label", metavar="COLUMN", help="the column of labels, likewise; default: label")


def task_of(options: argparse.Namespace) -> Task:
    """The task that was named, by its name or its path; a column in digits is a position."""
    text, label = (int(column) if column and column.isdecimal() else column for column in (options.text, options.label))
    return by_name(options.task, text=text, label=label)


def rerun_command(options: argparse.Namespace) -> None:
    """Train as a run did, on its data as they are today; say what differs, and whether the result holds.

    The exit code is 1 where the new accuracy lies outside the interval of the run.
    """
    from tlteach.evidence import record

    of_run = record.read(options.run)  # what is missing is told at once, not after loading Keras
    columns = {name: of_run["origin"][name] for name in ("text", "label") if name in of_run["origin"]}
    elsewhere = by_name(options.task, **columns) if options.task else None
    print(record.task_of(of_run, options.run, elsewhere))
    out = options.out and made_folder(options.out)
    machine.import_keras()
    machine.prepare()
    from tlteach.evidence.rerun import rerun

    found = rerun(options.run, elsewhere)
    if out:
        found.result.save(out)
    print(f"\n{found}")
    if not found.holds:
        sys.exit(1)


def list_command(options: argparse.Namespace) -> None:
    """List every input of a task: its split, its class, its file, and the hash of what is in it."""
    from tlteach.evidence import data_versions

    rows = data_versions.listing(task_of(options))
    if options.out is None:
        print(data_versions.as_csv(rows), end="")
        return
    data_versions.save(rows, options.out)
    parts = ", ".join(f"{split} {found[:12]}" for split, found in data_versions.digests(rows).items())
    print(f"{len(rows):,} inputs are listed in {options.out}: {parts}")


def diff_command(options: argparse.Namespace) -> None:
    """Say which inputs were removed, added, changed or moved to another split. The exit code is 1 where any was."""
    from tlteach.evidence import data_versions, record

    old = data_versions.opened(options.old)
    if options.task is None and not Path(options.old).is_dir():
        raise DataError(f"Say what {options.old} is to be compared with: a task, a run or another list.")
    if options.task is None:
        run = Path(options.old)
        new = data_versions.listing(record.task_of(record.read(run), run))
    elif data_versions.is_listing(options.task):
        new = data_versions.opened(options.task)
    else:
        new = data_versions.listing(task_of(options))
    print(found := data_versions.difference(old, new))
    if found:
        sys.exit(1)
