"""What a learner has solved, answered and guessed, kept in progress.json in their own folder and nowhere else.

The folder is TLTEACH_HOME, by default .tlteach in the home folder. The file is written whole or not at all. One that
cannot be understood is put aside under another name, and a new one begun. Where nothing can be written, lessons work
all the same.
"""

import json
from pathlib import Path

from tlteach.core.errors import DataError
from tlteach.core.files import cache_folder, write_json
from tlteach.course import lessons

KINDS = ("exercises", "questions", "predictions")
MAX_BYTES = 1_000_000

_said: set[str] = set()


def record(kind: str, name: str, **facts: object) -> str:
    """Keep `facts` on the exercise, question or prediction `name`; what was once solved or right stays so.

    Returns a note for the learner that begins on a new line, or "". Each kind of note is given once in a session.
    """
    try:
        path = _path()
        kept, note = _read_or_put_aside(path)
        entry = kept.setdefault(kind, {}).setdefault(name, {})
        for key, value in facts.items():
            entry[key] = bool(entry.get(key)) or value if isinstance(value, bool) else value
        entry["tries"] = 1 + (entry["tries"] if type(entry.get("tries")) is int else 0)
        write_json(path, kept)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home folder
        reason = getattr(error, "strerror", None) or error
        note = f"Your progress is not kept: {reason}. Set TLTEACH_HOME to a folder of yours to keep it."
    if not note or note in _said:
        return ""
    _said.add(note)
    return f"\n{note}"


def table() -> str:
    """What was solved, answered rightly and guessed, lesson by lesson.

    Raises DataError where the file is there but cannot be read.
    """
    try:
        path = _path()
        kept, note = _read_or_put_aside(path)
    except (OSError, RuntimeError) as error:
        raise DataError(f"Your progress cannot be read: {error}. Set TLTEACH_HOME to a folder of yours.") from error
    every = lessons.every_lesson()
    width = max(len(lesson.title) for lesson in every) + 3
    lines = [note] if note else []
    lines.append(f"{'lesson':<{width}}  {'exercises':>10}  {'questions':>10}  {'predictions':>11}")
    for lesson in every:
        solved = _share(lesson.exercises, kept["exercises"], "solved")
        right = _share(lesson.questions, kept["questions"], "right")
        guessed = _share(lesson.predictions, kept["predictions"], "guess")
        lines.append(f"{lesson.number + ' ' + lesson.title:<{width}}  {solved:>10}  {right:>10}  {guessed:>11}")
    return "\n".join([*lines, f"Solved, right and made, of all. Kept in {path}"])


def _share(asked: dict, kept: dict, key: str) -> str:
    done = [name for name in asked if kept.get(name, {}).get(key) not in (None, False)]
    return f"{len(done)} of {len(asked)}" if asked else "-"


def _path() -> Path:
    return cache_folder() / "progress.json"


def _read_or_put_aside(path: Path) -> tuple[dict, str]:
    """What is kept at `path`, and a note if it was damaged and had to be put aside. Raises OSError."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError("too large")
        kept = json.loads(path.read_text(encoding="utf-8"))
        entries = [kept.setdefault(kind, {}) for kind in KINDS]
        if not all(isinstance(entry, dict) for group in entries for entry in group.values()):
            raise ValueError("not made of entries")
        return kept, ""
    except FileNotFoundError:
        return {kind: {} for kind in KINDS}, ""
    except (ValueError, AttributeError, RecursionError):  # of JSON, or of what is in it
        aside = _put_aside(path)
        return {kind: {} for kind in KINDS}, f"The file of your progress was damaged. It was put aside as {aside.name}."


def _put_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"progress_damaged_{number}.json")).exists():
        number += 1
    return path.rename(aside)
