"""The command line: `python -m tlteach`, also installed as `tlteach`."""

import argparse
import os
import signal
import subprocess
import sys
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import tlteach as tl
from tlteach.core import machine
from tlteach.core.errors import DataError, TlteachError
from tlteach.core.files import alone_in, made_folder, new_folder
from tlteach.core.options import not_negative, positive, seed
from tlteach.evidence import commands as of_runs

EXAMPLES = """examples:
  tlteach demo                                   the six steps on the bundled drawings
  tlteach run --task photos/ --image-size 160    on your photos: a folder per class
  tlteach run --task cats_vs_dogs_full --source mobilenet_v2_035 --out runs/cats
  tlteach predict runs/cats mine.jpg
  tlteach predict runs/cats *.jpg --page mine.html    and what it looked at, as a page
  tlteach app runs/cats                          the same on a web page, for this machine alone
  tlteach run --task film_reviews --out runs/films
  tlteach run --task mine.csv --text body --label topic    on your texts: a row per text
  tlteach predict runs/films "I wanted to like it."
  tlteach predict runs/films - < texts.txt       a text per line
  tlteach run --task sounds/ --milliseconds 1500 --out runs/mine    on your sounds: a folder per class
  tlteach predict runs/mine new.wav
  tlteach export runs/cats --format onnx         take it away; also litert, saved_model, keras
  tlteach run --task photos/ --carbon ITA        what it costs in joules and grams of CO2
  tlteach rerun runs/mine                        train as that run did: what differs, does its result hold?
  tlteach data diff runs/mine                    what changed in its data since
  tlteach new project mine --idea cells          a project of your own, guided; or --data photos/
  tlteach doctor                                 what this machine has, and what is missing
  tlteach lab                                    open JupyterLab at the first notebook
  tlteach progress                               what you have solved, lesson by lesson
  tlteach grade handed-in/ --out grades.csv      what a class has solved
  tlteach fetch --all --to mirror/               everything a class downloads, in one folder
"""


