"""Ask a saved model about pictures, or about texts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.machine import import_keras
from tlteach.image.photos import SUFFIXES, check_photos, read_pixels

if TYPE_CHECKING:
    import keras

    from tlteach.text.tokenizer import Tokenizer

STANDARD_INPUT = "-"
AT_ONCE = 32  # texts
MOST_CHARACTERS = 60  # of a text that is printed


def predict(run: Path, inputs: Sequence[str]) -> int:
    """Print each input's class and probability; returns how many pictures could not be read.

    Args:
        run: the folder of a run, or the model.keras in it. The class names stand beside the model; without them,
            classes are numbered from 0.
        inputs: picture files for a model of pictures, texts for a model of texts; there, "-" stands for one text per
            line of the standard input.

    Raises:
        DataError: the model or what belongs to it is missing or damaged, or the inputs are not what the model takes.
    """
    model = load(run)
    names = class_names(run, model)
    if takes_texts(model):
        _predict_texts(model, names, inputs)
        return 0
    return _predict_pictures(model, names, inputs)


def load(run: str | Path) -> keras.Model:
    """Open the model of a run: its folder, or the model.keras in it. A model of texts gets `.tokenizer`.

    Raises DataError when the model is missing or damaged, or a model of texts is without its tokenizer, and
    SourceError when that is damaged.
    """
    model_file = _model_file(run)
    if not model_file.is_file():
        raise DataError(f"There is no model file {model_file}. A run writes one: DIR/model.keras.")
    import_keras()
    import keras

    try:
        model = keras.saving.load_model(model_file, compile=False)  # it will be asked, and not trained
    except Exception as error:  # Keras raises whatever the damaged part happens to cause
        raise DataError(f"{model_file} cannot be opened as a Keras model: {_first_line(error)}") from error
    if takes_texts(model):
        model.tokenizer = _tokenizer(model_file.with_name("tokenizer.json"))
    return model


def takes_texts(model: keras.Model) -> bool:
    """Whether `model` takes token ids (n, length), and not pictures."""
    return len(model.input_shape) == 2


def class_names(run: str | Path, model: keras.Model) -> list[str]:
    """The names beside the model, or "class 0", "class 1", ... where there are none or they do not fit.

    Raises DataError when the file that should hold them is damaged.
    """
    card = _model_file(run).with_name("card.json" if takes_texts(model) else "results.json")
    n_classes = max(2, model.output_shape[-1])
    names = []
    if card.is_file():
        try:
            names = [str(name) for name in json.loads(card.read_text(encoding="utf-8"))["classes"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"{card} is damaged: {_first_line(error)}. Without that file, classes are numbered; with it, it must "
                'hold their names under "classes".'
            ) from error
    return names if len(names) == n_classes else [f"class {i}" for i in range(n_classes)]


def shortened(text: str, most: int = MOST_CHARACTERS) -> str:
    """`text` in one line of at most `most` characters, without what would move a terminal's cursor."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _predict_pictures(model: keras.Model, names: Sequence[str], paths: Sequence[str]) -> int:
    from tlteach.engine.evaluation import probabilities_from
    from tlteach.engine.network import form_of

    for path in paths:
        if not os.path.exists(path) and Path(path).suffix.lower() not in SUFFIXES:
            raise DataError(f"This model reads pictures, and {shortened(str(path))!r} is no file. Give picture files.")
    size, failed = form_of(model), 0
    for path, (_, reason) in zip(paths, check_photos([Path(path) for path in paths]), strict=True):
        if reason:
            print(f"{path}  not read: {reason}")
            failed += 1
            continue
        outputs = model.predict(read_pixels(Path(path), size)[np.newaxis].astype("float32"), verbose=0)
        probabilities = probabilities_from(model, outputs)[0]
        print(f"{path}  {names[probabilities.argmax()]}  {probabilities.max():.3f}")
    return failed


def _predict_texts(model: keras.Model, names: Sequence[str], inputs: Sequence[str]) -> None:
    from tlteach.engine.evaluation import probabilities_from

    texts = _texts(inputs)
    for first in range(0, len(texts), AT_ONCE):
        some = texts[first : first + AT_ONCE]
        outputs = model.predict_on_batch(model.tokenizer.encode(some))
        for text, probabilities in zip(some, probabilities_from(model, outputs), strict=True):
            print(f"{shortened(text)}  {names[probabilities.argmax()]}  {probabilities.max():.3f}")


def _texts(inputs: Sequence[str]) -> list[str]:
    """The texts that were given: the arguments, or for "-" the lines of the standard input that are not blank."""
    if list(inputs) == [STANDARD_INPUT]:
        return _lines(sys.stdin.buffer)
    for number, text in enumerate(inputs, 1):
        if not text.strip():
            raise DataError(f"Text {number} of {len(inputs)} is empty. Write the text between quotes.")
        if os.path.isfile(text):
            lines = f"To ask about each line of a file: tlteach predict RUN - < {text}"
            cure = "Give texts." if Path(text).suffix.lower() in SUFFIXES else lines
            raise DataError(f"This model reads texts, and {text} is a file. {cure}")
    return list(inputs)


def _lines(file: Iterable[bytes]) -> list[str]:
    texts = []
    for number, line in enumerate(file, 1):
        try:
            texts.append(line.decode("utf-8-sig" if number == 1 else "utf-8").strip())
        except UnicodeDecodeError as error:
            raise DataError(
                f"Line {number} of the standard input is not valid UTF-8. Save the file as UTF-8."
            ) from error
    if not any(texts):
        raise DataError("The standard input has no text in it. Give one text per line.")
    return [text for text in texts if text]


def _tokenizer(path: Path) -> Tokenizer:
    if not path.is_file():
        raise DataError(
            f"{path} is missing: the model beside it reads texts, and cannot without its tokenizer. A run writes both; "
            "copy the whole folder."
        )
    from tlteach.text.tokenizer import Tokenizer

    return Tokenizer.load(path)


def _model_file(run: str | Path) -> Path:
    run = Path(run)
    return run / "model.keras" if run.is_dir() else run


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
