"""Lesson 04: its exercises, and what its text claims that no cell asserts."""

import keras
import numpy as np
import pytest
from marking import exercises_of

import tlteach as tl
from tlteach.image.cards import accuracy_over_parameters

CARDS = {"phone": "mobilenet_v2_100", "drawings": "menagerie", "photos": "inception_resnet_v2"}
STYLES = {"daylight": (0.07, 0.97), "fog": (0.24, 0.6), "night": (0.25, 0.56), "sketch": (0.27, 0.68)}
IN_ORDER = {**STYLES, "sketch": (0.27, 0.5)}


def found(said, measured=STYLES):
    return {"said": said, "measured": measured}


SOLUTIONS = {
    "04-a": [33_920, np.int64(33_920), 9 * 128 + 128 * 256],
    "04-b": [CARDS, {**CARDS, "phone": " MobileNetV2 "}, {**CARDS, "photos": "InceptionResNetV2"}],
    "04-c": [
        found("not always"),
        found(" Not always"),
        found("always", IN_ORDER),
        found("not always", {style: np.array(pair) for style, pair in STYLES.items()}),
        found("always", {**IN_ORDER, "snow": (0.9, 0.9)}),  # a style of the learner's own is not asked for
    ],
}
MISTAKES = {
    "04-a": [294_912, 1_152, 32_768, 32_777, 35_072, 34_176, 8.7],
    "04-b": [
        {"phone": "mobilenet_v2_100"},
        {**CARDS, "phone": "a small one"},
        {**CARDS, "drawings": "vgg16"},
        {**CARDS, "phone": "efficientnet_b0"},
        {**CARDS, "phone": "vgg16"},
        {**CARDS, "phone": "mobilenet_100"},
        {**CARDS, "phone": "menagerie"},
        {**CARDS, "photos": "convnext_tiny"},
        {**CARDS, "photos": "xception"},
        {**CARDS, "photos": "menagerie"},
    ],
    "04-c": [
        found("always"),
        found("not always", IN_ORDER),
        found("never"),
        found("not always", {"daylight": STYLES["daylight"]}),
        found("not always", {**STYLES, "fog": (0.2, 60.0)}),
    ],
}
ANSWERS = {
    "04-a": r"33,?920",
    "04-b": r"mobilenet_v2|menagerie|inception_resnet",
    "04-c": r"it is (not )?always",
}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("04", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    """A learner may have put something else into it."""
    from tlteach.course.exercises import check

    for measured in (None, 7, {}, {"fog": None}, dict.fromkeys(STYLES, 1), dict.fromkeys(STYLES, "ab")):
        check("04-c", found("always", measured))


# ---------------------------------------------------------------- what the text says


def test_the_best_of_the_cards_are_the_only_ones():
    """No second source is as accurate as the one that exercise b asks for."""
    stated = [card for card in tl.sources.SOURCES.values() if card.top1 and not card.licence.startswith("not stated")]
    for setting, most in (("phone", 5e6), ("photos", np.inf)):
        first, second, *_ = sorted((card for card in stated if card.parameters <= most), key=lambda card: -card.top1)
        assert first.name == CARDS[setting]
        assert first.top1 > second.top1


def test_a_separable_convolution_has_the_weights_of_exercise_a():
    layer = keras.layers.SeparableConv2D(256, 3, use_bias=False)
    layer.build((None, None, None, 128))
    assert layer.count_params() == SOLUTIONS["04-a"][0]


def test_every_source_with_an_accuracy_is_in_the_figure():
    cards = tl.sources.SOURCES.values()
    (axes,) = accuracy_over_parameters(cards, "A finding").axes
    assert {text.get_text() for text in axes.texts} == {card.name for card in cards if card.top1}
    assert axes.get_title() == "A finding"
    assert axes.get_xlabel()
    assert axes.get_ylabel()


@pytest.mark.parametrize("name", ["inception_v3"])
def test_a_filter_of_one_by_seven_is_not_one_by_one(name):
    layers = tl.sources.build(tl.sources.SOURCES[name], 96, weights=None).layers
    sizes = [layer.kernel_size for layer in layers if type(layer) is keras.layers.Conv2D]
    assert (sizes.count((1, 1)), len(sizes)) == (40, 94)
