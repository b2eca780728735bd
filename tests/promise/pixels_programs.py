"""What reaches the network: pixels in other scales, colours in another order, pictures that are dark."""

import keras
import numpy as np
from promise.small import base, pictures, task
from promise.table import correct, silent, wrong

import tlteach as tl

SPARSE = "sparse_categorical_crossentropy"


def trained_on(change, features: keras.Model, some=None) -> None:
    """Train a head on features of pixels that were changed by hand."""
    inputs = keras.Input(features.input_shape[1:])
    x = keras.layers.GlobalAveragePooling2D()(features(change(inputs), training=False))
    by_hand = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    by_hand.compile("adam", SPARSE)
    tl.train(by_hand, some or task(), epochs=1)


def renamed() -> keras.Model:
    bundled = tl.base_model(tl.sources.SOURCES["menagerie"], 32)
    return keras.Model(bundled.input, bundled.output, name="mine", trainable=False)


def application(name: str, **how) -> keras.Model:
    """A network of keras.applications that looks pre-trained, without its own preprocessing."""
    network = getattr(keras.applications, name)(input_shape=(32, 32, 3), include_top=False, weights=None, **how)
    random = np.random.default_rng(1)
    for weight in network.weights:
        weight.assign(weight + random.normal(0, 0.01, weight.shape) ** 2)
    network.trainable = False
    return network


def as_on_imagenet() -> keras.Layer:
    """The preprocessing that many networks of keras.applications have inside: mean 0 and spread 1 on ImageNet."""
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    return keras.layers.Normalization(mean=[255 * m for m in mean], variance=[(255 * d) ** 2 for d in deviation])


def pictures_that(change) -> tl.tasks.Task:
    images, labels = pictures(24)
    return tl.tasks.from_arrays(change(images.astype("float32")), labels, ("red", "blue"), validation=0.25, test=0.25)


def first_eight_black(images: np.ndarray) -> np.ndarray:
    images[:8] *= np.linspace(0, 0.02, 8).reshape(8, 1, 1, 1)
    return images


@wrong("preprocessing does not match")
def a_bundled_base_under_another_name_with_half_the_range():
    trained_on(lambda pixels: pixels / 2 + 127.5, renamed())


@wrong("preprocessing does not match")
def a_bundled_base_under_another_name_with_blue_first():
    trained_on(lambda pixels: keras.ops.flip(pixels, axis=-1), renamed())


@wrong("preprocessing does not match.*scaled twice")
def pixels_that_were_scaled_twice():
    trained_on(lambda pixels: pixels / 255, base())


@wrong("preprocessing does not match")
def a_network_that_preprocesses_inside_with_pixels_that_were_scaled_before():
    trained_on(lambda pixels: pixels / 255, application("EfficientNetV2B0"))


@silent("a base of your own does not say in which order it saw the colours")
def an_own_base_with_blue_first():
    trained_on(lambda pixels: keras.ops.flip(pixels, axis=-1), base())


@correct
def a_bundled_base_under_another_name():
    trained_on(lambda pixels: pixels, renamed())


@correct
def preprocessing_by_hand_before_an_efficientnet_without_its_own():
    trained_on(as_on_imagenet(), application("EfficientNetV2B0", include_preprocessing=False))


@correct
def preprocessing_by_hand_before_a_mobilenet_v3_without_its_own():
    scaled = keras.layers.Rescaling(1 / 127.5, offset=-1)
    trained_on(scaled, application("MobileNetV3Small", include_preprocessing=False))


@correct
def preprocessing_by_hand_before_a_convnext_without_its_own():
    trained_on(as_on_imagenet(), application("ConvNeXtTiny", include_preprocessing=False))


@correct
def dark_pictures():
    trained_on(lambda pixels: pixels, base(), pictures_that(lambda images: images * 0.1))


@correct
def faint_pictures():
    trained_on(lambda pixels: pixels, base(), pictures_that(lambda images: 110 + (images - 110) * 0.1))


@correct
def some_pictures_black():
    trained_on(lambda pixels: pixels, base(), pictures_that(first_eight_black))


@correct
def a_network_that_preprocesses_inside():
    trained_on(lambda pixels: pixels, application("MobileNetV3Small"))
