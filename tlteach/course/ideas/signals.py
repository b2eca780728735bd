"""The muscles of a hand as spectrograms: rest, fist or point, of persons with electrodes and muscles of their own.

Electromyography (EMG) hears muscles through the skin as noise, louder where the muscle works. Here a filter makes that
noise, and a short-time Fourier transform a picture: time to the right, frequency upwards, power as a colour.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tlteach.course.ideas.idea import Idea, Picture

RATE = 600  # samples a second
WINDOW, HOP, FRAMES = 96, 20, 96  # samples in a window, samples between two windows, windows: three seconds
PERSONS, PICTURES_EACH = 10, 12
POWER = {"rest": (0.0, 0.0), "fist": (1.0, 0.3), "point": (0.2, 0.8)}
"""How strongly each gesture works the muscle that bends the fingers, and the one that stretches them."""
COLOURS = np.array([(235, 245, 230), (150, 210, 170), (240, 200, 60), (220, 90, 40), (90, 10, 30)])
"""From silent to loud: pale green, yellow, red, nearly black."""


@dataclass(frozen=True)
class Person:
    """What all signals of a person have in common."""

    gain: float
    low: float  # Hz: where the spectrum of the muscles begins and ends
    high: float
    crosstalk: float  # how much of a muscle the other's electrode hears
    hiss: float
    hum: float  # of the mains, at 50 Hz and its third harmonic


def pictures(seed: int) -> Iterator[Picture]:
    """All signals of every gesture, person by person."""
    for number in range(PERSONS):
        random = np.random.default_rng((seed, number))
        person = a_person(random)
        for class_name in POWER:
            for _ in range(PICTURES_EACH):
                yield class_name, f"person_{number + 1:02}", picture(signal(class_name, person, random))


def a_person(random: np.random.Generator) -> Person:
    """A person with thick or thin skin, and electrodes that were put on well or not."""
    return Person(
        gain=np.exp(random.normal(0, 0.35)),
        low=random.uniform(20, 60),
        high=random.uniform(110, 260),
        crosstalk=random.uniform(0.05, 0.4),
        hiss=np.exp(random.normal(np.log(0.06), 0.5)),
        hum=np.exp(random.normal(np.log(0.15), 0.8)),
    )


def signal(class_name: str, person: Person, random: np.random.Generator) -> np.ndarray:
    """Three seconds of both electrodes, (2, samples)."""
    n = WINDOW + (FRAMES - 1) * HOP
    seconds = np.arange(n) / RATE
    effort = np.array(POWER[class_name]) * np.exp(random.normal(0, 0.3, 2))
    start, length = random.uniform(0.3, 1.3), random.uniform(0.7, 1.6)
    burst = 1 / (1 + np.exp(-(seconds - start) / 0.04)) / (1 + np.exp((seconds - start - length) / 0.06))
    tone = np.array([[0.03], [0.03]])  # a hand at rest is never quite silent
    muscles = (effort[:, None] * burst + tone) * muscle_noise(n, person, random)
    heard = person.gain * (muscles + person.crosstalk * muscles[::-1])
    phase = random.uniform(0, 6.3)
    mains = np.sin(2 * np.pi * 50 * seconds + phase) + 0.4 * np.sin(2 * np.pi * 150 * seconds + 3 * phase)
    return heard + person.hiss * random.normal(size=(2, n)) + person.hum * mains


def muscle_noise(n: int, person: Person, random: np.random.Generator) -> np.ndarray:
    """Noise (2, n) of power 1 that is loud between the person's low and high frequency."""
    frequency = np.fft.rfftfreq(n, 1 / RATE)
    passed = 1 / (1 + (person.low / np.maximum(frequency, 1)) ** 4) / (1 + (frequency / person.high) ** 4)
    noise = np.fft.irfft(np.fft.rfft(random.normal(size=(2, n))) * passed, n)
    return noise / noise.std(axis=1, keepdims=True)


def picture(heard: np.ndarray) -> np.ndarray:
    """The spectrograms of both electrodes as one picture, uint8 (96, 96, 3): fingers bend above, stretch below."""
    windows = np.lib.stride_tricks.sliding_window_view(heard, WINDOW, axis=1)[:, ::HOP]
    power = np.abs(np.fft.rfft(windows * np.hanning(WINDOW))[..., 1:]) ** 2  # (2, frames, 48), without frequency 0
    loudness = np.clip((10 * np.log10(power + 1e-9) + 10) / 45, 0, 1)
    upwards = np.concatenate([one.T[::-1] for one in loudness])
    levels = np.round(upwards * 23) / 23  # few colours make small files
    ends = np.linspace(0, 1, len(COLOURS))
    return np.stack([np.interp(levels, ends, colour) for colour in COLOURS.T], axis=-1).astype("uint8")


IDEA = Idea(
    name="signals",
    title="The muscles of a hand: rest, fist or point?",
    question="What does the hand do in these three seconds: does it rest, make a fist or point?",
    by_eye="A hand that works makes a red burst: redder in the upper half for a fist, redder in the lower half for "
    "pointing; a hand at rest makes none, only the level lines of the mains.",
    group="person",
    made="bursts of filtered noise (EMG as a program imagines it) of two electrodes, upper half and lower half, two "
    "seconds from left to right, 6 to 300 Hz upwards in each half; each person with a gain, a spectrum of the "
    "muscles, hiss and mains hum of their own",
    not_for="Not for steering a prosthesis or a game with a real hand, nor for any diagnosis: real muscles tire, sweat "
    "and move under the electrodes, and nobody was measured here.",
    pictures=pictures,
)
