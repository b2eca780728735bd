"""Real speech, where it stands beside a developer's checkout: spoken digits of four speakers."""

import io

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from tlteach import tasks
from tlteach.sound.copies import look, near_copies
from tlteach.sound.spectrogram import RATE


@pytest.fixture(scope="module")
def task(request):
    real = request.getfixturevalue("real")
    return tasks.by_name(str(real / "spoken_digits" / "recordings"))


def test_digits_are_read_by_their_names_and_cut_by_speaker(task):
    assert (task.modality, task.n_classes, task.left_out) == ("sound", 10, ())
    assert [set(split.groups) for split in (task.validation, task.test)] == [{"nicolas"}, {"george"}]
    assert set(task.train.groups) == {"jackson", "theo"}


def test_no_two_takes_are_taken_for_copies(task):
    """320,000 pairs, the same word from the same mouth among them."""
    whole = task.train.joined(task.validation, task.test)
    rows, others, _ = whole.near_copies(whole)
    assert np.array_equal(rows[rows <= others], np.arange(800))
    assert np.array_equal(rows, others)


def saved(sound, kind):
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format=kind)
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


CHANGES = {
    "as OGG": lambda sound: saved(sound, "OGG"),
    "as MP3": lambda sound: saved(sound, "MP3"),
    "quieter": lambda sound: 0.1 * sound,
    "with silence": lambda sound: np.pad(sound, (777, 400)),
    "cut": lambda sound: sound[len(sound) // 40 : -len(sound) // 40],
    "resampled": lambda sound: resample_poly(resample_poly(sound, 441, 80), 80, 441),
    "with noise": lambda sound: sound + sound.std() / 10 * np.random.default_rng(0).normal(size=len(sound)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_copies_are_found(task, name):
    sounds = [task.train.samples(row) for row in range(0, len(task.train), 20)]
    changed = [look(CHANGES[name](sound).astype("float32")) for sound in sounds]
    rows, others, alike = near_copies([look(sound) for sound in sounds], changed)
    assert rows.tolist() == others.tolist() == list(range(len(sounds)))
    assert alike.max() <= 1
