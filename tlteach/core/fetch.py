"""Downloads of the full tier: resumable, checked, with a progress bar and an offline mirror for a class."""

import hashlib
import http.client
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from tqdm import tqdm

from tlteach.core.errors import DataError, FetchError
from tlteach.core.files import cache_folder, write_whole

ATTEMPTS = 3
CHUNK = 1 << 20
TIMEOUT = 30  # seconds without a byte, or with too few
SLOWEST = 1000  # bytes a second
PROVENANCE = "PROVENANCE.txt"  # in a folder that was unpacked: what of it was checked
SUMS = "SHA256SUMS"  # in a mirror: what `sha256sum -c` reads


class AbsentError(FetchError):
    """The server or the mirror answers that it has no such file."""


def fetch(
    url: str,
    path: Path,
    size: int | None = None,
    sha256: str | None = None,
    md5: str | None = None,
    say: Callable[[str], None] = print,
    mirrored_as: str | None = None,
) -> Path:
    """Return `path`, downloading it from `url` first if it is not there.

    `size` (bytes), `sha256` and `md5` (hex) are checked, also for a file that is there already. What was cut off is
    continued in the same call, and in the next one if one of the three can prove the whole. With TLTEACH_MIRROR set
    (a folder or an address), the file called `mirrored_as`, or else as `path` is, is taken from there and the network
    is left alone. Raises FetchError, which says how to get the file by hand; AbsentError where there is no such file.
    """
    path = Path(path)
    proof = (size, sha256, md5)
    try:
        if path.exists():
            check(path, *proof)
        else:
            _bring(url, path, proof, say, mirrored_as or path.name)
    except OSError as error:  # of this disk: those of the network are told where they come up
        raise FetchError(
            f"{path.name} cannot be put at {path}: {error}. Name another folder: for downloads, in TLTEACH_HOME."
        ) from error
    return path


def _bring(url: str, path: Path, proof: tuple, say: Callable[[str], None], mirrored_as: str) -> None:
    size = proof[0]
    part = path.with_name(path.name + ".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    mirror = os.environ.get("TLTEACH_MIRROR", "")
    if mirror and "://" not in mirror:
        _copy(Path(mirror).expanduser() / mirrored_as, part)
    else:
        address = f"{mirror.rstrip('/')}/{mirrored_as}" if mirror else url
        say(f"downloading {address} to {path}" + (f" ({size / 1e6:.1f} MB)" if size else ""))
        if not any(proof):
            part.unlink(missing_ok=True)
        _download(address, part, size, _by_hand(url, path, mirrored_as))
    try:
        check(part, *proof)
    except FetchError:
        part.unlink()
        raise
    os.replace(part, path)


def unpacked_once(
    name: str, archive: str, bring: Callable, unpack: Callable, otherwise: str, say: Callable[[str], None]
) -> Path:
    """Return the folder `name` of the cache, bringing its archive and unpacking it the first time.

    `bring(path)` fetches the archive; `unpack(path, folder)` fills the folder, and writes PROVENANCE into it.
    `otherwise`: what to do without it. Raises FetchError when the archive cannot be had, or is not what it should be.
    """
    target = cache_folder() / name
    if not target.is_dir():
        path = cache_folder() / "downloads" / archive
        try:
            bring(path)
        except FetchError as error:
            raise FetchError(f"{error} {otherwise}") from error
        write_whole(target, lambda part: unpack(path, part))
        say(provenance(target))
    return target


def provenance(folder: Path) -> str:
    """Return the sentence, written when an archive was unpacked, on where it is from and what of it was checked."""
    return (folder / PROVENANCE).read_text(encoding="utf-8").strip()


def check(path: Path, size: int | None = None, sha256: str | None = None, md5: str | None = None) -> None:
    """Raise FetchError unless the file has this size in bytes, this sha256 and this md5, where they are given."""
    found = path.stat().st_size
    if size and found != size:
        raise FetchError(f"{path} has {found:,} bytes and not {size:,}. {_cure(path)}")
    for kind, expected in (("sha256", sha256), ("md5", md5)):
        if expected:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, kind).hexdigest()
            if digest != expected:
                raise FetchError(f"{path} has the {kind} {digest} and not {expected}. {_cure(path)}")


def read_sums(path: Path) -> dict[str, str]:
    """Return {name of a file: sha256} from what sha256sum wrote; empty without the file. Raises DataError."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    return {name: sha256 for sha256, name in re.findall(r"^([0-9a-f]{64}) [ *](.+)$", text, re.MULTILINE)}


def _cure(path: Path) -> str:
    if path.suffix == ".part":
        return "What came is not the expected file and was not kept: try again, or use another mirror."
    return "Move the file away and try again."


def _by_hand(url: str, path: Path, mirrored_as: str) -> str:
    return (
        f"Try again when online; or download {url} elsewhere and put it at {path}; "
        f"or set TLTEACH_MIRROR to a folder or an address that holds {mirrored_as}."
    )


def _copy(source: Path, part: Path) -> None:
    if not source.is_file():
        raise AbsentError(f"The mirror has no {source}. Put the file there, or unset TLTEACH_MIRROR.")
    _require_space(part, source.stat().st_size)
    try:
        shutil.copyfile(source, part)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _download(address: str, part: Path, size: int | None, by_hand: str) -> None:
    for _ in range(ATTEMPTS):
        try:
            if _continue(address, part, size):
                return
            problem = "the connection was cut"
        except urllib.error.HTTPError as error:
            error.close()
            problem = f"the server answers {error.code} {error.reason}"
            if error.code == 416:  # what is there cannot be continued: start clean
                part.unlink()
            elif error.code < 500:
                kind = AbsentError if error.code == 404 else FetchError
                raise kind(f"{address}: {problem}. {by_hand}") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            problem = getattr(error, "reason", None) or error
    raise FetchError(f"{address} could not be downloaded in {ATTEMPTS} attempts: {problem}. {by_hand}")


def _continue(address: str, part: Path, size: int | None) -> bool:
    """Download what is missing of the .part file, or all where the server cannot continue; tell if it is whole."""
    have = part.stat().st_size if part.exists() else 0
    if size and have >= size:
        return True
    request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        continued = answer.status == 206
        have = have if continued else 0
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else size
        _require_space(part, (total or 0) - have)
        most = size or shutil.disk_usage(part.parent).free // 2
        bar = tqdm(total=total, initial=have, unit="B", unit_scale=True, desc=part.stem, disable=None)
        with open(part, "ab" if continued else "wb") as file, bar:
            for chunk in _chunks(answer):
                file.write(chunk)
                bar.update(len(chunk))
                if file.tell() > most:
                    break
    if part.stat().st_size > most:
        part.unlink()
        raise FetchError(f"{address} sends more than {most:,} bytes. What came was not kept: ask who runs it.")
    return total is None or part.stat().st_size >= total


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    """What comes, as it comes. Raises TimeoutError where it is too little to ever come to an end."""
    began, came = time.monotonic(), 0
    while chunk := answer.read1(CHUNK):
        yield chunk
        came += len(chunk)
        if (seconds := time.monotonic() - began) > TIMEOUT:
            if came < SLOWEST * seconds:
                raise TimeoutError(f"fewer than {SLOWEST:,} bytes a second came")
            began, came = time.monotonic(), 0


def _require_space(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise FetchError(
            f"{part.parent} has {free / 1e6:.0f} MB free and {needed / 1e6:.0f} MB are needed. "
            "Free some space, or set TLTEACH_HOME to a folder on another disk."
        )
