"""Every method of domain adaptation: the contract that all keep, and each against a closed form or a slow twin."""

import inspect
from pathlib import Path

import keras
import numpy as np
import pytest
from backends import passes_on
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from scipy.spatial.distance import cdist

import tlteach as tl
from tlteach.engine.arrays import PairsOfBatches
from tlteach.methods import distances
from tlteach.methods.adapt.coral import colouring, covariance_gap
from tlteach.methods.adapt.dann import DomainConfusion, reversed_gradient
from tlteach.methods.adapt.heterogeneous import halves
from tlteach.methods.adapt.mmd import WIDTHS, kernel_gap
from tlteach.methods.adapt.pairs import fit_pairs
from tlteach.methods.adapt.self_training import picture
from tlteach.methods.adapt.shot import unsure
from tlteach.methods.adapt.subspace import principal_directions
from tlteach.methods.adapt.tca import components
from tlteach.methods.pseudo_labels import surest

adapt = tl.adapt
GAPS = {"mmd": kernel_gap, "deep coral": covariance_gap, "dann": DomainConfusion()}


@pytest.fixture(scope="module")
def domains():
    """Rows of six numbers in three classes; the target is moved and stretched."""
    return shifted(seed=0)


def shifted(seed):
    random = np.random.default_rng(seed)
    centres = 3 * np.eye(6)[:3]

    def draw(n, target):
        labels = np.arange(n) % 3
        rows = centres[labels] + random.normal(0, 0.5, (n, 6))
        return (rows * (1 + 0.5 * target) + target).astype("float32"), labels

    return adapt.Domains(draw(96, False), draw(48, False), draw(96, True)[0], draw(90, True), "shifted")


def arrays_of(random, *shapes):
    return [random.normal(size=shape).astype("float32") for shape in shapes]


def number(tensor):
    return ops.convert_to_numpy(tensor)


def of_tensors(function, *arrays):
    """What `function` makes of the arrays as tensors of the backend, as Keras calls it."""
    return number(function(*map(ops.convert_to_tensor, arrays)))


# ---------------------------------------------------------------- the contract


@pytest.mark.parametrize("name", adapt.METHODS)
def test_a_method_trains_a_keras_model_and_gives_it_back(name, domains):
    model = adapt.network(domains, width=16)
    settings = {"directions": 3} if name in ("subspace alignment", "TCA") else {}
    before = [weights.copy() for weights in model.get_weights()]
    found = adapt.METHODS[name](model, domains, epochs=2, batch_size=32, seed=1, **settings)
    assert isinstance(found, keras.Model)
    assert found.output_shape == (None, 3)
    assert any((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))
    probabilities = found.predict(domains.test[0], verbose=0)
    assert np.isfinite(probabilities).all()
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert domains.judge(found).labels is domains.test[1]


@pytest.mark.parametrize("name", adapt.METHODS)
def test_a_method_is_said_in_few_words_with_its_source(name):
    method = getattr(adapt.METHODS[name], "func", adapt.METHODS[name])
    module = inspect.getmodule(inspect.unwrap(method))
    assert len(Path(module.__file__).read_text().splitlines()) <= 120
    assert name == "source only" or "arXiv" in module.__doc__ or "(" in module.__doc__
    assert list(inspect.signature(method).parameters)[:2] == ["model", "domains"]


@pytest.mark.parametrize("gap", GAPS)
def test_the_encoder_gets_the_gradient_of_the_labels_and_that_of_the_gap(gap, domains):
    of_labels, of_gap = (moved_by(domains, gap, what) for what in ("labels", "gap"))
    assert of_labels["hidden"] > 0
    assert of_labels["head"] > 0
    assert of_gap["hidden"] > 0
    assert of_gap["head"] == 0


