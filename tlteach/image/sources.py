"""Sources of pictures: networks of keras.applications, where their weights lie, and how to build them."""

from __future__ import annotations

import hashlib
import inspect
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import FetchError, SourceError
from tlteach.core.fetch import fetch
from tlteach.core.files import bundled_file, first_line
from tlteach.core.machine import import_keras
from tlteach.core.modality import File, only_size
from tlteach.image.cards import COPY, Card, menagerie_record, read_cards

if TYPE_CHECKING:
    import keras

    from tlteach.core.task import Task
    from tlteach.image.form import Pixels


# The quickest on a CPU first; what is large or slow comes last.
PREFERRED = (
    "mobilenet_v2_035",
    "mobilenet_v2_100",
    "mobilenet_025",
    "mobilenet_100",
    "mobilenet_v3_small",
    "efficientnet_v2_b0",
    "efficientnet_b0",
    "resnet50",
    "densenet121",
    "xception",
    "inception_v3",
    "convnext_tiny",
    "vgg16",
    "vgg19",
    "resnet101",
    "inception_resnet_v2",
)


SEED_OF_PIXELS = 0  # of the made-up pictures that prove the preprocessing


@dataclass(frozen=True)
class Source(Card):
    """A pre-trained network to transfer from, and how to build it; see tlteach/core/modality.py."""

    @property
    def takes(self) -> str:
        """What it takes, in words."""
        return f"image inputs with {self.channels} channels"

    @property
    def aliases(self) -> tuple[str, ...]:
        """What Keras calls the network, and the function that makes it."""
        is_the_usual_one = self.arguments.get("alpha", 1.0) == 1.0
        return (self.model_name, self.application) if is_the_usual_one else (self.model_name,)

    def build(self, weights: str | None = "pretrained", **size: int) -> keras.Model:
        """The network without its top, at image_size=... or the size that it was trained at; see `build` below."""
        return build(self, only_size(self, "image_size", size) or self.input_size, weights)

    def form_of(self, base: keras.Model) -> Pixels:
        """The size of the pictures that `base` takes."""
        from tlteach.image.form import form_of

        return form_of(base)

    def proof(self, base: keras.Model) -> str:
        """Prove that pixels reach `base` as in pre-training. Raises GuardError."""
        from tlteach.image.proofs import preprocessing

        size = self.form_of(base)
        pixels = np.random.default_rng(SEED_OF_PIXELS).integers(0, 256, (2, size, size, self.channels))
        return preprocessing(base, pixels.astype("float32"), preprocess_input(self))

    def on_disk(self) -> Path | None:
        """The file with the weights on this disk, or None."""
        return weights_path(self)

    def files(self) -> list[File]:
        """The file with its weights, in the full tier."""
        if self.tier == "bundled":
            return []
        here = _keras_models() / self.weights_file
        proof = {"sha256": _published_sha256(self), "md5": self.weights_md5}
        return [File(self.weights_file, _address(self), here, **proof)]


SOURCES: dict[str, Source] = {name: Source(**card) for name, card in read_cards().items()}


@checked
def source_by_model_name(model_name: str) -> Source | None:
    """The source behind a model built by hand with `keras.applications`, known by its Keras name; None if unknown.

    The MobileNets carry their image size in the name: "mobilenetv2_0.35_160".
    """
    without_size = re.sub(r"_(\d+|None)$", "", model_name)
    for source in SOURCES.values():
        if model_name == source.name or source.model_name in (model_name, without_size):
            return source
    return None


def source_of(base: keras.Model) -> Source | None:
    """The source of a base: that of its name, or the one that it was built for, whatever it is called now."""
    built = (layer.built_for for layer in base._flatten_layers() if hasattr(layer, "built_for"))
    return source_by_model_name(base.name) or SOURCES.get(next(built, None))


def weights_path(source: Source) -> Path | None:
    """The file with the weights of `source` on this disk, or None.

    Sources of the full tier lie where Keras keeps them: in the folder models of KERAS_HOME, by default ~/.keras.
    """
    if source.tier == "bundled":
        return bundled_file(source.weights_file)
    path = _keras_models() / source.weights_file
    return path if path.is_file() else None


def _keras_models() -> Path:
    # Keras reads KERAS_HOME once, when it is imported; we read it at every call.
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models"


def _address(source: Source) -> str:
    return f"{source.weights_url}{source.weights_file}"


@checked
def preprocess(source: Source, inputs: keras.KerasTensor) -> keras.KerasTensor:
    """Turn raw RGB pixels into what the network of `source` was trained on; plain Keras pieces that can be saved.

    Shapes: (batch, height, width, 3), 0 to 255, in; the same shape out. The same numbers as `preprocess_input` of
    the Keras application, to rounding.
    """
    from keras import layers, ops

    if source.preprocessing == "-1..1":
        return layers.Rescaling(1 / 127.5, offset=-1.0, name="preprocessing")(inputs)
    if source.preprocessing == "torch":
        mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        scale = [1 / (255 * d) for d in deviation]
        offset = [-m / d for m, d in zip(mean, deviation, strict=True)]
        return layers.Rescaling(scale, offset=offset, name="preprocessing")(inputs)
    if source.preprocessing == "caffe":
        blue_first = ops.flip(inputs, axis=-1)
        return layers.Rescaling(1.0, offset=[-103.939, -116.779, -123.68], name="preprocessing")(blue_first)
    return inputs


