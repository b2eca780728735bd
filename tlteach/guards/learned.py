"""What a model has learned from, remembered as long as it lives, so that it is not judged by what it knows."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.core.modality import Split
from tlteach.engine.network import base_of


@dataclass(frozen=True)
class Lesson:
    """One training: the weights that learned, checksums of what they were before, fingerprints of the inputs."""

    weights: Sequence[keras.Variable]
    before: list[int]
    inputs: frozenset[str]

    @property
    def is_known(self) -> bool:
        """Whether the model still has learned it: weights that were put back have forgotten all."""
        return _checksums(self.weights) != self.before


_lessons: WeakKeyDictionary[keras.Model, list[Lesson]] = WeakKeyDictionary()


def judged_by_unseen(model: keras.Model, train: Split, **judging: Split) -> str:
    """Prove that `model` has never learned from what it is judged by; `train` is remembered for the next time.

    That holds for a new head on a base that was fine-tuned, too. A model that was saved and opened again, and one that
    was trained by other means than tl.train, has nothing to remember.

    Args:
        judging: the validation and the test split, by their names.

    Raises:
        GuardError: an input of them was in the train split of a training before.
    """
    of_each = {part: _lessons.setdefault(part, []) for part in (model, base_of(model))}
    lessons = [lesson for lessons in of_each.values() for lesson in lessons]
    for name, split in judging.items():
        inputs = set(split.fingerprints())
        if seen := [lesson.inputs & inputs for lesson in lessons if lesson.inputs & inputs and lesson.is_known]:
            raise GuardError(
                f"{model.name} has learned from {len(frozenset().union(*seen))} of the {len(split)} inputs of {name} "
                "in a training before, so its accuracy would be a lie. Go on with the task of that training, which was "
                "cut otherwise, or build the model and its base anew."
            )
    inputs = frozenset(train.fingerprints())
    inputs = next((lesson.inputs for lesson in lessons if lesson.inputs == inputs), inputs)  # held once
    for part, known in of_each.items():
        if weights := part.trainable_weights:
            known.append(Lesson(weights, _checksums(weights), inputs))
    return f"{' and '.join(judging)} hold nothing that it learned from before"


def _checksums(weights: Sequence[keras.Variable]) -> list[int]:
    return [zlib.crc32(np.ascontiguousarray(keras.ops.convert_to_numpy(weight))) for weight in weights]
