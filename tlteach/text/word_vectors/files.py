"""Read word vectors from the text files that GloVe, word2vec and fastText publish, without holding the file in memory.

    vectors = load("glove.6B.50d.txt", words={"film", "funny", "dull"})

A line is a word and its numbers, with one space between them. word2vec and fastText put a line before all others: how
many words follow, and how many numbers each of them has.
"""

import gzip
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.files import BAD_ARCHIVE
from tlteach.text.word_vectors.words import WordVectors


def load(path: str | Path, words: Iterable[str] | None = None) -> WordVectors:
    """Return the vectors of those `words` that the file has; without `words`, of all that it has.

    Only what is asked for is kept: the memory does not grow with the file. Every line is checked for the number of
    its values and for its letters, the values themselves only where they are kept. Where a word stands in two lines,
    the first counts. A word may have spaces in it, as some of glove.840B have.

    Args:
        path: a text file, as it is or as .gz, or a .zip with one file in it.
        words: as they stand in the file, so lower-cased for most files.

    Raises:
        DataError: there is no such file, a line is damaged (its number is told), the file ends too early, or it has
            none of the words.
    """
    path = Path(path).expanduser()
    wanted = None if words is None else {word.encode("utf-8") for word in words}
    found: dict[bytes, np.ndarray] = {}
    with _opened(path) as file:
        for number, word, values in _lines(file, path):
            if (wanted is None or word in wanted) and word not in found:
                found[word] = _numbers(values, path, number)
    if not found:
        asked = "any word" if wanted is None else f"any of the {len(wanted):,} words that are asked for"
        raise DataError(f"{path} does not have {asked}. Most files have lower-cased words: is yours like that?")
    return WordVectors(tuple(word.decode("utf-8") for word in found), np.stack(list(found.values())))


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of the file, unpacked as they are read; what goes wrong on the way becomes a DataError."""
    try:
        if path.suffix == ".gz":
            with gzip.open(path) as file:
                yield file
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive, archive.open(_only_member(archive, path)) as file:
                yield file
        else:
            with path.open("rb") as file:
                yield file
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist. Check the path; it is looked for from {Path.cwd()}.") from error
    except (OSError, *BAD_ARCHIVE) as error:
        raise DataError(f"{path} cannot be read: {error}. Was the download interrupted? Get it again.") from error


def _only_member(archive: zipfile.ZipFile, path: Path) -> str:
    names = [name for name in archive.namelist() if not name.endswith("/")]
    if len(names) != 1:
        raise DataError(f"{path} has {len(names)} files in it: {', '.join(names)}. Unpack it, and give one of them.")
    return names[0]


def _lines(file: IO[bytes], path: Path) -> Iterator[tuple[int, bytes, list[bytes]]]:
    """Each line as its number, its word and its values, which are bytes still."""
    count = width = None
    number = seen = 0
    for number, line in enumerate(file, 1):
        line = line.rstrip(b"\r\n ")
        if number == 1 and (header := _header(line)):
            count, width = header
            continue
        width = width or line.count(b" ")
        word, *values = line.rsplit(b" ", width)
        _check(word, values, width, path, number)
        seen += 1
        yield number, word, values
    if not seen:
        raise DataError(f"{path} has no vectors in it.")
    if count is not None and seen < count:
        raise DataError(
            f"{path} ends after {seen:,} of the {count:,} words that its first line announces. Get it again."
        )


def _header(line: bytes) -> tuple[int, int] | None:
    """(words, width) where a first line is that of word2vec."""
    fields = line.split()
    return (int(fields[0]), int(fields[1])) if len(fields) == 2 and all(map(bytes.isdigit, fields)) else None


def _check(word: bytes, values: list[bytes], width: int, path: Path, number: int) -> None:
    """Raise DataError where a line has more or fewer values than the others, or a word that is no UTF-8."""
    if not word:
        raise _damaged(path, number, "it has no word at its beginning")
    if len(values) < width or width < 1:
        raise _damaged(path, number, f"values after the word: {len(values)}, where {max(width, 1)} are expected")
    *_, last = word.split(b" ")
    if last != word and _is_number(last):  # else the word is one with spaces in it
        raise _damaged(path, number, f"it has more than the {width} values that are expected")
    try:
        word.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _damaged(
            path, number, f"its word {word!r} is not in UTF-8; an editor may have saved the file in another encoding"
        ) from error


def _is_number(field: bytes) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _numbers(values: list[bytes], path: Path, number: int) -> np.ndarray:
    """The values of a line, float32 (width,)."""
    for value in values:
        if not _is_number(value) or not np.isfinite(float(value)):
            raise _damaged(path, number, f"its value {value[:20].decode(errors='replace')!r} is not a number")
    return np.array(values, "float32")


def _damaged(path: Path, number: int, what: str) -> DataError:
    return DataError(f"Line {number} of {path} is damaged: {what}. Repair or delete the line, or get the file again.")
