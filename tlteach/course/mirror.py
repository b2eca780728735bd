"""A mirror for a class: everything that the full tier downloads, in one folder, so that thirty people need not.

Students set TLTEACH_MIRROR to that folder, or to an address that serves it, and tlteach takes every file from there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from tlteach import sources
from tlteach.core.errors import DataError, FetchError
from tlteach.core.fetch import SUMS, check, fetch, read_sums
from tlteach.core.files import cache_folder, sha256_of
from tlteach.image import full_photos
from tlteach.image.cards import COPY
from tlteach.text import full_texts
from tlteach.text.sources import NEEDED, TEXT_SOURCES, WEIGHTS, WELCOME, TextSource, download, weights_folder


@dataclass(frozen=True)
class Item:
    """One file of the full tier: who needs it, where it comes from, where it may lie already, what proves it whole."""

    name: str
    url: str
    here: Path | None
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None

    @property
    def file(self) -> str:
        """The name of the file in the mirror."""
        return self.url.rsplit("/", 1)[-1]


def make(folder: Path, only: Sequence[str] = (), say: Callable[[str], None] = print) -> None:
    """Bring every file of the full tier, or those of the tasks and sources `only`, into `folder`; write SHA256SUMS.

    Files that are there and whole stay; files that lie elsewhere on this disk, and can be proved whole, are copied; the
    rest is downloaded. One that fails does not stop the others, and the next call goes on from there.

    Raises SourceError for an unknown name, DataError where nothing can be written, FetchError where files failed.
    """
    wanted = items(only)
    folder = Path(folder).expanduser()
    sums, failed, total = read_sums(folder / SUMS), {}, 0
    for number, item in enumerate(wanted, 1):
        bring, name = (_bring, item.file) if isinstance(item, Item) else (_bring_encoder, item.name)
        where = f"[{number}/{len(wanted)}] {name}"
        try:
            paths, how = bring(item, folder, sums, say)
            sums |= {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}
            _write_sums(folder, sums)
        except FetchError as error:
            failed[item.name] = str(error)
            say(f"{where}  failed")
        else:
            size = sum(path.stat().st_size for path in paths)
            total += size
            say(f"{where}  {how}, {size / 1e6:.1f} MB")
    say(f"{len(wanted) - len(failed)} of {len(wanted)} downloads are whole in {folder}, {total / 1e6:,.0f} MB.")
    if failed:
        reasons = "\n".join(f"  {name}: {reason}" for name, reason in failed.items())
        raise FetchError(f"{len(failed)} of {len(wanted)} downloads failed; run the same command again.\n{reasons}")


def items(only: Sequence[str] = ()) -> list[Item | TextSource]:
    """The files of the full tier, or those that the tasks and sources called `only` need. Raises SourceError.

    A source of texts stands for the folder of its files.
    """
    tasks = _of_tasks()
    full = {source.name: _weights(source) for source in sources.SOURCES.values() if source.tier == "full"}
    full |= TEXT_SOURCES
    if not only:
        return [*chain(*tasks.values()), *full.values()]
    cards = {name: sources.source_by_name(name) for name in only if name not in tasks}
    if installed := [card.name for card in cards.values() if card.name not in full]:
        raise FetchError(f"{', '.join(installed)} is installed with tlteach and needs no mirror. Leave it out.")
    chosen = [tasks[name] if name in tasks else [full[cards[name].name]] for name in only]
    return list(dict.fromkeys(chain(*chosen)))


def _of_tasks() -> dict[str, list[Item]]:
    """The files of each task of the full tier."""

    def item(name: str, url: str, **proof) -> Item:
        return Item(name, url, cache_folder() / "downloads" / url.rsplit("/", 1)[-1], **proof)

    return {
        "cats_vs_dogs_full": [item("cats_vs_dogs_full", full_photos.URL, size=full_photos.BYTES)],
        "imdb": [
            item("imdb", full_texts.IMDB_URL, sha256=full_texts.IMDB_SHA256),
            item("imdb", full_texts.IMDB_WORDS_URL, md5=full_texts.IMDB_WORDS_MD5),
        ],
        "sms_spam": [item("sms_spam", full_texts.SMS_URL)],
    }


def _weights(source: sources.Source) -> Item:
    published = None if source.sha256_stated_by == COPY else source.sha256
    url = f"{source.weights_url}{source.weights_file}"
    return Item(source.name, url, sources.weights_path(source), sha256=published, md5=source.weights_md5)


def _bring(item: Item, folder: Path, sums: dict[str, str], say: Callable[[str], None]) -> tuple[list[Path], str]:
    """The file of `item` in `folder`, and in a word how it came there. Raises FetchError, also for OS errors."""
    path = folder / item.file
    try:
        if path.exists():
            _check(path, item)
            check(path, sha256=sums.get(item.file))
            return [path], "there already"
        folder.mkdir(parents=True, exist_ok=True)
        if item.here and _is_proved_whole(item.here, item):
            _copy(item.here, path)
            return [path], f"copied from {item.here.parent}"
        fetch(item.url, path, size=item.size, sha256=item.sha256, say=lambda text: say(f"  {text}"))
        _require_md5(path, item)
        return [path], "downloaded"
    except OSError as error:
        raise FetchError(f"{path}: {error.strerror or error}") from error


def _bring_encoder(
    source: TextSource, folder: Path, sums: dict[str, str], say: Callable[[str], None]
) -> tuple[list[Path], str]:
    """The files of `source` in a folder of its own, and in a word how they came there. Raises FetchError, see _bring.

    The hub's library shows its own progress, so there is nothing to `say`.
    """
    folder, how = folder / source.name, "there already"
    try:
        if not all((folder / name).is_file() for name in NEEDED):
            if here := weights_folder(source):
                check(here / WEIGHTS, sha256=source.sha256)
                folder.mkdir(parents=True, exist_ok=True)
                for path in _files_of(here):
                    _copy(path, folder / path.name)
                how = f"copied from {here}"
            else:
                download(source, folder)
                shutil.rmtree(folder / ".cache", ignore_errors=True)  # what the hub's library notes down for itself
                how = "downloaded"
        paths = _files_of(folder)
        for path in paths:
            check(path, sha256=sums.get(f"{source.name}/{path.name}"))
        check(folder / WEIGHTS, sha256=source.sha256)
    except OSError as error:
        raise FetchError(f"{folder}: {error.strerror or error}") from error
    return paths, how


def _files_of(folder: Path) -> list[Path]:
    return [folder / name for name in (*NEEDED, *WELCOME) if (folder / name).is_file()]


def _require_md5(path: Path, item: Item) -> None:
    try:
        _check(path, item)
    except FetchError:
        path.unlink()  # it came a moment ago, and is not what was published
        raise


def _is_proved_whole(path: Path, item: Item) -> bool:
    """Whether the file is, to the byte or at least in size, the one that was published."""
    if not (item.size or item.sha256 or item.md5) or not path.is_file():
        return False
    try:
        _check(path, item)
    except FetchError:
        return False
    return True


def _check(path: Path, item: Item) -> None:
    """Raise FetchError unless the file is what was published, as far as that is known."""
    check(path, item.size, item.sha256)
    if item.md5 is None:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != item.md5:
        raise FetchError(f"{path} has the md5 {found} and not {item.md5}. Move it away and try again.")


def _copy(source: Path, path: Path) -> None:
    part = path.with_name(path.name + ".part")
    shutil.copyfile(source, part)
    os.replace(part, path)


def _write_sums(folder: Path, sums: dict[str, str]) -> None:
    """Write what `sha256sum -c SHA256SUMS` reads."""
    part = folder / f"{SUMS}.part"
    try:
        part.write_text("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)), encoding="utf-8")
        os.replace(part, folder / SUMS)
    except OSError as error:
        raise DataError(f"{folder / SUMS} cannot be written: {error.strerror}.") from error
