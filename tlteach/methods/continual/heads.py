"""One trunk, one head for each question: a network for the first, and another head for what is asked next.

    first = continual.network(inputs.shape[1:], n_classes=24)     # a trunk and the first head
    second = continual.new_head(first, n_classes=9)               # the same trunk, by the same weights, and a new head

Whatever trains `second` moves the trunk under `first`, too. Where the question stays, and only the inputs change, the
second model is the first.
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.engine.arrays import encoder_and_head, must_take, optimizer_like

Labelled = tuple[np.ndarray, np.ndarray]


@checked
def network(n_inputs: int, n_classes: int, width: int = 64, seed: int = 0, learning_rate: float = 1e-3) -> keras.Model:
    """A small compiled classifier for rows of `n_inputs` numbers: one hidden layer, which is the trunk, and a head."""
    keras.utils.set_random_seed(seed)
    layers = [keras.layers.Dense(width, activation="relu", name="trunk"), keras.layers.Dense(n_classes, "softmax")]
    model = keras.Sequential([keras.Input((n_inputs,)), *layers], name="network")
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@checked
def new_head(model: keras.Model, n_classes: int, seed: int = 0) -> keras.Model:
    """A model with the trunk of `model`, the very same layers, and a new head of `n_classes`; compiled like `model`."""
    keras.utils.set_random_seed(seed)
    trunk, _ = encoder_and_head(model)
    head = keras.layers.Dense(n_classes, activation="softmax", name="new_head")
    second = keras.Model(trunk.input, head(trunk.output), name=f"{model.name}_with_a_new_head")
    second.compile(optimizer_like(model), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return second


def as_task(model: keras.Model, task: Labelled, name: str) -> Labelled:
    """The arrays of a task. Raises DataError where they do not suit the model that learns it, or has learned it."""
    inputs, labels = as_inputs(model, task[0], name), np.asarray(task[1])
    if labels.shape != inputs.shape[:1]:
        raise DataError(
            f"The {name} task has {len(inputs)} inputs and labels of the shape {labels.shape}; give one each."
        )
    classes = model.output_shape[-1]
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= classes:
        raise DataError(
            f"Labels of the {name} task are whole numbers from 0 to {classes - 1}, one for each output of "
            f"{model.name}; these go from {labels.min()} to {labels.max()}. For other classes, give the model a head "
            "of its own: continual.new_head(model, n_classes)."
        )
    return inputs, labels


def as_inputs(model: keras.Model, inputs: np.ndarray, name: str) -> np.ndarray:
    """Inputs as an array of numbers that `model` takes. Raises DataError, or GuardError for another shape."""
    inputs = np.asarray(inputs)
    if inputs.ndim == 0 or not len(inputs) or inputs.dtype.kind not in "biuf":
        raise DataError(f"Inputs of the {name} task are an array of numbers, the first axis counts them; give some.")
    must_take(model, inputs)
    return inputs


def shared(old: keras.Model, new: keras.Model) -> list[keras.Variable]:
    """The weights of `old` that training `new` would move. Raises DataError where there are none."""
    learns = {id(weight) for weight in new.trainable_weights}
    found = [weight for weight in old.trainable_weights if id(weight) in learns]
    if not found:
        raise DataError(
            f"{new.name} shares no weight that can learn with {old.name}, so nothing can be forgotten. Make it from "
            "the old model: continual.new_head(old, n_classes); or unfreeze a part of what they share."
        )
    return found
