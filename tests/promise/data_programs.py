"""What goes into a network: pictures and texts that were changed, and tasks that were cut a second time."""

from dataclasses import replace

import keras
import numpy as np
from promise.small import base, model, pictures, task
from promise.table import correct, wrong

import tlteach as tl
from tlteach.core.task import Task


@wrong("stand in")
def a_leak_that_was_made_after_the_first_training():
    trained, given = model(), task()
    tl.train(trained, given, epochs=1)
    given.train.inputs[:3] = given.test.inputs[:3]
    tl.train(trained, given, epochs=1)


def task_of(inputs: np.ndarray) -> Task:
    return tl.tasks.from_arrays(inputs, np.arange(len(inputs)) % 2, ("red", "blue"), validation=0.25, test=0.25)


@wrong(r"Multiply them by 255")
def pixels_up_to_one_and_a_little_over_by_a_resize():
    task_of(np.random.default_rng(0).uniform(0, 1.02, (24, 32, 32, 3)))


@wrong(r"Multiply them by 255")
def pixels_up_to_one_and_a_little_under_by_a_resize():
    task_of(np.random.default_rng(0).uniform(-0.02, 1.02, (24, 32, 32, 3)))


@wrong(r"scaled to -1..1")
def pixels_from_minus_one_to_one():
    task_of(np.random.default_rng(0).uniform(-1, 1, (24, 32, 32, 3)))


@correct
def dark_pictures_of_whole_numbers():
    task_of(np.random.default_rng(0).integers(0, 4, (24, 32, 32, 3)).astype("float32"))


def trained_with(*augment, **how) -> None:
    layers = keras.Sequential(augment) if isinstance(augment[0], keras.Layer) else augment[0]
    tl.train(model(), task(), epochs=1, augment=layers, **how)


@wrong("Augmented pixels span 0 to 0.996, the pictures 0 to 254")
def augmentation_that_scales():
    trained_with(keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 255))


@wrong("Augmented pixels span")
def augmentation_that_scales_to_minus_one_and_one():
    trained_with(keras.layers.RandomFlip(), keras.layers.Rescaling(1 / 127.5, offset=-1))


@wrong("Augmented pixels span.*value_range")
def brightness_for_pixels_up_to_one():
    trained_with(keras.layers.RandomBrightness(0.2, value_range=(0, 1)))


@wrong("Augmented pixels span")
def contrast_for_pixels_up_to_one():
    trained_with(keras.layers.RandomContrast(0.5, value_range=(0, 1)))


@wrong("Augmented pixels span")
def many_augmentations_for_pixels_up_to_one():
    trained_with(keras.layers.RandAugment(value_range=(0, 1)))


@wrong("Augmented pixels span")
def augmentation_that_scales_up():
    trained_with(lambda pictures: keras.ops.flip(pictures, 2) * 255 + keras.random.uniform(pictures.shape))


@wrong(r"shape \(6, 32, 32, 3\) for one of \(12, 32, 32, 3\)")
def augmentation_that_gives_half_of_the_batch():
    trained_with(lambda pictures: pictures[::2])


@wrong("augment gave nothing")
def augmentation_that_forgets_to_return():
    trained_with(lambda pictures: None)


@wrong("augment gave a tuple")
def augmentation_that_gives_labels_too():
    trained_with(lambda pictures: (pictures, None))


@wrong("augment gave NaN")
def augmentation_that_divides_by_nothing():
    trained_with(lambda pictures: keras.ops.log(pictures - 100) + len(pictures))


@wrong("augment gave an array of the shape")
def augmentation_that_crops():
    trained_with(keras.layers.RandomCrop(24, 24))


@wrong("augment gave NaN")
def augmentation_that_gives_nan_once_in_a_while():
    calls = []

    def augment(pictures):
        calls.append(1)
        return pictures + (np.nan if len(calls) > 2 else len(calls))

    trained_with(augment, cache=False)


@wrong("does nothing new")
def augmentation_that_is_drawn_once():
    shift = np.random.default_rng(0).integers(-20, 20)
    trained_with(lambda pictures: pictures + shift)


@correct
def augmentation_that_flips_whole_batches():
    random = np.random.default_rng(0)
    trained_with(lambda pictures: pictures[:, :, ::-1] if random.random() < 0.5 else pictures, views=2)


