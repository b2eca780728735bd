"""What an argument can be: a task, a rate, a path. kinds.py says which parameter must be which."""

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from pathlib import Path
from types import FunctionType

import numpy as np

from tlteach.core.errors import DataError, GuardError, SourceError, TlteachError

MOST = 1_000_000  # epochs, steps, pictures: more is a slip of the pen


@dataclass(frozen=True)
class Kind:
    """What a parameter must be: `words` say it and how to get one, `fits` tells it."""

    words: str
    fits: Callable[[object], bool]
    error: type[TlteachError] = GuardError

    def or_none(self) -> "Kind":
        """The same, or None."""
        return replace(self, words=f"None, or {self.words}", fits=lambda value: value is None or self.fits(value))


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and abs(value) < math.inf


def is_rate(value: object) -> bool:
    return isinstance(value, float) and 0 < value < math.inf


def is_path(value: object) -> bool:
    try:
        Path(value).expanduser().exists()  # a name may be too long, or begin with a ~ that nobody has
    except (TypeError, ValueError, RuntimeError, OSError):
        return False
    return str(value) != "" and "\0" not in str(value)


def is_array(value: object) -> bool:
    try:
        return np.asarray(value).dtype != object
    except ValueError:  # rows of different lengths
        return False


def are_numbers(value: object) -> bool:
    """Whether it is an array with numbers in it, whose first axis counts inputs; a pair of arrays is none."""
    return isinstance(value, np.ndarray) and value.ndim > 0 and value.size > 0 and value.dtype.kind in "biuf"


def is_row_of(value: object, n: int, fits: Callable[[object], bool]) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == n and all(map(fits, value))


def are_rows(array: np.ndarray) -> bool:
    return array.ndim == 1 and (array.dtype.kind in "iu" or not len(array))


def of_keras(value: object, name: str) -> bool:
    """Whether it is a Keras model or callback; where Keras was never imported, nothing is."""
    found = sys.modules.get("keras")
    for part in name.split("."):
        found = getattr(found, part, ())
    return isinstance(value, found)


def is_graph(value: object) -> bool:
    return of_keras(value, "Model") and hasattr(getattr(value, "_functional", None) or value, "_nodes_by_depth")


def takes_one_and_gives(value: object, *ranks: int) -> bool:
    """Whether it is a model from one kind of inputs to one tensor of so many dimensions."""
    return is_graph(value) and len(value.inputs) == len(value.outputs) == 1 and len(value.outputs[0].shape) in ranks


def is_schedule_or_rate(value: object) -> bool:
    return is_rate(value) or of_keras(value, "optimizers.schedules.LearningRateSchedule")


def are_rates(value: object) -> bool:
    if isinstance(value, dict):
        return all_of([*value], is_text) and all_of([*value.values()], is_number)
    return all_of(value, is_number) and len(value) == 2


def all_of(values: object, fits: Callable[[object], bool]) -> bool:
    is_a_row = isinstance(values, (list, tuple)) or (isinstance(values, np.ndarray) and values.ndim == 1)
    return is_a_row and all(map(fits, values))


def has(*names: str) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, type) and all(hasattr(value, name) for name in names)


