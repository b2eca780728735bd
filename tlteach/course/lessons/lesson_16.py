"""Lesson 16, speech: spectrograms, time that is kept or averaged away, voices, and real speech."""

from __future__ import annotations

import numpy as np

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("16", "Speech")

SLOTS = 8  # stretches of time that the base tells apart, as tlteach.sound.network has them
STRETCHES = (1, 2, 4, 8)  # into which exercise b averages them
IN_BOTH = 23  # speakers, of exercise c
KNOBS = 5  # that exercise d wants turned, at least
SAME = 0.02  # accuracies of exercises b and d that are as good as equal


def head_of(strength: float = 1.0):
    """A linear head on standardised features: the smaller the number, the simpler it stays."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))


def bands(sounds: np.ndarray) -> np.ndarray:
    """The log-mel spectrograms of sounds (n, samples), as (n, columns, bands)."""
    import keras

    from tlteach.engine.arrays import answers
    from tlteach.sound.spectrogram import log_mel

    samples = keras.Input(sounds.shape[1:])
    return answers(keras.Model(samples, log_mel(samples)), sounds)


def pixels(sounds: np.ndarray) -> np.ndarray:
    """The log-mel spectrogram as rows of numbers: of each band, the mean in each of as many slots as the base has."""
    return np.concatenate([slot.mean(axis=1) for slot in np.array_split(bands(sounds), SLOTS, axis=1)], axis=1)


def few_of_each(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Rows of n inputs of each class, drawn at random."""
    order = np.random.default_rng(seed).permutation(len(labels))
    return np.concatenate([order[labels[order] == label][:n] for label in np.unique(labels)])


@lesson.exercise(
    "a",
    takes="a number",
    praise="A longer window tells pitches apart more finely, and moments less: you cannot have both.",
)
def finest_pitch(answer: float) -> Hint:
    """How many Hz apart the frequencies are that a window of 25 ms tells apart: one over its length."""
    if abs(answer - 40) < 0.5:
        return None
    if abs(answer - 200) < 1:
        return "That is how many samples the window has. How long does one slow wave take that just fits into it?"
    if abs(answer - 4000) < 1:
        return "That is the highest frequency that such samples can carry. What is asked for is the finest step."
    if abs(answer - 0.04) < 0.001:
        return "The formula is right, and the unit is not: say the window in seconds, and not in milliseconds."
    if abs(answer - 100) < 1:
        return "That is how many windows begin in a second. They overlap; how long is one?"
    return (
        "A window holds whole waves of some frequencies: one wave, two waves, three, and so on.",
        "One wave in the window is the slowest, and each next one is a step higher. The step is 1 over the length.",
    )


@lesson.exercise(
    "b",
    takes="what you found",
    praise="Order needs more than one stretch; few labels bear few numbers. How much time to keep hangs on both.",
)
def stretches_of_time(found: dict) -> Hint:
    """The number of stretches of time with which one label a word does best. Measured is {stretches: accuracy}."""
    said, measured = found["said"], {int(n): float(value) for n, value in found["measured"].items()}
    if isinstance(said, str):
        return "Say how many stretches do best as a number."
    if missing := [n for n in STRETCHES if n not in measured]:
        return f"You have not measured {', '.join(map(str, missing))}. Put it into the list, and run the cell again."
    if said not in measured:
        return "You say a number of stretches that you have not measured."
    best = max(measured.values())
    if measured[int(said)] >= best - SAME / 2:
        return None
    if said == min(measured):
        return "All averaged away, words and their turned twins look alike. Another number is above that."
    if said == max(measured):
        return "All stretches are the most numbers, and with one label a word that is too many. Compare the lines."
    return "Among those that you have measured, another number does better. Compare the lines."


@lesson.exercise(
    "c",
    takes="a number",
    praise="Every voice of that test was heard in training. Its accuracy says nothing of a stranger's voice.",
)
def shared_voices(answer: float) -> Hint:
    """How many of the speakers stand in train and in test of the random split of seed 0: IN_BOTH."""
    if answer == IN_BOTH:
        return None
    if answer in (80, 400, 480):
        return "That counts sounds. A speaker has several: count each name once, with set()."
    if answer == IN_BOTH + 24:
        return "That counts the names of both sides together, one after the other. You want those in both."
    if answer == 24:
        return "That is one side, or both together. Not every speaker stands on both: compare their names."
    if answer == 0:
        return "None? Compare the names in `groups` of both, and not their row numbers."
    return (
        "The names of all speakers, sound by sound, are in `train.groups`. set(...) of it has each name once.",
        "What stands in two sets at once is set(...) & set(...). len(...) of that is asked for.",
    )


