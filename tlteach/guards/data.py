"""The proofs about data: what goes into the network is what it was trained on, and no answer leaks.

Like those in weights.py, every guard returns a sentence that says what it proved, or raises a GuardError that names
the cure, and works on plain Keras models and on tf.data pipelines that you built by hand.
"""

import hashlib
from collections.abc import Iterable

import keras
import numpy as np

from tlteach.core.errors import GuardError


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


def _inputs(batch) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(batch[0] if isinstance(batch, (tuple, list)) else batch))


def _hash(row: np.ndarray) -> str:
    return hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=16).hexdigest()


def augmentation_varies(batches: Iterable) -> str:
    """Prove that augmented inputs differ from epoch to epoch, by reading `batches` twice.

    Args:
        batches: what `fit` reads: a tf.data.Dataset, a PyDataset, any iterable of batches that can be read again.

    Raises:
        GuardError: the second epoch holds the very inputs of the first.
    """
    first = {_hash(row) for batch in _batches(batches) for row in _inputs(batch)}
    if hasattr(batches, "on_epoch_end"):
        batches.on_epoch_end()
    second = {_hash(row) for batch in _batches(batches) for row in _inputs(batch)}
    if first and second <= first:
        raise GuardError(
            f"The augmentation does nothing new: all {len(second)} inputs of the second epoch are the very ones of the "
            "first. Put cache() before the augmentation, not after it, and see that the augmentation runs "
            "with training=True."
        )
    return "augmented inputs differ from epoch to epoch"
