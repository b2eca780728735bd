"""Lesson 18: its exercises, what it does to folders, and what its text claims that no cell asserts."""

import json

import numpy as np
import pytest
from marking import exercises_of

from tlteach import tasks
from tlteach.core.files import bundled
from tlteach.course.exercises import check
from tlteach.course.lessons import lesson_18
from tlteach.evidence.data_versions import difference, digests, listing


def lengths(said, *some):
    """What the notebook measures for runs of such lengths, on paper: 16 of them."""
    measured = {length: {"one": 16 * length, "two": 9 + 8 * (length + 0.02)} for length in some}
    return {"said": said, "measured": measured}


SOLUTIONS = {
    "18-a": [{"kind": "relabelled", "split": "test"}, {"kind": " Relabelled", "split": "the test"}],
    "18-b": [
        lengths(1.2, 0.1, 1.1, 1.2, 5),
        lengths(np.float32(1.2), *np.arange(0.1, 3, 0.1)),
    ],
    "18-c": [2500, 2500.0, np.float32(2500)],
    "18-d": [100 / 6, 16.7, 16.67],
    "18-e": [3, 3.0, np.int64(3)],
}
MISTAKES = {
    "18-a": [
        {"kind": "renamed", "split": "test"},
        {"kind": "removed", "split": "train"},
        {"kind": "moved", "split": "test"},
        {"kind": "relabelled", "split": "validation"},
        {"kind": "removed", "split": "test"},
        {"kind": "labels", "split": "test"},
        {"kind": "relabelled", "split": "all"},
        {"what": "relabelled"},
    ],
    "18-b": [
        lengths(5, 0.1, 5),
        lengths(0.5, 0.1, 0.2, 0.5),
        lengths(2, 2, 3, 5),
        lengths(1.5, 0.1, 1.1, 1.2),
        lengths(1.1, 0.1, 1.1, 1.2),
        lengths(5, 0.1, 1.1, 1.2, 5),
        lengths(1.2, 0.1, 1.2, 5),
        lengths("long", 0.1, 1.2, 5),
    ],
    "18-c": [1 / 0.012, 0.36, 2.5, 7.0],
    "18-d": [48, 25, 6, 100 / (4 + 100 / 48), 2.0],
    "18-e": [4, 8, 5, 96, 0.5],
}
ANSWERS = {
    "18-a": r"\brelabelled\b",
    "18-b": r"\b1\.2\b",
    "18-c": r"\b2,?500\b",
    "18-d": r"\b16\.",
    "18-e": r"\b3\b|\bthree\b",
}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("18", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_was_measured_may_be_anything():
    for measured in (None, 7, {}, {1: 2}, {0.1: {}}, {"x": {"one": 1}}, {1: {"one": "x", "two": None}}):
        check("18-b", {"said": 1.2, "measured": measured})


def test_the_story_has_the_changes_that_it_is_about(tmp_path):
    first, second = (lesson_18.some_pictures(tmp_path) for _ in range(2))
    old, same = (listing(tasks.by_name(str(folder))) for folder in (first, second))
    assert not difference(old, same)
    now = listing(tasks.by_name(str(lesson_18.tidied(second))))
    found = difference(old, now)
    assert found.summary == f"2 removed, {lesson_18.STRANGE} relabelled, 40 renamed."
    assert {row.split for pair in found.relabelled for row in pair} == {"test"}
    assert {row.split for row in found.removed} == {"train"}
    assert digests(old)["validation"] == digests(now)["validation"]


def test_the_timeline_says_whether_a_run_was_done_again():
    died = ("11", "features", "1", "died", 1.0, 2.0)
    again = ("12", "features", "1", "done", 2.0, 3.0)
    figure, title = lesson_18.timeline([again, died], 0.5)
    assert title == "The run that died was done again, by another worker"
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["worker 1", "worker 2"]
    assert lesson_18.timeline([again], 0.5)[1] == "Every run was done once"


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/scale.json").read_text(encoding="utf-8"))


def test_the_client_is_what_is_slowest(record):
    """As the text says that one client keeps so many workers busy."""
    a_run = record["messages"]["a run"]
    assert a_run["client"] >= a_run["scheduler"]
    busy = record["paper"]["runs of 1 s"]["workers that are kept busy"]
    assert busy == pytest.approx(1 / a_run["client"], rel=0.02)
    assert busy < 1000
