"""What parameters of tlteach.methods must be, by their names: the part of the table in kinds.py that is theirs."""

import numpy as np

from tlteach.core.errors import DataError
from tlteach.core.fits import (
    ABOVE_0,
    CLASSIFIER,
    COMPILED,
    DRIVER,
    FEATURES,
    FRACTION,
    FROM_1,
    FROM_NOTHING,
    GRAPH,
    INPUTS,
    NUMBERS,
    RECORDED,
    TEXT,
    WEIGHTS_BY_NAME,
    WORLDS,
    YES_OR_NO,
    Kind,
    all_of,
    are_numbers,
    has,
    is_array,
    is_graph,
    is_number,
    is_row_of,
    is_text,
    of_keras,
    whole,
)

OF_METHODS = {
    # domain adaptation
    "domains": Kind("domains, as tl.adapt.between(source, target, base) gives", has("source", "target", "judge")),
    "ratio": Kind("a function of source rows and target rows, as tl.adapt.kmm", callable),
    **dict.fromkeys(("directions", "width"), whole(1, 100_000)),
    **dict.fromkeys(("kmm.width", "kliep.width"), ABOVE_0.or_none()),
    "much": FROM_NOTHING.or_none(),
    **dict.fromkeys(
        ("ridge", "signature_ridge"),
        Kind("a number from 1e-9 to 1e9", lambda value: is_number(value) and 1e-9 <= value <= 1e9),
    ),
    "shares": Kind(
        "a list of shares, each above 0 and below 1", lambda value: all_of(value, FRACTION.fits) and len(value) > 0
    ),
    # few labels
    "labelled": Kind("a pair of arrays, (inputs, labels)", lambda value: is_row_of(value, 2, are_numbers), DataError),
    **dict.fromkeys(
        ("unlabelled", "probabilities.inputs", "vote.inputs"),
        Kind("one array of inputs, without labels", are_numbers, DataError),
    ),
    "co_training.labelled": Kind(
        "((inputs in one view, inputs in the other), labels)",
        lambda value: is_row_of(value, 2, lambda one: are_numbers(one) or is_row_of(one, 2, are_numbers)),
        DataError,
    ),
    "co_training.unlabelled": Kind(
        "a pair of arrays, inputs in one view and in the other",
        lambda value: is_row_of(value, 2, are_numbers),
        DataError,
    ),
    **dict.fromkeys(("animals.labels", "animals.unlabelled"), FROM_1),
    "dogs": FRACTION.or_none(),
    "share": FRACTION,
    "threshold": FRACTION,
    "rounds": FROM_1,
    "co_training.models": Kind("two models, one for each view", lambda value: is_row_of(value, 2, GRAPH.fits)),
    **dict.fromkeys(
        ("tri_training.models", "vote.models"), Kind("three models", lambda value: is_row_of(value, 3, GRAPH.fits))
    ),
    **dict.fromkeys(
        ("weakly", "strongly"),
        Kind("a Keras layer that changes inputs in training", lambda value: of_keras(value, "layers.Layer")),
    ),
    # few, one and no examples
    **dict.fromkeys(
        ("told", "support", "queries", "signatures", "scores", "sentences", "calibrated.scores", "episodes.features"),
        NUMBERS,
    ),
    **dict.fromkeys(
        (f"{function}.features" for function in ("embedding", "tower", "attribute_network", "unit", "prototypes")),
        NUMBERS,
    ),
    **dict.fromkeys(("known", "query_features"), NUMBERS.or_none()),
    **dict.fromkeys(
        (
            f"{function}.inputs"
            for function in (
                *("by_prototypes", "meta_train", "dap", "eszsl", "contrast", "similarities"),
                *("fisher", "predicted"),
            )
        ),
        INPUTS,
    ),
    "query_inputs": INPUTS.or_none(),
    "mean": Kind(
        "None, or an array of numbers (d,)",
        lambda value: value is None or (are_numbers(value) and np.ndim(value) == 1),
        DataError,
    ),
    "sentence_labels": Kind(
        "whole numbers, the class of each sentence",
        lambda value: are_numbers(value) and np.ndim(value) == 1 and np.asarray(value).dtype.kind in "iu",
        DataError,
    ),
    "is_known": Kind("True or False for each column of scores", is_array, DataError),
    **dict.fromkeys(("meta_train.model", "dap.model", "by_attributes.model"), CLASSIFIER),
    **dict.fromkeys(
        ("contrast.model", "similarities.model"),
        Kind(
            "two towers, as few_shot.two_towers(picture_tower, text_tower) gives",
            lambda value: is_graph(value) and len(value.inputs) == 2 and len(value.outputs) == 1,
        ),
    ),
    "ways": whole(2, 1000),
    **dict.fromkeys(("shots", "n_queries"), whole(1, 1000)),
    "encoder": FEATURES.or_none(),
    "learner": Kind("a function of (support, labels, queries) that gives scores, as few_shot.nearest", callable),
    "random": Kind("a generator, as np.random.default_rng(0)", has("permutation", "random")),
    **dict.fromkeys(("picture_tower", "text_tower"), CLASSIFIER),
    **dict.fromkeys(("penalty", "centre"), Kind("a number", is_number)),
    # one task after the other
    **dict.fromkeys(
        ("old", "new", "new_head.model", "fisher.model"),
        Kind(
            "a functional or Sequential Keras model that gives a number for each of two classes or more, compiled with "
            "a loss, as tl.continual.network(n_inputs, n_classes) gives",
            lambda value: COMPILED.fits(value) and (value.output_shape[-1] or 0) > 1,
        ),
    ),
    **dict.fromkeys(
        ("past", "present"),
        Kind("a pair (inputs, labels) of arrays", lambda value: is_row_of(value, 2, is_array), DataError),
    ),
    **dict.fromkeys(("n_inputs", "n_classes"), whole(1, 100_000)),
    **dict.fromkeys(("kept", "most"), FROM_1),
    # many tasks
    "tasks": Kind(
        "tasks, as tl.multi_task.Tasks(inputs, labels by name) gives", has("inputs", "labels", "arrays", "judge")
    ),
    "loss_weights": WEIGHTS_BY_NAME.or_none(),
    **dict.fromkeys(("network.base", "own_trunks.base"), GRAPH.or_none()),
    "speed": ABOVE_0,
    "stitched": YES_OR_NO,
    "predicted.name": TEXT,
    "smart_camera.split": Kind(
        '"train", "validation" or "test"',
        lambda value: is_text(value) and value in ("train", "validation", "test"),
        DataError,
    ),
    # from simulation to reality
    "worlds": WORLDS,
    **dict.fromkeys(("worlds.n", "realities.n", "frames"), whole(1, 100_000)),
    "randomness": FROM_NOTHING,
    "level": Kind("a number from 0 to 5", lambda value: is_number(value) and 0 <= value <= 5),
    "drawn_digits.size": whole(16, 512),
    "outside": TEXT.or_none(),
    "recorded": RECORDED,
    "driver": DRIVER,
    "clone.model": COMPILED,
}
