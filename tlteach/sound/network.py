"""A small network that hears: raw samples in, a few numbers for each stretch of time out.

A photo of a cat is a photo of a cat wherever the cat sits, so networks for pictures end in an average over all places.
A word is its sounds in their order: averaged over time, "tar" and "rat" are the same. So here only pitch is averaged
away at the end, and time stays: a head gets the channels of one stretch of time after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tlteach.sound.spectrogram import BANDS, RATE, log_mel

if TYPE_CHECKING:
    import keras

SLOTS = 8  # stretches of time that are told apart in the end, or about so many
# Of each block: channels, how long its convolution is in time, and its strides over time and over pitch. The first two
# blocks see 85 milliseconds, which is a sound of speech; the others only combine pitches. What order the sounds come in
# is left to the head.
BLOCKS = ((24, 3, (2, 2)), (48, 3, (2, 2)), (96, 1, (1, 2)), (96, 1, (1, 2)), (96, 1, (1, 1)))


def untrained(milliseconds: int = 1000) -> keras.Model:
    """The base "voices" with random weights: samples (b, milliseconds * 8) in -1..1 to features (b, SLOTS * channels).

    The features are those of the first stretch of time, then those of the second, and so on.
    """
    from keras import Input, Model, layers

    samples = Input((milliseconds * RATE // 1000,), name="samples")
    x = layers.Reshape((-1, BANDS, 1), name="spectrogram")(log_mel(samples))
    for number, (channels, long, strides) in enumerate(BLOCKS, start=1):
        kernel = {"kernel_size": (long, 3), "strides": strides, "padding": "same", "use_bias": False}
        x = layers.Conv2D(channels, **kernel, name=f"block_{number}_conv")(x)
        x = layers.BatchNormalization(momentum=0.9, name=f"block_{number}_bn")(x)
        x = layers.ReLU(name=f"block_{number}_relu")(x)
    frames, bands = x.shape[1:3]
    x = layers.AveragePooling2D((max(1, round(frames / SLOTS)), bands), name="slots")(x)
    return Model(samples, layers.Flatten(name="features")(x), name="voices")
