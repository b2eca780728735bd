"""Grading: folders of students' notebooks, of which some are damaged. Nothing in them is run."""

import csv
import json
import os
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tlteach.core.errors import DataError, TlteachError
from tlteach.course import grade as grading
from tlteach.course import lessons
from tlteach.course.grade import grade, safe, summary

NAMES = lessons.names("exercises")


def notebook(*cells):
    """A notebook of (source, printed) cells."""
    code = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {},
            "source": source,
            "outputs": [{"output_type": "stream", "name": "stdout", "text": printed}] if printed else [],
        }
        for source, printed in cells
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": code}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "class"


def put(folder, name, content):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    path.write_bytes(content)
    return path


def graded(folder, tmp_path):
    """The rows of the CSV by file."""
    out = tmp_path / "grades.csv"
    grade(folder, out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_solved_tried_and_not_tried(folder, tmp_path):
    put(folder, "anna/02_six_steps.ipynb", notebook(
        ('check("02-a", 2.3)', "02-a solved. Well done.\n"),
        ("check('02-b', 512)", "02-b not yet. These are the weights.\n"),
        ('answer = ...\ncheck("02-c", answer)', "02-c your turn. Put a model here.\n"),
        ('check( "02-d", model)', ""),
    ))  # fmt: skip
    row = graded(folder, tmp_path)["anna/02_six_steps.ipynb"]
    found = {name: row[name] for name in NAMES if name[:2] in ("00", "02")}
    assert found == {"00-a": "", "00-b": "", "02-a": "solved", "02-b": "tried", "02-c": "not tried",
                     "02-d": "not tried", "02-e": "not tried", "02-f": "not tried"}  # fmt: skip
    assert (row["student"], row["solved"], row["of"], row["problems"]) == ("anna", "1", "6", "")


def test_the_best_of_several_tries_counts(folder, tmp_path):
    put(folder, "b.ipynb", notebook(
        ('check("00-a", 400)', "00-a solved. Yes.\n"),
        ('check("00-a", 200)', "00-a not yet. No.\n"),
    ))  # fmt: skip
    row = graded(folder, tmp_path)["b.ipynb"]
    assert row["00-a"] == "solved"
    assert row["student"] == "b"


def test_source_and_output_in_lists_of_lines(folder, tmp_path):
    made = notebook(('check("00-a", 400)', "text\n00-a solved. Yes.\n"))
    cell = made["cells"][0]
    cell["source"] = cell["source"].splitlines(keepends=True)
    cell["outputs"][0]["text"] = cell["outputs"][0]["text"].splitlines(keepends=True)
    put(folder, "b.ipynb", made)
    assert graded(folder, tmp_path)["b.ipynb"]["00-a"] == "solved"


def test_a_verdict_under_another_cell_does_not_count(folder, tmp_path):
    put(folder, "b.ipynb", notebook(
        ('print("00-a solved.")', "00-a solved. Really.\n"),
        ('check("00-a", ...)', "00-a your turn.\n"),
    ))  # fmt: skip
    row = graded(folder, tmp_path)["b.ipynb"]
    assert row["00-a"] == "not tried"
    assert "does not count" in row["problems"]


def test_a_notebook_whose_cells_were_removed_has_its_exercises_not_tried(folder, tmp_path):
    put(folder, "kim/02_six_steps.ipynb", notebook(("1 + 1", "")))
    row = graded(folder, tmp_path)["kim/02_six_steps.ipynb"]
    assert {row[name] for name in NAMES if name.startswith("02")} == {"not tried"}


def test_the_second_half_of_a_lesson_is_a_lesson_of_its_own(folder, tmp_path):
    put(folder, "kim/04b_scores_on_trial.ipynb", notebook(("1 + 1", "")))
    put(folder, "kim/04_choosing.ipynb", notebook(('check("04-a", 33920)', "04-a solved. Yes.\n")))
    put(folder, "kim/mine.ipynb", notebook(('check("04b-a", answer)', "04b-a not yet. No.\n")))
    rows = graded(folder, tmp_path)
    for file, number, others in (("04b_scores_on_trial", "04b-", "04-"), ("04_choosing", "04-", "04b-")):
        row = rows[f"kim/{file}.ipynb"]
        assert all(row[name] for name in NAMES if name.startswith(number))
        assert not any(row[name] for name in NAMES if name.startswith(others))
    assert rows["kim/04_choosing.ipynb"]["04-a"] == "solved"
    assert (rows["kim/mine.ipynb"]["04b-a"], rows["kim/mine.ipynb"]["04b-b"]) == ("tried", "not tried")


DAMAGED = {
    "empty": b"",
    "cut off": b'{"cells": [{"cell_type": "code", "sour',
    "binary": bytes(range(256)) * 10,
    "latin 1": '{"cells": "\xe9"}'.encode("latin-1"),
    "a list": b"[]",
    "null": b"null",
    "no cells": b"{}",
    "cells of the wrong kind": b'{"cells": 7}',
    "nested too deep": b"[" * 200_000,
    "nested too deep inside": b'{"cells": ' + b'[{"a":' * 100_000,
    "old format": b'{"nbformat": 3, "worksheets": []}',
    "format to come": b'{"nbformat": 99, "cells": []}',
    "nested too deep beside the cells": b'{"nbformat": 4, "cells": [], "x": ' + b"[" * 900 + b"]" * 900 + b"}",
    "a number without end": b'{"nbformat": 4, "cells": [], "x": ' + b"9" * 10_000 + b"}",
    "a cell that is none": b'{"nbformat": 4, "cells": [7]}',
    "no source": b'{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": []}]}',
    "a source that is no text": b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3, "outputs": []}]}',
    "an output that is none": b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "", "outputs": [null]}]}',
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_damaged_files_get_a_row_with_the_problem(folder, tmp_path, kind):
    put(folder, "anna/00_start.ipynb", DAMAGED[kind])
    put(folder, "ben/00_start.ipynb", notebook(('check("00-a", 400)', "00-a solved. Yes.\n")))
    rows = graded(folder, tmp_path)
    assert "damaged" in rows["anna/00_start.ipynb"]["problems"]
    assert rows["anna/00_start.ipynb"]["of"] == "0"
    assert rows["ben/00_start.ipynb"]["00-a"] == "solved"