def is_named_model(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and is_text(value[0]) and is_graph(value[1])


def are_methods(value: object) -> bool:
    methods = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else [value]
    return all(is_text(method) or callable(method) for method in methods)


def whole(low: int, high: int = MOST) -> Kind:
    return Kind(f"a whole number from {low} to {high:,}", lambda value: is_whole(value) and low <= value <= high)


TASK = Kind(
    "a task, as tl.tasks.cats_vs_dogs(), tl.tasks.from_folder(path) or tl.tasks.from_arrays(images, labels, "
    "class_names) gives",
    has("train", "validation", "test", "class_names"),
)
SPLIT = Kind("a split, as task.train, task.validation or task.test", has("batches", "form_of", "labels"))
GRAPH = Kind(
    "a functional or Sequential Keras model that knows its inputs, as tl.base_model(source), tl.add_head(base, task) "
    "or keras.Model(inputs, outputs) gives",
    is_graph,
)
FEATURES = Kind(
    "a functional or Sequential Keras model from one kind of inputs to one feature map (n, height, width, channels) or "
    "vector (n, channels), as tl.base_model(source) gives",
    lambda value: takes_one_and_gives(value, 2, 4),
)
CLASSIFIER = Kind(
    "a functional or Sequential Keras model from one kind of inputs to one row of numbers for each, as "
    "tl.add_head(base, task) gives",
    lambda value: takes_one_and_gives(value, 2),
)
COMPILED = Kind(
    f"{CLASSIFIER.words}, compiled with a loss; to one that was built by hand, say model.compile(optimizer, "
    '"sparse_categorical_crossentropy", metrics=["accuracy"])',
    lambda value: CLASSIFIER.fits(value) and value.compiled and value.loss is not None,
)
CARD = Kind(
    "the card of a source, as tl.select_source(task) or tl.sources.source_by_name(name) gives",
    has("build", "modality", "takes"),
    SourceError,
)
CARD_OF_PICTURES = replace(CARD, words=f"{CARD.words}; one of pictures", fits=has("build", "min_size"))
SOURCE = Kind(
    'the name of a source, as "menagerie" (tl.sources.SOURCES lists them), or the path of a folder with a BERT in it',
    is_path,
    SourceError,
)
SIZE = whole(1, 2048)
FROM_0, FROM_1 = whole(0), whole(1)
ABOVE_0 = Kind("a number above 0", lambda value: is_number(value) and value > 0)
FROM_NOTHING = Kind("a number from 0", lambda value: is_number(value) and value >= 0)
RATE = Kind("a float above 0, as 1e-3, or a Keras schedule of the rate", is_schedule_or_rate)
RATES = Kind('a pair (low, high), or a dictionary with a rate for each unfrozen block and for "head"', are_rates)
ANY_RATE = Kind(
    f"{RATE.words}, {RATES.words}; an optimizer of your own goes to model.compile",
    lambda value: is_schedule_or_rate(value) or are_rates(value),
)
FRACTION = Kind("a number above 0 and below 1", lambda value: is_number(value) and 0 < value < 1, DataError)
YES_OR_NO = Kind("True or False", lambda value: isinstance(value, bool))
TEXT = Kind("a text", is_text, DataError)
TEXTS = Kind("a list of texts", lambda value: all_of(value, is_text), DataError)
PATH = Kind("the path of a file or folder that can be reached", is_path, DataError)
COLUMN = Kind(
    "the name of a column, or its position from 0",
    lambda value: is_text(value) or (is_whole(value) and value >= 0),
    DataError,
)
ROWS = Kind(
    "the numbers of rows, as [0, 1, 2] or range(8)",
    lambda value: not is_text(value) and is_array(value) and are_rows(np.asarray(value)),
    DataError,
)
NUMBERS = Kind("rows of numbers, an array (n, d)", lambda value: are_numbers(value) and value.ndim == 2, DataError)
INPUTS = Kind(
    "inputs of one shape, an array (n, ...), such as rows of features or pictures",
    lambda value: are_numbers(value) and value.ndim >= 2,
    DataError,
)
HISTORY = Kind(
    "the history of a training with validation and accuracy, as tl.train(...).history",
    lambda value: isinstance(value, dict) and {"loss", "val_loss", "accuracy", "val_accuracy"} <= value.keys(),
)
HISTORIES = Kind(
    'a dictionary of histories by name, each with "loss" and "val_loss"',
    lambda value: (
        isinstance(value, dict)
        and len(value) > 0
        and all(isinstance(one, dict) and {"loss", "val_loss"} <= one.keys() for one in value.values())
    ),
)
WEIGHTS_BY_NAME = Kind(
    'a dictionary of weights from 0 by the name of the task, as {"species": 1.0}',
    lambda value: (
        isinstance(value, dict)
        and all_of([*value], is_text)
        and all_of([*value.values()], lambda one: is_number(one) and one >= 0)
    ),
)
NUMBERS_BY_NAME = Kind(
    "a dictionary of numbers by name",
    lambda value: (
        isinstance(value, dict)
        and len(value) > 0
        and all_of([*value], is_text)
        and all_of([*value.values()], is_number)
    ),
    DataError,
)
WORLDS = Kind(
    "worlds, as tl.sim_to_real.worlds(40, randomness=1) or tl.sim_to_real.realities() gives",
    has("light", "wheelbase", "take"),
    DataError,
)
RECORDED = Kind(
    "a pair (pictures, steering) of arrays, as tl.sim_to_real.record(worlds) gives",
    lambda value: is_row_of(value, 2, are_numbers),
    DataError,
)
DRIVER = Kind(
    "a Keras model from a picture to a steering, as tl.sim_to_real.network() gives, or a function of the cars, as "
    "tl.sim_to_real.Cars.formula",
    lambda value: is_graph(value) or isinstance(value, FunctionType),
)
