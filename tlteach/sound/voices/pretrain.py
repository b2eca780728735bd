"""Pre-train the bundled base of sounds: a small network that knows the words of five invented languages.

It never hears the target language, English, or a speaker of theirs. All words are made once; every epoch hears each of
them a little earlier or later.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from tlteach.core.files import made_folder, write_source
from tlteach.core.machine import versions
from tlteach.sound.spectrogram import RATE
from tlteach.sound.voices.languages import LANGUAGES, SOURCE_LANGUAGES, sample

WEIGHTS_NAME = "voices.weights.h5"
CARD_NAME = "voices.json"


def heard(n_speakers: int, seed: int, languages: tuple[str, ...], progress: bool) -> tuple[np.ndarray, np.ndarray]:
    """Words of all the languages by so many speakers of each: samples (n, 8000), and labels that are theirs alone."""
    from tqdm import tqdm

    samples, labels, n_words = [], [], 0
    for number, language in enumerate(tqdm(languages, desc="speaking", disable=not progress)):
        words = len(LANGUAGES[language])
        sounds, of_words, _ = sample(language, n_speakers * words, seed=seed * 10 + number)
        samples.append(sounds)
        labels.append(of_words + n_words)
        n_words += words
    return np.concatenate(samples), np.concatenate(labels).astype("int32")


def moved(samples: np.ndarray, random: np.random.Generator, milliseconds: int = 150) -> np.ndarray:
    """Each sound up to so much later, with silence before it."""
    found = np.zeros_like(samples)
    for row, late in enumerate(random.integers(0, milliseconds * RATE // 1000, len(samples))):
        found[row, late:] = samples[row, : samples.shape[1] - late]
    return found


def source_network(n_classes: int, steps: int, peak: float):
    """The base, and a classifier on it that is ready to learn under one cosine."""
    import keras

    from tlteach.sound.network import untrained

    base = untrained()
    x = keras.layers.Dropout(0.3)(base.output)
    model = keras.Model(base.input, keras.layers.Dense(n_classes)(x))
    rate = keras.optimizers.schedules.CosineDecay(
        peak / 20, steps, warmup_target=peak, warmup_steps=max(1, steps // 10)
    )
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return base, model


def pretrain(
    folder: str | Path,
    seed: int = 0,
    n_speakers: int = 100,
    n_held_out: int = 20,
    epochs: int = 6,
    peak: float = 3e-3,
    batch_size: int = 64,
    languages: tuple[str, ...] = SOURCE_LANGUAGES,
    verbose: str | int = "auto",
) -> dict:
    """Pre-train the bundled base and write its weights and its card into `folder`; returns the card.

    The held-out words, by n_held_out other speakers of each language, are heard once, in the end. Files are written
    whole or not at all.
    """
    import keras

    start = time.perf_counter()
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    folder = made_folder(folder)
    samples, labels = heard(n_speakers, 2 * seed, languages, progress=verbose != 0)
    base, model = source_network(int(labels.max()) + 1, epochs * -(-len(samples) // batch_size), peak)
    for epoch in range(epochs):
        model.fit(
            moved(samples, random),
            labels,
            batch_size=batch_size,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=verbose,
        )
    held_out, held_out_labels = heard(n_held_out, 2 * seed + 1, languages, progress=False)
    right = model.predict(held_out, batch_size=batch_size, verbose=0).argmax(axis=1) == held_out_labels
    card = {
        "name": "voices",
        "architecture": "tlteach.sound.network.untrained(milliseconds=1000)",
        "preprocessing": "none: raw samples in -1..1, 8000 a second; the log-mel spectrogram is in the network",
        "command": "python -m tlteach pretrain --source voices",
        "seed": seed,
        "languages": list(languages),
        "speakers": n_speakers * len(languages),
        "n_train": len(samples),
        "n_held_out": len(held_out),
        "held_out_accuracy": round(float(right.mean()), 4),
        "epochs": epochs,
        "learning_rate": peak,
        "batch_size": batch_size,
        "minutes": round((time.perf_counter() - start) / 60, 1),
        "cores": os.cpu_count(),
        "versions": {"backend": keras.backend.backend(), **versions()},
        "licence": "CC0-1.0",
    }
    return write_source(folder, base, card)
