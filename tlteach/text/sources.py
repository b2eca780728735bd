"""Sources for texts: pre-trained BERT encoders, what their cards say, where their files lie, and how to build them.

A source is a folder in Hugging Face's layout: config.json, model.safetensors, vocab.txt. It comes from an installed
package, from huggingface.co by the hash of a commit, from the mirror of a class, or from a folder of yours. However it
came, model.safetensors is compared with the sha256 on the card before it is opened.
"""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.errors import FetchError, SourceError
from tlteach.core.fetch import AbsentError, fetch
from tlteach.core.files import cache_folder, sha256_of
from tlteach.core.machine import import_keras
from tlteach.core.modality import File, as_card, only_size
from tlteach.text.bert_files import Config, read_config
from tlteach.text.checkpoint import json_object
from tlteach.text.tokenizer import Tokenizer, wordpiece

if TYPE_CHECKING:
    import keras

    from tlteach.core.task import Task

WEIGHTS = "model.safetensors"
NEEDED = ("config.json", "vocab.txt", WEIGHTS)
# The two others say whether capitals are dropped; not every source has them. The weights come last: without them, a
# download that was cut off does not pass for whole.
FILES = ("config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json", WEIGHTS)

# English reviews, questions and text messages: 0.90 to 0.98 of their words. Italian: 0.46. Chinese: none.
FAMILIAR = 0.8
A_LOOK = 200  # texts


@dataclass(frozen=True)
class TextSource:
    """A pre-trained encoder to transfer from. `print(source)` shows the card; `dataclasses.asdict` is plain JSON.

    `repository`, `revision`: on huggingface.co, and the hash of the commit there. `sha256`: of model.safetensors.
    `parameters`: of the encoder, without any head. `layers`, `width`: its blocks, and the length of its vectors.
    `max_tokens`: the longest text that it was made for. `package`: an installed Python package whose folder model holds
    the files, and `install`, the command that brings it. `folder`: where the files lie, for a source of your own.
    """

    name: str
    title: str
    licence: str
    sha256: str
    sha256_stated_by: str
    parameters: int
    layers: int
    width: int
    max_tokens: int
    trained_on: str
    languages: tuple[str, ...] = ()
    citation: str | None = None
    repository: str | None = None
    revision: str | None = None
    download_bytes: int | None = None
    package: str | None = None
    install: str | None = None
    folder: str | None = None
    modality: str = "text"
    tier: str = "full"

    def __str__(self) -> str:
        return as_card(f"{self.name}: {self.title}", self._facts())

    @property
    def takes(self) -> str:
        """What it takes, in words."""
        return "text inputs"

    @property
    def aliases(self) -> tuple[str, ...]:
        """It has no other name."""
        return ()

    def build(self, weights: str | None = "pretrained", **size: int) -> keras.Model:
        """The encoder, for texts of max_tokens=... or of the length that it was made for; see `build` below."""
        return build(self, only_size(self, "max_tokens", size), weights)

    def form_of(self, base: keras.Model) -> Tokenizer:
        """The tokenizer that `base` has with it."""
        from tlteach.text.form import form_of

        return form_of(base)

    def proof(self, base: keras.Model) -> str:
        """Prove that padding is not read as text. Raises GuardError."""
        from tlteach.text.proofs import padding_changes_nothing

        made_up = ["A short one.", "Beside it one that is a good deal longer."]
        return padding_changes_nothing(base, self.form_of(base).encode(made_up))

    def on_disk(self) -> Path | None:
        """The folder with its files on this disk, or None."""
        return weights_folder(self)

    def files(self) -> list[File]:
        """The files that it is made of; none for a source of your own."""
        if self.folder:
            return []
        address = f"https://huggingface.co/{self.repository}/resolve/{self.revision}"
        here = weights_folder(self) or _downloads(self)
        return [
            File(
                name=f"{self.name}/{name}",
                url=f"{address}/{name}",
                here=here / name,
                sha256=self.sha256 if name == WEIGHTS else None,
                needed=name in NEEDED,
            )
            for name in FILES
        ]

    def _facts(self) -> list[tuple[str, str | None]]:
        """The lines of the card: what is said, and None where nothing is known."""
        return [
            ("trained on", self.trained_on),
            ("languages", ", ".join(self.languages)),
            ("input", f"texts of up to {self.max_tokens} tokens"),
            ("output", f"{self.width} numbers for each text"),
            ("parameters", f"{self.parameters:,} in {self.layers} blocks and the embeddings, without a head"),
            ("download", self.download_bytes and f"{self.download_bytes:,} bytes"),
            ("licence", self.licence),
            ("citation", self.citation),
            ("repository", self.repository and f"huggingface.co/{self.repository}, revision {self.revision}"),
            ("install", self.install),
            ("folder", self.folder),
            ("sha256", f"{self.sha256} ({self.sha256_stated_by})"),
        ]


