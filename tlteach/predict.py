"""Ask a saved model about pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tlteach.errors import DataError
from tlteach.photos import check_photos, read_pixels
from tlteach.quiet import import_keras


def predict(model_file: Path, images: Sequence[Path]) -> int:
    """Print each picture's class and probability; returns how many pictures could not be read.

    The class names stand in the results.json beside the model; without it, classes are numbered from 0.

    Raises:
        DataError: the model file is missing or damaged.
    """
    model = load(model_file)
    from tlteach.evaluation import probabilities_from
    from tlteach.network import image_size_of

    size = image_size_of(model)
    names = class_names(model_file, model.output_shape[-1])
    failed = 0
    for path, (_, reason) in zip(images, check_photos(images), strict=True):
        if reason:
            print(f"{path}  not read: {reason}")
            failed += 1
            continue
        outputs = model.predict(read_pixels(path, size)[np.newaxis].astype("float32"), verbose=0)
        probabilities = probabilities_from(model, outputs)[0]
        best = int(probabilities.argmax())
        print(f"{path}  {names[best]}  {probabilities[best]:.3f}")
    return failed


def load(model_file: Path):
    """Open a saved Keras model. Raises DataError when it is missing or damaged."""
    if not model_file.is_file():
        raise DataError(f"There is no model file {model_file}. A run writes one: DIR/model.keras.")
    import_keras()
    import keras

    try:
        return keras.saving.load_model(model_file)
    except Exception as error:  # Keras raises whatever the damaged part happens to cause
        first = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(f"{model_file} cannot be opened as a Keras model: {first}") from error


def class_names(model_file: Path, width: int) -> list[str]:
    """The names beside the model, or "class 0", "class 1", ... when results.json is not there or does not fit."""
    n_classes = max(2, width)
    try:
        names = json.loads((model_file.parent / "results.json").read_text(encoding="utf-8"))["classes"]
    except (OSError, ValueError, KeyError, TypeError):
        names = []
    return names if len(names) == n_classes else [f"class {i}" for i in range(n_classes)]
