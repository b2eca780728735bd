"""Judge a model on a split: accuracy with its interval, and whether two models differ on the same inputs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binomtest

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.core.files import first_line
from tlteach.core.modality import Form, Split

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
    """Let `model` predict every input of `split`; one output for two classes and logits are turned into probabilities.

    Raises:
        GuardError: it gives NaN or infinite values.
    """
    (outputs,) = _predicted(model, split, split.form_of(model), batch_size)
    return _judged(model, outputs, split)


def evaluate_and_look(model: keras.Model, split: Split) -> tuple[Evaluation, np.ndarray]:
    """What `evaluate` finds and what `features` gives, both of them in one pass."""
    import keras

    from tlteach.engine.arrays import encoder_and_head

    both = keras.Model(model.inputs[0], [*encoder_and_head(model)[0].outputs, *model.outputs])
    below, outputs = _predicted(both, split, split.form_of(model))
    return _judged(model, outputs, split), below


@checked
def features(model: keras.Model, split: Split) -> np.ndarray:
    """What reaches the last layer of `model` for every input of `split`, (n, d): all that its head has to decide by.

    Raises:
        GuardError: the model does not end in a dense layer.
    """
    from tlteach.engine.arrays import encoder_and_head

    (found,) = _predicted(encoder_and_head(model)[0], split, split.form_of(model))
    return found


def _judged(model: keras.Model, outputs: np.ndarray, split: Split) -> Evaluation:
    if len(wrong := np.flatnonzero(~np.isfinite(outputs).reshape(len(outputs), -1).all(axis=1))):
        raise GuardError(
            f"{model.name} gives NaN or infinite values for {len(wrong)} of {len(outputs)} inputs, first for input "
            f"{wrong[0]}. Look for them in its weights, and build it anew; a lower learning rate keeps them away."
        )
    found = Evaluation(probabilities_from(model, outputs), split.labels)
    if found.probabilities.shape[1] < split.n_classes:
        told = f"{found.probabilities.shape[1]} classes, and the split has {split.n_classes}"
        raise DataError(f"{model.name} tells {told}. Evaluate it on the task that it learned.")
    return found


def probabilities_from(model: keras.Model, outputs: np.ndarray) -> np.ndarray:
    """Turn what `model` puts out, (n, classes) or (n, 1) for two classes, into probabilities (n, classes).

    What one output without sigmoid means, its loss says: a distance from labels 0 and 1 (mean squared error), the side
    of 0 (hinge), or, as with cross-entropy, the logarithm of the odds.
    """
    logits = gives_logits(model)
    if outputs.shape[1] == 1:
        loss = loss_of(model)
        if "hinge" in name_of(loss):
            positive = np.clip((outputs + 1) / 2, 0, 1)
        elif is_from_keras(loss) and "crossentropy" not in name_of(loss):
            positive = np.clip(outputs, 0, 1)
        else:
            positive = 1 / (1 + np.exp(-outputs)) if logits else outputs
        return np.hstack([1 - positive, positive])
    if logits:
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return outputs


def gives_logits(model: keras.Model) -> bool | None:
    """Whether `model` ends without softmax or sigmoid; None when its last layer does not say."""
    return {"linear": True, "log_softmax": True, "softmax": False, "sigmoid": False}.get(activation_of(model))


def activation_of(model: keras.Model) -> str | None:
    """The activation that `model` ends in, "softmax twice" for one on top of another; None where it does not say."""
    import keras

    last = model.layers[-1]
    if isinstance(last, keras.Model):
        return activation_of(last)
    found = _activation(last)
    squashes = ("softmax", "sigmoid")
    if found in squashes and not last.weights and len(model.layers) > 1 and _activation(model.layers[-2]) in squashes:
        return f"{found} twice"
    return found


def _activation(layer: keras.Layer) -> str | None:
    if type(layer).__name__ == "Softmax":
        return "softmax"
    return getattr(getattr(layer, "activation", None), "__name__", None)


def loss_of(model: keras.Model):
    """The loss that `model` was compiled with, a function or an object of Keras; None without one."""
    import keras

    found = [loss for loss in keras.tree.flatten(getattr(model, "loss", None)) if loss is not None]
    return keras.losses.get(found[0]) if found else None


def name_of(loss_or_metric) -> str:
    """Its name as Keras writes it: "sparse_categorical_crossentropy"."""
    if isinstance(loss_or_metric, str):
        return loss_or_metric
    thing = _function_in(loss_or_metric)
    return getattr(thing, "__name__", None) or re.sub("(?<=[a-z])(?=[A-Z])", "_", type(thing).__name__).lower()


def is_from_keras(loss) -> bool:
    """Whether Keras brought this loss; one that is your own may mean anything."""
    thing = _function_in(loss)
    return (thing if hasattr(thing, "__name__") else type(thing)).__module__.startswith("keras.")


def _function_in(loss_or_metric):
    return getattr(loss_or_metric, "fn", None) or getattr(loss_or_metric, "_fn", None) or loss_or_metric


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
    (found,) = _predicted(model, split, split.form_of(model))
    return found


def _predicted(model: keras.Model, split: Split, form: Form, batch_size: int = 64) -> list[np.ndarray]:
    """What `model` makes of every input, an array for each of its outputs; maps are averaged over their places."""
    from tlteach.engine.feeding import inputs_of, passed

    batches = passed(model, inputs_of(split.batches(form, batch_size)))
    found = zip(*([x.mean(axis=(1, 2)) if x.ndim == 4 else x for x in outputs] for outputs in batches), strict=True)
    return [np.concatenate(parts).astype("float64") for parts in found]
