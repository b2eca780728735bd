"""From a score to sound: a source, and a filter that it goes through (Klatt, 1980).

The glottis lets air out in pulses; breath is noise. Both go through the tract, a row of resonators, each of which lifts
one formant. The noise of a fricative is made in front of the tract and only has a band. As the tract moves, the filter
is another in every frame: each frame of the source is filtered alone, and the results are added where they overlap.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import next_fast_len

from tlteach.sound.spectrogram import RATE
from tlteach.sound.voices.score import FRAME, Score
from tlteach.sound.voices.speakers import Voice

STEP = RATE * FRAME // 1000  # samples of a frame
LENGTH = 6 * STEP  # samples that a frame may sound on for in the tract
WINDOW = np.hanning(2 * STEP + 1)[:-1]
HERTZ = np.fft.rfftfreq(LENGTH, 1 / RATE)
WIDTHS = np.array([70.0, 90.0, 130.0, 200.0])  # of the resonances, in Hz
FINER = 4  # pulses are drawn on a grid so much finer: their edges do not fall on samples
OPEN = 0.6  # of its period the glottis is open


def sound_of(score: Score, voice: Voice, random: np.random.Generator) -> np.ndarray:
    """The word as a microphone takes it up: float32 in -1..1 at RATE."""
    pulses = glottis(score, voice, random)
    breath, noise = random.standard_normal((2, len(pulses)))
    loudness = lambda rows: np.interp(np.arange(len(pulses)) / STEP, np.arange(len(rows)), rows)  # noqa: E731
    source = pulses * loudness(score.voiced)
    source += breath * loudness(score.breath + voice.breath * score.voiced)
    word = filtered(source, tract(score, voice))
    steady = loudness(score.voiced) > 0.5
    word /= np.sqrt(np.mean(word[steady] ** 2)) if steady.any() else 1.0  # the measure of all other loudness
    word += filtered(noise * loudness(voice.hiss * score.noise), band(score))
    return recorded(word, voice, random)


def glottis(score: Score, voice: Voice, random: np.random.Generator) -> np.ndarray:
    """Pulses of air: the slope of 'open slowly, close at once', t^2 - t^3, which is what the lips radiate (Klatt)."""
    n = len(score.width)
    rise = voice.melody * (np.linspace(0, 1, n) - 0.5) + random.normal(0, 1) * np.sin(np.linspace(0, np.pi, n))
    pitch = voice.pitch * 2 ** ((rise + random.normal(0, 1)) / 12) * np.exp(random.normal(0, 2 * voice.jitter, n))
    fine = np.interp(np.arange(n * STEP * FINER) / (STEP * FINER), np.arange(n), pitch)
    phase = np.cumsum(fine / (RATE * FINER)) % 1 / OPEN
    slope = np.where(phase < 1, 2 * phase - 3 * phase**2, 0.0)
    pulses = slope.reshape(-1, FINER).mean(axis=1)
    return pulses / pulses.std()


def tract(score: Score, voice: Voice) -> np.ndarray:
    """The answer of the tract in every frame, (frames, LENGTH // 2 + 1): its resonators, one after the other."""
    fourth = np.full(len(score.width), 3500.0 / voice.tract)
    formants = np.minimum(np.column_stack([score.formants, fourth]), 0.48 * RATE)
    widths = WIDTHS * score.width[:, None] / voice.resonance
    return resonators(formants, widths) * np.maximum(HERTZ / 500, 0.2) ** (-voice.rasp / 6)


def resonators(hertz: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Klatt's, each y[n] = a x[n] + b y[n-1] + c y[n-2], one after the other: what they make of each of HERTZ."""
    radius = np.exp(-np.pi * widths / RATE)
    b, c = 2 * radius * np.cos(2 * np.pi * hertz / RATE), -(radius**2)
    late = np.exp(-2j * np.pi * HERTZ / RATE)
    answers = 1 - b[..., None] * late - c[..., None] * late**2
    return np.prod(1 - b - c, axis=1)[:, None] / np.prod(answers, axis=1)


def band(score: Score) -> np.ndarray:
    """What passes of noise: a bell around the centre, as loud whatever its width."""
    bell = np.exp(-0.5 * ((HERTZ - score.centre[:, None]) / score.spread[:, None]) ** 2)
    return bell / np.sqrt(np.mean(bell**2, axis=1, keepdims=True))


def filtered(source: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Filter each frame alone and add: windows of two frames, which overlap by one and add up to 1."""
    n = len(answers)
    padded = np.concatenate([np.zeros(STEP // 2), source, np.zeros(STEP)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, 2 * STEP)[::STEP][:n]
    heard = np.fft.irfft(np.fft.rfft(frames * WINDOW, LENGTH) * answers, LENGTH).reshape(n, -1, STEP)
    total = np.zeros((n + heard.shape[1], STEP))
    for late in range(heard.shape[1]):
        total[late : late + n] += heard[:, late]
    return total.ravel()[STEP // 2 :][: len(source)]


def recorded(word: np.ndarray, voice: Voice, random: np.random.Generator) -> np.ndarray:
    """The word in a room, through a microphone, with noise."""
    n, times = len(word), np.arange(int(RATE * voice.room)) / RATE
    echo = random.standard_normal(len(times)) * 10 ** (-3 * times / voice.room)
    echo *= voice.echo / np.sqrt(np.sum(echo**2))
    echo[0] += 1
    whole = next_fast_len(n + len(echo), real=True)  # samples; a Fourier transform of such a length is quick
    sound = np.fft.rfft(word, whole) * np.fft.rfft(echo, whole)
    octaves = np.log2(np.maximum(np.fft.rfftfreq(whole, 1 / RATE), 60) / 500)
    hiss = np.fft.rfft(random.standard_normal(whole)) * 10 ** (-voice.rumble * octaves / 20)
    hiss *= np.std(word) / np.sqrt(np.mean(10 ** (-voice.rumble * octaves / 10))) * 10 ** (-voice.noise / 20)
    taken_up = np.fft.irfft((sound + hiss) * 10 ** (voice.microphone * octaves / 20), whole)[:n]
    return (0.5 * taken_up / np.abs(taken_up).max()).astype("float32")
