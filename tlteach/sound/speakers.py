"""Who speaks: told by a file speakers.csv, by folders class/speaker/, or by the names of the files.

A split that is cut at random lets a network know the voice. So where speakers are told, splits are cut by speaker; and
what was taken for a speaker is said, since a name can mislead.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tlteach.core.folders import Found, groups_by_folder, groups_by_table
from tlteach.core.journal import counted, some

TABLE = "speakers.csv"  # in the folder of the task, with the columns file and speaker
# Google's Speech Commands: the hash of a speaker, and the number of the take.
SPEECH_COMMANDS = re.compile(r"([0-9a-f]+)_nohash_\d+")
# Before a number they tell a speaker, as p225 does; before any other word a number tells a take.
MEANS_SPEAKER = ("speaker", "spk", "subject", "person", "voice", "talker", "sp", "s", "p")
NUMBERED = re.compile(rf"(?<![^\W_])({'|'.join(MEANS_SPEAKER)})[\W_]*(\d+)", re.IGNORECASE)


def speakers_of(
    found: Sequence[Found], splits: dict[str, Path], class_names: Sequence[str]
) -> tuple[list[str] | None, str]:
    """Return the speaker of each file and a sentence on who told it; None where nobody tells, or there is only one."""
    root = splits.get("") or splits["train"].parent
    if (table := root / TABLE).is_file():
        speakers, teller = groups_by_table(table, found, "speaker"), TABLE
    elif speakers := groups_by_folder(found, splits, class_names):
        teller = "the folders inside those of the classes"
    else:
        speakers, teller = _by_names([one.path.stem for one in found], [class_names[one.label] for one in found])
    if speakers is None:
        return None, (
            "Who speaks is not told, so a voice may stand in several splits. Folders class/speaker/, names such as "
            f"3_anna_12.wav or a {TABLE} with the columns file and speaker tell it."
        )
    names = sorted(set(speakers))
    if len(names) == 1:
        return None, f"All sounds are of one speaker, {names[0]}, by {teller}: accuracy tells of this voice."
    return speakers, f"{counted(names, 'speaker')}, told by {teller}: {some(names, 6)}."


def _by_names(stems: Sequence[str], classes: Sequence[str]) -> tuple[list[str] | None, str]:
    """The speaker in each name, and what told it: the part of the name with the most words that several classes share.

    Numbers are takes; words that all files have ("audio", "take") and the name of the class tell nobody apart.
    """
    if all(hashes := [SPEECH_COMMANDS.fullmatch(stem) for stem in stems]):
        return [match[1] for match in hashes], "the hash before _nohash_ in the names of the files"
    rows = [_words(stem, name) for stem, name in zip(stems, classes, strict=True)]
    best: list[str] = []
    for place in range(min(map(len, rows), default=0)):
        words = _told_by([row[place] for row in rows])
        if len(set(words)) > max(1, len(set(best))) and _are_in_several(words, classes):
            best = words
    return best or None, f"the names of the files, such as {best[0]!r} in {stems[0]!r}" if best else ""


def _words(stem: str, class_name: str) -> list[str]:
    """The words and numbers of a name in small letters, in their order, without those of the class."""
    words = _split(NUMBERED.sub(r"\1\2", stem))
    for word in _split(class_name):
        if word in words:
            words.remove(word)
    return words


def _split(name: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", name.casefold()) if word]


def _told_by(words: Sequence[str]) -> list[str]:
    """What words at one place of the names tell: a name, or speaker 3; nothing where one is a bare number."""
    letters = [word.rstrip("0123456789") for word in words]
    if not all(letters):
        return []
    if len(set(letters)) == 1:  # p225 and p226 are two speakers, take1 and take2 are not
        return list(words) if letters[0] in MEANS_SPEAKER else []
    return letters


def _are_in_several(words: Sequence[str], classes: Sequence[str]) -> bool:
    """Whether at least half of the words stand in the names of two classes or more."""
    where = defaultdict(set)
    for word, name in zip(words, classes, strict=True):
        where[word].add(name)
    return sum(len(names) > 1 for names in where.values()) >= max(2, len(where) / 2)
