"""Files: where ours lie, what they hash to, and how to write one whole or not at all."""

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tlteach.core.errors import DataError, FetchError

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None

# What zipfile raises for an archive that is damaged, encrypted, or packed in a way that it does not know.
BAD_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


def cache_folder() -> Path:
    """Return the folder that downloads go to: TLTEACH_HOME, or .tlteach in the home folder."""
    return Path(os.environ.get("TLTEACH_HOME") or "~/.tlteach").expanduser()


def bundled(relative: str) -> Path:
    """Return the path of a bundled file or folder, such as "cats_vs_dogs". Raises FetchError when it is not there."""
    return _beside_the_package("datasets", relative)


def bundled_file(relative: str) -> Path | None:
    """Return the path of a bundled file, or None where it has not been made yet."""
    try:
        return bundled(relative)
    except FetchError:
        return None


def notebooks() -> Path:
    """Return the folder of the notebooks. Raises FetchError when it is not there."""
    return _beside_the_package("notebooks")


def _beside_the_package(folder: str, relative: str = "") -> Path:
    """Find it in the repository, or in the package itself, where a wheel brings it along."""
    package = Path(__file__).resolve().parents[1]
    places = [package.parent / folder / relative, package / f"_{folder}" / relative]
    for place in places:
        if place.exists():
            return place
    raise FetchError(
        f"The bundled {relative or folder!r} is missing; looked for {places[0]} and {places[1]}. "
        "Install tlteach again, or use it from a full clone of its repository."
    )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` make a file or folder beside `path`, and move it there when it is complete; parents are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as workshop:
        part = Path(workshop) / path.name
        write(part)
        os.replace(part, path)


@contextmanager
def written_together(folder: Path) -> Iterator[Path]:
    """A workshop in `folder`, which is made: all that was put there is moved to `folder` in the end, or nothing is.

    What has the same name is replaced, and nothing else in `folder` touched.
    """
    was_there = folder.is_dir()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as workshop:
            new, old = Path(workshop) / "new", Path(workshop) / "old"
            new.mkdir()
            old.mkdir()
            yield new
            for part in sorted(new.iterdir()):
                if (folder / part.name).is_dir():  # a folder cannot be replaced where it stands
                    os.replace(folder / part.name, old / part.name)
                os.replace(part, folder / part.name)
    except BaseException:
        with suppress(OSError):
            if not was_there:
                folder.rmdir()
        raise


def made_folder(path: str | Path) -> Path:
    """Return the folder at `path`, made where it is not there. Raises DataError where nothing can be written to it."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise DataError(f"The folder {path} cannot be made or written to: {error}. Choose another one.") from error
    return path


def new_folder(name: str) -> Path:
    """Make the first of runs/NAME-1, runs/NAME-2, ... that is not there: no other run can have taken it as well."""
    runs = made_folder("runs")
    for number in count(1):
        with suppress(FileExistsError):
            folder = runs / f"{name}-{number}"
            folder.mkdir()
            return folder


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other runs out of `folder` until the end, also where a killed process is the end.

    Raises DataError where another run is in it. Windows cannot lock a folder: there, nobody is kept out.
    """
    if fcntl is None:
        yield
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        _lock(opened, folder)
        yield
    finally:
        os.close(opened)


def _lock(opened: int, folder: Path) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise DataError(f"Another run writes to {folder}. Wait for its end, or choose another folder.") from error
    except OSError:  # a network disk that has no locks
        return


def write_json(path: Path, values: dict) -> None:
    """Write plain values as JSON, whole or not at all."""
    text = json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    # The name of a file can hold what UTF-8 has no bytes for; as \udcff, json.loads gives it back.
    write_whole(path, lambda part: part.write_text(text, encoding="utf-8", errors="backslashreplace"))


def write_source(folder: Path, base, card: dict) -> dict:
    """Write weights and card of a source, named by card["name"], into a folder; returns the card with their hash."""
    weights = folder / f"{card['name']}.weights.h5"
    write_whole(weights, base.save_weights)
    card = {**card, "sha256": sha256_of(weights), "bytes": weights.stat().st_size}
    write_json(folder / f"{card['name']}.json", card)
    return card


def digest_of(*pieces: str | bytes) -> str:
    """The hash of the pieces, in hex; where one ends and the next begins counts."""
    found = hashlib.blake2b(digest_size=16)
    for piece in pieces:
        piece = piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece  # names can hold no letters
        found.update(len(piece).to_bytes(8, "big"))
        found.update(piece)
    return found.hexdigest()


def first_line(error: Exception) -> str:
    """What an error says, in one line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
