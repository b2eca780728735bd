"""The sounds of the full tier: the Free Spoken Digit Dataset of Zohar Jackson and others, 0 to 9 in English.

Its licence, CC BY-SA 4.0, lets everybody use and share it under the same licence, so it is fetched and never bundled.
"""

import hashlib
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from tlteach.core.errors import FetchError
from tlteach.core.fetch import PROVENANCE, fetch, unpacked_once
from tlteach.core.files import BAD_ARCHIVE, cache_folder, sha256_of
from tlteach.core.modality import File

COMMIT = "26eb9aaf76e81b692f806f9140c2d2777410d7a1"
URL = f"https://github.com/Jakobovski/free-spoken-digit-dataset/archive/{COMMIT}.zip"
ARCHIVE = "free-spoken-digit-dataset.zip"
MEMBER = re.compile(r"[\w.-]+/recordings/(\d_([a-z]+)_(\d+)\.wav)")
MOST_BYTES = 1_000_000  # of a recording
# Those 800 recordings of that commit that the authors of tlteach had: the sha256 of the lines "SHA256  NAME".
KNOWN_SPEAKERS, KNOWN_TAKES = ("george", "jackson", "nicolas", "theo"), 20
KNOWN_SHA256 = "1aa351104c0bf8f6c4d06d029cd7eb932a6d6d713d527b4736eb73b826789f03"


def downloads() -> dict[str, list[File]]:
    """What each task of the full tier downloads."""
    return {"spoken_digits": [File(ARCHIVE, URL, cache_folder() / "downloads" / ARCHIVE)]}


def folder(say: Callable[[str], None] = print) -> Path:
    """Return the folder with recordings/ in it, downloading and unpacking it the first time.

    Raises FetchError when the download fails, or the archive does not hold what it should.
    """
    bring = lambda path: fetch(URL, path, say=say)  # noqa: E731, one line
    return unpacked_once("spoken_digits", ARCHIVE, bring, _unpack, "The task spoken_words needs no download.", say)


def _unpack(archive: Path, whole: Path) -> None:
    (whole / "recordings").mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [match for match in map(MEMBER.fullmatch, opened.namelist()) if match]
            _require_all(members, opened, archive)
            for match in members:
                (whole / "recordings" / match[1]).write_bytes(opened.read(match[0]))
    except BAD_ARCHIVE as error:
        raise FetchError(f"{archive} is damaged: {error}. Move it away and try again.") from error
    _require_known(whole / "recordings", archive)
    speakers = {match[2] for match in members}
    (whole / PROVENANCE).write_text(
        f"Free Spoken Digit Dataset, Zohar Jackson and others, CC BY-SA 4.0, from {URL}. No hash of {archive.name} has "
        f"been published; checked were that each of its {len(speakers)} speakers says every digit, in {len(members):,} "
        "recordings, and that 800 of them are those of 4 speakers that were measured, byte for byte. The sha256 of the "
        f"archive here is {sha256_of(archive)}.\n",
        encoding="utf-8",
    )


def _require_all(members: list[re.Match], opened: zipfile.ZipFile, archive: Path) -> None:
    said = {(match[1][0], match[2]) for match in members}
    speakers = {speaker for _, speaker in said}
    if not {*KNOWN_SPEAKERS} <= speakers or len(said) != 10 * len(speakers):
        raise FetchError(
            f"{archive} holds {len(members):,} recordings of {len(speakers)} speakers, and not every digit by each of "
            "them. Move it away and try again."
        )
    if any(opened.getinfo(match[0]).file_size > MOST_BYTES for match in members):
        raise FetchError(f"{archive} holds a recording of more than {MOST_BYTES:,} bytes, which is not ours.")


def _require_known(recordings: Path, archive: Path) -> None:
    """Raise FetchError unless the recordings that we know are byte for byte those that we know."""
    names = [f"{d}_{who}_{take}.wav" for d in range(10) for who in KNOWN_SPEAKERS for take in range(KNOWN_TAKES)]
    absent = [name for name in names if not (recordings / name).is_file()]
    lines = "" if absent else "".join(f"{sha256_of(recordings / name)}  {name}\n" for name in names)
    if hashlib.sha256(lines.encode()).hexdigest() != KNOWN_SHA256:
        raise FetchError(f"{archive} holds other recordings than those of {COMMIT}. Move it away and try again.")
