"""A run made again from its record: the same number, what differs, and what cannot be made again."""

import json
import shutil

import numpy as np
import pytest
from command_line import run, run_here
from eager import eagerly
from PIL import Image
from promise import small

import tlteach as tl
from tlteach.core.errors import DataError
from tlteach.evidence import record
from tlteach.evidence.rerun import rerun

# Compiling takes longer than these few steps.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("without_graphs")]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Reddish and bluish noise in files."""
    folder = tmp_path_factory.mktemp("photos")
    images, labels = small.pictures(32, seed=5)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        (folder / ("red", "blue")[label]).mkdir(exist_ok=True)
        Image.fromarray(image).save(folder / ("red", "blue")[label] / f"{number}.png")
    return folder


def transferred(task, **settings):
    return tl.transfer(task, "menagerie", image_size=32, epochs=2, fine_tune_epochs=1, seed=7, verbose=0, **settings)


@pytest.fixture(scope="module")
def finished(photos, tmp_path_factory):
    task = tl.tasks.by_name(str(photos)).subset(8, seed=7)
    with eagerly():
        return transferred(task).save(tmp_path_factory.mktemp("runs") / "mine")


def test_a_record_tells_what_a_repetition_needs(finished, photos):
    found = record.read(finished)
    assert found["origin"] == {"name": str(photos.resolve()), "labels_per_class": 8, "seed": 7}
    assert set(found["data"]) == {"train", "validation", "test"}
    assert len((finished / "data.csv").read_text(encoding="utf-8").splitlines()) == 1 + sum(
        found[f"n_{split}"] for split in found["data"]
    )


def test_a_run_is_made_again(finished):
    found = rerun(finished)
    assert found.differs == []
    assert found.holds
    assert found.new == pytest.approx(found.old, abs=1e-6)
    assert "Nothing that is recorded differs.\nTest accuracy" in str(found)
    assert "the very same number: inside the interval of mine" in str(found)


def test_what_differs_is_told(finished, photos, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    shutil.copytree(photos, tmp_path / "photos")
    (changed,) = (tmp_path / "photos" / "red").glob("0.png")
    Image.fromarray(np.zeros((32, 32, 3), "uint8")).save(changed)
    old = record.read(finished)
    old["versions"] |= {"numpy": "1.0", "gone": "2.0"}
    old |= {"device": "GPU: an old one", "source_sha256": "0", "code": "0"}
    (tmp_path / "run" / "results.json").write_text(json.dumps(old), encoding="utf-8")
    found = str(rerun(tmp_path / "run", tl.tasks.by_name(str(tmp_path / "photos"))))
    assert "differs: the data of " in found
    assert "1 changed" in found or "1 removed" in found or "1 added" in found
    assert f"differs: numpy: 1.0 then, {np.__version__} now" in found
    assert "differs: gone: 2.0 then, none now" in found
    assert "differs: device: GPU: an old one then, CPU" in found
    assert "differs: the weights of menagerie" in found
    assert "differs: the code of tlteach, under the same version" in found


def test_a_result_outside_of_the_interval_is_told(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    old = record.read(finished)
    old["accuracy"][old["kept"]] = {"value": 2.0, "interval": [1.9, 2.0]}
    (tmp_path / "run" / "results.json").write_text(json.dumps(old), encoding="utf-8")
    found = rerun(tmp_path / "run")
    assert not found.holds
    assert "OUTSIDE the interval of run" in str(found)


def test_data_that_are_gone_are_told(finished, tmp_path):
    shutil.copytree(finished, tmp_path / "run")
    old = record.read(finished)
    old["origin"]["name"] = str(tmp_path / "gone")
    (tmp_path / "run" / "results.json").write_text(json.dumps(old), encoding="utf-8")
    with pytest.raises(DataError, match=r"The data of run are gone, or .*gone.* is neither a folder"):
        rerun(tmp_path / "run")


def test_what_no_record_holds_is_refused(tmp_path):
    folder = transferred(small.task()).save(tmp_path / "in memory")
    with pytest.raises(DataError, match="they were made in Python"):
        rerun(folder)
    assert rerun(folder, small.task()).new == pytest.approx(record.read(folder)["accuracy"]["frozen"]["value"], abs=0.5)
    old = record.read(folder)
    old["settings"]["augmented"] = True
    (folder / "results.json").write_text(json.dumps(old), encoding="utf-8")
    with pytest.raises(DataError, match="augmented its inputs by a function of its own"):
        rerun(folder, small.task())


@pytest.mark.parametrize("text", ["", "[]", "{}", '"a word"', "[" * 100_000, '{"origin": 1}'])
def test_a_damaged_record_is_told(tmp_path, text):
    (tmp_path / "results.json").write_text(text)
    with pytest.raises(DataError, match="is no record that a run can be made again from"):
        record.read(tmp_path)


# ---------------------------------------------------------------- the command line


def test_the_commands(finished, photos, tmp_path, capsys):
    done = run_here(capsys, "data", "list", photos, "--out", tmp_path / "list.csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("32 inputs are listed in ")
    # The run learned from a subset: the rest is new to it.
    done = run("data", "diff", finished, tmp_path / "list.csv")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("8 added.\n")
    done = run_here(capsys, "data", "diff", finished)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the same data.\n", "")
    done = run_here(capsys, "data", "diff", tmp_path / "list.csv")
    assert done.returncode == 2
    assert "Say what" in done.stderr


def test_a_run_is_made_again_by_a_command(finished, tmp_path, capsys):
    done = run_here(capsys, "rerun", finished, "--out", tmp_path / "again")
    assert done.returncode == 0, done.stderr
    assert "inside the interval of mine" in done.stdout
    assert record.read(tmp_path / "again")["data"] == record.read(finished)["data"]


def test_no_run_is_told_at_once(tmp_path, capsys):
    done = run_here(capsys, "rerun", tmp_path)
    assert done.returncode == 2
    assert "is no record that a run can be made again from" in done.stderr
