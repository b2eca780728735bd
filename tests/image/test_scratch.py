"""The baseline from scratch: what it is made of, that it learns, and that a seed repeats it."""

import keras
import numpy as np

from tlteach.image import scratch as module
from tlteach.image.scratch import epochs_for, scratch_network


def test_it_takes_raw_pixels_and_gives_logits():
    model = scratch_network(3, steps=100)
    assert model.input_shape == (None, module.IMAGE_SIZE, module.IMAGE_SIZE, 3)
    assert model.output_shape == (None, 3)
    assert model.count_params() < 150_000
    assert model.trainable


def test_augmentation_is_on_in_training_only():
    model = scratch_network(2, steps=100)
    pictures = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3)).astype("float32")
    layers = [layer for layer in model.layers if layer.name.startswith("random_")]
    assert len(layers) == 5
    shown = keras.Model(model.input, layers[-1].output)
    np.testing.assert_array_equal(shown(pictures, training=False), pictures)
    assert np.abs(np.asarray(shown(pictures, training=True)) - pictures).mean() > 1


def test_more_labels_get_more_steps():
    epochs = [epochs_for(n) for n in (4, 20, 40, 100, 200, 400, 4000)]
    assert epochs == sorted(epochs)
    assert epochs[0] < epochs[3] < epochs[5]


def test_few_pictures_are_shown_several_times(colours):
    few = module.repeated(colours.subset(3).train, 20)
    assert len(few) == 20
    assert len(set(few.fingerprints())) == 6
    assert module.repeated(colours.train, 20) is colours.train
