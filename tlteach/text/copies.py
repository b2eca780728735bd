"""Copies of texts: identical ones share a fingerprint, near ones most of their runs of letters.

Which texts share many runs is found in a time that grows as their number does: by MinHash sketches, cut into bands
(Broder, 1997; Indyk and Motwani, 1998). Only texts that meet in a band are compared.
"""

import hashlib
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

import numpy as np

RUN = 6  # letters: runs of four are so common in English that long texts share many by chance
LEAST_ALIKE = 0.5
BAND, BANDS = 3, 42  # texts that share half of their runs meet in a band with a probability of 0.996
MOST_RUNS = 10_000  # of a longer text, those with the smallest hashes stand for all
_FACTORS, _SHIFTS = np.random.default_rng(0).integers(2**64, size=(2, BAND * BANDS), dtype="uint64") | np.uint64(1)
_POWERS = np.cumprod(np.full(RUN, 0x9E3779B97F4A7C15, "uint64"))


def fingerprint(text: str) -> str:
    """Return a hash of what a text says: its copies share it, whatever their case, punctuation and white space.

    Of the compatible forms of a character (NFKC) all count as one. A text of nothing but punctuation keeps it.
    """
    return hashlib.blake2b(as_bytes(_bare(text)), digest_size=16).hexdigest()


def fingerprints(texts: Iterable[str]) -> np.ndarray:
    """Return the fingerprints of texts as an array (n,) of 32 bytes each, a third of what strings take."""
    return np.fromiter(map(fingerprint, texts), dtype="S32")


def sketches(texts: Iterable[str]) -> np.ndarray:
    """Return uint32 (n, 126): texts agree in as many of these numbers as is the share of runs that both have."""
    return np.array([_sketch(text) for text in texts], "uint32").reshape(-1, BAND * BANDS)


def near_copies(sketches: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (rows, other rows, share of runs in common) of texts that are nearly the same.

    Of many near copies of one another not every pair is listed, but each of them with one that stands first.
    """
    found: dict[tuple[int, int], float] = {}
    for keys, other_keys in zip(_bands(sketches), _bands(others), strict=True):
        pairs = np.concatenate([_meet(keys, other_keys), _meet(other_keys, keys)[:, ::-1]])
        alike = np.mean(sketches[pairs[:, 0]] == others[pairs[:, 1]], axis=1)
        near = alike >= LEAST_ALIKE
        found |= zip(map(tuple, pairs[near].tolist()), alike[near].tolist(), strict=True)
    rows = np.array(sorted(found), int).reshape(-1, 2)
    return rows[:, 0], rows[:, 1], np.array([found[pair] for pair in sorted(found)])


def as_bytes(text: str) -> bytes:
    """Return a text as bytes, half of a surrogate pair included."""
    return text.encode("utf-8", "surrogatepass")


def _sketch(text: str) -> np.ndarray:
    letters = np.frombuffer(_bare(text).encode("utf-32-le", "surrogatepass") or bytes(4), "<u4").astype("uint64")
    runs = np.lib.stride_tricks.sliding_window_view(letters, min(RUN, len(letters)))
    hashes = np.unique((runs * _POWERS[: runs.shape[1]]).sum(axis=1, dtype="uint64"))[:MOST_RUNS]
    return ((hashes[:, np.newaxis] * _FACTORS + _SHIFTS) >> np.uint64(32)).min(axis=0)


def _bands(sketches: np.ndarray) -> np.ndarray:
    """One number (BANDS, n) for the three of each band."""
    bands = sketches.reshape(len(sketches), BANDS, BAND).astype("uint64") * _POWERS[:BAND]
    return bands.sum(axis=2, dtype="uint64").T


def _meet(keys: np.ndarray, other_keys: np.ndarray) -> np.ndarray:
    """Pairs (n, 2) of the first row of each key, and every other row with the same key."""
    values, first = np.unique(keys, return_index=True)
    places = np.searchsorted(values, other_keys).clip(max=len(values) - 1)
    met = np.flatnonzero(values[places] == other_keys)
    return np.stack([first[places[met]], met], axis=1)


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return plain.translate(_unsaid()) or "".join(plain.split())


@cache
def _unsaid() -> dict[int, None]:
    """Punctuation, white space, control and invisible characters; symbols, such as £ or an emoji, say something."""
    every = range(sys.maxunicode + 1)
    return dict.fromkeys(code for code in every if unicodedata.category(chr(code))[0] in "PZ" or _is_control(code))


def _is_control(code: int) -> bool:
    return unicodedata.category(chr(code)) in ("Cc", "Cf")
