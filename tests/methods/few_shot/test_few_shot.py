"""Few, one and no examples: every method against a closed form, scikit-learn, or a slow twin; and what is refused."""

import inspect
from pathlib import Path

import keras
import numpy as np
import pytest
from backends import passes_on
from keras import ops

import tlteach as tl
from tlteach.engine.arrays import answers
from tlteach.methods.few_shot.meta import prototype_loss
from tlteach.methods.few_shot.two_towers import both_ways

few_shot = tl.few_shot
FILES = sorted(Path(inspect.getfile(few_shot)).parent.glob("[a-z]*.py"))


@pytest.fixture(scope="module")
def rows():
    """Six classes around six corners of a space of eight numbers, twenty rows of each, and their labels."""
    return drawn(np.eye(8)[:6] * 3)


def drawn(centres, each=20, seed=0):
    random = np.random.default_rng(seed)
    labels = np.arange(each * len(centres)) % len(centres)
    return (centres[labels] + random.normal(0, 0.6, (len(labels), centres.shape[1]))).astype("float32"), labels


def described(n, seed=0):
    """Signatures (n, 5) of zeros and ones, all different, and rows that show them, turned into eight numbers."""
    random = np.random.default_rng(seed)
    signatures = np.array([[number >> bit & 1 for bit in range(5)] for number in random.permutation(32)[:n]], float)
    return signatures, np.random.default_rng(99).normal(size=(5, 8))


