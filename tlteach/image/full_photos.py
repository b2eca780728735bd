"""The photos of the full tier: 3,000 of the Kaggle Dogs vs. Cats photos, as cats_and_dogs_filtered.zip."""

import re
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tlteach.core.errors import FetchError
from tlteach.core.fetch import PROVENANCE, fetch, unpacked_once
from tlteach.core.files import BAD_ARCHIVE, cache_folder, sha256_of
from tlteach.core.modality import File

URL = "https://storage.googleapis.com/mledu-datasets/cats_and_dogs_filtered.zip"
ARCHIVE = "cats_and_dogs_filtered.zip"
BYTES = 68_606_236
COUNTS = {"train/cat": 1000, "train/dog": 1000, "validation/cat": 500, "validation/dog": 500}
MEMBER = re.compile(r"cats_and_dogs_filtered/(train|validation)/(cat|dog)s/([\w.-]+\.jpg)")
MAX_PHOTO_BYTES = 10_000_000


def downloads() -> dict[str, list[File]]:
    """What each task of the full tier downloads."""
    return {"cats_vs_dogs_full": [File(ARCHIVE, URL, cache_folder() / "downloads" / ARCHIVE, size=BYTES)]}


def folder(say: Callable[[str], None] = print) -> Path:
    """Return the folder with train/ and validation/ of cat/ and dog/, downloading and unpacking it the first time.

    Raises FetchError when the download fails, or the archive does not hold what it should.
    """
    bring = lambda path: fetch(URL, path, size=BYTES, say=say)  # noqa: E731, one line
    return unpacked_once("cats_vs_dogs_full", ARCHIVE, bring, _unpack, 'The "bundled" tier needs no download.', say)


def _unpack(archive: Path, whole: Path) -> None:
    """Make the folder `whole` with the photos, and with the sentence on what of them was checked."""
    try:
        with zipfile.ZipFile(archive) as opened:
            _write_photos(opened, _members(opened, archive), whole)
    except BAD_ARCHIVE as error:
        raise FetchError(f"{archive} is damaged: {error}. Move it away and try again.") from error
    (whole / PROVENANCE).write_text(
        f"No sha256 of {archive.name} has been published; checked were its size ({BYTES:,} bytes) and that it "
        f"holds {_told(COUNTS)} JPEG files. Its sha256 here is {sha256_of(archive)}.\n",
        encoding="utf-8",
    )


def _members(opened: zipfile.ZipFile, archive: Path) -> dict[str, str]:
    """Return {name in the archive: path to write to} for the photos; names of any other form are not unpacked."""
    matches = [match for match in map(MEMBER.fullmatch, opened.namelist()) if match]
    if any(opened.getinfo(match[0]).file_size > MAX_PHOTO_BYTES for match in matches):
        raise FetchError(f"{archive} holds a photo of more than {MAX_PHOTO_BYTES:,} bytes, which is not ours.")
    counts = Counter(f"{match[1]}/{match[2]}" for match in matches)
    if counts != COUNTS:
        raise FetchError(f"{archive} holds {_told(counts)} photos and not {_told(COUNTS)}. Move it away and try again.")
    return {match[0]: f"{match[1]}/{match[2]}/{match[3]}" for match in matches}


def _write_photos(opened: zipfile.ZipFile, members: dict[str, str], whole: Path) -> None:
    for name, relative in members.items():
        content = opened.read(name)
        if not content.startswith(b"\xff\xd8"):
            raise FetchError(f"{name} in {opened.filename} is no JPEG file. Move the archive away and try again.")
        path = whole / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "no"
