"""Small sounds and folders of them for the tests."""

from functools import partial
from pathlib import Path

import numpy as np
import pictures
import soundfile

from tlteach.sound.spectrogram import RATE


def noise(number: int, seconds: float = 0.1, rate: int = RATE) -> np.ndarray:
    """A sound that no other number shares."""
    return np.random.default_rng(number).uniform(-0.5, 0.5, round(seconds * rate)).astype("float32")


def tone(hertz: float, seconds: float = 0.5, rate: int = RATE, loud: float = 0.5) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype("float32")


def sound(path: Path, number: int) -> Path:
    """Write a short sound that no other number shares."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, noise(number), RATE)
    return path


folder_of = partial(pictures.folder_of, write=sound, suffix=".wav")


def spoken(
    root: Path, name: str, classes=("yes", "no"), speakers=("anna", "ben", "cleo", "dan"), takes=3, start=0
) -> Path:
    """Write takes of each class by each speaker, at the path that `name` makes of them: "{c}/{s}_{t}.wav"."""
    number = start
    for c in classes:
        for s in speakers:
            for t in range(takes):
                sound(root / name.format(c=c, s=s, t=t), number)
                number += 1
    return root


def pitches(n: int = 80, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Tones of 0.2 s, low or high, in noise: float32 (n, 1600), and labels (n,)."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % 2
    hertz = np.where(labels, random.uniform(900, 1500, n), random.uniform(150, 400, n))
    time = np.arange(1600) / RATE
    waves = np.sin(2 * np.pi * (hertz[:, None] * time + random.uniform(size=(n, 1))))
    return (0.4 * waves + random.normal(0, 0.02, waves.shape)).astype("float32"), labels
