"""No adaptation: train on the labelled source and hope. It is where methods begin, and what each has to beat."""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.engine.feeding import feeding, ready
from tlteach.engine.fit import compiled_with
from tlteach.methods.adapt.domains import Domains, must_take


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
    optimizer = optimizer_like(model)
    model.compile(**{**compiled_with(model), "optimizer": optimizer})
    arrays = domains.source if weights is None else (*domains.source, weights)
    return go_on(model, arrays, epochs, batch_size, seed)


def go_on(model: keras.Model, arrays: tuple[np.ndarray, ...], epochs: int, batch_size: int, seed: int) -> keras.Model:
    """Train `model` with the optimizer that it has, on inputs, labels and perhaps weights. Returns the same model."""
    must_take(model, arrays[0])
    batches = ShuffledBatches(arrays, batch_size, seed)
    ready(model, batches)
    model.fit(feeding(model, batches), epochs=epochs, verbose=0)
    return finite(model)


class ShuffledBatches(keras.utils.PyDataset):
    """Batches of the same rows of several arrays, in a new order every epoch; what is left over waits for another."""

    def __init__(self, arrays: tuple[np.ndarray, ...], batch_size: int, seed: int) -> None:
        super().__init__()
        self.arrays, self.random = arrays, np.random.default_rng(seed)
        self.batch_size = min(batch_size, len(arrays[0]))
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self.arrays[0]) // self.batch_size

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        self.order = self.random.permutation(len(self.arrays[0]))

    def __getitem__(self, index: int) -> tuple[np.ndarray, ...]:
        rows = self.order[index * self.batch_size :][: self.batch_size]
        return tuple(array[rows] for array in self.arrays)


def encoder_and_head(model: keras.Model) -> tuple[keras.Model, keras.layers.Layer]:
    """The network up to its last hidden features, and the dense layer on top. They share the layers of `model`."""
    head = model.layers[-1]
    if not isinstance(head, keras.layers.Dense) or len(model.layers) < 2:
        raise GuardError(f"{model.name} does not end in a dense layer: build it so that its last layer is the head.")
    return keras.Model(model.inputs[0], head.input, name="encoder"), head


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
