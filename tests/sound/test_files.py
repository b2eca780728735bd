"""Sound files: every usual kind is read as the same samples, and hostile ones are told, quickly and in few words."""

import errno
import os
import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sounds import noise, tone

from tlteach.core.errors import DataError
from tlteach.sound import files
from tlteach.sound.files import at_our_rate, check_sound, check_sounds, fingerprint, read_again, read_sound
from tlteach.sound.shape import fitted, without_silent_ends
from tlteach.sound.spectrogram import RATE

KINDS = {
    "wav": ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW"),
    "flac": ("PCM_S8", "PCM_16", "PCM_24"),
    "aiff": ("PCM_16", "FLOAT"),
    "ogg": ("VORBIS", "OPUS"),
    "mp3": ("MPEG_LAYER_III",),
}


@pytest.mark.parametrize(("suffix", "subtype"), [(suffix, one) for suffix, some in KINDS.items() for one in some])
def test_every_usual_kind_is_read(tmp_path, suffix, subtype):
    sound = tone(440)
    soundfile.write(tmp_path / f"a.{suffix}", sound, RATE, subtype=subtype)
    found = read_sound(tmp_path / f"a.{suffix}")
    assert found.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(found[1000:3000]))
    assert spectrum.argmax() * RATE / 2000 == pytest.approx(440, abs=4)
    assert np.abs(found).max() == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("channels", range(1, 9))
def test_channels_become_one(tmp_path, channels):
    whole = np.stack([noise(number) for number in range(channels)], axis=1)
    soundfile.write(tmp_path / "a.wav", whole, RATE, subtype="FLOAT")
    np.testing.assert_allclose(read_sound(tmp_path / "a.wav"), whole.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("rate", [4000, 8000, 11025, 16000, 22050, 44100, 48000, 44101, 96000, 192000])
def test_every_usual_rate_becomes_ours_and_a_tone_stays_that_tone(rate):
    found = at_our_rate(tone(1000, 0.5, rate), rate)
    assert len(found) == pytest.approx(RATE / 2, abs=2)
    inner = slice(400, 3600)
    wanted = tone(1000, 0.5)
    assert np.abs(found[: len(wanted)][inner] - wanted[inner]).max() < 0.005


@pytest.mark.parametrize("hertz", [4200, 5000, 7000, 7900, 12_000, 20_000])
@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_what_our_rate_cannot_carry_is_gone_and_not_folded_back(rate, hertz):
    if hertz < rate / 2:
        assert np.abs(at_our_rate(tone(hertz, 0.5, rate), rate)[400:3600]).max() < 0.5 * 10 ** (-60 / 20)


@settings(max_examples=60, deadline=None)
@given(st.integers(4000, 192_000), st.integers(200, 3000), st.floats(0.01, 40))
def test_any_rate_gives_finite_samples_in_our_range_and_as_long_a_sound(rate, n, loud):
    found = at_our_rate(loud * np.random.default_rng(n).uniform(-1, 1, n), rate)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1
    assert len(found) == pytest.approx(n * RATE / rate, abs=2 + n * RATE / rate * 1e-3)


SOUNDS = arrays("float32", st.integers(1, 900), elements=st.floats(-1, 1, width=16))


@settings(max_examples=150, deadline=None)
@given(SOUNDS, st.integers(1, 1200))
def test_fitting_gives_so_many_samples_and_makes_up_none(sound, n):
    found = fitted(sound, n)
    assert found.shape == (n,)
    inner = without_silent_ends(sound)
    if len(inner) <= n:
        before = (n - len(inner)) // 2
        np.testing.assert_array_equal(found[before : before + len(inner)], inner)
        assert np.count_nonzero(found) == np.count_nonzero(inner)
    else:
        power = [float((inner[k : k + n].astype("float64") ** 2).sum()) for k in range(len(inner) - n + 1)]
        assert float((found.astype("float64") ** 2).sum()) == pytest.approx(max(power))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 40))
def test_silence_around_a_sound_changes_nothing(before, after, stretches):
    """In whole stretches of 10 ms, in which silence is looked for."""
    sound = noise(stretches, stretches / 100)
    padded = np.pad(sound, (80 * before, 80 * after))
    np.testing.assert_array_equal(fitted(padded, 2000), fitted(sound, 2000))


def test_the_same_sound_in_other_files_is_one(tmp_path):
    sound = np.rint(noise(1) * 32767).astype("int16")
    for name in ("a.wav", "a.flac", "a.aiff"):
        soundfile.write(tmp_path / name, sound, RATE)
    soundfile.write(tmp_path / "two.wav", np.stack([sound, sound], axis=1), RATE)
    assert len({check_sound(path).fingerprint for path in tmp_path.iterdir()}) == 1
    assert fingerprint(noise(1)) != fingerprint(noise(2))


# --- hostile files


def written(path, samples, rate=RATE, **how):
    soundfile.write(path, samples, rate, **how)


def truncated(path):
    written(path, noise(1, 1.0), format="FLAC")
    path.write_bytes(path.read_bytes()[:3000])


def header_alone(path):
    written(path, noise(1))
    path.write_bytes(path.read_bytes()[:44])


def raw_header(path, rate=8000, channels=1, frames=100):
    """A WAV of 16 bits whose header says what it likes."""
    size = frames * channels * 2
    header = b"RIFF" + (36 + size).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
    header += (1).to_bytes(2, "little") + channels.to_bytes(2, "little") + rate.to_bytes(4, "little")
    header += (rate * channels * 2).to_bytes(4, "little") + (channels * 2).to_bytes(2, "little")
    path.write_bytes(header + (16).to_bytes(2, "little") + b"data" + size.to_bytes(4, "little"))
    with path.open("r+b") as file:
        file.truncate(44 + size)  # a file of an hour is mostly a hole


