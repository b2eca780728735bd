"""One run of a comparison: carrying it out in a process of its own, and its file on the disk."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import os
import re
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path

import cloudpickle
import joblib
import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.files import digest_of, write_json
from tlteach.core.task import Task
from tlteach.evidence import energy
from tlteach.evidence.fingerprint import code_of_tlteach, describe, fingerprint, surroundings

# Keras and its backend are imported inside functions: a worker first says how many threads it wants.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


@dataclass(frozen=True)
class Outcome:
    """What a method gives back: what it says about the inputs of task.test, and what it cost.

    `predictions` are classes (n,) or probabilities (n, classes); `seconds` are measured where they are None.
    """

    predictions: np.ndarray
    seconds: float | None = None
    trainable_parameters: int | None = None


@dataclass(frozen=True)
class Job:
    """One run that is to be done: `method` names it, `key` is a hash of all that it depends on, `path` is its file.

    `country` says whose electricity it takes; None where energy is not measured.
    """

    method: str
    labels_per_class: int | None
    seed: int
    key: str
    path: Path
    country: str | None = None


@dataclass(frozen=True)
class Run:
    """One run that was done: the classes that it `predicted` on the test inputs, (n,), or the `error` that ended it.

    `energy` is what an energy.Cost has, as a dictionary, where that was asked for.
    """

    method: str
    labels_per_class: int | None
    seed: int
    predicted: np.ndarray | None = None
    seconds: float | None = None
    trainable_parameters: int | None = None
    error: str | None = None
    energy: dict | None = None

    def to_dict(self) -> dict:
        """The run as plain JSON values; its predictions are one line of text."""
        predicted = None if self.predicted is None else " ".join(map(str, self.predicted.tolist()))
        return {**asdict(self), "predicted": predicted}

    @classmethod
    def from_dict(cls, values: dict) -> Run:
        """The run that `to_dict` wrote."""
        predicted = values["predicted"]
        return cls(**{**values, "predicted": None if predicted is None else np.array(predicted.split(), dtype=int)})


def jobs_for(
    methods: dict[str, Callable], task: Task, seeds: int, budgets: list, folder: Path, country: str | None = None
) -> list[Job]:
    """Every run of a grid, the small budgets first."""
    everything = digest_of(fingerprint(task), json.dumps(surroundings(), sort_keys=True), code_of_tlteach())
    described = {name: describe(method) for name, method in methods.items()}
    jobs = []
    for labels in budgets:
        for seed in range(seeds):
            for name in methods:
                measured = [country] if country else []
                key = digest_of(everything, name, described[name], repr(labels), repr(seed), *measured)
                file = f"{re.sub(r'[^A-Za-z0-9]+', '_', name)}-{labels or 'all'}-{seed}-{key[:12]}.json"
                jobs.append(Job(name, labels, seed, key, folder / file, country))
    return jobs


# ---------------------------------------------------------------- files


def read(job: Job) -> Run | None:
    """The run that stands in the job's file; None where there is none, or one of something else."""
    try:
        found = json.loads(job.path.read_text(encoding="utf-8"))
        return Run.from_dict(found["run"]) if found["key"] == job.key else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(job: Job, run: Run, details: str = "") -> None:
    """Write the run into the job's file, whole or not at all."""
    write_json(job.path, {"key": job.key, "run": run.to_dict(), "traceback": details})


# ---------------------------------------------------------------- carrying out


def carry_out(jobs: list[Job], methods: dict[str, Callable], task: Task, workers: int) -> Iterator[None]:
    """Carry out the jobs, each of which leaves its file, and yield after each."""
    if workers == 1:
        for job in jobs:
            _carry_out_one(job, methods[job.method], task)
            yield
        return
    with tempfile.TemporaryDirectory(prefix="tlteach_compare_") as folder:
        luggage = _pack(methods, task, Path(folder) / "luggage")
        try:
            yield from _in_workers(jobs, luggage, workers)
        except BrokenProcessPool:  # one of them was killed and has taken the others with it
            for job in jobs:
                if read(job) is None:
                    _alone(job, luggage)
                    yield
        finally:
            joblib.externals.loky.get_reusable_executor(reuse=True).shutdown(kill_workers=True)


