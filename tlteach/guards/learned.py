"""What layers have learned from, remembered as long as they live, so that no model is judged by what it knows."""

import zlib
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.core.modality import Split


@dataclass(frozen=True)
class Lesson:
    """What a layer learned: fingerprints of the inputs, and checksums of its weights before."""

    inputs: frozenset[str]
    before: list[int]


_lessons: WeakKeyDictionary[keras.Layer, list[Lesson]] = WeakKeyDictionary()


def judged_by_unseen(model: keras.Model, train: Split, **judging: Split) -> str:
    """Prove that no layer of `model` has learned from what it is judged by; `train` is remembered for the next time.

    A model that was saved and opened again has nothing to remember, nor has one that was trained without tl.train.
    What was forgotten, since the weights were put back, does not count.

    Args:
        judging: the validation and the test split, by their names.

    Raises:
        GuardError: an input of them was in the train split of a training before.
    """
    layers = [layer for layer in model._flatten_layers() if layer.weights and not layer._layers]
    lessons = [(layer, lesson) for layer in layers for lesson in _lessons.get(layer, ())]
    for name, split in judging.items():
        inputs = set(split.fingerprints())
        both = {known: inputs & known for known in {lesson.inputs for _, lesson in lessons}}
        seen = [both[lesson.inputs] for layer, lesson in lessons if both[lesson.inputs] and _has_moved(layer, lesson)]
        if seen:
            raise GuardError(
                f"{model.name} has learned from {len(set().union(*seen))} of the {len(split)} inputs of {name} in a "
                "training before, so its accuracy would be a lie. Go on with the task of that training, which was cut "
                "otherwise, or build the model and its base anew."
            )
    inputs = frozenset(train.fingerprints())
    for layer in layers:
        known = _lessons.setdefault(layer, [])
        if layer.trainable_weights and all(lesson.inputs != inputs for lesson in known):
            known.append(Lesson(inputs, _checksums(layer)))
    return f"{' and '.join(judging)} hold nothing that it learned from before"


def _has_moved(layer: keras.Layer, lesson: Lesson) -> bool:
    return _checksums(layer) != lesson.before


def _checksums(layer: keras.Layer) -> list[int]:
    return [zlib.crc32(np.ascontiguousarray(keras.ops.convert_to_numpy(weight))) for weight in layer.weights]
