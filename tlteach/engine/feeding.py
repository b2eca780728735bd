"""Hand batches to Keras' loops by the shortest way: what they cost is the network's, and not that of the way to it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np

try:  # Keras has no public name for it: one that has it elsewhere takes the long way
    from keras.src.trainers.data_adapters.data_adapter import DataAdapter
except ImportError:
    DataAdapter = object


def feeding(model: keras.Model, batches: keras.utils.PyDataset) -> object:
    """What to give to fit, evaluate or predict of `model` for `batches`.

    On TensorFlow, Keras sends the batches of a Python object through a tf.data pipeline, and builds that anew twice in
    every epoch: for a head on features, where an epoch is a few milliseconds, that takes most of the time.
    """
    plain = DataAdapter is not object and keras.backend.backend() == "tensorflow" and _is_alone(model)
    return _Feed(batches) if plain else batches


def _is_alone(model: keras.Model) -> bool:
    """Whether no strategy spreads the model over devices: that would have to spread the batches, too."""
    import tensorflow as tf

    return model._distribute_strategy is None and not tf.distribute.has_strategy()


def ready(model: keras.Model, batches: keras.utils.PyDataset) -> None:
    """Make the variables of the optimizer and the metrics of `model`, which Keras would make in the first step.

    A step that makes variables is compiled twice by TensorFlow.
    """
    inputs, labels, *weights = keras.tree.map_structure(lambda values: values[:1], batches[0])
    outputs = model(inputs, training=False)
    if not model.optimizer.built:  # only now: what calls the model may make variables, too
        model.optimizer.build(model.trainable_variables)
    model.compute_metrics(inputs, labels, outputs, *weights)
    model.reset_metrics()


def fit_batches(model: keras.Model, batches: keras.utils.PyDataset, epochs: int) -> None:
    """Train a compiled `model` on `batches` for so many epochs, without a word."""
    ready(model, batches)
    model.fit(feeding(model, batches), epochs=epochs, verbose=0)


class _Feed(DataAdapter):
    """Batches as Keras' training loop takes them on TensorFlow: something to iterate over, one epoch at a time."""

    batch_size = None

    def __init__(self, batches: keras.utils.PyDataset):
        self.batches = batches

    @property
    def num_batches(self) -> int:
        return len(self.batches)

    def get_tf_dataset(self) -> "_Feed":
        return self

    def __iter__(self) -> Iterator:
        return ahead(self.batches[index] for index in range(len(self.batches)))

    def on_epoch_end(self) -> None:
        self.batches.on_epoch_end()


def inputs_of(batches: keras.utils.PyDataset, first: int = 0) -> Iterator[list[np.ndarray]]:
    """The inputs of every batch from `first` on, one array for each input of the network."""
    for index in range(first, len(batches)):
        yield keras.tree.flatten(batches[index][0])


def passed(model: keras.Model, batches: Iterator[list[np.ndarray]], few: bool = False) -> Iterator[list[np.ndarray]]:
    """What `model` makes of each batch, one array for each output. `few`: call it as it stands, and compile nothing."""
    size = 0
    for inputs in ahead(batches):
        n = len(inputs[0])
        size = max(size, n)
        # A short last batch is filled up: another size would have the whole graph compiled again.
        full = [np.concatenate([x, np.repeat(x[-1:], size - n, axis=0)]) if n < size else x for x in inputs]
        full = full[0] if len(full) == 1 else full
        outputs = model(full, training=False) if few else model.predict_on_batch(full)
        yield [keras.ops.convert_to_numpy(output)[:n] for output in keras.tree.flatten(outputs)]


def ahead(batches: Iterator) -> Iterator:
    """The batches, each of which is prepared in a thread of its own while the one before it is worked on."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch
