"""What a run of the six steps found: printable, and written to a folder as JSON, a report and a Keras model."""

import dataclasses
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import keras
import numpy as np

from tlteach.core import machine
from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import write_json, written_together
from tlteach.core.machine import versions
from tlteach.core.modality import Form, Source
from tlteach.core.task import Task
from tlteach.engine.evaluation import Evaluation
from tlteach.evidence import data_versions
from tlteach.evidence.energy import Cost
from tlteach.evidence.fingerprint import code_of_tlteach
from tlteach.evidence.report import report
from tlteach.evidence.verdicts import compare


@dataclass(frozen=True)
class Stage:
    """One of the two trainings: the head on the frozen base, or fine-tuning.

    `features` is what reached the head then, (n, d), for those test inputs that tlteach.evidence.projection.spread
    names; the report draws them.
    """

    test: Evaluation
    validation_accuracy: float
    validation_loss: float
    trainable_parameters: int
    seconds: float
    epochs: int
    best_epoch: int
    history: dict[str, list[float]]
    features: np.ndarray | None = None


@dataclass(frozen=True)
class Result:
    """The record of `tl.transfer`: `print(result)` shows the table, `result.save(folder)` writes it.

    `frozen` and `fine_tuned` are judged on the same test split; `kept` names the one that is better on validation,
    and `model` is that one. `fine_tuned` is None where no epochs were asked for. `form` is what the model's inputs are
    made with, such as the image size or a tokenizer. `cost` is what the run took in energy, if that was measured.
    """

    task: Task
    source: Source
    model: keras.Model
    form: Form
    seed: int
    settings: dict
    steps: list[dict]
    frozen: Stage
    fine_tuned: Stage | None
    seconds: float
    device: str = field(default_factory=machine.name)
    cost: Cost | None = None

    @property
    def kept(self) -> str:
        """The stage with the better validation accuracy (at the same accuracy, the lower validation loss)."""
        if self.fine_tuned is None:
            return "frozen"
        frozen, tuned = (
            (-stage.validation_accuracy, stage.validation_loss) for stage in (self.frozen, self.fine_tuned)
        )
        return "fine_tuned" if tuned < frozen else "frozen"

    @property
    def best(self) -> Stage:
        """The stage that was kept."""
        return self.fine_tuned if self.kept == "fine_tuned" else self.frozen

    @property
    def comparison(self) -> dict | None:
        """Whether the two stages differ on the test split (McNemar's test), with a verdict in words."""
        if self.fine_tuned is None:
            return None
        return compare(self.frozen.test, self.fine_tuned.test, ("frozen", "fine-tuned"))

    def __str__(self) -> str:
        rows = [("stage", "test accuracy", "95 % interval", "seconds", "trainable parameters")]
        for name, stage in self._stages():
            low, high = stage.test.interval
            accuracy, seconds = f"{stage.test.accuracy:.3f}", f"{stage.seconds:.1f}"
            rows.append((name, accuracy, f"{low:.3f} to {high:.3f}", seconds, f"{stage.trainable_parameters:,}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        lines.insert(1, "  ".join("-" * w for w in widths))
        return "\n".join([*lines, *self.sentences()])

    def sentences(self) -> list[str]:
        """What the table means, in words."""
        found = [f"{len(self.task.test)} test inputs, {len(self.task.train)} training inputs, {self.device}."]
        if self.fine_tuned:
            frozen, tuned, compared = self.frozen, self.fine_tuned, self.comparison
            kept, other = (tuned, frozen) if self.kept == "fine_tuned" else (frozen, tuned)
            name = "fine-tuned" if kept is tuned else "frozen"
            reason = f"{kept.validation_accuracy:.3f} against {other.validation_accuracy:.3f}"
            if kept.validation_accuracy == other.validation_accuracy:
                reason = f"the same accuracy, {kept.validation_accuracy:.3f}, at a lower loss"
            helped = "" if kept is tuned else " Fine-tuning did not help."
            found.append(f"Kept: the {name} model; on validation it has {reason}.{helped}")
            found.append(
                f"The frozen model alone is right on {compared['only_first']} of the test inputs, the fine-tuned one "
                f"alone on {compared['only_second']}: {compared['verdict']} "
                f"(McNemar p = {compared['p_value']:.2g})."
            )
        if self.cost:
            found.append(f"Energy of the run: {'; '.join(str(self.cost).splitlines())}.")
        if self.task.left_out:
            what = f"{len(self.task.left_out)} {self.task.train.listed}s"
            found.append(f"{what} were left out; results.json names them and says why.")
        return found

    def to_dict(self) -> dict:
        """Everything but the model, as plain JSON values."""
        stages = dict(self._stages(keys=True))
        return {
            "task": self.task.name,
            "tier": self.task.tier,
            "source": self.source.name,
            "source_folder": getattr(self.source, "folder", None),
            "source_sha256": getattr(self.source, "sha256", None),
            "origin": self.task.origin,
            "data": data_versions.digests(self.listing),
            "classes": list(self.task.class_names),
            **self.form.size,
            "seed": self.seed,
            "settings": self.settings,
            "versions": versions(),
            "code": code_of_tlteach(),
            "backend": keras.backend.backend(),
            "device": self.device,
            "steps": self.steps,
            "accuracy": {
                key: {"value": stage.test.accuracy, "interval": list(stage.test.interval)}
                for key, stage in stages.items()
            },
            "validation_accuracy": {key: stage.validation_accuracy for key, stage in stages.items()},
            "kept": self.kept,
            "comparison": self.comparison,
            "n_train": len(self.task.train),
            "n_validation": len(self.task.validation),
            "n_test": len(self.task.test),
            "trainable_parameters": {key: stage.trainable_parameters for key, stage in stages.items()},
            "seconds": {**{key: stage.seconds for key, stage in stages.items()}, "total": self.seconds},
            "history": {key: stage.history for key, stage in stages.items()},
            "best_epoch": {key: stage.best_epoch + 1 for key, stage in stages.items()},
            "confusion": self.best.test.confusion.tolist(),
            "left_out": [{"path": found.where, "reason": found.reason} for found in self.task.left_out],
            "notes": list(self.task.notes),
            **({"energy": self.cost.to_dict()} if self.cost else {}),
        }

    def card(self) -> dict:
        """What tells, beside the model of a run, what it is and how good: plain JSON values."""
        source = dataclasses.asdict(self.source)
        known = ("name", "title", "trained_on", "licence", "citation", "repository", "revision", "sha256")
        return {
            "task": self.task.name,
            "modality": self.task.modality,
            "classes": list(self.task.class_names),
            **self.form.size,
            "source": {key: source[key] for key in known if source.get(key)},
            "kept": self.kept,
            "accuracy": {"value": self.best.test.accuracy, "interval": list(self.best.test.interval)},
            "versions": versions(),
        }

    @cached_property
    def listing(self) -> list[data_versions.Row]:
        """Every input of the run's task, with its split, class and hash."""
        return data_versions.listing(self.task)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that `save` writes."""
        return ("results.json", "report.html", "model.keras", *self.form.files, "card.json", data_versions.FILE)

    @checked
    def save(self, folder: str | Path) -> Path:
        """Write results.json, report.html, model.keras, card.json and data.csv into `folder`, all of them or none.

        What the model cannot be asked without, such as a tokenizer, is written beside it.

        Files of an earlier run in the same folder are replaced; nothing else in it is touched.

        Raises:
            DataError: the folder cannot be made or written to.
        """
        folder = Path(folder)
        try:
            with written_together(folder) as part:
                write_json(part / "results.json", self.to_dict())
                # The name of a file can hold what is no letter.
                (part / "report.html").write_text(report(self), encoding="utf-8", errors="backslashreplace")
                self.model.save(part / "model.keras")
                for name, write in self.form.files.items():
                    write(part / name)
                write_json(part / "card.json", self.card())
                data_versions.save(self.listing, part / data_versions.FILE)
        except OSError as error:
            raise DataError(f"The results cannot be written to {folder}: {error}. Choose another folder.") from error
        return folder

    def _stages(self, keys: bool = False) -> list[tuple[str, Stage]]:
        stages = [("frozen" if keys else "frozen base", self.frozen)]
        return stages + ([("fine_tuned" if keys else "fine-tuned", self.fine_tuned)] if self.fine_tuned else [])