@lesson.exercise(
    "d",
    takes="what you found",
    praise="A knob that never varied in training is one that the model may hang on. Vary what will vary.",
)
def worst_knob(found: dict) -> Hint:
    """The knob of the voice that costs a model of one voice most. Measured is {knob: lowest accuracy}."""
    said, measured = found["said"], {str(knob): float(value) for knob, value in found["measured"].items()}
    if not isinstance(said, str):
        return "Say the name of the knob, as it stands in the list."
    if len(measured) < KNOBS:
        return (
            "Turn five knobs at least before you say which costs most. print(LIMITS) shows all of them.",
            "Take knobs of different kinds: of the throat, of the way somebody speaks, of the room.",
        )
    if said not in measured:
        return "You say a knob that you have not turned. Put it into the list, and run the cell again."
    lowest = min(measured.values())
    if lowest > 0.5:
        return "The knobs that you turned cost little. There is one that costs far more; think of where features stand."
    if measured[said] <= lowest + SAME:
        return None
    return "Another knob that you turned costs more. Compare the lines."


@lesson.exercise(
    "e",
    takes="a number",
    praise="Loud for its own domain is what the head learned, and not loud on somebody else's scale.",
)
def own_scale(answer: float) -> Hint:
    """A feature of 8, in a domain with mean 5 and spread 3, by that domain's own statistics: 1."""
    if abs(answer - 1) < 0.01:
        return None
    if abs(answer - 6) < 0.01:
        return "That is what it is by the statistics of the drawn voices. The sound is a real one."
    if abs(answer - 3) < 0.01:
        return "You have subtracted the mean. What is left is measured in spreads."
    if abs(answer - 8 / 3) < 0.01:
        return "You have divided by the spread. Subtract the mean first."
    if abs(answer + 1) < 0.01:
        return "The size is right. It lies above the mean."
    return (
        "Take mean and spread of the domain that the sound comes from.",
        "Subtract the mean of the real sounds from 8, and divide by their spread.",
    )


lesson.prediction("1", "The same five labels a word, on the spectrogram itself: how accurate, from 0 to 1?", "accuracy")
lesson.prediction("2", "Twenty labels a word, features averaged over time: how accurate, from 0 to 1?", "accuracy")

lesson.question(
    "q1",
    "From features averaged over time, which question loses least?",
    wrong("yes or no, said backwards or forwards", "Backwards and forwards have the same average: it is gone."),
    right("is it a dog that barks, or rain", "Both sound alike from start to end, so an average over time keeps it."),
    wrong("which of two orders of the same three tones", "Same tones, same average. Their order is what is asked for."),
)

lesson.question(
    "q2",
    "A model of spoken commands has 0.97 on a random tenth of the recordings of 12 people. You want to sell it. Now?",
    wrong(
        "test it on a larger random part of the same recordings",
        "That makes the number more certain, and not more true: the same 12 voices stand on both sides.",
    ),
    wrong("train longer, until it has 0.99", "It may get to know these 12 voices still better. Buyers have others."),
    right(
        "train on some of the 12, test on the others",
        "A test on voices that were never heard tells how it does on a buyer's voice.",
    ),
)

lesson.question(
    "q3",
    "On real digits, your base beats an untrained network, and no gain over the pixels of the spectrogram is shown. "
    "What do you report?",
    wrong(
        "pre-training helps, since it beats the untrained network",
        "That is half of it. Whoever wants to use it could take the pixels, with nothing to train.",
    ),
    right(
        "both comparisons, and that no gain over pixels was shown",
        "An untrained network is the easier rival. The fair one is the simplest thing that somebody would use.",
    ),
    wrong(
        "that it does no harm, and so is as good",
        "No difference shown is not no difference: a small test may hide a gain or a loss.",
    ),
)
