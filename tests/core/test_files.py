"""A file is written whole or not at all."""

import json

import pytest

from tlteach.core.files import write_json, write_whole


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
