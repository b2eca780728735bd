"""Log-mel spectrograms: against SciPy, and what must not change them."""

import keras
import numpy as np
import pytest
from scipy import signal

from tlteach.sound.spectrogram import BANDS, RATE, log_mel


@pytest.fixture(scope="module")
def network():
    samples = keras.Input((RATE,))
    return keras.Model(samples, log_mel(samples))


def tone(hertz: float, loud: float = 0.3) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)).astype("float32")


def seen(network, *sounds) -> np.ndarray:
    return keras.ops.convert_to_numpy(network(np.stack(sounds)))


def test_a_tone_is_loudest_in_the_band_of_its_pitch(network):
    """2595 log10(1 + f / 700) is the mel scale as it is written today."""
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)  # noqa: E731, a formula
    for hertz in (200, 700, 1500, 3000):
        found = seen(network, tone(hertz))[0, 20:80].mean(axis=0).argmax()
        expected = (mel(hertz) - mel(60)) / (mel(3800) - mel(60)) * (BANDS + 1) - 1
        assert abs(found - expected) < 1


def test_a_frame_is_the_power_that_scipy_finds(network):
    """Of two tones the weaker stands as many decibels below as its power says."""
    both = tone(500, 0.5) + tone(2000, 0.05)
    _, powers = signal.welch(both, RATE, nperseg=1600)
    below = 10 * np.log10(powers[400] / powers[100])
    frames = seen(network, both)[0, 20:80].mean(axis=0)
    low, high = frames[:20].max(), frames[20:].max()
    assert below == pytest.approx(-20, abs=0.5)
    assert (high - low) * 50 == pytest.approx(below, abs=3)  # a band is wider, the higher it is


def test_loudness_and_neighbours_in_the_batch_change_nothing(network):
    quiet, loud = tone(440, 0.001), tone(440, 0.9)
    noise = np.random.default_rng(0).normal(0, 0.5, RATE).astype("float32")
    alone = seen(network, quiet)[0]
    np.testing.assert_allclose(seen(network, loud)[0], alone, atol=1e-3)
    np.testing.assert_allclose(seen(network, quiet, noise)[0], alone, atol=1e-5)


def test_keras_own_decibels_hang_on_the_batch():
    """Why log_mel takes the logarithm itself. If this fails, Keras was mended, and power_to_db=True will do."""
    layer = keras.layers.MelSpectrogram(fft_length=256, sequence_stride=80, sampling_rate=RATE, top_db=50)
    quiet, loud = tone(440, 0.001), tone(440, 0.9)
    alone = keras.ops.convert_to_numpy(layer(np.stack([quiet])))[0]
    beside = keras.ops.convert_to_numpy(layer(np.stack([quiet, loud])))[0]
    assert np.abs(alone - beside).max() > 10


def test_silence_is_a_number_and_the_network_can_be_saved(network, tmp_path):
    silence = np.zeros((1, RATE), "float32")
    assert seen(network, silence[0]).max() == 0
    network.save(tmp_path / "mel.keras")
    again = keras.models.load_model(tmp_path / "mel.keras")
    np.testing.assert_array_equal(again(np.stack([tone(300)])), network(np.stack([tone(300)])))
