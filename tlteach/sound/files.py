"""Sound files: reading every usual kind as samples at 8 kHz, and finding out which files cannot be read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.folders import Files
from tlteach.core.reading import blame_the_machine, gone_since, in_threads, nothing_in
from tlteach.sound.copies import look
from tlteach.sound.shape import without_silent_ends
from tlteach.sound.spectrogram import RATE

SUFFIXES = frozenset({".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff"})
FILES = Files(SUFFIXES, "WAV, FLAC, OGG, MP3 and AIFF", "sound", "sounds", "sounds")
RATES = (4000, 192_000)  # samples a second
MOST_CHANNELS = 8
SHORTEST, LONGEST = 0.02, 30.0  # seconds
BLOCK = 1 << 16  # frames that are read at a time: of them all, only the mean of the channels is kept


class Heard(NamedTuple):
    """What is known of a sound file: its hash, or the reason why it cannot be read; its look, and how long it is."""

    fingerprint: str
    reason: str
    look: bytes
    samples: int


def read_sound(path: Path) -> np.ndarray:
    """Read a sound file as float32 samples (n,) in -1..1, at RATE: the mean of its channels, resampled.

    The header is looked at first: of a file of an hour, nothing is read. Raises DataError for what is no sound that a
    network could learn from, and what soundfile raises for a file that it cannot decode.
    """
    import soundfile

    if not path.is_file():
        raise DataError("not a plain file")  # a pipe, opened, would wait for ever
    with soundfile.SoundFile(path) as file:
        _require_usual(file)
        blocks, frames = [], 0
        for block in file.blocks(BLOCK, dtype="float32", always_2d=True):
            blocks.append(block.mean(axis=1))
            frames += len(block)
            if frames > LONGEST * file.samplerate:  # a header can lie
                raise DataError(f"longer than {LONGEST:g} seconds")
        if frames < max(1, SHORTEST * file.samplerate):
            raise DataError(f"{frames} samples are too short: at least {SHORTEST * 1000:g} ms are needed")
        sound, rate = np.concatenate(blocks), file.samplerate
    if not np.isfinite(sound).all():
        raise DataError("it holds NaN or infinite values")
    if np.ptp(sound) == 0:
        raise DataError("silent: all of its samples are the same")
    return at_our_rate(sound, rate)


def _require_usual(file) -> None:
    low, high = RATES
    if not low <= file.samplerate <= high:
        raise DataError(f"{file.samplerate:,} samples a second; from {low:,} to {high:,} are read")
    if file.channels > MOST_CHANNELS:
        raise DataError(f"{file.channels} channels are more than the {MOST_CHANNELS} that are read")
    if (seconds := file.frames / file.samplerate) > LONGEST:
        raise DataError(f"{seconds:,.0f} seconds long; at most {LONGEST:g} are read: cut it into sounds of one class")


def at_our_rate(sound: np.ndarray, rate: int) -> np.ndarray:
    """Resample float samples (n,) to RATE, in -1..1. What RATE cannot carry is filtered out before, not folded back."""
    from scipy.signal import resample_poly

    ratio = Fraction(RATE, rate).limit_denominator(2000)  # of a rate such as 44,101 it is off by a hair, unheard
    if ratio != 1:
        window = _low_pass(max(ratio.numerator, ratio.denominator))
        sound = resample_poly(sound, ratio.numerator, ratio.denominator, window=window)
    return (sound / max(1.0, np.abs(sound).max())).astype("float32")


@cache
def _low_pass(times: int) -> np.ndarray:
    """A filter that passes 0.87 of the lower rate's half, and 80 dB less of all that is above 1.03 of it."""
    from scipy.signal import firwin

    return firwin(64 * times + 1, 0.95 / times, window=("kaiser", 8.0)).astype("float32")


def fingerprint(sound: np.ndarray) -> str:
    """Return a hash of samples (n,), to 16 bits: what is the same in WAV and in FLAC shares it."""
    return hashlib.blake2b(np.rint(sound * 32767).astype("<i2").tobytes(), digest_size=16).hexdigest()


def heard_of(sound: np.ndarray) -> Heard:
    """Tell what is known of samples (n,)."""
    return Heard(fingerprint(sound), "", look(sound), len(without_silent_ends(sound)))


def check_sound(path: Path) -> Heard:
    """Decode a sound file and tell what it is, or why it cannot be read.

    Raises DataError where it is not the file that is to blame, but this machine that has too little left for it.
    """
    try:
        return heard_of(read_sound(path))
    except Exception as error:  # broken files fail in many ways
        blame_the_machine(path, error, _reason(path, error))
        return Heard("", _reason(path, error), b"", 0)


def check_sounds(paths: Sequence[Path]) -> list[Heard]:
    """Run check_sound over many files in parallel threads, with a progress bar when there are many."""
    return in_threads(check_sound, paths, "checking sounds", "sound")


def read_again(path: Path) -> np.ndarray:
    """Read a sound file of a task. Raises DataError that names the file where that is no longer possible."""
    try:
        return read_sound(path)
    except Exception as error:
        raise gone_since(path, error, _reason(path, error)) from error


def _reason(path: Path, error: Exception) -> str:
    import soundfile

    if why := nothing_in(path):
        return why
    if isinstance(error, soundfile.LibsndfileError):
        return f"its content is not a {FILES.kinds.replace(' and ', ' or ')} sound ({error.error_string.rstrip('.')})"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
