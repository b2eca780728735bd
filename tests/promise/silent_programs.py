"""What is wrong, runs, and is not caught: nobody can tell, or we cannot yet."""

import tempfile
from pathlib import Path

import keras
import numpy as np
from promise.small import head_on, model, pictures, pretend_pretraining, task
from promise.table import silent

import tlteach as tl


@silent("labels that were shuffled are labels")
def shuffled_labels():
    images, labels = pictures()
    wrong = np.random.default_rng(3).permutation(labels)
    tl.train(model(), tl.tasks.from_arrays(images, wrong, ("red", "blue"), validation=0.25, test=0.25), epochs=1)


@silent("a model from a file does not say what it has learned from")
def a_model_from_a_file_whose_training_pictures_are_test_pictures_now():
    images, labels = pictures()
    trained = model()
    tl.train(trained, task(), epochs=1)
    with tempfile.TemporaryDirectory() as folder:
        trained.save(Path(folder) / "model.keras")
        again = keras.models.load_model(Path(folder) / "model.keras")
    cut_anew = tl.tasks.from_arrays(images, labels, ("red", "blue"), validation=0.25, test=0.25, seed=1)
    tl.train(again, cut_anew, epochs=1)


@silent("a layer that mixes pictures gets no labels to mix with them")
def mixed_pictures_with_the_labels_of_one():
    tl.train(model(), task(), epochs=1, augment=keras.layers.MixUp())


@silent("a network of keras.applications under another name is taken for one of your own")
def a_known_network_under_another_name_with_half_the_range():
    network = keras.applications.MobileNet(alpha=0.25, input_shape=(32, 32, 3), include_top=False, weights=None)
    pretend_pretraining(network)
    network.trainable = False
    inputs = keras.Input((32, 32, 3))
    halved = keras.Model(inputs, network(keras.layers.Rescaling(1 / 255)(inputs), training=False), name="mine")
    halved.trainable = False
    by_hand = head_on(halved)
    by_hand.compile("adam", "sparse_categorical_crossentropy")
    tl.train(by_hand, task(), epochs=1)
