"""The proofs about sounds: they reach the network as it heard them when it was pre-trained, and something comes out.

What cannot be proved is said here once. A log-mel spectrogram is the same however loud a sound is, so samples of the
wrong scale do no harm to the bundled base, and nobody could tell. Nor can samples tell at what rate they were taken: a
network of your own that learned at 16 kHz hears all of our sounds twice as fast.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.core.journal import counted
from tlteach.engine.entering import entering
from tlteach.engine.network import base_layers, base_of
from tlteach.sound.spectrogram import BANDS, RATE, log_mel

LIKE = 1e-3  # of a spectrogram in 0..1


def made_up(n: int) -> np.ndarray:
    """Two sounds of n samples that anybody can make again: a tone that rises from 200 to 3,000 Hz, and noise."""
    seconds = np.arange(n) / RATE
    rise = np.sin(2 * np.pi * (200 * seconds + 1400 * seconds**2 / max(seconds[-1], 1 / RATE)))
    noise = np.random.default_rng(0).uniform(-1, 1, n)
    return (0.3 * np.stack([rise, noise])).astype("float32")


def spectrograms_reach(model: keras.Model, sounds: np.ndarray) -> str:
    """Prove that the spectrograms of `sounds` (n, samples) reach the first layer that learned, in the base of `model`.

    Raises:
        GuardError: something else reaches it.
    """
    first = next(layer for layer in base_layers(model) if layer.weights)
    got = entering(model, first, sounds).astype("float32")
    wanted = keras.ops.convert_to_numpy(log_mel(keras.ops.convert_to_tensor(sounds))).astype("float32")
    if got.size != wanted.size or not np.allclose(got.reshape(wanted.shape), wanted, atol=LIKE):
        raise GuardError(
            f"The layer {first.name} does not receive the spectrograms of the samples, which the source learned from: "
            f"it got {got.shape[1:]} from {got.min():.3g} to {got.max():.3g}, and not {wanted.shape[1:]} from "
            f"{wanted.min():.3g} to {wanted.max():.3g}. Let tl.base_model(source) build the base, and give it samples "
            "in -1..1 as they are: rounded to whole numbers they would be silence."
        )
    return f"sounds reach it as spectrograms of {wanted.shape[1]} columns and {BANDS} bands, as in pre-training"


def answers_vary(model: keras.Model, sounds: np.ndarray) -> str:
    """Prove that the base of `model` says something of sounds (n, samples): finite, and not the same of all.

    Silence is shown too, for a spectrogram that is divided by its loudest place ends in NaN there.

    Raises:
        GuardError: an answer is no number, or all are the same.
    """
    base = base_of(model)
    layers = base_layers(model) or model.layers
    features = base if base is not model else keras.Model(model.input, layers[-1].output)
    given = _as_the_base_gets(model, np.concatenate([sounds, np.zeros_like(sounds[:1])]))
    answers = keras.ops.convert_to_numpy(features(given, training=False)).reshape(len(given), -1)
    if not np.isfinite(answers).all():
        what = "silence" if np.isfinite(answers[:-1]).all() else "sounds of the task"
        raise GuardError(
            f"{base.name} answers {what} with NaN or infinite numbers. See what it divides by, or takes the logarithm "
            "of: tlteach.sound.spectrogram.log_mel does both safely."
        )
    heard = answers[:-1]
    if len(np.unique(sounds, axis=0)) > 1 and np.ptp(heard, axis=0).max() <= 1e-6 * max(1.0, np.abs(heard).max()):
        raise GuardError(
            f"{base.name} answers {counted(sounds, 'different sound')} with the very same numbers: their samples do "
            "not reach it. Were they rounded to whole numbers, which makes silence of samples in -1..1? Let "
            "tl.base_model(source) build the base, and give it the samples as they are."
        )
    return "different sounds get different answers, and silence a finite one"


def _as_the_base_gets(model: keras.Model, sounds: np.ndarray) -> np.ndarray:
    base = base_of(model)
    return sounds if base is model else entering(model, base, sounds)


def sounds_are_heard(lengths: Sequence[int], milliseconds: int) -> str:
    """Say how many sounds are longer than what the model hears of one; `lengths` are in samples."""
    longer = sum(length > milliseconds * RATE // 1000 for length in lengths)
    if not longer:
        return f"all {len(lengths):,} sounds are heard to their end"
    return (
        f"{longer:,} of {len(lengths):,} sounds are longer than {milliseconds:,} ms, and only the loudest part of them "
        "is heard; tl.base_model(source, milliseconds=...) hears more, in more time"
    )
