"""Membership inference: closed forms, what must hold for any losses, and what the attack refuses."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tlteach.core.errors import DataError, GuardError
from tlteach.methods.membership import Membership, attack, best_threshold, membership_advantage
from tlteach.tasks import Split


def pictures(n, seed, counts=(1, 1)):
    images = np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 3), dtype="uint8")
    return Split(images, np.arange(n) % sum(counts) >= counts[0], 2)


def by_heart(split):
    """A model that has learned these pictures by heart, and guesses with all others."""
    pixels = split.inputs.reshape(len(split), -1).astype("float32") / 255 - 0.5
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Rescaling(1 / 255, offset=-0.5)(inputs)
    like = keras.layers.Dense(len(split), use_bias=True, activation="relu")  # one unit for each known picture
    says = keras.layers.Dense(2, activation="softmax", use_bias=False)
    model = keras.Model(inputs, says(like(keras.layers.Flatten()(x))))
    norms = (pixels**2).sum(axis=1)
    like.set_weights([pixels.T, -0.9 * norms])
    says.set_weights([20 * np.eye(2)[split.labels.astype(int)]])
    return model


def test_a_model_that_knows_its_pictures_by_heart_is_found_out():
    members, others = pictures(40, 0), pictures(60, 1)
    found = membership_advantage(by_heart(members), members, others)
    assert found.advantage == 1
    assert found.interval[0] > 0.85
    assert found.interval[1] == 1
    assert str(found).startswith("membership advantage 1.000 [0.")
    assert "100% of 40 members are found, 0% of 60 others taken for members" in str(found)


def test_the_same_distribution_gives_nothing_on_average():
    random = np.random.default_rng(0)
    advantages = [attack(*random.exponential(size=(2, 40)), seed).advantage for seed in range(400)]
    assert abs(np.mean(advantages)) < 3 * np.std(advantages) / np.sqrt(400)


def test_the_interval_holds_what_is_true_of_the_same_distribution():
    random = np.random.default_rng(0)
    intervals = [attack(*random.exponential(size=(2, 100)), seed).interval for seed in range(300)]
    assert np.mean([low <= 0 <= high for low, high in intervals]) > 0.9


def test_two_known_distributions_come_near_the_closed_form():
    """Losses with means 1/4 and 1, exponential: at the best threshold t, both densities are the same."""
    random = np.random.default_rng(0)
    found = attack(random.exponential(1 / 4, 20_000), random.exponential(1, 20_000))
    threshold = np.log(4) / 3
    assert found.thresholds == pytest.approx((threshold, threshold), abs=0.15)
    assert found.advantage == pytest.approx(np.exp(-threshold) - np.exp(-4 * threshold), abs=0.02)
    assert found.interval[0] < found.advantage < found.interval[1]


def test_newcombe_s_own_example():
    """56 of 70 against 48 of 80: 0.2 [0.0524, 0.3339] (Statistics in Medicine 17, 1998, table II, method 10)."""
    found = Membership(np.zeros(70), np.zeros(80), np.arange(70) < 56, np.arange(80) < 48, (1.0, 1.0))
    assert found.advantage == pytest.approx(0.2)
    assert found.interval == pytest.approx((0.0524, 0.3339), abs=5e-5)


losses = st.lists(st.integers(0, 1700).map(lambda n: n / 100), min_size=10, max_size=60).map(np.array)


@given(losses, losses, st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_what_holds_for_any_losses(members, others, seed):
    found = attack(members, others, seed)
    low, high = found.interval
    assert -1 <= low <= found.advantage <= high <= 1
    assert found.advantage == pytest.approx(found.found.mean() - found.mistaken.mean())
    again = attack(members, others, seed)
    assert np.array_equal(found.found, again.found)
    assert attack(members, np.full(len(others), 20.0), seed).advantage >= 0  # all others lie above all members


@given(losses, losses)
@settings(deadline=None, max_examples=60)
def test_no_threshold_is_better_than_the_best(members, others):
    def gain(threshold):
        return (members <= threshold).mean() - (others <= threshold).mean()

    assert gain(best_threshold(members, others)) == pytest.approx(max(map(gain, [*members, *others])), abs=1e-12)


def test_each_half_is_judged_by_the_other():
    """With a threshold of its own, noise would look like memory."""
    random = np.random.default_rng(1)
    leaky, honest = [], []
    for seed in range(200):
        members, others = random.exponential(size=(2, 20))
        threshold = best_threshold(members, others)
        leaky.append((members <= threshold).mean() - (others <= threshold).mean())
        honest.append(attack(members, others, seed).advantage)
    assert np.mean(leaky) > 0.15
    assert abs(np.mean(honest)) < 0.05


def test_members_and_others_must_be_different_and_alike():
    members, others = pictures(20, 0), pictures(20, 1)
    model = by_heart(members)
    mixed = Split(np.concatenate([members.inputs[:3], others.inputs[3:]]), others.labels, 2)
    with pytest.raises(GuardError, match="3 of the 20 others are members too"):
        membership_advantage(model, members, mixed)
    with pytest.raises(DataError, match="20 members and 6 others"):
        membership_advantage(model, members, others.take(range(6)))
    with pytest.raises(DataError, match="differ by more than membership"):
        membership_advantage(model, members, pictures(20, 1, counts=(1, 4)))
    with pytest.raises(GuardError, match="takes a split"):
        membership_advantage(model, members, others.inputs)


def test_the_figure_says_what_was_found():
    figure = attack(np.full(20, 1e-9), np.ones(20)).figure()
    axes = figure.axes[0]
    assert axes.get_title() == "100% of the members are found, 0% of the others mistaken"
    assert axes.get_xlabel().startswith("loss (nats, logarithmic)")
