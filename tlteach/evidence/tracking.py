"""Runs and comparisons in MLflow's dashboard: settings, curves, guards, report, model, and a digest of the data.

    log(result, "tracked")                                  # or: tlteach run --track tracked
    compare(["frozen", "fine_tuned"], task, track="tracked")

Everything goes into a store in that folder, on this disk: nothing is sent anywhere. The full MLflow shows it:

    pip install mlflow
    mlflow ui --backend-store-uri sqlite:///tracked/mlflow.db

A run is the model of one `tlteach run`, or one method with one budget and one seed; what is compared hangs below a run
of the comparison. The same comparison is not logged twice.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.door import checked
from tlteach.core.errors import TlteachError
from tlteach.core.files import digest_of, made_folder
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from tlteach.evidence.result import Result

__all__ = ["log"]

MOST = 1000  # what MLflow takes of metrics at once


@checked
def log(found: Result | Comparison, folder: str | Path, saved: str | Path | None = None) -> str:
    """Log a result or a comparison into the store in `folder`, made where it is not there; returns the run's id.

    `saved` is where the result was saved already. Raises TlteachError where MLflow is not installed.
    """
    client = opened(folder)
    experiment = _experiment(client, folder, found.task if isinstance(found, Comparison) else found.task.name)
    if isinstance(found, Comparison):
        return _log_comparison(client, experiment, found)
    if saved is not None:
        return _log_result(client, experiment, found, Path(saved))
    with tempfile.TemporaryDirectory(prefix="tlteach_track_") as workshop:
        return _log_result(client, experiment, found, found.save(workshop))


def opened(folder: str | Path) -> MlflowClient:
    """A client of the store in the folder, which is made where it is not there.

    Raises TlteachError where MLflow is not installed, and DataError where nothing can be written to the folder.
    """
    # MLflow counts its users unless it is told not to, when it is first imported.
    os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
    try:
        import alembic  # noqa: F401  mlflow-skinny does without; its databases do not
        from mlflow import MlflowClient
    except ImportError as error:
        raise TlteachError('MLflow is not installed, which tracks runs. Run: pip install "tlteach[track]"') from error
    for name in ("mlflow", "alembic"):  # each says what it does to its database
        logging.getLogger(name).setLevel(logging.WARNING)
    store = made_folder(folder).resolve() / "mlflow.db"
    return MlflowClient(tracking_uri=f"sqlite:///{store.as_posix()}")


def _experiment(client: MlflowClient, folder: str | Path, task: str) -> str:
    """The experiment of a task: its runs are listed together."""
    if found := client.get_experiment_by_name(task):
        return found.experiment_id
    artifacts = (Path(folder).resolve() / "artifacts").as_uri()
    # Otherwise the dashboard shows first what is for language models.
    return client.create_experiment(task, artifacts, {"mlflow.experimentKind": "custom_model_development"})


def _log_result(client: MlflowClient, experiment: str, result: Result, saved: Path) -> str:
    record = result.to_dict()
    best = result.best.test
    run = _started(client, experiment, f"{record['source']}, seed {result.seed}", result.seconds)
    _write(
        client,
        run,
        params={
            **{name: record[name] for name in ("source", "seed", "backend", "device", "kept")},
            **result.form.size,
            **record["settings"],
            **{name: value for name, value in record["origin"].items() if name != "seed"},
            **{f"version.{package}": version for package, version in record["versions"].items()},
        },
        metrics={
            "test_accuracy": best.accuracy,
            "test_accuracy_low": best.interval[0],
            "test_accuracy_high": best.interval[1],
            "seconds": result.seconds,
            "trainable_parameters": result.best.trainable_parameters,
            "guards_held": sum(len(step["proved"]) for step in result.steps),
        },
        curves={
            f"{stage}/{name}": values for stage, found in record["history"].items() for name, values in found.items()
        },
        note=f"```\n{result}\n```",
    )
    _log_data(client, run, record)
    client.log_text(run, _guards(record["steps"]), "guards.txt")
    for name in result.files:
        client.log_artifact(run, str(saved / name))
    client.set_terminated(run)
    return run


def _log_data(client: MlflowClient, run: str, record: dict) -> None:
    """What the run learned from: a digest for each split, in the dashboard's column of datasets."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps(record["origin"])
    inputs = [
        DatasetInput(Dataset(record["task"], digest, "local", source), [InputTag("mlflow.data.context", split)])
        for split, digest in record["data"].items()
    ]
    client.log_inputs(run, inputs)


