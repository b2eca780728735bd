"""Tasks: how splits are cut, tasks of arrays, subsets, and cats against dogs in both tiers."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import all_files, folder_of, photo

from tlteach import tasks
from tlteach.core.errors import DataError, FetchError
from tlteach.core.splits import cut
from tlteach.image import full_photos

# --- cutting


@settings(deadline=None)  # a busy machine is no bug
@given(
    sizes=st.lists(st.integers(10, 120), min_size=2, max_size=6),
    fractions=st.tuples(st.floats(0.05, 0.4), st.floats(0.05, 0.4)),
    seed=st.integers(0, 10_000),
)
def test_splits_are_disjoint_stratified_complete_and_repeatable(sizes, fractions, seed):
    names = [str(number) for number in range(len(sizes))]
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(sizes)), sizes))
    parts = cut(labels, fractions, seed, names)
    assert sorted(np.concatenate(parts).tolist()) == list(range(sum(sizes)))
    for part, fraction in zip(parts, fractions, strict=False):
        assert (np.abs(np.bincount(labels[part], minlength=len(sizes)) - fraction * np.array(sizes)) <= 1).all()
    assert all(np.array_equal(a, b) for a, b in zip(parts, cut(labels, fractions, seed, names), strict=True))


@settings(deadline=None)
@given(sizes=st.lists(st.integers(0, 8), min_size=2, max_size=4))
def test_small_classes_are_cut_or_refused_never_emptied(sizes):
    labels, names = np.repeat(np.arange(len(sizes)), sizes), [f"class {k}" for k in range(len(sizes))]
    if min(sizes) < 3:
        with pytest.raises(DataError, match="at least 3"):
            cut(labels, (0.15, 0.15), 0, names)
    else:
        for part in cut(labels, (0.15, 0.15), 0, names):
            assert np.bincount(labels[part], minlength=len(sizes)).min() >= 1


def test_another_seed_cuts_otherwise_and_file_order_does_not_matter(tmp_path, monkeypatch):
    root = folder_of(tmp_path, {"a": 20, "b": 20})
    first, again, other = tasks.from_folder(root), tasks.from_folder(root), tasks.from_folder(root, seed=1)
    assert all_files(first) == all_files(again)
    assert all_files(first) != all_files(other)
    walk = os.walk
    monkeypatch.setattr(os, "walk", lambda *a, **k: ((p, d, sorted(f, reverse=True)) for p, d, f in walk(*a, **k)))
    assert all_files(tasks.from_folder(root)) == all_files(first)


@pytest.mark.parametrize("fractions", [(0.0, 0.2), (0.5, 0.5), (-0.1, 0.3), (0.9, 0.3)])
def test_impossible_fractions_are_refused(tmp_path, fractions):
    root = folder_of(tmp_path, {"a": 9, "b": 9})
    with pytest.raises(DataError, match="below 1"):
        tasks.from_folder(root, *fractions)


# --- arrays


def pictures(n: int, *shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, *(shape or (8, 10, 3))), dtype="uint8")


LABELS = np.arange(40) % 2


@pytest.mark.parametrize("shape", [(8, 10, 3), (8, 10), (8, 10, 1)])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "int64"])
def test_arrays_become_a_task(shape, dtype):
    inputs = pictures(40, *shape)
    task = tasks.from_arrays(inputs.astype(dtype), LABELS, ("even", "odd"), name="drawn")
    assert (task.name, task.train.class_counts, task.test.class_counts) == ("drawn", (14, 14), (3, 3))
    assert task.train.inputs.dtype == np.uint8
    assert task.train.inputs.shape == (28, 8, 10, 3)
    rows = {inputs[row].tobytes(): LABELS[row] for row in range(40)}
    for split in (task.train, task.validation, task.test):
        for picture, label in zip(split.inputs, split.labels, strict=True):
            there = picture if len(shape) == 3 and shape[2] == 3 else picture[..., :1].reshape(shape)
            assert rows[there.tobytes()] == label


def test_copies_in_arrays_are_left_out():
    inputs = pictures(40)
    inputs[12] = inputs[2]
    inputs[21] = inputs[20]
    task = tasks.from_arrays(inputs, LABELS, ("even", "odd"))
    assert [item.where for item in task.left_out] == ["inputs[12]", "inputs[20]", "inputs[21]"]
    assert len(task.train) + len(task.validation) + len(task.test) == 37


def with_value(value):
    inputs = pictures(40).astype("float32")
    inputs[7, 0, 0, 0] = value
    return inputs


@pytest.mark.parametrize(
    ("inputs", "labels", "words"),
    [
        (pictures(40, 8, 10, 4), LABELS, "shape"),
        (pictures(40, 8), LABELS, "shape"),
        (np.zeros((0, 8, 8, 3)), [], "shape"),
        ([np.zeros((2, 2, 3)), np.zeros((3, 2, 3))], [0, 1], "same shape"),
        (with_value(np.nan), LABELS, "picture 7"),
        (with_value(np.inf), LABELS, "picture 7"),
        (with_value(256), LABELS, "0..255"),
        (with_value(-1), LABELS, "0..255"),
        (with_value(258), LABELS, r"np.clip\(inputs, 0, 255\)"),
        (pictures(40) / 255.0, LABELS, "Multiply"),
        (with_value(261) / 255, LABELS, r"0 to 1.02353, .*np.clip\(inputs \* 255"),
        (with_value(-5) / 255, LABELS, r"-0.0196078 to 1, .*np.clip\(inputs \* 255"),
        (with_value(-3) / 127.5 - 1, LABELS, r"scaled to -1..1: take np.clip\(\(inputs \+ 1\) \* 127.5"),
        (with_value(999) / 255, LABELS, "Multiply"),
        (pictures(40).astype(str), LABELS, "type"),
        (pictures(40), LABELS[:39], "one integer per picture"),
        (pictures(40), np.eye(2)[LABELS], "one integer per picture"),
        (pictures(40), LABELS.astype("float32"), "integers"),
        (pictures(40), LABELS + 1, "0..1"),
        (pictures(40), LABELS - 1, "0..1"),
    ],
)
def test_arrays_that_cannot_be_learned_from_are_refused(inputs, labels, words):
    with pytest.raises(DataError, match=words):
        tasks.from_arrays(inputs, labels, ("even", "odd"))


@pytest.mark.parametrize(
    "inputs", [pictures(40) % 2, pictures(40) % 3, pictures(40) % 3 * 1.0, pictures(40) % 200 * 0.9]
)
def test_dark_pictures_are_taken(inputs):
    assert len(tasks.from_arrays(inputs, LABELS, ("even", "odd")).train) > 20


@pytest.mark.parametrize("names", [("one",), ("same", "same")])
def test_class_names_must_be_two_different_ones(names):
    with pytest.raises(DataError, match="class_names"):
        tasks.from_arrays(pictures(40), LABELS * 0, names)


def test_given_splits_are_taken_as_they_are():
    both = (pictures(6), LABELS[:6])
    task = tasks.from_splits(both, both, (pictures(4, seed=1), LABELS[:4]), ("even", "odd"))
    assert task.train.fingerprints() == task.validation.fingerprints()
    assert task.left_out == ()
    with pytest.raises(DataError, match="of the test split"):
        tasks.from_splits(both, both, (pictures(4), LABELS[:5]), ("even", "odd"))


# --- subset, printing, names


def test_subset_is_stratified_seeded_and_nested():
    task = tasks.from_arrays(pictures(40), LABELS, ("even", "odd"))
    small, large, other = task.subset(3), task.subset(8), task.subset(3, seed=1)
    assert small.train.class_counts == (3, 3)
    assert set(small.train.fingerprints()) < set(large.train.fingerprints()) < set(task.train.fingerprints())
    assert small.train.fingerprints() == task.subset(3).train.fingerprints()
    assert small.train.fingerprints() != other.train.fingerprints()
    assert small.test is task.test
    assert small.validation is task.validation
    for wrong in (0, 15):
        with pytest.raises(DataError, match="14 of 'even'"):
            task.subset(wrong)


def test_a_task_prints_as_a_table():
    task = tasks.from_arrays(pictures(40), LABELS, ("even", "odd"), name="numbers")
    assert str(task).splitlines() == [
        "numbers: 2 classes, own tier",
        "class        train  validation    test",
        "even            14           3       3",
        "odd             14           3       3",
        "all             28           6       6",
        "Cut from all pictures, class by class, with seed 0: validation (15%) and test (15%).",
    ]


def test_by_name_knows_folders_and_refuses_the_rest(tmp_path):
    assert tasks.by_name(str(folder_of(tmp_path / "pets", {"a": 5, "b": 5}))).name == "pets"
    with pytest.raises(DataError, match="cats_vs_dogs_full"):
        tasks.by_name("cats_vs_mice")
    with pytest.raises(DataError, match="bundled"):
        tasks.cats_vs_dogs("huge")


# --- cats and dogs


def test_the_bundled_tier_is_read(tmp_path, monkeypatch):
    for start, name in enumerate(("train", "validation", "test")):
        folder_of(tmp_path / name, {"cat": 4, "dog": 4}, 100 * start)
    monkeypatch.setattr("tlteach.image.tasks.bundled", {"cats_vs_dogs": tmp_path}.__getitem__)
    task = tasks.by_name("cats_vs_dogs")
    assert (task.name, task.tier, task.class_names, len(task.test)) == ("cats_vs_dogs", "bundled", ("cat", "dog"), 8)


def archive_of(path: Path, counts: dict[str, int], extra: dict[str, bytes]) -> int:
    """Write a small archive in the form of cats_and_dogs_filtered.zip and return its size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch, number = path.with_suffix(".jpg"), 0
    with zipfile.ZipFile(path, "w") as archive:
        for place, n in counts.items():
            for index in range(n):
                photo(scratch, number)
                number += 1
                archive.write(scratch, f"cats_and_dogs_filtered/{place}s/{place[-3:]}.{index}.jpg")
        for name, content in extra.items():
            archive.writestr(name, content)
    return path.stat().st_size


