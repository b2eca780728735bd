"""Take a model away: written in another format, compared with the original in its own runtime, and with a card."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tlteach.core.errors import DataError, GuardError, TlteachError
from tlteach.core.files import first_line, write_json, written_together
from tlteach.core.journal import one_line
from tlteach.core.task import Task
from tlteach.engine.evaluation import Evaluation, probabilities_from
from tlteach.evidence import record
from tlteach.evidence.ask import Classifier, opened
from tlteach.evidence.exported import Exported, bytes_of, milliseconds
from tlteach.evidence.model_card import facts, model_card
from tlteach.evidence.runtimes import FORMATS, Asked, quantized, require, written
from tlteach.evidence.verdicts import compare
from tlteach.tasks import by_name

ALONE, TOGETHER = 8, 32  # inputs that are asked about one at a time, and as one batch
HALF = 1e-2  # the tolerance where a model computes in 16 bits, which hold three digits
SAME = 0.5  # the least share of inputs that a quantised model takes for the same class as the original, or it is broken


def export(
    run: str | Path, format: str, out: str | Path | None = None, task: str | None = None, quantize: bool = False
) -> tuple[Path, Exported]:
    """Write the model of a run as `format`, whole or not at all, with what it cannot be asked without and a card.

    It is asked in its own runtime about test inputs of the task that it learned: the one that `task` names, or that the
    run names; where neither is at hand, about those of a bundled task of the same kind.

    Returns:
        The folder, `out` or one named like the format in that of the run, and what was measured.

    Raises:
        DataError: the run cannot be opened, the format cannot hold the model, or nothing can be written there.
        GuardError: what was written gives other answers than the original; it is removed.
        TlteachError: a package is missing.
    """
    if quantize and format != "litert":
        raise DataError(f"--quantize is for litert, and not for {format}. Leave it out, or take --format litert.")
    require(format)
    classifier, home = opened(run), Path(run) if Path(run).is_dir() else Path(run).parent
    out = Path(out) if out else home / (f"{format}_quantized" if quantize else format)
    if out.resolve() == home.resolve():
        raise DataError(f"{out} is the folder of the run itself. Choose another one with --out.")
    results, card = (_json(home / name) for name in ("results.json", "card.json"))
    asked_on, its_own = _task(classifier, home, results, task)
    try:
        with written_together(out) as workshop:
            found = _written(classifier, format, quantize, workshop, asked_on, its_own)
            told, page = _told(classifier, home, card or results, results, found)
            write_json(workshop / "card.json", told)
            (workshop / "README.md").write_text(page, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise DataError(f"The model cannot be written to {out}: {error}. Choose another folder.") from error
    return out, found


def _told(classifier: Classifier, home: Path, said: dict, results: dict, found: Exported) -> tuple[dict, str]:
    """card.json and the page of the model card. Raises DataError where the files of the run are damaged."""
    try:
        told = facts(classifier, said) | {"export": asdict(found)}
        return told, model_card(classifier, told, results, FORMATS[found.format])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"results.json or card.json in {home} is damaged: {first_line(error)}. Move both away to go on without."
        ) from error


def _written(classifier: Classifier, name: str, quantize: bool, folder: Path, task: Task, its_own: bool) -> Exported:
    model, format = classifier.model, quantized(FORMATS[name]) if quantize else FORMATS[name]
    rows = np.linspace(0, len(task.test) - 1, min(TOGETHER, len(task.test))).astype(int)
    alone = [_loaded(classifier, task, [row]) for row in rows[:: max(1, len(rows) // ALONE)]]
    inputs = [*alone, _loaded(classifier, task, rows)]
    before = [_probabilities(model, model.predict_on_batch, x) for x in inputs]

    new = written(model, name, format, folder, inputs[-1])
    after = [_probabilities(model, new, x) for x in inputs]
    difference = float(np.max([np.abs(a - b).max() for a, b in zip(before, after, strict=True)]))
    same_class = float((before[-1].argmax(axis=1) == after[-1].argmax(axis=1)).mean())
    tolerance = None if quantize else HALF if _is_half(model) else format.tolerance
    _require_same(name, difference, tolerance, same_class)

    size = bytes_of(folder / format.file)
    for file, write in classifier.form.files.items():
        write(folder / file)
    labels = "".join(f"{one_line(label)}\n" for label in classifier.class_names)
    (folder / "labels.txt").write_text(labels, encoding="utf-8", errors="backslashreplace")
    return Exported(
        format=name,
        file=format.file,
        quantized=quantize,
        files=tuple(sorted([*(path.name for path in folder.iterdir()), "card.json", "README.md"])),
        bytes=size,
        bytes_before=_bytes_of_keras(model),
        milliseconds=milliseconds(new, alone),
        milliseconds_before=milliseconds(model.predict_on_batch, alone),
        difference=difference,
        tolerance=tolerance,
        same_class=same_class,
        inputs=len(rows),
        task=task.name,
        judged=_judged(classifier, new, task) if quantize and its_own else None,
    )


def _require_same(name: str, difference: float, tolerance: float | None, same_class: float) -> None:
    """Raise GuardError where the new model is not the original; NaN is never the same."""
    if tolerance is not None and not difference <= tolerance:
        raise GuardError(
            f"As {name}, the model gives other answers than before: a probability differs by {difference:.2g}, and "
            f"{tolerance:.0e} is allowed. What was written is removed. Take --format keras or saved_model."
        )
    if tolerance is None and not same_class >= SAME:
        raise GuardError(
            f"Quantised, the model takes only {same_class:.0%} of the inputs for the same class as before. What was "
            "written is removed. Leave --quantize out."
        )


def _judged(classifier: Classifier, new: Asked, task: Task) -> dict:
    """The accuracy of the original and of the new model on the whole test split, and whether they differ."""
    parts = np.array_split(np.arange(len(task.test)), -(-len(task.test) // TOGETHER))
    asked = (classifier.model.predict_on_batch, new)
    found = [
        [_probabilities(classifier.model, ask, _loaded(classifier, task, rows)) for rows in parts] for ask in asked
    ]
    original, after = (Evaluation(np.concatenate(rows), task.test.labels) for rows in found)
    told = {
        key: {"value": e.accuracy, "interval": list(e.interval)}
        for key, e in (("original", original), ("quantized", after))
    }
    return {"inputs": len(task.test), **told, **compare(original, after, ("the original", "the quantised one"))}


def _task(classifier: Classifier, home: Path, results: dict, named: str | None) -> tuple[Task, bool]:
    """The task to ask about, and whether it is the one that was learned."""
    origin = results.get("origin")
    if not origin and results.get("tier") == "bundled":  # of an earlier version
        origin = {"name": results.get("task")}
    origin = origin if isinstance(origin, dict) else {}
    if named:
        task = by_name(named, **(record.columns_of(origin) if Path(named).exists() else {}))
        if not _fits(task, classifier):
            raise DataError(f"The task {task.name} is not what this model learned: it has other classes or inputs.")
        return task, True
    with suppress(TlteachError):  # its data are gone, or cannot be had here: that is no reason not to export it
        task = record.task_of({"origin": origin}, home)
        if _fits(task, classifier):
            return task, True
    return next(iter(classifier.room.TASKS.values()))(), False


def _fits(task: Task, classifier: Classifier) -> bool:
    return task.modality == classifier.room.NAME and list(task.class_names) == list(classifier.class_names)


def _loaded(classifier: Classifier, task: Task, rows: Sequence[int]) -> np.ndarray:
    return np.asarray(task.test.load(rows, classifier.form)).astype(classifier.model.inputs[0].dtype)


def _probabilities(model, ask: Asked, inputs: np.ndarray) -> np.ndarray:
    return probabilities_from(model, np.asarray(ask(inputs), "float32"))


def _is_half(model) -> bool:
    return any("16" in str(layer.compute_dtype) for layer in model._flatten_layers())


def _bytes_of_keras(model) -> int:
    with tempfile.TemporaryDirectory() as folder:
        FORMATS["keras"].write(model, Path(folder) / "model.keras")
        return bytes_of(Path(folder) / "model.keras")


def _json(path: Path) -> dict:
    """What a JSON file says; nothing where it is missing. Raises DataError for a damaged one."""
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise DataError(f"{path} is damaged: {first_line(error)}. Move it away to go on without it.") from error
