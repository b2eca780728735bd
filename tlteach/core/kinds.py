"""What every parameter of the public functions must be, by its name: one word means one thing wherever it stands.

Where it does not, KINDS names the function too: "transfer.source" is a name, any other `source` a card.
"""

from dataclasses import replace
from numbers import Real

import numpy as np

from tlteach.core.errors import DataError, SourceError
from tlteach.core.fits import (
    ABOVE_0,
    ANY_RATE,
    CARD,
    CARD_OF_PICTURES,
    CLASSIFIER,
    COLUMN,
    COMPILED,
    FEATURES,
    FRACTION,
    FROM_0,
    FROM_1,
    GRAPH,
    HISTORY,
    PATH,
    RATE,
    RATES,
    ROWS,
    SIZE,
    SOURCE,
    SPLIT,
    TASK,
    TEXT,
    TEXTS,
    YES_OR_NO,
    Kind,
    all_of,
    are_methods,
    has,
    is_array,
    is_named_model,
    is_number,
    is_path,
    is_rate,
    is_text,
    is_whole,
    of_keras,
    whole,
)

KINDS = {
    **dict.fromkeys(("task", "source_task", "between.source", "between.target"), TASK),
    "split": SPLIT,
    "rows": ROWS,
    **dict.fromkeys(("load.image_size", "arrays.image_size", "batches.image_size"), SIZE),
    "tokenizer": Kind("a tokenizer, as base.tokenizer is one", has("encode", "padding_id"), DataError),
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
        lambda value: is_text(value) or is_number(value),
    ),
    "dropout": Kind(
        "a number from 0 to below 1 (with 1 nothing would reach the head)",
        lambda value: is_number(value) and 0 <= value < 1,
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
    "weights": Kind('"pretrained"', lambda value: is_text(value) and value == "pretrained", SourceError).or_none(),
    **dict.fromkeys(("size", "image_size", "max_tokens"), SIZE.or_none()),
    **dict.fromkeys(("draw.size", "sample.size", "contact_sheet.size"), SIZE),
    # training
    **dict.fromkeys(("epochs", "epochs_per_block", "batch_size", "steps", "rank"), FROM_1),
    "n_blocks": Kind("a whole number", is_whole),
    "fine_tune_epochs": FROM_0,
    "transfer.epochs": FROM_1.or_none(),
    "learning_rate": RATE,
    **dict.fromkeys(("add_head.learning_rate", "transfer.learning_rate"), RATE.or_none()),
    **dict.fromkeys(("recompile.learning_rate", "gradual_unfreeze.learning_rate"), ANY_RATE),
    "fine_tune_learning_rate": ANY_RATE,
    "block_rates.learning_rate": RATES,
    "learning_rates": Kind("a list of rates above 0", lambda value: all_of(value, is_rate) and len(value) > 0),
    **dict.fromkeys(("low", "high", "peak", "strength"), ABOVE_0),
    "warm_up": FRACTION,
    "seed": whole(0, 2**32 - 2),  # NumPy takes no more, and the second stage of tl.transfer adds 1
    "augment": Kind(
        "None, a Keras layer, or a function of a batch",
        lambda value: value is None or (callable(value) and not isinstance(value, type)),
    ),
    "callbacks": Kind(
        "a list of Keras callbacks; a single one goes into a list, [callback]",
        lambda value: all_of(value, lambda one: of_keras(one, "callbacks.Callback")),
    ),
    "verbose": Kind('"auto", 0, 1 or 2', lambda value: isinstance(value, (str, int)) and value in ("auto", 0, 1, 2)),
    **dict.fromkeys(("cache", "progress", "raw"), YES_OR_NO),
    "views": FROM_1.or_none(),
    "memory_budget": Kind("a number of bytes, from 0", lambda value: isinstance(value, Real) and value >= 0),
    "step": whole(1, 6).or_none(),
    # tasks
    "name": TEXT,
    "by_name.name": Kind("the name of a task, or the path of a folder or file", is_path, DataError),
    "path": PATH,
    "tier": Kind('"bundled" or "full"', lambda value: is_text(value) and value in ("bundled", "full"), DataError),
    "person": TEXT.or_none(),
    "texts": Kind("a list of texts", lambda value: all_of(value, lambda one: True), DataError),
    "labels": Kind("an array of whole numbers, one for each input", is_array, DataError),
    "class_names": Kind(
        'two or more different names in a list, as ["cat", "dog"]',
        lambda value: all_of(value, is_text) and len(set(value)) == len(value) > 1,
        DataError,
    ),
    **dict.fromkeys(("validation", "test"), FRACTION),
    **dict.fromkeys(
        ("from_splits.train", "from_splits.validation", "from_splits.test"),
        Kind("a pair (inputs, labels)", lambda value: isinstance(value, (list, tuple)) and len(value) == 2, DataError),
    ),
    **dict.fromkeys(("text", "label"), COLUMN),
    **dict.fromkeys(("by_name.text", "by_name.label"), COLUMN.or_none()),
    "n_per_class": Kind("a whole number", is_whole, DataError),
    # comparing and scores
    "methods": Kind(
        'functions of (task, seed) by name, or a list of them, as ["scratch", "frozen", "fine_tuned"]',
        are_methods,
        DataError,
    ),
    "seeds": replace(whole(1, 1000), error=DataError),
    "labels_per_class": Kind(
        "None, a number of labels of each class, or a list of such numbers",
        lambda value: value is None or is_whole(value) or all_of(value, is_whole),
        DataError,
    ),
    "workers": whole(1, 1000).or_none(),
    "folder": PATH,
    "compare.folder": PATH.or_none(),
    "comparison": Kind("what tl.compare.compare(...) gives", has("pairs", "pair"), DataError),
    **dict.fromkeys(("method", "baseline", "score", "change"), TEXT),
    "sources": Kind(
        "a list of names of sources, or of pairs (name, model)",
        lambda value: all_of(value, lambda one: is_text(one) or is_named_model(one)) and len(value) > 0,
        SourceError,
    ),
    # domain adaptation
    "domains": Kind("domains, as tl.adapt.between(source, target, base) gives", has("source", "target", "judge")),
    "ratio": Kind("a function of source rows and target rows, as tl.adapt.kmm", callable),
    **dict.fromkeys(("directions", "width"), whole(1, 100_000)),
    **dict.fromkeys(("kmm.width", "kliep.width"), ABOVE_0.or_none()),
    "much": Kind("a number from 0", lambda value: is_number(value) and value >= 0).or_none(),
    "ridge": Kind("a number from 1e-9 to 1e9", lambda value: is_number(value) and 1e-9 <= value <= 1e9),
    "shares": Kind(
        "a list of shares, each above 0 and below 1", lambda value: all_of(value, FRACTION.fits) and len(value) > 0
    ),
    # many tasks
    "tasks": Kind(
        "tasks, as tl.multi_task.Tasks(inputs, labels by name) gives", has("inputs", "labels", "arrays", "judge")
    ),
    "loss_weights": Kind(
        'a dictionary of weights from 0 by the name of the task, as {"species": 1.0}',
        lambda value: (
            isinstance(value, dict)
            and all_of([*value], is_text)
            and all_of([*value.values()], lambda one: is_number(one) and one >= 0)
        ),
    ).or_none(),
    **dict.fromkeys(("network.base", "own_trunks.base"), GRAPH.or_none()),
    "speed": ABOVE_0,
    "stitched": YES_OR_NO,
    "predicted.inputs": Kind(
        "an array of inputs (n, ...)",
        lambda value: is_array(value) and np.ndim(value) > 1 and np.asarray(value).dtype.kind in "biuf",
        DataError,
    ),
    "predicted.name": TEXT,
    "smart_camera.split": Kind(
        '"train", "validation" or "test"',
        lambda value: is_text(value) and value in ("train", "validation", "test"),
        DataError,
    ),
    # drawing
    "species": Kind(
        "the name of a species, or a list of names (tl.menagerie.SPECIES has all)",
        lambda value: is_text(value) or all_of(value, is_text),
        DataError,
    ),
    "attributes.species": TEXT,
    "style": TEXT,
    "animal": Kind("an animal, as tl.menagerie.sample(...) describes them", has("species", "detail"), DataError),
    **dict.fromkeys(("n", "start"), FROM_0),
    **dict.fromkeys(("n_train", "n_validation", "n_test"), FROM_1),
    "figure": Kind("a figure of matplotlib", has("savefig")),
    "alt": Kind(
        "a text that says what the figure shows: a screen reader reads it in the place of the picture",
        lambda value: is_text(value) and bool(value.strip()),
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
    "evaluation": Kind("what tl.evaluate(model, split) gives", has("confusion")),
    "images": Kind(
        "pictures (n, height, width, 3)",
        lambda value: is_array(value) and np.ndim(value) == 4 and np.shape(value)[-1] == 3,
        DataError,
    ),
    "titles": TEXTS,
    "bars.values": Kind(
        "a dictionary of numbers by name",
        lambda value: (
            isinstance(value, dict)
            and len(value) > 0
            and all_of([*value], is_text)
            and all_of([*value.values()], is_number)
        ),
        DataError,
    ),
    **dict.fromkeys(("xlabel", "title"), TEXT),
    "mark": Kind("a number", is_number).or_none(),
    "rotation": Kind("a number of degrees", is_number),
    "centre": Kind("a number", is_number),
    "columns": whole(1, 100),
}
