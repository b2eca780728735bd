"""Predictions, and the progress that is kept of everything."""

import json
import math
import os

import pytest

from tlteach.core import journal
from tlteach.course import exercises, lessons, progress
from tlteach.course.exercises import check, predict, reveal

# ---------------------------------------------------------------- predictions


@pytest.fixture(autouse=True)
def long_lines(monkeypatch):
    monkeypatch.setattr(journal, "WIDTH", 1000)


def foretold(capsys, guess, value, name="02-1"):
    exercises._revealed.clear()
    exercises._guesses.clear()
    predict(name, guess)
    reveal(name, value)
    return capsys.readouterr().out.splitlines()


def test_a_guess_is_compared_in_points(capsys):
    assert foretold(capsys, 0.92, 0.96) == [
        "02-1 guessed. You say 92.0 %. Now run on and see.",
        "02-1 result. It is 96.0 %. You said 92.0 %, which is 4 points too low. Not far off.",
    ]
    assert "4 points too high" in foretold(capsys, 100, 0.96)[1]  # a guess in percent
    assert "right on the spot" in foretold(capsys, 0.5, 0.5)[1]
    assert "Very close." in foretold(capsys, 0.95, 0.96)[1]
    assert "what did you expect" in foretold(capsys, 0.5, 0.96)[1]


def test_counts_are_compared_as_a_ratio_too(capsys, monkeypatch):
    found = lessons.Prediction("02-9", "How many?", "parameters")
    monkeypatch.setitem(lessons.every_lesson()[-1].predictions, "02-9", found)
    assert foretold(capsys, 714, 514, "02-9")[1] == (
        "02-9 result. It is 514 parameters. You said 714 parameters, which is 200 parameters (1.39 times) too high. "
        "Not far off."
    )
    assert "Far off" in foretold(capsys, 1000, 514, "02-9")[1]  # twice as many
    assert "Far off" in foretold(capsys, 0, 514, "02-9")[1]


def test_without_a_guess_the_result_is_shown_all_the_same(capsys):
    predict("02-1")
    first = capsys.readouterr().out
    assert first.startswith("02-1 your turn. How accurate")
    reveal("02-1", 0.96)
    assert capsys.readouterr().out.startswith("02-1 no guess. It is 96.0 %. Next time")


def test_a_guess_of_an_earlier_session_does_not_change_what_is_printed(capsys):
    predict("02-1", 0.7)
    exercises._guesses.clear()  # a new session
    capsys.readouterr()
    reveal("02-1", 0.96)
    assert capsys.readouterr().out.startswith("02-1 no guess.")


def test_a_guess_after_the_result_does_not_count(capsys, home):
    predict("02-1", 0.7)
    reveal("02-1", 0.96)
    predict("02-1", 0.96)
    assert "seen already" in capsys.readouterr().out
    assert json.loads((home / "progress.json").read_text())["predictions"]["02-1"]["guess"] == 0.7


@pytest.mark.parametrize("guess", ["high", -0.1, 300, math.nan, True, [0.9]])
def test_a_guess_that_is_none_is_asked_for_again(capsys, guess):
    predict("02-1", guess)
    assert capsys.readouterr().out.startswith("02-1 your turn. ")
    assert exercises._guesses == {}


# ---------------------------------------------------------------- progress


def kept(home):
    return json.loads((home / "progress.json").read_text(encoding="utf-8"))


def test_progress_is_kept_and_what_is_solved_stays_solved(home, capsys):
    check("00-a", 200)
    check("00-a", 400)
    check("00-a", 200)
    exercises.quiz("00-q1", answer=1)
    predict("00-1", 0.9)
    assert kept(home)["exercises"] == {"00-a": {"solved": True, "tries": 3}}
    assert kept(home)["questions"]["00-q1"]["right"] is False
    assert [path.name for path in home.iterdir()] == ["progress.json"]
    lines = progress.table().splitlines()
    assert lines[1].split() == ["00", "Start", "here", "1", "of", "2", "0", "of", "2", "1", "of", "1"]
    of_02 = next(line for line in lines if line.startswith("02"))
    assert of_02.split()[-9:] == ["0", "of", "6", "0", "of", "4", "0", "of", "2"]


DAMAGED = [b"", b"{", b"\xff\xfe", b"[]", b"7", b'{"exercises": []}', b'{"questions": {"x": 1}}', b"[" * 100_000,
           b" " * 2_000_000]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_put_aside_and_not_lost(home, capsys, content):
    home.mkdir()
    (home / "progress.json").write_bytes(content)
    (home / "progress_damaged_1.json").write_bytes(b"an older one")
    check("00-a", 400)
    out = capsys.readouterr().out
    assert out.startswith("00-a solved. ")
    assert "put aside as progress_damaged_2.json" in out
    assert (home / "progress_damaged_1.json").read_bytes() == b"an older one"
    assert (home / "progress_damaged_2.json").read_bytes() == content
    assert kept(home)["exercises"]["00-a"]["solved"] is True


def test_where_nothing_can_be_written_it_says_so_once(home, capsys):
    home.write_text("this is a file")  # so no folder can be made here, by root neither
    for _ in range(2):
        check("00-a", 400)
    out = capsys.readouterr().out.splitlines()
    assert [line[:11] for line in out] == ["00-a solved", "Your progre", "00-a solved"]
    assert "TLTEACH_HOME" in out[1]


def test_a_file_with_more_in_it_keeps_it(home, capsys):
    home.mkdir()
    (home / "progress.json").write_text('{"of a later version": 1, "exercises": {"99-a": {"solved": true}}}')
    check("00-a", 400)
    assert kept(home)["of a later version"] == 1
    assert set(kept(home)["exercises"]) == {"99-a", "00-a"}


def test_an_interrupted_write_leaves_the_old_file(home, capsys, monkeypatch):
    check("00-a", 400)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        check("00-b", 1)
    assert set(kept(home)["exercises"]) == {"00-a"}
    assert [path.name for path in home.iterdir()] == ["progress.json"]
