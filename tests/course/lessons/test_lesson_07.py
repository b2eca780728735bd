"""Lesson 07: its exercises, and what its text claims that no cell asserts."""

import itertools
import json
import math
import re
from collections import Counter

import numpy as np
import pytest
from marking import ODD, blanks_are_met_kindly, hint, hints_of_their_own, solved
from places import BENCHMARKS
from scipy.stats import fisher_exact, ttest_rel

from tlteach.core.fetch import FetchError
from tlteach.core.files import bundled
from tlteach.course import lessons
from tlteach.course.lessons.lesson_07 import PROBABILITIES, SAME
from tlteach.evidence.verdicts import holm

NAMES = [name for name in lessons.names("exercises") if name.startswith("07")]


def found(said, own=1.75, above=1.7, rate=3e-3):
    """What a learner says of a run with so many bits on documentation."""
    runs = {"above": {"documentation": above}, "own": {"documentation": own}}
    return {"said": said, "measured": {"setting": {"steps": 30, "learning_rate": rate}, **runs}}


FIRST = math.exp(4) / (math.exp(4) + math.exp(2))

SOLUTIONS = {
    "07-a": [5, 5.0, np.int64(5)],
    "07-b": [0.8, np.float32(0.8), np.array([0.8])],
    "07-c": [17.5, np.float32(17.5), np.array([17.5])],
    "07-d": [FIRST, 0.88, 0.881],
    "07-e": [1035, np.int64(1035)],
    "07-f": [
        found("more"),
        found("More "),
        found("less", own=1.66),
        found("the same", own=1.71),
        found("more", own=1.71),
        found("same", own=1.69),
    ],
}
MISTAKES = {
    "07-a": [10, 7, 3, 4, 6, 12],
    "07-b": [8, 2, 8 * math.log(2) / 10, 1.25, -0.8, math.prod(PROBABILITIES), 3],
    "07-c": [15, 20, 12.5, 70, 20 * math.log(3), 5, 13],
    "07-d": [
        math.exp(4) / (math.exp(4) + math.exp(2) + 1),
        math.exp(2) / (math.exp(2) + math.exp(1)),
        math.exp(2) / (math.exp(2) + math.exp(1) + 1),
        math.exp(1) / (math.exp(1) + math.exp(0.5)),
        1 - FIRST,
        2 / 3,
        1.0,
        1.5,
        0.3,
    ],
    "07-e": [49, 50, 1065, 1500, 600, 30, 1225, 435, 700],
    "07-f": [
        {"said": "more", "measured": None},
        found("more", rate=1e-3),
        found("it depends"),
        found("more", own=math.nan),
        found("the same", own=1.8),
        found("less"),
    ],
}
ANSWERS = {
    "07-a": r"\b5\b|\bfive\b",
    "07-b": r"0?\.8\b",
    "07-c": r"17\.5",
    "07-d": r"0?\.88",
    "07-e": r"1,?035",
    "07-f": r"$^",
}


def test_every_exercise_is_tried_here():
    assert SOLUTIONS.keys() == MISTAKES.keys() == ANSWERS.keys() == set(NAMES)


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_solution_is_solved(capsys, name):
    solved(capsys, name, SOLUTIONS[name])


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_hints_of_their_own(capsys, name):
    hints = hints_of_their_own(capsys, name, MISTAKES[name])
    assert not [text for text in hints if re.search(ANSWERS[name], text)]


@pytest.mark.parametrize("name", NAMES)
def test_blanks_and_odd_answers_are_met_kindly(capsys, name):
    blanks_are_met_kindly(capsys, name)
    for answer in ODD:
        assert not re.search(ANSWERS[name], hint(capsys, name, answer))


# ---------------------------------------------------------------- the answers, worked out in another way


def test_two_merges_by_counting():
    words = [list(word) for word in ("hugs", "hug", "bug")]
    for _ in range(2):
        pairs = Counter(pair for word in words for pair in itertools.pairwise(word))
        (most, often), (_, next_often) = pairs.most_common(2)
        assert often > next_often  # no tie: the merge is the only one
        words = [joined(word, most) for word in words]
    assert sum(map(len, words)) == SOLUTIONS["07-a"][0]


def joined(word, pair):
    for place in range(len(word) - 1, 0, -1):
        if (word[place - 1], word[place]) == pair:
            word[place - 1 : place + 1] = ["".join(pair)]
    return word


def test_the_attention_of_exercise_c_is_that_of_the_package():
    from tlteach.text.attention import attend

    keys, values = np.array([[0.0], [math.log(3)]]), np.array([[10.0], [20.0]])
    taken = attend(np.array([[1.0]]), keys, values, np.ones((1, 2), bool))
    assert float(np.asarray(taken)[0, 0]) == pytest.approx(SOLUTIONS["07-c"][0])


def test_the_drawing_of_exercise_d_is_that_of_the_package():
    from tlteach.text.gpt.sampling import only_the_top, softmax

    assert softmax(only_the_top(np.array([2.0, 1.0, 0.0]), 2) / 0.5)[0] == pytest.approx(FIRST)