@correct
def augmentation_by_layers_of_keras():
    kinds = keras.layers
    trained_with(
        kinds.RandomFlip(),
        kinds.RandomRotation(0.1),
        kinds.RandomBrightness(0.5, value_range=(0, 255)),
        kinds.RandomContrast(0.5),
        kinds.RandomErasing(value_range=(0, 255)),
    )


@correct
def augmentation_that_leaves_the_range_a_little():
    trained_with(lambda pictures: 1.5 * pictures - 60 + np.random.default_rng().normal(0, 20, pictures.shape))


def cut_with(seed: int) -> Task:
    return tl.tasks.from_arrays(*pictures(), ("red", "blue"), validation=0.25, test=0.25, seed=seed)


@wrong("has learned from [1-6] of the 6 inputs of validation in a training before")
def the_task_is_cut_anew_for_the_second_stage():
    trained = model()
    tl.train(trained, cut_with(0), epochs=1)
    tl.recompile(tl.unfreeze(trained, 0.5), 1e-4)
    tl.train(trained, cut_with(1), epochs=1)


@wrong("build the model and its base anew")
def a_fine_tuned_base_for_the_next_fold():
    shared = base()
    for fold in range(2):
        trained = tl.add_head(shared, cut_with(fold))
        tl.train(trained, cut_with(fold), epochs=1)
        tl.train(tl.recompile(tl.unfreeze(trained, 0.5), 1e-4), cut_with(fold), epochs=1)
        shared.trainable = False


@correct
def a_frozen_base_for_every_fold():
    shared = base()
    for fold in range(2):
        tl.train(tl.add_head(shared, cut_with(fold)), cut_with(fold), epochs=1)


@correct
def weights_that_are_put_back_for_every_fold():
    trained = model()
    start = trained.get_weights()
    for fold in range(2):
        trained.set_weights(start)
        tl.train(trained, cut_with(fold), epochs=1)


@correct
def first_a_part_of_the_task_then_all_of_it():
    trained = model()
    tl.train(trained, task().subset(3), epochs=1)
    tl.train(trained, task(), epochs=1)


def without_blue_in(name: str) -> Task:
    given = task()
    split = getattr(given, name)
    return replace(given, **{name: split.take(np.flatnonzero(split.labels == 0))})


@wrong("The train split has none of the pictures of blue")
def a_class_that_is_not_in_train():
    tl.train(model(), without_blue_in("train"), epochs=1)


@wrong("The validation split has none of the pictures of blue")
def a_class_that_is_not_in_validation():
    tl.train(model(), without_blue_in("validation"), epochs=1)


@wrong("The test split has none of the pictures of blue")
def a_class_that_is_not_in_test():
    tl.train(model(), without_blue_in("test"), epochs=1)


@correct
def pictures_that_are_changed_in_place_are_learned_as_they_are():
    trained, given = model(), task()
    tl.train(trained, given, epochs=1)
    for split in (given.train, given.validation, given.test):
        split.inputs[:] = 255 - split.inputs
    assert "kept from before" not in tl.train(trained, given, epochs=1).boundary


class OwnLayer(keras.layers.Layer):
    """Does not say to Keras what it is made of."""

    def __init__(self, change):
        super().__init__()
        self.change = change

    def call(self, inputs):
        return self.change(inputs)


def behind(layer: OwnLayer) -> keras.Model:
    inputs = keras.Input((32, 32, 3))
    return tl.add_head(keras.Model(inputs, base()(layer(inputs), training=False)), task())


@correct
def noise_before_the_base_is_drawn_anew_in_every_epoch():
    generator = keras.random.SeedGenerator(0)
    noise = OwnLayer(lambda pixels: pixels + keras.random.normal(keras.ops.shape(pixels), stddev=20, seed=generator))
    assert "every epoch ran the whole network" in tl.train(behind(noise), task(), epochs=1).boundary


@correct
def an_own_layer_that_is_changed_between_two_trainings():
    layer = OwnLayer(lambda pixels: pixels)
    trained = behind(layer)
    tl.train(trained, task(), epochs=1)
    layer.change = lambda pixels: 255 - pixels
    assert "kept from before" not in tl.train(trained, task(), epochs=1).boundary
