"""The doors of the room of texts; see tlteach/core/modality.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.task import Task
from tlteach.text.form import open_form, read
from tlteach.text.full_texts import downloads
from tlteach.text.sources import TEXT_SOURCES as SOURCES
from tlteach.text.sources import TextSource, choose, source_from_folder
from tlteach.text.tasks import film_reviews, film_reviews_hard, from_csv, imdb, mail, questions, sms_spam

if TYPE_CHECKING:
    import keras

    from tlteach.text.tokenizer import Tokenizer

NAME = "text"
FILES = None
SIZE = ("max_tokens", "read so many pieces of a text; default: what the source read")
# With few labels, 10 epochs at 1e-3 are too few, and 3e-3 to 1e-2 are alike: python benchmarks/text.py --search-head
HEAD = {"learning_rate": 1e-2, "epochs": 20}
PIPELINE = "text-classification"
TASKS = {
    "film_reviews": film_reviews,
    "film_reviews_hard": film_reviews_hard,
    "questions": questions,
    "mail": mail,
    "mail_giulia": lambda: mail("giulia"),
    "mail_wei": lambda: mail("wei"),
    "imdb": imdb,
    "sms_spam": sms_spam,
}


def task_from(path: Path, **columns: str | int) -> Task | None:
    """The task of a file, see from_csv, or None where `path` is no file. Raises DataError."""
    return from_csv(path, **columns) if path.is_file() else None


def source_from(path: Path) -> TextSource | None:
    """The card of the BERT in a folder, or None where `path` is no folder. Raises SourceError."""
    return source_from_folder(path) if path.is_dir() else None


def scratch(task: Task, seed: int) -> keras.Model:
    """The fair baseline: see scratch.py."""
    from tlteach.text.scratch import scratch

    return scratch(task, seed)


def mistakes(result, most: int) -> str:
    """The most confident mistakes of a Result, as HTML: see mistakes.py."""
    from tlteach.text.mistakes import mistakes

    return mistakes(result, most)


def explained(model: keras.Model, form: Tokenizer, given: str, class_names: Sequence[str]) -> str:
    """A text with the words marked that moved the model, as HTML: see explain.py."""
    from tlteach.text.explain import explained

    return explained(model, given, class_names)
