"""One task after the other: the contract of all methods, and each against a closed form or a slow twin."""

import inspect
from pathlib import Path

import keras
import numpy as np
import pytest
from backends import passes_on
from keras import ops

import tlteach as tl
from tlteach.engine.arrays import answers, fit_anew
from tlteach.engine.pull import PullToStart, pulled
from tlteach.methods.continual.lwf import cross_entropy, softened

continual = tl.continual
SETTINGS = {"replay": {"kept": 40}, "L2-SP": {"strength": 1.0}}


def task(seed, turned=False, classes=3, n=60):
    """Rows of five numbers, one group for each class; `turned` has the groups in other places."""
    random = np.random.default_rng(seed)
    centres = 2 * np.random.default_rng(7 + turned).normal(size=(classes, 5))
    labels = np.arange(n) % classes
    return (centres[labels] + random.normal(0, 0.5, (n, 5))).astype("float32"), labels


def learned(width=16):
    old = continual.network(5, 3, width=width, learning_rate=3e-2)
    return fit_anew(old, task(0), epochs=25, batch_size=60, seed=0)


def right(model, rows_and_labels):
    rows, labels = rows_and_labels
    return np.mean(answers(model, rows).argmax(axis=1) == labels)


# ---------------------------------------------------------------- the contract


@pytest.mark.parametrize("name", continual.METHODS)
@pytest.mark.parametrize("heads", [1, 2])
def test_a_method_trains_the_new_model_and_gives_it_back(name, heads):
    old = learned()
    new = old if heads == 1 else continual.new_head(old, 4)
    present = task(1, turned=True, classes=3 if heads == 1 else 4)
    before = old.get_weights()[0]
    found = continual.METHODS[name](
        old, new, task(0), present, epochs=20, batch_size=60, seed=1, **SETTINGS.get(name, {})
    )
    assert found is new
    assert right(new, present) > (0.6 if name == "LwF" and heads == 1 else 0.8)
    assert (old.get_weights()[0] != before).any()
    assert all(weight.regularizer is None for weight in old.weights)


@pytest.mark.parametrize("name", continual.METHODS)
def test_a_method_is_said_in_few_words_with_its_source(name):
    module = inspect.getmodule(inspect.unwrap(continual.METHODS[name]))
    assert len(Path(module.__file__).read_text().splitlines()) <= 120
    assert "arXiv" in module.__doc__ or name == "naive"
    assert list(inspect.signature(continual.METHODS[name]).parameters)[:4] == ["old", "new", "past", "present"]


@pytest.mark.slow
def test_what_works_against_forgetting_forgets_less():
    def left(name):
        old = learned()
        new, present = continual.new_head(old, 4), task(1, turned=True, classes=4)
        settings = SETTINGS.get(name, {})
        continual.METHODS[name](old, new, task(0), present, epochs=30, batch_size=60, seed=1, **settings)
        rows, labels = task(5)
        return np.mean(answers(old, rows)[np.arange(len(labels)), labels])  # the probability of what is true

    naive = left("naive")
    assert naive < 0.9
    assert min(left("L2-SP"), left("EWC"), left("replay")) > naive


def test_a_new_head_shares_the_trunk_and_leaves_the_old_head():
    old = learned()
    new = continual.new_head(old, 7)
    assert new.output_shape == (None, 7)
    assert new.layers[-2] is old.layers[-2]
    head = [weights.copy() for weights in old.layers[-1].get_weights()]
    continual.naive(old, new, task(0), task(1, classes=7, n=70), epochs=1)
    assert all(np.array_equal(a, b) for a, b in zip(head, old.layers[-1].get_weights(), strict=True))


@pytest.mark.parametrize("name", continual.METHODS)
def test_a_whole_network_with_raw_pictures(name):
    images = np.random.default_rng(0).integers(0, 255, (24, 8, 8, 3)).astype("uint8")
    old = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2),
        ]
    )
    old.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    new = continual.new_head(old, 3)
    settings = {"kept": 10} if name == "replay" else {}
    past, present = (images, np.arange(24) % 2), (images, np.arange(24) % 3)
    found = continual.METHODS[name](old, new, past, present, epochs=1, batch_size=8, **settings)
    assert np.isfinite(answers(found, images)).all()


# ---------------------------------------------------------------- Fisher information and the pull


def test_the_fisher_information_of_a_softmax_is_the_closed_form():
    """Of W[i, k], the gradient is x_i (1[y = k] - p_k); over y from p, its square has the mean x_i^2 p_k (1 - p_k)."""
    random = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    one = np.repeat(random.normal(size=(1, 4)).astype("float32"), 150, axis=0)
    p = answers(model, one[:1])[0]
    kernel, bias = continual.fisher(model, one, most=150)
    expected = np.square(one[0])[:, None] * (p * (1 - p))[None]
    assert np.allclose(kernel, expected, rtol=0.5, atol=2e-3)
    assert np.allclose(bias, p * (1 - p), rtol=0.5)


