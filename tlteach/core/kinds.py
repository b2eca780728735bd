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
    HISTORIES,
    HISTORY,
    NUMBERS_BY_NAME,
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
from tlteach.core.kinds_of_methods import OF_METHODS

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
    **dict.fromkeys(("evaluate.model", "try_it.model"), CLASSIFIER),
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
    **dict.fromkeys(("image_size", "max_tokens"), SIZE.or_none()),
    "size": whole(1, 30_000).or_none(),
    **dict.fromkeys(("draw.size", "sample.size", "sample_kinds.size", "contact_sheet.size"), SIZE),
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
    **dict.fromkeys(("cache", "progress", "raw", "aside", "pushed"), YES_OR_NO),
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
    **dict.fromkeys(("by_name.group", "from_csv.group"), COLUMN.or_none()),
    "from_folder.group": Kind(
        'a word for what belongs together, such as "patient"',
        lambda value: is_text(value) and value.replace("_", "a").replace(" ", "a").isalnum(),
        DataError,
    ).or_none(),
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
    "country": TEXT,
    "carbon": Kind(
        'True, False, or three letters of a country, as "ITA"',
        lambda value: isinstance(value, bool) or (is_text(value) and value != ""),
    ),
    "folder": PATH,
    "compare.folder": PATH.or_none(),
    # records, and where runs are tracked
    "run": PATH,
    "rerun.task": TASK.or_none(),
    "found": Kind("what tl.transfer or tl.compare.compare gives", has("to_dict", "task"), DataError),
    "saved": PATH.or_none(),
    "compare.track": PATH.or_none(),
    "client": Kind(
        "a client of a Dask cluster, as dask.distributed.Client() is one", has("scatter", "scheduler_info"), DataError
    ).or_none(),
    "comparison": Kind("what tl.compare.compare(...) gives", has("pairs", "pair"), DataError),
    **dict.fromkeys(("method", "baseline", "score", "change"), TEXT),
    "sources": Kind(
        "a list of names of sources, or of pairs (name, model)",
        lambda value: all_of(value, lambda one: is_text(one) or is_named_model(one)) and len(value) > 0,
        SourceError,
    ),
    # sounds
    "milliseconds": whole(20, 30_000).or_none(),
    **dict.fromkeys(("load.milliseconds", "arrays.milliseconds", "batches.milliseconds"), whole(20, 30_000)),
    "by_speaker": YES_OR_NO,
    "sounds": Kind("numbers in -1..1, an array (n, samples)", is_array, DataError),
    "speakers": Kind("a name for each sound, in a list", lambda value: all_of(value, is_text), DataError).or_none(),
    **OF_METHODS,
    # drawing
    "species": Kind(
        "the name of a species, or a list of names (tl.menagerie.SPECIES has all)",
        lambda value: is_text(value) or all_of(value, is_text),
        DataError,
    ),
    **dict.fromkeys(("attributes.species", "changed.species"), TEXT),
    "kind": Kind("an anatomy, as tl.menagerie.SPECIES has them", has("hooves", "jaw"), DataError),
    "anatomy": Kind(
        "the name of a species, or an anatomy, as random_species(1) gives",
        lambda value: is_text(value) or has("hooves", "jaw")(value),
        DataError,
    ),
    "kinds": Kind(
        "a dictionary of anatomies by name, as random_species(10) gives",
        lambda value: isinstance(value, dict),
        DataError,
    ),
    "signatures.kinds": Kind(
        "a list of names of species, or of anatomies",
        lambda value: all_of(value, lambda one: is_text(one) or has("hooves", "jaw")(one)) and len(value) > 0,
        DataError,
    ),
    "n_each": FROM_1,
    "clear": YES_OR_NO,
    "style": TEXT,
    "animal": Kind("an animal, as tl.menagerie.sample(...) describes them", has("species", "detail"), DataError),
    # voices
    **dict.fromkeys(("word", "language"), TEXT),
    "say.voice": Kind("a voice, as tl.voices.voice(seed) draws one", has("pitch", "tract"), DataError),
    "variety": Kind("a number from 0 to 2", lambda value: is_number(value) and 0 <= value <= 2),
    **dict.fromkeys(("n", "start"), FROM_0),
    **dict.fromkeys(("n_train", "n_validation", "n_test"), FROM_1),
    "figure": Kind("a figure of matplotlib", has("savefig")),
    "alt": Kind(
        "a text that says what the figure shows: a screen reader reads it in the place of the picture",
        lambda value: is_text(value) and bool(value.strip()),
    ),
    "frozen": HISTORY,
    "fine_tuned": HISTORY.or_none(),
    "histories": HISTORIES,
    "evaluation": Kind("what tl.evaluate(model, split) gives", has("confusion")),
    "images": Kind(
        "pictures (n, height, width, 3)",
        lambda value: is_array(value) and np.ndim(value) == 4 and np.shape(value)[-1] == 3,
        DataError,
    ),
    "grad_cam.inputs": Kind("an array of what the model takes, its first axis the inputs", is_array, DataError),
    "titles": TEXTS,
    "feature_space.features": Kind(
        "a dictionary of features (n, d) by the name of a network",
        lambda value: isinstance(value, dict) and 0 < len(value) <= 4 and all_of([*value], is_text),
        DataError,
    ),
    "bars.values": NUMBERS_BY_NAME,
    **dict.fromkeys(("xlabel", "title"), TEXT),
    "mark": Kind("a number", is_number).or_none(),
    "rotation": Kind("a number of degrees", is_number),
    "columns": whole(1, 100),
    "class_index": replace(FROM_0, error=DataError).or_none(),
}
