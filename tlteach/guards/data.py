"""The proofs about data: what goes into the network is what it was trained on, and no answer leaks.

Like those in weights.py, every guard returns a sentence that says what it proved, or raises a GuardError that names
the cure, and works on plain Keras models and on tf.data pipelines that you built by hand.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.core.groups import shared
from tlteach.core.journal import some
from tlteach.core.modality import Split
from tlteach.engine.features import EPOCHS
from tlteach.engine.graph import flatten, lookup

SCALE = 8  # how many times as large, or as small, augmented pixels may be


def no_leak(**splits: Iterable) -> str:
    """Prove that no identical input stands in two splits: `no_leak(train=..., validation=..., test=...)`.

    Args:
        splits: each a tlteach Split, an array of inputs, or any iterable of batches such as a tf.data.Dataset
            (of inputs or of (inputs, labels) pairs). A dataset is read the way training would read it, so one that
            is reshuffled each time before it is cut is found out.

    Raises:
        GuardError: the same input was read from two splits.
    """
    seen = {name: set(_fingerprints(split)) for name, split in splits.items()}
    names = list(seen)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if both := seen[one] & seen[other]:
                raise GuardError(
                    f"{len(both)} of the {len(seen[other])} inputs of {other} stand in {one} too, so its accuracy "
                    "would be a lie. Cut the splits once and keep them, as tl.tasks.from_folder and from_csv do. With "
                    "tf.data, shuffle before you cut, with reshuffle_each_iteration=False, or not at all."
                )
    return "no identical input stands in two splits"


def groups_apart(**splits: Split) -> str:
    """Say whether a group of inputs that belong together, as all sounds of a speaker do, stands in two splits.

    That is told and not refused: see tlteach/core/groups.py. "" where no groups are known.
    """
    known = all(getattr(split, "groups", None) is not None for split in splits.values())
    return shared(**splits) or (f"no {next(iter(splits.values())).group} stands in two splits" if known else "")


def _fingerprints(split: Iterable) -> Iterable[str]:
    if hasattr(split, "fingerprints"):
        return split.fingerprints()
    if isinstance(split, np.ndarray):
        return [_hash(row) for row in split]
    return [_hash(row) for batch in _batches(split) for row in _inputs(batch)]


def _batches(batches: Iterable) -> Iterable:
    """One epoch of `batches`; a PyDataset has a length and items but no end."""
    if isinstance(batches, keras.utils.PyDataset):
        return (batches[i] for i in range(len(batches)))
    return batches


def _epochs(batches: Iterable) -> Iterator[list[np.ndarray]]:
    """The inputs of so many epochs of `batches`, augmented anew in each."""
    for _ in range(EPOCHS):
        yield [row for batch in _batches(batches) for row in _inputs(batch)]
        if hasattr(batches, "on_epoch_end"):
            batches.on_epoch_end()


def _inputs(batch) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(batch[0] if isinstance(batch, (tuple, list)) else batch))


def _hash(row: np.ndarray) -> str:
    return hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).hexdigest()


def every_class(class_names: Sequence[str], **splits: Split) -> str:
    """Prove that every split has inputs of every class.

    Raises:
        GuardError: a class is missing, so that nothing can be learned of it, or its accuracy says nothing of it.
    """
    for name, split in splits.items():
        if missing := [c for c, count in zip(class_names, split.class_counts, strict=True) if not count]:
            raise GuardError(
                f"The {name} split has none of the {split.called} of {some(missing)}. Cut the splits class by class, "
                "as tl.tasks.from_folder and from_csv do, or make a task without this class."
            )
    return "every split has every class"


def augmentation_varies(batches: Iterable, inputs: np.ndarray | None = None, model: keras.Model | None = None) -> str:
    """Prove that augmented inputs differ from epoch to epoch, by reading `batches` until they do.

    Args:
        batches: what `fit` reads: a tf.data.Dataset, a PyDataset, any iterable of batches that can be read again.
        inputs: what was augmented, pixels (uint8, from 0 to 255) or token ids, and `model`: what it goes into. With
            them it is proved too that the numbers stay of that size.

    Raises:
        GuardError: many epochs hold the very inputs of the first. Or augmented pixels are far smaller or larger than
            pixels, or the embedding of `model` has no row for a token id.
    """
    first = None
    for rows in _epochs(batches):
        if inputs is not None and inputs.dtype.kind in "iu":
            _require_range(rows, inputs, model)
        found = {_hash(row) for row in rows}
        first = found if first is None else first
        if not found or not found <= first:
            return "augmented inputs differ from epoch to epoch"
    raise GuardError(
        f"The augmentation does nothing new: in {EPOCHS} epochs, all {len(first)} inputs are the very ones of the "
        "first. Put cache() before the augmentation, not after it, and see that the augmentation runs "
        "with training=True."
    )


def _require_range(rows: list[np.ndarray], inputs: np.ndarray, model: keras.Model) -> None:
    low, high = min(row.min() for row in rows), max(row.max() for row in rows)
    if inputs.dtype == np.uint8:
        _require_pixels(low, high, inputs)
    elif (found := lookup(flatten(model))) and not 0 <= low <= high < found.operation.input_dim:
        raise GuardError(
            f"Augmented token ids go from {low} to {high}, and the embedding {found.operation.name} has rows for 0 "
            f"to {found.operation.input_dim - 1}. Let augment= return token ids of the model's own tokenizer."
        )


def _require_pixels(low: float, high: float, pixels: np.ndarray) -> None:
    if not pixels.max() / SCALE <= max(abs(low), abs(high)) <= 255 * SCALE:
        raise GuardError(
            f"Augmented pixels span {low:.3g} to {high:.3g}, the pictures {pixels.min()} to {pixels.max()}. Let "
            "augment= keep to pixels from 0 to 255: with value_range=(0, 255) where a layer takes one, and without "
            "scaling, which the base does."
        )
