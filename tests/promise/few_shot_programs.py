"""Few-shot learning that would judge on what it has seen, learn nothing, or name classes that it has not."""

import keras
import numpy as np
from promise.small import base
from promise.table import correct, wrong

import tlteach as tl

few_shot = tl.few_shot


def rows(n: int = 48, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(n) % classes
    features = np.eye(classes, 6)[labels] * 3 + np.random.default_rng(0).normal(size=(n, 6))
    return features.astype("float32"), labels


@wrong(r"An episode of 4 classes needs 5 \+ 15 rows of each")
def queries_that_would_be_examples_too():
    few_shot.episodes(*rows(), ways=4, shots=5)


@wrong("np.unique.* numbers them anew")
def labels_of_an_episode_that_begin_at_seven():
    features, labels = rows()
    few_shot.nearest(features, labels + 7, features)


@wrong("can learn: unfreeze a part of it")
def meta_training_of_a_frozen_base():
    pictures = np.zeros((24, 32, 32, 3), "float32")
    frozen = base()
    pooled = keras.Model(frozen.input, keras.layers.GlobalAveragePooling2D()(frozen.output))
    pooled.trainable = False
    few_shot.meta_train(pooled, pictures, np.arange(24) % 2, ways=2)


@wrong("DAP adds up log odds")
def attributes_that_exclude_each_other():
    features, labels = rows()
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, "softmax")])
    model.compile("adam", "categorical_crossentropy")
    few_shot.dap(model, features, labels, np.eye(4))


@wrong("There are 4 classes and 3 signatures")
def a_class_without_a_description():
    features, labels = rows()
    few_shot.eszsl(features, labels, np.eye(3, 5))


@wrong("give some of both")
def a_harmonic_mean_without_a_new_class():
    few_shot.harmonic_mean(np.eye(3), np.array([0, 1, 0]), np.array([True, True, False]))


@wrong("Nothing is said of class 3")
def a_picture_without_a_sentence():
    features, labels = rows()
    towers = few_shot.two_towers(few_shot.tower(features, 4), few_shot.tower(features, 4))
    few_shot.contrast(towers, features, labels, features[:3], np.arange(3))


@correct
def one_example_of_each_class():
    features, labels = rows()
    model = few_shot.by_prototypes(features[:4], labels[:4], features.mean(axis=0))
    model.predict(features, verbose=0)


@correct
def a_class_that_nobody_has_shown():
    features, labels = rows()
    signatures = np.eye(4, 5)
    model = few_shot.eszsl(features, labels, signatures)
    few_shot.by_attributes(model, np.array([[1.0, 1, 0, 0, 0], [0, 0, 1, 1, 0]])).predict(features, verbose=0)
