"""Lesson 06: its exercises, and what its text claims that no cell asserts."""

import json
import math
import re

import keras
import numpy as np
import pytest
from marking import hints_of_their_own, hints_that_keep_the_secret, odd_answers_are_met_kindly, said, solved
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course import lessons
from tlteach.course.lessons import lesson_06
from tlteach.course.lessons.lesson_06 import LENGTHS, PIECES, WORDS, greedy, winner

NAMES = [name for name in lessons.names("exercises") if name.startswith("06")]
SYMPTOMS = {key.upper(): cause for key, cause in lesson_06.SYMPTOMS.items()}
VERDICTS = {key: winner(task) for key, task in lesson_06.PAIRS.items()}


def another(verdict):
    return next(word for word in WORDS if word != verdict)


SOLUTIONS = {
    "06-a": [3, np.int64(3), len(greedy("unwatchably"))],
    "06-b": [102, 4 * 48 - sum(LENGTHS), 102.0],
    "06-d": [
        {"said": "first", "measured": {"first": 0.8, "second": 0.6}},
        {"said": "Second half", "measured": {"first": np.float64(0.6), "second": 0.75}},
        {"said": "not shown", "measured": {"first": 0.7, "second": 0.65}},
        {"said": "not_shown", "measured": {"first": 0.7, "second": 0.7}},
    ],
    "06-e": [
        VERDICTS,
        {key: f" {value.upper()}" for key, value in VERDICTS.items()},
        {key: value.replace("_", "-") for key, value in VERDICTS.items()},
    ],
    "06-f": [SYMPTOMS, {key: value.title() for key, value in SYMPTOMS.items()}],
}
MISTAKES = {
    "06-a": [4, 1, 2, 11, 8, 6],
    "06-b": [4 * 41 - 90, 192, 90, 9 + 4 + 2 + 7, 4 * 64 - 90, 5],
    "06-d": [
        {"said": "first", "measured": {"first": 0.6, "second": 0.8}},
        {"said": "first", "measured": {"first": 0.7, "second": 0.65}},
        {"said": "not shown", "measured": {"first": 0.8, "second": 0.6}},
        {"said": "the middle", "measured": {"first": 0.8, "second": 0.6}},
        {"said": "first", "measured": {"first": 0.8}},
        {"said": "first", "measured": {"first": ..., "second": ...}},
    ],
    "06-e": [
        {**VERDICTS, "films": another(VERDICTS["films"])},
        {**VERDICTS, "questions": another(VERDICTS["questions"])},
        {**VERDICTS, "films": "scratch"},
        {"films": VERDICTS["films"]},
    ],
    "06-f": [
        {**SYMPTOMS, "A": "source"},
        {**SYMPTOMS, "B": "labels"},
        {**SYMPTOMS, "C": "mask"},
        {**SYMPTOMS, "D": "labels"},
        {**SYMPTOMS, "D": "fate"},
        {"A": "mask"},
    ],
}
ANSWERS = {
    "06-a": r"\b3\b|\bthree\b|##ab\b|##ly\b",
    "06-b": r"\b102\b|\b48\b",
    "06-c": r"attention_mask|expand_dims|mask_zero|not_equal",
    "06-d": r"is the answer|\bcorrect is\b",
    "06-e": r"\bis better\b",
    "06-f": r"because|the cause is",
}


def encoder(mask=True, mean=True, pool=True, attends=True, constant=False, implicit=False):
    """The small encoder of exercise c; every argument can be one of the classic mistakes."""
    ops, layers = keras.ops, keras.layers
    token_ids = keras.Input((None,), dtype="int32")
    is_token = ops.not_equal(token_ids, 0)
    x = layers.Embedding(100, 16, mask_zero=implicit)(token_ids)
    if attends:
        shown = {"attention_mask": ops.expand_dims(is_token, 1)} if mask else {}
        x = layers.MultiHeadAttention(2, 8)(x, x, **shown)
    if implicit:
        return keras.Model(token_ids, layers.GlobalAveragePooling1D()(x))
    if constant:
        x = x * 0.0
    if pool:
        counts = ops.expand_dims(ops.cast(is_token, "float32"), -1)
        x = ops.sum(x * counts, axis=1) / ops.sum(counts, axis=1) if mean else ops.mean(x, axis=1)
    return keras.Model(token_ids, x)


MODELS = [encoder, lambda: encoder(mask=False, implicit=True)]
WRONG_MODELS = [
    lambda: encoder(mask=False, mean=False),
    lambda: encoder(mean=False),
    lambda: encoder(pool=False),
    lambda: encoder(attends=False),
    lambda: encoder(constant=True),
    lambda: keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)]),
]


def test_every_exercise_is_tried_here():
    assert SOLUTIONS.keys() == MISTAKES.keys() == ANSWERS.keys() - {"06-c"}
    assert ANSWERS.keys() == set(NAMES)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_solution_is_solved(capsys, name):
    solved(capsys, name, SOLUTIONS[name])


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_hints_of_their_own(capsys, name):
    hints_that_keep_the_secret(capsys, name, MISTAKES[name], ANSWERS[name])


def test_models_that_padding_does_not_change_are_right(capsys):
    for make in MODELS:
        assert said(capsys, "06-c", make()).startswith("06-c solved. ")


def test_wrong_models_get_hints_of_their_own(capsys):
    models = [make() for make in WRONG_MODELS]
    hints = hints_of_their_own(capsys, "06-c", models)
    assert not [text for text in hints if re.search(ANSWERS["06-c"], text)]


@pytest.mark.parametrize("name", NAMES)
def test_blanks_and_odd_answers_are_met_kindly(capsys, name):
    odd_answers_are_met_kindly(capsys, name, ANSWERS[name], [math.pi, -1, 0, {"A": "x"}, dict.fromkeys(VERDICTS, "x")])


# ---------------------------------------------------------------- what the text says


def test_word_piece_cuts_as_the_exercise_says():
    """The tokenizer of the course, with the vocabulary of the exercise, agrees with the checker."""
    import tokenizers

    vocabulary = {piece: number for number, piece in enumerate(["[UNK]", *PIECES])}
    wrapped = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    for word in ("unwatchably", "unwatchable", "watch", "unable"):
        assert wrapped.encode(word).tokens == (greedy(word) or ["[UNK]"])


def test_the_lengths_are_those_that_the_text_names():
    assert LENGTHS == (7, 12, 30, 41)


def test_attention_needs_a_mask_and_the_mean_does_too():
    """Each of the two traps of exercise c is one by itself."""
    ids = np.array([[5, 6, 7]], "int32")
    longer = np.pad(ids, [(0, 0), (0, 4)])
    for model, holds in ((encoder(), True), (encoder(mask=False), False), (encoder(mean=False), False)):
        model.set_weights([10 * weight for weight in model.get_weights()])
        one, other = (keras.ops.convert_to_numpy(model(x)) for x in (ids, longer))
        assert np.allclose(one, other, atol=1e-4) == holds


@pytest.mark.parametrize("name", ["text.json", "explain.json"])
def test_the_bundled_records_are_those_of_the_benchmarks(name):
    benchmark = BENCHMARKS / "results" / name
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    shown, whole = (
        json.loads(path.read_text(encoding="utf-8")) for path in (bundled(f"comparisons/{name}"), benchmark)
    )
    for key in ("real", "mail", "bundled", "generous", "texts", "right_by_seed", "for_by_seed", "attention_by_seed"):
        assert shown.get(key) == whole.get(key)
