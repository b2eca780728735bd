"""A voice, as knobs: who speaks, how, in what room and into what microphone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tlteach.core.door import checked


@dataclass(frozen=True)
class Voice:
    """All that makes one speaker sound unlike another. Every knob is a cause that can be turned alone."""

    pitch: float = 130.0  # Hz
    melody: float = -3.0  # semitones that pitch rises over a word, or falls
    tract: float = 1.0  # from the glottis to the lips, 1 for 17 cm: all formants are divided by it
    speed: float = 1.2  # 1 is spoken slowly
    slur: float = 45.0  # milliseconds that a formant takes from one place to the next
    clarity: float = 1.0  # how far vowels keep from schwa
    accent: int = 0  # seeds where the vowels of this speaker lie
    breath: float = 0.05  # noise in the voice
    jitter: float = 0.01  # how unsteady pitch is
    rasp: float = 3.0  # decibels that each octave loses at the glottis
    resonance: float = 1.0  # how narrow formants are
    hiss: float = 0.7  # how loud the noise of s, f and t is
    room: float = 0.15  # seconds in which an echo falls by 60 dB
    echo: float = 0.1  # how loud it is
    microphone: float = 0.0  # decibels that each octave gains
    noise: float = 40.0  # decibels that noise lies below the word
    rumble: float = 3.0  # decibels that each octave of the noise loses


LIMITS = {
    "pitch": (85.0, 290.0),
    "melody": (-7.0, 4.0),
    "tract": (0.78, 1.08),
    "speed": (0.9, 1.8),
    "slur": (25.0, 70.0),
    "clarity": (0.75, 1.15),
    "breath": (0.01, 0.35),
    "jitter": (0.002, 0.03),
    "rasp": (0.0, 8.0),
    "resonance": (0.6, 1.6),
    "hiss": (0.06, 1.5),
    "room": (0.05, 0.5),
    "echo": (0.0, 0.5),
    "microphone": (-4.0, 4.0),
    "noise": (12.0, 55.0),
    "rumble": (-1.0, 6.0),
}
"""Between which voices differ; accents aside."""
IN_RATIOS = ("pitch", "speed", "breath", "jitter", "resonance", "hiss", "room")  # half and double are as far from 1


@checked
def voice(seed: int, variety: float = 1.0) -> Voice:
    """Draw the speaker of this number. With variety 0 all are alike but for their accents; 1 is as wide as LIMITS say.

    A long tract goes with a low voice, as it does in people, though not always.
    """
    return drawn_voice(seed, variety)


def drawn_voice(seed: int, variety: float) -> Voice:
    random = np.random.default_rng(seed)
    share = {knob: random.uniform() for knob in LIMITS}
    share["tract"] = np.clip(1 - share["pitch"] + 0.5 * (share["tract"] - 0.5), 0, 1)
    knobs = {}
    for knob, (low, high) in LIMITS.items():
        if knob in IN_RATIOS:
            knobs[knob] = float(np.exp(between(np.log(low), np.log(high), share[knob], variety)))
        else:
            knobs[knob] = float(between(low, high, share[knob], variety))
    return Voice(**knobs, accent=int(random.integers(2**31)))


def between(low: float, high: float, share: float, variety: float) -> float:
    return low + (high - low) * (0.5 + (share - 0.5) * variety)
