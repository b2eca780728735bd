"""What every parameter of the public functions must be, by its name: one word means one thing wherever it stands.

Where it does not, KINDS names the function too: "transfer.source" is a name, any other `source` a card.
"""

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from pathlib import Path

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


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_whole(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and abs(value) < math.inf


def _is_rate(value: object) -> bool:
    return isinstance(value, float) and 0 < value < math.inf


def _is_path(value: object) -> bool:
    try:
        Path(value).expanduser().exists()  # a name may be too long, or begin with a ~ that nobody has
    except (TypeError, ValueError, RuntimeError, OSError):
        return False
    return str(value) != "" and "\0" not in str(value)


def _is_array(value: object) -> bool:
    try:
        return np.asarray(value).dtype != object
    except ValueError:  # rows of different lengths
        return False


def _are_rows(array: np.ndarray) -> bool:
    return array.ndim == 1 and (array.dtype.kind in "iu" or not len(array))


def _of_keras(value: object, name: str) -> bool:
    """Whether it is a Keras model or callback; where Keras was never imported, nothing is."""
    found = sys.modules.get("keras")
    for part in name.split("."):
        found = getattr(found, part, ())
    return isinstance(value, found)


def _is_graph(value: object) -> bool:
    return _of_keras(value, "Model") and hasattr(getattr(value, "_functional", None) or value, "_nodes_by_depth")


def _takes_one_and_gives(value: object, *ranks: int) -> bool:
    """Whether it is a model from one kind of inputs to one tensor of so many dimensions."""
    return _is_graph(value) and len(value.inputs) == len(value.outputs) == 1 and len(value.outputs[0].shape) in ranks


def _is_schedule_or_rate(value: object) -> bool:
    return _is_rate(value) or _of_keras(value, "optimizers.schedules.LearningRateSchedule")


def _are_rates(value: object) -> bool:
    if isinstance(value, dict):
        return _all([*value], _is_text) and _all([*value.values()], _is_number)
    return _all(value, _is_number) and len(value) == 2


def _all(values: object, fits: Callable[[object], bool]) -> bool:
    is_a_row = isinstance(values, (list, tuple)) or (isinstance(values, np.ndarray) and values.ndim == 1)
    return is_a_row and all(map(fits, values))


def _has(*names: str) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, type) and all(hasattr(value, name) for name in names)


