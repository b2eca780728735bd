"""From the phonemes of a word to a score: what glottis, tract and noise do in every 5 milliseconds."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tlteach.core.errors import DataError
from tlteach.sound.voices.speakers import Voice

FRAME = 5  # milliseconds
SCHWA = np.array([500.0, 1500.0, 2500.0])  # the formants of a tube of 17 cm that is as wide everywhere
ATTACK = 10  # milliseconds in which loudness changes: quicker than formants, so that a burst stays a burst
ACCENT = 0.05  # how far, as a share, the formants of a speaker's vowels lie from those of the table
LAST = 1.25  # the last vowel of a word is longer


@dataclass(frozen=True)
class Phoneme:
    """A sound of speech; phonemes.toml says what each number is."""

    formants: tuple[float, float, float]
    milliseconds: float
    voiced: float = 1.0
    breath: float = 0.0
    noise: float = 0.0
    band: tuple[float, float] = (2500.0, 1000.0)
    pull: float = 0.0
    width: float = 1.0
    closed: float = 0.0
    murmur: float = 0.0
    after: float = 0.0
    vowel: bool = False


class Score(NamedTuple):
    """What happens frame by frame: three formants (frames, 3) and, of the other knobs, one number a frame."""

    formants: np.ndarray
    width: np.ndarray
    voiced: np.ndarray
    breath: np.ndarray
    noise: np.ndarray
    centre: np.ndarray
    spread: np.ndarray


class Part(NamedTuple):
    """A stretch of a phoneme in which targets stand still."""

    milliseconds: float
    formants: np.ndarray
    sound: Phoneme
    voiced: float = 0.0
    breath: float = 0.0
    noise: float = 0.0


def read_phonemes() -> dict[str, Phoneme]:
    groups = tomllib.loads(Path(__file__).with_name("phonemes.toml").read_text(encoding="utf-8"))
    vowels = {name: Phoneme(**table, vowel=True) for name, table in groups["vowels"].items()}
    return vowels | {name: Phoneme(**table) for name, table in groups["consonants"].items()}


PHONEMES = read_phonemes()


def spelled(phonemes: str) -> list[str]:
    """The names of the sounds of "shopa", where sh is one, or of "z ih r o u", where spaces tell."""
    names = phonemes.split() if " " in phonemes else re.findall("sh|th|.", phonemes)
    unknown = [name for name in names if name not in PHONEMES]
    if unknown or not names:
        found = f"no sound {unknown[0]!r}" if unknown else "nothing to say"
        raise DataError(f"There is {found} in {phonemes!r}. The sounds are: {' '.join(PHONEMES)}.")
    return names


def score_of(phonemes: str, voice: Voice, random: np.random.Generator) -> Score:
    """Write the score of a word. Targets stand still within a part; smoothing makes the transitions between them."""
    names = spelled(phonemes)
    parts = [part for at in range(len(names)) for part in parts_of(names, at, voice, random)]
    before, after = random.uniform((5, 30), (80, 120))  # milliseconds of silence
    parts.insert(0, Part(before, parts[0].formants, parts[0].sound))
    parts.append(Part(after, parts[-1].formants, parts[-1].sound))
    ends = np.cumsum([part.milliseconds for part in parts]) / FRAME
    times = np.diff(np.round(ends).astype(int), prepend=0)
    tract = [[*part.formants / voice.tract, part.sound.width] for part in parts]
    loud = [[part.voiced, part.breath, part.noise, *part.sound.band] for part in parts]
    tract = smooth(np.repeat(tract, times, axis=0), voice.slur)
    loud = smooth(np.repeat(loud, times, axis=0), ATTACK)
    return Score(tract[:, :3], tract[:, 3], *loud.T)


def parts_of(names: list[str], at: int, voice: Voice, random: np.random.Generator) -> Iterator[Part]:
    """A vowel, a fricative or a nasal is one part; a plosive is closed, then bursts, then breathes."""
    sound = PHONEMES[names[at]]
    unit = np.exp(random.normal(0, 0.12)) / voice.speed
    beside = nearest_vowel(names, at)
    near = vowel_of(beside, voice) if beside else SCHWA
    if sound.vowel:
        is_last = not any(PHONEMES[name].vowel for name in names[at + 1 :])
        length = sound.milliseconds * unit * (LAST if is_last else 1.0)
        yield Part(length, vowel_of(names[at], voice), sound, voiced=1.0)
        return
    formants = (1 - sound.pull) * np.array(sound.formants) + sound.pull * near
    if sound.closed:
        yield Part(sound.closed * unit, formants, sound, voiced=sound.murmur)
    yield Part(sound.milliseconds * unit, formants, sound, sound.voiced, sound.breath, sound.noise)
    if sound.after:
        yield Part(sound.after * unit, (formants + near) / 2, sound, breath=0.3)


def nearest_vowel(names: list[str], at: int) -> str | None:
    """The vowel that a consonant leads to or, at the end of a word, comes from."""
    after = [name for name in names[at:] if PHONEMES[name].vowel]
    before = [name for name in names[:at] if PHONEMES[name].vowel]
    return after[0] if after else before[-1] if before else None


def vowel_of(name: str, voice: Voice) -> np.ndarray:
    """The formants of a vowel as this speaker says it."""
    return SCHWA + voice.clarity * (PHONEMES[name].formants * accent_of(voice.accent)[name] - SCHWA)


@lru_cache(maxsize=64)
def accent_of(seed: int) -> dict[str, np.ndarray]:
    """By which factors the formants of each sound differ from those of the table."""
    factors = np.exp(np.random.default_rng(seed).normal(0, ACCENT, (len(PHONEMES), 3)))
    return dict(zip(PHONEMES, factors, strict=True))


def smooth(rows: np.ndarray, milliseconds: float) -> np.ndarray:
    """A moving average, weighted by a bell that is so long from half its height to half."""
    half = max(1, round(milliseconds / FRAME))
    bell = np.hanning(2 * half + 1)[1:-1]
    padded = np.concatenate([rows[:1].repeat(half - 1, axis=0), rows, rows[-1:].repeat(half - 1, axis=0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, len(bell), axis=0)
    return windows @ (bell / bell.sum())
