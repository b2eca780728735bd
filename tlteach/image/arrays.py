"""Pictures and labels in memory: what arrays can be learned from, and what is wrong with the others."""

from collections.abc import Sequence

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.splits import as_labels
from tlteach.image.splits import Split


def split_of_arrays(inputs: np.ndarray, labels: np.ndarray, class_names: Sequence[str], where: str) -> Split:
    """Return a split of pictures in memory; `where` says in messages which split it is. Raises DataError."""
    pictures = _as_pictures(inputs, where)
    return Split(pictures, as_labels(labels, len(pictures), class_names, where), len(class_names))


def _as_pictures(inputs: np.ndarray, where: str) -> np.ndarray:
    try:
        pictures = np.asarray(inputs)
    except ValueError as error:
        raise DataError(f"The pictures{where} do not all have the same shape. Bring them to one size first.") from error
    if pictures.ndim == 3:
        pictures = pictures[..., np.newaxis]
    if pictures.ndim != 4 or pictures.shape[-1] not in (1, 3) or 0 in pictures.shape:
        raise DataError(
            f"The inputs{where} have the shape {np.shape(inputs)}; "
            "expected (n, height, width, 3), or grey pictures as (n, height, width)."
        )
    pictures = _as_bytes(pictures, where)
    return np.repeat(pictures, 3, axis=-1) if pictures.shape[-1] == 1 else pictures


def _scaled(pictures: np.ndarray) -> str:
    """How to undo it, where pixels were scaled to 0..1 or -1..1; "" where they were not.

    A resize may have led a few of them over the edge. Dark pictures of whole numbers are not meant.
    """
    over, high = np.count_nonzero(pictures > 1.1), pictures.max()
    if high <= 0 or over > 0.001 * np.count_nonzero(pictures):
        return ""
    if high > 1 and np.array_equal(pictures, np.rint(pictures)):
        return ""
    if pictures.min() < -0.5:
        return "They were scaled to -1..1: take np.clip((inputs + 1) * 127.5, 0, 255)"
    return "Multiply them by 255: take np.clip(inputs * 255, 0, 255)"


def _as_bytes(pictures: np.ndarray, where: str) -> np.ndarray:
    if pictures.dtype == np.uint8:
        return pictures
    if pictures.dtype.kind not in "iuf":
        raise DataError(f"The inputs{where} are of the type {pictures.dtype}; expected uint8 or numbers in 0..255.")
    low, high = pictures.min(), pictures.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        row = int(np.flatnonzero(~np.isfinite(pictures).all(axis=(1, 2, 3)))[0])
        raise DataError(f"The inputs{where} hold NaN or infinite values, first in picture {row}. Repair or drop it.")
    if pictures.dtype.kind == "f" and (cure := _scaled(pictures)):
        raise DataError(f"The inputs{where} range from {low:g} to {high:g}, and pixels are in 0..255. {cure}.")
    if low < 0 or high > 255:
        cure = "Cut off what is over: np.clip(inputs, 0, 255)" if low > -25 and high < 280 else "See what they are"
        raise DataError(f"The inputs{where} range from {low:g} to {high:g}; expected pixels in 0..255. {cure}.")
    return np.rint(pictures).astype("uint8")
