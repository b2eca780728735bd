"""What goes into a network: pictures and texts that were changed, and tasks that were cut a second time."""

import keras
import numpy as np
from promise.small import model, task
from promise.table import correct, wrong

import tlteach as tl


@wrong("stand in")
def a_leak_that_was_made_after_the_first_training():
    trained, given = model(), task()
    tl.train(trained, given, epochs=1)
    given.train.inputs[:3] = given.test.inputs[:3]
    tl.train(trained, given, epochs=1)


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
        return pictures + (np.nan if len(calls) > 5 else len(calls))

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
