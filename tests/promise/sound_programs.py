"""Sounds that would not reach the network, or that nobody should learn from."""

import keras
import numpy as np
from promise.table import correct, silent, wrong
from sounds import pitches

import tlteach as tl
from tlteach.sound.spectrogram import log_mel

SAMPLES = 1600


def task(**how) -> tl.tasks.Task:
    sounds, labels = pitches(24)
    return tl.tasks.from_sound_arrays(sounds, labels, ("low", "high"), validation=0.25, test=0.25, **how)


def base(change=log_mel) -> keras.Model:
    """A small frozen base that looks pre-trained; `change` makes of samples what its first layer gets."""
    keras.utils.set_random_seed(0)
    samples = keras.Input((SAMPLES,), name="samples")
    x = keras.layers.Conv1D(4, 3, bias_initializer="ones", name="block_1_conv")(change(samples))
    x = keras.layers.Conv1D(4, 3, strides=2, bias_initializer="ones", name="block_2_conv")(x)
    model = keras.Model(samples, keras.layers.GlobalMaxPooling1D()(x), name="small_ear")
    for layer in model.layers:
        if layer.weights:
            layer.bias.assign(layer.bias * 0.5)
    model.trainable = False
    return model


@wrong("Samples of 16 bits are divided by 32768")
def samples_of_16_bits_as_they_are():
    sounds, labels = pitches(24)
    tl.tasks.from_sound_arrays((sounds * 32767).astype("int16"), labels, ("low", "high"))


@wrong("are silent, first sound 0")
def samples_that_were_rounded_to_whole_numbers():
    sounds, labels = pitches(24)
    tl.tasks.from_sound_arrays(sounds.astype(int), labels, ("low", "high"))


@wrong("Are rows sounds, and columns samples")
def sounds_in_columns():
    sounds, labels = pitches(24)
    tl.tasks.from_sound_arrays(sounds.T, labels, ("low", "high"))


@wrong("NaN or infinite values, first in sound 3")
def a_sound_with_a_hole():
    sounds, labels = pitches(24)
    sounds[3, 5] = np.nan
    tl.tasks.from_sound_arrays(sounds, labels, ("low", "high"))


@wrong("2 speakers .* cannot be spread over 3 splits")
def two_voices_for_three_splits():
    task(speakers=["anna", "ben"] * 12)


@wrong("24 sounds: give the name of each one's")
def a_speaker_for_each_class():
    task(speakers=["anna", "ben"])


@wrong("with the very same numbers: their samples do not reach it")
def a_base_that_rounds_its_samples():
    ear = base(lambda samples: log_mel(keras.ops.round(samples)))
    tl.train(tl.add_head(ear, task()), task(), epochs=1)


@wrong("answers silence with NaN")
def a_base_that_divides_by_the_loudest_sample():
    ear = base(lambda samples: log_mel(samples) / keras.ops.max(samples, axis=1)[:, None, None])
    tl.train(tl.add_head(ear, task()), task(), epochs=1)


@wrong("has pictures and no sounds")
def to_hear_pictures():
    from promise import small

    tl.hear(small.task().train, [0])


@silent("nothing in samples tells at what rate they were taken")
def sounds_that_are_played_twice_as_fast():
    sounds, labels = pitches(24)
    fast = np.concatenate([sounds[:, ::2], sounds[:, ::2]], axis=1)
    slow_and_fast = tl.tasks.from_sound_arrays(fast, labels, ("low", "high"), validation=0.25, test=0.25)
    tl.train(tl.add_head(base(), slow_and_fast), slow_and_fast, epochs=1, verbose=0)


@correct
def four_speakers_and_a_base_of_ones_own():
    found = task(speakers=[f"s{number // 2 % 4}" for number in range(24)])
    tl.train(tl.add_head(base(), found), found, epochs=1, verbose=0)
