"""Compare methods honestly: the same draws of labels for all of them, repeated over seeds, with intervals and a test.

    found = compare(["scratch", "frozen", "fine_tuned"], task, seeds=5, labels_per_class=[10, 50, 200], folder="runs")
    print(found)                                        # the table, and a verdict in words for every pair
    print(transfer_gain(found, "fine_tuned"))           # what transfer is worth, with its sign

A method is a function of a task and a seed. It learns from task.train, may look at task.validation, and gives back a
Keras model (which is then judged on task.test), or an Outcome:

    def linear(task, seed):
        pixels, labels = task.train.arrays(32)
        ...
        return Outcome(predictions)
"""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

import joblib
import keras
import numpy as np
from tqdm import tqdm

from tlteach import recipe
from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import made_folder
from tlteach.core.task import Task
from tlteach.evidence import dask_grid, energy, grid, tracking
from tlteach.evidence.comparison import Comparison, load, transfer_gain
from tlteach.evidence.fingerprint import surroundings
from tlteach.evidence.grid import Outcome
from tlteach.tasks import ROOMS

__all__ = ["Comparison", "Outcome", "compare", "fine_tuned", "frozen", "load", "scratch", "transfer_gain"]

MOST_WORKERS = 4  # each holds Keras, its backend and the pictures in memory


@checked
def scratch(task: Task, seed: int) -> keras.Model:
    """The fair baseline: the best small network that learns the task from nothing, in a laptop's minute."""
    return ROOMS[task.modality].scratch(task, seed)


@checked
def frozen(task: Task, seed: int) -> keras.Model:
    """Steps 1 to 4 of the recipe: train a head on the frozen base that suits the task."""
    keras.utils.set_random_seed(seed)
    model = recipe.add_head(recipe.base_model(recipe.select_source(task)), task, learning_rate=1e-2)
    recipe.train(model, task, epochs=20, seed=seed, verbose=0)
    return model


@checked
def fine_tuned(task: Task, seed: int) -> keras.Model:
    """All six steps: as `frozen`, then the top of the base is unfrozen and learns too, at a low rate."""
    model = frozen(task, seed)
    recipe.recompile(recipe.unfreeze(model, from_layer=0.6), learning_rate=1e-4)
    recipe.train(model, task, epochs=10, seed=seed, verbose=0)
    return model


READY_MADE = {"scratch": scratch, "frozen": frozen, "fine_tuned": fine_tuned}


