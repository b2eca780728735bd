"""Few labels and many inputs: programs that would teach a model nothing, or nonsense."""

import keras
import numpy as np
from promise.small import model, pictures
from promise.table import correct, wrong

import tlteach as tl

semi = tl.semi_supervised


def rows(n: int = 24, width: int = 4) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, width)).astype("float32")


def head(width: int = 4) -> keras.Model:
    made = keras.Sequential([keras.Input((width,)), keras.layers.Dense(2, activation="softmax")])
    made.compile("adam", "sparse_categorical_crossentropy")
    return made


LABELLED = rows(), np.arange(24) % 2


@wrong("it takes one array of inputs, without labels")
def labels_of_the_unlabelled():
    semi.self_training(head(), LABELLED, LABELLED, epochs=1)


@wrong("None of 24 answers is as sure as the threshold")
def a_threshold_that_nothing_reaches():
    semi.self_training(head(), LABELLED, rows(), threshold=0.9999, epochs=1)


@wrong("No input is labelled 1")
def a_class_without_a_label():
    semi.curriculum(head(), (rows(), np.zeros(24, int)), rows(), epochs=1)


@wrong("a label is 2")
def a_class_that_the_model_does_not_tell():
    semi.labels_alone(head(), (rows(), np.arange(24) % 3), epochs=1)


@wrong("24 labelled inputs and 10 labels")
def labels_that_are_missing():
    semi.labels_alone(head(), (rows(), np.arange(10) % 2), epochs=1)


@wrong("Labels are whole numbers, one for each input")
def labels_one_hot():
    semi.labels_alone(head(), (rows(), np.eye(2)[np.arange(24) % 2]), epochs=1)


@wrong("The views show 24 and 10 things")
def views_of_other_things():
    semi.co_training((head(), head()), ((rows(), rows()), LABELLED[1]), (rows(), rows(10)), epochs=1)


@wrong("The teacher tells of 10 inputs and there are 24")
def a_teacher_of_other_inputs():
    semi.teach(head(), LABELLED, rows(), np.full((10, 2), 0.5), epochs=1)


@wrong("takes inputs of the shape")
def features_of_another_base():
    semi.self_training(head(), LABELLED, rows(width=6), epochs=1)


@wrong("does not end in a softmax")
def logits_that_are_taken_for_probabilities():
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    made.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    change = keras.layers.GaussianNoise(0.1)
    semi.consistency(made, LABELLED, rows(), change, change, epochs=1)


@wrong("is not compiled with a loss")
def a_model_that_was_never_compiled():
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    semi.labels_alone(made, LABELLED, epochs=1)


@correct
def one_output_and_its_own_answers():
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")])
    made.compile("adam", "binary_crossentropy")
    semi.curriculum(made, LABELLED, rows(), shares=(0.5,), epochs=1)


@correct
def a_whole_network_and_pictures():
    images, labels = pictures(24)
    semi.self_training(model(), (images, labels), images, threshold=0.4, rounds=1, epochs=1)
