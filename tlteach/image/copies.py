"""What a picture looks like, in 256 bits, and which pictures look nearly the same: mirrored, saved again, resized.

The bits are the signs, around their median, of the 16 x 16 lowest waves of the cosine transform (Zauner, 2010;
imagehash.phash). A mirror turns the sign of every second column of waves, so a mirrored copy needs no hash of its own.
"""

import numpy as np
from PIL import Image

SIDE = 16
BITS = SIDE * SIDE
# Of 4.5 million pairs of real photos the most alike that are no copies share 0.68 (benchmarks/near_copies.py).
LEAST_ALIKE = 0.8
PIECE = 256  # rows that are compared at a time


def look(picture: Image.Image) -> bytes:
    """Return the 256 bits of an RGB picture, as 32 bytes."""
    import imagehash

    small = picture.resize((4 * SIDE, 4 * SIDE), Image.Resampling.BILINEAR, reducing_gap=1.0).convert("L")
    return np.packbits(imagehash.phash(small, SIDE).hash).tobytes()


def near_copies(looks: list[bytes], others: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (rows, other rows, share of equal bits) of all pictures that look nearly the same, mirrored or not."""
    even, odd = _signs(looks)
    other_even, other_odd = _signs(others)
    found = []
    for start in range(0, len(looks), PIECE):
        piece = slice(start, start + PIECE)
        agreement = even[piece] @ other_even.T + np.abs(odd[piece] @ other_odd.T)
        alike = 0.5 + agreement / (2 * BITS)
        rows, other_rows = np.nonzero(alike >= LEAST_ALIKE)
        found.append((start + rows, other_rows, alike[rows, other_rows]))
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))


def _signs(looks: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The bits as -1 and 1, of even and of odd columns, each (n, 128); 0 for a picture of one flat colour."""
    bits = np.unpackbits(np.frombuffer(b"".join(looks), "uint8")).reshape(-1, SIDE, SIDE)
    signs = bits.astype("float32") * 2 - 1
    signs[bits.sum(axis=(1, 2)) < BITS / 4] = 0
    return signs[:, :, ::2].reshape(-1, BITS // 2), signs[:, :, 1::2].reshape(-1, BITS // 2)
