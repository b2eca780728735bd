"""What the programs of the table are about: tiny tasks, bases and models that are made in milliseconds."""

import keras
import numpy as np

import tlteach as tl
from tlteach.core.task import Task
from tlteach.text.splits import TextSplit


def pictures(n: int = 24, size: int = 32, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise that is reddish or bluish, uint8 (n, size, size, 3), and labels (n,)."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    images = random.integers(0, 200, (n, size, size, 3))
    images[labels == 0, :, :, 0] += 55
    images[labels == 1, :, :, 2] += 55
    return images.astype("uint8"), labels


def task(n: int = 24) -> Task:
    """A task of n pictures: half to train on, a quarter each to choose by and to test on."""
    return tl.tasks.from_arrays(*pictures(n), ("red", "blue"), validation=0.25, test=0.25, seed=0)


def task_of_texts() -> Task:
    """The word red or blue decides."""
    labels = np.arange(24) % 2
    texts = [f"a very {('red', 'blue')[i % 2]} house, number {i}" for i in range(24)]
    splits = [TextSplit(tuple(texts[part]), labels[part], 2) for part in (slice(12), slice(12, 18), slice(18, 24))]
    return Task("colours", ("red", "blue"), *splits, modality="text")


def base(normalized: bool = True, pretrained: bool = True, size: int = 32) -> keras.Model:
    """A small frozen convolutional base of two blocks that looks pre-trained."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((size, size, 3), name="pixels")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="preprocessing")(inputs)
    for number in (1, 2):
        x = keras.layers.Conv2D(4 * number, 3, strides=2, name=f"block{number}_conv")(x)
        if normalized:
            x = keras.layers.BatchNormalization(momentum=0.5, name=f"block{number}_bn")(x)
        x = keras.layers.ReLU(name=f"block{number}_relu")(x)
    model = keras.Model(inputs, x, name="small_base")
    if pretrained:
        pretend_pretraining(model)
    model.trainable = False
    return model


def pretend_pretraining(model: keras.Model) -> None:
    """Give biases and normalization values such as some training would have left."""
    pretend_learning(model)
    if any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers):
        few = pictures(16, model.input_shape[1])[0].astype("float32")
        for _ in range(10):  # the statistics follow, with momentum 0.5
            model(few, training=True)


def pretend_learning(model: keras.Model) -> np.random.Generator:
    """Give biases, gammas and betas values such as some training would have left; go on with the numbers it returns."""
    random = np.random.default_rng(1)
    for weight in model.weights:
        name = weight.path.rsplit("/", 1)[-1]
        if name in ("bias", "beta"):
            weight.assign(random.normal(0, 0.05, weight.shape))
        if name == "gamma":
            weight.assign(random.uniform(0.8, 1.2, weight.shape))
    return random


def model(**how) -> keras.Model:
    """Steps 2 and 3 on the small base; `how` goes to tl.add_head."""
    return tl.add_head(base(), task(), **how)


def head_on(features: keras.Model, outputs: int = 2, activation: str | None = "softmax") -> keras.Model:
    """A head that was put on by hand, not compiled."""
    inputs = keras.Input(features.input_shape[1:])
    x = keras.layers.GlobalAveragePooling2D()(features(inputs, training=False))
    return keras.Model(inputs, keras.layers.Dense(outputs, activation=activation, name="head")(x))
