"""Sounds of any length in a given number of samples: without their silent ends, and in the middle."""

import numpy as np

from tlteach.sound.spectrogram import RATE

QUIET = 0.01  # of the loudest stretch, in amplitude: 40 dB below it the ends of a sound are silence
STRETCH = RATE // 100  # samples, 10 ms


def without_silent_ends(sound: np.ndarray) -> np.ndarray:
    """Return the sound from its first to its last stretch of 10 ms that is not 40 dB below the loudest."""
    whole = np.concatenate([sound, np.zeros(-len(sound) % STRETCH, sound.dtype)]).reshape(-1, STRETCH)
    power = (whole.astype("float64") ** 2).mean(axis=1)
    loud = np.flatnonzero(power > QUIET**2 * power.max())
    return sound[loud[0] * STRETCH : (loud[-1] + 1) * STRETCH] if len(loud) else sound


def fitted(sound: np.ndarray, n: int) -> np.ndarray:
    """Return n samples of a sound (m,): without its silent ends, and in the middle; if that is too long, the loudest n.

    So a word is heard at the same place whatever silence stood around it.
    """
    sound = without_silent_ends(sound)
    if len(sound) > n:
        energy = np.concatenate([[0.0], np.cumsum(sound.astype("float64") ** 2)])
        start = int((energy[n:] - energy[:-n]).argmax())
        return sound[start : start + n]
    before = (n - len(sound)) // 2
    return np.pad(sound, (before, n - len(sound) - before))
