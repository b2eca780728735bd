"""Judge a model on a split: accuracy with its interval, and whether two models differ on the same inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binomtest

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import first_line
from tlteach.core.modality import Split

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Evaluation:
    """What a model said about a split: `probabilities` (n, classes) and the true `labels` (n,)."""

    probabilities: np.ndarray
    labels: np.ndarray

    @cached_property
    def predicted(self) -> np.ndarray:
        """The most probable class of each input, (n,)."""
        return self.probabilities.argmax(axis=1)

    @cached_property
    def correct(self) -> np.ndarray:
        """Whether each prediction is the true label, booleans (n,)."""
        return self.predicted == self.labels

    @property
    def accuracy(self) -> float:
        """The share of correct predictions."""
        return float(self.correct.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the accuracy for a test set of this size: Wilson, JASA 22 (1927)."""
        found = binomtest(int(self.correct.sum()), len(self.labels)).proportion_ci(0.95, method="wilson")
        return float(found.low), float(found.high)

    @property
    def confusion(self) -> np.ndarray:
        """Counts (classes, classes): true class by row, predicted class by column."""
        counts = np.zeros((self.probabilities.shape[1],) * 2, dtype=int)
        np.add.at(counts, (self.labels, self.predicted), 1)
        return counts

    def worst(self, most: int) -> np.ndarray:
        """Rows of the wrong predictions, the most confident first, at most `most`."""
        confidence = np.where(self.correct, -1.0, self.probabilities.max(axis=1))
        return np.argsort(-confidence, kind="stable")[: min(most, int((~self.correct).sum()))]

    def told(self, row: int, class_names: Sequence[str]) -> str:
        """What an input is, what it was taken for, and how surely: "ant, taken for bee (97%)"."""
        true, predicted = class_names[self.labels[row]], class_names[self.predicted[row]]
        return f"{true}, taken for {predicted} ({self.probabilities[row].max():.0%})"

    def __str__(self) -> str:
        low, high = self.interval
        return f"accuracy {self.accuracy:.3f} [{low:.3f}, {high:.3f}] on {len(self.labels)} inputs"


@checked
def evaluate(model: keras.Model, split: Split, batch_size: int = 64) -> Evaluation:
    """Let `model` predict every input of `split`; one sigmoid output and logits are turned into probabilities."""
    outputs = model.predict(split.batches(split.form_of(model), batch_size), verbose=0).astype("float64")
    found = Evaluation(probabilities_from(model, outputs), split.labels)
    if found.probabilities.shape[1] < split.n_classes:
        told = f"{found.probabilities.shape[1]} classes, and the split has {split.n_classes}"
        raise DataError(f"{model.name} tells {told}. Evaluate it on the task that it learned.")
    return found


def probabilities_from(model: keras.Model, outputs: np.ndarray) -> np.ndarray:
    """Turn what `model` puts out, (n, classes) or (n, 1) for two classes, into probabilities (n, classes)."""
    logits = gives_logits(model)
    if outputs.shape[1] == 1:
        positive = 1 / (1 + np.exp(-outputs)) if logits else outputs
        return np.hstack([1 - positive, positive])
    if logits:
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return outputs


def gives_logits(model: keras.Model) -> bool | None:
    """Whether `model` ends without softmax or sigmoid; None when its last layer does not say."""
    import keras

    last = model.layers[-1]
    if isinstance(last, keras.Model):
        return gives_logits(last)
    if isinstance(last, keras.layers.Softmax):
        return False
    name = getattr(getattr(last, "activation", None), "__name__", None)
    return {"linear": True, "softmax": False, "sigmoid": False}.get(name)


def as_array(values: np.ndarray, name: str) -> np.ndarray:
    """`values` as an array. Raises DataError, with `name` in it, where they cannot be one."""
    try:
        return np.asarray(values)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} is no array of numbers: {first_line(error)}") from error


def as_features(features: np.ndarray, name: str) -> np.ndarray:
    """`features` as float64 (n, d). Raises DataError, with `name` in it, for what is not that or is not finite."""
    features = as_array(features, name)
    if features.ndim != 2 or 0 in features.shape or features.dtype.kind not in "iubf":
        raise DataError(
            f"{name} has the shape {features.shape} and the type {features.dtype}; expected numbers (n, d), a row of "
            "d features for each of n inputs. Average feature maps over height and width first."
        )
    features = features.astype("float64")
    if not np.isfinite(features).all():
        row = int(np.flatnonzero(~np.isfinite(features).all(axis=1))[0])
        raise DataError(f"{name} holds NaN or infinite values, first in row {row}. See what that input is.")
    return features


@checked
def outputs(model: keras.Model, split: Split) -> np.ndarray:
    """What `model` makes of every input of `split`: (n, d), feature maps averaged over height and width."""
    import keras

    result = model.outputs[0]
    if len(result.shape) == 4:
        result = keras.layers.GlobalAveragePooling2D()(result)
    pooled = keras.Model(model.inputs, result)
    return pooled.predict(split.batches(split.form_of(model), batch_size=64), verbose=0).astype("float64")