def test_what_a_notebook_holds_beside_is_passed_over(folder, tmp_path):
    made = notebook(('check("00-a", 400)', "00-a solved. Yes.\n"), ('check("99-z", 1)', "99-z solved. Yes.\n"))
    picture = {"output_type": "display_data", "metadata": {}, "data": {"text/plain": "00-b solved."}}
    made["cells"][0]["outputs"].append(picture)
    made["cells"].append({"cell_type": "markdown", "metadata": {}, "source": 'check("00-b", 1)'})
    made["metadata"] = {"widgets": {"<script>": "alert(1)"}}
    made["cells"][0]["execution_count"] = "= HYPERLINK"
    put(folder, "b.ipynb", b"\xef\xbb\xbf" + json.dumps(made).encode())  # as some editors for Windows begin a file
    row = graded(folder, tmp_path)["b.ipynb"]
    of_lesson = len([name for name in NAMES if name.startswith("00")])
    assert (row["00-a"], row["00-b"], row["of"]) == ("solved", "not tried", str(of_lesson))


def test_nothing_in_a_notebook_is_run(folder, tmp_path):
    target = tmp_path / "written by a student"
    put(folder, "b.ipynb", notebook((f"open({str(target)!r}, 'w')\ncheck('00-a', exit())", "")))
    graded(folder, tmp_path)
    assert not target.exists()


def test_a_huge_file_is_not_read(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "MAX_BYTES", 1000)
    put(folder, "b.ipynb", b" " * 1001)
    assert "too large" in graded(folder, tmp_path)["b.ipynb"]["problems"]


def test_a_file_of_millions_of_parts_is_not_read(folder, tmp_path):
    put(folder, "b.ipynb", b'{"nbformat": 4, "cells": [], "x": [' + b"{}," * 600_000 + b"{}]}")
    assert "more than 500,000 parts" in graded(folder, tmp_path)["b.ipynb"]["problems"]


