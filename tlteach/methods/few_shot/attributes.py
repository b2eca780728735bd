"""Zero-shot: learn what attributes look like, and find a class that nobody has shown by the attributes it has.

A class is known by its signature s_k, a number for each attribute. Two ways from inputs to attributes:

    DAP     a(x) = log odds of each attribute, learned as so many yes-or-no questions. Then
            log p(k | x) = const + sum over attributes of s_km (a_m(x) - log odds of m among known classes)
    ESZSL   score_k(x) = x' V s_k,     V = (X'X + ridge I)^-1  X' Y S  (S'S + ridge I)^-1,   Y = 1 or -1

S is centred: of many classes nearly all Y are -1, and would otherwise teach the mean signature and nothing else.

In both, new classes are a dense layer whose kernel is their signatures: `by_attributes` puts it on. (Lampert, Nickisch
and Harmeling, Learning to Detect Unseen Object Classes by Between-Class Attribute Transfer, CVPR 2009; Romera-Paredes
and Torr, An Embarrassingly Simple Approach to Zero-shot Learning, ICML 2015.)
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.engine.arrays import answers, fit_anew
from tlteach.engine.evaluation import as_features, gives_logits, loss_of, name_of
from tlteach.methods.few_shot.prototypes import classes_of, on_top, pooled


@checked
def attribute_network(features: np.ndarray, signatures: np.ndarray, learning_rate: float = 1e-2) -> keras.Model:
    """One dense layer from rows of features (n, d) to the log odds of each attribute, compiled."""
    mean, scale = np.mean(features, axis=0), np.std(features, axis=0)
    layers = [keras.layers.Normalization(mean=mean, variance=np.where(scale > 0, scale, 1) ** 2)]
    model = keras.Sequential(
        [keras.Input(mean.shape), *layers, keras.layers.Dense(np.shape(signatures)[1], kernel_regularizer="l2")],
        name="attribute_network",
    )
    model.compile(keras.optimizers.Adam(learning_rate), keras.losses.BinaryCrossentropy(from_logits=True))
    return model


@checked
def dap(
    model: keras.Model,
    inputs: np.ndarray,
    labels: np.ndarray,
    signatures: np.ndarray,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model`, from inputs to a log odds for each attribute, to give each input the attributes of its class.

    Args:
        signatures: (k, attributes), from 0 to 1, of the classes that `labels` number.
    """
    signatures = signatures_of(inputs, labels, signatures)
    if signatures.min() < 0 or signatures.max() > 1:
        raise DataError(f"DAP asks yes or no: signatures lie from 0 to 1, and these reach {np.ptp(signatures):.3g}.")
    if name_of(loss_of(model)) != "binary_crossentropy" or not gives_logits(model):
        raise GuardError(
            f"DAP adds up log odds. Let {model.name} end without sigmoid, and compile it with "
            "keras.losses.BinaryCrossentropy(from_logits=True)."
        )
    if model.output_shape[-1] != signatures.shape[1]:
        told = f"{model.output_shape[-1]} numbers, and there are {signatures.shape[1]} attributes"
        raise GuardError(f"{model.name} gives {told}. End it in a dense layer with one unit for each.")
    return fit_anew(model, (inputs, signatures[labels].astype("float32")), epochs, batch_size, seed)


@checked
def eszsl(
    inputs: np.ndarray,
    labels: np.ndarray,
    signatures: np.ndarray,
    ridge: float = 10.0,
    signature_ridge: float = 1.0,
    encoder: keras.Model | None = None,
) -> keras.Model:
    """A Keras model from rows of features x to x' V, one number for each attribute, in closed form.

    Args:
        inputs: rows (n, d), centred and of like length (`unit`); with an `encoder`, what that takes.
        ridge, signature_ridge: how far V is held back, on the side of the features and on that of the signatures.
    """
    encoder, signatures = pooled(encoder) if encoder else None, signatures_of(inputs, labels, signatures)
    rows = answers(encoder, inputs) if encoder else as_features(inputs, "inputs")
    sides = np.where(np.asarray(labels)[:, None] == np.arange(len(signatures)), 1.0, -1.0)
    signatures = signatures - signatures.mean(axis=0)
    left = np.linalg.solve(rows.T @ rows + ridge * np.eye(rows.shape[1]), rows.T @ sides @ signatures)
    gram = signatures.T @ signatures + signature_ridge * np.eye(signatures.shape[1])
    layer = keras.layers.Dense(signatures.shape[1], use_bias=False, name="to_attributes")
    model = on_top(encoder, rows.shape[1], [layer], "eszsl")
    layer.set_weights([np.linalg.solve(gram, left.T).T])
    return model


@checked
def by_attributes(model: keras.Model, signatures: np.ndarray, known: np.ndarray | None = None) -> keras.Model:
    """`model`, from inputs to attributes, with classes on top that are given by their signatures (k, attributes).

    Args:
        known: for DAP, signatures of the classes that it learned from: how frequent each attribute was there.
    """
    signatures = as_features(signatures, "signatures")
    if model.output_shape[-1] != signatures.shape[1]:
        raise GuardError(f"{model.name} gives {model.output_shape[-1]} attributes, a signature {signatures.shape[1]}.")
    share = np.full(signatures.shape[1], 0.5) if known is None else as_features(known, "known").mean(axis=0)
    share = share.clip(0.01, 0.99)
    layer = keras.layers.Dense(len(signatures), name="signatures")
    whole = keras.Model(model.inputs[0], layer(model.outputs[0]), name="by_attributes")
    layer.set_weights([signatures.T, -signatures @ np.log(share / (1 - share))])
    return whole


def signatures_of(inputs: np.ndarray, labels: np.ndarray, signatures: np.ndarray) -> np.ndarray:
    """`signatures` as numbers. Raises DataError where there is not one for each class of `labels`."""
    signatures = as_features(signatures, "signatures")
    if classes_of(inputs, labels).max() + 1 != len(signatures):
        raise DataError(
            f"There are {max(labels) + 1} classes and {len(signatures)} signatures; give one for each class."
        )
    return signatures
