"""What can be wrong with a model that a learner built by hand: its head, its base, its loss; a hint for each."""

from __future__ import annotations

import re

from tlteach.core.errors import GuardError
from tlteach.course.lessons import Hint


def fails(guard, *arguments) -> bool:
    """Whether a proof of tlteach.guards does not hold. Its message is not shown: it names the cure."""
    try:
        guard(*arguments)
    except GuardError:
        return True
    return False


def of_the_head(model) -> Hint:
    """What is wrong with the head of `model`: its outputs and its activation."""
    shape = model.output_shape
    if type(shape) is not tuple or len(shape) != 2:
        return (
            "The model gives feature maps and not one number per class. Where is the head?",
            "Pool the feature map over height and width, then add one dense layer.",
        )
    activation = getattr(getattr(model.layers[-1], "activation", None), "__name__", "")
    if shape[-1] == 1 and activation == "softmax":
        return "Softmax over one output is always 1, whatever the picture. This model could not learn a thing."
    if shape[-1] == 2 and activation == "sigmoid":
        return "Each of the two outputs says yes or no by itself. Which activation makes them add up to 1?"
    if shape[-1] not in (1, 2):
        return (
            f"The model has {shape[-1]} outputs. Is that one for every class of the task?",
            "If it is 1,000, the top of the source is still there: leave it out.",
        )
    return None


def of_the_base(model) -> Hint:
    """What is wrong with the base of `model`: no pre-trained weights, or some that learn."""
    from tlteach import guards
    from tlteach.engine import network

    if fails(guards.pretrained, network.base_of(model)):
        return "The base is as random as a fresh network. Where are the weights that it learned?"
    if not model.trainable_weights:
        return "Nothing in this model can learn, not even the head. Freeze less: which part knows something already?"
    learning = [layer for layer in network.base_layers(model) if layer.trainable_weights]
    if learning and all(layer in normalizations(model) for layer in learning):
        return "The convolutions stand still, but BatchNormalization would still learn, and overwrite its averages."
    if learning:
        return (
            "The base would learn, too. A new head makes large errors at first; what would they do to the base?",
            "model.trainable_weights should be those of the head. Which attribute of a layer decides that?",
        )
    return of_mode(model)


def normalizations(model) -> list:
    """The BatchNormalization layers of the base, and not one that a learner put into the head."""
    from tlteach.engine import network
    from tlteach.engine.network import batch_normalizations

    return [found for layer in network.base_layers(model) for found in batch_normalizations(layer)]


def of_mode(model) -> Hint:
    """What is wrong with the mode in which the base is called."""
    from tlteach.engine import network
    from tlteach.engine.network import batch_normalizations

    for node in network.nodes(model):
        if node.arguments.kwargs.get("training") is True and batch_normalizations(node.operation):
            return (
                "The base is called with training=True: BatchNormalization is asked to behave as in training.",
                "In which mode does it use the averages of the source, and leave them as they are?",
            )
    return None


def of_compiling(model) -> Hint:
    """What is wrong with how `model` was compiled: no loss, or one that does not fit."""
    from tlteach import guards
    from tlteach.engine.evaluation import gives_logits

    if not model.compiled or model.loss is None:
        return "The model has no optimizer or no loss yet. Which call of Keras gives it both?"
    if not fails(guards.loss_fits, model):
        return None
    if model.output_shape[-1] == 1 and _name_of_loss(model) != "binary_crossentropy":
        return "One output between 0 and 1 goes with the loss for two classes alone. Which cross-entropy is that?"
    if model.output_shape[-1] > 1 and _name_of_loss(model) != "sparse_categorical_crossentropy":
        return (
            f"The loss {_name_of_loss(model)} expects other labels. Those of the task are positions: 0 for cat, 1 for "
            "dog.",
            "The lesson names the cross-entropy that takes positions, and not one column for each class.",
        )
    if gives_logits(model):
        return "The model ends in logits, which can be any number. The loss takes them for probabilities."
    return "The model ends in probabilities. The loss takes them for logits, and squashes them a second time."


def _name_of_loss(model) -> str:
    """The name that Keras has for the loss, whether it was given as a text, a function or an object."""
    loss = model.loss if isinstance(model.loss, str) else getattr(model.loss, "__name__", type(model.loss).__name__)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", loss).lower()