def _tasks() -> str:
    named = "; ".join(f"of {room.NAME}s: {', '.join(room.TASKS)}" for room in tl.tasks.ROOMS.values())
    return f"{named}; or the path of a folder of photos or of sounds, or of a CSV file of texts"


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and not in a page of usage."""

    def error(self, message: str) -> None:
        self.exit(2, f"{self.prog}: {message}. See {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = _Parser(
        prog="tlteach",
        description="Learn deep transfer learning by doing it, in six steps.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"tlteach {tl.__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)

    run = commands.add_parser("run", help="the six steps on a task of yours", description=run_command.__doc__)
    run.add_argument("--task", default="cats_vs_dogs", metavar="NAME_OR_PATH", help=_tasks())
    of_runs.add_columns(run)
    run.set_defaults(function=run_command)
    demo = commands.add_parser("demo", help="`run` on the bundled drawings", description=demo_command.__doc__)
    demo.set_defaults(function=demo_command, task="cats_vs_dogs", text=None, label=None, group=None)
    for command in (run, demo):
        _add_run_options(command)

    of_runs.add_to(commands)
    doctor = commands.add_parser("doctor", help="what this machine has", description=doctor_command.__doc__)
    doctor.set_defaults(function=doctor_command)
    lab = commands.add_parser("lab", help="open JupyterLab at the first notebook", description=lab_command.__doc__)
    lab.set_defaults(function=lab_command)

    new = commands.add_parser("new", help="begin a project of your own", description=new_command.__doc__)
    new.add_argument("what", choices=("project",))
    new.add_argument("folder", type=Path, metavar="DIR", help="a new folder")
    of_data = new.add_mutually_exclusive_group()
    of_data.add_argument("--data", type=Path, metavar="PATH", help="your folder of photos or sounds, or a CSV of texts")
    of_data.add_argument("--idea", metavar="NAME", help="drawn data to begin with: cells, signals or game")
    new.set_defaults(function=new_command)
    progress = commands.add_parser("progress", help="what you have solved", description=progress_command.__doc__)
    progress.set_defaults(function=progress_command)
    _add_class_commands(commands)

    pretrain = commands.add_parser(
        "pretrain", help="make the bundled source anew", description=pretrain_command.__doc__
    )
    pretrain.add_argument(
        "--out", type=Path, default=Path("datasets/weights"), metavar="DIR", help="default: %(default)s"
    )
    sources = ("menagerie", "voices")
    pretrain.add_argument("--source", choices=sources, default="menagerie", help="which one; default: %(default)s")
    pretrain.add_argument("--seed", type=int, default=0, metavar="N", help="default: %(default)s")
    pretrain.set_defaults(function=pretrain_command)
    draw = commands.add_parser("draw", help="draw the bundled cats and dogs anew", description=draw_command.__doc__)
    what = draw.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, metavar="DIR", help="a new folder for the cats and dogs")
    what.add_argument("--sheet", type=Path, metavar="PNG", help="instead, one picture with all species and styles")
    draw.set_defaults(function=draw_command)
    return top


def _add_class_commands(commands: argparse._SubParsersAction) -> None:
    grade = commands.add_parser("grade", help="what a class has solved", description=grade_command.__doc__)
    grade.add_argument("folder", type=Path, metavar="FOLDER", help="with the students' notebooks, at any depth")
    grade.add_argument("--out", type=Path, metavar="FILE.csv", help="default: a new grades.csv here")
    grade.set_defaults(function=grade_command)
    fetch = commands.add_parser("fetch", help="make a mirror for a class", description=fetch_command.__doc__)
    which = fetch.add_mutually_exclusive_group(required=True)
    which.add_argument("--all", action="store_true", help="all data and weights of the full tier")
    which.add_argument(
        "--only", nargs="+", metavar="NAME", help="cats_vs_dogs_full, or sources such as mobilenet_v2_035"
    )
    fetch.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder of the mirror")
    fetch.set_defaults(function=fetch_command)


def _add_run_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    what = "what to transfer from, such as mobilenet_v2_035, minilm or the folder of a BERT checkpoint"
    add("--source", metavar="NAME", help=f"{what}; chosen for you if not given")
    for word, help in (room.SIZE for room in tl.tasks.ROOMS.values()):
        add(_option(word), type=positive, metavar="N", help=help)
    usual = ", ".join(f"{room.HEAD['epochs']} on {name}s" for name, room in tl.tasks.ROOMS.items())
    add("--epochs", type=positive, metavar="N", help=f"of training the head; default: {usual}")
    add("--fine-tune-epochs", type=not_negative, default=5, metavar="N", help="default: %(default)s; 0 for none")
    add("--labels-per-class", type=positive, metavar="N", help="learn from so many training inputs of each class")
    add("--seed", type=seed, default=0, metavar="N", help="default: %(default)s")
    add("--out", type=Path, metavar="DIR", help="where to write; default: a new folder in runs/")
    whose = "joules, and grams of CO2 in a country such as ITA; without one, as the world's average electricity"
    add("--carbon", nargs="?", const="WORLD", metavar="COUNTRY", help=whose)
    add("--track", type=Path, metavar="DIR", help="log into a store of MLflow there, for its dashboard")


def run_command(options: argparse.Namespace) -> None:
    """Run the six steps; write results.json, report.html, model.keras with a card, and for texts the tokenizer."""
    task = of_runs.task_of(options)
    size = _size(options, task)
    if options.labels_per_class:
        task = task.subset(options.labels_per_class, options.seed)
    if options.source:
        tl.sources.source_by_name(options.source)  # a slip of the pen is told at once, not after loading Keras
    if options.carbon:
        tl.energy.grid(options.carbon)  # so is a country that there is not
    if options.track:
        tl.tracking.opened(options.track)
    print(task)
    _say_left_out(task)
    # Before the work: it would be a pity to find out at the end that nothing can be written.
    out = made_folder(options.out or new_folder(task.name))
    with alone_in(out):
        machine.import_keras()
        machine.prepare()
        with tl.energy.measured(options.carbon) if options.carbon else nullcontext() as cost:
            result = tl.transfer(
                task,
                options.source,
                epochs=options.epochs,
                fine_tune_epochs=options.fine_tune_epochs,
                seed=options.seed,
                verbose="auto" if sys.stdout.isatty() else 2,  # a progress bar in a file is a thousand lines
                **size,
            )
        result = replace(result, cost=cost)
        result.save(out)
        if options.track:
            tl.tracking.log(result, options.track, out)
    print(f"\n{result}\nWritten to {out}: {', '.join(result.files)}")


def demo_command(options: argparse.Namespace) -> None:
    """Run the six steps on the bundled drawings of cats and dogs."""
    run_command(options)


def doctor_command(options: argparse.Namespace) -> None:
    """Print versions, devices, what data and weights are on the disk, and what to do about what is missing."""
    from tlteach.course.doctor import examine

    print(examine())


def lab_command(options: argparse.Namespace) -> None:
    """Open JupyterLab at the first notebook."""
    from tlteach.core.files import notebooks

    first = min(notebooks().glob("[0-9]*.ipynb"), default=None)
    if first is None:
        raise DataError(f"There is no notebook in {notebooks()}. Get the whole repository.")
    try:
        import jupyterlab  # noqa: F401
    except ImportError as error:
        raise TlteachError('JupyterLab is not installed. Run: pip install "tlteach[lab]"') from error
    sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", str(first)]))


def new_command(options: argparse.Namespace) -> None:
    """Lay out a project: the guided notebook, from a question to a model that others can use, and the rubric."""
    from tlteach.course.project import new

    print(new(options.folder, options.data, options.idea))


def progress_command(options: argparse.Namespace) -> None:
    """Print which exercises, questions and predictions you have done, lesson by lesson."""
    from tlteach.course.progress import table

    print(table())


def grade_command(options: argparse.Namespace) -> None:
    """Read students' notebooks, running nothing of them, and write which exercises they had solved as a CSV."""
    from tlteach.course.grade import grade, summary

    out = options.out or Path("grades.csv")
    if options.out is None and out.exists():
        raise DataError(f"{out} is there already. Name another file with --out, or the same one to replace it.")
    print(summary(grade(options.folder, out), out))


