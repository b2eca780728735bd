"""What a learner gives to tl.try_it, be it odd, is answered or told in a sentence, and nothing of it becomes HTML."""

import io
import re
import sys
import zlib
from html.parser import HTMLParser

import keras
import numpy as np
import pytest
import soundfile
from PIL import Image
from promise import small
from small_texts import bag_of_embeddings, small_tokenizer
from sounds import pitches

import tlteach as tl
from tlteach.__main__ import main
from tlteach.core.errors import DataError, GuardError
from tlteach.evidence import answer_page, ask, try_it
from tlteach.evidence.ask import Classifier
from tlteach.image.form import Pixels
from tlteach.sound.form import Milliseconds
from tlteach.tasks import ROOMS

NAMES = ("red", "<b>blue</b>")
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>.jpg'


class Page(HTMLParser):
    """The tags of some HTML, with their attributes, and its text."""

    def __init__(self):
        super().__init__()
        self.found, self.text = [], ""

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data

    @property
    def tags(self):
        return [tag for tag, _ in self.found]

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def of_pictures():
    with tl.quietly():
        return Classifier(small.model(), ROOMS["image"], Pixels(32), NAMES)


@pytest.fixture(scope="module")
def of_texts():
    tokenizer = small_tokenizer()
    return Classifier(bag_of_embeddings(tokenizer, 2, "softmax"), ROOMS["text"], tokenizer, NAMES)


def png(size=(40, 30)):
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (*size, 3), dtype="uint8")).save(file, "PNG")
    return file.getvalue()


def bomb():
    """A PNG of a few bytes whose header announces 50,000 x 50,000 pixels."""
    head = (50_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    chunk = b"IHDR" + head
    return b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") + png()[33:]


def read(html):
    page = Page()
    page.feed(html)
    return page


def test_a_picture_gets_its_class_a_bar_for_each_and_what_was_looked_at(of_pictures):
    html = try_it.about_file(of_pictures, "mine.png", png())
    page = read(html)
    assert page.tags.count("tr") == 2
    assert page.tags.count("img") == 2
    assert re.search(r"^(red|<b>blue</b>) 0\.\d{3}: mine\.png", page.text)
    assert sum(map(float, re.findall(r"<td>(\d\.\d{3})</td>", html))) == pytest.approx(1, abs=0.002)
    assert all("14rem" in image["style"] and image["alt"] for image in page.of("img"))


def test_the_notebook_says_what_the_terminal_says(of_pictures, tmp_path):
    (tmp_path / "mine.png").write_bytes(png())
    [answer] = ask.answers(of_pictures, [str(tmp_path / "mine.png")])
    assert f"{answer.probabilities[answer.class_name]:.3f}: mine.png" in try_it.about_file(
        of_pictures, "mine.png", png()
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file (0 bytes)"),
        (b"I am a text", "its content is not a JPEG, PNG, GIF, BMP or WebP picture"),
        (b"<html><script>alert(1)</script></html>", "its content is not a JPEG"),
        (png()[: len(png()) // 2], "cannot be read: "),
        (bomb(), "pixels"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "cannot be read: "),
    ],
    ids=["empty", "text", "html", "half", "bomb", "zeros"],
)
@pytest.mark.parametrize("name", ["mine.jpg", HOSTILE, "../../etc/passwd", "a" * 5000, "\ud800\x1b[2J", ""])
def test_an_odd_file_is_told_in_a_sentence(of_pictures, content, words, name):
    html = try_it.about_file(of_pictures, name, content)
    page = read(html)
    assert page.tags == ["p"]
    assert words in page.text
    assert len(page.text) < 250
    html.encode()


def test_no_name_becomes_html_or_a_path(of_pictures):
    page = read(try_it.about_file(of_pictures, HOSTILE, png()))
    assert {"script", "b"} & set(page.tags) == set()
    assert all(image["src"].startswith("data:image/jpeg") for image in page.of("img"))
    assert '"><img src=x onerror=alert(1)>' in page.text


def test_what_fails_inside_is_a_sentence_too(of_pictures, monkeypatch):
    monkeypatch.setattr(ask, "answers", lambda *_: 1 / 0)
    assert try_it.about_file(of_pictures, "<i>", png()) == "<p>&lt;i&gt; cannot be looked at: division by zero.</p>"


def test_a_file_comes_in_pieces_and_a_new_one_takes_the_place_of_half_an_old_one(of_pictures):
    said, content = [], png()
    hear = try_it.listener(of_pictures, said.append)
    hear({"name": "old.png", "size": 5000, "at": 0}, [b"x" * 100])
    half = len(content) // 2
    hear({"name": "mine.png", "size": len(content), "at": 0}, [memoryview(content[:half])])
    assert said == []
    hear({"name": "mine.png", "size": len(content), "at": half}, [memoryview(content[half:])])
    assert "mine.png</h2>" in said[0]
    hear({"name": "empty.png", "size": 0, "at": 0}, [b""])
    assert "an empty file" in said[1]


def test_a_huge_file_is_refused_before_it_is_sent_and_after(of_pictures):
    said = []
    hear = try_it.listener(of_pictures, said.append)
    hear({"name": "film.mov", "size": 3_000_000_000, "at": 0}, [])
    assert said[0] == "<p>film.mov has 3,000 MB, and at most 20 are read. Make it smaller, or ask in a terminal.</p>"
    hear({"name": "liar.png", "size": 10**7, "at": 0}, [bytes(try_it.MOST_BYTES + 1)])
    assert "at most 20 are read" in said[1]


@pytest.mark.parametrize(
    "text", ["the film was not good", "-", "README.md", "<script>alert(1)</script>", "电影 " * 900]
)
def test_a_text_is_answered(of_texts, text):
    page = read(ask.about_text(of_texts, text))
    assert page.tags.count("tr") == 2
    assert "script" not in page.tags
    assert "It is a hint and not a proof" in page.text


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "Write a text first"), (" \n\t", "Write a text first"), ("a" * 5001, "Cut it"), ("\ud800", "half a")],
)
def test_a_text_that_cannot_be_asked_about(of_texts, text, words):
    page = read(ask.about_text(of_texts, text))
    assert page.tags == ["p"]
    assert words in page.text


