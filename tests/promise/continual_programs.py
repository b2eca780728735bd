"""One task after the other, where the second would not be learned, or nothing could be forgotten."""

import keras
import numpy as np
from promise.small import base, pictures
from promise.table import correct, wrong

import tlteach as tl

continual = tl.continual


def task(classes: int = 2, width: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rows = np.random.default_rng(0).normal(size=(24, width)).astype("float32")
    return rows, np.arange(24) % classes


def two_heads() -> tuple[keras.Model, keras.Model]:
    old = continual.network(4, 2, width=8)
    return old, continual.new_head(old, 3)


@wrong("shares no weight that can learn")
def two_networks_of_their_own():
    continual.ewc(continual.network(4, 2), continual.network(4, 3), task(2), task(3), epochs=1)


@wrong("shares no weight that can learn")
def a_trunk_that_is_frozen():
    old, new = two_heads()
    old.layers[0].trainable = False
    continual.lwf(old, new, task(2), task(3), epochs=1)


@wrong("go from 0 to 2. For other classes, give the model a head of its own")
def three_classes_on_a_head_for_two():
    old = continual.network(4, 2, width=8)
    continual.naive(old, old, task(2), task(3), epochs=1)


@wrong("kept=100 is not possible: the past task has 24 inputs")
def more_is_kept_than_there_was():
    old, new = two_heads()
    continual.replay(old, new, task(2), task(3), kept=100, epochs=1)


@wrong("takes inputs of the shape")
def old_inputs_of_another_width():
    old, new = two_heads()
    continual.replay(old, new, task(2, width=6), task(3), kept=10, epochs=1)


@wrong("present task has 24 inputs and labels of the shape")
def labels_that_are_too_few():
    old, new = two_heads()
    continual.l2_sp(old, new, task(2), (task(3)[0], task(3)[1][:20]), epochs=1)


@correct
def two_questions_one_after_the_other():
    old, new = two_heads()
    continual.ewc(old, new, task(2), task(3), epochs=1, batch_size=8)


@correct
def a_whole_network_and_raw_pictures():
    whole = base()
    whole.trainable = True
    images, labels = pictures(12)
    old = keras.Sequential([whole, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, "softmax")])
    old.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    old(images[:1].astype("float32"))
    continual.lwf(old, old, (images, labels), (images, 1 - labels), epochs=1, batch_size=4)