def test_the_fisher_information_is_that_of_differences():
    """A slow twin: every weight is moved a little, and the log-likelihood of the same drawn labels is asked again."""
    model, (rows, _) = learned(width=3), task(0, n=9)
    model.compile("sgd", "sparse_categorical_crossentropy")
    found = continual.fisher(model, rows, most=6, seed=3)
    random = np.random.default_rng(3)
    some = rows[random.permutation(len(rows))[:6]]
    drawn = np.array([random.choice(3, p=row / row.sum()) for row in answers(model, some)])
    start = model.get_weights()

    def logs():
        return np.log(answers(model, some)[np.arange(6), drawn])

    for number, weights in enumerate(start):
        for place in list(np.ndindex(weights.shape))[:8]:
            sides = []
            for step in (1e-2, -1e-2):
                moved = [array.copy() for array in start]
                moved[number][place] += step
                model.set_weights(moved)
                sides.append(logs())
            slow = np.mean(((sides[0] - sides[1]) / 2e-2) ** 2)
            assert np.isclose(found[number][place], slow, rtol=0.1, atol=2e-3)
    model.set_weights(start)


def test_the_fisher_information_moves_nothing_and_sees_no_dropout():
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    before = [weights.copy() for weights in model.get_weights()]
    one, other = (continual.fisher(model, task(0)[0], most=20) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))
    assert all(np.allclose(a, b) for a, b in zip(one, other, strict=True))


def test_the_pull_is_the_weighted_squared_distance():
    random = np.random.default_rng(0)
    start, weight, importance = random.normal(size=(3, 4, 2)).astype("float32")
    penalty = PullToStart(ops.convert_to_tensor(start), 0.6, np.abs(importance))
    expected = 0.3 * np.sum(np.abs(importance) * (weight - start) ** 2)
    assert np.isclose(ops.convert_to_numpy(penalty(ops.convert_to_tensor(weight))), expected, rtol=1e-5)


def test_ewc_with_a_linear_model_ends_where_the_closed_form_says():
    """For one weight, mean squared error a (w - m)^2 and a pull s / 2 F (w - w0)^2: the best is their weighted mean."""
    layer = keras.layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.Constant(1.0))
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(keras.optimizers.SGD(0.05), "mean_squared_error")
    rows = np.ones((8, 1), "float32")
    with pulled(model.trainable_weights, 3.0, [np.array([[0.5]], "float32")]):
        fit_anew(model, (rows, 2 * rows), epochs=60, batch_size=8, seed=0)
    # slope of (w - 2)^2 + 0.75 (w - 1)^2 is 0
    assert np.isclose(ops.convert_to_numpy(layer.kernel).item(), (2 + 0.75) / 1.75, atol=1e-3)


# ---------------------------------------------------------------- LwF and replay


def test_softened_answers_and_their_cross_entropy():
    p = np.random.default_rng(0).dirichlet(np.ones(4), 5).astype("float32")
    soft = ops.convert_to_numpy(softened(ops.convert_to_tensor(p)))
    assert np.allclose(soft, np.sqrt(p) / np.sqrt(p).sum(axis=1, keepdims=True), atol=1e-3)
    found = ops.convert_to_numpy(cross_entropy(ops.convert_to_tensor(soft), ops.convert_to_tensor(p)))
    assert np.allclose(found, [-np.sum(a * np.log(b)) for a, b in zip(soft, p, strict=True)], atol=1e-3)


@pytest.mark.slow
def test_lwf_keeps_the_old_answers_on_new_inputs():
    def moved(strength):
        old = learned()
        new = continual.new_head(old, 4)
        present = task(1, turned=True, classes=4)
        before = answers(old, present[0])
        continual.lwf(old, new, task(0), present, strength=strength, epochs=15, batch_size=60)
        return np.abs(answers(old, present[0]) - before).mean()

    assert moved(5.0) < 0.5 * moved(1e-6)


def test_replay_learns_from_the_kept_inputs_and_no_others():
    """Labels of what is not kept are all wrong: where they were looked at, the old task would fall."""
    old = learned()
    rows, labels = task(0)
    kept = np.random.default_rng(0).permutation(len(labels))[:30]
    wrong = (labels + 1) % 3
    wrong[kept] = labels[kept]
    new = continual.new_head(old, 4)
    continual.replay(old, new, (rows, wrong), task(1, classes=4), kept=30, epochs=15, batch_size=60)
    assert right(old, (rows, labels)) > 0.85


# ---------------------------------------------------------------- what comes in


def test_what_cannot_be_is_refused():
    old = learned()
    with pytest.raises(tl.DataError, match="shares no weight that can learn with network"):
        continual.naive(old, continual.network(5, 3), task(0), task(1))
    with pytest.raises(tl.DataError, match=r"go from 0 to 3\. For other classes"):
        continual.naive(old, old, task(0), task(1, classes=4))
    with pytest.raises(tl.DataError, match="kept=61 is not possible: the past task has 60 inputs"):
        continual.replay(old, old, task(0), task(1), kept=61)
    inputs = keras.Input((5,))
    model = keras.Model(inputs, keras.layers.Softmax()(keras.layers.Dense(3)(inputs)))
    model.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(tl.GuardError, match="does not end in a dense layer"):
        continual.new_head(model, 2)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_methods_do_the_same_on_other_backends(backend):
    passes_on(backend, __file__)
