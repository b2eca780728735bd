"""The form of texts: the tokenizer of a base, and how texts that were typed at a prompt become token ids."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.errors import DataError, GuardError, SourceError
from tlteach.text.tokenizer import FILE, Tokenizer

if TYPE_CHECKING:
    import keras

STANDARD_INPUT = "-"
NO_TEXTS = {".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp"}  # suffixes of files that have no lines to ask about


def form_of(model: keras.Model) -> Tokenizer:
    """The tokenizer that `model`, or the base in it, has with it.

    Raises:
        GuardError: it takes no token ids, or nobody knows how to make them.
    """
    from tlteach.engine.network import base_of

    tokenizer = getattr(base_of(model), "tokenizer", None) or getattr(model, "tokenizer", None)
    if tokenizer is not None:
        return tokenizer
    _require_token_ids(model)
    raise GuardError(
        f"{model.name} takes rows of numbers, but no tokenizer is with it that makes them of texts. Let "
        "tl.base_model(source) build the base, or give it the one that it was pre-trained with: "
        "base.tokenizer = Tokenizer.load(path)."
    )


def _require_token_ids(model: keras.Model) -> None:
    if len(model.input_shape) != 2:
        raise GuardError(f"{model.name} takes inputs of the shape {model.input_shape[1:]}, and these are no token ids.")


def open_form(folder: Path, model: keras.Model) -> Tokenizer:
    """Give a saved `model` the tokenizer that lies beside it in `folder`, and return it.

    Raises:
        GuardError: the model takes no token ids.
        DataError: there is no tokenizer.
        SourceError: it is damaged, or another model's.
    """
    _require_token_ids(model)
    path = folder / FILE
    if not path.is_file():
        raise DataError(
            f"{path} is missing: the model beside it reads texts, and cannot without its tokenizer. A run writes both; "
            "copy the whole folder."
        )
    import keras

    model.tokenizer = Tokenizer.load(path)
    tables = [layer.input_dim for layer in model._flatten_layers() if isinstance(layer, keras.layers.Embedding)]
    if tables and model.tokenizer.highest_id >= max(tables):
        raise SourceError(
            f"{path} makes token ids up to {model.tokenizer.highest_id}, and the model beside it knows {max(tables)} "
            "tokens. The two are not of the same run: copy the whole folder."
        )
    return model.tokenizer


def read(given: Sequence[str], form: Tokenizer) -> Iterator[tuple[str, np.ndarray]]:
    """Each text and its token ids (1, length); "-" stands for the lines of the standard input.

    Raises:
        DataError: a text is empty, or the name of a file.
    """
    for text in _texts(given):
        yield text, form.encode([text])


def _texts(inputs: Sequence[str]) -> list[str]:
    """The texts that were given: the arguments, or for "-" the lines of the standard input that are not blank."""
    if list(inputs) == [STANDARD_INPUT]:
        return _lines(sys.stdin.buffer)
    for number, text in enumerate(inputs, 1):
        if not text.strip():
            raise DataError(f"Text {number} of {len(inputs)} is empty. Write the text between quotes.")
        if os.path.isfile(text):
            lines = f"To ask about each line of a file: tlteach predict RUN - < {text}"
            cure = "Give texts." if Path(text).suffix.lower() in NO_TEXTS else lines
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
