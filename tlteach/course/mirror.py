"""A mirror for a class: everything that the full tier downloads, in one folder, so that thirty people need not.

Students set TLTEACH_MIRROR to that folder, or to an address that serves it, and tlteach takes every file from there.
"""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from tlteach.core.errors import DataError, FetchError
from tlteach.core.fetch import SUMS, AbsentError, check, fetch, read_sums
from tlteach.core.files import sha256_of, write_whole
from tlteach.core.modality import File
from tlteach.sources import source_by_name
from tlteach.tasks import ROOMS


def make(folder: Path, only: Sequence[str] = (), say: Callable[[str], None] = print) -> None:
    """Bring every file of the full tier, or those of the tasks and sources `only`, into `folder`; write SHA256SUMS.

    Files that are there and whole stay; files that lie elsewhere on this disk, and can be proved whole, are copied; the
    rest is downloaded. One that fails does not stop the others, and the next call goes on from there.

    Raises SourceError for an unknown name, DataError where nothing can be written, FetchError where files failed.
    """
    wanted = [(file, files) for files in downloads(only).values() for file in files]
    folder = Path(folder).expanduser()
    sums, failed, sizes = read_sums(folder / SUMS), {}, []
    for number, (file, files) in enumerate(wanted, 1):
        path, where = folder / file.name, f"[{number}/{len(wanted)}] {file.name}"
        try:
            how = _bring(file, files, path, sums.get(file.name), say)
            sums[file.name] = sha256_of(path)
            _write_sums(folder, sums)
        except FetchError as error:
            if not file.needed and isinstance(error, AbsentError):
                say(f"{where}  not published, and not needed")
                continue
            failed[file.name] = str(error)
            say(f"{where}  failed")
        else:
            sizes.append(path.stat().st_size)
            say(f"{where}  {how}, {sizes[-1] / 1e6:.1f} MB")
    count = len(sizes) + len(failed)
    say(f"{len(sizes)} of {count} downloads are whole in {folder}, {sum(sizes) / 1e6:,.0f} MB.")
    if failed:
        reasons = "\n".join(f"  {name}: {reason}" for name, reason in failed.items())
        raise FetchError(f"{len(failed)} of {count} downloads failed; run the same command again.\n{reasons}")


def downloads(only: Sequence[str] = ()) -> dict[str, list[File]]:
    """The files of each task and source of the full tier, or of those called `only`. Raises SourceError, FetchError."""
    tasks = {name: files for room in ROOMS.values() for name, files in room.downloads().items()}
    if not only:
        return tasks | {card.name: card.files() for room in ROOMS.values() for card in room.SOURCES.values()}
    cards = [source_by_name(name) for name in only if name not in tasks]
    chosen = {name: tasks[name] for name in only if name in tasks} | {card.name: card.files() for card in cards}
    if installed := [name for name, files in chosen.items() if not files]:
        raise FetchError(f"{', '.join(installed)} is installed with tlteach and needs no mirror. Leave it out.")
    return chosen


def _bring(file: File, files: list[File], path: Path, recorded: str | None, say: Callable[[str], None]) -> str:
    """Have `file`, one of `files`, at `path`; return in a word how it came. Raises FetchError, also for OS errors."""
    try:
        if path.exists():
            check(path, file.size, file.sha256, file.md5)
            check(path, sha256=recorded)
            return "there already"
        if _can_be_copied(file, files):
            write_whole(path, lambda part: shutil.copyfile(file.here, part))
            return f"copied from {file.here.parent}"
        proof = {"size": file.size, "sha256": file.sha256, "md5": file.md5}
        fetch(file.url, path, **proof, say=lambda text: say(f"  {text}"), mirrored_as=file.name)
        return "downloaded"
    except OSError as error:
        raise FetchError(f"{path}: {error.strerror or error}") from error


def _can_be_copied(file: File, files: list[File]) -> bool:
    """Whether it lies on this disk as published; without a proof of its own, beside one of `files` that has one."""
    if file.size or file.sha256 or file.md5:
        return _is_proved(file)
    beside = (other for other in files if other.here.parent == file.here.parent)
    return file.here.is_file() and any(map(_is_proved, beside))


def _is_proved(file: File) -> bool:
    """Whether what lies on this disk is, to the byte or at least in size, the file that was published."""
    try:
        check(file.here, file.size, file.sha256, file.md5)
    except (FetchError, OSError):
        return False
    return bool(file.size or file.sha256 or file.md5)


def _write_sums(folder: Path, sums: dict[str, str]) -> None:
    """Write what `sha256sum -c SHA256SUMS` reads."""
    text = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    try:
        write_whole(folder / SUMS, lambda part: part.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{folder / SUMS} cannot be written: {error.strerror}.") from error
