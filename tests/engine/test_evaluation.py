"""Accuracy, intervals and the paired test against scikit-learn, closed forms and simulation."""

import math

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, confusion_matrix

from tlteach.core.errors import DataError
from tlteach.engine.evaluation import Evaluation, probabilities_from
from tlteach.evidence.verdicts import compare


def evaluation(correct):
    """An evaluation of two classes that is right where `correct` is true."""
    correct = np.asarray(correct, dtype=bool)
    labels = np.arange(len(correct)) % 2
    predicted = np.where(correct, labels, 1 - labels)
    return Evaluation(np.eye(2)[predicted] * 0.8 + 0.1, labels)


@given(st.integers(2, 6), st.integers(1, 60), st.integers(0, 2**32 - 1))
def test_accuracy_and_confusion_equal_scikit_learns(n_classes, n, seed):
    random = np.random.default_rng(seed)
    found = Evaluation(random.dirichlet(np.ones(n_classes), n), random.integers(0, n_classes, n))
    assert found.accuracy == pytest.approx(accuracy_score(found.labels, found.predicted))
    expected = confusion_matrix(found.labels, found.predicted, labels=range(n_classes))
    np.testing.assert_array_equal(found.confusion, expected)


@given(st.integers(1, 400), st.data())
def test_the_interval_is_wilsons(n, data):
    right = data.draw(st.integers(0, n))
    z, p = 1.959963984540054, right / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    low, high = evaluation([True] * right + [False] * (n - right)).interval
    assert (low, high) == pytest.approx((max(0, centre - half), min(1, centre + half)), abs=1e-9)


def test_the_interval_covers_the_truth():
    """Of 1,000 simulated tests of a model that is right with probability 0.9, about 950 intervals hold 0.9."""
    random = np.random.default_rng(0)
    intervals = [evaluation(random.random(200) < 0.9).interval for _ in range(1000)]
    covered = sum(low <= 0.9 <= high for low, high in intervals)
    assert 930 <= covered <= 975


def test_the_worst_mistakes_come_first():
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.01, 0.99], [0.3, 0.7]])
    found = Evaluation(probabilities, np.array([0, 0, 0, 1]))
    assert found.worst(10).tolist() == [2, 1]
    assert found.worst(1).tolist() == [2]
    assert found.told(2, ("ant", "bee")) == "ant, taken for bee (99%)"


@pytest.mark.parametrize(("only_one", "only_other"), [(0, 0), (3, 3), (9, 1), (0, 6), (30, 12)])
def test_mcnemar_equals_the_binomial_sum(only_one, only_other):
    one = evaluation([True] * only_one + [False] * only_other + [True] * 50)
    other = evaluation([False] * only_one + [True] * only_other + [True] * 50)
    found = compare(one, other, ("one", "other"))
    n, k = only_one + only_other, min(only_one, only_other)
    expected = min(1.0, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n) if n else 1.0
    assert found["p_value"] == pytest.approx(expected)
    better = "one" if only_one > only_other else "other"
    assert found["verdict"] == (f"{better} is better" if expected < 0.05 else "no difference shown")


@pytest.mark.parametrize(
    "other", [evaluation([True] * 9), evaluation([True]), Evaluation(np.eye(2)[[0] * 10], np.ones(10, int))]
)
def test_two_models_are_compared_on_the_same_inputs_only(other):
    with pytest.raises(DataError, match=r"there are 10 and .* Evaluate both models on one split"):
        compare(evaluation([True] * 10), other, ("one", "other"))


def test_two_equal_models_are_rarely_called_different():
    random = np.random.default_rng(1)
    pairs = ((evaluation(random.random(300) < 0.9), evaluation(random.random(300) < 0.9)) for _ in range(1000))
    alarms = sum(compare(one, other, ("one", "other"))["verdict"] != "no difference shown" for one, other in pairs)
    assert alarms <= 65


@pytest.mark.parametrize(
    ("units", "activation", "outputs", "expected"),
    [
        (1, "sigmoid", [[0.2]], [[0.8, 0.2]]),
        (1, None, [[0.0]], [[0.5, 0.5]]),
        (2, None, [[0.0, math.log(3)]], [[0.25, 0.75]]),
        (2, "softmax", [[0.3, 0.7]], [[0.3, 0.7]]),
    ],
)
def test_any_head_gives_probabilities(units, activation, outputs, expected):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(units, activation=activation)])
    assert probabilities_from(model, np.array(outputs)).tolist() == [pytest.approx(row) for row in expected]