@pytest.fixture
def full_tier(tmp_path, monkeypatch):
    """A function that puts a stand-in for the archive into a mirror, and expects it."""
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path / "mirror"))
    counts = {"train/cat": 6, "train/dog": 6, "validation/cat": 4, "validation/dog": 4}
    monkeypatch.setattr(full_photos, "COUNTS", counts)

    def put(changed=(), extra=()):
        held = counts | dict(changed)
        size = archive_of(tmp_path / "mirror" / "cats_and_dogs_filtered.zip", held, dict(extra))
        monkeypatch.setattr(full_photos, "BYTES", size)
        return tmp_path / "home"

    return put


def test_the_full_tier_is_unpacked_checked_and_read(full_tier, capsys):
    escape = {"../../evil.jpg": b"x", "cats_and_dogs_filtered/train/cats/../../../evil.jpg": b"x"}
    home = full_tier(extra={"cats_and_dogs_filtered/vectorize.py": b"raise SystemExit", **escape})
    task = tasks.by_name("cats_vs_dogs_full")
    assert (task.name, task.tier, task.class_names) == ("cats_vs_dogs_full", "full", ("cat", "dog"))
    assert (task.train.class_counts, task.validation.class_counts, task.test.class_counts) == ((6, 6), (2, 2), (2, 2))
    assert not [*home.parent.rglob("evil*"), *home.rglob("*.py"), *home.rglob(".writing-*")]
    told = capsys.readouterr().out
    for words in (
        "No sha256",
        "has been published",
        full_photos.sha256_of(home / "downloads/cats_and_dogs_filtered.zip"),
    ):
        assert words in told
        assert any(words in note for note in task.notes)
    assert all_files(tasks.cats_vs_dogs("full")) == all_files(task)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("changed", "extra"),
    [
        ({"train/cat": 5}, {}),
        ({}, {"cats_and_dogs_filtered/train/cats/cat.9999.jpg": b"\xff\xd8 one too many"}),
        ({"train/cat": 5}, {"cats_and_dogs_filtered/train/cats/cat.9999.jpg": b"no photo"}),
    ],
)
def test_an_archive_of_other_contents_is_refused_whole(full_tier, changed, extra):
    home = full_tier(changed, extra)
    with pytest.raises(FetchError, match="and try again"):
        tasks.cats_vs_dogs("full")
    assert [path.name for path in home.iterdir()] == ["downloads"]


def test_offline_the_full_tier_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path))
    monkeypatch.delenv("TLTEACH_MIRROR", raising=False)
    monkeypatch.setattr(full_photos, "URL", "http://127.0.0.1:9/cats_and_dogs_filtered.zip")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(FetchError) as caught:
        tasks.cats_vs_dogs("full")
    for words in (full_photos.URL, str(tmp_path / "downloads" / "cats_and_dogs_filtered.zip"), "bundled"):
        assert words in str(caught.value)


def test_drawings_are_the_same_where_only_train_grows():
    small, large = (tasks.drawings("sketch", n_train=n, n_validation=3, n_test=4) for n in (4, 6))
    assert [len(split) for split in (large.train, large.validation, large.test)] == [6, 3, 4]
    for split in ("validation", "test"):
        one, other = (getattr(task, split).fingerprints() for task in (small, large))
        assert list(one) == list(other)
    assert list(large.train.fingerprints())[:4] == list(small.train.fingerprints())
    every = [*large.train.fingerprints(), *large.validation.fingerprints(), *large.test.fingerprints()]
    assert len(set(every)) == 13
    with pytest.raises(DataError, match="no style 'oil'"):
        tasks.drawings("oil")
