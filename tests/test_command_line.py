"""The command line, as a user meets it: a process of its own for each way to end, the test's own for the rest."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from command_line import run, run_here
from PIL import Image
from places import ROOT

import tlteach
from tlteach.core.files import alone_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A short run on a folder of three classes, with a broken file and a Unicode name in it."""
    folder = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for label, name in enumerate(("rouge", "vert", "青")):
        (folder / name).mkdir()
        for i in range(12):
            pixels = random.integers(0, 150, (40, 50, 3))
            pixels[:, :, label] += 100
            Image.fromarray(pixels.astype("uint8")).save(folder / name / f"{i} é.png")
    (folder / "vert" / "broken.jpg").write_bytes(b"this is no picture")
    out = tmp_path_factory.mktemp("out") / "run"
    done = run("run", "--task", folder, "--source", "menagerie", "--image-size", 64, "--epochs", 2,
               "--fine-tune-epochs", 1, "--seed", 4, "--out", out)  # fmt: skip
    return done, folder, out


def test_a_run_on_a_folder(finished):
    done, _, out = finished
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "broken.jpg" in done.stdout
    for step in range(1, 7):
        assert f"step {step}  " in done.stdout
    assert "95 % interval" in done.stdout
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert found["classes"] == ["rouge", "vert", "青"]
    assert (found["seed"], found["source"], found["image_size"]) == (4, "menagerie", 64)
    assert [Path(item["path"]).name for item in found["left_out"]] == ["broken.jpg"]
    assert "rouge" in (out / "report.html").read_text(encoding="utf-8")


def test_the_model_opens_in_plain_keras_and_gives_the_same_probabilities(finished, tmp_path):
    """In a Python that cannot import tlteach at all, on raw 0-255 pixels."""
    _, _, out = finished
    pixels = np.random.default_rng(1).integers(0, 256, (5, 64, 64, 3)).astype("float32")
    np.save(tmp_path / "pixels.npy", pixels)
    code = (
        "import sys; sys.modules['tlteach'] = None\n"
        "import keras, numpy as np\n"
        f"model = keras.saving.load_model({str(out / 'model.keras')!r})\n"
        "np.save('plain.npy', model(np.load('pixels.npy'), training=False))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    from tlteach.evidence.ask import load

    ours = load(out / "model.keras")(pixels, training=False)
    np.testing.assert_allclose(np.load(tmp_path / "plain.npy"), ours, atol=1e-6)
    assert ours.shape == (5, 3)


def test_predict(finished, capsys, without_graphs):
    _, folder, out = finished
    picture = folder / "rouge" / "0 é.png"
    done = run_here(capsys, "predict", out / "model.keras", picture, folder / "vert" / "broken.jpg")
    first, second = done.stdout.splitlines()
    assert first.startswith(str(picture))
    assert first.split()[-2] in ("rouge", "vert", "青")
    assert 0 <= float(first.split()[-1]) <= 1
    assert "not read" in second
    assert done.returncode == 2
    assert "1 of 2 inputs could not be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["frobnicate"], "invalid choice"),
        (["run", "--epochs", "0"], "must be at least 1"),
        (["run", "--epochs", "many"], "must be a whole number, not 'many'"),
        (["run", "--task", "no/such/folder"], "neither a folder nor"),
        (["run", "--source", "mobilnet"], "Did you mean"),
        (["run", "--image-size", "8"], "at least 32 x 32"),
        (["run", "--labels-per-class", "100000"], "Cannot draw 100000"),
        (["run", "--out", "pyproject.toml"], "The folder pyproject.toml cannot be made"),
        (["draw", "--sheet", "no/such/folder/sheet.png"], "No such file or directory: 'no/such/folder/sheet.png'"),
        (["predict", "no.keras", "a.jpg"], "There is no model file"),
        (["predict", "pyproject.toml", "a.jpg"], "cannot be opened as a Keras model"),
    ],
)
def test_wrong_use_is_one_clear_line_and_exit_code_2(arguments, words, tmp_path, capsys):
    if "--out" not in arguments and arguments[:1] == ["run"]:
        arguments = [*arguments, "--out", tmp_path / "out"]
    # Two in a process of their own: before and after Keras has started.
    alone = arguments == [] or arguments[:2] == ["predict", "pyproject.toml"]
    done = run(*arguments) if alone else run_here(capsys, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_is_temporary_is_removed_when_a_run_is_ended(sent, code, tmp_path, monkeypatch, capsys):
    """In the process of the test: the run keeps features in a folder when the signal comes."""
    from tlteach import __main__

    def run_that_is_ended(options):
        with tempfile.TemporaryDirectory(dir=tmp_path):
            os.kill(os.getpid(), sent)
            signal.pause()

    monkeypatch.setattr(__main__, "doctor_command", run_that_is_ended)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background of a shell ignores it
    try:
        with pytest.raises(SystemExit) as ended:
            __main__.main(["doctor"])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert ended.value.code == code
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().err.endswith("what was written is whole, and the same command can be run again\n")


def test_a_run_that_was_killed_leaves_no_half_file_and_can_be_run_again(tmp_path, monkeypatch, capsys, without_graphs):
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    command = ["run", "--source", "menagerie", "--image-size", "32", "--labels-per-class", "4",
               "--epochs", "1", "--fine-tune-epochs", "0", "--out", str(tmp_path / "out")]  # fmt: skip
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temp"), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-u", "-m", "tlteach", *command], env=environment, cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:  # fmt: skip
        next(line for line in running.stdout if line.startswith("step 3"))
        running.kill()
    assert not any(path.is_file() for path in tmp_path.rglob("*"))
    assert run_here(capsys, *command).returncode == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {"model.keras", "results.json"}
    assert list((tmp_path / "temp").iterdir()) == []


