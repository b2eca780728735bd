"""Sounds to be seen and heard: players that hold their sound, spectrograms with units, and the mistakes of a report."""

import base64
import io
import re
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import soundfile
from sounds import pitches, tone

import tlteach as tl
from tlteach.core.errors import DataError
from tlteach.sound.heard import with_line
from tlteach.sound.mistakes import mistakes
from tlteach.sound.show import _band, as_picture, bands_of, player, spectrogram
from tlteach.sound.spectrogram import BANDS, RATE


def test_a_player_holds_the_very_sound():
    data = re.search(r'base64,([^"]+)"', player(tone(440, loud=0.1), 'a "b" <c>'))[1]
    sound, rate = soundfile.read(io.BytesIO(base64.b64decode(data)))
    assert (rate, len(sound)) == (RATE, 4000)
    np.testing.assert_allclose(sound / np.abs(sound).max(), tone(440) / 0.5, atol=1e-3)
    assert 'aria-label="a &quot;b&quot; &lt;c&gt;"' in player(tone(440), 'a "b" <c>')
    assert "nan" not in player(np.zeros(100, "float32"), "silence")


@pytest.mark.parametrize("hertz", [250, 1000, 2000, 3500])
def test_the_axis_says_the_pitch_that_is_there(hertz):
    """The middle of the loudest band, in bands from the bottom, is where the axis has this frequency."""
    assert bands_of(tone(hertz)).mean(axis=0).argmax() + 0.5 == pytest.approx(_band(hertz), abs=0.75)


def test_a_spectrogram_has_units_and_a_title():
    figure = spectrogram(tone(440), "costs $5")
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("time (s)", "frequency (Hz, mel scale)")
    assert bar.get_ylabel() == "dB below the loudest"
    assert axes.get_title() == r"costs \$5"
    assert axes.get_xlim()[1] == pytest.approx(0.5, abs=0.03)


def test_a_picture_has_low_pitch_at_the_bottom():
    low, high = (as_picture(tone(hertz)).astype(int).sum(axis=(1, 2)) for hertz in (200, 3000))
    assert low.argmax() > len(low) / 2 > high.argmax()
    assert as_picture(np.ones(10, "float32")).shape[0] == 3 * BANDS  # however short


def test_hear_shows_and_plays(capsys, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    task = tl.tasks.from_sound_arrays(*pitches(40), ("low", "high"))
    tl.hear(task.train, [0, -1])
    assert shown[0]["text/html"].count("<audio controls") == shown[0]["text/html"].count('alt="Spectrogram of row') == 2
    with pytest.raises(DataError, match="There is no row 99"):
        tl.hear(task.train, [99])


def test_mistakes_are_heard_and_seen():
    task = tl.tasks.from_sound_arrays(*pitches(40), ("low", "high"))
    test = SimpleNamespace(
        worst=lambda most: np.array([1, 0]), told=lambda row, names: f"{names[0]} <{row}>", predicted=np.array([1, 0])
    )
    samples = keras.Input((1600,))
    flat = keras.Model(samples, keras.layers.Dense(2, "softmax")(samples))
    result = SimpleNamespace(best=SimpleNamespace(test=test), task=task, form=200, model=flat)
    page = mistakes(result, 2)
    assert page.count("<audio controls") == page.count("<img alt=") == 2
    assert "low &lt;1&gt;" in page
    assert "Grad-CAM needs a convolutional base" in page
    assert "src=" in page
    assert not re.search(r'src="(?!data:)', page)


def test_the_line_is_high_where_the_heat_is():
    dark = np.zeros((120, 300, 3), "uint8")
    drawn = with_line(dark, np.array([0.0, 1.0, 0.0])).sum(axis=2) > 0
    tops = [drawn[:, column].nonzero()[0].mean() for column in (50, 150, 250)]
    assert tops == pytest.approx([116, 3, 116], abs=2)
