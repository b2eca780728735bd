"""Lesson 04: its exercises, and what its text claims that no cell asserts."""

import inspect
import json
import re

import keras
import numpy as np
import pytest
from marking import ODD, blanks_are_met_kindly, hint, hints_of_their_own, solved
from places import BENCHMARKS

import tlteach as tl
from tlteach.course import lessons
from tlteach.course.lessons.lesson_04 import H_FEATURES, H_LABELS, LEEP_LABELS, LEEP_PROBABILITIES
from tlteach.image.cards import bundled_file
from tlteach.image.inside import activations
from tlteach.methods.transferability import h_score, leep, nce

NAMES = [name for name in lessons.names("exercises") if name.startswith("04")]
CARDS = {"phone": "mobilenet_v2_100", "drawings": "menagerie", "photos": "inception_resnet_v2"}
MAPS = {"early": "C", "middle": "A", "late": "B"}
TRIAL = {"A": "unclear", "B": "orders", "C": "reverses"}

TRUE = np.eye(2, dtype=bool)[LEEP_LABELS]
JOINT = np.eye(2)[LEEP_LABELS].T @ LEEP_PROBABILITIES / 4
EXPECTED = (LEEP_PROBABILITIES @ (JOINT / JOINT.sum(axis=0)).T)[TRUE]
LEEP = np.log(EXPECTED).mean()

MEANS = np.stack([H_FEATURES[label == H_LABELS].mean(axis=0) for label in H_LABELS])
TOTAL, BETWEEN = np.cov(H_FEATURES.T), np.cov(MEANS.T)
H_SCORE = np.trace(np.linalg.inv(TOTAL) @ BETWEEN)

SOLUTIONS = {
    "04-a": [33_920, np.int64(33_920), 9 * 128 + 128 * 256],
    "04-b": [CARDS, {**CARDS, "phone": " MobileNetV2 "}, {**CARDS, "photos": "InceptionResNetV2"}],
    "04-c": [MAPS, {"early": "c", "middle": "a", "late": "b"}],
    "04-d": [LEEP, leep(LEEP_PROBABILITIES, LEEP_LABELS), round(LEEP, 2)],
    "04-e": [H_SCORE, h_score(H_FEATURES, H_LABELS), np.array([H_SCORE])],
    "04-f": [TRIAL, {"A": "Unclear", "B": "orders ", "C": "reverses"}],
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
        {"early": "B", "middle": "A", "late": "C"},
        {"early": "C", "middle": "B", "late": "A"},
        {"early": "A", "middle": "C", "late": "B"},
        {"early": "A", "middle": "B", "late": "C"},
        {"early": "A", "middle": "A", "late": "B"},
        {"early": "A"},
    ],
    "04-d": [
        -LEEP,
        4 * LEEP,
        LEEP / np.log(2),
        np.log(EXPECTED.mean()),
        EXPECTED.mean(),
        np.log((LEEP_PROBABILITIES @ JOINT.T)[TRUE]).mean(),
        np.log((LEEP_PROBABILITIES @ (JOINT / JOINT.sum(axis=1, keepdims=True)).T)[TRUE]).mean(),
        nce(LEEP_PROBABILITIES.argmax(axis=1), LEEP_LABELS),
        7.0,
    ],
    "04-e": [
        np.trace(BETWEEN),
        np.trace(TOTAL @ BETWEEN),
        np.trace(BETWEEN / TOTAL),
        np.trace(np.linalg.inv(TOTAL - BETWEEN) @ BETWEEN),
        np.trace(np.linalg.inv(TOTAL) @ np.cov(MEANS[[0, -1]].T)),
        H_SCORE * 5 / 6,
        2.0,
        7.0,
    ],
    "04-f": [
        {**TRIAL, "A": "orders"},
        {**TRIAL, "A": "reverses"},
        {**TRIAL, "B": "unclear"},
        {**TRIAL, "C": "unclear"},
        {**TRIAL, "C": "orders"},
        {**TRIAL, "C": "good"},
        {"A": "unclear"},
    ],
}
ANSWERS = {
    "04-a": r"33,?920",
    "04-b": r"mobilenet_v2|menagerie|inception_resnet",
    "04-c": r"\b[ABC]\b",
    "04-d": r"0\.56|0\.57",
    "04-e": r"0\.77",
    "04-f": r"\b(unclear|orders|reverses)\b",
}


def test_every_exercise_is_tried_here():
    assert SOLUTIONS.keys() == MISTAKES.keys() == ANSWERS.keys() == set(NAMES)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_solution_is_solved(capsys, name):
    solved(capsys, name, SOLUTIONS[name])


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_hints_of_their_own(capsys, name):
    hints = hints_of_their_own(capsys, name, MISTAKES[name])
    assert not [text for text in hints if re.search(ANSWERS[name], text.removeprefix(name))]


@pytest.mark.parametrize("name", NAMES)
def test_blanks_and_odd_answers_are_met_kindly(capsys, name):
    blanks_are_met_kindly(capsys, name)
    for answer in ODD:
        assert not re.search(ANSWERS[name], hint(capsys, name, answer).removeprefix(name))


# ---------------------------------------------------------------- what the text says


def test_the_best_of_the_cards_are_the_only_ones():
    """No second source is as accurate as the one that exercise b asks for."""
    stated = [card for card in tl.sources.SOURCES.values() if card.top1 and not card.licence.startswith("not stated")]
    for setting, most in (("phone", 5e6), ("photos", np.inf)):
        first, second, *_ = sorted((card for card in stated if card.parameters <= most), key=lambda card: -card.top1)
        assert first.name == CARDS[setting]
        assert first.top1 > second.top1


def test_the_rows_of_exercise_c_are_of_the_depths_that_it_says():
    card = tl.sources.SOURCES["menagerie"]
    base = tl.sources.build(card, card.input_size)
    maps = activations(base, np.zeros((96, 96, 3)), ["conv_pw_3_relu", "conv_pw_11_relu", "conv1_relu"])
    middle, late, early = (len(found) for found in maps)
    assert early > middle > late


def test_a_separable_convolution_has_the_weights_of_exercise_a():
    layer = keras.layers.SeparableConv2D(256, 3, use_bias=False)
    layer.build((None, None, None, 128))
    assert layer.count_params() == SOLUTIONS["04-a"][0]


def test_the_score_that_the_lesson_shows_fits_on_its_page():
    assert len(inspect.getsource(leep).splitlines()) <= 40


def test_with_few_pictures_the_plain_h_score_is_blind():
    random = np.random.default_rng(0)
    labels = np.arange(40) % 2
    assert h_score(random.normal(size=(40, 256)), labels) == pytest.approx(1)


def test_the_bundled_record_is_that_of_the_benchmark():
    benchmark = BENCHMARKS / "results" / "transferability.json"
    copy = bundled_file("comparisons/transferability.json")
    if copy is None or not benchmark.is_file():
        pytest.skip("the trial of the scores has not been run: python benchmarks/transferability.py")
    record, whole = (json.loads(path.read_text(encoding="utf-8")) for path in (copy, benchmark))
    for key in ("targets", "scores", "choices", "verdict", "runs"):
        assert record[key] == whole[key]
