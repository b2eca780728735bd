"""Lists of data: what stands in them, what a change of any kind is called, and what is no list."""

import shutil

import numpy as np
import pytest
from PIL import Image
from promise import small

from tlteach import tasks
from tlteach.core.errors import DataError
from tlteach.evidence import data_versions
from tlteach.evidence.data_versions import difference, digests, listing


@pytest.fixture
def photos(tmp_path):
    """A folder with all three splits: 4 + 2 + 2 pictures of each of two classes."""
    random = np.random.default_rng(0)
    for split, n in (("train", 4), ("validation", 2), ("test", 2)):
        for label in ("red", "blue"):
            folder = tmp_path / "photos" / split / label
            folder.mkdir(parents=True)
            for i in range(n):
                Image.fromarray(random.integers(0, 256, (16, 16, 3), "uint8")).save(folder / f"{i}.png")
    return tmp_path / "photos"


def now(folder):
    return listing(tasks.by_name(str(folder)))


def test_every_input_is_listed_by_its_file_and_hash(photos):
    rows = now(photos)
    assert len(rows) == 16
    assert {row.split for row in rows} == {"train", "validation", "test"}
    assert sorted(row.name for row in rows)[0] == "test/blue/0.png"
    assert all(row.name == f"{row.split}/{row.class_name}/{row.name[-5:]}" for row in rows)
    assert len({row.hash for row in rows}) == 16


def test_a_list_is_read_as_it_was_written(photos, tmp_path):
    rows = now(photos)
    odd = rows[0]._replace(name='a "comma",\na line', class_name="猫")
    data_versions.save([odd, *rows[1:]], tmp_path / "list.csv")
    assert data_versions.is_listing(tmp_path / "list.csv")
    assert data_versions.opened(tmp_path / "list.csv") == [odd, *rows[1:]]


def test_another_place_is_no_change(photos, tmp_path):
    before = now(photos)
    shutil.copytree(photos, tmp_path / "elsewhere")
    found = difference(before, now(tmp_path / "elsewhere"))
    assert not found
    assert str(found) == "the same data."


def test_each_kind_of_change_has_its_word(photos):
    before = now(photos)
    train, test = photos / "train", photos / "test"
    Image.fromarray(np.zeros((16, 16, 3), "uint8")).save(train / "red" / "0.png")
    (train / "red" / "1.png").rename(train / "red" / "renamed.png")
    (train / "red" / "2.png").rename(train / "blue" / "from red.png")
    (train / "blue" / "0.png").rename(test / "blue" / "from train.png")
    (train / "blue" / "1.png").unlink()
    Image.fromarray(np.full((16, 16, 3), 9, "uint8")).save(test / "red" / "new.png")
    found = difference(before, now(photos))
    assert found.summary == "1 removed, 1 added, 1 changed, 1 moved, 1 relabelled, 1 renamed."
    printed = str(found)
    assert "changed     train/red train/red/0.png\n" in printed
    assert "moved       train/blue train/blue/0.png -> test/blue test/blue/from train.png" in printed
    assert digests(before)["validation"] == digests(now(photos))["validation"]
    assert digests(before)["train"] != digests(now(photos))["train"]


def test_a_new_picture_in_a_folder_without_splits_moves_others(photos):
    """The cut is drawn anew; so long as the folder itself gives the splits, nothing moves."""
    whole = photos / "train"
    before = now(whole)
    Image.fromarray(np.zeros((16, 16, 3), "uint8")).save(whole / "red" / "0a.png")
    found = difference(before, now(whole))
    assert len(found.added) == 1
    assert found.moved


def test_texts_and_arrays_have_no_names():
    texts = small.task_of_texts()
    rows = listing(texts)
    assert {row.name for row in rows} == {""}
    assert all(isinstance(row.hash, str) and not row.hash.startswith("b'") for row in rows)
    assert "1 removed, 1 added." in difference(rows, [*rows[1:], rows[0]._replace(hash="another")]).summary
    assert listing(small.task())[0].name == ""


def test_an_order_is_part_of_a_version():
    rows = listing(small.task())
    turned = [rows[1], rows[0], *rows[2:]]
    assert difference(rows, turned).summary == "the same inputs, in another order."
    assert digests(rows)["train"] != digests(turned)["train"]


def test_copies_are_counted():
    rows = listing(small.task())
    assert difference([*rows, rows[0]], rows).summary == "1 removed."


def test_long_lists_are_cut():
    rows = listing(small.task())
    assert "removed     and 14 more" in str(difference(rows, []))


@pytest.mark.parametrize("text", ["", "nonsense", "split,class_name,name,hash\nonly,three,columns"])
def test_what_is_no_list_is_told(tmp_path, text):
    (tmp_path / "data.csv").write_text(text)
    with pytest.raises(DataError, match=r"There is no list of data at|is damaged"):
        data_versions.opened(tmp_path)
    with pytest.raises(DataError, match="There is no list of data at"):
        data_versions.opened(tmp_path / "missing.csv")