def moved_by(domains, gap, what):
    """How far each layer moves in an epoch where only `what` gives a gradient."""
    model = adapt.network(domains, width=8)
    loss = model.loss if what == "labels" else lambda labels, predicted: 0 * ops.sum(predicted, axis=-1)
    model.compile(keras.optimizers.SGD(0.1), loss)
    before = {layer.name: layer.get_weights()[0].copy() for layer in model.layers[1:]}
    closing = GAPS[gap] if what == "gap" else lambda source, target: 0.0
    fit_pairs(model, domains, closing, 1.0, epochs=1, batch_size=32, seed=0)
    return {layer.name: float(np.abs(layer.get_weights()[0] - before[layer.name]).max()) for layer in model.layers[1:]}


@pytest.mark.parametrize("name", ["statistics", "CORAL", "MMD", "TCA"])
def test_a_method_repairs_what_the_source_alone_does_not(name):
    """Two classes along the first number; in the target it is moved so far that all inputs look like one class."""
    random = np.random.default_rng(0)

    def draw(moved):
        labels = np.arange(120) % 2
        rows = random.normal(0, 0.4, (120, 4)) + np.outer(2 * labels - 1, [1, 0.5, 0, 0]) + np.array([moved, 0, 0, 0])
        return rows.astype("float32"), labels

    domains = adapt.Domains(draw(0), draw(0), draw(2.5)[0], draw(2.5))

    def accuracy(method, **settings):
        model = adapt.network(domains, width=16, learning_rate=1e-2)
        return domains.judge(method(model, domains, batch_size=32, epochs=25, **settings)).accuracy

    settings = {"directions": 2} if name == "TCA" else {}
    alone = accuracy(adapt.source_only)
    assert alone < 0.8
    assert accuracy(adapt.METHODS[name], **settings) > alone + 0.1


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_methods_do_the_same_on_other_backends(backend):
    passes_on(backend, __file__)


# ---------------------------------------------------------------- what comes in


def test_target_labels_are_refused(domains):
    with pytest.raises(tl.GuardError, match="Domain adaptation has no labels of the target"):
        adapt.Domains(domains.source, domains.validation, (domains.target, domains.source[1]), domains.test)
    assert not hasattr(domains, "target_labels")
    with pytest.raises(tl.DataError, match="the same features in both domains"):
        adapt.Domains(domains.source, domains.validation, domains.target[:, :4], domains.test)
    with pytest.raises(tl.DataError, match="source has 96 inputs and 90 labels"):
        adapt.Domains((domains.source[0], domains.test[1]), domains.validation, domains.target, domains.test)


def test_a_method_that_would_do_nothing_says_so(domains):
    model = adapt.network(domains)
    model.get_layer("hidden").trainable = False
    model.layers[0].trainable = False
    for method in (adapt.mmd, adapt.deep_coral, adapt.dann, adapt.adda, adapt.shot):
        with pytest.raises(tl.GuardError, match="Nothing before the last layer of network can learn"):
            method(model, domains)
    inputs = keras.Input((6,))
    no_head = keras.Model(inputs, keras.layers.Activation("softmax")(keras.layers.Dense(3)(inputs)))
    no_head.compile("adam", "sparse_categorical_crossentropy")
    with pytest.raises(tl.GuardError, match="does not end in a dense layer"):
        adapt.mmd(no_head, domains)
    with pytest.raises(tl.GuardError, match="compiled with a loss"):
        adapt.mmd(keras.Sequential([keras.Input((6,)), keras.layers.Dense(4), keras.layers.Dense(3)]), domains)


def test_two_tasks_become_domains_without_a_target_label(colours, base):
    kept = adapt.between(colours, colours, base)
    assert kept.target.shape == (60, base.output_shape[-1])
    assert kept.distance < 0.5
    domains = adapt.between(colours, colours, base, raw=True)
    assert len(domains.target) == len(colours.train) + len(colours.validation)
    assert "60 of the target without labels" in str(domains)
    with pytest.raises(tl.DataError, match="takes rows of numbers, and an input of arrays to arrays"):
        adapt.network(domains)
    other = tl.tasks.from_arrays(domains.test[0], domains.test[1], ("red", "green"), 0.25, 0.25)
    with pytest.raises(tl.DataError, match="other classes"):
        adapt.between(colours, other, base)


