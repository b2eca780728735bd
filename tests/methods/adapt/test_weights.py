"""Weights that make the source count as the target would: what they promise, and the ratio where it is known."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist
from scipy.stats import norm

import tlteach as tl
from tlteach.methods.adapt.kmm import median_distance, nearest
from tlteach.methods.adapt.weighting import MOST, error_of_line, picture

adapt = tl.adapt
RATIOS = {"kmm": adapt.kmm, "kliep": adapt.kliep, "domain classifier": adapt.told_apart}


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 60), st.integers(5, 60), st.integers(1, 4), st.sampled_from([*RATIOS]))
def test_weights_are_not_negative_and_their_mean_is_one(seed, n, m, width, name):
    random = np.random.default_rng(seed)
    weights = RATIOS[name](random.normal(size=(n, width)), random.normal(0.5, 1, size=(m, width)))
    assert weights.shape == (n,)
    assert (weights >= 0).all()
    assert np.isfinite(weights).all()
    assert weights.mean() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("name", RATIOS)
def test_the_ratio_of_two_groups(name):
    """Half of the source and four fifths of the target lie at 0, the others far away: the ratios are 1.6 and 0.4."""
    random = np.random.default_rng(0)
    source = np.repeat([0.0, 6.0], 100)[:, None] + random.normal(0, 0.3, (200, 1))
    target = np.repeat([0.0, 6.0], [160, 40])[:, None] + random.normal(0, 0.3, (200, 1))
    weights = RATIOS[name](source, target)
    assert weights[:100].mean() == pytest.approx(1.6, abs=0.12)
    assert weights[100:].mean() == pytest.approx(0.4, abs=0.12)


@pytest.mark.parametrize("name", RATIOS)
def test_the_ratio_of_two_gaussians(name):
    random = np.random.default_rng(1)
    source, target = random.normal(0, 1, (600, 1)), random.normal(0.7, 1, (600, 1))
    true = norm.pdf(source[:, 0], 0.7) / norm.pdf(source[:, 0])
    assert np.corrcoef(RATIOS[name](source, target), true)[0, 1] > 0.9


def test_kmm_keeps_its_constraints_and_brings_the_means_together():
    random = np.random.default_rng(2)
    source, target = random.normal(0, 1, (150, 2)), random.normal(1, 0.5, (100, 2))
    weights = adapt.kmm(source, target)
    assert weights.max() <= MOST * 1.01
    width = 2 * median_distance(source)

    def gap(weights):
        """The squared distance of the two means in kernel space, up to what does not depend on the weights."""
        share = weights / len(source)
        kernel = np.exp(-cdist(source, source, "sqeuclidean") / (2 * width**2))
        across = np.exp(-cdist(source, target, "sqeuclidean") / (2 * width**2)).mean(axis=1)
        return share @ kernel @ share - 2 * share @ across

    assert gap(weights) < gap(np.ones(150)) - 0.05
    for other in (np.roll(weights, 1), 0.5 + weights / 2, adapt.kliep(source, target)):
        assert gap(weights) <= gap(other) + 1e-4


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30))
def test_the_nearest_weights_that_keep_the_constraints(seed, n):
    given_weights = np.random.default_rng(seed).normal(1, 2, n)
    found = nearest(given_weights)
    assert found.mean() == pytest.approx(1)
    assert (found >= 0).all()
    some = np.random.default_rng(seed + 1).dirichlet(np.ones(n), 200) * n
    assert np.square(found - given_weights).sum() <= np.square(some - given_weights).sum(axis=1).min() + 1e-6


def test_equal_weights_are_as_many_inputs_as_there_are():
    assert adapt.effective_inputs(np.ones(50)) == pytest.approx(50)
    assert adapt.effective_inputs(np.eye(50)[0]) == pytest.approx(1)


@pytest.mark.parametrize(("name", "most"), [("kmm", 0.05), ("kliep", 0.02)])
def test_a_line_is_fitted_where_the_target_lies(name, most):
    """A straight line cannot follow the curve everywhere; with weights it follows it where the target is."""
    domains = adapt.covariate_shift()
    unweighted, weighted = (
        error_of_line(domains, weights) for weights in (None, RATIOS[name](domains.source[0], domains.target))
    )
    assert unweighted > 0.15
    assert weighted < most


def test_where_no_input_of_the_source_is_near_there_is_nothing_to_weigh():
    """KLIEP's weights were NaN here, and so was every line; where a wider kernel reaches, it is taken."""
    domains = adapt.covariate_shift(centre=9.0)
    assert np.isfinite(adapt.kliep(domains.source[0], domains.target)).all()
    domains = adapt.covariate_shift(centre=30.0)
    with pytest.raises(tl.DataError, match="No input of the source lies near one of the target"):
        adapt.kliep(domains.source[0], domains.target)


def test_the_picture_of_weights_has_both_lines():
    domains = adapt.covariate_shift()
    figure = picture(domains, adapt.kliep(domains.source[0], domains.target), "Two lines")
    (axes,) = figure.axes
    slopes = [np.diff(line.get_ydata())[0] for line in axes.lines if len(line.get_xdata()) == 2]
    assert slopes[0] < 0 < slopes[1]
    assert axes.get_title() == "Two lines"


def test_a_model_sees_the_weights():
    """Two labels contradict each other; the weights decide which is believed."""
    source = np.zeros((40, 1), "float32"), np.arange(40) % 2
    domains = adapt.Domains(source, source, np.zeros((8, 1), "float32"), source)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(4, "relu"), keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    adapt.weighted(model, domains, lambda rows, target: np.where(source[1] == 1, 1.8, 0.2), epochs=60)
    assert model.predict(source[0][:1], verbose=0)[0, 1] == pytest.approx(0.9, abs=0.05)
