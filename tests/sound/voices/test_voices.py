"""Drawn voices: what was asked for is found in the sound by means that share nothing with the synthesiser."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import solve_toeplitz

from tlteach.core.errors import DataError
from tlteach.sound.spectrogram import RATE
from tlteach.sound.voices import LANGUAGES, PHONEMES, SOURCE_LANGUAGES, TARGET_LANGUAGE, Voice, sample, say, voice
from tlteach.sound.voices.languages import SAMPLES

PLAIN = Voice(melody=0.0, jitter=0.0, breath=0.01, echo=0.0, noise=60.0, speed=0.5, rasp=2.0)


def middle(sound: np.ndarray, samples: int = 1200) -> np.ndarray:
    """The steadiest stretch of a vowel: around its loudest place."""
    loud = np.convolve(sound**2, np.ones(samples), "valid").argmax()
    return sound[loud : loud + samples]


def formants(sound: np.ndarray) -> np.ndarray:
    """By linear prediction (Atal and Hanauer, 1971): the poles of the filter that predicts each sample best."""
    raised = np.diff(sound) * np.hamming(len(sound) - 1)
    correlation = np.correlate(raised, raised, "full")[len(raised) - 1 :][:11]
    predictor = np.r_[1, -solve_toeplitz(correlation[:-1], correlation[1:])]
    roots = [root for root in np.roots(predictor) if root.imag > 0 and abs(root) > 0.8]
    return np.sort(np.angle(roots) * RATE / (2 * np.pi))


def pitch(sound: np.ndarray) -> float:
    """By autocorrelation: the shift at which the sound is most like itself."""
    correlation = np.correlate(sound, sound, "full")[len(sound) - 1 :]
    shortest = RATE // 400
    return RATE / (shortest + correlation[shortest : RATE // 60].argmax())


def test_the_same_seed_is_the_same_sound_and_another_is_another():
    assert np.array_equal(say("pako", voice(3), 1), say("pako", voice(3), 1))
    assert not np.array_equal(say("pako", voice(3), 1)[:1000], say("pako", voice(3), 2)[:1000])
    assert voice(3) == voice(3) != voice(4)


@pytest.mark.parametrize("vowel", ["a", "e", "i", "o"])
@pytest.mark.parametrize("tract", [0.85, 1.0])
def test_the_formants_of_a_vowel_are_where_they_were_asked_for(vowel, tract, monkeypatch):
    monkeypatch.setattr("tlteach.sound.voices.score.ACCENT", 0.0)
    found = formants(middle(say(f"{vowel} {vowel}", replace(PLAIN, tract=tract, accent=7), 0)))
    for wanted in np.array(PHONEMES[vowel].formants[:2]) / tract:
        assert np.abs(found / wanted - 1).min() < 0.12, (wanted, found)


@pytest.mark.parametrize("hertz", [90, 140, 240])
def test_the_pitch_is_the_one_that_was_asked_for(hertz):
    heard = [pitch(middle(say("a a", replace(PLAIN, pitch=hertz), take))) for take in range(8)]
    assert np.median(heard) == pytest.approx(hertz, rel=0.08)  # a take is a semitone higher or lower


def test_a_word_spoken_twice_as_fast_is_half_as_long():
    long, short = (np.mean([len(say("banito", replace(PLAIN, speed=s), t)) for t in range(8)]) for s in (0.7, 1.4))
    silence = 0.12 * RATE  # before and after the word, on average
    assert (long - silence) / (short - silence) == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize(("sound", "low", "high"), [("s", 3000, 4000), ("sh", 2000, 3400), ("a", 0, 1500)])
def test_a_hiss_is_high_and_a_vowel_low(sound, low, high):
    powers = np.abs(np.fft.rfft(middle(say(f"{sound} {sound}", PLAIN, 0)))) ** 2
    hertz = np.fft.rfftfreq(1200, 1 / RATE)
    assert powers[(hertz >= low) & (hertz <= high)].sum() > 0.7 * powers.sum()


def test_noise_lies_as_far_below_the_word_as_was_asked_for():
    clean, noisy = (say("a a", replace(PLAIN, noise=decibels, rumble=0.0), 0) for decibels in (90.0, 20.0))
    noise = noisy / np.std(noisy) - clean / np.std(clean)
    assert 10 * np.log10(np.mean(noise**2)) == pytest.approx(-20, abs=1)


def test_every_word_of_every_language_is_said_within_a_second_and_is_finite():
    for words in LANGUAGES.values():
        for number, word in enumerate(words):
            sound = say(word, voice(number), 0)
            assert sound.dtype == np.float32
            assert np.isfinite(sound).all()
            assert np.abs(sound).max() == pytest.approx(0.5)
            assert len(say(word, voice(number, variety=0), 0)) < SAMPLES


def test_a_sample_names_words_and_speakers_and_begins_with_the_shorter_one():
    samples, labels, speakers = sample("akapa", 12, seed=5)
    assert samples.shape == (12, SAMPLES)
    assert labels.tolist() == [*range(10), 0, 1]
    assert speakers.tolist() == [5_000_000] * 10 + [5_000_001] * 2
    assert np.array_equal(sample("akapa", 3, seed=5)[0], samples[:3])
    assert np.array_equal(sample("akapa", 2, seed=5, start=10)[0], samples[10:])


def test_the_silence_before_a_word_does_not_tell_which_word_it_is():
    """Else a network could read the silence: every voice has accidents of its own, also in the same take."""
    samples, labels, _ = sample("tavi", 40, seed=7)
    begins = np.array([np.flatnonzero(np.abs(sound) > 0.1)[0] for sound in samples])
    within = np.mean([np.std(begins[labels == label]) for label in range(10)])
    assert within > 0.7 * np.std(begins)


def test_without_variety_only_the_accent_differs():
    one, other = voice(1, variety=0.0), voice(2, variety=0.0)
    assert one == replace(other, accent=one.accent)
    pitches = [np.std([np.log(voice(seed, variety).pitch) for seed in range(50)]) for variety in (0.5, 1.0)]
    assert pitches[1] == pytest.approx(2 * pitches[0])


def test_the_target_shares_no_word_with_what_the_base_learns():
    learned = {word for language in SOURCE_LANGUAGES for word in LANGUAGES[language]}
    assert TARGET_LANGUAGE not in SOURCE_LANGUAGES
    assert "english" not in SOURCE_LANGUAGES
    assert not learned & set(LANGUAGES[TARGET_LANGUAGE])


def test_what_is_not_there_is_said_with_what_is():
    with pytest.raises(DataError, match=r"Nobody speaks 'klingon'. Choose from: akapa, tavi"):
        sample("klingon", 1, seed=0)
    with pytest.raises(DataError, match=r"no sound 'q' in 'qapla'. The sounds are: a e i o u"):
        say("qapla", voice(0))
    with pytest.raises(DataError, match="nothing to say"):
        say("", voice(0))
    with pytest.raises(DataError, match="say got 'low' for `voice`"):
        say("pako", "low")