def test_version_and_help(capsys):
    assert run("--version").stdout == f"tlteach {tlteach.__version__}\n"
    assert "examples:" in run_here(capsys, "--help").stdout


def test_doctor(tmp_path):
    done = run("doctor", KERAS_HOME=str(tmp_path), TLTEACH_HOME=str(tmp_path))
    assert done.returncode == 0
    assert done.stderr == ""
    for words in ("backend: ", "packages: keras", "weights on this disk: menagerie", "bundled cats and dogs"):
        assert words in done.stdout
    assert "absent  cats_vs_dogs_full, spoken_digits, imdb, sms_spam: the first run with each downloads" in done.stdout
    assert f"        they go to {tmp_path}\n" in done.stdout
    told = " ".join(done.stdout.split())  # long lines are wrapped
    assert f"they go to {tmp_path}/models, or to {tmp_path}/encoders if they read texts" in told


def test_a_backend_that_is_not_installed_is_a_sentence_that_names_those_that_are(tmp_path):
    done = run("demo", "--out", tmp_path, KERAS_BACKEND="nonsense")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    for words in ("nonsense", 'pip install "tlteach[cpu]"', "set KERAS_BACKEND to one that is installed: tensorflow"):
        assert words in done.stderr
    done = run("doctor", KERAS_BACKEND="nonsense")
    assert (done.returncode, done.stderr) == (0, "")
    assert "MISSING backend: Keras cannot start: " in done.stdout
    assert "weights on this disk" in done.stdout


def test_what_the_doctor_says_to_do_can_be_typed_where_a_folder_has_a_space_in_its_name(monkeypatch):
    from tlteach.course import doctor

    monkeypatch.setattr(doctor, "find_spec", lambda name: None)
    monkeypatch.setattr("sys.executable", "/my folder/python3")
    assert '    to do: "/my folder/python3" -m pip install "tlteach[lab]"' in doctor._notebooks()


def test_the_doctor_tells_what_is_missing_and_what_of_the_full_tier_is_here(monkeypatch, tmp_path):
    from tlteach.course import doctor
    from tlteach.image import doors as image
    from tlteach.image import sources

    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path))
    for files in image.downloads().values():
        for file in files:
            file.here.parent.mkdir(exist_ok=True)
            file.here.touch()
    bundled, here, absent, _ = doctor._data()
    assert "bundled" in bundled
    assert here == "ok      tasks of the full tier on this disk: cats_vs_dogs_full"
    assert absent.startswith("absent  spoken_digits, imdb, sms_spam: ")
    monkeypatch.setattr(sources, "bundled_file", lambda relative: None)
    lines = doctor._weights()
    at = lines.index("MISSING weights of the bundled source menagerie")
    assert "tlteach pretrain" in lines[at + 1]
    (absent,) = (line for line in lines if line.startswith("absent"))
    assert "vgg16" in absent
    assert "menagerie" not in absent


def test_runs_do_not_overwrite_each_other(tmp_path, monkeypatch):
    from tlteach.core.files import new_folder

    monkeypatch.chdir(tmp_path)
    assert new_folder("x") == Path("runs/x-1")
    assert new_folder("x") == Path("runs/x-2")  # also where the first has not written anything yet


def test_a_second_run_in_the_same_folder_is_refused_before_the_work(tmp_path):
    pytest.importorskip("fcntl")
    with alone_in(tmp_path):  # which holds other processes off
        done = run("run", "--out", tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "Another run writes to" in done.stderr


def test_too_little_memory_is_a_sentence(monkeypatch, capsys):
    from tlteach import __main__

    def hungry(options):
        np.empty(1 << 60, "uint8")

    monkeypatch.setattr(__main__, "doctor_command", hungry)
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the process is that of all tests
    with pytest.raises(SystemExit) as ended:
        __main__.main(["doctor"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("tlteach: The memory of this machine is not enough: Unable to allocate")


def test_a_reader_who_has_read_enough_is_no_error():
    """As with `tlteach progress | head -1`."""
    read, write = os.pipe()
    os.close(read)
    done = run("progress", stdout=write)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, "")
