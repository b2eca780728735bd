"""Meta-training: learn an embedding on thousands of episodes, so that one example is enough for a class yet unseen.

    loss of an episode = cross entropy of   softmax_k( -|f(query) - c_k|^2 ),     c_k = mean of f over its examples

Each step of training is one episode, as later tasks will be: what is learned is not a class, but how to tell classes
by few examples. (Snell, Swersky and Zemel, Prototypical Networks for Few-shot Learning, 2017, arXiv:1703.05175.)
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.engine.arrays import finite, must_take
from tlteach.engine.feeding import fit_batches
from tlteach.methods.few_shot.episodes import episode
from tlteach.methods.few_shot.prototypes import classes_of


def prototype_loss(ways: int, shots: int):
    """A loss of embeddings (ways * shots examples, then queries; d) and their classes within the episode."""

    def loss(labels, embeddings):
        first = ways * shots
        centres = ops.mean(ops.reshape(embeddings[:first], (ways, shots, -1)), axis=1)
        queries = embeddings[first:]
        distances = ops.sum(ops.square(queries[:, None] - centres[None]), axis=-1)
        return keras.losses.sparse_categorical_crossentropy(labels[first:], -distances, from_logits=True)

    return loss


class EpisodesToLearn(keras.utils.PyDataset):
    """Batches that are episodes: examples class by class, then queries class by class; new ones in every epoch."""

    def __init__(self, arrays: tuple, labels: np.ndarray, size: tuple[int, int, int], n: int, seed: int) -> None:
        super().__init__()
        (self.inputs, self.elsewhere), self.labels, self.size, self.n = arrays, labels, size, n
        self.random = np.random.default_rng(seed)

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        ways, shots, n_queries = self.size
        support, queries = episode(self.labels, ways, shots, n_queries, self.random)
        classes = np.concatenate([np.repeat(np.arange(ways), many) for many in (shots, n_queries)])
        return np.concatenate([self.inputs[support.ravel()], self.elsewhere[queries.ravel()]]), classes


@checked
def meta_train(
    model: keras.Model,
    inputs: np.ndarray,
    labels: np.ndarray,
    ways: int = 5,
    shots: int = 1,
    n_queries: int = 5,
    epochs: int = 10,
    steps: int = 100,
    learning_rate: float = 1e-3,
    seed: int = 0,
    query_inputs: np.ndarray | None = None,
) -> keras.Model:
    """Train `model`, from inputs to embeddings (n, d), on epochs * steps episodes; returns the same model.

    Args:
        inputs, labels: of classes that will not be asked for later.
        query_inputs: the same rows as another domain has them. Queries are then taken from these, so that what is
            learned is to recognise there what was shown here.
    """
    labels, elsewhere = classes_of(inputs, labels), inputs if query_inputs is None else query_inputs
    if elsewhere.shape != inputs.shape:
        shapes = f"{inputs.shape} and {elsewhere.shape}"
        raise DataError(f"Inputs and query_inputs are the same rows in two domains; found the shapes {shapes}.")
    must_take(model, inputs)
    if not model.trainable_weights:
        raise GuardError(f"Nothing in {model.name} can learn: unfreeze a part of it, or take few_shot.embedding(...).")
    keras.utils.set_random_seed(seed)
    learner = keras.Model(model.inputs[0], model.outputs[0], name=model.name)  # how `model` is compiled is not touched
    learner.compile(keras.optimizers.Adam(learning_rate), prototype_loss(ways, shots))
    batches = EpisodesToLearn((inputs, elsewhere), labels, (ways, shots, n_queries), steps, seed)
    fit_batches(learner, batches, epochs)
    finite(model)
    return model


@checked
def embedding(features: np.ndarray, width: int = 64, seed: int = 0) -> keras.Model:
    """A small network for rows of features (n, d): centred on the mean of these, of length 1, then one dense layer."""
    keras.utils.set_random_seed(seed)
    mean = np.mean(features, axis=0)
    return keras.Sequential(
        [
            keras.Input(mean.shape),
            keras.layers.Normalization(mean=mean, variance=np.ones_like(mean)),
            keras.layers.UnitNormalization(),
            keras.layers.Dense(width, kernel_initializer=keras.initializers.Orthogonal(4.0, seed=seed)),
        ],
        name="embedding",
    )