def _read_cards() -> dict[str, TextSource]:
    cards = tomllib.loads(Path(__file__).with_name("cards.toml").read_text(encoding="utf-8"))
    return {
        name: TextSource(name=name, **card | {"languages": tuple(card["languages"])}) for name, card in cards.items()
    }


TEXT_SOURCES: dict[str, TextSource] = _read_cards()


def source_from_folder(path: str | Path) -> TextSource:
    """A card for any BERT in a folder with config.json, model.safetensors and vocab.txt, named after the folder.

    Raises SourceError for a folder that is not whole, and for a network that is not of the BERT family.
    """
    folder = Path(path).expanduser().resolve()
    if missing := _missing(folder):
        raise SourceError(
            f"{folder} lacks {' and '.join(missing)}. The folder of a BERT holds {', '.join(NEEDED)}, as it is "
            "downloaded from huggingface.co; a tokenizer.json can stand in for vocab.txt."
        )
    config = read_config(folder)
    return TextSource(
        name=folder.name,
        title=f"a BERT from {folder}",
        licence="not known: ask whoever made it",
        sha256=sha256_of(folder / WEIGHTS),
        sha256_stated_by="computed from the file",
        parameters=config.parameters,
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        max_tokens=_longest(folder, config),
        trained_on="what its maker knows",
        folder=str(folder),
    )


def _missing(folder: Path) -> list[str]:
    has_words = (folder / "tokenizer.json").is_file()
    return [name for name in NEEDED if not (folder / name).is_file() and not (has_words and name == "vocab.txt")]


def _longest(folder: Path, config: Config) -> int:
    """The longest text it was made for; sentence encoders write it into a file of its own."""
    path = folder / "sentence_bert_config.json"
    said = json_object(path).get("max_seq_length") if path.is_file() else None
    if not isinstance(said, int | None):
        raise SourceError(f"{path} says max_seq_length = {said!r}, which is no number. Get the file again.")
    return min(said or config.max_position_embeddings, config.max_position_embeddings)


def weights_folder(source: TextSource) -> Path | None:
    """The folder with the files of `source` on this disk, or None. Nothing is downloaded and nothing imported.

    A source of yours has its own folder. For any other, its installed package and what was downloaded are looked at.
    """
    places = [Path(source.folder)] if source.folder else [*_in_package(source.package), _downloads(source)]
    return next((place for place in places if not _missing(place)), None)


def _in_package(package: str | None) -> list[Path]:
    # find_spec alone: importing the package would import what it depends on.
    found = package and importlib.util.find_spec(package)
    return [Path(place) / "model" for place in found.submodule_search_locations or ()] if found else []


def _downloads(source: TextSource) -> Path:
    return cache_folder() / "encoders" / source.name


