"""Tasks: what is to be learned, as three splits: bundled and full ones, your photos or texts, or what is in memory."""

from __future__ import annotations

from pathlib import Path

from tlteach.core.errors import DataError
from tlteach.core.splits import LeftOut
from tlteach.core.task import Task
from tlteach.image.splits import Split
from tlteach.image.tasks import cats_vs_dogs, from_arrays, from_folder, from_splits
from tlteach.text.splits import TextSplit
from tlteach.text.tasks import film_reviews, from_csv, from_texts, imdb, mail, questions, sms_spam

__all__ = [
    "LeftOut",
    "Split",
    "Task",
    "TextSplit",
    "by_name",
    "cats_vs_dogs",
    "film_reviews",
    "from_arrays",
    "from_csv",
    "from_folder",
    "from_splits",
    "from_texts",
    "imdb",
    "mail",
    "questions",
    "sms_spam",
]


def by_name(name: str, text: str | int | None = None, label: str | int | None = None) -> Task:
    """Return one of our tasks by its name, or that of the folder of photos or the file of texts at the path `name`.

    `text` and `label` are the columns of such a file, see `from_csv`. Raises DataError for an unknown name.
    """
    path = Path(name).expanduser()
    columns = {key: value for key, value in {"text": text, "label": label}.items() if value is not None}
    if columns and (name in OURS or path.is_dir()):
        raise DataError(f"{name} has no columns to name: text and label are for files such as reviews.csv.")
    if name in OURS:
        return OURS[name]()
    if not path.exists():
        names = ", ".join(OURS)
        raise DataError(f"{name!r} is neither a folder nor a file of texts, nor one of the tasks {names}.")
    return from_folder(path) if path.is_dir() else from_csv(path, **columns)


OURS = {
    "cats_vs_dogs": cats_vs_dogs,
    "cats_vs_dogs_full": lambda: cats_vs_dogs("full"),
    "film_reviews": film_reviews,
    "questions": questions,
    "mail": mail,
    "mail_giulia": lambda: mail("giulia"),
    "mail_wei": lambda: mail("wei"),
    "imdb": imdb,
    "sms_spam": sms_spam,
}
