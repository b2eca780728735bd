"""Ask a model about pictures, sounds or texts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.errors import DataError, GuardError, TlteachError
from tlteach.core.files import first_line, write_whole
from tlteach.core.journal import counted, one_line, shortened
from tlteach.core.machine import import_keras
from tlteach.core.modality import Form
from tlteach.evidence import answer_page
from tlteach.tasks import ROOMS

if TYPE_CHECKING:
    import keras

AT_ONCE = 32  # inputs
MOST_CHARACTERS = 5_000  # of a text in a form
MOST_BYTES = 20_000_000  # of a file there


@dataclass(frozen=True)
class Classifier:
    """A model that can be asked, the room of what it takes, the form of that, and the names of its classes."""

    model: keras.Model
    room: ModuleType
    form: Form
    class_names: Sequence[str]


@dataclass(frozen=True)
class Answer:
    """What a model says of one input: a probability for each class; or none, and why it could not be read."""

    given: str
    probabilities: dict[str, float]
    unread: str = ""

    @property
    def class_name(self) -> str:
        """The most probable class."""
        return max(self.probabilities, key=self.probabilities.get)


def opened(run: str | Path) -> Classifier:
    """Open a run to ask it: its folder, or the model.keras in it.

    The class names stand beside the model; without them, classes are numbered from 0.

    Raises:
        DataError: the model or what belongs to it is missing or damaged, or it is no classifier.
        SourceError: its tokenizer is damaged.
    """
    model, room, form = _opened(run)
    return Classifier(model, room, form, class_names(run, model))


def answers(classifier: Classifier, given: Sequence[str]) -> Iterator[Answer]:
    """Ask about picture files, sound files or texts; "-" alone stands for one text per line of the standard input.

    Raises:
        DataError: something is not what the model takes.
    """
    from tlteach.engine.evaluation import probabilities_from

    model, names = classifier.model, classifier.class_names
    for called, found in _together(classifier.room.read(given, classifier.form)):
        if isinstance(found, str):
            yield Answer(called[0], {}, found)
            continue
        for name, row in zip(called, probabilities_from(model, model.predict_on_batch(found)), strict=True):
            yield Answer(name, dict(zip(names, row.tolist(), strict=True)))


def explained(classifier: Classifier, given: str) -> str:
    """What was given, and what in it spoke for its most probable class, as HTML. It must be readable: see answers."""
    model, form = classifier.model, classifier.form
    return classifier.room.explained(model, form, given, classifier.class_names)


def as_html(classifier: Classifier, answer: Answer, called: str) -> str:
    """An answer that was read, as HTML: its class, its probabilities, and what spoke for it; `called` is escaped."""
    return answer_page.card(called, answer.probabilities, explained(classifier, answer.given))


def about(classifier: Classifier, given: str, called: str) -> str:
    """What the model says of a file, or of a text, as HTML; or the sentence why it says nothing, whatever was given."""
    try:
        [answer] = answers(classifier, [given])
        if answer.unread:
            return sentence(f"{shortened(called)} cannot be read: {answer.unread}.")
        return as_html(classifier, answer, called)
    except TlteachError as error:
        return sentence(str(error))
    except Exception as error:
        return sentence(f"{shortened(called)} cannot be looked at: {first_line(error)}.")


def about_text(classifier: Classifier, text: str) -> str:
    """What the model says of a text that was typed in a form, as HTML; or the sentence why it says nothing."""
    if not text.strip():
        return sentence("Write a text first.")
    if len(text) > MOST_CHARACTERS:
        return sentence(f"{len(text):,} characters are more than the {MOST_CHARACTERS:,} that are read. Cut it.")
    return about(classifier, f"{text} ", text)  # with the space it is no name of a file, and no "-"


def sentence(text: str) -> str:
    """A sentence as HTML."""
    return f"<p>{escape(one_line(text))}</p>"


def predict(run: Path, inputs: Sequence[str], page: Path | None = None) -> int:
    """Print each input's class and probability; returns how many could not be read. Raises as opened and answers.

    `page`: an HTML file to write, with all probabilities of each input that was read, and what spoke for its class.
    """
    if page and page.suffix.lower() not in (".html", ".htm"):
        raise DataError(f"{page} is to be a page, so give it a name that ends in .html.")
    classifier, failed, cards = opened(run), 0, []
    named = one_line if classifier.room.FILES else shortened  # a path is told whole, a text need not be
    for answer in answers(classifier, inputs):
        called = named(answer.given)
        if answer.unread:
            print(f"{called}  not read: {one_line(answer.unread)}")
            failed += 1
            continue
        print(f"{called}  {shortened(answer.class_name)}  {answer.probabilities[answer.class_name]:.3f}")
        if page:
            cards.append(as_html(classifier, answer, Path(called).name if classifier.room.FILES else called))
    if cards:
        text = answer_page.page(f"Answers of {Path(run).resolve().name}", cards)
        write_whole(page, lambda part: part.write_text(text, encoding="utf-8", errors="replace"))
        print(f"Written to {page}: {counted(cards, 'answer')}")
    return failed


def _together(found: Iterable[tuple[str, np.ndarray | str]]) -> Iterator[tuple[list[str], np.ndarray | str]]:
    """Neighbours of the same shape, at most AT_ONCE of them, as one batch."""
    numbered = enumerate(found)
    for _, some in groupby(numbered, lambda item: (item[0] // AT_ONCE, getattr(item[1][1], "shape", item[0]))):
        called, arrays = zip(*(pair for _, pair in some), strict=True)
        yield list(called), arrays[0] if isinstance(arrays[0], str) else np.concatenate(arrays)


def load(run: str | Path) -> keras.Model:
    """Open the model of a run: its folder, or the model.keras in it. A model of texts gets `.tokenizer`.

    Raises DataError when the model is missing or damaged, or a model of texts is without its tokenizer, and
    SourceError when that is damaged.
    """
    return _opened(run)[0]


def _opened(run: str | Path) -> tuple[keras.Model, ModuleType, Form]:
    """The model, the room of its modality, and its form."""
    model_file = _model_file(run)
    if not model_file.is_file():
        raise DataError(f"There is no model file {model_file}. A run writes one: DIR/model.keras.")
    import_keras()
    import keras

    try:
        model = keras.saving.load_model(model_file, compile=False)  # it will be asked, and not trained
    except Exception as error:  # Keras raises whatever the damaged part happens to cause
        raise DataError(f"{model_file} cannot be opened as a Keras model: {first_line(error)}") from error
    said = _card(model_file).get("modality")
    refused = None
    for room in [ROOMS[said]] if said in ROOMS else ROOMS.values():
        try:
            return model, room, room.open_form(model_file.parent, model)
        except GuardError as error:
            refused = error
    raise DataError(f"{model_file} takes no inputs that are known here. {refused}") from refused


def class_names(run: str | Path, model: keras.Model) -> list[str]:
    """The names beside the model, or "class 0", "class 1", ... where there are none or they do not fit.

    Raises DataError when the file that should hold them is damaged, or the model is no classifier.
    """
    if len(model.output_shape) != 2 or not isinstance(model.output_shape[1], int):
        raise DataError(
            f"{_model_file(run)} gives {model.output_shape}; a classifier has one output, (inputs, classes). "
            "Give a model that tells classes apart."
        )
    n_classes = max(2, model.output_shape[-1])
    names = _card(_model_file(run)).get("classes", [])
    return names if len(names) == len(set(names)) == n_classes else [f"class {i}" for i in range(n_classes)]


def card(run: str | Path) -> dict:
    """What the card beside the model of a run says; {} where there is none. Raises DataError where it is damaged."""
    return _card(_model_file(run))


def _card(model_file: Path) -> dict:
    """What card.json beside the model says; runs of pictures of earlier versions have it in results.json."""
    places = [model_file.with_name(name) for name in ("card.json", "results.json")]
    card = next((place for place in places if place.is_file()), None)
    if card is None:
        return {}
    try:
        said = json.loads(card.read_text(encoding="utf-8"))
        if not isinstance(said["classes"], list) or not all(isinstance(name, str) for name in said["classes"]):
            raise TypeError('"classes" is not a list of names')
        if not isinstance(said.get("modality", ""), str):
            raise TypeError('"modality" is no word')
        return said
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(
            f"{card} is damaged: {first_line(error)}. Without that file, classes are numbered; with it, it must "
            'hold their names under "classes".'
        ) from error


def _model_file(run: str | Path) -> Path:
    run = Path(run)
    return run / "model.keras" if run.is_dir() else run
