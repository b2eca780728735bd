"""A run that somebody else made: whatever stands beside the model, asking it ends in an answer or in one sentence."""

import json

import keras
import numpy as np
import pytest
from PIL import Image

from tlteach.core import show
from tlteach.core.errors import DataError
from tlteach.engine.evaluation import Evaluation
from tlteach.evidence import ask
from tlteach.evidence.comparison import load


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The folder of a run, and a picture to ask about."""
    folder = tmp_path_factory.mktemp("run")
    model = keras.Sequential([keras.Input((16, 16, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    model.save(folder / "model.keras")
    Image.fromarray(np.zeros((16, 16, 3), "uint8")).save(folder / "one.png")
    return folder


DAMAGED = {
    "nothing": "",
    "a list": "[]",
    "null": "null",
    "no classes": "{}",
    "classes in a row": '{"classes": "ab"}',
    "classes of classes": '{"classes": [["a"], {"b": 1}]}',
    "classes that are numbers": '{"classes": [NaN, Infinity]}',
    "a modality that is a list": '{"classes": ["a", "b"], "modality": ["image"]}',
    "without an end": '{"classes": ' + "[" * 100_000,
    "deep": '{"classes": ["a", "b"], "x": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "a number without end": '{"classes": ["a", "b"], "x": ' + "9" * 10_000 + "}",
    "a mark of UTF-8": "\ufeff{}",
}


@pytest.mark.parametrize("name", ["card.json", "results.json"])
@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_card_is_told(asked, kind, name):
    (asked / name).write_text(DAMAGED[kind], encoding="utf-8")
    with pytest.raises(DataError, match=rf"{name} is damaged: .*Without that file, classes are numbered"):
        ask.predict(asked, [str(asked / "one.png")])
    (asked / name).unlink()


def test_names_move_no_cursor_and_add_no_line(asked, capsys):
    names = ["\x1b[31mred\x1b]0;title\x07\nsecond line", "\u202ea\ud800" + "b" * 10_000]
    (asked / "card.json").write_text(json.dumps({"classes": names}), encoding="utf-8")
    pictures = [asked / "one.png", asked / "\x1b[2Jtwo\n.png", asked / "missing\x1b.png"]
    pictures[1].write_bytes(pictures[0].read_bytes())
    assert ask.predict(asked, list(map(str, pictures))) == 1
    printed = capsys.readouterr().out
    assert printed.count("\n") == 3
    assert printed.replace("\n", "").isprintable()
    assert "red" in printed
    (asked / "card.json").unlink()


@pytest.mark.parametrize("kind", ["two outputs", "a picture for each input"])
def test_a_model_that_gives_no_classes_is_told(tmp_path, asked, kind):
    inputs = keras.Input((16, 16, 3))
    outputs = keras.layers.Conv2D(2, 3)(inputs)
    keras.Model(inputs, [outputs, outputs] if kind == "two outputs" else outputs).save(tmp_path / "model.keras")
    with pytest.raises(DataError, match=r"model\.keras .*one output, \(inputs, classes\)"):
        ask.predict(tmp_path, [str(asked / "one.png")])


@pytest.mark.parametrize("name", ["$$", "$a_{", "a$b$", "\\$", "\udcff", "<img src=x onerror=alert(1)>", "\x00", "語"])
def test_any_name_of_a_class_can_be_drawn(name):
    evaluation = Evaluation(np.array([[0.1, 0.9], [0.9, 0.1], [0.2, 0.8]]), np.array([0, 1, 1]))
    figure = show.confusion_matrix(evaluation, (name, "b"))
    page = show.as_html(figure, f"Confusion matrix. {figure.axes[0].get_title()}.")
    assert "<img src=x" not in page
    page.encode("utf-8")


ONE_RUN = {
    "method": "a",
    "labels_per_class": None,
    "seed": 0,
    "predicted": "0 1",
    "seconds": 1,
    "trainable_parameters": 1,
}
RECORD = {"task": "t", "labels": "0 1", "methods": ["a"], "budgets": [None], "runs": [ONE_RUN], "made_with": {}}


@pytest.mark.parametrize(
    "content",
    [
        None, "", "[]", "null", "{}", "[" * 100_000, json.dumps(RECORD | {"labels": "0 1 1"}),
        json.dumps(RECORD | {"labels": [0, 1]}), json.dumps(RECORD | {"runs": [{**ONE_RUN, "more": 1}]}),
        json.dumps(RECORD | {"runs": [{**ONE_RUN, "predicted": "a b"}]}),
        json.dumps(RECORD | {"runs": [{**ONE_RUN, "predicted": None}]}),
    ],
    ids=range(11),
)  # fmt: skip
def test_a_record_that_is_no_comparison_is_told(tmp_path, content):
    path = tmp_path / "record.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DataError, match=r"record\.json is no comparison that save wrote"):
        load(path)
    path.write_text(json.dumps(RECORD))
    assert load(path).rows[0].mean == 1
