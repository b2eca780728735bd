"""Few labels and many inputs: the contract that all methods keep, and each against a slow twin or a closed form."""

import inspect
from pathlib import Path

import keras
import numpy as np
import pytest
from backends import passes_on
from keras import ops
from promise import small

import tlteach as tl
from tlteach.methods.pseudo_labels import surer_than, surest
from tlteach.methods.semi_supervised.consistency import Consistent, believed_loss
from tlteach.methods.semi_supervised.labels import Beginning
from tlteach.methods.semi_supervised.tri_training import bootstrap, how_many

semi = tl.semi_supervised
NOISE, DROPOUT = keras.layers.GaussianNoise(0.05), keras.layers.Dropout(0.2)


def head(seed=0, width=4, classes=3, rate=0.05):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(classes, activation="softmax")])
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model


def drawn(n, seed=0, spread=0.5):
    """Rows of four numbers in three classes."""
    random, labels = np.random.default_rng(seed), np.arange(n) % 3
    return (2 * np.eye(4)[labels] + random.normal(0, spread, (n, 4))).astype("float32"), labels


FEW, MANY = drawn(9), drawn(120, seed=1)
METHODS = {
    "labels alone": lambda model, **how: semi.labels_alone(model, FEW, **how),
    "self-training": lambda model, **how: semi.self_training(model, FEW, MANY[0], threshold=0.5, rounds=2, **how),
    "curriculum": lambda model, **how: semi.curriculum(model, FEW, MANY[0], shares=(0.3, 0.6), **how),
    "teach": lambda model, **how: semi.teach(model, FEW, MANY[0], np.eye(3)[MANY[1]], **how),
    "consistency": lambda model, **how: semi.consistency(model, FEW, MANY[0], NOISE, DROPOUT, **how),
}


def accuracy(model):
    inputs, labels = drawn(300, seed=2)
    return np.mean(semi.probabilities(model, inputs).argmax(axis=1) == labels)


# ---------------------------------------------------------------- the contract


@pytest.mark.parametrize("name", METHODS)
def test_a_method_trains_the_model_that_it_is_given_and_gives_it_back(name):
    model = head()
    before = [weights.copy() for weights in model.get_weights()]
    assert METHODS[name](model, epochs=12, batch_size=16, seed=1) is model
    assert all((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))
    assert accuracy(model) > 0.85


@pytest.mark.parametrize("name", METHODS)
def test_the_same_seed_gives_the_same_model(name):
    one, other = (METHODS[name](head(), epochs=3, seed=1).get_weights() for _ in range(2))
    assert all(np.allclose(*pair, atol=1e-5) for pair in zip(one, other, strict=True))


def test_a_method_is_said_in_few_words_with_its_source():
    for function in (semi.self_training, semi.co_training, semi.tri_training, semi.consistency):
        module = inspect.getmodule(inspect.unwrap(function))
        assert len(Path(module.__file__).read_text().splitlines()) <= 120
        assert "(" in module.__doc__


