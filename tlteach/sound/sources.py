"""Sources of sounds: the bundled network that learned to tell drawn words apart, its card, and how to build it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.errors import SourceError
from tlteach.core.files import bundled_file, first_line, sha256_of
from tlteach.core.machine import import_keras
from tlteach.core.modality import File, as_card, only_size
from tlteach.sound.spectrogram import BANDS, RATE

if TYPE_CHECKING:
    import keras

    from tlteach.core.task import Task
    from tlteach.sound.form import Milliseconds

WEIGHTS, CARD = "weights/voices.weights.h5", "weights/voices.json"  # in the folder of the bundled tier
SHORTEST, LONGEST = 300, 30_000  # milliseconds that it can take


@dataclass(frozen=True)
class SoundSource:
    """A pre-trained network that hears, and how to build it; see tlteach/core/modality.py."""

    name: str
    title: str
    licence: str
    trained_on: str
    milliseconds: int = 1000
    sha256: str | None = None
    modality: str = "sound"
    tier: str = "bundled"
    takes: str = f"sounds of {SHORTEST} ms to {LONGEST // 1000} s"
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        facts = [
            ("trained on", self.trained_on),
            ("input", f"{self.milliseconds:,} ms, {RATE:,} samples a second in -1..1"),
            ("samples", f"become a log-mel spectrogram of {BANDS} bands inside"),
            ("download", "none: it comes with tlteach"),
            ("licence", self.licence),
            ("weights", WEIGHTS),
            ("sha256", self.sha256 and f"{self.sha256} (its own card)"),
        ]
        return as_card(f"{self.name}: {self.title}", facts)

    def build(self, weights: str | None = "pretrained", **size: int) -> keras.Model:
        """The network, at milliseconds=... or the length that it was trained at. Raises SourceError.

        The weights fit any length: convolutions go over time, and about as many stretches of time are told apart.
        """
        milliseconds = only_size(self, "milliseconds", size) or self.milliseconds
        if not SHORTEST <= milliseconds <= LONGEST:
            raise SourceError(f"{self.name} takes {self.takes}, not of {milliseconds} ms.")
        if weights not in ("pretrained", None):
            raise SourceError(f'weights={weights!r} is neither "pretrained" nor None (initialised at random).')
        import_keras()
        from tlteach.sound.network import untrained

        model = untrained(milliseconds)
        if weights:
            self._load(model)
        return model

    def _load(self, model: keras.Model) -> None:
        cure = "Get that file again from the repository, or make it anew: tlteach pretrain --source voices"
        path = self.on_disk()
        if path is None:
            raise SourceError(f"The weights of {self.name}, {WEIGHTS}, are not there. {cure}")
        if self.sha256 and sha256_of(path) != self.sha256:
            raise SourceError(f"The weights of {self.name} in {path} are damaged: they have another hash. {cure}")
        try:
            model.load_weights(path)
        except (OSError, ValueError, KeyError) as error:
            why = first_line(error)
            raise SourceError(f"The weights of {self.name} in {path} are damaged: {why}. {cure}") from error

    def form_of(self, base: keras.Model) -> Milliseconds:
        """How long the sounds are that `base` takes."""
        from tlteach.sound.form import form_of

        return form_of(base)

    def proof(self, base: keras.Model) -> str:
        """Prove that made-up sounds reach `base` as in pre-training. Raises GuardError."""
        from tlteach.sound.proofs import answers_vary, made_up, spectrograms_reach

        sounds = made_up(base.input_shape[1])
        return f"{spectrograms_reach(base, sounds)}; {answers_vary(base, sounds)}"

    def files(self) -> list[File]:
        """It downloads nothing."""
        return []

    def on_disk(self) -> Path | None:
        """The file with the weights on this disk, or None."""
        return bundled_file(WEIGHTS)


def _record() -> dict:
    """What the pre-training wrote down about the bundled weights; empty where they have not been made yet."""
    path = bundled_file(CARD)
    return json.loads(path.read_text(encoding="utf-8")) if path else {}


def _voices() -> SoundSource:
    said = _record()
    learned = "words of invented languages, said by drawn voices"
    if said:
        learned = f"{said['n_train']:,} words of {len(said['languages'])} invented languages, said by drawn voices"
    return SoundSource(
        name="voices",
        title="a small convolutional network that keeps time",
        licence=said.get("licence", "CC0-1.0"),
        trained_on=learned,
        sha256=said.get("sha256"),
    )


SOURCES: dict[str, SoundSource] = {"voices": _voices()}


def choose(task: Task) -> tuple[SoundSource, str]:
    """A sensible source for `task`, and the reason in a sentence."""
    return SOURCES["voices"], "voices: it learned to tell words by their sounds in time, and needs no download."
