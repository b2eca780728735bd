"""Where every method begins, and what it has to beat: a model that learns from the labels alone."""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.engine.arrays import answers, fit_arrays, optimizer_like
from tlteach.engine.evaluation import probabilities_from
from tlteach.engine.fit import compiled_with

Labelled = tuple[np.ndarray, np.ndarray]


@checked
def labels_alone(
    model: keras.Model, labelled: Labelled, epochs: int = 30, batch_size: int = 128, seed: int = 0
) -> keras.Model:
    """Train `model` on inputs (n, ...) and their labels (n,), and on nothing else."""
    return Beginning(model).fit(with_each_class(model, labelled), epochs, batch_size, seed)


@checked
def probabilities(model: keras.Model, inputs: np.ndarray) -> np.ndarray:
    """What `model` says of inputs (n, ...): the probability of each class, (n, classes)."""
    return probabilities_from(model, answers(model, inputs))


class Beginning:
    """A model as it came, from which it can learn again and again: its weights, and a new optimizer like its own.

    Values are put back in place, since a new optimizer would have the training compiled anew in every round.
    """

    def __init__(self, model: keras.Model) -> None:
        optimizer = optimizer_like(model)
        model.compile(**{**compiled_with(model), "optimizer": optimizer})
        model.optimizer.build(model.trainable_variables)
        self.model, self.variables = model, [*model.variables, *model.optimizer.variables]
        self.values = [keras.ops.convert_to_numpy(variable).copy() for variable in self.variables]

    def fit(self, arrays: Labelled, epochs: int, batch_size: int, seed: int) -> keras.Model:
        """Train the model from where it began, on inputs and labels. Returns the same model."""
        for variable, value in zip(self.variables, self.values, strict=True):
            variable.assign(value)
        keras.utils.set_random_seed(seed)
        return fit_arrays(self.model, arrays, epochs, batch_size, seed)


def joined(labelled: Labelled, unlabelled: np.ndarray, told: tuple[np.ndarray, np.ndarray]) -> Labelled:
    """The labelled, and what is `told` of the unlabelled: rows (k,) and their pseudo-labels (k,)."""
    rows, guesses = told
    return np.concatenate([labelled[0], unlabelled[rows]]), np.concatenate([labelled[1], guesses])


def with_each_class(model: keras.Model, labelled: Labelled) -> Labelled:
    """Inputs and labels as arrays, if they can teach `model`. Raises an error that says what is missing."""
    inputs, labels = labelled
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"Labels are whole numbers, one for each input; these are {labels.dtype} of the shape {labels.shape}."
        )
    if len(inputs) != len(labels):
        raise DataError(f"There are {len(inputs)} labelled inputs and {len(labels)} labels; give one for each.")
    classes = max(2, model.output_shape[-1])
    if len(unknown := np.setdiff1d(labels, np.arange(classes))):
        raise DataError(f"{model.name} tells {classes} classes, 0 to {classes - 1}, and a label is {unknown[0]}.")
    if len(missing := np.setdiff1d(np.arange(classes), labels)):
        raise DataError(
            f"No input is labelled {missing[0]}, and {model.name} tells {classes} classes. What has no label is never "
            "guessed, and so it gets no pseudo-label either: label at least one input of each class."
        )
    return inputs, labels
