"""A comparison on a Dask cluster of two processes: the same results, whoever is killed; and strangers are refused."""

import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from places import ROOT
from promise import small

from tlteach.core.errors import DataError
from tlteach.evidence import dask_grid
from tlteach.evidence.compare import Outcome, compare

distributed = pytest.importorskip("distributed", reason='distributed is not installed: pip install "tlteach[scale]"')
from distributed import Client, LocalCluster  # noqa: E402

pytestmark = pytest.mark.slow


def cluster_of(n, **more):
    return LocalCluster(n_workers=n, threads_per_worker=1, dashboard_address=":0", silence_logs=50, **more)


@pytest.fixture(scope="module")
def client():
    with cluster_of(2) as cluster, Client(cluster) as client:
        yield client


def by_colour(task, seed):
    redness = [split.arrays(32)[0][..., 0].mean(axis=(1, 2)) for split in (task.train, task.test)]
    middle = np.median(redness[0])
    return Outcome((redness[1] < middle).astype(int), trainable_parameters=1)


def guess(task, seed):
    """From the global random state, which each run sets."""
    return np.random.randint(0, 2, len(task.test))


def small_network(task, seed):
    import keras

    model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(task.train.batches(32), epochs=1, verbose=0)
    return model


def on(client, methods, folder=None, seeds=3, **settings):
    return compare(methods, small.task(), seeds=seeds, client=client, folder=folder, progress=False, **settings)


def predicted(found):
    return [run.predicted.tolist() for run in found.runs]


def test_the_results_are_those_of_one_process(client):
    methods = {"colour": by_colour, "guess": guess, "network": small_network}
    alone = compare(methods, small.task(), seeds=2, labels_per_class=[2, 4], workers=1, progress=False)
    assert predicted(on(client, methods, seeds=2, labels_per_class=[2, 4])) == predicted(alone)


def test_no_other_thread_takes_the_random_numbers_of_a_run(monkeypatch):
    """Dask's own thread draws from Python's global random numbers, from which Keras draws seeds of weights."""
    for name in random.__all__:
        monkeypatch.setattr(random, name, getattr(random, name))  # so that it is put back
    random.seed(5)
    expected = [random.random(), random.randint(0, 10**9), random.choice(range(1000))]
    dask_grid.random_numbers_apart.__wrapped__()
    random.seed(5)
    found = []
    for draw in (random.random, lambda: random.randint(0, 10**9), lambda: random.choice(range(1000))):
        other = threading.Thread(target=lambda: random.uniform(0, 1))
        other.start()
        other.join()
        found.append(draw())
    assert found == expected


def test_what_is_finished_is_not_run_again(client, tmp_path):
    def noted(task, seed):
        with open(note, "a") as file:
            file.write(f"{seed}\n")
        return guess(task, seed)

    note = str(tmp_path / "calls")
    on(client, [noted], tmp_path / "runs", seeds=2)
    on(client, [noted], tmp_path / "runs", seeds=4)
    assert sorted((tmp_path / "calls").read_text().split()) == list("0123")


def test_a_run_that_fails_takes_nothing_with_it(client):
    def broken(task, seed):
        if seed == 1:
            raise ZeroDivisionError("no such luck")
        return guess(task, seed)

    found = on(client, [broken])
    assert [run.error for run in found.runs] == [None, "ZeroDivisionError: no such luck", None]


def deadly_once(marker):
    """A method that kills its process in the run of seed 1, unless it has left its mark before."""

    def deadly(task, seed):
        if seed == 1 and not os.path.exists(marker):
            Path(marker).touch()
            os._exit(9)
        return guess(task, seed)

    return deadly


def test_a_killed_worker_loses_nothing(client, tmp_path):
    """One run kills its process, the first time: that run and what it had with it are done by another."""
    marker = str(tmp_path / "died")
    deadly = deadly_once(marker)
    found = on(client, {"deadly": deadly}, seeds=6)
    assert os.path.exists(marker)
    assert not found.failed
    harmless = on(client, {"deadly": guess}, seeds=6)
    assert predicted(found) == predicted(harmless)


def test_the_only_worker_is_killed_and_with_it_the_task(tmp_path):
    """What was sent to it once is sent again, to the one that takes its place."""
    marker = str(tmp_path / "died")
    deadly = deadly_once(marker)
    with cluster_of(1) as cluster, Client(cluster) as client:
        found = on(client, {"deadly": deadly})
    assert os.path.exists(marker)
    assert not found.failed


def test_a_scheduler_that_goes_away_is_told_and_the_work_goes_on_later(tmp_path, client, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(str, (ROOT, ROOT / "tests"))))
    stop = str(tmp_path / "stop")

    def slow(task, seed):
        Path(f"{stop}{seed}").touch()
        if seed > 1 and not os.path.exists(f"{stop}ped"):
            time.sleep(60)
        return guess(task, seed)

    folder, where = tmp_path / "runs", tmp_path / "scheduler.json"
    programs = {
        "scheduler": ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", ":0"],
        "worker": ["--nthreads", "1", "--no-nanny", "--no-dashboard"],
    }
    scheduler, worker = (
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{name}", "--scheduler-file", where, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name, options in programs.items()
    )

    def end():
        while not os.path.exists(f"{stop}2"):
            time.sleep(0.1)
        scheduler.kill()

    ending = threading.Thread(target=end)
    ending.start()
    try:
        with Client(scheduler_file=str(where), timeout="10s") as stranded:
            stranded.wait_for_workers(1, timeout=100)
            for _ in range(2):
                with pytest.raises(DataError, match="The Dask cluster went away"):
                    on(stranded, {"slow": slow}, folder)
    finally:
        Path(f"{stop}2").touch()
        ending.join()
        worker.kill()
        scheduler.wait()
        worker.wait()
    assert len(list(folder.glob("slow-*.json"))) == 2
    Path(f"{stop}ped").touch()
    assert not on(client, {"slow": slow}, folder).failed


def test_another_version_is_refused(client, monkeypatch):
    real = dask_grid.software()
    monkeypatch.setattr(dask_grid, "software", lambda: {**real, "numpy": "1.0", "tensorflow": "1.0"})
    with pytest.raises(DataError, match=rf"The Dask worker tcp://.* has numpy {np.__version__}, not 1\.0"):
        on(client, [guess])


def test_a_stranger_that_comes_later_is_refused_too():
    with pytest.raises(DataError, match=r"has backend .*, not nonsense"):
        dask_grid._on_a_worker(None, "", b"", {**dask_grid.software(), "backend": "nonsense"})


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"n_workers": 0}, "has no worker yet"),
        ({"n_workers": 1, "threads_per_worker": 2}, "has several threads"),
        ({"n_workers": 2, "threads_per_worker": 1}, "share the process"),
    ],
)
def test_workers_that_would_disturb_each_other_are_refused(how, words):
    with (
        LocalCluster(processes=False, dashboard_address=":0", **how) as cluster,
        Client(cluster) as client,
        pytest.raises(DataError, match=words),
    ):
        on(client, [guess])


def test_what_is_no_client_is_refused():
    with pytest.raises(DataError, match="it takes None, or a client of a Dask cluster"):
        on("tcp://localhost:8786", [guess])
