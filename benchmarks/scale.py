"""What a comparison costs on a Dask cluster: runs an hour, overhead a run, messages, and 1,000 workers on paper.

    python benchmarks/scale.py                    # some minutes; of quiet cores, or seconds on the clock say little
    python benchmarks/scale.py --only messages    # one of hour, messages, paper; the others stay as they were

hour      runs an hour in one process, and over 1, 2 and 4 workers: 16 runs of SECONDS of arithmetic each
messages  runs that do nothing: what they cost the scheduler and the client in processor time, how many messages and
          bytes pass through the scheduler for a run, and for the task, which travels once
paper     for runs of a second, a minute, ten minutes: how many of 1,000 workers one scheduler and one client keep busy

Seconds on the clock are those of this machine and whatever else it does, so each part notes its load; processor time
is that of the process alone. 4 workers on 2 cores show overhead, not speed. It is written to
benchmarks/results/scale.json and, for the lesson, to datasets/comparisons.
"""

import argparse
import json
import os
import time
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import psutil
from distributed import Client
from distributed.deploy.subprocess import SubprocessCluster

import tlteach as tl
from tlteach.core.files import write_json
from tlteach.evidence import grid

HERE = Path(__file__).resolve().parent
FILES = (HERE / "results" / "scale.json", HERE.parent / "datasets" / "comparisons" / "scale.json")
WORKERS = (1, 2, 4)
RUNS, SECONDS = 16, 0.5  # of processor time in a run
EMPTY = 40  # runs that do nothing
LENGTHS = (1, 60, 600)  # seconds of a run, on paper
MANY = 1000  # workers, on paper


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    options = parser.parse_args()
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only:
        found[part] = PARTS[part](found)
        print(part, json.dumps(found[part], indent=2))
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


def busy(task: tl.tasks.Task, seed: int) -> np.ndarray:
    """Arithmetic for SECONDS of this process' time; what comes out does not matter here."""
    until = time.process_time() + SECONDS
    while time.process_time() < until:
        np.linalg.svd(np.random.default_rng(seed).normal(size=(60, 60)))
    return task.test.labels


def nothing(task: tl.tasks.Task, seed: int) -> np.ndarray:
    return task.test.labels


def pictures() -> tl.tasks.Task:
    """160 drawings at 96 px as arrays: they travel with the methods."""
    return tl.tasks.drawings("daylight", n_train=100, n_validation=20, n_test=40)


def cluster(workers: int) -> SubprocessCluster:
    """A scheduler and workers in processes of their own."""
    return SubprocessCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0")


def compared(method, task, seeds: int, **where) -> float:
    """Seconds on the clock for a comparison of one method."""
    started = time.perf_counter()
    found = tl.compare.compare([method], task, seeds=seeds, progress=False, **where)
    assert not found.failed, found.failed[0].error
    return time.perf_counter() - started


def hour(_: dict) -> dict:
    """Runs an hour, where Keras is started already; and what a run takes beyond its own work."""
    task = pictures()
    found = {"runs": RUNS, "seconds of a run": SECONDS, "cores": psutil.cpu_count(), "load before": os.getloadavg()[0]}
    seconds = {"one process": compared(busy, task, RUNS, workers=1)}
    for workers in WORKERS:
        with cluster(workers) as some, Client(some) as client:
            client.wait_for_workers(workers)
            started = time.perf_counter()
            compared(nothing, task, 2 * workers, client=client)
            found[f"start of {workers} workers, seconds"] = round(time.perf_counter() - started, 1)
            seconds[f"{workers} workers"] = compared(busy, task, RUNS, client=client)
    found["runs an hour"] = {name: round(3600 * RUNS / value) for name, value in seconds.items()}
    found["seconds"] = {name: round(value, 2) for name, value in seconds.items()}
    return found | {"load after": os.getloadavg()[0]}


