"""A run made again from its record: what differs today, and whether its result holds.

print(rerun("runs/cats_vs_dogs-1"))
"""

from dataclasses import dataclass
from pathlib import Path

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.task import Task
from tlteach.evidence import data_versions, record
from tlteach.evidence.result import Result
from tlteach.evidence.transfer import transfer
from tlteach.tasks import ROOMS

# What transfer takes; the rest of the settings follows from it.
GIVEN = ("epochs", "fine_tune_epochs", "from_layer", "learning_rate", "fine_tune_learning_rate", "cache")


@dataclass(frozen=True)
class Rerun:
    """A run and its repetition. Print it.

    `differs` has a sentence for each thing that is not as it was. `old` and `interval` are the accuracy on test of the
    stage that the run kept, and its 95 % interval.
    """

    run: Path
    kept: str
    old: float
    interval: tuple[float, float]
    result: Result
    differs: list[str]

    @property
    def new(self) -> float:
        """The accuracy of the same stage today."""
        stage = self.result.fine_tuned if self.kept == "fine_tuned" else self.result.frozen
        return stage.test.accuracy

    @property
    def holds(self) -> bool:
        """Whether today's accuracy lies in the interval of the run."""
        return self.interval[0] <= self.new <= self.interval[1]

    def __str__(self) -> str:
        low, high = self.interval
        differs = [f"differs: {one}" for one in self.differs] or ["Nothing that is recorded differs."]
        within = "inside" if self.holds else "OUTSIDE"
        same = ", the very same number" if self.new == self.old else ""
        found = (
            f"Test accuracy {self.new:.3f}{same}: {within} the interval of {self.run.resolve().name}, which had "
            f"{self.old:.3f} ({low:.3f} to {high:.3f})."
        )
        return "\n".join([*differs, found])


@checked
def rerun(run: str | Path, task: Task | None = None, verbose: str | int = 0) -> Rerun:
    """Train again as the run in a folder did, on its data as they are today, and say what differs.

    The interval of a run tells how far another draw of test inputs would move its accuracy. On the very same inputs, a
    repetition should come much closer: on one machine with one thread, to the same number.

    Args:
        run: its folder, with results.json in it.
        task: its data, where they lie elsewhere now, or were never in a file; a subset is drawn from it as then.
        verbose: 0 prints nothing while it trains.

    Raises:
        DataError: the record is missing, damaged or of an earlier version; the data are gone; or the run used what no
            record can hold, such as a function that augments.
    """
    run = Path(run).expanduser()
    old = record.read(run)
    if old["settings"].get("augmented"):
        raise DataError(f"{run.name} augmented its inputs by a function of its own, which no record holds.")
    task = record.task_of(old, run, task)
    settings = {name: old["settings"][name] for name in GIVEN if name in old["settings"]}
    size, _ = ROOMS[task.modality].SIZE
    rate = settings.get("fine_tune_learning_rate")
    settings |= {"fine_tune_learning_rate": tuple(rate)} if isinstance(rate, list) else {}
    source = old.get("source_folder") or old["source"]
    result = transfer(task, source, seed=old["seed"], verbose=verbose, **settings, **{size: old[size]})
    kept = old["accuracy"][old["kept"]]
    differs = [*_data(old, run, result), *_differences(old, result.to_dict())]
    return Rerun(run, old["kept"], kept["value"], tuple(kept["interval"]), result, differs)


def _data(old: dict, run: Path, result: Result) -> list[str]:
    """What changed in the data, in sentences."""
    now = data_versions.digests(result.listing)
    changed = [split for split in data_versions.SPLITS if old["data"].get(split) != now[split]]
    if not changed:
        return []
    what = "what, is not listed"
    if data_versions.is_listing(run):
        what = data_versions.difference(data_versions.opened(run), result.listing).summary
    return [f"the data of {', '.join(changed)}: {what}"]


def _differences(old: dict, new: dict) -> list[str]:
    """A sentence for everything else that is not as it was."""
    found = []
    if old["classes"] != new["classes"]:
        found.append(f"classes: {', '.join(old['classes'])} then, {', '.join(new['classes'])} now")
    packages = {**old["versions"], **new["versions"]}
    pairs = [(name, old["versions"].get(name), new["versions"].get(name)) for name in packages]
    pairs += [(name, old.get(name), new.get(name)) for name in ("backend", "device", "kept")]
    found += [f"{name}: {then or 'none'} then, {now or 'none'} now" for name, then, now in pairs if then != now]
    if old.get("source_sha256") != new["source_sha256"]:
        found.append(f"the weights of {new['source']}")
    if old.get("code") != new["code"] and old["versions"].get("tlteach") == new["versions"]["tlteach"]:
        found.append("the code of tlteach, under the same version")
    return found
