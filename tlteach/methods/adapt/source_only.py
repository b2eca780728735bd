"""No adaptation: train on the labelled source and hope. It is where methods begin, and what each has to beat."""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.engine.fit import compiled_with
from tlteach.methods.adapt.domains import Domains


@checked
def source_only(
    model: keras.Model, domains: Domains, epochs: int = 30, batch_size: int = 64, seed: int = 0
) -> keras.Model:
    """Train on the labelled source alone: what every method has to beat."""
    return fit_source(model, domains, None, epochs, batch_size, seed)


def fit_source(
    model: keras.Model, domains: Domains, weights: np.ndarray | None, epochs: int, batch_size: int, seed: int
) -> keras.Model:
    """Fit `model` to the source, each input with its weight (n,) where there are weights. Returns the same model."""
    keras.utils.set_random_seed(seed)
    model.compile(**{**compiled_with(model), "optimizer": optimizer_like(model)})
    model.fit(*domains.source, sample_weight=weights, batch_size=batch_size, epochs=epochs, verbose=0)
    return finite(model)


def encoder_and_head(model: keras.Model) -> tuple[keras.Model, keras.layers.Layer]:
    """The network up to its last hidden features, and the dense layer on top. They share the layers of `model`."""
    head = model.layers[-1]
    if not isinstance(head, keras.layers.Dense) or len(model.layers) < 2:
        raise GuardError(f"{model.name} does not end in a dense layer: build it so that its last layer is the head.")
    return keras.Model(model.inputs, head.input, name="encoder"), head


def must_learn(model: keras.Model) -> keras.Model:
    """`model`, if its encoder can learn. Raises GuardError where a method would do nothing to it."""
    if encoder_and_head(model)[0].trainable_weights:
        return model
    raise GuardError(
        f"Nothing before the last layer of {model.name} can learn, so its features cannot be aligned. Unfreeze a "
        "part of the base (tl.unfreeze, tl.recompile), or put a hidden layer before the head."
    )


def optimizer_like(model: keras.Model) -> keras.optimizers.Optimizer:
    """A new optimizer with the settings of the model's own. Raises GuardError where it was not compiled with a loss."""
    if getattr(model, "optimizer", None) is None or model.loss is None:
        raise GuardError(f"{model.name} is not compiled with a loss: say model.compile(optimizer, loss) first.")
    return type(model.optimizer).from_config(model.optimizer.get_config())


def finite(model: keras.Model) -> keras.Model:
    """`model`, if its weights are numbers still. Raises GuardError where they are not."""
    if all(np.isfinite(weights).all() for weights in model.get_weights()):
        return model
    raise GuardError(f"{model.name} has NaN or infinite weights after training. Take a lower rate, or less strength.")