@checked
def compare(
    methods: Mapping[str, Callable | str] | Iterable[Callable | str],
    task: Task,
    seeds: int = 5,
    labels_per_class: int | Iterable[int] | None = None,
    folder: str | Path | None = None,
    workers: int | None = None,
    progress: bool = True,
    carbon: bool | str = False,
    track: str | Path | None = None,
    client: object | None = None,
) -> Comparison:
    """Run every method with every budget of labels and every seed, and judge them on the same test inputs.

    Seed s draws the same labels for all methods, task.subset(labels_per_class, seed=s), is given to the method, and
    is set as Keras' random seed before it. Each run is written into `folder` when it is finished. Call again with the
    same folder after an interruption, or with more seeds: what is finished is not run again. A file counts as
    finished only if nothing that the run depends on has changed: the inputs and labels of all splits, the name and
    the code of the method with the functions and values that it uses, budget, seed, versions, backend and device.
    What your method imports from a file of yours is known by name only: after a change there, take a new folder.
    Where a method uses what cannot be told apart for certain, such as a model made outside of it, it is run again.

    Args:
        methods: functions of (task, seed) by name, or a list of them; "scratch", "frozen" and "fine_tuned" are there.
            Each returns a Keras model, a Result, an Outcome, classes (n,) or probabilities (n, classes).
        task: its test split is used for the final judgement only.
        seeds: how many; 5 or more say something, 2 are too few to tell, 1 is a glance.
        labels_per_class: one budget or several; None is the whole training split.
        folder: for the files of the runs; without one, they are kept until the end of this call.
        workers: processes, each with one thread; without a number, one for each core, up to 4. 1 stays in this process,
            with all its threads. Seconds can be compared within one call only.
        progress: a bar with the time left, where there is a terminal.
        carbon: measure what each run costs in joules and grams of CO2: True for the world's average electricity, or
            three letters of a country, such as "ITA". The runs then take turns in this process, one at a time: a
            meter cannot tell which of several runs at once takes the energy. See tlteach/evidence/energy.py.
        track: a folder for MLflow's dashboard, see tlteach/evidence/tracking.py.
        client: a client of a Dask cluster, whose workers then carry out the runs; see tlteach/evidence/dask_grid.py.

    Returns:
        A Comparison. A run that failed is named in it with its error, and takes nothing else with it.

    Raises:
        DataError: an unknown method, no seed, a budget that the task does not have, or not one run that succeeded; an
            unknown country, or carbon=... with several workers; a cluster that is not fit for it, or that went away.
        TlteachError: track=... without MLflow.
    """
    if carbon and (client is not None or (workers or 1) > 1):
        raise DataError(
            f"carbon={carbon!r} runs one at a time in this process: a meter cannot tell which of several runs takes "
            "the energy. Leave `workers` and `client` out."
        )
    country = energy.WORLD if carbon is True else carbon or None
    if country:
        energy.grid(country)
    named, budgets = _named(methods), _budgets(labels_per_class, task)
    if track is not None:
        tracking.opened(track)  # before the work: it would be a pity to find out at the end that nothing can be written
    with ExitStack() as closing:
        folder = made_folder(folder or closing.enter_context(tempfile.TemporaryDirectory(prefix="tlteach_runs_")))
        jobs = grid.jobs_for(named, task, seeds, budgets, folder, country)
        left = [job for job in jobs if _is_to_do(job)]
        workers = 1 if country else min(workers or min(joblib.cpu_count(), MOST_WORKERS), max(1, len(left)))
        with tqdm(
            total=len(jobs), initial=len(jobs) - len(left), unit="run", disable=None if progress else True
        ) as bar:
            if client is None:
                finished = grid.carry_out(left, named, task, workers)
            else:
                finished = dask_grid.carry_out(left, named, task, client)
            for _ in finished:
                bar.update()
        done = tuple(grid.read(job) for job in jobs)
    if all(run.error for run in done):
        raise DataError(f"Every run failed. The first, of {done[0].method}, ended with {done[0].error}")
    found = Comparison(task.name, task.test.labels, tuple(named), budgets, done, surroundings())
    if track is not None:
        tracking.log(found, track)
    return found


def _named(methods: Mapping[str, Callable | str] | Iterable[Callable | str]) -> dict[str, Callable]:
    if isinstance(methods, str) or callable(methods):
        methods = [methods]
    if not isinstance(methods, Mapping):
        methods = list(methods)
        names = [method if isinstance(method, str) else getattr(method, "__name__", "") for method in methods]
        if len(set(names)) < len(names) or "" in names:
            raise DataError('Give every method a name of its own: compare({"one": ..., "other": ...}, task).')
        methods = dict(zip(names, methods, strict=True))
    unknown = [name for name in methods.values() if not callable(name) and name not in READY_MADE]
    if unknown or not methods:
        raise DataError(
            f"{', '.join(map(repr, unknown)) or 'Nothing'} is not a method. Give functions of (task, seed), or some of "
            f"{', '.join(READY_MADE)}."
        )
    return {name: method if callable(method) else READY_MADE[method] for name, method in methods.items()}


def _budgets(labels_per_class: int | Iterable[int] | None, task: Task) -> tuple[int | None, ...]:
    if labels_per_class is None:
        return (None,)
    budgets = [labels_per_class] if np.ndim(labels_per_class) == 0 else list(labels_per_class)
    for labels in budgets:
        task.subset(labels)  # raises DataError where the task does not have them
    return tuple(sorted({int(labels) for labels in budgets}))


def _is_to_do(job: grid.Job) -> bool:
    run = grid.read(job)
    return run is None or run.error is not None
