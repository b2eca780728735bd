"""A second training begins as the first did, and does not compile again."""

import numpy as np
from small_gpt import SHAPE, TEXTS

from tlteach.text.gpt.network import decoder
from tlteach.text.gpt.tokens import train_tokenizer
from tlteach.text.gpt.training import train


def test_training_again_from_the_same_weights_is_the_same_training():
    model = decoder(SHAPE)
    model.tokenizer = train_tokenizer(TEXTS, SHAPE.vocab_size, SHAPE.n_positions)
    weights = model.get_weights()
    losses = train(model, TEXTS, steps=20, learning_rate=1e-2, batch_size=4)
    learned, step = model.get_weights(), model.train_function
    assert losses[-1] < losses[0]
    model.set_weights(weights)
    assert train(model, TEXTS, steps=20, learning_rate=1e-2, batch_size=4) == losses
    assert model.train_function is step
    for one, other in zip(learned, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    model.set_weights(weights)
    assert train(model, TEXTS, steps=20, learning_rate=1e-3, batch_size=4) != losses
