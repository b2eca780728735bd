"""What a modality offers to the rest of the house: three nouns, and the doors of its room.

A modality is a folder beside image/ and text/, with a file doors.py in it. tasks.py knows the rooms; everything else
asks through them and never which modality it has. The doors, each a name in doors.py:

    NAME: str                                  "image": what task.modality and source.modality say
    SIZE: tuple[str, str]                      ("image_size", help): the word of base_model, and its option
    FILES: Files | None                        what it reads in a folder, a file for each input; None where it does not
    HEAD: dict[str, float]                     {"learning_rate": 1e-3, "epochs": 10}: what a head on our bases wants
    PIPELINE: str                              "image-classification": what Hugging Face calls such a model
    TASKS: dict[str, Callable[[], Task]]       our tasks, by name, one that is bundled first
    SOURCES: dict[str, Source]                 cards, by name, the one to prefer first
    task_from(path, group, **columns) -> Task | None   a folder of photos, a CSV file; None where it is neither
    source_from(path) -> Source | None                 a checkpoint of yours; None where it is none
    choose(task) -> tuple[Source, str]                 a sensible source, and why
    downloads() -> dict[str, list[File]]               what each task of the full tier downloads
    scratch(task, seed) -> keras.Model                 the fair baseline of tl.compare
    open_form(folder, model) -> Form                   what lies beside a saved model; GuardError for another modality's
    read(given, form) -> Iterator[tuple[str, np.ndarray | str]]    what was typed to `tlteach predict`: its name, and a
                                                       batch of it alone, or why it cannot be read
    explained(model, form, given, class_names) -> str  what was typed, and what in it spoke for the most probable class,
                                                       as HTML; it is asked for what can be read
    mistakes(result, most) -> str                      the most confident ones, as HTML, for the report;
                                                       it is not asked where there are none

Functions import Keras inside, so that a task is made and printed at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from tlteach.core.errors import SourceError

if TYPE_CHECKING:
    import keras


class Form(Protocol):
    """How a raw input becomes what a network takes: Pixels(160), a Tokenizer.

    `str` says it as the steps do ("160 x 160 px"); `repr` has all that the arrays depend on, so that kept features are
    found by it.
    """

    size: dict[str, int]
    """{"image_size": 160}: the one word of base_model(source, **size)."""
    files: dict[str, Callable[[Path], object]]
    """What must lie beside model.keras, and who writes it: {} for pictures."""
    takes: str
    """What a network takes of it, in words, and as which numbers of which shape."""
    code: str
    """Lines that make `inputs` without tlteach, for whoever gets an exported model."""


class Split(Protocol):
    """Raw inputs with labels; splits.py has what all kinds share."""

    inputs: Sequence
    labels: np.ndarray
    n_classes: int
    called: str
    """What messages call the inputs: "pictures"."""
    listed: str
    """What left_out lists: "file" or "row"."""

    def __len__(self) -> int: ...
    def take(self, rows: Sequence[int]) -> Split: ...
    def joined(self, *others: Split) -> Split: ...
    def load(self, rows: Sequence[int], form: Form) -> np.ndarray: ...
    def batches(self, form: Form, batch_size: int = 32, **how) -> keras.utils.PyDataset: ...
    def lengths(self, form: Form, batch_size: int) -> object | None:
        """The BatchLengths of the split; None where all inputs are of one size."""

    def fingerprints(self) -> list[str]: ...
    def digest(self) -> str: ...
    def near_copies(self, other: Split) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(rows, rows of `other`, how alike in 0..1) of inputs that are nearly the same; the same both ways round."""

    def named(self, row: int) -> str: ...
    def drawn(self, row: int) -> np.ndarray | None:
        """An input as a picture (height, width, 3) to be looked at; None where it is none."""

    def form_of(self, model: keras.Model) -> Form:
        """The form in which inputs must come to `model`. Raises GuardError where it does not take such inputs."""

    def proofs(self, model: keras.Model, form: Form) -> list[str]:
        """What is proved of the inputs before training. Raises GuardError."""


class Source(Protocol):
    """A card of a pre-trained network: what it learned, on whose terms, and how to build it."""

    name: str
    title: str
    licence: str
    trained_on: str
    modality: str
    tier: str
    takes: str
    """In words: "image inputs with 3 channels"."""
    aliases: tuple[str, ...]
    """Other names that people know it by."""

    def build(self, weights: str | None = "pretrained", **size: int) -> keras.Model:
        """The network without its top. Raises SourceError for the word of another modality."""

    def form_of(self, base: keras.Model) -> Form: ...
    def proof(self, base: keras.Model) -> str:
        """Prove that a few made-up inputs reach the base as they did when it was pre-trained. Raises GuardError."""

    def files(self) -> list[File]: ...
    def on_disk(self) -> Path | None:
        """Where the weights lie on this disk, or None."""


@dataclass(frozen=True)
class File:
    """One file of the full tier.

    Attributes:
        name: in the mirror of a class, with the folder it is in there, if any.
        url: where it comes from.
        here: where it lies on this disk, or would.
        size, sha256, md5: what proves it whole, in bytes and hex, as far as it was published.
        needed: False for one that not every source has.
    """

    name: str
    url: str
    here: Path
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None
    needed: bool = True


def as_card(title: str, facts: list[tuple[str, str | None]]) -> str:
    """The card of a source: its title, and a line for each of the (label, text) that is known."""
    return "\n".join([title, *(f"  {label:<13} {text}" for label, text in facts if text)])


def only_size(source: Source, word: str, size: dict[str, int | None]) -> int | None:
    """The number in `size` that `word` names, or None. Raises SourceError for the word of another modality."""
    if others := [name for name, number in size.items() if name != word and number is not None]:
        raise SourceError(
            f"{source.name} is a source of {source.modality}, so {others[0]} means nothing to it. Leave it out."
        )
    return size.get(word)
