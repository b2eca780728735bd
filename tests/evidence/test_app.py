"""What the page of `tlteach app` says, also of what is hostile, and what it refuses before anything is served."""

import io
import os
import socket
import sys
from importlib.util import find_spec
from pathlib import Path

import asked_runs
import numpy as np
import pytest
from PIL import Image

from tlteach.__main__ import main
from tlteach.core.files import bundled
from tlteach.evidence import app, ask

needs_gradio = pytest.mark.skipif(find_spec("gradio") is None, reason="the extra app is not installed")

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return asked_runs.pictures(tmp_path_factory.mktemp("pictures"), ("cat", EVIL))


@pytest.fixture(scope="module")
def classifier(run):
    return ask.opened(run)


@pytest.fixture(scope="module")
def reads(tmp_path_factory):
    return ask.opened(asked_runs.texts(tmp_path_factory.mktemp("texts")))


def cat():
    return str(bundled("cats_vs_dogs") / "test" / "cat" / "cat_000.jpg")


def test_an_answer_has_the_digits_of_predict_and_what_was_looked_at(run, classifier, capsys):
    main(["predict", str(run), cat()])
    digits = capsys.readouterr().out.split()[-1]
    page = app.reply(classifier, cat())
    assert f"<td>{digits}</td>" in page
    assert page.count("<img alt=") == 2  # the picture, and where the class was found
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_the_most_probable_classes_stand_first_and_no_more_than_five(tmp_path):
    found = ask.opened(asked_runs.pictures(tmp_path, [f"class number {n}" for n in range(30)]))
    page = app.reply(found, cat())
    shown = [float(row.split("</td>")[0]) for row in page.split("<td>")[1:] if row[0].isdigit()]
    assert shown == sorted(shown, reverse=True)
    assert len(shown) == 5
    assert "25 less probable" in page


def test_what_is_no_picture_gets_a_sentence(tmp_path, classifier):
    def file(name, content=b""):
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG", compress_level=1)
    assert len(bomb.getvalue()) < 10**6
    for given, said in {
        file("text.png", b"I am a text."): "its content is not a JPEG",
        file("nothing.jpg"): "cannot be read: ",
        file("bomb.png", bomb.getvalue()): "more than the 100,000,000",
        file("half.jpg", Path(cat()).read_bytes()[:900]): "cannot be read: ",
        str(tmp_path): "cannot be read: ",
        str(tmp_path / f"{EVIL}.txt"): "is no file",
    }.items():
        page = app.reply(classifier, given)
        assert said in page
        assert "<table" not in page
        assert "<img" not in page


def test_a_text_is_answered_and_what_is_none_waits_for_nothing(reads, monkeypatch):
    assert "<table" in app.reply(reads, "the film was good")
    monkeypatch.setattr(sys, "stdin", None)  # "-" must not wait for the terminal
    for given in ("", "  \n"):
        assert app.reply(reads, given) == "<p>Write a text first.</p>"
    assert app.reply(reads, None) == ""
    assert "<table" in app.reply(reads, "-")
    assert "Cut it" in app.reply(reads, "good " * 5_000)
    assert "has half a character" in app.reply(reads, "\ud800")


@pytest.mark.parametrize("text", [f"good {EVIL} <script>alert(1)</script>", "\x00\u202e good", "good " * 900])
def test_any_text_is_answered_and_runs_nothing(reads, text):
    page = app.reply(reads, text)
    assert "<table" in page
    assert "<script" not in page
    assert "<img" not in page
    page.encode("utf-8")


def test_the_head_tells_what_the_card_tells(classifier, tmp_path):
    (tmp_path / "card.json").write_text(
        '{"classes": [], "task": "cats", "source": {"trained_on": "drawings"},'
        '"accuracy": {"value": 0.9, "interval": [0.8, 0.95]}}'
    )
    title, *told = app.sentences(tmp_path, classifier)
    assert title == f"Ask a model: cat or {EVIL}?"
    assert any("cats" in sentence and "drawings" in sentence for sentence in told)
    assert any("0.900 (95 % interval 0.800 to 0.950)" in sentence for sentence in told)
    assert "for no decision about anybody" in told[-1]


@pytest.mark.parametrize("more", ["", ', "source": [], "accuracy": 1', ', "accuracy": {"value": "x", "interval": [1]}'])
def test_a_card_that_tells_less_is_told_as_far_as_it_goes(classifier, tmp_path, more):
    (tmp_path / "card.json").write_text(f'{{"classes": []{more}}}')
    assert len(list(app.sentences(tmp_path, classifier))) == 2


@pytest.fixture
def own_environment(monkeypatch):
    monkeypatch.setattr(os, "environ", {**os.environ, "GRADIO_SHARE": "true", "GRADIO_ALLOWED_PATHS": "/"})


def refused(capsys, *arguments) -> str:
    with pytest.raises(SystemExit) as stopped:
        main(["app", *map(str, arguments)])
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


@needs_gradio
def test_a_broken_run_gets_the_sentence_of_predict(tmp_path, capsys, own_environment):
    said = refused(capsys, tmp_path)
    with pytest.raises(SystemExit):
        main(["predict", str(tmp_path), "x.png"])
    assert said == capsys.readouterr().err
    assert {name for name in os.environ if name.startswith("GRADIO")} == {"GRADIO_ANALYTICS_ENABLED", "GRADIO_TEMP_DIR"}
    assert not os.path.exists(os.environ["GRADIO_TEMP_DIR"])


def test_without_gradio_it_is_said_what_to_install(run, capsys, monkeypatch):
    monkeypatch.setattr(app.importlib.util, "find_spec", lambda name: None)
    assert 'pip install "tlteach[app]"' in refused(capsys, run)


@needs_gradio
def test_a_port_that_is_taken_or_none_is_told(run, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} cannot be used: Address already in use. Choose" in refused(capsys, run, "--port", port)
    assert "must be 0-65535. Choose" in refused(capsys, run, "--port", 65536)
    assert "must be at least 1" in refused(capsys, run, "--port", 0)


def test_an_unread_file_says_nothing_of_where_it_lies(classifier, tmp_path):
    noise = np.random.default_rng(0).bytes(500)
    (tmp_path / "x.jpg").write_bytes(noise)
    assert str(tmp_path) not in app.reply(classifier, str(tmp_path / "x.jpg"))