def test_of_many_classes_five_are_shown():
    page = read(answer_page.card("mine", {f"class {n}": n / 4950 for n in range(100)}, ""))
    assert page.tags.count("tr") == 5
    assert page.text.startswith("class 99 0.020: mine")
    assert "95 less probable, 0.902 together." in page.text


def test_the_form_can_be_used_by_keyboard_and_says_what_it_takes(of_pictures, of_texts):
    pytest.importorskip("anywidget")
    chooser, area = (try_it.form(classifier, "<style></style>") for classifier in (of_pictures, of_texts))
    assert chooser.asks["what"] == "picture"
    assert ".jpg" in chooser.asks["accept"].split(",")
    assert chooser.asks["most"] == 20_000_000
    assert "accept" not in area.asks
    script = try_it.HERE.with_suffix(".js").read_text("utf-8")
    assert re.search(r"<label[^>]*>\s*<span>.*?</span>\s*<input type=\"file\"", script, re.DOTALL)
    assert re.search(r"<label>Your text<textarea", script)
    assert re.search(r"<form.*<button>Ask the model</button>", script, re.DOTALL)
    assert 'role="status"' in script
    assert "tabindex" not in script  # the order is that of the page


def test_the_form_answers(of_texts):
    pytest.importorskip("anywidget")
    area, sent = try_it.form(of_texts), []
    area.send = sent.append
    area._handle_custom_msg({"text": "good"}, [])
    assert "tlteach-answer" in sent[0]["answer"]


def test_outside_a_notebook_it_says_where_to_run_it(of_pictures, colours, capsys):
    tl.try_it(of_pictures.model, colours)
    assert capsys.readouterr().out == "Run this cell in JupyterLab to try a picture of yours here.\n"


def shown(monkeypatch):
    outputs = []
    monkeypatch.setattr("tlteach.core.live.in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", lambda data, raw: outputs.append(data))
    return outputs


def test_a_page_stays_where_the_kernel_is_gone(of_pictures, colours, monkeypatch):
    pytest.importorskip("anywidget")
    outputs = shown(monkeypatch)
    tl.try_it(of_pictures.model, colours)
    page, widget = outputs
    assert page["text/plain"] == "Run this cell in JupyterLab to try a picture of yours here."
    assert page["text/plain"] in page["text/html"]
    assert list(widget) == ["application/vnd.jupyter.widget-view+json"]


def test_without_anywidget_it_says_what_to_install(of_pictures, colours, monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    outputs = shown(monkeypatch)
    tl.try_it(of_pictures.model, colours)
    assert [output["text/plain"] for output in outputs] == [
        'To try a picture of yours here, first install what draws the form: pip install "tlteach[lab]"'
    ]


def test_a_model_of_something_else_is_refused(colours, of_texts):
    with pytest.raises(GuardError, match="these are no pictures"):
        tl.try_it(of_texts.model, colours)


@pytest.fixture
def run(tmp_path):
    """A run of pictures, with a model and the names of its classes."""
    with tl.quietly():
        small.model().save(tmp_path / "model.keras")
    (tmp_path / "card.json").write_text('{"modality": "image", "classes": ["red", "<b>blue</b>"]}')
    (tmp_path / "mine.png").write_bytes(png())
    (tmp_path / "bad.png").write_bytes(b"no picture")
    return tmp_path


def test_predict_writes_a_page(run, capsys):
    path = run / "made" / "mine.html"
    with pytest.raises(SystemExit):
        main(["predict", str(run), str(run / "mine.png"), str(run / "bad.png"), "--page", str(path)])
    said = capsys.readouterr()
    assert re.search(r"mine\.png  (red|<b>blue</b>)  0\.\d{3}\n", said.out)
    assert said.out.endswith(f"Written to {path}: 1 answer\n")
    assert "1 of 2 inputs could not be read" in said.err
    page = read(path.read_text("utf-8"))
    assert page.tags.count("section") == 1
    assert {"script", "link", "b"} & set(page.tags) == set()
    assert all(image["src"].startswith("data:") for image in page.of("img"))


def test_predict_writes_no_page_over_a_photo_nor_of_nothing(run, capsys):
    before = (run / "mine.png").read_bytes()
    with pytest.raises(DataError, match=r"a name that ends in \.html"):
        ask.predict(run, [str(run / "mine.png")], run / "mine.png")
    assert (run / "mine.png").read_bytes() == before
    assert ask.predict(run, [str(run / "bad.png")], run / "none.html") == 1
    assert not (run / "none.html").exists()


def test_a_sound_is_played_and_seen():
    samples, _ = pitches(2)
    file = io.BytesIO()
    soundfile.write(file, samples[0], 8000, format="WAV")
    network = keras.Sequential([keras.Input((1600,)), keras.layers.Dense(2, activation="softmax")])
    of_sounds = Classifier(network, ROOMS["sound"], Milliseconds(200), NAMES)
    page = read(try_it.about_file(of_sounds, HOSTILE, file.getvalue()))
    assert page.of("audio")[0]["src"].startswith("data:audio/wav")
    assert page.of("audio")[0]["aria-label"] == "your_sound"  # and not the folder that it was put into
    assert "script" not in page.tags
    assert "too short" in try_it.about_file(of_sounds, "a.wav", file.getvalue()[:50])
