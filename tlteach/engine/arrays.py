"""Train and ask a network on arrays of inputs, as methods do whose inputs are kept features or rows of numbers."""

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.engine.feeding import fit_batches, passed
from tlteach.engine.fit import compiled_with


def fit_anew(model: keras.Model, arrays: tuple, epochs: int, batch_size: int, seed: int) -> keras.Model:
    """Train `model` as `fit_arrays` does, from a seed of its own and with a new optimizer like the one that it has."""
    keras.utils.set_random_seed(seed)
    optimizer = optimizer_like(model)
    model.compile(**{**compiled_with(model), "optimizer": optimizer})
    return fit_arrays(model, arrays, epochs, batch_size, seed)


def fit_arrays(model: keras.Model, arrays: tuple, epochs: int, batch_size: int, seed: int) -> keras.Model:
    """Train `model` with the optimizer that it has, on inputs, labels and perhaps weights. Returns the same model."""
    must_take(model, arrays[0])
    batches = ShuffledBatches(arrays, batch_size, seed)
    fit_batches(model, batches, epochs)
    return finite(model)


class ShuffledBatches(keras.utils.PyDataset):
    """Batches of the same rows of several arrays, in a new order every epoch; what is left over waits for another.

    Where a model has several inputs or outputs, one of `arrays` is a tuple or a dictionary of arrays.
    """

    def __init__(self, arrays: tuple, batch_size: int, seed: int) -> None:
        super().__init__()
        self.arrays, self.random = arrays, np.random.default_rng(seed)
        self.n = len(keras.tree.flatten(arrays)[0])
        self.batch_size = min(batch_size, self.n)
        self.on_epoch_end()

    def __len__(self) -> int:
        return self.n // self.batch_size

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        self.order = self.random.permutation(self.n)

    def __getitem__(self, index: int) -> tuple:
        rows = self.order[index * self.batch_size :][: self.batch_size]
        return keras.tree.map_structure(lambda array: array[rows], self.arrays)


class PairsOfBatches(keras.utils.PyDataset):
    """Batches ((labelled inputs, other inputs), labels): both shuffled, the fewer of the two more than once."""

    def __init__(self, labelled: tuple[np.ndarray, np.ndarray], others: np.ndarray, batch_size: int, seed: int) -> None:
        super().__init__()
        self.labelled, self.others, self.random = labelled, others, np.random.default_rng(seed)
        self.batch_size = min(batch_size, len(others), len(labelled[0]))
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self.rows[0]) // self.batch_size

    def on_epoch_end(self) -> None:
        """Draw a new order."""
        sizes = len(self.labelled[0]), len(self.others)
        self.rows = [np.concatenate([self.random.permutation(n) for _ in range(-(-max(sizes) // n))]) for n in sizes]
        self.rows = [rows[: max(sizes)] for rows in self.rows]

    def rows_of(self, index: int) -> list[np.ndarray]:
        """The rows of the labelled and of the others in a batch."""
        return [rows[index * self.batch_size :][: self.batch_size] for rows in self.rows]

    def __getitem__(self, index: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
        of_labelled, of_others = self.rows_of(index)
        inputs, labels = self.labelled
        return (inputs[of_labelled], self.others[of_others]), labels[of_labelled]


def answers(model: keras.Model, inputs: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """What `model` makes of inputs, (n, classes), float64; as `predict`, without the second that compiling it takes."""
    must_take(model, inputs)
    pieces = ([inputs[start : start + batch_size]] for start in range(0, len(inputs), batch_size))
    return np.concatenate([output for (output,) in passed(model, pieces, few=True)]).astype("float64")


def must_take(model: keras.Model, inputs: np.ndarray) -> None:
    """Raise GuardError where `model` does not take such inputs."""
    takes = model.inputs[0].shape[1:]
    if len(takes) != inputs.ndim - 1 or any(
        size not in (None, n) for size, n in zip(takes, inputs.shape[1:], strict=True)
    ):
        raise GuardError(
            f"{model.name} takes inputs of the shape {tuple(takes)}, and these have {inputs.shape[1:]}. Build it for "
            "them, as adapt.network(domains) does for domains, or give the inputs that the model is for."
        )


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
