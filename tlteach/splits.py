"""A split: pictures in files or in memory, with their labels, given as arrays or as batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from tlteach.errors import DataError
from tlteach.photos import check_photos, fingerprint, in_threads, read_pixels, resize

if TYPE_CHECKING:
    import keras

# Three splits of this size, Keras with TensorFlow and a small base stay under 3 GB together.
MEMORY_BUDGET = 500_000_000


class Split:
    """Part of a task: `labels` is int32 (n,); `inputs` a list of photo files or a uint8 array (n, height, width, 3)."""

    called = "pictures"  # what messages call the inputs

    def __init__(
        self,
        inputs: Sequence[Path] | np.ndarray,
        labels: np.ndarray,
        n_classes: int,
        fingerprints: Sequence[str] | None = None,
    ):
        self.inputs = inputs
        self.labels = np.asarray(labels, dtype="int32")
        self.n_classes = n_classes
        self._fingerprints = None if fingerprints is None else list(fingerprints)
        self._decoded: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        kind = "arrays" if isinstance(self.inputs, np.ndarray) else "photo files"
        return f"<Split of {len(self)} pictures in {kind}, per class {self.class_counts}>"

    @property
    def class_counts(self) -> tuple[int, ...]:
        """The number of pictures of each class, in the order of the task's class names."""
        return tuple(np.bincount(self.labels, minlength=self.n_classes).tolist())

    def take(self, rows: Sequence[int]) -> Split:
        """Return a split of the given rows, in their order."""
        rows = np.asarray(rows, dtype=int)
        in_memory = isinstance(self.inputs, np.ndarray)
        inputs = self.inputs[rows] if in_memory else [self.inputs[row] for row in rows]
        known = self._fingerprints and [self._fingerprints[row] for row in rows]
        return Split(inputs, self.labels[rows], self.n_classes, known)

    def load(self, rows: Sequence[int], image_size: int) -> np.ndarray:
        """Return the pictures of the given rows as uint8 (len(rows), image_size, image_size, 3).

        A picture that is not square is squashed. Raises DataError when a photo file can no longer be read.
        """
        if image_size in self._decoded:
            return self._decoded[image_size][rows]
        pictures = np.empty((len(rows), image_size, image_size, 3), "uint8")
        for place, row in enumerate(rows):
            pictures[place] = self._picture(row, image_size)
        return pictures

    def arrays(self, image_size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (pictures, labels): uint8 (n, image_size, image_size, 3) and int32 (n,), decoded in threads.

        What fits MEMORY_BUDGET is kept for the next call; the pictures are read-only, so copy() before changing.
        """
        if image_size not in self._decoded:
            pictures = self._decode(image_size)
            pictures.flags.writeable = False
            if pictures.nbytes > MEMORY_BUDGET:
                return pictures, self.labels
            self._decoded = {image_size: pictures}
        return self._decoded[image_size], self.labels

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
        from tlteach.quiet import import_keras

        import_keras()
        from tlteach.batches import Batches

        return Batches(self, image_size, batch_size, shuffle, seed, augment, memory_budget)

    def fingerprints(self) -> list[str]:
        """Return one hash per picture, of its decoded RGB pixels, computed once. Raises DataError as `load` does."""
        if self._fingerprints is None:
            if isinstance(self.inputs, np.ndarray):
                self._fingerprints = [fingerprint(picture) for picture in self.inputs]
            else:
                self._fingerprints = [_found(path, *pair) for path, pair in self._checked()]
        return self._fingerprints

    def digest(self) -> str:
        """Return a hash of the very pictures, in their order."""
        return hashlib.blake2b("".join(self.fingerprints()).encode(), digest_size=16).hexdigest()

    def _checked(self):
        return zip(self.inputs, check_photos(self.inputs), strict=True)

    def _decode(self, image_size: int) -> np.ndarray:
        if isinstance(self.inputs, np.ndarray) and self.inputs.shape[1:3] == (image_size, image_size):
            return self.inputs.view()
        pictures = np.empty((len(self), image_size, image_size, 3), "uint8")

        def fill(row: int) -> None:
            pictures[row] = self._picture(row, image_size)

        in_threads(fill, range(len(self)), "reading photos")
        return pictures

    def _picture(self, row: int, image_size: int) -> np.ndarray:
        item = self.inputs[row]
        if isinstance(item, np.ndarray):
            return resize(Image.fromarray(item), image_size)
        return read_pixels(item, image_size)


def _found(path: Path, found: str, reason: str) -> str:
    if reason:
        raise DataError(f"{path} cannot be read: {reason}. Put the file back, or build the task again.")
    return found


def cut(
    labels: np.ndarray, fractions: Sequence[float], seed: int, class_names: Sequence[str], called: str = "inputs"
) -> list[np.ndarray]:
    """Cut rows at random, class by class: a part for each fraction, then the rest; each is a sorted row array.

    A part gets its fraction of each class to within one input, and at least one. `called`: what messages call the
    inputs. Raises DataError for fractions that leave nothing, or a class too small to be cut.
    """
    if min(fractions) <= 0 or sum(fractions) >= 1:
        raise DataError(f"Cannot cut the parts {fractions}: each must be above 0, and their sum below 1.")
    parts = [[] for _ in range(len(fractions) + 1)]
    for label, name in enumerate(class_names):
        rows = np.flatnonzero(labels == label)
        sizes = _sizes(len(rows), fractions)
        if sum(sizes) >= len(rows):
            raise DataError(
                f"The class {name!r} has {len(rows)} {called}, too few to be cut into {len(parts)} splits: "
                f"at least {_fewest(fractions)} are needed. Add {called}, or give the splits yourself."
            )
        rows = np.random.default_rng([seed, label]).permutation(rows)
        for part, some in zip(parts, np.split(rows, np.cumsum(sizes)), strict=True):
            part.append(some)
    return [np.sort(np.concatenate(part)) for part in parts]


def cut_missing(
    given: dict[str, Split],
    validation: float,
    test: float,
    seed: int,
    class_names: Sequence[str],
    where: str = "folder",
) -> tuple[dict[str, Split], tuple[str, ...]]:
    """Return all three splits, cutting those that do not stand in the folder or file, and a note on how."""
    fractions = {"validation": validation, "test": test}
    missing = [name for name in fractions if name not in given]
    if not missing:
        return given, (f"The splits are those that stand in the {where}.",)
    origin = "train"
    if missing == ["test"]:
        origin, fractions = "validation", {"test": 0.5}
    whole = given[origin]
    rows = cut(whole.labels, [fractions[name] for name in missing], seed, class_names, whole.called)
    parts = {name: whole.take(some) for name, some in zip([*missing, origin], rows, strict=True)}
    shares = " and ".join(f"{name} ({fractions[name]:.0%})" for name in missing)
    source = f"the given {origin} split" if len(given) > 1 else f"all {whole.called}"
    return given | parts, (f"Cut from {source}, class by class, with seed {seed}: {shares}.",)


def _sizes(n: int, fractions: Sequence[float]) -> list[int]:
    return [max(1, round(fraction * n)) for fraction in fractions]


def _fewest(fractions: Sequence[float]) -> int:
    return next(n for n in range(1, 10**6) if sum(_sizes(n, fractions)) < n)