def fetch_command(options: argparse.Namespace) -> None:
    """Bring the data and weights of the full tier into one folder, with their SHA256SUMS, for TLTEACH_MIRROR."""
    from tlteach.course import mirror

    mirror.make(options.to, options.only or ())


def pretrain_command(options: argparse.Namespace) -> None:
    """Train a bundled source on what is drawn: animals, never cats, dogs or a species kept unseen; or voices.

    The base of voices hears words of five invented languages, and none of the language that it is to be tried on.
    """
    if options.source == "voices":
        from tlteach.sound.voices.pretrain import pretrain
    else:
        from tlteach.image.menagerie.pretrain import pretrain

    pretrain(options.out, seed=options.seed)


def draw_command(options: argparse.Namespace) -> None:
    """Draw the bundled cats and dogs into a folder, or a contact sheet of the whole menagerie."""
    if options.sheet:
        tl.menagerie.contact_sheet().quantize(160, dither=0).save(options.sheet, optimize=True)
    else:
        tl.menagerie.render_cats_vs_dogs(options.out)


def _option(word: str) -> str:
    """The option for a word of base_model: image_size becomes --image-size."""
    return f"--{word.replace('_', '-')}"


def _size(options: argparse.Namespace, task: tl.tasks.Task) -> dict[str, int]:
    """How large an input may be, if that was asked for, in the measure that fits the task."""
    fits, _ = tl.tasks.ROOMS[task.modality].SIZE
    for word, _ in (room.SIZE for room in tl.tasks.ROOMS.values()):
        if word != fits and getattr(options, word):
            raise DataError(
                f"{_option(word)} means nothing for {task.train.called}, which the task {task.name} has: see "
                f"{_option(fits)}."
            )
    return {fits: getattr(options, fits)} if getattr(options, fits) else {}


def _say_left_out(task: tl.tasks.Task, most: int = 20) -> None:
    for found in task.left_out[:most]:
        print(f"left out: {found}")
    if len(task.left_out) > most:
        print(f"left out: {len(task.left_out) - most} more {task.train.listed}s, which results.json will name")


def main(arguments: list[str] | None = None) -> None:
    """Run one command; a user's mistake is one clear line and exit code 2."""
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names of files and classes can be in any script
            stream.reconfigure(errors="replace")
    with suppress(ValueError):  # in a thread that is not the first
        signal.signal(signal.SIGTERM, _terminated)  # as Ctrl-C does: what is temporary is removed on the way out
    try:
        options.function(options)
        sys.stdout.flush()
    except TlteachError as error:
        sys.exit(_fail(str(error), 2))
    except BrokenPipeError:  # `tlteach ... | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python writes once more, at its end
        sys.exit(141)
    except MemoryError as error:
        cure = "Close other programs, take smaller inputs, or fewer with --labels-per-class"
        sys.exit(_fail(f"The memory of this machine is not enough: {str(error) or 'no more is given'}. {cure}.", 2))
    except OSError as error:  # of a folder, a file or a disk; it says which
        sys.exit(_fail(f"{error}.", 2))
    except KeyboardInterrupt:
        sys.exit(_fail("interrupted; what was written is whole, and the same command can be run again", 130))


def _terminated(*_) -> None:
    sys.exit(_fail("terminated; what was written is whole, and the same command can be run again", 143))


def _fail(message: str, code: int) -> int:
    print(f"tlteach: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
