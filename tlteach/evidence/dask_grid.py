"""Runs of a comparison on a Dask cluster: many processes, on one machine or on many.

    from dask.distributed import Client, LocalCluster
    client = Client(LocalCluster(n_workers=2, threads_per_worker=1))
    found = compare(["scratch", "frozen"], task, client=client, folder="runs")

A worker needs the same versions of everything, and tlteach with the same code; its own copy of nothing else: methods
and task travel once to each worker, and a run is then a name, a budget and a seed. Each run is written into the folder
here as soon as it comes back. So what is finished stays, whoever dies: a run whose worker died is given to another,
and where the scheduler itself goes away, the same call goes on with what is left.

https://distributed.dask.org: Rocklin, Dask: Parallel Computation with Blocked algorithms and Task Scheduling (2015).
"""

from __future__ import annotations

import functools
import inspect
import os
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import cloudpickle

from tlteach.core.errors import DataError
from tlteach.core.files import digest_of
from tlteach.core.journal import some
from tlteach.core.task import Task
from tlteach.evidence import grid
from tlteach.evidence.fingerprint import code_of_tlteach, surroundings
from tlteach.evidence.grid import Job, Run

if TYPE_CHECKING:
    from distributed import Client, Future

ATTEMPTS = 3  # at sending the luggage, where all workers that held it have died
GONE = (
    "The Dask cluster went away before all runs were finished. Those that were stay in the folder, if you named one: "
    "start a cluster and call compare again with the same folder."
)


def carry_out(jobs: list[Job], methods: dict[str, Callable], task: Task, client: Client) -> Iterator[None]:
    """Carry out the jobs on the client's workers, write the file of each as it comes back, and yield after each.

    Raises DataError where the workers are not fit for it, or went away for good.
    """
    if not jobs:
        return
    if client.status != "running":
        raise DataError(GONE)
    here = software()
    _require_fit(client, here)
    luggage = grid.packed(methods, task)
    left = {job.key: job for job in jobs}
    try:
        for _ in range(ATTEMPTS):
            for job in _once(list(left.values()), luggage, here, client):
                del left[job.key]
                yield
            if not left:
                return
    except OSError as error:  # distributed's errors of communication are such
        raise DataError(GONE) from error
    raise DataError(GONE)


def software() -> dict[str, str]:
    """What must be the same wherever a run is carried out: every version, the backend, and the code of tlteach."""
    found = surroundings()
    packages = {name: version(name) for name in ("cloudpickle", "dask", "distributed")}
    return {**found["versions"], **packages, "backend": found["backend"], "code of tlteach": code_of_tlteach()[:12]}


def _require_fit(client: Client, here: dict[str, str]) -> None:
    """Raises DataError where there is no worker, or one that would not give the same results as this process."""
    if not (threads := client.nthreads()):
        raise DataError("The Dask cluster has no worker yet. Start some, or wait for them: client.wait_for_workers(1).")
    if max(threads.values()) > 1:
        raise DataError(
            "A Dask worker has several threads, whose runs would disturb each other's random numbers. Start workers "
            "with one: LocalCluster(threads_per_worker=1), or dask worker --nthreads 1 --nworkers N."
        )
    # Each is asked in a run: client.run would start Keras in the thread in which a worker talks to others.
    asked = {name: client.submit(_told, workers=[name], pure=False) for name in threads}
    strangers = [f"{name}: {future.exception()!r}" for name, future in asked.items() if future.exception()]
    if strangers:
        raise DataError(f"A Dask worker cannot start tlteach: {some(strangers)}. Install the same one there.")
    found = {name: future.result() for name, future in asked.items()}
    if several := [place for place, n in Counter(told["process"] for told in found.values()).items() if n > 1]:
        raise DataError(
            f"Several Dask workers share the process {several[0]}, and so its random numbers. Take "
            "LocalCluster(processes=True)."
        )
    for name, told in found.items():
        if differs := _differences(told["software"], here):
            raise DataError(f"The Dask worker {name} has {differs}. Install the same there: results would not compare.")


def _told() -> dict:
    """What a worker says of itself."""
    grid.start_keras()
    return {"process": f"{os.getpid()} of {socket.gethostname()}", "software": software()}


def _differences(there: dict[str, str], here: dict[str, str]) -> str:
    """What is not the same, in words; "" where all is."""
    ours = "tensorflow", "tensorflow-cpu"  # of which a machine has one
    pairs = [(name, there.get(name), here.get(name)) for name in {**here, **there} if name not in ours]
    pairs.append(("tensorflow", *(next(filter(None, map(side.get, ours)), None) for side in (there, here))))
    return some(f"{name} {then or 'not at all'}, not {now}" for name, then, now in pairs if then != now)


def _once(jobs: list[Job], luggage: bytes, here: dict[str, str], client: Client) -> Iterator[Job]:
    """Yield each job that came back, its file written. Jobs whose luggage was lost are missing."""
    from distributed import as_completed

    sent = client.scatter(luggage, broadcast=True, hash=False)
    waiting = {
        client.submit(_on_a_worker, replace(job, path=Path()), digest_of(luggage), sent, here, pure=False): job
        for job in jobs
    }
    try:
        for future in as_completed(waiting):
            if (found := _run_of(future, waiting[future])) is not None:
                grid.write(waiting[future], *found)
                yield waiting[future]
    finally:
        if client.status == "running":
            client.cancel(list(waiting))


def _run_of(future: Future, job: Job) -> tuple[Run, str] | None:
    """What a run gave back, and its traceback; None where it must be sent again."""
    from distributed import CancelledError, KilledWorker

    if future.status == "finished":
        try:
            return future.result()
        except CancelledError:  # its worker died before it had sent what it found
            return None
    if future.status != "error":
        return None
    error = future.exception()
    if isinstance(error, KilledWorker):
        error = "its Dask worker was killed, more than once; it may have run out of memory (see its log)"
    else:
        error = f"{type(error).__name__}: {error}"
    return Run(job.method, job.labels_per_class, job.seed, error=error), ""


def _on_a_worker(job: Job, key: str, luggage: bytes, expected: dict[str, str]) -> tuple[Run, str]:
    grid.start_keras()
    if differs := _differences(_software(), expected):  # it may have come after the others were asked
        raise DataError(f"the Dask worker on {socket.gethostname()} has {differs}")
    import keras

    random_numbers_apart()
    if key not in _unpacked:
        _unpacked.clear()
        _unpacked[key] = cloudpickle.loads(luggage)
    methods, task = _unpacked[key]
    found = grid.carried_out(job, methods[job.method], task)
    keras.utils.clear_session()
    return found


@functools.cache
def random_numbers_apart() -> None:
    """Give each thread of this process Python's `random` for itself.

    Keras draws the seeds of weights from it, and so does the thread in which Dask talks to others, at any moment: a run
    would get other weights now and then.
    """
    own = threading.local()

    def draw(name: str, *args, **named):
        if not hasattr(own, "generator"):
            own.generator = random.Random()
        return getattr(own.generator, name)(*args, **named)

    for name in random.__all__:
        if inspect.ismethod(function := getattr(random, name)) or inspect.isbuiltin(function):
            setattr(random, name, functools.partial(draw, name))


_software = functools.cache(software)
_unpacked: dict[str, tuple[dict[str, Callable], Task]] = {}
"""Once for each worker, by the digest of the luggage: its runs then share decoded pictures."""