def test_a_folder_that_cannot_be_read(folder, tmp_path, monkeypatch):
    put(folder, "anna/00.ipynb", notebook())
    scandir = os.scandir

    def no_rights(path):
        if str(path).endswith("anna"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", no_rights)
    with pytest.raises(DataError, match="anna cannot be read: Permission denied"):
        grade(folder, tmp_path / "grades.csv")


def test_without_nbformat_it_says_what_to_install(folder, tmp_path, monkeypatch):
    put(folder, "b.ipynb", notebook())
    monkeypatch.setitem(sys.modules, "nbformat", None)
    with pytest.raises(TlteachError, match=r'pip install "tlteach\[lab\]"'):
        grade(folder, tmp_path / "grades.csv")


@pytest.mark.skipif(os.name == "nt", reason="making links needs rights on Windows")
def test_links_and_pipes_are_not_followed(folder, tmp_path):
    outside = put(tmp_path, "secret/00.ipynb", notebook(('check("00-a", 400)', "00-a solved. Yes.\n")))
    put(folder, "anna/other.ipynb", notebook())
    (folder / "anna" / "linked.ipynb").symlink_to(outside)
    (folder / "linked folder").symlink_to(outside.parent)
    (folder / "round").symlink_to(folder)
    os.mkfifo(folder / "pipe.ipynb")
    rows = graded(folder, tmp_path)
    assert set(rows) == {"anna/other.ipynb", "anna/linked.ipynb", "pipe.ipynb"}
    assert "link" in rows["anna/linked.ipynb"]["problems"]
    assert rows["anna/linked.ipynb"]["00-a"] == ""
    assert "not a file" in rows["pipe.ipynb"]["problems"]


def test_hidden_folders_are_left_out_and_deep_ones_are_read(folder, tmp_path):
    put(folder, ".ipynb_checkpoints/02.ipynb", notebook())
    deep = "/".join(["a"] * 300) + "/00.ipynb"
    put(folder, deep, notebook(('check("00-a", 400)', "00-a solved. Yes.\n")))
    rows = grade(folder, tmp_path / "grades.csv")
    assert [row.found["00-a"] for row in rows] == ["solved"]


@pytest.mark.skipif(os.name == "nt", reason="Windows does not allow such names")
@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@sum", '=cmd|" /C calc"!A0', "a;=1+1", ' =1\t"x', "<script>", "=\n=1"]
)
def test_names_do_no_harm_in_a_spreadsheet(folder, tmp_path, name):
    put(folder, f"{name}/{name}.ipynb", b"broken")
    out = tmp_path / "grades.csv"
    rows = grade(folder, out)
    text = out.read_text(encoding="utf-8-sig")
    for separator in (",", ";", "\t"):
        for line in csv.reader(text.splitlines(), delimiter=separator):
            assert not any(cell.lstrip()[:1] in ("=", "+", "-", "@") for cell in line)
    assert len(text.splitlines()) == 2
    assert "\x1b" not in summary(rows, out)


@given(st.text(max_size=400))
def test_safe_text_is_safe(text):
    found = safe(text)
    assert found.lstrip()[:1] not in tuple("=+-@")
    assert not any(ord(c) < 32 or 126 < ord(c) < 160 for c in found)
    assert safe("anna müller/02_six_steps.ipynb") == "anna müller/02_six_steps.ipynb"


def test_names_that_are_no_unicode(folder, tmp_path):
    try:
        put(folder, os.fsdecode(b"\xff\xfe.ipynb"), notebook())
    except (OSError, UnicodeError):
        pytest.skip("this file system allows only Unicode names")
    out = tmp_path / "grades.csv"
    print(summary(grade(folder, out), out))
    assert "udcff" in out.read_text(encoding="utf-8-sig")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
        | st.sampled_from(["02-a solved. Yes.", 'check("02-a", 1)', "code", "stream"]),
        lambda inside: st.lists(inside, max_size=4)
        | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "source", "outputs", "output_type", "text"]) | st.text(max_size=3),
            inside, max_size=5),
        max_leaves=25,
    )
)  # fmt: skip
def test_whatever_stands_in_a_notebook_it_gives_one_row(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("class")
    cell = {"cell_type": "code", "source": 'check("02-a", 1)', "outputs": []}
    for name, cells in {"a": made, "b": [{**cell, "source": made}], "c": [{**cell, "outputs": made}]}.items():
        put(folder, f"{name}.ipynb", json.dumps({"nbformat": 4, "nbformat_minor": 5, "cells": cells}).encode())
    assert len(grade(folder, folder / "out.csv")) == 3


def test_wrong_uses_are_explained(folder, tmp_path):
    folder.mkdir()
    with pytest.raises(DataError, match="no notebook"):
        grade(folder, tmp_path / "grades.csv")
    with pytest.raises(DataError, match="not a folder"):
        grade(tmp_path / "missing", tmp_path / "grades.csv")
    student = put(folder, "b.ipynb", notebook())
    before = student.read_bytes()
    with pytest.raises(DataError, match=r"must end in \.csv"):
        grade(folder, student)
    assert student.read_bytes() == before
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match="cannot be written"):
        grade(folder, tmp_path / "file" / "grades.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["class", "file"]


def test_the_summary_is_honest(folder, tmp_path):
    put(folder, "anna/00.ipynb", notebook(('check("00-a", 400)', "00-a solved. Yes.\n")))
    put(folder, "ben/\x1b[31m.ipynb", b"broken")
    out = tmp_path / "grades.csv"
    told = summary(grade(folder, out), out)
    assert "2 notebooks of 2 students, 1 with problems" in told
    assert "which a student can change" in told
    assert "\x1b" not in told
