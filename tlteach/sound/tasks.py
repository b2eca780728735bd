"""Tasks of sounds: the bundled words, the spoken digits of the full tier, folders, and samples in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from tlteach.core import groups
from tlteach.core.door import checked
from tlteach.core.fetch import provenance
from tlteach.core.files import bundled
from tlteach.core.folders import (
    existing_folder,
    find_classes,
    find_files,
    find_splits,
    require_every_class,
    without_unreadable,
)
from tlteach.core.splits import KEPT_FIRST, by_split, cut_missing, same_but_for_case, without_copies
from tlteach.core.task import Task
from tlteach.sound import full_digits
from tlteach.sound.arrays import split_of_arrays
from tlteach.sound.files import FILES, check_sounds
from tlteach.sound.flat import find_flat, is_flat
from tlteach.sound.speakers import TABLE, speakers_of
from tlteach.sound.splits import Sounds


def spoken_words() -> Task:
    """Return the bundled task spoken_words: which word of an invented language is it? Drawn voices speak."""
    return from_sounds(bundled("spoken_words")).as_ours("spoken_words", "bundled")


def spoken_digits() -> Task:
    """Return the task of the Free Spoken Digit Dataset, the digits 0 to 9 in English, downloaded once.

    Splits are cut by speaker. Raises FetchError when the sounds cannot be had.
    """
    folder = full_digits.folder()
    task = from_sounds(folder / "recordings")
    return replace(task, notes=(*task.notes, provenance(folder))).as_ours("spoken_digits", "full")


@checked
def from_sounds(
    path: str | Path, validation: float = 0.15, test: float = 0.15, seed: int = 0, by_speaker: bool = True
) -> Task:
    """Return the task of a folder of sounds: a folder per class, or train/ validation/ test/ with one per class.

    A folder without folders is read where every name begins with its class, as 3_george_12.wav does. WAV, FLAC, OGG,
    MP3 and AIFF files are read, at any usual rate and of 20 ms to 30 s. Where speakers are told (by folders
    class/speaker/, by names such as 3_george_12.wav, or by a speakers.csv) splits that the folder does not give are cut
    speaker by speaker, so that no voice stands in two; `by_speaker=False`, or where nobody tells, class by class. What
    cannot be read, is silent or too long, and all but one copy of a sound, stand in `left_out`. Raises DataError, which
    says where, when no task can be made of the folder.
    """
    root = existing_folder(path)
    folders = find_splits(root)
    flat = is_flat(folders)
    if flat:
        class_names, found, not_sounds = find_flat(folders)
    else:
        class_names = find_classes(folders, FILES)
        found, not_sounds = find_files(folders, class_names, FILES)
    not_sounds = [one for one in not_sounds if Path(one.where) != root / TABLE]
    found, heard, unreadable = without_unreadable(found, check_sounds([one.path for one in found]))
    paths, labels = [one.path for one in found], np.array([one.label for one in found])
    split_of_row = np.array([KEPT_FIRST.index(one.split) for one in found], int)
    hashes, where = [one.fingerprint for one in heard], lambda row: str(paths[row])
    kept, copies = without_copies(hashes, labels, split_of_row, class_names, where, "sound")
    left_out = (*not_sounds, *unreadable, *copies)
    require_every_class([found[row] for row in kept], folders, class_names, left_out, FILES)
    speakers, told = speakers_of(found, folders, class_names)
    whole = Sounds(paths, labels, len(class_names), speakers if by_speaker else None, heard)
    splits, notes = cut_missing(by_split(whole.take(kept), split_of_row[kept]), validation, test, seed, class_names)
    notes = (told, *notes, *groups.told(splits), *same_but_for_case(class_names))
    return Task(root.resolve().name, class_names, **splits, left_out=left_out, notes=notes, modality="sound")


@checked
def from_sound_arrays(
    sounds: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[str],
    speakers: Sequence[str] | None = None,
    validation: float = 0.15,
    test: float = 0.15,
    seed: int = 0,
    name: str = "sounds",
) -> Task:
    """Return the task of sounds in memory, with splits cut as `from_sounds` cuts them.

    `sounds`: numbers in -1..1, (n, samples), at 8,000 samples a second; `labels`: integers (n,), each the position of a
    class name; `speakers`: a name for each sound. Copies of a sound are left out, as `inputs[row]`. Raises DataError
    for other shapes, ranges or labels, and where splits cannot be cut.
    """
    whole = split_of_arrays(sounds, labels, class_names, speakers)
    one_split, where = np.zeros(len(whole), int), "inputs[{}]".format
    kept, left_out = without_copies(whole.fingerprints(), whole.labels, one_split, class_names, where, "sound")
    if left_out:
        whole = whole.take(kept)
    splits, notes = cut_missing({"train": whole}, validation, test, seed, class_names)
    notes += groups.told(splits)
    return Task(name, tuple(class_names), **splits, left_out=tuple(left_out), notes=notes, modality="sound")