def test_pairs_show_every_input_of_the_larger_domain_once_an_epoch(domains):
    batches = PairsOfBatches(domains.source, domains.target, batch_size=40, seed=0)
    assert len(batches) == 2
    assert sorted(batches.rows[0]) == sorted(batches.rows[1]) == list(range(96))
    (source, target), labels = batches[1]
    assert source.shape == target.shape == (40, 6)
    assert labels.shape == (40,)
    first = batches.rows[0].copy()
    batches.on_epoch_end()
    assert (batches.rows[0] != first).any()


# ---------------------------------------------------------------- gaps


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.integers(2, 9), st.integers(1, 5))
def test_the_gaps_against_slow_twins(seed, n, m, width):
    source, target = arrays_of(np.random.default_rng(seed), (n, width), (m, width))
    assert np.isclose(of_tensors(kernel_gap, source, target), slow_mmd(source, target), atol=1e-5)
    expected = distances.coral_distance(source, target)
    assert np.isclose(of_tensors(covariance_gap, source, target), expected, rtol=1e-3, atol=1e-6)
    assert abs(of_tensors(kernel_gap, source, source)) < 1e-6
    assert of_tensors(covariance_gap, source, source) < 1e-9


def slow_mmd(source, target):
    rows = [*source.astype("float64"), *target.astype("float64")]
    width = np.mean([np.sum((x - y) ** 2) for x in rows for y in rows]) + 1e-7

    def kernel(x, y):
        return np.mean([np.exp(-np.sum((x - y) ** 2) / (2 * factor * width)) for factor in WIDTHS])

    def mean(one, other):
        return np.mean([kernel(x.astype("float64"), y.astype("float64")) for x in one for y in other])

    return mean(source, source) + mean(target, target) - 2 * mean(source, target)


def test_mmd_of_two_gaussians_is_the_closed_form():
    """E k(x, y) for x - y normal with mean m and variance 2 s^2 in each of d numbers."""
    random, d, far = np.random.default_rng(0), 3, 1.5
    source, target = ((x - x.mean(axis=0)) / x.std(axis=0) for x in arrays_of(random, (1500, d), (1500, d)))
    target[:, 0] += far
    both = np.concatenate([source, target])
    width = cdist(both, both, "sqeuclidean").mean()

    def expected(distance):
        squared = [factor * width for factor in WIDTHS]
        return np.mean([(1 + 2 / w) ** (-d / 2) * np.exp(-(distance**2) / (2 * (w + 2))) for w in squared])

    assert np.isclose(of_tensors(kernel_gap, source, target), 2 * (expected(0) - expected(far)), rtol=0.05)


@pytest.mark.parametrize("strength", [0.0, 0.5, 2.0])
def test_the_reversed_gradient_has_the_other_sign_and_that_size(strength):
    """One step of plain descent at rate 1 on the mean of w x moves w by minus the mean of x: here by plus, times it."""

    class Reversing(keras.layers.Layer):
        def call(self, features):
            return reversed_gradient(features, strength)

    inputs = np.array([[1.0], [3.0]], "float32")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False), Reversing()])
    model.compile(keras.optimizers.SGD(1.0), lambda labels, predicted: ops.mean(predicted))
    assert np.allclose(model.predict(inputs, verbose=0), inputs @ model.get_weights()[0])
    before = model.get_weights()[0].item()
    model.train_on_batch(inputs, np.zeros(2))
    assert np.isclose(model.get_weights()[0].item() - before, strength * inputs.mean(), atol=1e-5)