def _log_comparison(client: MlflowClient, experiment: str, comparison: Comparison) -> str:
    key = digest_of(json.dumps(comparison.to_dict(), sort_keys=True))
    if found := client.search_runs([experiment], f"tags.tlteach_key = '{key}'", max_results=1):
        return found[0].info.run_id
    name = f"comparison of {', '.join(comparison.methods)}"
    whole = _started(client, experiment, name, sum(run.seconds or 0 for run in comparison.runs))
    versions = {f"version.{package}": version for package, version in comparison.made_with.get("versions", {}).items()}
    around = {name: value for name, value in comparison.made_with.items() if name != "versions"}
    _write(client, whole, params={**around, **versions}, note=f"```\n{comparison}\n```")
    for run in comparison.runs:
        _log_run(client, experiment, whole, comparison, run)
    client.log_text(whole, f"{comparison}\n", "comparison.txt")
    client.log_text(whole, json.dumps(comparison.to_dict(), indent=2), "comparison.json")
    client.set_tag(whole, "tlteach_key", key)  # last: one that was cut off does not count
    client.set_terminated(whole)
    return whole


def _log_run(client: MlflowClient, experiment: str, whole: str, comparison: Comparison, run: Run) -> None:
    labels = "all" if run.labels_per_class is None else run.labels_per_class
    name = f"{run.method}, {labels} labels per class, seed {run.seed}"
    one = _started(client, experiment, name, run.seconds or 0, {"mlflow.parentRunId": whole})
    metrics = {"seconds": run.seconds, "trainable_parameters": run.trainable_parameters}
    if run.error is None:
        metrics["test_accuracy"] = float((run.predicted == comparison.labels).mean())
    params = {"method": run.method, "labels_per_class": labels, "seed": run.seed}
    _write(client, one, params, metrics, note=run.error or "")
    client.set_terminated(one, "FAILED" if run.error else "FINISHED")


def _started(client: MlflowClient, experiment: str, name: str, seconds: float, tags: dict | None = None) -> str:
    began = int(1000 * (time.time() - seconds))
    return client.create_run(experiment, start_time=began, tags=tags, run_name=name).info.run_id


def _write(
    client: MlflowClient,
    run: str,
    params: dict,
    metrics: dict | None = None,
    curves: dict[str, list[float]] | None = None,
    note: str = "",
) -> None:
    from mlflow.entities import Metric, Param, RunTag

    now = int(1000 * time.time())
    numbers = [Metric(name, value, now, 0) for name, value in (metrics or {}).items() if value is not None]
    for name, values in (curves or {}).items():
        numbers += [Metric(name, value, now, epoch) for epoch, value in enumerate(values, 1)]
    given = [Param(name, str(value)) for name, value in params.items()]
    client.log_batch(run, params=given, tags=[RunTag("mlflow.note.content", note)])
    for some in _pieces(numbers):
        client.log_batch(run, metrics=some)


def _pieces(things: list) -> Iterator[list]:
    for start in range(0, len(things), MOST):
        yield things[start : start + MOST]


def _guards(steps: list[dict]) -> str:
    lines = []
    for step in steps:
        lines.append(f"step {step['step']}  {step['name']}: {step['did']}")
        lines += [f"    proved  {proof}" for proof in step["proved"]]
    return "\n".join(lines) + "\n"