def test_training_again_is_training_for_the_first_time():
    """The weights, the state of the optimizer and the dropout's random numbers are put back."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((4,)), keras.layers.Dropout(0.5), keras.layers.Dense(3, activation="softmax")]
    )
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy")
    beginning = Beginning(model)
    first = beginning.fit(FEW, 5, 9, 0).get_weights()
    beginning.fit(MANY, 3, 16, 7)
    again = beginning.fit(FEW, 5, 9, 0).get_weights()
    assert all(np.allclose(*pair, atol=1e-6) for pair in zip(first, again, strict=True))


# ---------------------------------------------------------------- which answers are believed


def test_answers_above_a_threshold():
    told = np.array([[0.9, 0.1], [0.3, 0.7], [0.55, 0.45], [0.2, 0.8]])
    rows, guesses = surer_than(told, 0.7)
    assert rows.tolist() == [0, 1, 3]
    assert guesses.tolist() == [0, 1, 1]


def test_self_training_is_training_on_the_labels_and_on_the_sure_answers():
    alone = semi.labels_alone(head(), FEW, epochs=10, seed=1)
    rows, guesses = surer_than(semi.probabilities(alone, MANY[0]), 0.6)
    joined = np.concatenate([FEW[0], MANY[0][rows]]), np.concatenate([FEW[1], guesses])
    slow = semi.labels_alone(head(), joined, epochs=10, seed=1)
    found = semi.self_training(head(), FEW, MANY[0], threshold=0.6, rounds=1, epochs=10, seed=1)
    assert all(np.allclose(*pair, atol=1e-5) for pair in zip(slow.get_weights(), found.get_weights(), strict=True))


def test_a_curriculum_keeps_every_class_where_a_threshold_loses_one():
    told = np.array([[0.99, 0.01]] * 8 + [[0.4, 0.6], [0.45, 0.55]])
    assert set(surer_than(told, 0.9)[1]) == {0}
    rows, guesses = surest(told, 0.5)
    assert rows.tolist() == [0, 1, 2, 3, 8]
    assert guesses.tolist() == [0, 0, 0, 0, 1]


# ---------------------------------------------------------------- two views, three models


def test_in_co_training_each_learns_from_the_other():
    """One view tells the classes, the other is noise that hides them; who learns from noise unlearns."""
    views = FEW[0], np.random.default_rng(5).normal(size=(9, 4)).astype("float32")
    others = MANY[0], MANY[0][:, ::-1].copy()
    models = semi.co_training((head(), head()), (views, FEW[1]), others, shares=(0.5,), epochs=10, seed=1)
    for side in (0, 1):
        teacher = semi.labels_alone(head(), (views[1 - side], FEW[1]), epochs=10, seed=1)
        told = semi.probabilities(teacher, others[1 - side])
        slow = semi.teach(head(), (views[side], FEW[1]), others[side], told, share=0.5, epochs=10, seed=1)
        for one, other in zip(slow.get_weights(), models[side].get_weights(), strict=True):
            assert np.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize(
    ("error", "last", "count", "agreed", "taught"),
    [
        (0.2, 0.1, 50, 90, 0),  # not better than last time
        (0.1, 0.5, 0, 90, 4),  # the first time, l' = floor(.1 / .4 + 1) = 1: ceil(.5 * 1 / .1 - 1)
        (0.0, 0.5, 0, 90, 90),  # no error: all that agree
        (0.1, 0.2, 40, 70, 70),  # .1 * 70 < .2 * 40
        (0.1, 0.2, 40, 90, 79),  # too many: ceil(.2 * 40 / .1 - 1)
        (0.1, 0.2, 40, 30, 0),  # no more than last time
    ],
)
def test_how_many_pseudo_labels_may_teach(error, last, count, agreed, taught):
    assert how_many(error, last, count, agreed) == taught
    if taught and error:
        assert error * taught < last * max(count, np.floor(error / (last - error) + 1))


def test_tri_training_and_its_vote():
    models = tuple(head(seed) for seed in range(3))
    found = semi.tri_training(models, FEW, MANY[0], epochs=20, seed=1)
    assert found is models
    inputs, labels = drawn(300, seed=2)
    votes = np.stack([semi.probabilities(model, inputs).argmax(axis=1) for model in models])
    told = semi.vote(models, inputs)
    assert np.mean(told == labels) > 0.85
    for row in range(300):
        counts = np.bincount(votes[:, row], minlength=3)
        assert counts.max() == 1 or told[row] == counts.argmax()


def test_a_bootstrap_loses_no_class():
    labels = np.array([0, 0, 0, 1, 2, 2])
    rows = bootstrap(labels, np.random.default_rng(0))
    assert labels[rows].tolist() == labels.tolist()


# ---------------------------------------------------------------- consistency


def test_the_second_loss_in_numpy():
    weak = np.array([[0.97, 0.03], [0.6, 0.4], [0.04, 0.96]], "float32")
    strong = np.array([[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]], "float32")
    found = believed_loss(ops.convert_to_tensor(weak), ops.convert_to_tensor(strong), 0.95)
    assert float(found) == pytest.approx((-np.log(0.5) - np.log(0.1)) / 3, rel=1e-4)


def test_changes_happen_in_training_only_and_the_passes_are_told_apart():
    model = head()
    learner = Consistent(model, NOISE, DROPOUT, 0.9, 1.0)
    told = learner((FEW[0], MANY[0]), training=False)
    for found, inputs in zip(told, (FEW[0], MANY[0], MANY[0]), strict=True):
        assert np.allclose(ops.convert_to_numpy(found), semi.probabilities(model, inputs), atol=1e-5)
    changed = learner((FEW[0], MANY[0]), training=True)
    assert not np.allclose(ops.convert_to_numpy(changed[2]), ops.convert_to_numpy(told[2]), atol=1e-3)


# ---------------------------------------------------------------- whole networks, other backends, the drawn animals


def test_a_whole_network_learns_from_pictures():
    images, labels = small.pictures(24)
    model = tl.unfreeze(small.model(), 1.0)
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    before = model.get_weights()[0].copy()
    weakly, strongly = keras.layers.RandomFlip("horizontal"), keras.layers.RandomTranslation(0.2, 0.2)
    semi.curriculum(model, (images[:8], labels[:8]), images[8:], shares=(0.5,), epochs=1)
    semi.consistency(model, (images[:8], labels[:8]), images[8:], weakly, strongly, threshold=0.4, epochs=1)
    assert (model.get_weights()[0] != before).any()


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_methods_do_the_same_on_other_backends(backend):
    passes_on(backend, __file__)


def test_the_animals_that_a_seed_draws():
    few = semi.animals(seed=3)
    inputs, labels = few.labelled["daylight"]
    assert inputs.shape == (20, 256)
    assert np.bincount(labels).tolist() == [10, 10]
    assert {rows.shape for rows in few.unlabelled.values()} == {(1000, 256)}
    rows = [row.tobytes() for part in (inputs, few.unlabelled["daylight"], few.test["daylight"][0]) for row in part]
    assert len(set(rows)) == len(rows)
    assert few.hidden.sum() != 900 == semi.animals(dogs=0.9, seed=3).hidden.sum()
    assert np.array_equal(few.test["night"][1], semi.animals(seed=4).test["night"][1])


def test_what_is_wrong_is_said():
    with pytest.raises(tl.DataError, match="not enough for these labels and this pile"):
        semi.animals(unlabelled=5000)
    with pytest.raises(tl.GuardError, match=r"the surest has 0\."):
        semi.self_training(head(), FEW, MANY[0], threshold=0.9999, epochs=1)
    with pytest.raises(tl.DataError, match="without labels"):
        semi.self_training(head(), FEW, MANY, epochs=1)
