"""The proofs about a head: outputs, activation, loss, metrics and labels belong together.

Labels are positions in the class names, one whole number for each input. Every guard returns a sentence that says what
it proved, or raises a GuardError that names the cure, and works on plain Keras models.
"""

import math

import keras

from tlteach.core.errors import GuardError
from tlteach.core.journal import some
from tlteach.engine.evaluation import activation_of, gives_logits, is_from_keras, loss_of, name_of

# Of Keras' own losses, those that take labels as positions where a model has an output for each class.
_TAKE_POSITIONS = ("sparse_categorical_crossentropy", "categorical_generalized_cross_entropy")
_NEED_ONE_HOT = ("categorical_accuracy", "top_k_categorical_accuracy", "categorical_crossentropy", "binary_accuracy")


def head_fits(model: keras.Model, n_classes: int) -> str:
    """Prove that `model` gives one number per class (one number alone may stand for two classes).

    Raises:
        GuardError: the width of the output is not the number of classes.
    """
    width = model.output_shape[-1]
    if width != n_classes and not (width == 1 and n_classes == 2):
        raise GuardError(
            f"The head of {model.name} has {width} outputs, but the task has {n_classes} classes. "
            f"End the model with Dense({n_classes}), or let tl.add_head(base, task) do it."
        )
    return f"{width} outputs for {n_classes} classes"


def loss_fits(model: keras.Model) -> str:
    """Prove that outputs, last activation, loss and metrics agree on logits or probabilities, and on labels.

    Raises:
        GuardError: they do not, so that training would break off, or run and learn the wrong thing.
    """
    width, loss, activation = model.output_shape[-1], loss_of(model), activation_of(model)
    name = name_of(loss)
    if loss is None:
        raise GuardError(f"{model.name} was compiled without a loss. {_cure(width)}")
    if width == 1 and activation == "softmax":
        raise GuardError(
            f'{model.name} ends in a softmax over one output, which is always 1. Use Dense(1, activation="sigmoid") '
            'with binary_crossentropy, or Dense(2, activation="softmax") with sparse_categorical_crossentropy.'
        )
    if is_from_keras(loss) and (width == 1) == (name in _TAKE_POSITIONS):
        raise GuardError(
            f"The loss {name} does not fit {width} outputs and labels that are positions (0, 1, ...). {_cure(width)}"
        )
    if unfit := [name for name in map(name_of, _metrics(model)) if width > 1 and name in _NEED_ONE_HOT]:
        raise GuardError(
            f"The metric {some(unfit)} compares {width} outputs with one-hot labels, but labels are positions (0, 1, "
            '...): it would show a wrong number. Compile with metrics=["accuracy"].'
        )
    return _agree(model, name, activation)


def _cure(width: int) -> str:
    return f'Compile with loss="{"binary_crossentropy" if width == 1 else "sparse_categorical_crossentropy"}".'


def _metrics(model: keras.Model) -> list:
    return [m for m in keras.tree.flatten((model._compile_metrics and model._compile_metrics._user_metrics) or []) if m]


def _agree(model: keras.Model, loss: str, activation: str | None) -> str:
    """Whether activation and loss agree on logits or probabilities."""
    logits, from_logits = gives_logits(model), _takes_logits(model)
    if from_logits is not None and activation in ("relu", "tanh", "softmax twice", "sigmoid twice"):
        raise GuardError(
            f"{model.name} ends in {activation}, which does not give what {loss} takes. End it in one softmax "
            "(or sigmoid, with one output), or without an activation and with from_logits=True."
        )
    if logits is None or from_logits is None:
        return (
            f"activation and loss could not be compared: the {'last layer' if logits is None else 'loss'} does not say"
        )
    if logits == from_logits:
        return f"activation and loss agree on {'logits' if from_logits else 'probabilities'}"
    if logits:
        raise GuardError(
            f"{model.name} ends without an activation, so it gives logits, but its loss expects probabilities. "
            'Give the last Dense layer activation="softmax", or the loss from_logits=True.'
        )
    raise GuardError(
        f"{model.name} ends in an activation that gives probabilities, but its loss has from_logits=True and would "
        "squash them a second time. Remove the activation, or from_logits=True."
    )


def _takes_logits(model: keras.Model) -> bool | None:
    loss = loss_of(model)
    config = loss.get_config() if is_from_keras(loss) and isinstance(loss, keras.losses.Loss) else {}
    if "from_logits" in config:
        return config["from_logits"]
    return False if "crossentropy" in name_of(loss) else None


def first_loss(loss: float, n_classes: int, at_most: float = 0.1) -> str:
    """Prove that an untrained head knows nothing yet: its loss is that of guessing, log(classes).

    Args:
        loss: cross-entropy of the first batch, in nats.
        at_most: how far from log(classes) it may be, in nats. Karpathy, A Recipe for Training Neural Networks, 2019.

    Raises:
        GuardError: the loss is elsewhere, so outputs, labels and loss do not belong together.
    """
    guessing = math.log(n_classes)
    if not abs(loss - guessing) <= at_most:
        raise GuardError(
            f"The first loss is {loss:.3f}, but a head that has learned nothing must be near log({n_classes}) = "
            f"{guessing:.3f}. Check that labels count from 0 to {n_classes - 1}, that the loss suits the last "
            "activation, and that the head starts with small weights."
        )
    return f"the first loss is {loss:.3f}, that of guessing, log({n_classes})"