def number(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_method_is_said_in_few_words_with_its_source(file):
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert file.stem == "__init__" or "arXiv" in text or "ICML" in text


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_methods_do_the_same_on_other_backends(backend):
    passes_on(backend, __file__)


# ---------------------------------------------------------------- prototypes and episodes


def test_the_nearest_prototype_is_that_of_scikit_learn(rows):
    from sklearn.neighbors import NearestCentroid

    features, labels = rows
    scores = few_shot.nearest(features[:30], labels[:30], features[30:])
    expected = NearestCentroid().fit(features[:30], labels[:30]).predict(features[30:])
    np.testing.assert_array_equal(scores.argmax(axis=1), expected)
    slow = [[-sum((one - centre) ** 2) for centre in few_shot.prototypes(features[:30], labels[:30])]
            for one in features[30:34].astype("float64")]  # fmt: skip
    np.testing.assert_allclose(scores[:4], slow, rtol=1e-9)


@pytest.mark.parametrize("centred", [False, True])
def test_the_computed_head_scores_as_the_distances_do(rows, centred, tmp_path):
    features, labels = rows
    mean = features.mean(axis=0) if centred else None
    model = few_shot.by_prototypes(features[:30], labels[:30], mean)
    support, queries = (few_shot.unit(some, mean) if centred else some for some in (features[:30], features[30:]))
    expected = few_shot.nearest(support, labels[:30], queries)
    apart = answers(model, features[30:]) - expected
    np.testing.assert_allclose(apart - apart[:, :1], 0, atol=1e-4)  # |f|^2 is the same for all classes
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(answers(again, features), answers(model, features), atol=1e-5)


def test_a_whole_network_gets_a_head_from_raw_pictures(base):
    pictures = np.random.default_rng(0).uniform(0, 255, (10, 32, 32, 3)).astype("float32")
    model = few_shot.by_prototypes(pictures, np.arange(10) % 2, encoder=base)
    assert model.input_shape[1:] == base.input_shape[1:]
    assert model.output_shape == (None, 2)


def test_episodes_have_no_row_twice_and_the_same_seed_gives_the_same(rows):
    features, labels = rows
    random = np.random.default_rng(0)
    for _ in range(20):
        support, queries = few_shot.episode(labels, 3, 2, 5, random)
        assert support.shape == (3, 2)
        assert queries.shape == (3, 5)
        assert len({*support.ravel(), *queries.ravel()}) == 21
        for some, others in zip(support, queries, strict=True):
            assert len({*labels[some], *labels[others]}) == 1
    found = few_shot.episodes(features, labels, n=30, n_queries=5, seed=3)
    again = few_shot.episodes(features, labels, n=30, n_queries=5, seed=3)
    np.testing.assert_array_equal(found.accuracies, again.accuracies)
    low, high = found.interval
    assert low < found.mean < high
    assert "in 30 episodes" in str(found)
    chance = few_shot.episodes(np.random.default_rng(0).normal(size=(120, 4)), labels, n=200, n_queries=5)
    assert chance.mean == pytest.approx(0.2, abs=0.04)


def test_what_makes_no_episode_is_refused(rows):
    features, labels = rows
    with pytest.raises(tl.DataError, match=r"needs 10 \+ 15 rows of each. There are 6 classes, the smallest with 20"):
        few_shot.episodes(features, labels, shots=10)
    with pytest.raises(tl.DataError, match="An episode of 7 classes"):
        few_shot.episodes(features, labels, ways=7)
    with pytest.raises(tl.DataError, match="There are 120 labels for 100 rows"):
        few_shot.episodes(features[:100], labels)
    with pytest.raises(tl.DataError, match="numbers them anew"):
        few_shot.prototypes(features, labels + 1)
    with pytest.raises(tl.DataError, match="one for each row"):
        few_shot.nearest(features, labels[:5], features)
    with pytest.raises(tl.DataError, match="A query has 4 numbers and an example 8"):
        few_shot.nearest(features, labels, features[:, :4])
    with pytest.raises(tl.DataError, match="The mean has 3 numbers"):
        few_shot.unit(features, np.zeros(3))


# ---------------------------------------------------------------- meta-training


def test_the_loss_of_an_episode_against_a_slow_twin():
    random = np.random.default_rng(0)
    ways, shots, n = 3, 2, 4
    embeddings, labels = random.normal(size=(ways * (shots + n), 5)).astype("float32"), np.repeat(np.arange(3), n)
    every = np.concatenate([np.repeat(np.arange(3), shots), labels])
    found = number(prototype_loss(ways, shots)(ops.convert_to_tensor(every), ops.convert_to_tensor(embeddings)))
    centres = [embeddings[start : start + shots].mean(axis=0) for start in range(0, ways * shots, shots)]
    for value, one, label in zip(found, embeddings[ways * shots :], labels, strict=True):
        scores = np.array([-((one - centre) ** 2).sum() for centre in centres])
        assert value == pytest.approx(np.log(np.exp(scores).sum()) - scores[label], rel=1e-4)


def test_meta_training_learns_which_numbers_matter():
    """Four of twelve numbers tell the classes; the others are loud. What is learned holds for classes not seen."""
    random = np.random.default_rng(0)

    def some(n, seed):
        centres = np.random.default_rng(seed).normal(size=(n, 12)) * np.repeat([2.0, 0.0], [4, 8])
        rows, labels = drawn(centres, 20, seed)
        rows[:, 4:] += random.normal(0, 3, (len(rows), 8))
        return rows, labels

    features, labels = some(20, 1)
    new, new_labels = some(8, 2)
    model = few_shot.embedding(features, width=12)
    assert few_shot.meta_train(model, features, labels, epochs=5, steps=60, learning_rate=1e-2) is model
    before = few_shot.episodes(few_shot.unit(new, features.mean(axis=0)), new_labels, n_queries=10, n=100).mean
    after = few_shot.episodes(answers(model, new), new_labels, n_queries=10, n=100).mean
    assert after > before + 0.1


def test_a_whole_network_can_be_meta_trained_and_a_frozen_one_is_refused(base):
    random = np.random.default_rng(0)
    pictures, labels = random.uniform(0, 255, (24, 32, 32, 3)).astype("float32"), np.arange(24) % 3
    base.trainable = False
    model = keras.Model(base.input, keras.layers.GlobalAveragePooling2D()(base.output))
    with pytest.raises(tl.GuardError, match="can learn: unfreeze a part of it"):
        few_shot.meta_train(model, pictures, labels, ways=3)
    base.trainable = True
    model = keras.Model(base.input, keras.layers.GlobalAveragePooling2D()(base.output))
    before = [weights.copy() for weights in model.get_weights()]
    few_shot.meta_train(model, pictures, labels, ways=3, n_queries=2, epochs=1, steps=2)
    assert any((one != other).any() for one, other in zip(before, model.get_weights(), strict=True))
    with pytest.raises(tl.DataError, match="the same rows in two domains"):
        few_shot.meta_train(model, pictures, labels, query_inputs=pictures[:4])


# ---------------------------------------------------------------- attributes


def test_eszsl_solves_its_least_squares_problem():
    """V minimises |X V S' - Y|^2 + a |V S'|^2 + b |X V|^2 + a b |V|^2 (Romera-Paredes and Torr, equation 3)."""
    signatures, mix = described(8)
    labels = np.arange(64) % 8
    inputs = signatures[labels] @ mix + np.random.default_rng(1).normal(0, 0.1, (64, 8))
    found = (
        few_shot.eszsl(inputs, labels, signatures, ridge=0.7, signature_ridge=0.3).get_weights()[0].astype("float64")
    )
    centred, sides = signatures - signatures.mean(axis=0), 2.0 * (labels[:, None] == np.arange(8)) - 1

    def loss(matrix):
        fitted = np.square(inputs @ matrix @ centred.T - sides).sum()
        held = 0.7 * np.square(matrix @ centred.T).sum() + 0.3 * np.square(inputs @ matrix).sum()
        return fitted + held + 0.7 * 0.3 * np.square(matrix).sum()

    random = np.random.default_rng(2)
    assert all(loss(found) < loss(found + random.normal(0, 0.05, found.shape)) for _ in range(20))


@pytest.mark.parametrize("name", ["dap", "eszsl"])
def test_classes_are_found_that_nobody_has_shown(name):
    signatures, mix = described(24)
    known, new = signatures[:18], signatures[18:]
    labels = np.arange(360) % 18
    random = np.random.default_rng(0)
    inputs = (known[labels] @ mix + random.normal(0, 0.2, (360, 8))).astype("float32")
    tests = (new[np.arange(60) % 6] @ mix + random.normal(0, 0.2, (60, 8))).astype("float32")
    if name == "dap":
        network = few_shot.attribute_network(inputs, known)
        model = few_shot.by_attributes(few_shot.dap(network, inputs, labels, known, epochs=20), new, known)
    else:
        mean = inputs.mean(axis=0)
        model = few_shot.by_attributes(
            few_shot.eszsl(inputs - mean, labels, known, ridge=0.1, signature_ridge=0.1), new
        )
        tests = tests - mean
    scores = answers(model, tests)
    right = np.mean(scores.argmax(axis=1) == np.arange(60) % 6)
    assert right > 0.5
    assert np.mean(scores[:, random.permutation(6)].argmax(axis=1) == np.arange(60) % 6) < right


def test_dap_adds_up_log_odds():
    signatures, mix = described(6)
    inputs = (signatures @ mix).astype("float32")
    network = few_shot.attribute_network(inputs, signatures)
    odds, shares = answers(network, inputs), signatures.mean(axis=0).clip(0.01, 0.99)
    found = answers(few_shot.by_attributes(network, signatures, signatures), inputs)

    def slow(row, signature):
        yes = 1 / (1 + np.exp(-row))
        chances = np.where(signature == 1, yes, 1 - yes) / np.where(signature == 1, shares, 1 - shares)
        return np.log(chances).sum()

    expected = np.array([[slow(row, signature) for signature in signatures] for row in odds])
    apart = found - expected
    np.testing.assert_allclose(apart - apart[:, :1], 0, atol=1e-3)


def test_signatures_that_do_not_fit_are_refused(rows):
    features, labels = rows
    signatures = np.eye(6)
    network = few_shot.attribute_network(features, signatures)
    with pytest.raises(tl.DataError, match="6 classes and 5 signatures"):
        few_shot.eszsl(features, labels, signatures[:5])
    with pytest.raises(tl.DataError, match="DAP asks yes or no"):
        few_shot.dap(network, features, labels, signatures * 2)
    with pytest.raises(tl.GuardError, match="gives 6 numbers, and there are 5 attributes"):
        few_shot.dap(network, features, labels, signatures[:, :5])
    with pytest.raises(tl.GuardError, match="gives 6 attributes, a signature 4"):
        few_shot.by_attributes(network, signatures[:, :4])


def test_calibration_takes_from_the_known_and_gives_to_the_new():
    scores = np.array([[3.0, 1, 2], [1, 3, 2], [3, 1, 2.5], [1, 2.4, 2]])
    labels, is_known = np.array([0, 1, 2, 2]), np.array([True, True, False])
    assert few_shot.harmonic_mean(scores, labels, is_known) == (1.0, 0.0, 0.0)
    penalty = few_shot.best_penalty(scores, labels, is_known)
    known, new, harmonic = few_shot.harmonic_mean(few_shot.calibrated(scores, is_known, penalty), labels, is_known)
    assert harmonic == pytest.approx(2 * known * new / (known + new))
    assert harmonic > 0.6
    every = [few_shot.harmonic_mean(few_shot.calibrated(scores, is_known, one), labels, is_known)[2]
             for one in np.linspace(-3, 3, 601)]  # fmt: skip
    assert harmonic == max(every)
    with pytest.raises(tl.DataError, match="True or False for each of the 3 columns"):
        few_shot.calibrated(scores, np.array([1, 1, 0]), 1.0)
    with pytest.raises(tl.DataError, match="give some of both"):
        few_shot.harmonic_mean(scores[:2], labels[:2], is_known)


# ---------------------------------------------------------------- two towers


def test_the_contrastive_loss_against_a_slow_twin():
    random = np.random.default_rng(0)
    scores, labels = random.normal(size=(5, 5)).astype("float32"), np.array([0, 1, 2, 0, 1])
    found = number(both_ways(ops.convert_to_tensor(labels), ops.convert_to_tensor(scores)))
    for row in range(5):
        fits = labels == labels[row]
        along = [np.log(np.exp(side).sum()) - side[fits].mean() for side in (scores[row], scores[:, row])]
        assert found[row] == pytest.approx(np.mean(along), rel=1e-4)


def test_towers_find_the_sentence_of_a_class_not_seen(tmp_path):
    signatures, mix = described(28)
    told = (signatures @ np.random.default_rng(5).normal(size=(5, 6))).astype("float32")
    labels = np.arange(440) % 22
    random = np.random.default_rng(0)
    inputs = (signatures[labels] @ mix + random.normal(0, 0.2, (440, 8))).astype("float32")
    new = np.arange(60) % 6
    tests = (signatures[22:][new] @ mix + random.normal(0, 0.2, (60, 8))).astype("float32")
    model = few_shot.two_towers(few_shot.tower(inputs, 16), few_shot.tower(told, 16))
    few_shot.contrast(model, inputs, labels, told[:22], np.arange(22), epochs=25)
    scores = few_shot.similarities(model, tests, told[22:])
    assert scores.shape == (60, 6)
    assert np.mean(scores.argmax(axis=1) == new) > 0.6
    model.save(tmp_path / "towers.keras")
    again = keras.saving.load_model(tmp_path / "towers.keras", compile=False)
    np.testing.assert_allclose(few_shot.similarities(again, tests, told[22:]), scores, atol=1e-4)
    with pytest.raises(tl.DataError, match="Nothing is said of class 21"):
        few_shot.contrast(model, inputs, labels, told[:21], np.arange(21))
    with pytest.raises(tl.GuardError, match="end in 16 and 8 numbers"):
        few_shot.two_towers(few_shot.tower(inputs, 16), few_shot.tower(told, 8))


def test_a_tower_can_be_a_whole_network(base):
    random = np.random.default_rng(0)
    pictures, labels = random.uniform(0, 255, (12, 32, 32, 3)).astype("float32"), np.arange(12) % 3
    told = random.normal(size=(3, 6)).astype("float32")
    x = keras.layers.GlobalAveragePooling2D()(base.output)
    model = few_shot.two_towers(keras.Model(base.input, keras.layers.Dense(4)(x)), few_shot.tower(told, 4))
    few_shot.contrast(model, pictures, labels, told, np.arange(3), epochs=1, batch_size=6)
    assert few_shot.similarities(model, pictures, told).shape == (12, 3)
