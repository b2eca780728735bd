"""Which sounds are nearly the same: saved again as MP3, louder, with a little noise, or with silence around them.

The same word from the same mouth gives nearly the same spectrogram every time: those of two takes correlate by up to
0.98. What no two takes share is the very wave. So waves are compared, shifted against each other to where they agree
best: 1 second of each, between 60 and 700 Hz, where a voice has its strongest waves and saving again changes least.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tlteach.sound.shape import fitted
from tlteach.sound.spectrogram import RATE

TIMES = 4  # RATE over the rate of the waves that are compared
LENGTH = RATE // TIMES  # of a wave, 1 second
LOW, HIGH = 60, 700  # Hz
LEAST_OF_ALL = 0.01  # of a sound's power must lie between them, or it has no look: a whistle, a cricket
# Of 320,000 pairs of spoken digits that are two takes, the most alike agree by 0.980; copies saved as MP3 or OGG, cut,
# resampled or with noise 20 dB below agree by 0.989 at least: see tests/sound/test_real_sounds.py.
LEAST_ALIKE = 0.985
PIECE = 256  # sounds that are compared at a time


def look(sound: np.ndarray) -> bytes:
    """Return the wave of a sound (n,) between LOW and HIGH, 1 second at 2 kHz, as int8; zeros where there is none."""
    from scipy.signal import upfirdn

    piece = fitted(sound, RATE)
    wave = upfirdn(_band(), piece, down=TIMES)[:LENGTH]
    most = np.abs(wave).max()
    if most == 0 or TIMES * (wave**2).sum() < LEAST_OF_ALL * (piece**2).sum():
        return bytes(LENGTH)
    return np.rint(wave * (127 / most)).astype("int8").tobytes()


@cache
def _band() -> np.ndarray:
    from scipy.signal import firwin

    return firwin(40 * TIMES + 1, [LOW, HIGH], pass_zero=False, fs=RATE).astype("float32")


def near_copies(looks: list[bytes], others: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (rows, other rows, greatest correlation over all shifts) of all sounds that are nearly the same.

    No correlation is greater than the sum of the products of the two waves' amplitudes, whatever their phases. One
    product of matrices gives these sums for all pairs, and few pairs are left to be shifted.
    """
    found = [(np.zeros(0, int), np.zeros(0, int), np.zeros(0))]
    for start in range(0, len(looks), PIECE):
        waves = _spectra(looks[start : start + PIECE])
        for other_start in range(0, len(others), PIECE):
            other_waves = _spectra(others[other_start : other_start + PIECE])
            rows, other_rows = np.nonzero(np.abs(waves) @ np.abs(other_waves).T >= LEAST_ALIKE)
            alike = np.array([_agreement(waves[row], other_waves[o]) for row, o in zip(rows, other_rows, strict=True)])
            are = alike >= LEAST_ALIKE
            found.append((start + rows[are], other_start + other_rows[are], np.minimum(alike[are], 1.0)))
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))


def _spectra(looks: list[bytes]) -> np.ndarray:
    """The spectra of waves, each of the length 1; 0 where there is no wave."""
    waves = np.frombuffer(b"".join(looks), "int8").reshape(-1, LENGTH).astype("float32")
    spectra = np.fft.rfft(waves, 2 * LENGTH)
    return (spectra / np.linalg.norm(spectra, axis=1, keepdims=True).clip(min=1e-9)).astype("complex64")


def _agreement(wave: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two waves, one perhaps upside down, at their best shift, in quarters of a sample."""
    n = 8 * LENGTH
    return float(np.abs(np.fft.irfft(wave.conj() * other, n)).max() * n / 2)
