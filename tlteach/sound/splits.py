"""A split: sounds in files or in memory, with their labels and perhaps their speakers, as arrays or as batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.machine import import_keras
from tlteach.core.reading import in_threads
from tlteach.core.splits import InFilesOrArray
from tlteach.sound.copies import near_copies
from tlteach.sound.files import Heard, check_sounds, heard_of, read_again
from tlteach.sound.shape import fitted, without_silent_ends
from tlteach.sound.spectrogram import RATE

if TYPE_CHECKING:
    import keras

    from tlteach.sound.form import Milliseconds

MEMORY_BUDGET = 500_000_000  # bytes of samples of a split: four hours
FEW = 8  # sounds that a network is shown before it is trained


class Sounds(InFilesOrArray):
    """Part of a task: `inputs` is a list of sound files, or float32 samples (n, samples) in -1..1, at 8 kHz.

    `labels` is int32 (n,); `groups` has the speaker of each sound, or is None where nobody knows.
    """

    called, listed, group, at_random = "sounds", "file", "speaker", "cut with by_speaker=False"

    def __init__(
        self,
        inputs: Sequence[Path] | np.ndarray,
        labels: np.ndarray,
        n_classes: int,
        speakers: Sequence[str] | None = None,
        heard: Sequence[Heard] | None = None,
    ):
        super().__init__(inputs, labels, n_classes)
        self.groups = None if speakers is None else list(speakers)
        if heard is not None:
            self._remembered()["heard"] = list(heard)

    @checked
    def take(self, rows: Sequence[int]) -> Sounds:
        """Return a split of the given rows, in their order."""
        rows = self._rows(rows)
        inputs = self.inputs[rows] if self._in_memory else [self.inputs[row] for row in rows]
        heard = self._remembered().get("heard")
        taken = Sounds(inputs, self.labels[rows], self.n_classes, None, heard and [heard[row] for row in rows])
        return taken._grouped_as(self, rows=rows)

    def joined(self, *others: Sounds) -> Sounds:
        """Return one split of the sounds of all. Raises DataError for arrays of different lengths."""
        every = (self, *others)
        labels = np.concatenate([split.labels for split in every])
        heard = [one for split in every for one in split.heard()]
        if not self._in_memory:
            paths = [one for split in every for one in split.inputs]
            return Sounds(paths, labels, self.n_classes, None, heard)._grouped_as(*every)
        if len(lengths := {split.inputs.shape[1] for split in every}) > 1:
            raise DataError(f"Sounds of {lengths} samples cannot be in one split. Bring them to one length first.")
        samples = np.concatenate([split.inputs for split in every])
        return Sounds(samples, labels, self.n_classes, None, heard)._grouped_as(*every)

    @checked
    def load(self, rows: Sequence[int], milliseconds: int) -> np.ndarray:
        """Return the sounds of the given rows as float32 (len(rows), milliseconds * 8), decoded in threads.

        A sound stands in the middle, without its silent ends; of a longer one the loudest part is taken. Arrays that
        are just as long are taken as they are. Raises DataError when a file can no longer be read.
        """
        return self._loaded(rows, milliseconds)

    @checked
    def arrays(self, milliseconds: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (samples, labels): float32 (n, milliseconds * 8) as in `load`, and int32 (n,).

        What fits MEMORY_BUDGET is kept for the next call; the samples are read-only, so copy() before changing.
        """
        return self._kept(milliseconds, MEMORY_BUDGET), self.labels

    @checked
    def batches(
        self,
        milliseconds: int,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = 0,
        augment: Callable | None = None,
        memory_budget: int = MEMORY_BUDGET,
    ) -> keras.utils.PyDataset:
        """Return batches for `fit`: float32 samples (b, milliseconds * 8) in -1..1 and int32 labels (b,).

        They stay in memory where they take at most `memory_budget` bytes, else threads decode them anew in each epoch.
        `augment` is a Keras layer, or a function of a batch. Rows come in the order in which Split.batches gives
        pictures; call `fit(..., shuffle=False)`.
        """
        import_keras()
        from tlteach.engine.batches import Batches

        self._remembered()
        fits = len(self) * milliseconds * (RATE // 1000) * 4 <= memory_budget
        prepare = (lambda: self.arrays(milliseconds)) if fits else None
        return Batches(self, milliseconds, batch_size, shuffle, seed, augment, prepare)

    def form_of(self, model: keras.Model) -> Milliseconds:
        """Return how long the sounds are that `model` takes. Raises GuardError where it takes none."""
        from tlteach.sound.form import form_of

        return form_of(model)

    def proofs(self, model: keras.Model, form: Milliseconds) -> list[str]:
        """Prove that sounds reach the network as in pre-training, and say how much of them is heard.

        Raises GuardError.
        """
        from tlteach.engine.network import base_of
        from tlteach.sound.proofs import answers_vary, sounds_are_heard, spectrograms_reach
        from tlteach.sound.sources import SOURCES

        rows = np.linspace(0, len(self) - 1, min(FEW, len(self))).astype(int)
        few, lengths = self.load(rows, form), [one.samples for one in self.heard()]
        reach = spectrograms_reach(model, few) if base_of(model).name in SOURCES else ""
        return [proof for proof in (reach, answers_vary(model, few), sounds_are_heard(lengths, form)) if proof]

    def heard(self) -> list[Heard]:
        """Return what is known of each sound: its hash, its look and its length, found out once.

        Raises DataError as `load` does.
        """
        memory = self._remembered()
        if "heard" in memory:
            return memory["heard"]
        if self._in_memory:
            memory["heard"] = in_threads(heard_of, self.inputs, "listening to sounds", "sound")
            return memory["heard"]
        found = check_sounds(self.inputs)
        for path, one in zip(self.inputs, found, strict=True):
            if one.reason:
                raise DataError(f"{path} cannot be read: {one.reason}. Put the file back, or build the task again.")
        memory["heard"] = found
        return found

    def fingerprints(self) -> list[str]:
        """Return one hash per sound, of its samples at 8 kHz. Raises DataError as `load` does."""
        return [one.fingerprint for one in self.heard()]

    def near_copies(self, other: Sounds) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (rows, rows of `other`, how alike) of sounds that are nearly the same; see copies.py."""
        return near_copies([one.look for one in self.heard()], [one.look for one in other.heard()])

    def drawn(self, row: int) -> np.ndarray:
        """Return the spectrogram of a sound as a picture (height, width, 3)."""
        from tlteach.sound.show import as_picture

        return as_picture(without_silent_ends(self.samples(row)))

    def samples(self, row: int) -> np.ndarray:
        """Return all of a sound, float32 (n,) at 8 kHz. Raises DataError as `load` does."""
        return self.inputs[row] if self._in_memory else read_again(self.inputs[row])

    def _decode(self, rows: Sequence[int], milliseconds: int) -> np.ndarray:
        n = milliseconds * RATE // 1000
        if self._in_memory and self.inputs.shape[1] == n:
            return self.inputs[np.asarray(rows)]
        sounds = np.empty((len(rows), n), "float32")

        def fill(place: int) -> None:
            item = self.inputs[rows[place]]
            sounds[place] = fitted(item if self._in_memory else read_again(item), n)

        in_threads(fill, range(len(rows)), "reading sounds", "sound")
        return sounds
