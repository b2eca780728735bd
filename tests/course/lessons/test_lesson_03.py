"""Lesson 03: its exercises, and what its text claims of the bundled base."""

import math
import re

import numpy as np
import pytest
from marking import (
    ODD,
    blanks_are_met_kindly,
    fine_tuned,
    headed,
    hint,
    hints_of_their_own,
    said,
    solved,
)

from tlteach.course import lessons

NAMES = [name for name in lessons.names("exercises") if name.startswith("03")]

SOLUTIONS = {
    "03-a": [67_840, np.int64(67_840), 67_840.0],
    "03-c": [1e-3, np.float32(1e-3)],
    "03-d": [10**-4.5, 3.16e-5, 0.00003162],
    "03-e": [1.997, 2 - 0.1 / 100 * 3],
    "03-f": [
        {"A": "augmentation", "B": "a lower rate", "C": "more epochs"},
        {"A": "Augmentation ", "B": "lower rate", "C": "more epochs"},
    ],
}
MISTAKES = {
    "03-a": [65_536, 68_864, 68_354, 589_824, 68_352 - 256, 12],
    "03-c": [1e-6, 1e-4, 1e-2, 1e-1, 1.0, 3e-3],
    "03-d": [2.575e-4, 10**-4.6, 10**0.5, 1e-4, 10**-3.5, 1e-2, 5e-5],
    "03-e": [2.003, 1.7, 0.003, 1.97, 1.999, 1.994, 5.0],
    "03-f": [
        {"A": "more epochs", "B": "a lower rate", "C": "augmentation"},
        {"A": "a lower rate", "B": "augmentation", "C": "more epochs"},
        {"A": "augmentation", "B": "more epochs", "C": "a lower rate"},
        {"A": "augmentation", "B": "augmentation", "C": "more epochs"},
        {"A": "augmentation", "B": "a lower rate", "C": "augmentation"},
        {"A": "augmentation", "B": "a lower rate", "C": "a lower rate"},
        {"A": "prayer", "B": "a lower rate", "C": "more epochs"},
        {"A": "augmentation"},
    ],
}
ANSWERS = {
    "03-a": r"67,?840",
    "03-b": r"trainable ?= ?(True|False)|unfreeze\(|compile\(|from_layer",
    "03-c": r"1e-0?3|0\.001",
    "03-d": r"3\.16|e-0?5",
    "03-e": r"1\.997",
    "03-f": r"augmentation|lower rate|more epochs",
}
MODELS = [lambda: fine_tuned(from_block=2), lambda: fine_tuned(from_block=2, rate=1e-3)]
WRONG_MODELS = [
    headed,
    fine_tuned,
    lambda: fine_tuned(from_block=1),
    lambda: fine_tuned(from_block=2, normalization=True),
    lambda: fine_tuned(from_block=2, again=False),
    lambda: fine_tuned(from_block=2, head=False),
    lambda: fine_tuned(names=["block2_conv1", "block3_conv1", "block3_conv2"]),
    lambda: fine_tuned(names=["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"]),
]


def test_every_exercise_is_tried_here():
    assert SOLUTIONS.keys() == MISTAKES.keys() == ANSWERS.keys() - {"03-b"}
    assert ANSWERS.keys() == set(NAMES)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_solution_is_solved(capsys, name):
    solved(capsys, name, SOLUTIONS[name])


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_hints_of_their_own(capsys, name):
    hints = hints_of_their_own(capsys, name, MISTAKES[name])
    assert not [text for text in hints if re.search(ANSWERS[name], text)]


def test_two_whole_blocks_are_right(capsys):
    for make in MODELS:
        assert said(capsys, "03-b", make()).startswith("03-b solved. ")


def test_wrong_models_get_hints_of_their_own(capsys):
    models = [make() for make in WRONG_MODELS]
    hints = hints_of_their_own(capsys, "03-b", models)
    assert not [text for text in hints if re.search(ANSWERS["03-b"], text)]


@pytest.mark.parametrize("name", NAMES)
def test_blanks_and_odd_answers_are_met_kindly(capsys, name):
    blanks_are_met_kindly(capsys, name)
    for answer in [*ODD, math.pi, -1, 0, {"A": "x", "B": "y", "C": "z"}]:
        assert not re.search(ANSWERS[name], hint(capsys, name, answer))


@pytest.fixture(scope="module")
def bundled_base():
    import tlteach as tl

    return tl.base_model(tl.sources.source_by_name("menagerie"))


def test_what_the_text_says_of_the_base(bundled_base):
    """Fourteen blocks; the top one holds what exercise a counts; most weights are near the top."""
    import tlteach as tl
    from tlteach.engine.network import _keeps_statistics, count

    blocks = tl.blocks(bundled_base)
    assert len(blocks) == 14
    assert blocks[-1].name == "conv_dw_13"
    kernels = [layer.kernel for layer in blocks[-1].layers if layer.weights and not _keeps_statistics(layer)]
    assert count(kernels) == 67_840
    sizes = [sum(layer.count_params() for layer in block.layers) for block in blocks]
    assert sum(sizes[-3:]) > 0.5 * sum(sizes)  # those after conv_dw_10
    assert sum(sizes[:7]) < 0.1 * sum(sizes)


def test_the_rates_of_exercise_d_are_those_that_the_package_gives(bundled_base):
    """Four blocks and a head, from 1e-5 to 1e-3: the rate of the second lowest block."""
    import keras

    from tlteach import recipe
    from tlteach.methods import tune

    bundled_base.trainable = True
    features = keras.layers.GlobalAveragePooling2D()(bundled_base.output)
    model = keras.Model(bundled_base.input, keras.layers.Dense(2, activation="softmax")(features))
    rates = tune.block_rates(recipe.unfreeze(model, "conv_dw_10"), (1e-5, 1e-3))
    assert list(rates) == ["conv_dw_10", "conv_dw_11", "conv_dw_12", "conv_dw_13", "head"]
    assert rates["conv_dw_11"] == pytest.approx(SOLUTIONS["03-d"][0])


def test_the_curve_of_exercise_c_is_read_as_the_package_reads_it():
    from tlteach.methods.tune.learning_rate import suggest

    losses = np.array([0.69, 0.69, 0.66, 0.45, 0.32, 0.50, 1.20])
    assert suggest(np.geomspace(1e-6, 1, 7), losses) == pytest.approx(SOLUTIONS["03-c"][0])
