"""The record of a run, as `results.json` holds it, and the task that it was about."""

import json
from pathlib import Path

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import first_line
from tlteach.core.task import Task
from tlteach.tasks import by_name

NEEDED = ("origin", "data", "settings", "seed", "source", "accuracy", "kept", "versions", "classes")


@checked
def read(run: str | Path) -> dict:
    """The record in the folder of a run. Raises DataError where it is missing, damaged or of an earlier version."""
    path = Path(run).expanduser() / "results.json"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if missing := [name for name in NEEDED if name not in record]:
            raise ValueError(f"it does not tell {', '.join(missing)}, as runs of earlier versions did not")
        return record
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DataError(f"{path} is no record that a run can be made again from: {first_line(error)}.") from error


def columns_of(origin: dict) -> dict[str, str | int]:
    """What `by_name` was given besides a name, of the origin of a task."""
    return {name: origin[name] for name in ("text", "label", "group") if name in origin}


def task_of(record: dict, run: Path, task: Task | None = None) -> Task:
    """The task of a run as it is today; where `task` is given, it stands in for the place that the record names.

    Raises DataError where its data are gone, or the record does not tell where they were.
    """
    origin = record["origin"]
    if task is None and not origin:
        raise DataError(f"{run.name} does not tell where its data came from: they were made in Python. Give the task.")
    subset = {name: origin[name] for name in ("labels_per_class", "seed") if name in origin}
    if task is None:
        try:
            task = by_name(**{name: value for name, value in origin.items() if name not in subset})
        except DataError as error:
            raise DataError(
                f"The data of {run.name} are gone, or no task can be made of them any more: {error} Put them back, or "
                "say where they are now."
            ) from error
    return task.subset(subset["labels_per_class"], seed=subset["seed"]) if subset else task
