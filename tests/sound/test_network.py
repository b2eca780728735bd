"""The small network that hears: what it takes, that it keeps time, and that it is found in blocks and saved."""

import keras
import numpy as np
import pytest

import tlteach as tl
from tlteach.sound.network import BLOCKS, SLOTS, untrained
from tlteach.sound.spectrogram import RATE

CHANNELS = BLOCKS[-1][0]


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(0)
    return untrained()


def heard(network, *sounds) -> np.ndarray:
    return keras.ops.convert_to_numpy(network(np.stack(sounds).astype("float32")))


def test_raw_samples_become_features_of_eight_stretches_of_time(network):
    assert network.input_shape == (None, RATE)
    assert network.output_shape == (None, SLOTS * CHANNELS)
    assert network.count_params() < 250_000


@pytest.mark.parametrize(("milliseconds", "slots"), [(300, 8), (500, 6), (1500, 7), (2000, 8), (4000, 7)])
def test_longer_and_shorter_sounds_keep_about_eight_stretches(milliseconds, slots):
    assert untrained(milliseconds).output_shape == (None, slots * CHANNELS)


def test_what_comes_later_is_told_in_later_features(network):
    """A click early or late: only the features of its time differ from those of silence."""
    silence = np.random.default_rng(0).normal(0, 1e-3, RATE)
    silence[4000] = 1.0  # so that the loudest place is the same in both
    early = silence.copy()
    early[500] = 1.0
    changed = np.abs(heard(network, early) - heard(network, silence)).reshape(SLOTS, CHANNELS).max(axis=1)
    assert changed[0] > 0
    assert (changed[3:] < 1e-4).all()


def test_it_has_the_blocks_that_its_names_say(network):
    assert [block.name for block in tl.blocks(network)] == [f"block_{n}" for n in range(1, len(BLOCKS) + 1)]


def test_it_is_saved_and_loaded_without_our_code(network, tmp_path):
    network.save(tmp_path / "voices.keras")
    sound = np.random.default_rng(1).normal(0, 0.1, RATE)
    again = keras.saving.load_model(tmp_path / "voices.keras")
    np.testing.assert_allclose(heard(again, sound), heard(network, sound), rtol=1e-5, atol=1e-6)
