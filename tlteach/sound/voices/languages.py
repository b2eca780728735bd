"""Words of invented languages, and ten of English, spoken by voices that differ in all that voices differ in."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.sound.spectrogram import RATE
from tlteach.sound.voices.score import score_of
from tlteach.sound.voices.speakers import Voice, drawn_voice
from tlteach.sound.voices.synthesis import sound_of

SAMPLES = RATE  # a second: what a sound of `sample` is filled up to, with silence


def read_languages() -> dict[str, dict[str, str]]:
    """By language and word, the sounds of the word."""
    found = tomllib.loads(Path(__file__).with_name("languages.toml").read_text(encoding="utf-8"))
    return {name: words if isinstance(words, dict) else {word: word for word in words} for name, words in found.items()}


LANGUAGES = read_languages()
TARGET_LANGUAGE = "akapa"
SOURCE_LANGUAGES = tuple(name for name in LANGUAGES if name not in (TARGET_LANGUAGE, "english"))
"""What the bundled base has learned; it never heard the target, nor English, nor any of their speakers."""


@checked
def say(word: str, voice: Voice, seed: int = 0) -> np.ndarray:
    """Let a voice say a word: float32 samples (n,) in -1..1, RATE a second. Another seed is another take of it.

    `word` is a word of a language, such as "seven", or any sounds of phonemes.toml: "t o m a t o".
    Raises DataError where it holds a sound that is not there.
    """
    random = np.random.default_rng((seed, voice.accent))  # so that take 0 is not the same accident in every voice
    known = (words[word] for words in LANGUAGES.values() if word in words)
    return sound_of(score_of(next(known, word), voice, random), voice, random)


@checked
def sample(
    language: str, n: int, seed: int, start: int = 0, variety: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let new voices say the words of a language in turn: samples (n, 8000), labels (n,) and speakers (n,).

    Of k words, sound i is of word i % k, said by speaker i // k of this seed; a longer sample begins with the shorter
    one, and `start` leaves out the first sounds. Two seeds have no speaker in common. What is longer than a second is
    cut. Raises DataError for a language that is not spoken.
    """
    words = list(words_of(language))
    samples = np.zeros((n, SAMPLES), dtype="float32")
    labels = [index % len(words) for index in range(start, start + n)]
    speakers = [seed * 10**6 + index // len(words) for index in range(start, start + n)]
    for row, (label, speaker) in enumerate(zip(labels, speakers, strict=True)):
        sound = say(words[label], drawn_voice(speaker, variety), label)[:SAMPLES]
        samples[row, : len(sound)] = sound
    return samples, np.array(labels, "int64"), np.array(speakers)


def words_of(language: str) -> dict[str, str]:
    if language not in LANGUAGES:
        raise DataError(f"Nobody speaks {language!r}. Choose from: {', '.join(LANGUAGES)}.")
    return LANGUAGES[language]
