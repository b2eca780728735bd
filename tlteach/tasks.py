"""Tasks: what is to be learned, as three splits: bundled and full ones, your photos or texts, or what is in memory.

This is the one place that knows which modalities there are: each is a room with the doors of core/modality.py.
"""

from pathlib import Path

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.splits import LeftOut
from tlteach.core.task import Task
from tlteach.image import doors as image
from tlteach.image.splits import Split
from tlteach.image.tasks import cats_vs_dogs, drawings, from_arrays, from_folder, from_splits
from tlteach.text import doors as text
from tlteach.text.splits import TextSplit
from tlteach.text.tasks import film_reviews, film_reviews_hard, from_csv, from_texts, imdb, mail, questions, sms_spam

__all__ = [
    "ROOMS",
    "LeftOut",
    "Split",
    "Task",
    "TextSplit",
    "by_name",
    "cats_vs_dogs",
    "drawings",
    "film_reviews",
    "film_reviews_hard",
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

ROOMS = {room.NAME: room for room in (image, text)}


@checked
def by_name(name: str, **columns: str | int | None) -> Task:
    """Return one of our tasks by its name, or that of the folder of photos or the file of texts at the path `name`.

    `columns`: `text` and `label` of such a file, see `from_csv`. Raises DataError for an unknown name.
    """
    path = Path(name).expanduser()
    columns = {key: value for key, value in columns.items() if value is not None}
    ours = {task: make for room in ROOMS.values() for task, make in room.TASKS.items()}
    if name in ours:
        if columns:
            raise DataError(f"{name} has no columns to name: text and label are for files such as reviews.csv.")
        return ours[name]()
    if path.exists():
        for room in ROOMS.values():
            if task := room.task_from(path, **columns):
                return task
    raise DataError(f"{name!r} is neither a folder nor a file of texts, nor one of the tasks {', '.join(ours)}.")