def test_the_tokens_of_exercise_e_are_those_that_pass(monkeypatch):
    """Count what the two readers give to the network, for 20 tokens and 30 new ones."""
    import keras

    from tlteach.text.gpt import cache, sampling
    from tlteach.text.gpt.cache import cached
    from tlteach.text.gpt.network import Config, decoder
    from tlteach.text.gpt.tokens import end_of_text, train_tokenizer

    tokenizer = train_tokenizer(["a b c"], 257, 64)
    model = decoder(Config(257, 64, 8, 2, 1))
    passed = Counter()
    for kind, network in (("without", model), ("with", cached(model))):
        predict = network.predict_on_batch

        def counted(x, predict=predict, kind=kind):
            passed[kind] += (x[0] if isinstance(x, list) else x).shape[1]
            return predict(x)

        monkeypatch.setattr(network, "predict_on_batch", counted)
        if kind == "with":
            cache._with_cache[model] = network
    end = end_of_text(tokenizer)
    monkeypatch.setattr(sampling, "draw", lambda *_: (end + 5) % 257)
    for use_cache in (False, True):
        sampling.generate(model, tokenizer, "ab" * 10, 30, use_cache=use_cache)
    assert isinstance(model, keras.Model)
    assert passed == {"without": SOLUTIONS["07-e"][0], "with": 49}


# ---------------------------------------------------------------- what the text says


@pytest.fixture(scope="module")
def measured():
    try:
        return json.loads((bundled("weights/gpt_python_docs/measured.json")).read_text(encoding="utf-8"))
    except (FetchError, OSError):
        pytest.skip("the bundled GPT has not been measured: python benchmarks/gpt.py")


def test_the_bundled_record_is_that_of_the_benchmark(measured):

    benchmark = BENCHMARKS / "results" / "gpt.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text(encoding="utf-8")) == measured


def test_the_sizes_of_the_large_models():
    """Below a hundredth of the smallest GPT-2 and a thousandth of the largest: 124 and 1,558 million parameters."""
    card = json.loads((bundled("weights/gpt_python_docs/card.json")).read_text(encoding="utf-8"))
    assert 100 < 124_439_808 / card["parameters"] < 130
    assert 1000 < 1_557_611_200 / card["parameters"] < 2000
    assert 80 < 175e9 / 1_557_611_200 < 130


def test_what_the_text_says_of_gpt_3():
    from tlteach.text.gpt.prompts import LAMBADA

    zero, one, few = (LAMBADA[f"GPT-3, {shots}-shot"] for shots in ("zero", "one", "few"))
    assert one < zero < few
    assert LAMBADA["GPT-2, zero-shot"] < zero


def test_rehearsal_forgets_less_and_learns_less(measured):
    """Also when both are corrected for being two: paired over the seeds, with Holm's correction."""
    tuned = measured["fine_tuning"]
    tests = [
        ttest_rel(tuned["fine_tuned"][style]["runs"], tuned["rehearsed"][style]["runs"], alternative=side)
        for style, side in (("documentation", "greater"), ("reviews", "less"))
    ]
    assert max(holm([test.pvalue for test in tests])) < 0.01


def test_seeds_of_one_setting_are_the_same(measured):
    for way in ("fine_tuned", "rehearsed"):
        assert np.ptp(measured["fine_tuning"][way]["documentation"]["runs"]) < SAME


def test_pre_training_saves_steps(measured):
    """At each number of steps its start is ahead, after Holm's correction; with more steps the gap closes."""
    transfer = measured["transfer"]
    few, more = map(str, transfer["steps"])
    runs = {way: {steps: transfer[way][steps]["runs"] for steps in (few, more)} for way in ("fine_tuned", "scratch")}
    tests = [ttest_rel(runs["scratch"][steps], runs["fine_tuned"][steps]) for steps in (few, more)]
    assert max(holm([test.pvalue for test in tests])) < 0.01
    assert max(runs["scratch"][more]) < min(runs["scratch"][few])


def test_examples_harm_one_pattern_also_after_correction(measured):
    p_values = {}
    for name, found in measured["success"].items():
        counts = [round(found[shots]["share"] * measured["prompts"]) for shots in ("0", "4")]
        p_values[name] = fisher_exact([[n, measured["prompts"] - n] for n in counts]).pvalue
    corrected = dict(zip(p_values, holm(list(p_values.values())), strict=True))
    assert [name for name, p_value in corrected.items() if p_value < 0.05] == ["close"]


def test_what_the_text_says_of_the_patterns(measured):
    """Habits of documentation: method always, the two others sometimes, without any example."""
    shares = {name: found["0"]["share"] for name, found in measured["success"].items()}
    assert list(shares) == ["quote", "method", "close", "count", "repeat", "echo", "compare"]
    assert shares["method"] > 0.95
    assert 0.05 < shares["close"] < shares["quote"] < 0.8
