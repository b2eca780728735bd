"""Nearest prototype: the mean of a few examples stands for their class, and nothing is trained.

    c_k = mean of f(x) over the examples of class k,        score_k(x) = -|f(x) - c_k|^2

(Snell, Swersky and Zemel, Prototypical Networks for Few-shot Learning, 2017, arXiv:1703.05175.) Features are centred
on what the base has seen before, and brought to length 1 (Wang and others, SimpleShot, 2019, arXiv:1911.04623).

-|f - c|^2 = 2 c'f - |c|^2 - |f|^2, and the last term is the same for all classes. So the classifier is a dense layer
with the kernel 2c and the bias -|c|^2: a head that is computed, and an ordinary Keras model.
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.engine.arrays import answers
from tlteach.engine.evaluation import as_array, as_features


@checked
def unit(features: np.ndarray, mean: np.ndarray | None = None) -> np.ndarray:
    """Features (n, d) minus `mean` (d,), each row then divided by its length."""
    rows = as_features(features, "features")
    if mean is not None:
        mean = as_features(as_array(mean, "mean").reshape(1, -1), "mean")
        if mean.shape[1] != rows.shape[1]:
            raise DataError(f"The mean has {mean.shape[1]} numbers, and a row of features {rows.shape[1]}.")
        rows = rows - mean
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


@checked
def prototypes(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean of each class, (k, d), where labels are 0 to k - 1 and each has an example at least."""
    rows, labels = as_features(features, "features"), classes_of(features, labels)
    return np.stack([rows[labels == label].mean(axis=0) for label in range(labels.max() + 1)])


@checked
def nearest(support: np.ndarray, labels: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Scores (m, k) of queries (m, d): minus the squared distance to the prototype of each class of `support` (n, d).

    A description can be an example, too: give vectors of sentences as support, and vectors of texts as queries.
    """
    centres, queries = prototypes(support, labels), as_features(queries, "queries")
    if queries.shape[1] != centres.shape[1]:
        raise DataError(f"A query has {queries.shape[1]} numbers and an example {centres.shape[1]}; give both alike.")
    return 2 * queries @ centres.T - np.square(centres).sum(axis=1) - np.square(queries).sum(axis=1, keepdims=True)


@checked
def by_prototypes(
    inputs: np.ndarray, labels: np.ndarray, mean: np.ndarray | None = None, encoder: keras.Model | None = None
) -> keras.Model:
    """A Keras classifier from a few labelled inputs, computed and not trained.

    Args:
        inputs: rows of features (n, d); with an `encoder`, what that takes, such as pictures.
        mean: of features that the base has made of other inputs; None leaves features as they are.
        encoder: from inputs to features (n, d), or to feature maps, of which the mean over all places is taken.
    """
    encoder = pooled(encoder) if encoder else None
    features = answers(encoder, inputs) if encoder else as_features(inputs, "inputs")
    mean, layers = np.zeros(features.shape[1]) if mean is None else mean, []
    if np.any(mean):
        layers = [keras.layers.Normalization(mean=np.asarray(mean), variance=np.ones(len(mean)))]
        layers.append(keras.layers.UnitNormalization())
        features = unit(features, mean)
    centres = prototypes(features, labels)
    head = keras.layers.Dense(len(centres), name="prototypes")
    model = on_top(encoder, features.shape[1], [*layers, head], "by_prototypes")
    head.set_weights([2 * centres.T, -np.square(centres).sum(axis=1)])
    return model


def on_top(encoder: keras.Model | None, width: int, layers: list, name: str) -> keras.Model:
    """The layers one after the other on rows of features, or on an encoder."""
    start = x = encoder.output if encoder else keras.Input((width,))
    for layer in layers:
        x = layer(x)
    return keras.Model(encoder.input if encoder else start, x, name=name)


def pooled(encoder: keras.Model) -> keras.Model:
    """`encoder` with rows of features as outputs: the mean over height and width where it gives maps."""
    if len(encoder.output_shape) == 2:
        return encoder
    return keras.Model(encoder.input, keras.layers.GlobalAveragePooling2D()(encoder.output))


def classes_of(features: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """`labels` as whole numbers. Raises DataError where they are not 0 to k - 1, one for each row, none left out."""
    labels = np.asarray(labels)
    if labels.shape != (len(features),):
        raise DataError(
            f"There are {len(features)} rows and labels of the shape {labels.shape}: give one for each row."
        )
    found = sorted(set(labels.tolist()))
    if labels.dtype.kind not in "iu" or found != list(range(len(found))):
        raise DataError(
            f"Labels must be whole numbers 0, 1, 2 ..., each with an example; found {found[:9]}. "
            "np.unique(labels, return_inverse=True)[1] numbers them anew."
        )
    return labels
