"""Nothing that was remembered of inputs outlasts them."""

import numpy as np
from PIL import Image
from small_texts import small_tokenizer

from tlteach.image.splits import Split
from tlteach.text.splits import TextSplit

SIZE = 8


def photo(path, shade: int):
    Image.new("RGB", (SIZE, SIZE), (shade, 0, 0)).save(path)
    return path


def test_pictures_that_are_changed_in_place():
    split = Split(np.zeros((4, 16, 16, 3), "uint8"), [0, 1, 0, 1], 2)
    before, digest, taken = split.fingerprints(), split.digest(), split.take([2])
    assert split.arrays(SIZE)[0].max() == 0
    split.inputs[2] = 9
    assert [a == b for a, b in zip(before, split.fingerprints(), strict=True)] == [True, True, False, True]
    assert split.digest() != digest
    assert split.take([2]).fingerprints() != taken.fingerprints() == before[2:3]
    assert split.arrays(SIZE)[0].max() == 9
    assert split.batches(SIZE)[0][0].max() == 9


def test_files_that_are_replaced(tmp_path):
    split = Split([photo(tmp_path / f"{shade}.png", shade) for shade in range(4)], [0, 1, 0, 1], 2)
    before, taken = split.fingerprints(), split.take([3, 2])
    assert taken.fingerprints() == [before[3], before[2]]
    assert split.batches(SIZE)[0][0].max() == 3
    photo(tmp_path / "2.png", 200)
    assert [a == b for a, b in zip(before, split.fingerprints(), strict=True)] == [True, True, False, True]
    assert taken.fingerprints() == [before[3], split.fingerprints()[2]]
    assert split.batches(SIZE)[0][0].max() == 200


def test_what_was_found_out_is_not_found_out_again(tmp_path, monkeypatch):
    split = Split([photo(tmp_path / "0.png", 0)], [0], 2)
    found, pixels = split.fingerprints(), split.arrays(SIZE)[0]
    monkeypatch.setattr("tlteach.image.splits.check_photos", None)
    assert split.fingerprints() is found
    assert split.take([0]).fingerprints() == found
    assert split.arrays(SIZE)[0] is pixels


def test_texts_that_are_exchanged():
    split, tokenizer = TextSplit(("the film", "good"), [0, 1], 2), small_tokenizer()
    before, ids = split.fingerprints(), split.arrays(tokenizer)[0]
    split.inputs = ("not good", "good")
    assert split.fingerprints()[0] != before[0]
    assert not np.array_equal(split.arrays(tokenizer)[0], ids)
