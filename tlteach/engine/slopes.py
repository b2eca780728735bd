"""How fast the evidence for a class changes with some numbers inside a network, on every backend."""

from collections.abc import Callable
from typing import Any

import keras

from tlteach.core.errors import DataError
from tlteach.engine.evaluation import gives_logits

SMALLEST = 1e-30  # a probability of 0 has no logarithm


def require_class(model: keras.Model, class_index: int, n_classes: int) -> None:
    """Raise DataError where there is no such class."""
    if not 0 <= class_index < n_classes:
        raise DataError(f"There is no class {class_index}: {model.name} has the classes 0 to {n_classes - 1}.")


def log_odds(model: keras.Model, outputs: Any, class_index: int) -> Any:
    """log p / (1 - p) of a class, (n,), from what `model` puts out, (n, classes) or (n, 1) for two classes."""
    ops = keras.ops
    outputs = ops.cast(outputs, "float32")
    logits = gives_logits(model)
    if outputs.shape[1] == 1:
        towards_one = (outputs if logits else _logarithm(outputs) - _logarithm(1 - outputs))[:, 0]
        return towards_one if class_index == 1 else -towards_one
    scores = outputs if logits else _logarithm(outputs)  # log p, but for a constant that falls out
    others = ops.concatenate([scores[:, :class_index], scores[:, class_index + 1 :]], axis=1)
    return scores[:, class_index] - ops.logsumexp(others, axis=1)


def _logarithm(probabilities: Any) -> Any:
    return keras.ops.log(keras.ops.maximum(probabilities, SMALLEST))


def gradient(function: Callable, at: Any) -> Any:
    """The derivative of `function`, from a tensor to one number, at the tensor `at`; Keras leaves this to backends."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(at)
            value = function(at)
        return tape.gradient(value, at)
    if keras.backend.backend() == "jax":
        import jax

        return jax.grad(function)(at)
    import torch

    at = at.detach().requires_grad_()
    return torch.autograd.grad(function(at), at)[0]
