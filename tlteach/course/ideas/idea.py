"""An idea for a project: what is asked, and who draws the pictures into folders, class by class and group by group."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from tlteach.core.files import written_together

Picture = tuple[str, str, np.ndarray]  # its class, the group that it belongs to, and uint8 (96, 96, 3)

CARD = """# {title}

**Drawn, not real.** No person, patient or player stands behind these pictures. A program made them:
`tlteach/course/ideas/{name}.py`, with the seed {seed}.

| | |
|---|---|
| question | {question} |
| how to tell by eye | {by_eye} |
| what | {n} pictures, 96 x 96 px, RGB, PNG |
| classes | {counts} |
| groups | {n_groups} {group}s, each with a folder in every class: `CLASS/{first}/00.png` |
| how it was made | {made} |
| licence | MIT, as tlteach itself; copyright (c) 2026 the tlteach authors |

## What it is not good for

{not_for}
"""


def rgb(colour: np.ndarray) -> tuple[int, ...]:
    """A colour as Pillow takes it."""
    return tuple(np.clip(colour, 0, 255).astype(int).tolist())


@dataclass(frozen=True)
class Idea:
    """A drawn data set to begin a project with.

    `question` is what is to be learned, `by_eye` how a person tells the classes, in a sentence. `group`: what pictures
    can have in common ("patient"); whoever cuts splits keeps a group together. `made` and `not_for` stand in the card.
    """

    name: str
    title: str
    question: str
    by_eye: str
    group: str
    made: str
    not_for: str
    pictures: Callable[[int], Iterator[Picture]]
    """From a seed to all pictures; the same seed draws the same ones."""

    def write(self, folder: Path, seed: int = 0) -> None:
        """Write folder/CLASS/GROUP/00.png ... and folder/card.md, all of them or nothing."""
        counts = Counter()
        with written_together(folder) as new:
            for class_name, group, pixels in self.pictures(seed):
                place = new / class_name / group
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(place / f"{counts[class_name, group]:02}.png")
                counts[class_name, group] += 1
            (new / "card.md").write_text(self.card(counts, seed), encoding="utf-8")

    def card(self, counts: Counter, seed: int) -> str:
        """What the pictures are and are not, to lie beside them; `counts`: how many of each (class, group)."""
        of_class, groups = Counter(), sorted({group for _, group in counts})
        for (class_name, _), n in counts.items():
            of_class[class_name] += n
        told = ", ".join(f"`{class_name}` {n}" for class_name, n in sorted(of_class.items()))
        return CARD.format(
            **vars(self), seed=seed, n=counts.total(), counts=told, n_groups=len(groups), first=groups[0]
        )