def _in_workers(jobs: list[Job], luggage: Path, workers: int) -> Iterator[None]:
    # loky says so each time it replaces a worker whose memory has grown; that is what it is there for.
    warnings.filterwarnings("ignore", message="A worker stopped while some jobs")
    # One thread for each worker: more would wait for each other.
    with joblib.parallel_config("loky", n_jobs=workers, inner_max_num_threads=1):
        in_parallel = joblib.Parallel(return_as="generator_unordered", pre_dispatch=2 * workers)
    yield from in_parallel(joblib.delayed(_in_a_worker)(job, luggage) for job in jobs)


def _alone(job: Job, luggage: Path) -> None:
    try:
        list(_in_workers([job], luggage, 2))
    except BrokenProcessPool:
        error = "its process was killed; it may have run out of memory (take fewer workers)"
        write(job, Run(job.method, job.labels_per_class, job.seed, error=error))


def _pack(methods: dict[str, Callable], task: Task, path: Path) -> Path:
    path.write_bytes(packed(methods, task))
    return path


def packed(methods: dict[str, Callable], task: Task) -> bytes:
    """Methods and task as they travel. Raises DataError where a method has captured what cannot."""
    try:
        return cloudpickle.dumps((methods, task))
    except Exception as error:  # anything at all can be captured by a function
        raise DataError(
            f"The methods cannot be sent to other processes: {error}. Let each method make what it needs inside "
            "itself, or run them in this process with workers=1."
        ) from error


@functools.lru_cache(maxsize=1)
def _unpack(path: Path) -> tuple[dict[str, Callable], Task]:
    """Once for each worker: its runs then share decoded pictures."""
    return cloudpickle.loads(path.read_bytes())


def _in_a_worker(job: Job, luggage: Path) -> None:
    start_keras()
    import keras

    methods, task = _unpack(luggage)
    _carry_out_one(job, methods[job.method], task)
    keras.utils.clear_session()


def start_keras() -> None:
    """Start Keras in a worker, with one thread: more would wait for each other."""
    os.environ.update(ONE_THREAD)
    from tlteach.core.machine import import_keras

    import_keras()


def _carry_out_one(job: Job, method: Callable, task: Task) -> None:
    write(job, *carried_out(job, method, task))


def carried_out(job: Job, method: Callable, task: Task) -> tuple[Run, str]:
    """Carry out one run without a word; where the method fails, its run has the error, and there is a traceback."""
    import keras

    keras.utils.set_random_seed(job.seed)
    who = job.method, job.labels_per_class, job.seed
    details = ""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            drawn = task if job.labels_per_class is None else task.subset(job.labels_per_class, seed=job.seed)
            with energy.measured(job.country) if job.country else energy.timed() as cost:
                found = method(drawn, job.seed)
            outcome = _outcome(found, drawn)
        run = Run(
            *who,
            _classes(outcome.predictions, task),
            round(cost.seconds if outcome.seconds is None else outcome.seconds, 3),
            outcome.trainable_parameters,
            energy=cost.to_dict() if job.country else None,
        )
    except Exception as error:
        details = traceback.format_exc()
        run = Run(*who, error=f"{type(error).__name__}: {error}")
    return run, details


def _outcome(found, task: Task) -> Outcome:
    """What a method gave back, as an Outcome: a Keras model, or the Result of tl.transfer, is judged on task.test."""
    import keras

    from tlteach.engine.evaluation import evaluate
    from tlteach.engine.network import count
    from tlteach.evidence.result import Result

    if isinstance(found, Outcome):
        return found
    if isinstance(found, Result):
        return Outcome(found.best.test.probabilities, None, found.best.trainable_parameters)
    if isinstance(found, keras.Model):
        parameters = count(found.trainable_weights)
        return Outcome(evaluate(found, task.test).probabilities, None, parameters)
    return Outcome(found)


def _classes(predictions, task: Task) -> np.ndarray:
    """Turn classes (n,) or probabilities (n, classes) into classes (n,)."""
    predictions, n = np.asarray(predictions), len(task.test)
    if predictions.shape == (n, task.n_classes) and np.isfinite(predictions).all():
        return predictions.argmax(axis=1)
    if predictions.shape == (n,) and predictions.dtype.kind in "iu" and set(predictions) <= set(range(task.n_classes)):
        return predictions.astype(int)
    raise DataError(
        f"The method gave back {predictions.dtype} of the shape {predictions.shape}. Give back a Keras model, classes "
        f"({n},) from 0 to {task.n_classes - 1}, or probabilities ({n}, {task.n_classes}), for the inputs of task.test."
    )