def _is_named_model(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and _is_text(value[0]) and _is_graph(value[1])


def _are_methods(value: object) -> bool:
    methods = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else [value]
    return all(_is_text(method) or callable(method) for method in methods)


def _whole(low: int, high: int = MOST) -> Kind:
    return Kind(f"a whole number from {low} to {high:,}", lambda value: _is_whole(value) and low <= value <= high)


TASK = Kind(
    "a task, as tl.tasks.cats_vs_dogs(), tl.tasks.from_folder(path) or tl.tasks.from_arrays(images, labels, "
    "class_names) gives",
    _has("train", "validation", "test", "class_names"),
)
SPLIT = Kind("a split, as task.train, task.validation or task.test", _has("batches", "form_of", "labels"))
GRAPH = Kind(
    "a functional or Sequential Keras model that knows its inputs, as tl.base_model(source), tl.add_head(base, task) "
    "or keras.Model(inputs, outputs) gives",
    _is_graph,
)
FEATURES = Kind(
    "a functional or Sequential Keras model from one kind of inputs to one feature map (n, height, width, channels) or "
    "vector (n, channels), as tl.base_model(source) gives",
    lambda value: _takes_one_and_gives(value, 2, 4),
)
CLASSIFIER = Kind(
    "a functional or Sequential Keras model from one kind of inputs to one row of numbers for each, as "
    "tl.add_head(base, task) gives",
    lambda value: _takes_one_and_gives(value, 2),
)
COMPILED = Kind(
    f"{CLASSIFIER.words}, compiled with a loss; to one that was built by hand, say model.compile(optimizer, "
    '"sparse_categorical_crossentropy", metrics=["accuracy"])',
    lambda value: CLASSIFIER.fits(value) and value.compiled and value.loss is not None,
)
CARD = Kind(
    "the card of a source, as tl.select_source(task) or tl.sources.source_by_name(name) gives",
    _has("build", "modality", "takes"),
    SourceError,
)
CARD_OF_PICTURES = replace(CARD, words=f"{CARD.words}; one of pictures", fits=_has("build", "min_size"))
SOURCE = Kind(
    'the name of a source, as "menagerie" (tl.sources.SOURCES lists them), or the path of a folder with a BERT in it',
    _is_path,
    SourceError,
)
SIZE = _whole(1, 2048)
FROM_0, FROM_1 = _whole(0), _whole(1)
ABOVE_0 = Kind("a number above 0", lambda value: _is_number(value) and value > 0)
RATE = Kind("a float above 0, as 1e-3, or a Keras schedule of the rate", _is_schedule_or_rate)
RATES = Kind('a pair (low, high), or a dictionary with a rate for each unfrozen block and for "head"', _are_rates)
ANY_RATE = Kind(
    f"{RATE.words}, {RATES.words}; an optimizer of your own goes to model.compile",
    lambda value: _is_schedule_or_rate(value) or _are_rates(value),
)
FRACTION = Kind("a number above 0 and below 1", lambda value: _is_number(value) and 0 < value < 1, DataError)
YES_OR_NO = Kind("True or False", lambda value: isinstance(value, bool))
TEXT = Kind("a text", _is_text, DataError)
TEXTS = Kind("a list of texts", lambda value: _all(value, _is_text), DataError)
PATH = Kind("the path of a file or folder that can be reached", _is_path, DataError)
COLUMN = Kind(
    "the name of a column, or its position from 0",
    lambda value: _is_text(value) or (_is_whole(value) and value >= 0),
    DataError,
)
ROWS = Kind(
    "the numbers of rows, as [0, 1, 2] or range(8)",
    lambda value: not _is_text(value) and _is_array(value) and _are_rows(np.asarray(value)),
    DataError,
)
HISTORY = Kind(
    "the history of a training with validation and accuracy, as tl.train(...).history",
    lambda value: isinstance(value, dict) and {"loss", "val_loss", "accuracy", "val_accuracy"} <= value.keys(),
)

KINDS = {
    **dict.fromkeys(("task", "source_task", "between.source", "between.target"), TASK),
    "split": SPLIT,
    "rows": ROWS,
    **dict.fromkeys(("load.image_size", "arrays.image_size", "batches.image_size"), SIZE),
    "tokenizer": Kind("a tokenizer, as base.tokenizer is one", _has("encode", "padding_id"), DataError),
    "length": FROM_1.or_none(),
    "shuffle": YES_OR_NO,
    # models
    "model": GRAPH,
    **dict.fromkeys(("base", "outputs.model", "recalibrate.model"), FEATURES),
    **dict.fromkeys(
        (f"{score}.model" for score in ("source_accuracy", "weighted_accuracy", "information")), CLASSIFIER
    ),
    "evaluate.model": CLASSIFIER,
    **dict.fromkeys(("train.model", "recompile.model", "find_learning_rate.model", "forgetting.model"), COMPILED),
    "gradual_unfreeze.model": COMPILED,
    "from_layer": Kind(
        "the name of a layer or block (layer.name, and not the layer itself), a whole number of layers from the top, "
        "or a fraction such as 0.6",
        lambda value: _is_text(value) or _is_number(value),
    ),
    "dropout": Kind(
        "a number from 0 to below 1 (with 1 nothing would reach the head)",
        lambda value: _is_number(value) and 0 <= value < 1,
    ),
    # sources
    "source": CARD,
    "preprocess.inputs": Kind(
        "pictures (n, height, width, 3), as keras.Input((height, width, 3)) stands for",
        lambda value: len(getattr(value, "shape", ())) == 4 and value.shape[-1] == 3,
    ),
    **dict.fromkeys(("preprocess.source", "preprocess_input.source"), CARD_OF_PICTURES),
    **dict.fromkeys(("select_source.name", "transfer.source"), SOURCE.or_none()),
    "source_by_name.name": SOURCE,
    **dict.fromkeys(("model_name", "plain.text"), TEXT),
    "weights": Kind('"pretrained"', lambda value: _is_text(value) and value == "pretrained", SourceError).or_none(),
    **dict.fromkeys(("size", "image_size", "max_tokens"), SIZE.or_none()),
    **dict.fromkeys(("draw.size", "sample.size", "contact_sheet.size"), SIZE),
    # training
    **dict.fromkeys(("epochs", "epochs_per_block", "batch_size", "steps", "rank"), FROM_1),
    "n_blocks": Kind("a whole number", _is_whole),
    "fine_tune_epochs": FROM_0,
    "transfer.epochs": FROM_1.or_none(),
    "learning_rate": RATE,
    **dict.fromkeys(("add_head.learning_rate", "transfer.learning_rate"), RATE.or_none()),
    **dict.fromkeys(("recompile.learning_rate", "gradual_unfreeze.learning_rate"), ANY_RATE),
    "fine_tune_learning_rate": ANY_RATE,
    "block_rates.learning_rate": RATES,
    "learning_rates": Kind("a list of rates above 0", lambda value: _all(value, _is_rate) and len(value) > 0),
    **dict.fromkeys(("low", "high", "peak", "strength"), ABOVE_0),
    "warm_up": FRACTION,
    "seed": _whole(0, 2**32 - 2),  # NumPy takes no more, and the second stage of tl.transfer adds 1
    "augment": Kind(
        "None, a Keras layer, or a function of a batch",
        lambda value: value is None or (callable(value) and not isinstance(value, type)),
    ),
    "callbacks": Kind(
        "a list of Keras callbacks; a single one goes into a list, [callback]",
        lambda value: _all(value, lambda one: _of_keras(one, "callbacks.Callback")),
    ),
    "verbose": Kind('"auto", 0, 1 or 2', lambda value: isinstance(value, (str, int)) and value in ("auto", 0, 1, 2)),
    **dict.fromkeys(("cache", "progress", "raw"), YES_OR_NO),
    "views": FROM_1.or_none(),
    "memory_budget": Kind("a number of bytes, from 0", lambda value: isinstance(value, Real) and value >= 0),
    "step": _whole(1, 6).or_none(),
    # tasks
    "name": TEXT,
    "by_name.name": Kind("the name of a task, or the path of a folder or file", _is_path, DataError),
    "path": PATH,
    "tier": Kind('"bundled" or "full"', lambda value: _is_text(value) and value in ("bundled", "full"), DataError),
    "person": TEXT.or_none(),
    "texts": Kind("a list of texts", lambda value: _all(value, lambda one: True), DataError),
    "labels": Kind("an array of whole numbers, one for each input", _is_array, DataError),
    "class_names": Kind(
        'two or more different names in a list, as ["cat", "dog"]',
        lambda value: _all(value, _is_text) and len(set(value)) == len(value) > 1,
        DataError,
    ),
    **dict.fromkeys(("validation", "test"), FRACTION),
    **dict.fromkeys(
        ("from_splits.train", "from_splits.validation", "from_splits.test"),
        Kind("a pair (inputs, labels)", lambda value: isinstance(value, (list, tuple)) and len(value) == 2, DataError),
    ),
    **dict.fromkeys(("text", "label"), COLUMN),
    **dict.fromkeys(("by_name.text", "by_name.label"), COLUMN.or_none()),
    "n_per_class": Kind("a whole number", _is_whole, DataError),
    # comparing and scores
    "methods": Kind(
        'functions of (task, seed) by name, or a list of them, as ["scratch", "frozen", "fine_tuned"]',
        _are_methods,
        DataError,
    ),
    "seeds": replace(_whole(1, 1000), error=DataError),
    "labels_per_class": Kind(
        "None, a number of labels of each class, or a list of such numbers",
        lambda value: value is None or _is_whole(value) or _all(value, _is_whole),
        DataError,
    ),
    "workers": _whole(1, 1000).or_none(),
    "folder": PATH,
    "compare.folder": PATH.or_none(),
    "comparison": Kind("what tl.compare.compare(...) gives", _has("pairs", "pair"), DataError),
    **dict.fromkeys(("method", "baseline", "score", "change"), TEXT),
    "sources": Kind(
        "a list of names of sources, or of pairs (name, model)",
        lambda value: _all(value, lambda one: _is_text(one) or _is_named_model(one)) and len(value) > 0,
        SourceError,
    ),
    # domain adaptation
    "domains": Kind("domains, as tl.adapt.between(source, target, base) gives", _has("source", "target", "judge")),
    "ratio": Kind("a function of source rows and target rows, as tl.adapt.kmm", callable),
    **dict.fromkeys(("directions", "width"), _whole(1, 100_000)),
    **dict.fromkeys(("kmm.width", "kliep.width"), ABOVE_0.or_none()),
    "much": Kind("a number from 0", lambda value: _is_number(value) and value >= 0).or_none(),
    "ridge": Kind("a number from 1e-9 to 1e9", lambda value: _is_number(value) and 1e-9 <= value <= 1e9),
    "shares": Kind(
        "a list of shares, each above 0 and below 1", lambda value: _all(value, FRACTION.fits) and len(value) > 0
    ),
    # drawing
    "species": Kind(
        "the name of a species, or a list of names (tl.menagerie.SPECIES has all)",
        lambda value: _is_text(value) or _all(value, _is_text),
        DataError,
    ),
    "attributes.species": TEXT,
    "style": TEXT,
    "animal": Kind("an animal, as tl.menagerie.sample(...) describes them", _has("species", "detail"), DataError),
    **dict.fromkeys(("n", "start"), FROM_0),
    **dict.fromkeys(("n_train", "n_validation", "n_test"), FROM_1),
    "figure": Kind("a figure of matplotlib", _has("savefig")),
    "alt": Kind(
        "a text that says what the figure shows: a screen reader reads it in the place of the picture",
        lambda value: _is_text(value) and bool(value.strip()),
    ),
    "frozen": HISTORY,
    "fine_tuned": HISTORY.or_none(),
    "histories": Kind(
        'a dictionary of histories by name, each with "loss" and "val_loss"',
        lambda value: (
            isinstance(value, dict)
            and len(value) > 0
            and all(isinstance(one, dict) and {"loss", "val_loss"} <= one.keys() for one in value.values())
        ),
    ),
    "evaluation": Kind("what tl.evaluate(model, split) gives", _has("confusion")),
    "images": Kind(
        "pictures (n, height, width, 3)",
        lambda value: _is_array(value) and np.ndim(value) == 4 and np.shape(value)[-1] == 3,
        DataError,
    ),
    "titles": TEXTS,
    "bars.values": Kind(
        "a dictionary of numbers by name",
        lambda value: (
            isinstance(value, dict)
            and len(value) > 0
            and _all([*value], _is_text)
            and _all([*value.values()], _is_number)
        ),
        DataError,
    ),
    **dict.fromkeys(("xlabel", "title"), TEXT),
    "mark": Kind("a number", _is_number).or_none(),
    "rotation": Kind("a number of degrees", _is_number),
    "centre": Kind("a number", _is_number),
    "columns": _whole(1, 100),
}