def not_finite(path, value=np.nan):
    sound = noise(1)
    sound[40] = value
    written(path, sound, subtype="FLOAT")


HOSTILE = {
    "0 bytes": (lambda path: path.write_bytes(b""), "empty file"),
    "a text": (lambda path: path.write_text("no sound at all\n" * 50), "not a WAV, FLAC, OGG, MP3 or AIFF"),
    "a web page": (lambda path: path.write_bytes(b"<!DOCTYPE html><html>404</html>"), "not a WAV"),
    "a truncated FLAC": (truncated, ""),
    "a header alone": (header_alone, "too short"),
    "1 sample": (lambda path: written(path, [0.5]), "1 samples are too short"),
    "15 ms": (lambda path: written(path, noise(1, 0.015)), "too short"),
    "silence": (lambda path: written(path, np.zeros(800)), "silent"),
    "a constant": (lambda path: written(path, np.full(800, 0.3)), "silent"),
    "NaN": (not_finite, "NaN or infinite"),
    "infinity": (lambda path: not_finite(path, np.inf), "NaN or infinite"),
    "9 channels": (lambda path: written(path, np.ones((800, 9))), "9 channels"),
    "a rate of 2,000": (lambda path: written(path, noise(1), 2000), "2,000 samples a second"),
    "a rate of 200,000": (lambda path: raw_header(path, 200_000), "200,000 samples a second"),
    "an hour": (lambda path: raw_header(path, frames=3600 * RATE), "3,600 seconds long; at most 30"),
    "31 seconds": (lambda path: raw_header(path, frames=31 * RATE), "31 seconds long"),
    "a folder": (lambda path: path.mkdir(), "not a plain file"),
    "a pipe": (os.mkfifo, "not a plain file"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere.wav"), "does not exist"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "does not exist"),
    "a device without end": (lambda path: path.symlink_to("/dev/zero"), "not a plain file"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_with_a_reason_and_in_no_time(tmp_path, name):
    make, words = HOSTILE[name]
    path = tmp_path / "sound.wav"
    make(path)
    start = time.process_time()
    found = check_sound(path)
    assert time.process_time() - start < 1
    assert found.fingerprint == ""
    assert found.reason
    assert words in found.reason
    assert str(tmp_path) not in found.reason  # the path stands beside the reason already
    with pytest.raises(DataError, match=r"sound\.wav could be read when the task was built"):
        read_again(path)


@pytest.mark.parametrize("how", [{"rate": 192_000}, {"channels": 8}, {"frames": 30 * RATE}])
def test_what_is_large_and_usual_is_no_file_of_that_kind(tmp_path, how):
    raw_header(tmp_path / "a.wav", **{"frames": 8000, **how})
    assert check_sound(tmp_path / "a.wav").reason == "silent: all of its samples are the same"


def test_a_header_that_promises_less_than_there_is_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LONGEST", 0.5)
    monkeypatch.setattr(files, "_require_usual", lambda file: None)
    written(tmp_path / "a.wav", noise(1, 60.0))
    assert check_sound(tmp_path / "a.wav").reason == "longer than 0.5 seconds"


def test_names_of_files_may_be_anything_and_a_folder_read_only(tmp_path):
    for name in ("мой голос.wav", "two\nlines.wav", "a b.flac", "ÄÖ.ogg"):
        written(tmp_path / name, noise(1, 0.5))
    written(tmp_path / "away.wav", noise(3))
    (tmp_path / "link.wav").symlink_to(tmp_path / "away.wav")
    tmp_path.chmod(0o500)
    try:
        assert not any(found.reason for found in check_sounds(sorted(tmp_path.iterdir())))
    finally:
        tmp_path.chmod(0o700)


QUIET = "import sys; from pathlib import Path; from tlteach.sound.files import check_sounds; "
QUIET += "print([bool(one.reason) for one in check_sounds(sorted(Path(sys.argv[1]).iterdir()))])"


def test_broken_files_print_nothing(tmp_path):
    """But for MP3, whose decoder tells the terminal of every damaged frame, and cannot be told not to."""
    (tmp_path / "1.ogg").write_bytes(b"no OGG at all" * 500)
    written(tmp_path / "2.ogg", noise(1, 1.0), format="OGG")
    (tmp_path / "2.ogg").write_bytes((tmp_path / "2.ogg").read_bytes()[:900] + b"x" * 800)
    truncated(tmp_path / "3.flac")
    written(tmp_path / "4.wav", noise(1))
    done = subprocess.run([sys.executable, "-c", QUIET, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False]")
    assert done.stderr == ""


@pytest.mark.parametrize("failed", [MemoryError(), OSError(errno.EMFILE, "Too many open files")])
def test_a_sound_is_not_left_out_for_want_of_memory_or_of_open_files(tmp_path, monkeypatch, failed):
    def read(path):
        raise failed

    written(tmp_path / "a.wav", noise(1))
    monkeypatch.setattr(files, "read_sound", read)
    for ask in (check_sound, read_again):
        with pytest.raises(
            DataError, match=r"too little memory or too few open files .*a\.wav: (MemoryError|Too many)"
        ):
            ask(tmp_path / "a.wav")
