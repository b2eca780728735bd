"""Tasks: what is to be learned, as three splits: bundled and full ones, your photos, sounds or texts, or arrays.

This is the one place that knows which modalities there are: each is a room with the doors of core/modality.py.
"""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.folders import how_many
from tlteach.core.splits import LeftOut
from tlteach.core.task import Task
from tlteach.image import doors as image
from tlteach.image.splits import Split
from tlteach.image.tasks import cats_vs_dogs, drawings, from_arrays, from_folder, from_splits
from tlteach.sound import doors as sound
from tlteach.sound.splits import Sounds
from tlteach.sound.tasks import from_sound_arrays, from_sounds, spoken_digits, spoken_words
from tlteach.text import doors as text
from tlteach.text.splits import TextSplit
from tlteach.text.tasks import film_reviews, film_reviews_hard, from_csv, from_texts, imdb, mail, questions, sms_spam

__all__ = [
    "ROOMS",
    "LeftOut",
    "Sounds",
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
    "from_sound_arrays",
    "from_sounds",
    "from_splits",
    "from_texts",
    "imdb",
    "mail",
    "questions",
    "sms_spam",
    "spoken_digits",
    "spoken_words",
]

# A model that is without its card is tried in this order: rows of samples before rows of token ids.
ROOMS = {room.NAME: room for room in (image, sound, text)}


@checked
def by_name(name: str, group: str | int | None = None, **columns: str | int | None) -> Task:
    """Return one of our tasks by its name, or that of the folder of photos or sounds or the file of texts at `name`.

    Of a folder with both photos and sounds, that of which there is more is taken, and the others are left out.
    `columns`: `text` and `label` of a file, see `from_csv`. `group`: what must not stand in two splits, such as
    "patient", see `from_folder`; of a file, a column. Raises DataError for an unknown name.
    """
    path = Path(name).expanduser()
    columns = {key: value for key, value in columns.items() if value is not None}
    grouped = {} if group is None else {"group": group}
    ours = {task: make for room in ROOMS.values() for task, make in room.TASKS.items()}
    if columns and (name in ours or path.is_dir()):
        raise DataError(f"{name} has no columns to name: text and label are for files such as reviews.csv.")
    if name in ours:
        if grouped:
            raise DataError(f"The splits of {name} are given, and are not cut by {group}. Leave the group out.")
        return ours[name]()
    origin = {"name": str(path.resolve()), **grouped, **columns}
    if path.is_dir():
        return replace(_most_at_home(path).task_from(path, **grouped), origin=origin)
    if path.exists():
        for room in ROOMS.values():
            if task := room.task_from(path, **grouped, **columns):
                return replace(task, origin=origin)
    raise DataError(f"{name!r} is neither a folder nor a file of texts, nor one of the tasks {', '.join(ours)}.")


def _most_at_home(folder: Path) -> ModuleType:
    """The room that reads most of the files in a folder. Raises DataError where none reads any."""
    counts = {room.NAME: how_many(folder, room.FILES.suffixes) for room in ROOMS.values() if room.FILES}
    if not any(counts.values()):
        kinds = "; ".join(f"of {room.FILES.many}: {room.FILES.kinds}" for room in ROOMS.values() if room.FILES)
        raise DataError(f"There is no file in {folder} that is read here. Such kinds are read, {kinds}. Save them so.")
    return ROOMS[max(counts, key=counts.get)]