# ---------------------------------------------------------------- maps of the inputs


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_colouring_gives_the_source_the_targets_mean_and_covariance(seed, width):
    random = np.random.default_rng(seed)
    source, target = (
        rows @ random.normal(size=(width, width)) + 2 for rows in arrays_of(random, (60, width), (80, width))
    )
    coloured = colouring(source, target, ridge=1e-9)(source)
    scale = np.abs(np.cov(target.T)).max()
    assert np.allclose(coloured.mean(axis=0), target.mean(axis=0), atol=1e-3 * scale)
    assert np.allclose(np.cov(coloured.T), np.cov(target.T), atol=2e-2 * scale)


def test_the_statistics_are_those_of_the_target(domains):
    model = adapt.statistics(adapt.network(domains, width=8), domains, epochs=1)
    layer = model.layers[0]
    assert np.allclose(number(layer.moving_mean), domains.target.mean(axis=0), atol=1e-3)
    assert np.allclose(number(layer.moving_variance), domains.target.var(axis=0), rtol=1e-3)


def test_a_subspace_that_is_turned_is_turned_back():
    """The target is the source, turned: after alignment both have the same coordinates."""
    random = np.random.default_rng(0)
    source = arrays_of(random, (200, 5))[0] * np.array([5, 4, 3, 2, 1])
    turn = np.linalg.qr(random.normal(size=(5, 5)))[0]
    of_source, of_target = (principal_directions(rows, 3) for rows in (source, source @ turn))
    assert np.allclose(of_source.T @ of_source, np.eye(3), atol=1e-6)
    assert np.allclose(np.abs(of_target.T @ (turn.T @ of_source)), np.eye(3), atol=1e-3)
    with pytest.raises(tl.DataError, match="directions=6 is not possible: there are 200 rows of 5 numbers"):
        principal_directions(source, 6)


def test_transfer_components_solve_their_eigenvalue_problem_and_avoid_the_shift():
    random = np.random.default_rng(0)
    source, target = arrays_of(random, (100, 4), (120, 4))
    target[:, 0] += 5
    found = components(source, target, 2, ridge=0.1)
    rows = np.concatenate([source, target])
    variance = np.cov(rows.T, ddof=0)
    apart = source.mean(axis=0) - target.mean(axis=0)
    held = np.outer(apart, apart) + 0.1 * np.trace(variance) / 4 * np.eye(4)
    assert np.allclose(found.T @ held @ found, np.eye(2), atol=1e-4)
    values = found.T @ variance @ found
    assert np.allclose(values, np.diag(np.diag(values)), atol=1e-3)
    assert np.abs(found[0]).max() < 0.1 * np.abs(found).max()


def test_a_projected_model_projects_and_can_be_saved(domains, tmp_path):
    model = adapt.network(domains, width=8)
    found = adapt.tca(model, domains, directions=2, epochs=1)
    found.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert np.allclose(again.predict(domains.test[0], verbose=0), found.predict(domains.test[0], verbose=0), atol=1e-5)


# ---------------------------------------------------------------- answers of the model itself


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.sampled_from([0.1, 0.5, 1.0]))
def test_the_surest_of_each_class(seed, n, share):
    probabilities = np.random.default_rng(seed).dirichlet(np.ones(3), n)
    rows, guesses = surest(probabilities, share)
    expected = []
    for label in range(3):
        of_class = sorted(
            (row for row in range(n) if probabilities[row].argmax() == label), key=lambda row: -probabilities[row].max()
        )
        expected += of_class[: max(1, round(share * len(of_class)))]
    assert rows.tolist() == sorted(expected)
    assert guesses.tolist() == probabilities[rows].argmax(axis=1).tolist()


def test_the_picture_of_answers_says_how_many_are_right():
    moons = adapt.moons(45, n=60)
    models = {name: adapt.network(moons, width=4, seed=seed) for seed, name in enumerate(("one", "two"))}
    figure = picture(moons, models, "Two models")
    assert len(figure.axes) == 2
    assert figure.axes[1].get_title().startswith(f"two: {moons.judge(models['two']).accuracy:.2f} right")


