"""What stands in MLflow's store after a run and after a comparison; and that nothing is said or sent on the way."""

import json
import subprocess
import sys

import numpy as np
import pytest
from eager import eagerly
from places import ROOT
from promise import small

import tlteach as tl
from tlteach.core.errors import TlteachError
from tlteach.evidence import tracking
from tlteach.evidence.compare import Outcome, compare

WHERE = 'pip install "tlteach[track]"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A store: to make its tables takes seconds."""
    pytest.importorskip("mlflow", reason=f"MLflow is not installed: {WHERE}")
    pytest.importorskip("alembic", reason=f"MLflow's database is not installed: {WHERE}")
    return tmp_path_factory.mktemp("track")


@pytest.fixture(scope="module")
def result():
    with eagerly():
        return tl.transfer(small.task(), "menagerie", image_size=32, epochs=2, fine_tune_epochs=1, verbose=0)


def runs(folder, task):
    client = tracking.opened(folder)
    return client, client.search_runs([client.get_experiment_by_name(task).experiment_id])


def test_a_result_is_found_with_all_that_belongs_to_it(folder, result, tmp_path):
    run = tracking.log(result, folder, result.save(tmp_path))
    client = tracking.opened(folder)
    found = client.get_run(run)
    record = result.to_dict()
    assert found.info.status == "FINISHED"
    assert found.info.run_name == "menagerie, seed 0"
    assert found.data.params["source"] == "menagerie"
    assert found.data.params["epochs"] == "2"
    assert found.data.params["version.keras"] == record["versions"]["keras"]
    assert found.data.metrics["test_accuracy"] == pytest.approx(result.best.test.accuracy)
    assert found.data.metrics["guards_held"] == sum(len(step["proved"]) for step in record["steps"]) > 10
    curve = client.get_metric_history(run, "frozen/val_loss")
    assert [(point.step, point.value) for point in curve] == list(enumerate(record["history"]["frozen"]["val_loss"], 1))
    data = {one.tags[0].value: one.dataset.digest for one in found.inputs.dataset_inputs}
    assert data == record["data"]
    files = {item.path for item in client.list_artifacts(run)}
    assert files == {"guards.txt", *result.files}
    assert "test accuracy" in found.data.tags["mlflow.note.content"]


def test_what_was_not_saved_before_is_saved_for_it(folder, result):
    client, run = tracking.opened(folder), tracking.log(result, folder)
    assert "model.keras" in {item.path for item in client.list_artifacts(run)}


def test_a_comparison_is_a_run_with_its_runs_below_it_and_is_logged_once(folder):
    def right(task, seed):
        return Outcome(task.test.labels)

    def guess(task, seed):
        if seed == 2:
            raise ZeroDivisionError("no such luck")
        return np.random.default_rng(seed).integers(0, 2, len(task.test))

    task = tl.tasks.from_arrays(*small.pictures(24), ("red", "blue"), validation=0.25, test=0.25, name="compared")
    with_settings = {"seeds": 3, "workers": 1, "progress": False, "track": folder}
    found = compare({"right": right, "guess": guess}, task, **with_settings)
    client, every = runs(folder, "compared")
    assert len(every) == 7
    (whole,) = [run for run in every if run.info.run_name == "comparison of right, guess"]
    assert whole.data.params["backend"] == found.made_with["backend"]
    assert str(found) in whole.data.tags["mlflow.note.content"]
    below = [run for run in every if run.data.tags.get("mlflow.parentRunId") == whole.info.run_id]
    assert {run.data.metrics.get("test_accuracy") for run in below if run.data.params["method"] == "right"} == {1.0}
    (failed,) = [run for run in below if run.info.status == "FAILED"]
    assert "no such luck" in failed.data.tags["mlflow.note.content"]
    assert {item.path for item in client.list_artifacts(whole.info.run_id)} == {"comparison.json", "comparison.txt"}
    assert tracking.log(found, folder) == whole.info.run_id
    assert len(runs(folder, "compared")[1]) == 7


@pytest.mark.slow
def test_nothing_is_said_or_sent(folder, tmp_path):
    """In a process of its own, where a connection to anywhere is an error; also while a store is made."""
    code = f"""
import socket
def refuse(*_): raise AssertionError("a connection was tried")
socket.socket.connect = socket.getaddrinfo = refuse
from eager import eagerly
from promise import small
import tlteach as tl
with eagerly(), tl.quietly():
    result = tl.transfer(small.task(), "menagerie", image_size=32, epochs=1, fine_tune_epochs=0)
    tl.tracking.log(result, {str(tmp_path)!r})
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT / "tests", capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_without_mlflow_one_sentence_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(TlteachError, match=r'not installed, which tracks runs\. Run: pip install "tlteach\[track\]"'):
        compare(["frozen"], small.task(), track=tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_record_is_json_that_any_tool_reads(result):
    assert json.loads(json.dumps(result.to_dict()))["data"].keys() == {"train", "validation", "test"}
