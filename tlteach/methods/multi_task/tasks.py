"""Several tasks on the same inputs: labels by the name of the task, some of which may be missing.

    tasks = multi_task.Tasks(inputs, {"species": species, "ears": ears, "muzzle": muzzle})
    tasks = tasks.keep("species", 60)        # all but 60 labels of that task are missing

A task whose labels are whole numbers is a classification, with -1 where a label is missing. One whose labels are floats
is a regression, with NaN there. In training, a missing label is a sample weight of 0, and the weights of the others are
raised so that they are 1 on average: a task with few labels then counts as much as one with many.
"""

import re
from dataclasses import dataclass

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.engine.arrays import answers


@dataclass(frozen=True, eq=False)
class Tasks:
    """Inputs (n, ...) that all tasks share, and labels (n,) by the name of the task."""

    inputs: np.ndarray
    labels: dict[str, np.ndarray]

    def __post_init__(self) -> None:
        if not isinstance(self.labels, dict) or not self.labels:
            raise DataError('There is no task. Give labels by name, as {"species": species, "ears": ears}.')
        object.__setattr__(self, "inputs", np.asarray(self.inputs))  # lists will do
        object.__setattr__(self, "labels", {name: np.asarray(labels) for name, labels in self.labels.items()})
        for name, labels in self.labels.items():
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", str(name)):
                raise DataError(f"{name!r} cannot name a layer, as its head is to have it. Take letters, digits and _.")
            if labels.ndim != 1 or len(labels) != len(self.inputs):
                raise DataError(
                    f"{name!r} has labels of the shape {labels.shape} for {len(self.inputs)} inputs. Give one for "
                    "each input: -1 (of classes) or NaN (of numbers) where it is missing."
                )
            if labels.dtype.kind not in "iuf":
                raise DataError(
                    f"{name!r} has labels of the type {labels.dtype}. Give whole numbers from 0 for classes, or floats "
                    "for a number: np.unique(labels, return_inverse=True)[1] makes classes of words."
                )
            if not self.known(name).any():
                raise DataError(f"{name!r} has no label at all. Leave the task out.")

    def known(self, name: str) -> np.ndarray:
        """Which inputs have a label of the task, booleans (n,)."""
        return self.labels[name] >= 0 if self.is_classes(name) else np.isfinite(self.labels[name])

    def is_classes(self, name: str) -> bool:
        """Whether the task is a classification."""
        return self.labels[name].dtype.kind in "iu"

    def width(self, name: str) -> int:
        """How many outputs the task needs: its classes, or one number."""
        return int(self.labels[name].max()) + 1 if self.is_classes(name) else 1

    def only(self, *names: str) -> "Tasks":
        """These tasks, and the inputs that have a label of one of them."""
        if missing := [name for name in names if name not in self.labels]:
            raise DataError(f"There is no task {', '.join(map(repr, missing))}. There are: {', '.join(self.labels)}.")
        rows = np.any([self.known(name) for name in names], axis=0)
        return Tasks(self.inputs[rows], {name: self.labels[name][rows] for name in names})

    def keep(self, name: str, n: int, seed: int = 0) -> "Tasks":
        """The same, with `n` labels of the classification `name`, as many of each class; the others are missing."""
        if not self.is_classes(name):
            raise DataError(f"{name!r} is a number, and has no classes of which as many each could be kept.")
        labels, order = self.labels[name], np.random.default_rng(seed).permutation(len(self.inputs))
        each = n // self.width(name)
        least = np.bincount(labels[labels >= 0], minlength=self.width(name)).min()
        if not 0 < each <= least:
            raise DataError(f"A class of {name!r} has only {least} labels, and {n} in all would take {each} of each.")
        rows = np.concatenate([order[labels[order] == label][:each] for label in range(self.width(name))])
        few = np.full_like(labels, -1)
        few[rows] = labels[rows]
        return Tasks(self.inputs, self.labels | {name: few})

    def arrays(self) -> tuple[np.ndarray, dict, dict]:
        """Inputs, labels and sample weights, as Keras' fit takes them for a model with an output for each task."""
        known = {name: self.known(name) for name in self.labels}
        labels = {name: np.where(known[name], values, 0) for name, values in self.labels.items()}
        return self.inputs, labels, {name: (some / some.mean()).astype("float32") for name, some in known.items()}

    def judge(self, model: keras.Model) -> dict[str, float]:
        """By task, the accuracy; for a number, R^2: 1 is perfect, 0 is what always saying the mean would get."""
        return {
            name: self._score(name, predicted(model, self.inputs, name)) for name in self.labels if has(model, name)
        }

    def _score(self, name: str, found: np.ndarray) -> float:
        rows, labels = self.known(name), self.labels[name]
        if self.is_classes(name):
            return float(np.mean(found[rows].argmax(axis=1) == labels[rows]))
        return float(1 - np.mean((found[rows, 0] - labels[rows]) ** 2) / np.var(labels[rows]))


def has(model: keras.Model, name: str) -> bool:
    """Whether a layer of `model`, which is the head of a task, has this name."""
    return any(layer.name == name for layer in model.layers)


@checked
def predicted(model: keras.Model, inputs: np.ndarray, name: str) -> np.ndarray:
    """What the head `name` of `model` makes of the inputs: (n, classes), or (n, 1) for a number."""
    if not has(model, name):
        raise DataError(
            f"{model.name} has no head for {name!r}. Its layers are {', '.join(layer.name for layer in model.layers)}."
        )
    return answers(keras.Model(model.inputs[0], model.get_layer(name).output), np.asarray(inputs))