@checked
def preprocess_input(source: Source) -> Callable:
    """The function that the authors of `source` put before their network, from the module of its Keras application."""
    from keras import applications

    return inspect.getmodule(getattr(applications, source.application)).preprocess_input


def build(source: Source, image_size: int, weights: str | None = "pretrained") -> keras.Model:
    """The network of `source` without its top: raw 0-255 RGB pixels in, feature maps out.

    Shapes: (batch, image_size, image_size, 3) in; (batch, height, width, features) out. One flat functional model,
    named after the source. `weights=None` leaves it as initialised at random. Missing weights are downloaded.
    Every image size gets the same weights, those learned at the source's native size: a convolution fits any.

    Raises SourceError for an image size too small and for damaged weights, FetchError for a failed download.
    """
    if image_size < source.min_size:
        raise SourceError(
            f"{source.name} takes pictures of at least {source.min_size} x {source.min_size} pixels, not of "
            f"{image_size} x {image_size}. Ask for a larger image size; it learned at {source.input_size}."
        )
    if weights not in ("pretrained", None):
        raise SourceError(f'weights={weights!r} is neither "pretrained" nor None (initialised at random).')
    import_keras()
    if weights is None:
        return untrained(source, image_size)
    path = weights_path(source) or _download(source)
    _check(source, path)
    model = untrained(source, image_size)
    _load(source, model, path)
    next(layer for layer in model.layers if layer.weights).built_for = source.name
    return model


def untrained(source: Source, image_size: int) -> keras.Model:
    """The network of `source` with random weights, from raw pixels on."""
    import keras

    shape = (image_size, image_size, source.channels)
    inputs = keras.Input(shape, name="pixels")
    application = getattr(keras.applications, source.application)
    # weights=None, and not "imagenet": Keras would choose a MobileNet's file by the image size, delete a file that
    # does not match, and look for it only where KERAS_HOME pointed when Keras was imported.
    network = application(
        include_top=False,
        weights=None,
        input_tensor=preprocess(source, inputs),
        input_shape=shape,
        **source.arguments,
    )
    return keras.Model(inputs, network.output, name=source.name)


def _load(source: Source, model: keras.Model, path: Path) -> None:
    try:
        model.load_weights(path)
    except (OSError, ValueError, KeyError) as error:
        raise SourceError(_damaged(source, path, f"it cannot be read ({first_line(error)})")) from error
    if source.application == "EfficientNetB0":
        _divide_twice(model)


def _divide_twice(model: keras.Model) -> None:
    """Divide the pixels by the square root of the deviation a second time.

    EfficientNet's weights want that (github.com/tensorflow/tensorflow/issues/49930). With weights="imagenet" Keras
    adds a layer for it, which the graph that we built does not have; a larger variance in the layer before does it.
    """
    import keras

    normalization = next(layer for layer in model.layers if isinstance(layer, keras.layers.Normalization))
    mean, variance, *count = normalization.get_weights()
    normalization.set_weights([mean, variance * [0.229, 0.224, 0.225], *count])
    normalization.finalize_state()


def _check(source: Source, path: Path) -> None:
    """Raise SourceError if the file is not, byte for byte, the one that was published; pass if no hash was."""
    with path.open("rb") as file:
        if source.weights_md5:
            expected, found = source.weights_md5, hashlib.file_digest(file, "md5").hexdigest()
        else:
            expected, found = _published_sha256(source), hashlib.file_digest(file, "sha256").hexdigest()
    if expected and found != expected:
        raise SourceError(_damaged(source, path, f"its hash is {found} and not {expected}"))


def _published_sha256(source: Source) -> str | None:
    if source.tier == "bundled":
        return menagerie_record().get("sha256")
    return None if source.sha256_stated_by == COPY else source.sha256


def _damaged(source: Source, path: Path, finding: str) -> str:
    cure = (
        "Get that file again from the repository, or make it anew with `python -m tlteach pretrain`."
        if source.tier == "bundled"
        else "It may be a broken download: delete it and try again, and it will be fetched anew."
    )
    return f"The weights of {source.name} in {path} ({path.stat().st_size:,} bytes) are damaged: {finding}. {cure}"


def _download(source: Source) -> Path:
    """Fetch the weights to where Keras looks for them; the file appears there whole or not at all."""
    if source.tier == "bundled":
        raise SourceError(
            f"The weights of {source.name}, {source.weights_file}, are not there. Install tlteach again, use it from a "
            "full clone of its repository, or make them with `python -m tlteach pretrain`."
        )
    path = _keras_models() / source.weights_file
    try:
        return fetch(_address(source), path, sha256=_published_sha256(source))
    except (FetchError, OSError) as error:
        raise FetchError(
            f"The weights of {source.name} are not in {path.parent}. {str(error).rstrip('.')}. "
            'Or take the source "menagerie", which needs no download.'
        ) from error


def choose(task: Task) -> tuple[Source, str]:
    """A sensible source for `task`, and the reason in a sentence.

    The bundled drawings get the bundled source. Photos get the quickest source whose weights are on the disk, else a
    small one that is to be downloaded.
    """
    if task.tier == "bundled":
        return SOURCES["menagerie"], "menagerie: it learned from drawings like these, and needs no download."
    ranked = [SOURCES[name] for name in PREFERRED]
    for source in ranked:
        if weights_path(source):
            return source, f"{source.name}: a network for photos whose weights are on this disk already."
    return ranked[0], f"{ranked[0].name}: small, quick on a CPU, and its weights will be downloaded."