def fetch_folder(source: TextSource) -> Path:
    """The folder with the files of `source`, downloaded first if it is not on this disk.

    Raises FetchError, which names the way to get it by hand, and SourceError where a folder of yours is gone.
    """
    if folder := weights_folder(source):
        return folder
    if source.folder:
        raise SourceError(f"The folder {source.folder} of {source.name} is not whole any more: put its files back.")
    for file in source.files():
        try:
            fetch(file.url, file.here, sha256=file.sha256, mirrored_as=file.name)
        except (FetchError, OSError) as error:
            if file.needed or not isinstance(error, AbsentError):
                raise FetchError(_by_hand(source, error)) from error
    return _downloads(source)


def _by_hand(source: TextSource, error: Exception) -> str:
    install = f"Or install them: {source.install}. " if source.install else ""
    return (
        f"The weights of {source.name} are not on this disk. {str(error).rstrip('.')}. {install}Or put "
        f"{', '.join(NEEDED)} of huggingface.co/{source.repository}/tree/{source.revision} into {_downloads(source)}."
    )


def build(source: TextSource, max_tokens: int | None = None, weights: str | None = "pretrained") -> keras.Model:
    """The encoder of `source`: token ids (n, length) in, the mean of its token vectors (n, width) out.

    Texts are cut at `max_tokens`; without it, at the length that the source was made for. `weights=None` leaves it as
    initialised at random, with the source's own tokenizer all the same.

    Raises SourceError for damaged files and for more tokens than the encoder knows places, FetchError for a failed
    download.
    """
    if weights not in ("pretrained", None):
        raise SourceError(f'weights={weights!r} is neither "pretrained" nor None (initialised at random).')
    folder = fetch_folder(source)
    _check(source, folder / WEIGHTS)
    import_keras()
    from tlteach.text import bert

    return bert.build(folder, max_tokens or source.max_tokens, weights, name=re.sub(r"[^\w.-]", "_", source.name))


def _check(source: TextSource, path: Path) -> None:
    """Raise SourceError if the file is not, byte for byte, the one that the card was written for."""
    found = sha256_of(path)
    if found != source.sha256:
        cure = "Select the folder again if you changed it on purpose" if source.folder else "Delete it and get it again"
        raise SourceError(
            f"The weights of {source.name} in {path} ({path.stat().st_size:,} bytes) are damaged: their sha256 is "
            f"{found} and not {source.sha256}. {cure}."
        )


def choose(task: Task) -> tuple[TextSource, str]:
    """A sensible source for a task of texts, and the reason in a sentence.

    MiniLM, unless only another one's files are on this disk. The reason warns where most words of the training texts
    are foreign to it.
    """
    ranked = list(TEXT_SOURCES.values())
    source = next((source for source in ranked if weights_folder(source)), ranked[0])
    folder = weights_folder(source)
    if folder is None:
        return source, f"{source.name}: small, quick on a CPU, and its weights will be downloaded or: {source.install}."
    size = "small, quick on a CPU" if source is ranked[0] else f"{source.parameters / 1e6:.0f} million parameters"
    reason = f"{source.name}: {size}, and its weights are on this disk already."
    step = max(1, len(task.train.inputs) // A_LOOK)
    known = share_of_known_words(wordpiece(folder, source.max_tokens), task.train.inputs[::step])
    if known < FAMILIAR:
        reason += (
            f" Beware: it learned from {' and '.join(source.languages)}, and of the words in these texts it knows only "
            f"{known:.0%}; the others it reads in fragments or not at all, so expect little of it where they decide. "
            "A BERT of the right language, in a folder, would do better: tl.select_source(task, folder)."
        )
    return source, reason


def share_of_known_words(tokenizer: Tokenizer, texts: Sequence[str]) -> float:
    """The share of the words in `texts` that stand in the vocabulary whole; 1.0 where there are no words.

    Words of other alphabets count as unknown: of theirs, an English vocabulary has single letters only.
    """
    normalizer, vocabulary = tokenizer.tokenizer.normalizer, tokenizer.tokenizer.get_vocab()
    words = [normalizer.normalize_str(word) for text in texts for word in re.findall(r"[^\W\d_]+", text)]
    return sum(word.isascii() and word in vocabulary for word in words) / len(words) if words else 1.0
