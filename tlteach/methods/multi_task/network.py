"""One trunk, many heads: what one task learns about the inputs, the others can use (hard parameter sharing).

    inputs  ->  base (if there is one)  ->  shared dense layer  ->  a head for each task

    loss = sum_i  w_i * loss_i          cross-entropy for classes, squared error for numbers

It is a plain Keras model with an output for each task, and `w_i` are Keras' own loss_weights. (Caruana, Multitask
Learning, Machine Learning 28, 1997.)
"""

import keras

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.engine.arrays import fit_arrays, optimizer_like
from tlteach.methods.multi_task.tasks import Tasks

LOSSES = {True: "sparse_categorical_crossentropy", False: "mean_squared_error"}


@checked
def network(
    tasks: Tasks, base: keras.Model | None = None, width: int = 64, learning_rate: float = 1e-3, seed: int = 0
) -> keras.Model:
    """A compiled model with one trunk and a head for each task.

    Args:
        base: any Keras model that takes the inputs, from tl.base_model(source) or your own; what of it is trainable
            learns for all tasks. None: the inputs are rows of numbers, as kept features are.
        width: of the layer that all heads stand on.
    """
    inputs, x = stem(tasks, base, seed)
    features = keras.layers.Dense(width, activation="relu", name="shared")(x)
    return with_heads(inputs, dict.fromkeys(tasks.labels, features), tasks, learning_rate)


def stem(tasks: Tasks, base: keras.Model | None, seed: int):
    """The inputs of a new model, and what comes before its own layers: rows of numbers."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(tasks.inputs.shape[1:], name="inputs")
    if base is not None:
        features = base(inputs)
        pooled = len(features.shape) == 4
        return inputs, keras.layers.GlobalAveragePooling2D()(features) if pooled else features
    if tasks.inputs.ndim != 2:
        raise DataError(
            f"An input has the shape {tasks.inputs.shape[1:]}, and without a base a network takes rows of numbers. "
            "Give the base that reads such inputs: multi_task.network(tasks, base)."
        )
    return inputs, keras.layers.BatchNormalization()(inputs)


def with_heads(inputs, features: dict, tasks: Tasks, learning_rate: float) -> keras.Model:
    """The compiled model that puts a dense head on the features of each task."""
    outputs, losses = {}, {}
    for name, of_task in features.items():
        activation = "softmax" if tasks.is_classes(name) else None
        outputs[name] = keras.layers.Dense(tasks.width(name), activation=activation, name=name)(of_task)
        losses[name] = LOSSES[tasks.is_classes(name)]
    model = keras.Model(inputs, outputs, name="many_tasks")
    model.compile(keras.optimizers.Adam(learning_rate), losses)
    return model


@checked
def static(
    model: keras.Model,
    tasks: Tasks,
    loss_weights: dict[str, float] | None = None,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on all tasks, with a weight for the loss of each that stays as it is: 1 where none is given."""
    must_fit(model, tasks)
    if unknown := set(loss_weights or ()) - set(tasks.labels):
        raise GuardError(f"There is a weight for {', '.join(sorted(unknown))}, and tasks {', '.join(tasks.labels)}.")
    keras.utils.set_random_seed(seed)
    every = dict.fromkeys(tasks.labels, 1.0) | (loss_weights or {})
    model.compile(optimizer_like(model), model.loss, loss_weights=every)
    return fit_arrays(model, tasks.arrays(), epochs, batch_size, seed)


def must_fit(model: keras.Model, tasks: Tasks) -> None:
    """Raise GuardError where `model` has not one head for each task, of its width."""
    optimizer_like(model)
    if not isinstance(model.loss, dict) or set(model.loss) != set(tasks.labels):
        heads = ", ".join(model.loss) if isinstance(model.loss, dict) else "one output"
        raise GuardError(
            f"{model.name} has a loss for {heads}, and the tasks are {', '.join(tasks.labels)}. Give each task an "
            "output and a loss of its name, as multi_task.network(tasks) does."
        )
    for name in tasks.labels:
        found = model.get_layer(name).output.shape[-1]
        if found < tasks.width(name):
            raise GuardError(f"The head {name!r} has {found} outputs; its labels ask for {tasks.width(name)}.")
