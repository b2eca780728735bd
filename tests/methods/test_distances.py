"""Every distance between domains against a slow computation or a closed form, and its errors."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from tlteach.core.errors import DataError
from tlteach.methods import distances
from tlteach.methods.distances import coral_distance, domains_apart, mmd, proxy_a_distance


def test_mmd_is_what_plain_loops_give():
    random = np.random.default_rng(0)
    source, target = random.normal(size=(7, 3)), random.normal(1, 2, size=(5, 3))
    rows = [*source, *target]
    width = np.sqrt(np.median([np.sum((a - b) ** 2) for a, b in itertools.combinations(rows, 2)]))

    def kernel(a, b):
        return np.exp(-np.sum((a - b) ** 2) / (2 * width**2))

    within_source = np.mean([kernel(a, b) for a, b in itertools.permutations(source, 2)])
    within_target = np.mean([kernel(a, b) for a, b in itertools.permutations(target, 2)])
    across = np.mean([kernel(a, b) for a in source for b in target])
    assert mmd(source, target) == pytest.approx(within_source + within_target - 2 * across, abs=1e-12)


def test_mmd_is_zero_on_average_where_the_domains_are_the_same():
    random = np.random.default_rng(0)
    found = [mmd(*random.normal(size=(2, 20, 3))) for _ in range(300)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(300)
    assert min(found) < 0 < max(found)
    assert mmd(np.ones((3, 2)), np.ones((4, 2))) == 0


def test_the_coral_distance_is_the_closed_form():
    random = np.random.default_rng(0)
    source, target = random.normal(size=(9, 2)), 3 * random.normal(size=(8, 2)) + 5
    by_loops = 0.0
    for i, j in itertools.product(range(2), repeat=2):
        one, other = (
            np.sum((x[:, i] - x[:, i].mean()) * (x[:, j] - x[:, j].mean())) / (len(x) - 1) for x in (source, target)
        )
        by_loops += (one - other) ** 2
    assert coral_distance(source, target) == pytest.approx(by_loops / 16)
    assert coral_distance(source, source + 100) == pytest.approx(0, abs=1e-12)
    assert coral_distance([[0.0], [2.0]], [[0.0], [4.0]]) == (8 - 2) ** 2 / 4


def test_the_proxy_a_distance_is_0_for_one_domain_and_2_for_two():
    random = np.random.default_rng(0)
    same = [proxy_a_distance(*random.normal(size=(2, 200, 3)), seed=seed) for seed in range(10)]
    assert np.mean(same) < 0.3
    assert proxy_a_distance(random.normal(size=(20, 3)), random.normal(50, 1, size=(30, 3))) == 2
    assert proxy_a_distance(np.zeros((4, 2)), np.zeros((4, 2))) == 0


def test_the_proxy_a_distance_comes_near_the_closed_form_for_two_gaussians():
    """Means 1 apart, deviation 1: the best error is P(normal < -1/2)."""
    random = np.random.default_rng(0)
    found = proxy_a_distance(random.normal(0, 1, (4000, 1)), random.normal(1, 1, (4000, 1)))
    assert found == pytest.approx(2 * (1 - 2 * 0.3085), abs=0.05)


def test_the_domain_classifier_islogistic_regression():
    random = np.random.default_rng(0)
    labels = np.arange(80) % 2
    features = random.normal(size=(80, 4)) + labels[:, None] * (1, -1, 0.5, 0)
    weights, bias = distances.logistic_regression(features, labels)
    expected = LogisticRegression(C=1.0, tol=1e-8).fit(features, labels)
    np.testing.assert_allclose(weights, expected.coef_[0], atol=2e-3)
    assert bias == pytest.approx(expected.intercept_[0], abs=2e-3)


@given(st.integers(0, 10_000), st.integers(4, 20), st.integers(4, 20), st.integers(1, 30))
@settings(deadline=None, max_examples=30)
def test_distances_are_symmetric_and_in_their_range(seed, n, m, d):
    random = np.random.default_rng(seed)
    source, target = random.normal(size=(n, d)), random.normal(0.5, 1.5, size=(m, d))
    assert 0 <= proxy_a_distance(source, target, seed) <= 2
    assert mmd(source, target) == pytest.approx(mmd(target, source), abs=1e-12)
    assert coral_distance(source, target) == pytest.approx(coral_distance(target, source))
    assert coral_distance(source, target) >= 0
    order = random.permutation(n)
    assert mmd(source[order], target) == pytest.approx(mmd(source, target), abs=1e-12)


@pytest.mark.parametrize("distance", [proxy_a_distance, mmd, coral_distance])
def test_distances_name_what_is_wrong(distance):
    good = np.random.default_rng(0).normal(size=(60, 5))
    with pytest.raises(DataError, match="5 features and the target 4"):
        distance(good, good[:, :4])
    with pytest.raises(DataError, match="at least"):
        distance(good, good[:1])
    with pytest.raises(DataError, match="target_features holds NaN"):
        distance(good, good * np.nan)
    with pytest.raises(DataError, match="height and width"):
        distance(good[None], good)


def test_the_picture_of_two_domains_has_both_and_says_their_distance():
    random = np.random.default_rng(0)
    source, target = random.normal(size=(40, 5)), random.normal(2, 1, size=(30, 5))
    figure = domains_apart(source, target)
    (axes,) = figure.axes
    distance = proxy_a_distance(source, target)
    told = (
        f"Proxy A-distance {distance:.2f} of 2: source and target are told apart with {(2 - distance) / 4:.0%} errors"
    )
    assert axes.get_title().startswith(told)
    assert [len(points.get_offsets()) for points in axes.collections] == [40, 30]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["source, 40 inputs", "target, 30 inputs"]
    assert figure.get_figheight() * 110 <= 700
    same = domains_apart(np.ones((8, 2)), np.ones((8, 2)))
    assert "Proxy A-distance 0.00 of 2: source and target are no better told apart" in same.axes[0].get_title()
