"""The cards of the source models: what each learned from, what it wants to see, and on whose terms it may be used.

The facts, and where they come from, stand in `cards.toml`.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.files import bundled_file
from tlteach.core.modality import as_card

if TYPE_CHECKING:
    from matplotlib.figure import Figure

IMAGENET = "ImageNet-1k (ILSVRC 2012): 1.28 million photos of 1,000 kinds of things"
KERAS_SITE = "keras.io/api/applications"
COPY = "computed from a copy of the file, not published"
PUBLISHED = "published in the code of Keras"

# Beside the bundled weights, written by `tlteach pretrain`; in the folder of the bundled tier.
MENAGERIE_CARD = "weights/menagerie_mobilenet_025.json"

PIXELS = {
    "-1..1": "scaled to -1..1",
    "caffe": "RGB turned to BGR, ImageNet's mean colour taken off, not scaled",
    "torch": "scaled to 0..1, then ImageNet's mean taken off and divided by its deviation, colour by colour",
    "inside": "raw 0-255; the network scales them itself",
}


@dataclass(frozen=True)
class Card:
    """The facts of a pre-trained network. `print(card)` shows them; `dataclasses.asdict` is plain JSON.

    `input_size`, `min_size`: pixels a side, of the pictures it learned from and the smallest it can take.
    `parameters`: without the classifier on top. `preprocessing`: a key of `PIXELS`. `top1`: accuracy on ImageNet's
    validation photos with the original top, as stated by `top1_stated_by`. `application`, `arguments`: the function
    of `keras.applications` that builds it. `model_name`: the name Keras gives the model, without the image size.
    """

    name: str
    title: str
    citation: str
    licence: str
    application: str
    model_name: str
    parameters: int
    preprocessing: str
    weights_file: str
    weights_url: str | None = None
    weights_md5: str | None = None
    sha256: str | None = None
    sha256_stated_by: str | None = None
    download_bytes: int | None = None
    size_mb_with_top: float | None = None
    top1: float | None = None
    top1_stated_by: str = KERAS_SITE
    input_size: int = 224
    min_size: int = 32
    channels: int = 3
    modality: str = "image"
    tier: str = "full"
    trained_on: str = IMAGENET
    arguments: dict = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return as_card(f"{self.name}: {self.title}", self._facts())

    def _facts(self) -> list[tuple[str, str | None]]:
        """The lines of the card: what is said, and None where nothing is known."""
        return [
            ("trained on", self.trained_on),
            ("input", f"{self.input_size} x {self.input_size} x {self.channels}, at least {self.min_size} a side"),
            ("pixels", PIXELS[self.preprocessing]),
            ("parameters", f"{self.parameters:,} without the top"),
            ("download", self._download()),
            ("ImageNet", self.top1 and f"top-1 accuracy {self.top1:.3f} with its top ({self.top1_stated_by})"),
            ("licence", self.licence),
            ("citation", self.citation),
            ("weights", self.weights_file),
            ("md5", self.weights_md5 and f"{self.weights_md5} ({PUBLISHED})"),
            ("sha256", self.sha256 and f"{self.sha256} ({self.sha256_stated_by})"),
        ]

    def _download(self) -> str:
        if self.tier == "bundled":
            return "none: it comes with tlteach"
        if self.download_bytes:
            return f"{self.download_bytes:,} bytes"
        with_top = f"; with the top {self.size_mb_with_top:g} MB ({KERAS_SITE})" if self.size_mb_with_top else ""
        # Keras counts 2**20 bytes to the MB.
        return f"at least {self.parameters * 4 / 2**20:.1f} MB (4 bytes a parameter){with_top}"


def menagerie_record() -> dict:
    """What `tlteach pretrain` wrote down about the bundled weights; empty where they have not been made yet."""
    path = bundled_file(MENAGERIE_CARD)
    return json.loads(path.read_text(encoding="utf-8")) if path else {}


def read_cards() -> dict[str, dict]:
    """What is said of each source, by its name."""
    cards = tomllib.loads(Path(__file__).with_name("cards.toml").read_text(encoding="utf-8"))
    if sha256 := menagerie_record().get("sha256"):
        cards["menagerie"] |= {"sha256": sha256, "sha256_stated_by": "its own card"}
    return {name: {"name": name, **card} for name, card in cards.items()}


def accuracy_over_parameters(cards: Iterable[Card], title: str) -> Figure:
    """Draw the top-1 accuracy of sources over their parameters, and which of them a smaller one equals."""
    from matplotlib.figure import Figure

    from tlteach.core.show import BLUE, ORANGE

    known = sorted((card for card in cards if card.top1), key=lambda card: (card.parameters, -card.top1))
    figure = Figure(figsize=(8, 4.6), layout="constrained")
    axes = figure.subplots()
    best = 0.0
    for card in known:
        leads, best = card.top1 > best, max(best, card.top1)
        place = card.parameters / 1e6, 100 * card.top1
        axes.plot(*place, "o" if leads else "s", color=BLUE if leads else ORANGE)
        left = leads or card.name in ("vgg16", "inception_v3")  # these have a neighbour on the right
        axes.annotate(card.name, place, (-5 if left else 5, 3 if leads else -3), textcoords="offset points", size=8,
                      ha="right" if left else "left", va="bottom" if leads else "top")  # fmt: skip
    axes.set(xscale="log", xlabel="parameters without the top (millions)", xlim=(0.06, 300), ylim=(48, 85))
    axes.set_xticks([0.2, 1, 5, 20, 100], ["0.2", "1", "5", "20", "100"])
    axes.set_ylabel("top-1 accuracy on ImageNet (%)")
    axes.plot([], [], "o", color=BLUE, label="no smaller one is as accurate")
    axes.plot([], [], "s", color=ORANGE, label="a smaller one is at least as accurate")
    axes.legend(loc="lower right", fontsize="small")
    axes.set_title(title, fontsize="medium")
    return figure
