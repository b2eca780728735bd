"""Sounds and labels in memory: what arrays can be learned from, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.splits import as_labels
from tlteach.sound.files import LONGEST, SHORTEST
from tlteach.sound.spectrogram import RATE
from tlteach.sound.splits import Sounds


def split_of_arrays(
    sounds: np.ndarray, labels: np.ndarray, class_names: Sequence[str], speakers: Sequence[str] | None
) -> Sounds:
    """Return a split of sounds in memory. Raises DataError."""
    samples = as_samples(sounds)
    if speakers is not None and len(speakers) != len(samples):
        raise DataError(f"There are {len(speakers)} speakers for {len(samples)} sounds: give the name of each one's.")
    told = None if speakers is None or len(set(map(str, speakers))) == 1 else list(map(str, speakers))
    return Sounds(samples, as_labels(labels, len(samples), class_names, called="sound"), len(class_names), told)


def as_samples(sounds: np.ndarray) -> np.ndarray:
    """Return samples as float32 (n, samples). Raises DataError for other shapes, ranges, and what is no number."""
    samples = np.asarray(sounds)
    if samples.ndim != 2 or samples.dtype.kind not in "iuf" or 0 in samples.shape:
        raise DataError(
            f"The sounds have the shape {np.shape(sounds)} and the type {samples.dtype}; expected numbers in -1..1, "
            f"(n, samples), at {RATE:,} samples a second."
        )
    if not SHORTEST <= samples.shape[1] / RATE <= LONGEST:
        raise DataError(
            f"The sounds have {samples.shape[1]} samples, {samples.shape[1] / RATE:g} s at {RATE:,} a second: from "
            f"{SHORTEST:g} to {LONGEST:g} s are taken. Are rows sounds, and columns samples?"
        )
    if not np.isfinite(samples).all():
        row = int(np.flatnonzero(~np.isfinite(samples).all(axis=1))[0])
        raise DataError(f"The sounds hold NaN or infinite values, first in sound {row}. Repair or drop it.")
    if np.abs(samples.astype("float64")).max() > 1:
        raise DataError(
            f"The sounds range from {samples.min():g} to {samples.max():g}, and samples are in -1..1. Samples of "
            "16 bits are divided by 32768."
        )
    if len(silent := np.flatnonzero(np.ptp(samples, axis=1) == 0)):
        raise DataError(
            f"{len(silent)} of the sounds are silent, first sound {silent[0]}: all of its samples are the same. Drop "
            "them; whole numbers of 0 and 1 are what is left of samples that were rounded."
        )
    return np.ascontiguousarray(samples, "float32")
