"""The commands about a run that is there: ask it, take it away, make it again; and versions of data.

What is slow to import waits for a command.
"""

import argparse
import sys
from pathlib import Path

from tlteach.core import machine
from tlteach.core.errors import DataError
from tlteach.core.files import made_folder
from tlteach.core.options import positive
from tlteach.core.task import Task
from tlteach.tasks import by_name

RUN = {"type": Path, "metavar": "RUN", "help": "the folder of a run, or the model.keras in it"}


def add_to(commands: argparse._SubParsersAction) -> None:
    """Teach the command line `predict`, `app`, `export`, `rerun`, `data list` and `data diff`."""
    predict = commands.add_parser(
        "predict", help="class and probability of pictures, sounds or texts", description=predict_command.__doc__
    )
    predict.add_argument("run", **RUN)
    inputs = 'pictures or sounds, or texts in quotes; "-": a text per line of standard input'
    predict.add_argument("inputs", nargs="+", metavar="INPUT", help=inputs)
    page = "also write a page with all probabilities and what it looked at"
    predict.add_argument("--page", type=Path, metavar="FILE.html", help=page)
    predict.set_defaults(function=predict_command)
    app = commands.add_parser("app", help="`predict` on a web page of this machine", description=app_command.__doc__)
    app.add_argument("run", **RUN)
    app.add_argument("--port", type=positive, default=7860, metavar="N", help="default: %(default)s")
    app.add_argument("--open", action="store_true", help="open the page in your browser")
    app.set_defaults(function=app_command)
    export = commands.add_parser("export", help="take a model away", description=export_command.__doc__)
    export.add_argument("run", **RUN)
    export.add_argument("--format", required=True, choices=("keras", "onnx", "litert", "saved_model"))
    export.add_argument("--out", type=Path, metavar="DIR", help="default: RUN/FORMAT")
    export.add_argument("--task", metavar="NAME_OR_PATH", help="compare on its test inputs; default: as the run says")
    export.add_argument("--quantize", action="store_true", help="litert with weights of 8 bits; tells what that costs")
    export.set_defaults(function=export_command)
    again = commands.add_parser("rerun", help="make a run again, from its record", description=rerun_command.__doc__)
    again.add_argument("run", type=Path, metavar="RUN", help="the folder of the run")
    again.add_argument("--task", metavar="NAME_OR_PATH", help="where its data are now, if not where they were")
    again.add_argument("--out", type=Path, metavar="DIR", help="where to write the new run; default: nowhere")
    again.set_defaults(function=rerun_command)
    _add_data(commands.add_parser("data", help="versions of data: which inputs, and what changed"))


def _add_data(data: argparse.ArgumentParser) -> None:
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
    """Add --text, --label and --group to a command that takes a task."""
    columns = "of a CSV file: its name in the first row; or its position from 0, in a file without such a row"
    command.add_argument("--text", metavar="COLUMN", help=f"the column of texts {columns}; default: text")
    command.add_argument("--label", metavar="COLUMN", help="the column of labels, likewise; default: label")
    group = (
        "what must not stand in two splits: patient, for folders class/patient/ or a patients.csv; a column of a CSV"
    )
    command.add_argument("--group", metavar="WORD", help=group)


def task_of(options: argparse.Namespace) -> Task:
    """The task that was named, by its name or its path; a column in digits is a position."""
    named = options.text, options.label, options.group
    text, label, group = (int(column) if column and column.isdecimal() else column for column in named)
    return by_name(options.task, group, text=text, label=label)


def predict_command(options: argparse.Namespace) -> None:
    """Print the class and its probability for each picture, sound or text."""
    from tlteach.evidence.ask import predict

    missing = predict(options.run, options.inputs, options.page)
    if missing:
        raise DataError(f"{missing} of {len(options.inputs)} inputs could not be read; they are named above.")


def app_command(options: argparse.Namespace) -> None:
    """Ask a model on a web page: class probabilities, and what it looked at. No other machine can reach the page."""
    from tlteach.evidence.app import serve

    serve(options.run, options.port, options.open)


def export_command(options: argparse.Namespace) -> None:
    """Write the model of a run in another format, compared with the original, with a model card beside it."""
    from tlteach.evidence.export import export

    folder, found = export(options.run, options.format, options.out, options.task, options.quantize)
    print(f"{found}\nWritten to {folder}: {', '.join(found.files)}")


def rerun_command(options: argparse.Namespace) -> None:
    """Train as a run did, on its data as they are today; say what differs, and whether the result holds.

    The exit code is 1 where the new accuracy lies outside the interval of the run.
    """
    from tlteach.evidence import record

    of_run = record.read(options.run)  # what is missing is told at once, not after loading Keras
    elsewhere = by_name(options.task, **record.columns_of(of_run["origin"])) if options.task else None
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
