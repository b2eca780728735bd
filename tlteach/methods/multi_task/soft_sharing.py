"""Soft sharing: every task has a trunk of its own, and the trunks are tied, or lend each other features.

    tied          loss + strength * sum_i |K_i - mean K|^2     weights K_i (k, d) of the trunks, drawn to each other
    cross-stitch  h_i <- sum_j a_ij h_j                        a_ij are learned, from mostly one's own features

The trunks are one layer with weights (tasks, k, d). What comes before them, a base, is shared. (Tied trunks: Duong and
others, Low Resource Dependency Parsing, ACL 2015. Cross-stitch: Misra and others, 2016, arXiv:1604.03539; there a_ij
is one for each channel, here one for each pair of tasks.)
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.methods.multi_task.network import static, stem, with_heads
from tlteach.methods.multi_task.tasks import Tasks

TRUNKS, STITCH = "trunks", "stitch"


@checked
def own_trunks(
    tasks: Tasks,
    base: keras.Model | None = None,
    width: int = 64,
    stitched: bool = False,
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> keras.Model:
    """A compiled model with a trunk and a head for each task; `stitched` trunks lend each other features."""
    inputs, x = stem(tasks, base, seed)
    n, names = len(tasks.labels), list(tasks.labels)
    as_dense = keras.initializers.VarianceScaling(n, "fan_avg", "uniform")  # Glorot's, for each trunk by itself
    trunks = keras.layers.EinsumDense("nk,tkd->ntd", (n, width), "relu", "td", kernel_initializer=as_dense, name=TRUNKS)
    features = trunks(x)
    if stitched:
        stitch = keras.layers.EinsumDense("njd,ij->nid", (n, width), name=STITCH)
        features = stitch(features)
        stitch.set_weights([mostly_own(n)])
    of_task = {
        name: keras.layers.Flatten()(keras.layers.Cropping1D((i, n - 1 - i))(features)) for i, name in enumerate(names)
    }
    return with_heads(inputs, of_task, tasks, learning_rate)


def mostly_own(n: int) -> np.ndarray:
    """Numbers a (n, n) that begin at 0.9 for one's own features, and share the rest."""
    return np.full((n, n), 0.1 / max(1, n - 1)) + (0.9 - 0.1 / max(1, n - 1)) * np.eye(n)


def apart(strength: float):
    """The penalty above, as a function of the weights (tasks, k, d)."""
    return lambda kernels: strength * ops.sum(ops.square(kernels - ops.mean(kernels, axis=0, keepdims=True)))


@checked
def tied(
    model: keras.Model,
    tasks: Tasks,
    strength: float = 0.01,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model`, which has a trunk for each task (`own_trunks`), and draw the trunks to each other."""
    if not any(layer.name == TRUNKS for layer in model.layers):
        raise GuardError(f"{model.name} has no trunk for each task. Build it with multi_task.own_trunks(tasks).")
    kernel = model.get_layer(TRUNKS).kernel
    kernel.regularizer = apart(strength)
    try:
        return static(model, tasks, None, epochs, batch_size, seed)
    finally:
        kernel.regularizer = None  # the model is saved as plain Keras


@checked
def cross_stitch(
    model: keras.Model, tasks: Tasks, epochs: int = 30, batch_size: int = 64, seed: int = 0
) -> keras.Model:
    """Train `model`, whose trunks are stitched (`own_trunks(tasks, stitched=True)`): it learns who lends to whom."""
    if not any(layer.name == STITCH for layer in model.layers):
        raise GuardError(f"{model.name} has no stitches. Build it with multi_task.own_trunks(tasks, stitched=True).")
    return static(model, tasks, None, epochs, batch_size, seed)
