"""The fair baseline: a small network that learns the task from nothing, as well as a laptop's minute allows.

What makes it fair: random changes of the pictures at every step (flip, shift, zoom, contrast, brightness), batch
normalization, a learning rate that warms up and falls along a cosine, weight decay, dropout, and the epoch that is best
on validation. What makes it affordable: small pictures, and fewer steps where there are few labels. Size, width,
pooling, the maximum at the top (it finds a muzzle among clutter) and the rate were searched for on the bundled
drawings, with draws of labels that no benchmark uses: for the same seconds, small pictures and many steps beat large
pictures and few.
"""

import keras
import numpy as np

from tlteach.core.task import Task
from tlteach.engine.fit import fit_whole
from tlteach.engine.schedules import warm_up_cosine
from tlteach.image.splits import Split

IMAGE_SIZE = 64  # pixels; at 96, a step takes twice as long, and fewer steps learn less
WIDTHS = (16, 32, 64, 64)  # channels of the blocks
BATCH_SIZE = 32
STEPS_PER_EPOCH = 50
LEARNING_RATE = 4e-3


def scratch(task: Task, seed: int) -> keras.Model:
    """Train a small network from random weights on task.train, and keep the epoch with the lowest validation loss."""
    keras.utils.set_random_seed(seed)
    epochs = epochs_for(len(task.train))
    batches = repeated(task.train, STEPS_PER_EPOCH * BATCH_SIZE).batches(
        IMAGE_SIZE, BATCH_SIZE, shuffle=True, seed=seed
    )
    model = scratch_network(task.n_classes, steps=epochs * len(batches))
    fit_whole(model, batches, task.validation.batches(IMAGE_SIZE, batch_size=100), epochs)
    return model


def repeated(split: Split, least: int) -> Split:
    """Show every picture as often as it takes to have `least` of them, so that an epoch of few labels is no shorter."""
    if len(split) >= least:
        return split
    pictures, labels = split.arrays(IMAGE_SIZE)
    rows = np.resize(np.arange(len(split)), least)
    return Split(pictures[rows], labels[rows], split.n_classes)


def epochs_for(n_labels: int) -> int:
    """Epochs of STEPS_PER_EPOCH steps or more: many labels can be learned from for longer than few."""
    return int(np.clip(round(1.8 * n_labels**0.5), 10, 32))


def scratch_network(n_classes: int, steps: int, image_size: int = IMAGE_SIZE) -> keras.Model:
    """A compiled network from raw pixels (b, image_size, image_size, 3), 0 to 255, to logits (b, n_classes)."""
    layers = keras.layers
    inputs = x = keras.Input((image_size, image_size, 3))
    for augment in (
        layers.RandomFlip("horizontal"),
        layers.RandomTranslation(0.1, 0.1),
        layers.RandomZoom((-0.2, 0.2)),
        layers.RandomContrast(0.3),
        layers.RandomBrightness(0.2),
    ):
        x = augment(x)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for block, width in enumerate(WIDTHS):
        x = layers.Conv2D(width, 3 if block else 5, strides=1 if block else 2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.9)(x)
        x = layers.Activation("relu")(x)
        x = layers.MaxPooling2D()(x) if block else x
    x = layers.Dropout(0.2)(layers.GlobalMaxPooling2D()(x))
    model = keras.Model(inputs, layers.Dense(n_classes)(x), name="scratch")
    rate = warm_up_cosine(LEARNING_RATE, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=1e-3), loss, metrics=["accuracy"])
    return model
