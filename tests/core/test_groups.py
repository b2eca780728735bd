"""Splits that are cut by patient, by author, by day: nobody stands in two of them, and who is who is told."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tlteach import DataError, tasks
from tlteach.core.groups import cut_by_group
from tlteach.evidence import record

SPLITS = ("train", "validation", "test")


def draw(folder, patients=6, each=4):
    """A folder of pictures, class/patient/N.png; no two are the same."""
    random = np.random.default_rng(0)
    for name in ("healthy", "sick"):
        for patient in range(patients):
            home = folder / name / f"p{patient}"
            home.mkdir(parents=True)
            for number in range(each):
                pixels = random.integers(0, 256, (8, 8, 3), dtype="uint8")
                Image.fromarray(pixels).save(home / f"{number}.png")
    return folder


def apart(task):
    """Whether no group of a task stands in two splits."""
    found = [set(getattr(task, split).groups) for split in SPLITS]
    return not (found[0] & found[1] or found[0] & found[2] or found[1] & found[2])


def test_pictures_are_cut_by_the_folders_inside_those_of_the_classes(tmp_path):
    draw(tmp_path)
    task = tasks.from_folder(tmp_path, group="patient")
    assert apart(task)
    assert "patient by patient" in " ".join(task.notes)
    assert all(split.class_counts[0] for split in (task.train, task.validation, task.test))
    for split in (task.train, task.validation, task.test):
        assert [path.parent.name for path in split.inputs] == split.groups
    at_random = tasks.from_folder(tmp_path)
    assert at_random.train.groups is None


def test_groups_stay_with_their_inputs(tmp_path):
    task = tasks.from_folder(draw(tmp_path), group="patient")
    taken = task.train.take([3, 0])
    assert taken.groups == [task.train.groups[3], task.train.groups[0]]
    assert taken.group == "patient"
    path = taken.inputs[0]
    assert taken.captioned(0) == f"{path.parent.name}, {path.name}"
    assert tasks.from_folder(tmp_path).test.captioned(0).endswith(".png")
    joined = task.train.joined(task.test)
    assert joined.groups == task.train.groups + task.test.groups
    assert task.subset(2).train.groups is not None


def test_a_table_tells_who_is_who(tmp_path):
    draw(tmp_path)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png"))
    days = {name: f"day {number % 4}" for number, name in enumerate(files)}
    with (tmp_path / "days.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "day"), *days.items()])
    task = tasks.from_folder(tmp_path, group="day")
    assert apart(task)
    assert task.test.groups == [days[path.relative_to(tmp_path).as_posix()] for path in task.test.inputs]


def test_what_is_missing_is_named(tmp_path):
    draw(tmp_path / "flat", patients=1)
    with pytest.raises(DataError, match=r"Which patient a picture is of is not told.*healthy/patient_1/.*patients.csv"):
        tasks.from_folder(tmp_path / "flat", group="patient")
    (tmp_path / "flat" / "patients.csv").write_text("file,patient\n0.png,anna\n", "utf-8")
    with pytest.raises(DataError, match=r"patients.csv names no patient of healthy/p0/1.png"):
        tasks.from_folder(tmp_path / "flat", group="patient")
    draw(tmp_path / "two", patients=2)
    with pytest.raises(DataError, match=r"2 patients \(p0, p1\).*at least 3 are needed.*leave group=... out"):
        tasks.from_folder(tmp_path / "two", group="patient")
    with pytest.raises(DataError, match="a word for what belongs together"):
        tasks.from_folder(tmp_path / "two", group="../../secret")
    with pytest.raises(DataError, match="splits of cats_vs_dogs are given"):
        tasks.by_name("cats_vs_dogs", group="patient")


def write_texts(path, authors=6, missing=()):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label", "author"])
        for number in range(8 * authors):
            author = "" if number in missing else f"author {number // 2 % authors}"
            writer.writerow([f"text number {number} of them", ("yes", "no")[number % 2], author])
    return path


def test_texts_are_cut_by_a_column(tmp_path):
    task = tasks.from_csv(write_texts(tmp_path / "mine.csv"), group="author")
    assert apart(task)
    assert "author by author" in " ".join(task.notes)
    number = int(task.test.inputs[0].split()[2])
    assert task.test.groups[0] == f"author {number // 2 % 6}"
    assert task.train.take([1]).groups == [task.train.groups[1]]
    assert len(task.train.joined(task.test).groups) == len(task.train) + len(task.test)


def test_texts_without_a_group_are_left_out_and_named(tmp_path):
    task = tasks.from_csv(write_texts(tmp_path / "mine.csv", missing=(4,)), group="author")
    assert [str(one) for one in task.left_out] == [f"{tmp_path / 'mine.csv'}:6: has no author"]
    with pytest.raises(DataError, match="has no column 'patient'"):
        tasks.from_csv(tmp_path / "mine.csv", group="patient")
    with pytest.raises(DataError, match="must be different column names"):
        tasks.from_csv(tmp_path / "mine.csv", group="label")
    with pytest.raises(DataError, match="must be different column names"):
        tasks.from_csv(tmp_path / "mine.csv", group=2)


def test_a_file_without_names_has_positions(tmp_path):
    path = write_texts(tmp_path / "mine.csv")
    path.write_text("\n".join(path.read_text("utf-8").splitlines()[1:]), "utf-8")
    task = tasks.by_name(str(path), text=0, label=1, group=2)
    assert apart(task)
    assert "column 2 by column 2" in " ".join(task.notes)


def test_a_task_is_made_again_with_its_groups(tmp_path):
    task = tasks.by_name(str(draw(tmp_path)), group="patient").subset(3, seed=1)
    again = record.task_of({"origin": task.origin}, tmp_path)
    assert again.test.groups == task.test.groups
    assert again.train.digest() == task.train.digest()


def test_a_task_of_ours_is_made_again_whichever_way_it_was_made(tmp_path):
    task = tasks.mail("wei").subset(5, seed=2)
    assert task.origin == {"name": "mail_wei", "labels_per_class": 5, "seed": 2}
    assert record.task_of({"origin": task.origin}, tmp_path).train.digest() == task.train.digest()
    assert tasks.cats_vs_dogs().origin == tasks.by_name("cats_vs_dogs").origin
    for room in tasks.ROOMS.values():
        for name in room.TASKS.keys() - room.downloads():
            assert room.TASKS[name]().origin == {"name": name}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=40, max_size=200), st.integers(0, 2**16))
def test_no_group_is_ever_in_two_parts(owners, seed):
    labels = np.arange(len(owners)) % 2
    try:
        parts = cut_by_group([str(one) for one in owners], labels, [0.2, 0.2], seed, "pictures", "patient", "or so")
    except DataError:
        return
    held = [{owners[row] for row in part} for part in parts]
    assert sum(map(len, held)) == len(set(owners))
    assert sorted(row for part in parts for row in part) == list(range(len(owners)))
