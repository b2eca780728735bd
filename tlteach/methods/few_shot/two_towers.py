"""Two towers: pictures and sentences come into one space, and a sentence becomes a class.

    s_ij = exp(t) cos(picture_i, sentence_j);     loss = (cross entropy along rows + along columns) / 2

In each row the sentence that belongs to the picture shall win, in each column the picture. Pictures of one class share
their sentences, so the target of a row is spread over all that fit. (Radford and others, Learning Transferable Visual
Models From Natural Language Supervision, 2021, arXiv:2103.00020; several that fit: Khosla and others, Supervised
Contrastive Learning, 2020, arXiv:2004.11362.)
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.engine.arrays import ShuffledBatches, finite
from tlteach.engine.feeding import fit_batches
from tlteach.methods.few_shot.prototypes import classes_of


@keras.saving.register_keras_serializable("tlteach")
class Similarity(keras.layers.Layer):
    """Cosines of each row of one input (n, d) with each of the other (m, d), times a factor that is learned: (n, m)."""

    def build(self, _) -> None:
        self.scale = self.add_weight((), keras.initializers.Constant(np.log(10.0)), name="scale")

    def call(self, both):
        rows, columns = (ops.normalize(side, axis=-1) for side in both)
        return ops.exp(ops.minimum(self.scale, float(np.log(100.0)))) * ops.matmul(rows, ops.transpose(columns))

    def compute_output_shape(self, shapes) -> tuple:
        return shapes[0][0], shapes[1][0]


def both_ways(labels, similarities):
    """The contrastive loss of each row and column (n,), from similarities (n, n); equal labels belong together."""
    same = ops.cast(ops.equal(labels[:, None], labels[None]), similarities.dtype)
    targets = same / ops.sum(same, axis=1, keepdims=True)
    rows = keras.losses.categorical_crossentropy(targets, similarities, from_logits=True)
    columns = keras.losses.categorical_crossentropy(targets, ops.transpose(similarities), from_logits=True)
    return (rows + columns) / 2


@checked
def tower(features: np.ndarray, width: int = 64, seed: int = 0, dropout: float = 0.0) -> keras.Model:
    """From rows of features like these to a common space: centred, of length 1, then one dense layer."""
    keras.utils.set_random_seed(seed)
    mean = np.mean(features, axis=0)
    inputs = keras.Input(mean.shape)
    x = keras.layers.Normalization(mean=mean, variance=np.ones_like(mean))(inputs)
    x = keras.layers.Dropout(dropout)(keras.layers.UnitNormalization()(x))
    return keras.Model(inputs, keras.layers.Dense(width)(x), name="tower")


@checked
def two_towers(picture_tower: keras.Model, text_tower: keras.Model, learning_rate: float = 1e-2) -> keras.Model:
    """One compiled model from [pictures (n, ...), sentences (m, ...)] to similarities (n, m)."""
    widths = picture_tower.output_shape[-1], text_tower.output_shape[-1]
    if widths[0] != widths[1]:
        raise GuardError(f"The towers end in {widths[0]} and {widths[1]} numbers; in one space both have as many.")
    inputs = [picture_tower.inputs[0], text_tower.inputs[0]]
    model = keras.Model(inputs, Similarity()([picture_tower.outputs[0], text_tower.outputs[0]]), name="two_towers")
    model.compile(keras.optimizers.Adam(learning_rate), both_ways)
    return model


class PicturesWithSentences(ShuffledBatches):
    """Batches of pictures and their classes, each picture beside one sentence of its class, drawn at random."""

    def __init__(self, inputs, labels, texts, text_labels, batch_size: int, seed: int) -> None:
        super().__init__((inputs, labels), batch_size, seed)
        self.texts, self.of_class = texts, [np.flatnonzero(text_labels == label) for label in range(labels.max() + 1)]

    def __getitem__(self, index: int) -> tuple:
        inputs, labels = super().__getitem__(index)
        return (inputs, self.texts[[self.random.choice(self.of_class[label]) for label in labels]]), labels


@checked
def contrast(
    model: keras.Model,
    inputs: np.ndarray,
    labels: np.ndarray,
    sentences: np.ndarray,
    sentence_labels: np.ndarray,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train two towers on pictures and on what is said of their classes; sentences are rows (m, ...) of any number."""
    labels, sentence_labels = classes_of(inputs, labels), np.asarray(sentence_labels)
    _must_take(model, inputs, sentences)
    if len(sentences) != len(sentence_labels):
        raise DataError(f"There are {len(sentences)} sentences and {len(sentence_labels)} classes of sentences.")
    if missing := set(labels.tolist()) - set(sentence_labels.tolist()):
        raise DataError(f"Nothing is said of class {min(missing)}: give each class a sentence at least.")
    keras.utils.set_random_seed(seed)
    batches = PicturesWithSentences(inputs, labels, sentences, sentence_labels, batch_size, seed)
    fit_batches(model, batches, epochs)
    return finite(model)


@checked
def similarities(model: keras.Model, inputs: np.ndarray, sentences: np.ndarray) -> np.ndarray:
    """How well each sentence fits each picture, (n, m): the scores of classes that sentences describe."""
    _must_take(model, inputs, sentences)
    found = [model([inputs[at : at + 256], sentences], training=False) for at in range(0, len(inputs), 256)]
    return np.concatenate([ops.convert_to_numpy(scores) for scores in found]).astype("float64")


def _must_take(model: keras.Model, *arrays: np.ndarray) -> None:
    """Raise GuardError where the towers do not take such arrays."""
    for name, tower_input, array in zip(("pictures", "sentences"), model.inputs, arrays, strict=True):
        if tuple(tower_input.shape[1:]) != array.shape[1:]:
            raise GuardError(
                f"The tower of {name} takes {tuple(tower_input.shape[1:])}, and these are {array.shape[1:]}."
            )