def test_information_is_that_of_sure_and_varied_answers():
    sure, guessed = np.eye(4, dtype="float32"), np.full((4, 4), 0.25, "float32")
    assert np.isclose(of_tensors(lambda answers: unsure(None, answers), sure), -np.log(4), atol=1e-4)
    for answers in (guessed, sure[[0, 0, 0, 0]]):
        assert np.isclose(of_tensors(lambda given: unsure(None, given), answers), 0, atol=1e-4)


def test_shot_needs_no_source_and_leaves_the_head(domains):
    model = adapt.source_only(adapt.network(domains, width=8), domains, epochs=2)
    head = model.layers[-1].get_weights()
    emptied = adapt.Domains(
        *[(rows[:1] * 0, labels[:1]) for rows, labels in (domains.source, domains.validation)],
        domains.target,
        domains.test,
    )
    model.compile(keras.optimizers.SGD(0.0), model.loss)
    adapt.shot(model, emptied, epochs=2)
    assert all(np.array_equal(old, new) for old, new in zip(head, model.layers[-1].get_weights(), strict=True))


def test_scores_that_choose(domains):
    model = adapt.source_only(adapt.network(domains, width=16), domains, epochs=10)
    right = model.predict(domains.validation[0], verbose=0).argmax(axis=1) == domains.validation[1]
    assert adapt.source_accuracy(model, domains) == pytest.approx(right.mean())
    weights = adapt.told_apart(domains.validation[0], domains.target)
    assert adapt.weighted_accuracy(model, domains) == pytest.approx(np.average(right, weights=weights))
    assert 0 <= adapt.information(model, domains) <= np.log(3)


# ---------------------------------------------------------------- other features


def test_pairs_find_what_two_spaces_share():
    random = np.random.default_rng(0)
    shared, noise, other = arrays_of(random, (400, 2), (400, 3), (400, 4))
    source = np.hstack([shared, noise]) @ random.normal(size=(5, 5))
    target = np.hstack([other, shared]) @ random.normal(size=(6, 6))
    of_source, of_target, correlations = adapt.by_pairs(source, target, 3, ridge=1e-9)
    assert (correlations[:2] > 0.99).all()
    assert correlations[2] < 0.3
    seen = (source - source.mean(axis=0)) @ of_source, (target - target.mean(axis=0)) @ of_target
    for direction in range(2):
        assert np.corrcoef(seen[0][:, direction], seen[1][:, direction])[0, 1] == pytest.approx(
            correlations[direction], abs=1e-3
        )
    with pytest.raises(tl.DataError, match="give pairs, row by row"):
        adapt.by_pairs(source[:3], target)
    with pytest.raises(tl.DataError, match="directions=7 is not possible with 400 pairs of 5 and 6 numbers"):
        adapt.by_pairs(source, target, 7)


def test_pairs_of_halves_help_and_mixed_up_ones_do_not():
    few, many = (halves(n, seed=1) for n in (10, 200))
    assert few["directions that agree"] + 0.1 < many["directions that agree"] < many["labels handed over"]
    assert many["pairs mixed up"] < 0.25


def test_correlations_are_those_of_scikit_learn():
    from sklearn.cross_decomposition import CCA

    random = np.random.default_rng(1)
    source = arrays_of(random, (300, 3))[0].astype("float64")
    target = source @ random.normal(size=(3, 4)) + random.normal(size=(300, 4))
    _, _, correlations = adapt.by_pairs(source, target, 3, ridge=1e-9)
    one, other = CCA(3, max_iter=5000, tol=1e-9).fit_transform(source, target)
    expected = [np.corrcoef(one[:, k], other[:, k])[0, 1] for k in range(3)]
    assert np.allclose(correlations, expected, atol=1e-3)
