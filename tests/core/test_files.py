"""A file is written whole or not at all."""

import json
from pathlib import Path

import pytest

from tlteach.core.errors import DataError
from tlteach.core.files import alone_in, made_folder, write_json, write_whole

CLOSED = Path("/proc/self")  # where nobody can write, not even root


def test_an_interrupted_write_leaves_what_was_there(tmp_path):
    def interrupted(part):
        part.write_text("half of it")
        raise KeyboardInterrupt

    (tmp_path / "file").write_text("older")
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", interrupted)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("file", "older")]


def test_a_folder_can_be_written_and_its_parents_are_made(tmp_path):
    def write(part):
        part.mkdir()
        (part / "file").write_text("whole")

    write_whole(tmp_path / "new" / "folder", write)
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "new", tmp_path / "new/folder", tmp_path / "new/folder/file"]


def test_json_holds_any_text(tmp_path):
    values = {"läser": ["猫", "not UTF-8: \udcff", "\\udcff", 'a "quote"\n']}
    write_json(tmp_path / "values.json", values)
    text = (tmp_path / "values.json").read_text(encoding="utf-8")
    assert json.loads(text) == values
    assert "läser" in text


@pytest.mark.skipif(not CLOSED.is_dir(), reason="there is no /proc")
def test_a_folder_that_is_there_and_cannot_be_written_to_is_told_at_once():
    with pytest.raises(DataError, match=f"The folder {CLOSED} cannot be made or written to: .*Choose another one"):
        made_folder(CLOSED)


def test_a_folder_that_can_be_written_to_is_left_as_it_is(tmp_path):
    made_folder(tmp_path / "new" / "one")
    assert list((tmp_path / "new" / "one").iterdir()) == []


def test_two_are_not_in_one_folder_at_the_same_time(tmp_path):
    pytest.importorskip("fcntl")
    with alone_in(tmp_path):
        with pytest.raises(DataError, match="Another run writes to") as told, alone_in(tmp_path):
            pass
        assert str(tmp_path) in str(told.value)
    with alone_in(tmp_path):
        assert list(tmp_path.iterdir()) == []
