"""Folders of photos: the layouts, what is left out, and the errors that say where."""

import os
import shutil
import socket
from pathlib import Path

import pytest
from pictures import all_files, folder_of, photo
from PIL import Image, features

from tlteach import tasks
from tlteach.core.errors import DataError


def reasons(task):
    return {Path(item.where).name: item.reason for item in task.left_out}


# --- layouts


def test_a_folder_per_class_is_cut_into_three(tmp_path):
    task = tasks.from_folder(folder_of(tmp_path / "pets", {"dog": 20, "cat": 40, "emu": 20}))
    assert (task.name, task.tier, task.modality, task.n_classes) == ("pets", "own", "image", 3)
    assert task.class_names == ("cat", "dog", "emu")
    assert task.train.class_counts == (28, 14, 14)
    assert task.validation.class_counts == task.test.class_counts == (6, 3, 3)
    for split in (task.train, task.validation, task.test):
        assert [path.parent.name for path in split.inputs] == [task.class_names[k] for k in split.labels]
    assert len(set().union(*all_files(task))) == 80
    assert task.notes == ("Cut from all pictures, class by class, with seed 0: validation (15%) and test (15%).",)


@pytest.mark.parametrize(
    "names", [("train", "validation", "test"), ("Train", "VAL", "Test"), ("train", "valid", "test")]
)
def test_given_splits_are_kept(tmp_path, names):
    for start, name in zip((0, 100, 200), names, strict=True):
        folder_of(tmp_path / name, {"a": 3 + start // 100, "b": 4}, start)
    (tmp_path / "README.txt").write_text("about these photos")
    task = tasks.from_folder(tmp_path)
    assert [split.class_counts for split in (task.train, task.validation, task.test)] == [(3, 4), (4, 4), (5, 4)]
    assert {path.parts[-3] for path in task.test.inputs} == {names[2]}
    assert task.left_out == ()


def test_a_missing_test_split_is_half_of_validation(tmp_path):
    folder_of(tmp_path / "train", {"a": 6, "b": 6})
    folder_of(tmp_path / "validation", {"a": 10, "b": 8}, 100)
    task = tasks.from_folder(tmp_path)
    assert (task.train.class_counts, task.validation.class_counts, task.test.class_counts) == ((6, 6), (5, 4), (5, 4))
    assert "Cut from the given validation split, class by class, with seed 0: test (50%)." in task.notes


def test_a_missing_validation_split_is_cut_from_train(tmp_path):
    folder_of(tmp_path / "train", {"a": 20, "b": 20})
    folder_of(tmp_path / "test", {"a": 2, "b": 3}, 100)
    task = tasks.from_folder(tmp_path, validation=0.25)
    assert (task.train.class_counts, task.validation.class_counts, task.test.class_counts) == ((15, 15), (5, 5), (2, 3))


def test_train_alone_is_cut_into_three(tmp_path):
    folder_of(tmp_path / "train", {"a": 10, "b": 10})
    task = tasks.from_folder(tmp_path)
    assert (task.train.class_counts, task.validation.class_counts, task.test.class_counts) == ((6, 6), (2, 2), (2, 2))


def test_a_class_may_be_called_train(tmp_path):
    task = tasks.from_folder(folder_of(tmp_path, {"plane": 5, "train": 5}))
    assert task.class_names == ("plane", "train")


def test_a_folder_beside_the_splits_is_listed(tmp_path):
    folder_of(tmp_path / "train", {"a": 10, "b": 10})
    folder_of(tmp_path / "sample", {"a": 2}, 100)
    task = tasks.from_folder(tmp_path)
    assert task.class_names == ("a", "b")
    assert [Path(item.where).name for item in task.left_out] == ["sample"]


def test_linked_classes_are_read_and_links_below_them_are_listed(tmp_path):
    folder_of(tmp_path / "elsewhere", {"a": 5, "deep": 5})
    folder_of(tmp_path / "pets", {"b": 5}, 100)
    os.symlink(tmp_path / "elsewhere" / "a", tmp_path / "pets" / "a")
    os.symlink(tmp_path / "pets", tmp_path / "pets" / "b" / "loop")
    task = tasks.from_folder(tmp_path / "pets")
    assert task.class_names == ("a", "b")
    assert list(reasons(task)) == ["loop"]


def test_nested_folders_unicode_names_and_any_case_of_suffix(tmp_path):
    folder_of(tmp_path, {"кошка": 4, "犬": 4})
    photo(tmp_path / "犬" / "2024" / "мой пёс" / "фото.PNG", 900)
    photo(tmp_path / "犬" / "2024" / "bild.JPeG", 901)
    task = tasks.from_folder(tmp_path)
    assert task.class_names == ("кошка", "犬")
    assert sum(task.train.class_counts + task.validation.class_counts + task.test.class_counts) == 10


def test_hidden_files_are_ignored_quietly(tmp_path):
    folder_of(tmp_path, {"a": 4, "b": 4})
    for name in ("a/.DS_Store", "a/._0001.png", "b/Thumbs.db", "b/desktop.ini", ".git/x.png", "__MACOSX/a/._1.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_bytes(b"of the system")
    photo(tmp_path / "a" / ".thumbnails" / "small.png", 77)
    task = tasks.from_folder(tmp_path)
    assert task.left_out == ()
    assert task.class_names == ("a", "b")


# --- what is left out


def test_files_that_cannot_be_used_are_listed_and_the_run_goes_on(tmp_path):
    folder_of(tmp_path, {"a": 6, "b": 6})
    (tmp_path / "a" / "empty.jpg").write_bytes(b"")
    (tmp_path / "a" / "text.jpg").write_text("no photo")
    (tmp_path / "b" / "cut.png").write_bytes((tmp_path / "b" / "0006.png").read_bytes()[:200])
    (tmp_path / "b" / "labels.csv").write_text("a,b")
    os.symlink(tmp_path / "nowhere", tmp_path / "b" / "gone.jpg")
    photo(tmp_path / "loose.png", 99)
    task = tasks.from_folder(tmp_path)
    assert sorted(reasons(task)) == ["cut.png", "empty.jpg", "gone.jpg", "labels.csv", "loose.png", "text.jpg"]
    assert all(reasons(task).values())
    assert "6 files were left out" in str(task)
    assert sum(len(files) for files in all_files(task)) == 12


def test_copies_stand_in_one_split_only_test_before_validation_before_train(tmp_path):
    for start, name in enumerate(("train", "validation", "test")):
        folder_of(tmp_path / name, {"a": 3, "b": 3}, start * 100)
    source = photo(tmp_path / "train" / "a" / "everywhere.png", 500)
    for name in ("validation", "test"):
        shutil.copy(source, tmp_path / name / "a" / "everywhere.png")
    photo(tmp_path / "train" / "b" / "twice.png", 501)
    Image.open(tmp_path / "train" / "b" / "twice.png").save(tmp_path / "validation" / "b" / "twice.bmp")
    photo(tmp_path / "train" / "b" / "twin 1.png", 502)
    photo(tmp_path / "train" / "b" / "twin 2.png", 502)
    task = tasks.from_folder(tmp_path)
    assert {Path(item.where).relative_to(tmp_path).as_posix() for item in task.left_out} == {
        "train/a/everywhere.png",
        "validation/a/everywhere.png",
        "train/b/twice.png",
        "train/b/twin 2.png",
    }
    assert all(item.reason.startswith("the same picture as ") for item in task.left_out)
    hashes = [set(split.fingerprints()) for split in (task.train, task.validation, task.test)]
    assert not hashes[0] & hashes[1]
    assert not hashes[1] & hashes[2]
    assert not hashes[0] & hashes[2]


def test_a_picture_with_contradicting_labels_is_left_out_everywhere(tmp_path):
    folder_of(tmp_path, {"a": 5, "b": 5})
    for name in ("a/x.png", "a/y.png", "b/z.png"):
        photo(tmp_path / name, 700)
    found = reasons(tasks.from_folder(tmp_path))
    assert sorted(found) == ["x.png", "y.png", "z.png"]
    assert all("labels contradict" in reason and "'a'" in reason and "'b'" in reason for reason in found.values())


# --- errors that say where


def test_a_missing_path_and_a_file_are_named(tmp_path):
    with pytest.raises(DataError, match="none does not exist"):
        tasks.from_folder(tmp_path / "none")
    (tmp_path / "photos.zip").write_bytes(b"")
    with pytest.raises(DataError, match=r"photos\.zip is a file"):
        tasks.from_folder(tmp_path / "photos.zip")


def no_images(root):
    (root / "a").mkdir()
    (root / "b").mkdir()


def loose_photos(root):
    photo(root / "1.png", 1)


def one_class(root):
    folder_of(root, {"cat": 5})


def only_broken_ones(root):
    folder_of(root, {"cat": 5})
    (root / "dog").mkdir()
    (root / "dog" / "1.jpg").write_bytes(b"")


def class_missing_in_validation(root):
    folder_of(root / "train", {"cat": 5, "dog": 5})
    folder_of(root / "val", {"cat": 5}, 100)


def class_only_in_test(root):
    folder_of(root / "train", {"cat": 5, "dog": 5})
    folder_of(root / "test", {"cat": 5, "dog": 5, "emu": 5}, 100)


def class_empty_in_test(root):
    folder_of(root / "train", {"cat": 5, "dog": 5})
    folder_of(root / "test", {"cat": 5, "dog": 0}, 100)


def split_given_twice(root):
    for start, name in enumerate(("train", "val", "validation")):
        folder_of(root / name, {"cat": 5, "dog": 5}, 100 * start)


def no_train(root):
    folder_of(root / "val", {"cat": 5, "dog": 5})
    folder_of(root / "test", {"cat": 5, "dog": 5}, 100)


def too_few(root):
    folder_of(root, {"cat": 5, "dog": 2})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (no_images, ["No images"]),
        (loose_photos, ["No images", "a folder of its own"]),
        (one_class, ["one class", "'cat'"]),
        (only_broken_ones, ["'dog'", "{root}/dog", "1.jpg", "0 bytes"]),
        (class_missing_in_validation, ["{root}/val", "no folder for 'dog'"]),
        (class_only_in_test, ["{root}/train", "no folder for 'emu'"]),
        (class_empty_in_test, ["'dog'", "{root}/test/dog"]),
        (split_given_twice, ["validation", "val and validation"]),
        (no_train, ["no train folder"]),
        (too_few, ["'dog'", "2 pictures", "at least 3"]),
    ],
)
def test_errors_say_where_and_what(tmp_path, make, words):
    make(tmp_path)
    with pytest.raises(DataError) as caught:
        tasks.from_folder(tmp_path)
    for word in words:
        assert word.format(root=tmp_path) in str(caught.value)


def renamed(suffix):
    def make(root):
        for path in list(folder_of(root, {"cat": 5, "dog": 5}).rglob("*.png")):
            path.rename(path.with_suffix(suffix))

    return make


@pytest.mark.parametrize("suffix", [".heic", ".avif", ".tiff", ".svg"])
def test_a_folder_of_nothing_but_another_kind_is_told_which(tmp_path, suffix):
    renamed(suffix)(tmp_path)
    with pytest.raises(DataError, match=rf"10 files left out: .*files of the kind {suffix} are not read"):
        tasks.from_folder(tmp_path)


def pipe(path):
    os.mkfifo(path)


def socket_file(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


ODD_FILES = {
    "a pipe": (pipe, "not a plain file"),
    "a socket": (socket_file, "not a plain file"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "the file does not exist"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere.jpg"), "the file does not exist"),
    "a device without end": (lambda path: path.symlink_to("/dev/zero"), "not a plain file"),
    "an AVIF": (lambda path: Image.new("RGB", (20, 20)).save(path, "AVIF"), "its content is not a JPEG"),
    "a TIFF": (lambda path: Image.new("RGB", (20, 20)).save(path, "TIFF"), "its content is not a JPEG"),
    "a drawing": (
        lambda path: path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "its content is not a JPEG",
    ),
    "one by 20,000 pixels": (lambda path: Image.new("RGB", (1, 20_000)).save(path), None),
    "two pictures in one": (lambda path: two_in_one(path), None),
    "a link out of the folder": (lambda path: path.symlink_to(photo(path.parents[2] / "away.png", 999)), None),
}


def two_in_one(path):
    Image.new("RGB", (40, 30), "red").save(path, "MPO", save_all=True, append_images=[Image.new("RGB", (40, 30))])


@pytest.mark.parametrize("name", ODD_FILES)
def test_odd_files_are_read_or_told_and_nothing_hangs(tmp_path, name, monkeypatch):
    make, reason = ODD_FILES[name]
    monkeypatch.chdir(folder_of(tmp_path / "photos", {"cat": 5, "dog": 5}) / "cat")
    if name == "an AVIF" and not features.check("avif"):
        pytest.skip("this Pillow writes no AVIF")
    make(tmp_path / "photos" / "cat" / "odd.jpg")
    task = tasks.from_folder(tmp_path / "photos")
    assert sum(map(len, all_files(task))) == 10 + (reason is None)
    assert [item.reason.startswith(reason) for item in task.left_out] == [True] * (reason is not None)


def test_names_of_files_may_be_anything_and_those_of_classes_can_be_printed(tmp_path):
    folder = folder_of(tmp_path, {"cat": 5, "dog": 5})
    (folder / "cat" / "0000.png").rename(folder / "cat" / "two\nlines.png")
    (folder / "cat" / "0001.png").rename(os.fsdecode(os.fsencode(folder / "cat") + b"/caf\xe9.png"))
    assert sum(map(len, all_files(tasks.from_folder(folder)))) == 10
    for name in (b"caf\xe9", b"two\nlines"):
        (folder / "cat").rename(os.fsdecode(os.fsencode(folder) + b"/" + name))
        with pytest.raises(DataError, match="cannot be printed: it is not in UTF-8"):
            tasks.from_folder(folder)
        (folder / os.fsdecode(name)).rename(folder / "cat")


def test_classes_that_differ_by_case_only_are_remarked(tmp_path):
    folder = folder_of(tmp_path, {"cat": 5, "dog": 5})
    if (folder / "Cat").exists():
        pytest.skip("this file system does not tell Cat and cat apart")
    task = tasks.from_folder(folder_of(folder, {"Cat": 5}, 100))
    assert task.notes[-1] == "'Cat' and 'cat' are different classes here. Is that meant?"


def test_real_photos_split_without_leaks(real):
    task = tasks.from_folder(real / "cats_and_dogs")
    assert (len(task.train), len(task.validation), len(task.test)) == (2000, 500, 500)
    assert task.test.class_counts == (250, 250)
    assert task.left_out == ()
    hashes = [*task.train.fingerprints(), *task.validation.fingerprints(), *task.test.fingerprints()]
    assert len(set(hashes)) == 3000