def messages(_: dict) -> dict:
    """Runs that do nothing, on one worker: what passes through the scheduler, and its processor time."""
    task = pictures()
    with cluster(1) as some, Client(some) as client:
        client.wait_for_workers(1)
        client.run_on_scheduler(count_messages)
        scheduler, here = psutil.Process(some.scheduler.process.pid), psutil.Process()
        compared(nothing, task, 2, client=client)  # Keras starts

        def so_far() -> dict[str, float]:
            return {**counts(client), "scheduler": cpu(scheduler), "client": cpu(here)}

        before = so_far()
        time.sleep(10)
        idle = {name: value / 10 for name, value in less(so_far(), before).items()}
        found = {}
        for seeds in (1, EMPTY):
            before = so_far()
            seconds = compared(nothing, task, seeds, client=client)
            found[seeds] = {**less(so_far(), before), "seconds": seconds}
    luggage = len(grid.packed({"nothing": nothing}, task))
    beat = {name: idle[name] * (found[EMPTY]["seconds"] - found[1]["seconds"]) for name in idle}
    a_run = {name: (found[EMPTY][name] - found[1][name] - beat.get(name, 0)) / (EMPTY - 1) for name in found[1]}
    return {
        "runs": EMPTY,
        "a run": {name: round(value, 5) for name, value in a_run.items()},
        "one comparison of one run": {name: round(value, 5) for name, value in found[1].items()},
        "idle, a second": {name: round(value, 5) for name, value in idle.items()},
        "methods and task, bytes": luggage,
        "load": os.getloadavg()[0],
    }


def count_messages(dask_scheduler) -> None:
    """Let the scheduler count what passes through it, in its own process: messages, and the batches they travel in."""
    from distributed.comm import tcp

    counts = dask_scheduler.tlteach_counts = {"batches": 0, "messages": 0, "bytes": 0}
    write, of_frames = tcp.TCP.write, tcp.from_frames

    def counted(message: object, n: int) -> None:
        counts["batches"] += 1
        counts["messages"] += len(message) if isinstance(message, (list, tuple)) else 1
        counts["bytes"] += n

    async def from_frames(frames, *more, **named):
        n = sum(memoryview(frame).nbytes for frame in frames)
        message = await of_frames(frames, *more, **named)
        counted(message, n)
        return message

    async def counted_write(self, message, *more, **named):
        n = await write(self, message, *more, **named)
        counted(message, n or 0)
        return n

    tcp.from_frames, tcp.TCP.write = from_frames, counted_write


def counts(client: Client) -> dict[str, int]:
    return client.run_on_scheduler(lambda dask_scheduler: dict(dask_scheduler.tlteach_counts))


def less(after: dict, before: dict) -> dict:
    return {name: after[name] - before[name] for name in after}


def cpu(process: psutil.Process) -> float:
    """Seconds of processor time so far."""
    times = process.cpu_times()
    return times.user + times.system


def paper(found: dict) -> dict:
    """What 1,000 workers would need, reckoned from what was measured; nobody ran them."""
    a_run, luggage = found["messages"]["a run"], found["messages"]["methods and task, bytes"]
    slowest = max(a_run["scheduler"], a_run["client"])  # each is one process with one loop
    told = {}
    for seconds in LENGTHS:
        rate = min(MANY / seconds, 1 / slowest)
        told[f"runs of {seconds} s"] = {
            "runs a second": round(rate, 2),
            "workers that are kept busy": min(MANY, round(seconds / slowest)),
            "messages a second": round(rate * a_run["messages"]),
            "megabytes a second through the scheduler": round(rate * a_run["bytes"] / 1e6, 3),
        }
    return {
        "workers": MANY,
        "most runs a second": round(1 / slowest, 1),
        **told,
        "the task to all workers, once, megabytes": round(MANY * luggage / 1e6, 1),
        "the task with each of 100,000 runs, megabytes": round(100_000 * luggage / 1e6, 1),
    }


PARTS = {"hour": hour, "messages": messages, "paper": paper}

if __name__ == "__main__":
    main()
