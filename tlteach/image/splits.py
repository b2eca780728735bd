"""A split: pictures in files or in memory, with their labels, given as arrays or as batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.machine import import_keras
from tlteach.core.reading import in_threads
from tlteach.core.splits import InFilesOrArray
from tlteach.image.copies import look, near_copies
from tlteach.image.photos import check_photos, fingerprint, read_pixels, resize

if TYPE_CHECKING:
    import keras

    from tlteach.image.form import Pixels

# Three splits of this size, Keras with TensorFlow and a small base stay under 3 GB together.
MEMORY_BUDGET = 500_000_000
FEW = 8  # pictures that are shown to a network before it is trained


class Split(InFilesOrArray):
    """Part of a task: `labels` is int32 (n,); `inputs` a list of photo files or a uint8 array (n, height, width, 3)."""

    called, listed = "pictures", "file"

    def __init__(
        self,
        inputs: Sequence[Path] | np.ndarray,
        labels: np.ndarray,
        n_classes: int,
        fingerprints: Sequence[str] | None = None,
        looks: Sequence[bytes] | None = None,
    ):
        super().__init__(inputs, labels, n_classes)
        for name, known in (("fingerprints", fingerprints), ("looks", looks)):
            if known is not None:
                self._remembered()[name] = list(known)

    def __repr__(self) -> str:
        kind = "arrays" if self._in_memory else "photo files"
        return f"<Split of {len(self)} pictures in {kind}, per class {self.class_counts}>"

    @checked
    def take(self, rows: Sequence[int]) -> Split:
        """Return a split of the given rows, in their order."""
        rows = self._rows(rows)
        if self._in_memory:
            return Split(self.inputs[rows], self.labels[rows], self.n_classes)._grouped_as(self, rows=rows)
        memory = self._remembered()
        known = ([memory[name][row] for row in rows] if name in memory else None for name in ("fingerprints", "looks"))
        taken = Split([self.inputs[row] for row in rows], self.labels[rows], self.n_classes, *known)
        return taken._grouped_as(self, rows=rows)

    def joined(self, *others: Split) -> Split:
        """Return one split of the pictures of all. Raises DataError for arrays of different sizes."""
        every = (self, *others)
        labels = np.concatenate([split.labels for split in every])
        if self._in_memory:
            if len(sizes := {split.inputs.shape[1:3] for split in every}) > 1:
                raise DataError(f"Pictures of the sizes {sizes} cannot be in one split. Bring them to one size first.")
            return Split(np.concatenate([split.inputs for split in every]), labels, self.n_classes)._grouped_as(*every)
        found = [one for split in every for one in split.fingerprints()]
        looks = [one for split in every for one in split.looks()]
        paths = [path for split in every for path in split.inputs]
        return Split(paths, labels, self.n_classes, found, looks)._grouped_as(*every)

    @checked
    def load(self, rows: Sequence[int], image_size: int) -> np.ndarray:
        """Return the pictures of the given rows as uint8 (len(rows), image_size, image_size, 3), decoded in threads.

        A picture that is not square is squashed. Raises DataError when a photo file can no longer be read.
        """
        return self._loaded(rows, image_size)

    @checked
    def arrays(self, image_size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (pictures, labels): uint8 (n, image_size, image_size, 3) and int32 (n,), decoded in threads.

        What fits MEMORY_BUDGET is kept for the next call; the pictures are read-only, so copy() before changing.
        """
        return self._kept(image_size, MEMORY_BUDGET), self.labels

    @checked
    def batches(
        self,
        image_size: int,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = 0,
        augment: Callable | None = None,
        memory_budget: int = MEMORY_BUDGET,
    ) -> keras.utils.PyDataset:
        """Return batches for `fit`: pictures (b, image_size, image_size, 3) in 0..255 and int32 labels (b,).

        Pictures are uint8, or float32 where `augment` (a Keras layer, or any function of a float32 batch) is
        given. They stay in memory where they take at most `memory_budget` bytes, else threads decode them anew
        in each epoch. Rows are shuffled and augmented from (seed, epoch): call `fit(..., shuffle=False)`,
        which would otherwise reorder the batches once more, from Python's global random state.
        """
        import_keras()
        from tlteach.engine.batches import Batches

        self._remembered()
        fits = len(self) * image_size * image_size * 3 <= memory_budget
        prepare = (lambda: self.arrays(image_size)) if fits else None
        return Batches(self, image_size, batch_size, shuffle, seed, augment, prepare)

    def form_of(self, model: keras.Model) -> Pixels:
        """Return the size at which pictures come to `model`. Raises GuardError where it takes no square pictures."""
        from tlteach.image.form import form_of

        return form_of(model)

    def proofs(self, model: keras.Model, form: Pixels) -> list[str]:
        """Prove that the pixels of a few pictures reach the network as in pre-training. Raises GuardError."""
        from tlteach.engine.network import base_of
        from tlteach.image.proofs import preprocessing
        from tlteach.image.sources import preprocess_input, source_of, untrained

        # From all of the split: its first pictures may be of one class, or black.
        rows = np.linspace(0, len(self) - 1, min(FEW, len(self))).astype(int)
        few = self.load(rows, form).astype("float32")
        if source := source_of(base_of(model)):
            return [preprocessing(model, few, preprocess_input(source), lambda: untrained(source, form))]
        return [preprocessing(model, few)]

    def fingerprints(self) -> list[str]:
        """Return one hash per picture, of its decoded RGB pixels, computed once. Raises DataError as `load` does.

        Pictures that were changed in place, and files that were replaced, are hashed anew.
        """
        return self._seen("fingerprints", fingerprint)

    def looks(self) -> list[bytes]:
        """Return what each picture looks like, in 256 bits, computed once. Raises DataError as `load` does."""
        return self._seen("looks", lambda picture: look(Image.fromarray(picture)))

    def _seen(self, name: str, see: Callable[[np.ndarray], object]) -> list:
        memory = self._remembered()
        if name not in memory and self._in_memory:
            memory[name] = in_threads(see, self.inputs, "looking at pictures", "picture")
        elif name not in memory:
            checked = check_photos(self.inputs)
            for path, (_, reason, _) in zip(self.inputs, checked, strict=True):
                if reason:
                    raise DataError(f"{path} cannot be read: {reason}. Put the file back, or build the task again.")
            memory["fingerprints"] = [found for found, _, _ in checked]
            memory["looks"] = [seen for _, _, seen in checked]
        return memory[name]

    def near_copies(self, other: Split) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (rows, rows of `other`, how alike) of pictures that look nearly the same; see copies.py."""
        return near_copies(self.looks(), other.looks())

    def drawn(self, row: int) -> np.ndarray:
        """Return a picture (160, 160, 3)."""
        return self._picture(row, 160)

    def _whole(self, image_size: int) -> np.ndarray:
        if self._in_memory and self.inputs.shape[1:3] == (image_size, image_size):
            return self.inputs.view()
        return self._decode(range(len(self)), image_size)

    def _decode(self, rows: Sequence[int], image_size: int) -> np.ndarray:
        pictures = np.empty((len(rows), image_size, image_size, 3), "uint8")

        def fill(place: int) -> None:
            pictures[place] = self._picture(rows[place], image_size)

        in_threads(fill, range(len(rows)), "reading photos", "photo")
        return pictures

    def _picture(self, row: int, image_size: int) -> np.ndarray:
        item = self.inputs[row]
        if isinstance(item, np.ndarray):
            return resize(Image.fromarray(item), image_size)
        return read_pixels(item, image_size)
