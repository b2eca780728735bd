"""From samples to a log-mel spectrogram, inside the network: what is saved takes a raw sound.

An ear hears pitch by ratios, and loudness too. So the powers of short pieces of the sound are summed in bands that grow
wider with pitch (the mel scale; Stevens, Volkmann and Newman, 1937), and their logarithm is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

RATE = 8000  # samples a second: enough for speech, which telephones have carried so for a century
STEP = 10  # milliseconds from one column of the spectrogram to the next
BANDS = 40
FLOOR = 1e-5  # of the loudest place of a sound: 50 decibels below it all is silence


def log_mel(samples: keras.KerasTensor) -> keras.KerasTensor:
    """Samples (b, n) at RATE, in -1..1, to a spectrogram (b, frames, BANDS) in 0..1: 1 at the loudest place of a sound.

    How loud a sound was recorded makes no difference. Keras' own power_to_db is not used: it puts the floor below the
    loudest sound of a whole batch, so that what a sound becomes would hang on what else is in the batch.
    """
    import keras

    powers = keras.layers.MelSpectrogram(
        fft_length=256,
        sequence_length=RATE * 25 // 1000,
        sequence_stride=RATE * STEP // 1000,
        sampling_rate=RATE,
        num_mel_bins=BANDS,
        min_freq=60.0,
        max_freq=3800.0,
        power_to_db=False,
        dtype="float32",  # also in mixed precision: powers span more than 16 bits can tell apart
        name="mel",
    )(samples)
    loudest = keras.ops.max(powers, axis=(1, 2), keepdims=True)
    share = powers / keras.ops.maximum(loudest, 1e-10)
    decibels = keras.ops.log10(keras.ops.maximum(share, FLOOR))
    return keras.ops.transpose(1.0 - decibels / float(np.log10(FLOOR)), (0, 2, 1))
