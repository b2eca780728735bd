"""The texts of the full tier: the IMDB film reviews of Keras, and the SMS Spam Collection of UCI."""

import hashlib
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tlteach.core.errors import FetchError
from tlteach.core.fetch import fetch
from tlteach.core.files import BAD_ARCHIVE, cache_folder, write_whole
from tlteach.core.modality import File
from tlteach.text.rows import Rows

IMDB_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb.npz"
IMDB_SHA256 = "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f"
IMDB_WORDS_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb_word_index.json"
IMDB_WORDS_MD5 = "bfafd718b763782e994055a2d397834f"
IMDB_CLASSES = ("negative", "positive")

SMS_URL = "https://archive.ics.uci.edu/static/public/228/sms+spam+collection.zip"
SMS_MEMBER = "SMSSpamCollection"
SMS_SHA256 = "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d"
SMS_BYTES = 477_907


def downloads() -> dict[str, list[File]]:
    """What each task of the full tier downloads."""
    folder = cache_folder() / "downloads"

    def file(url: str, **proof: str) -> File:
        name = url.rsplit("/", 1)[-1]
        return File(name, url, folder / name, **proof)

    return {
        "imdb": [file(IMDB_URL, sha256=IMDB_SHA256), file(IMDB_WORDS_URL, md5=IMDB_WORDS_MD5)],
        "sms_spam": [file(SMS_URL)],
    }


def imdb(say: Callable[[str], None] = print) -> Rows:
    """Return the film reviews of keras.datasets.imdb, turned back into words, with their train and test splits.

    The words are in lower case and without punctuation, as Keras has them. They are downloaded once (19 MB); the hashes
    are those that Keras gives. Raises FetchError when they cannot be had.
    """
    files = downloads()["imdb"]
    numbers, index = (fetch(file.url, file.here, sha256=file.sha256, md5=file.md5, say=say) for file in files)
    words = {number: word for word, number in json.loads(index.read_bytes()).items()}
    rows = Rows(has_splits=True)
    try:
        # The arrays hold Python lists, which numpy unpickles: safe only because the sha256 above is that of Keras.
        with np.load(numbers, allow_pickle=True) as arrays:
            for split in ("train", "test"):
                for row, label in zip(arrays[f"x_{split}"], arrays[f"y_{split}"], strict=True):
                    rows.add(len(rows), " ".join(words[number] for number in row), IMDB_CLASSES[label], split)
    except (OSError, ValueError, KeyError, IndexError, pickle.UnpicklingError) as error:
        raise FetchError(f"{numbers} does not hold the reviews: {error!r}. Move it away and try again.") from error
    return rows


def sms_file(say: Callable[[str], None] = print) -> Path:
    """Return the file SMSSpamCollection, label and text with a tab between them, downloaded the first time (0.2 MB).

    Raises FetchError when it cannot be had, or is not the one that UCI published.
    """
    path = cache_folder() / "sms_spam" / SMS_MEMBER
    if not path.exists():
        archive = fetch(SMS_URL, cache_folder() / "downloads" / SMS_URL.rsplit("/", 1)[-1], say=say)
        content = _member(archive)
        write_whole(path, lambda part: part.write_bytes(content))
    return path


def _member(archive: Path) -> bytes:
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(SMS_MEMBER) as file:
            content = file.read(SMS_BYTES + 1)
    except (*BAD_ARCHIVE, KeyError) as error:
        raise FetchError(f"{archive} is damaged or another one: {error}. Move it away and try again.") from error
    found = hashlib.sha256(content).hexdigest()
    if found != SMS_SHA256:
        raise FetchError(
            f"{SMS_MEMBER} in {archive} has the sha256 {found} and not {SMS_SHA256}. Move the archive away, try again."
        )
    return content
