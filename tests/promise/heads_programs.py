"""Heads, losses and metrics that were put together by hand."""

import keras
import numpy as np
from promise.small import base, head_on, task
from promise.table import correct, wrong

import tlteach as tl

SPARSE = "sparse_categorical_crossentropy"


def trained(model: keras.Model, *compiled, **how) -> keras.Model:
    model.compile(*compiled, **how)
    tl.train(model, task(), epochs=1)
    return model


@wrong("softmax over one output, which is always 1")
def a_softmax_over_one_output():
    trained(head_on(base(), 1), "adam", "binary_crossentropy")


@wrong("does not fit 1 output.*binary_crossentropy")
def one_output_with_sparse_crossentropy():
    trained(head_on(base(), 1, "sigmoid"), "adam", SPARSE)


@wrong("does not fit 2 outputs.*sparse_categorical_crossentropy")
def two_outputs_with_binary_crossentropy():
    trained(head_on(base()), "adam", "binary_crossentropy")


@wrong("does not fit 2 outputs")
def two_outputs_with_one_hot_crossentropy():
    trained(head_on(base()), "adam", "categorical_crossentropy")


@wrong("does not fit 2 outputs")
def two_outputs_with_a_squared_error():
    trained(head_on(base(), 2, None), "adam", "mse")


@wrong("compiled with a loss")
def no_loss():
    trained(head_on(base()), "adam", None)


@wrong("softmax twice")
def softmax_twice():
    once = head_on(base())
    trained(keras.Model(once.input, keras.layers.Softmax()(once.output)), "adam", SPARSE)


@wrong("ends in relu")
def a_head_that_ends_in_relu():
    trained(head_on(base(), 2, "relu"), "adam", SPARSE)


@wrong("metric categorical_accuracy")
def an_accuracy_for_one_hot_labels():
    trained(head_on(base()), "adam", SPARSE, metrics=[keras.metrics.CategoricalAccuracy()])


@wrong("metric categorical_accuracy")
def an_accuracy_for_one_hot_labels_by_name():
    trained(head_on(base()), "adam", SPARSE, metrics=["categorical_accuracy"])


@wrong("has 3 outputs, but the task has 2 classes")
def a_head_for_three_classes():
    trained(head_on(base(), 3), "adam", SPARSE)


@wrong("gives logits, but its loss expects probabilities")
def logits_for_a_loss_of_probabilities():
    trained(head_on(base(), 2, None), "adam", SPARSE)


@wrong("from_logits=True and would squash them a second time")
def probabilities_for_a_loss_of_logits():
    trained(head_on(base()), "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))


@wrong("to one row of numbers for each")
def two_heads():
    features = base()
    x = keras.layers.GlobalAveragePooling2D()(features.output)
    heads = [keras.layers.Dense(2, activation="softmax", name=name)(x) for name in ("one", "other")]
    trained(keras.Model(features.input, heads), "adam", [SPARSE, SPARSE])


@correct
def one_sigmoid_with_binary_crossentropy():
    trained(head_on(base(), 1, "sigmoid"), "adam", "binary_crossentropy", metrics=["accuracy"])


@correct
def one_logit():
    trained(head_on(base(), 1, None), "adam", keras.losses.BinaryCrossentropy(from_logits=True))


@correct
def two_logits():
    trained(head_on(base(), 2, None), "adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))


@correct
def a_loss_by_the_name_of_its_output():
    trained(head_on(base()), "adam", {"head": SPARSE})


@correct
def metrics_for_positions():
    trained(head_on(base()), "adam", SPARSE, metrics=["acc", keras.metrics.SparseTopKCategoricalAccuracy(1)])


def answers(outputs: int, activation: str | None, loss, weights) -> np.ndarray:
    """The classes that a head on one feature gives to a few inputs, once it has these weights."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(outputs, activation=activation)])
    model.compile("adam", loss)
    model.set_weights(weights)
    from tlteach.engine.evaluation import probabilities_from

    return probabilities_from(model, model.predict(np.array([[0.1], [0.4], [0.6], [0.9]]), verbose=0)).argmax(1)


@correct
def one_output_with_a_squared_error_is_cut_at_a_half():
    found = answers(1, None, "mse", [np.ones((1, 1)), np.zeros(1)])
    assert found.tolist() == [0, 0, 1, 1]


@correct
def one_output_with_hinge_is_cut_at_zero():
    found = answers(1, "tanh", "hinge", [np.ones((1, 1)), np.array([-0.5])])
    assert found.tolist() == [0, 0, 1, 1]
