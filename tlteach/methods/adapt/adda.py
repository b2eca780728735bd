"""ADDA: a second encoder for the target, which learns to give features that a critic takes for the source's.

1. Encoder and head learn the source. From here on both stand still.
2. A copy of the encoder gets the target, and two players take turns, batch by batch:
   - the critic learns to tell features of the source (1) from those of the copy (0);
   - the copy learns to be taken for the source.
3. The head that learned on the source is put on the copy.

(Tzeng and others, Adversarial Discriminative Domain Adaptation, 2017, arXiv:1702.05464.)
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.engine.arrays import PairsOfBatches, answers, encoder_and_head, finite, must_learn
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.source_only import fit_source


@checked
def adda(
    model: keras.Model,
    domains: Domains,
    learning_rate: float = 1e-4,
    width: int = 32,
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the source, then move its encoder until the critic takes the target for the source.

    Args:
        learning_rate: of the copy. The critic learns ten times as fast: a copy is only as good as who judges it.
        width: of the critic's hidden layer.
    """
    fit_source(model, domains, None, epochs, batch_size, seed)
    encoder, _ = encoder_and_head(must_learn(model))
    of_source = answers(encoder, domains.source[0]).astype("float32")
    critic = keras.Sequential(
        [keras.Input(of_source.shape[1:]), keras.layers.Dense(width, "relu"), keras.layers.Dense(1, "sigmoid")]
    )
    critic.compile(keras.optimizers.Adam(10 * learning_rate, beta_1=0.5), "binary_crossentropy")
    copy = keras.Model(encoder.input, critic(encoder.output), name="copy")  # it moves: nobody needs the old one
    copy.compile(keras.optimizers.Adam(learning_rate, beta_1=0.5), "binary_crossentropy")
    pairs = PairsOfBatches(domains.source, domains.target, batch_size, seed)
    real, fake = np.ones((pairs.batch_size, 1)), np.zeros((pairs.batch_size, 1))
    for _ in range(epochs):
        for index in range(len(pairs)):
            rows_of_source, rows_of_target = pairs.rows_of(index)
            target = domains.target[rows_of_target]
            features = np.concatenate([of_source[rows_of_source], encoder.predict_on_batch(target)])
            critic.trainable = True
            critic.train_on_batch(features, np.concatenate([real, fake]))
            critic.trainable = False
            copy.train_on_batch(target, real)
        pairs.on_epoch_end()
    critic.trainable = True
    return finite(model)
