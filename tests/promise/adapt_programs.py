"""Domain adaptation that would learn from what it must not see, or do nothing."""

from dataclasses import replace

import keras
import numpy as np
from promise.small import base, model, task
from promise.table import correct, wrong

import tlteach as tl

adapt = tl.adapt


def domains(width: int = 4) -> adapt.Domains:
    random = np.random.default_rng(0)

    def rows(n: int) -> np.ndarray:
        return random.normal(size=(n, width)).astype("float32")

    labels = np.arange(24) % 2
    return adapt.Domains((rows(24), labels), (rows(24), labels), rows(24), (rows(24), labels))


@wrong("Domain adaptation has no labels of the target")
def labels_of_the_target():
    found = domains()
    adapt.Domains(found.source, found.validation, (found.target, found.source[1]), found.test)


@wrong("Nothing before the last layer of network can learn, so its features cannot be aligned")
def features_that_stand_still():
    made = adapt.network(domains())
    for layer in made.layers[:-1]:
        layer.trainable = False
    adapt.mmd(made, domains(), epochs=1)


@wrong("Nothing before the last layer of small_base_with_head can learn")
def a_frozen_base_that_is_to_be_confused():
    adapt.dann(model(), adapt.between(task(), task(), base(), raw=True), epochs=1)


@wrong("does not end in a dense layer")
def a_model_whose_head_is_not_its_last_layer():
    inputs = keras.Input((4,))
    scores = keras.layers.Dense(2)(keras.layers.Dense(4)(inputs))
    made = keras.Model(inputs, keras.layers.Softmax()(scores))
    made.compile("adam", "sparse_categorical_crossentropy")
    adapt.deep_coral(made, domains(), epochs=1)


@wrong("is not compiled with a loss")
def a_model_that_was_never_compiled():
    adapt.source_only(keras.Sequential([keras.Input((4,)), keras.layers.Dense(4), keras.layers.Dense(2)]), domains())


@wrong("has no BatchNormalization layer")
def statistics_that_nobody_keeps():
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(2, "softmax")])
    made.compile("adam", "sparse_categorical_crossentropy")
    adapt.statistics(made, domains(), epochs=1)


@wrong("Methods that align need the same features in both domains")
def features_of_two_networks():
    found = domains()
    replace(found, target=domains(6).target)


@wrong("Adaptation is for one task in two domains")
def tasks_with_other_classes():
    other = replace(task(), class_names=("green", "yellow"))
    adapt.between(task(), other, base())


@wrong("This method takes rows of numbers")
def the_covariance_of_pictures():
    adapt.coral(model(), adapt.between(task(), task(), base(), raw=True), epochs=1)


@wrong("has NaN or infinite weights after training")
def an_input_that_is_no_number():
    found = domains()
    found.source[0][3] = np.nan
    adapt.source_only(adapt.network(found), found, epochs=1)


@wrong("give pairs, row by row")
def pairs_that_are_none():
    adapt.by_pairs(domains().target, domains(6).target[:10])


@wrong("directions=20 is not possible")
def more_directions_than_there_are():
    adapt.tca(adapt.network(domains()), domains(), epochs=1)


@correct
def a_method_on_rows_of_numbers():
    found = domains()
    adapt.mmd(adapt.network(found, width=8), found, epochs=1, batch_size=8)


@correct
def a_whole_network_in_two_domains():
    made = tl.unfreeze(model(), 1.0)
    made.compile(keras.optimizers.Adam(1e-4), "sparse_categorical_crossentropy")
    found = adapt.between(task(), task(), base(), raw=True)
    found.judge(adapt.mmd(made, found, epochs=1, batch_size=8))
