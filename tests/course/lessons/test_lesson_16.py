"""Lesson 16: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of
from places import BENCHMARKS

from tlteach.core.files import bundled
from tlteach.course.exercises import check
from tlteach.course.lessons.lesson_16 import bands, few_of_each, pixels

STRETCHES = {1: 0.485, 2: 0.594, 4: 0.477, 8: 0.458}  # as the lesson measures them
KNOBS = {"pitch": 0.86, "tract": 0.74, "speed": 0.22, "room": 0.76, "noise": 0.64, "echo": 0.86}


def stretches(said, *measured):
    return {"said": said, "measured": {n: STRETCHES[n] for n in measured}}


def knobs(said, *measured):
    return {"said": said, "measured": {knob: KNOBS[knob] for knob in measured}}


FIVE = ("pitch", "tract", "speed", "room", "noise")
SOLUTIONS = {
    "16-a": [40, 40.0, np.float32(40)],
    "16-b": [stretches(2, 1, 2, 4, 8), stretches(2.0, 8, 4, 2, 1)],
    "16-c": [23, np.int64(23)],
    "16-d": [knobs("speed", *FIVE), knobs("Speed", *KNOBS)],
    "16-e": [1, 1.0, np.float64(1.0)],
}
MISTAKES = {
    "16-a": [200, 4000, 0.04, 100, 7],
    "16-b": [stretches(2, 1, 2), stretches(1, 1, 2, 4, 8), stretches(8, 1, 2, 4, 8), stretches(4, 1, 2, 4, 8),
             stretches(3, 1, 2, 4, 8), stretches("two", 1, 2, 4, 8)],
    "16-c": [80, 47, 24, 0, 7],
    "16-d": [knobs("speed", "pitch", "speed"), knobs("noise", *FIVE), knobs("hiss", *FIVE), knobs(3, *FIVE),
             knobs("noise", "pitch", "tract", "noise", "room", "echo")],
    "16-e": [6, 3, 8 / 3, -1, 0.5],
}  # fmt: skip
ANSWERS = {
    "16-a": r"\b40\b", "16-b": r"\b2\b(?!, )", "16-c": r"\b23\b", "16-d": r"\bspeed\b", "16-e": r"\b1\b"
}  # fmt: skip


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("16", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    five = dict(zip("abcde", range(5), strict=True))
    for measured in (None, 7, {}, {1: 2}, {"pitch": "x"}, {2: "x"}, ["speed"], five):
        for name in ("16-b", "16-d"):
            check(name, {"said": 2, "measured": measured})
            check(name, {"said": "speed", "measured": measured})


def test_rows_of_pixels_are_slots_of_bands():
    sounds = np.random.default_rng(0).uniform(-1, 1, (2, 8000)).astype("float32")
    columns, rows = bands(sounds), pixels(sounds)
    assert rows.shape == (2, 8 * columns.shape[2])
    first = np.array_split(columns, 8, axis=1)[0]
    np.testing.assert_allclose(rows[:, : columns.shape[2]], first.mean(axis=1))


def test_a_few_of_each():
    labels = np.repeat([0, 1, 2], 9)
    rows = few_of_each(labels, 4, seed=0)
    assert labels[rows].tolist() == [0] * 4 + [1] * 4 + [2] * 4
    assert len(set(rows)) == 12
    assert not np.array_equal(rows, few_of_each(labels, 4, seed=1))


# ---------------------------------------------------------------- what the text says, and the bars


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/speech.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def mean(record):
    return lambda part, name: float(np.mean(record[part]["accuracies"][name]))


def test_the_bundled_record_is_that_of_the_benchmark(record):
    benchmark = BENCHMARKS / "results" / "speech.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == record


def test_every_part_has_five_seeds(record):
    assert set(record) == {"transfer", "voices", "real", "language", "pooling"}
    for part in [*(part for name, part in record.items() if name != "pooling"), *record["pooling"].values()]:
        assert {len(values) for values in part["accuracies"].values()} == {5}


def test_a_base_of_other_languages(record, mean):
    for n in (1, 5):
        assert mean("transfer", f"frozen base, {n}") - mean("transfer", f"log-mel pixels, {n}") >= 0.04
    shown = [verdict for verdict in record["transfer"]["verdicts"] if "log-mel" in verdict]
    assert len(shown) == 3
    assert all("frozen base is better" in verdict for verdict in shown)


def test_time_kept_and_averaged_away(record, mean):
    kept, pooled = mean("transfer", "frozen base, 20"), mean("transfer", "base, averaged over time, 20")
    assert kept - pooled >= 0.25
    assert 0.45 < pooled < 0.55  # one of two
    assert mean("transfer", "base, averaged over time, 1") > mean("transfer", "frozen base, 1")
    assert "no difference shown" in record["pooling"]["words"]["verdicts"][0]
    assert "time kept is better" in record["pooling"]["digits"]["verdicts"][0]


def test_known_voices_flatter(record, mean):
    for method, most in (("log-mel pixels", 0.3), ("frozen base", 0.1)):
        known, new, more = (
            mean("voices", f"{method}, {who}")
            for who in ("the voices of the test", "6 other voices", "24 other voices")
        )
        assert 0 < known - new < most
        assert new < more < known
    assert all("no difference" not in verdict for verdict in record["voices"]["verdicts"])


def test_drawn_voices_reach_real_ones_without_a_label(record, mean):
    own = "frozen base, each domain's own statistics"
    assert mean("real", own) > 0.25
    assert mean("real", own) > mean("real", "frozen base, as they are")
    assert mean("real", "frozen base, each voice's own statistics") > mean("real", own)
    assert mean("real", own) > mean("real", "log-mel pixels from 5 real of each digit")
    shown = [verdict for verdict in record["real"]["verdicts"] if "statistics and log-mel pixels, each" in verdict]
    assert len(shown) == 1
    assert shown[0].startswith("no difference shown")


def test_the_limit_is_told_as_it_is(record):
    """On real speech the base gains with one label, and no gain is shown with five or twenty."""
    verdicts = record["language"]["verdicts"]
    assert [verdict.split(":")[0] for verdict in verdicts] == [f"{n} labels per class" for n in (1, 1, 5, 5, 20, 20)]
    assert all("frozen base is better" in verdict for verdict in verdicts[:2])
    assert all("no difference shown" in verdict for verdict in verdicts[2:])


def test_a_base_has_heard_many_voices(record, mean):
    own, alike = "each domain's own statistics", "each domain's own statistics, drawn voices all alike"
    assert mean("real", f"log-mel pixels, {own}") - mean("real", f"log-mel pixels, {alike}") > 0.05
    of_base, of_pixels = record["real"]["verdicts"][-2:]
    assert of_base.startswith("no difference shown between frozen base")
    assert of_pixels.startswith(f"log-mel pixels, {own} is better than log-mel pixels, {alike}")
