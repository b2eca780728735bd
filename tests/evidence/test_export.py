"""A model that leaves is the one that was there: every room and format, the card, and what goes wrong on the way."""

import json
import re
import shutil
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tiny_bert
from eager import eagerly
from PIL import Image

import tlteach as tl
from tlteach.__main__ import main
from tlteach.core.errors import DataError, FetchError, GuardError, TlteachError
from tlteach.core.files import bundled
from tlteach.evidence import ask, export, runtimes
from tlteach.evidence.model_card import facts, model_card, plain
from tlteach.evidence.runtimes import FORMATS
from tlteach.text import doors as of_texts

ROOMS, SENTENCE = ("image", "text", "sound"), "I wanted to like it."
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="its converters are TensorFlow's"),
]


def spoiled(model, path):
    """Write `model` with a weight that is another one."""
    changed = keras.models.clone_model(model)
    changed.set_weights([*model.get_weights()[:-1], model.get_weights()[-1] + np.arange(model.output_shape[-1])])
    changed.save(path)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A tiny run of each room, made when it is asked for. An export asks so often that it pays to compile that."""
    made = {}

    def run(room):
        if room not in made:
            bert = str(tiny_bert.write(tmp_path_factory.mktemp("bert")))
            task, source, size = {
                "image": ("cats_vs_dogs", "menagerie", {"image_size": 64}),
                "text": ("questions", bert, {"max_tokens": 32}),
                "sound": ("spoken_words", "voices", {"milliseconds": 1000}),
            }[room]
            few = tl.tasks.by_name(task).subset(8)
            how = {"epochs": 3, "learning_rate": 1e-2, "fine_tune_epochs": 0, "verbose": 0}
            with eagerly():
                made[room] = tl.transfer(few, source, **how, **size).save(tmp_path_factory.mktemp("run"))
        return made[room]

    return run


@pytest.fixture(scope="module")
def taken(runs):
    """The folder of an exported run, written once."""
    made = {}

    def folder(room, format):
        if (room, format) not in made:
            made[room, format] = export.export(runs(room), format)[0]
        return made[room, format]

    return folder


@pytest.fixture(scope="module")
def answered(runs):
    """What a run itself answers, asked once."""
    made = {}

    def answer(room, asked):
        if room not in made:
            with eagerly():
                (made[room],) = ask.answers(ask.opened(runs(room)), [asked])
        return made[room]

    return answer


def given(room, folder, monkeypatch):
    """Something to ask, under the name that the card's code reads."""
    monkeypatch.chdir(folder)
    if room == "text":
        return SENTENCE
    if room == "image":
        with Image.open(bundled("photo/chelsea.jpg")) as photo:  # so large that a JPEG is read at a reduced scale
            photo.resize((480, 320)).save("photo.jpg")
        return "photo.jpg"
    import soundfile

    soundfile.write("sound.wav", 0.5 * np.sin(np.arange(4000) ** 1.3), 8000)
    return "sound.wav"


def says(folder, capsys):
    """What the code in the card prints: a class and its probability."""
    (code,) = re.findall("```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    capsys.readouterr()
    exec(code, {})
    return capsys.readouterr().out.split()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("room", ROOMS)
def test_the_code_in_the_card_says_what_the_run_says(room, format, answered, taken, capsys, monkeypatch):
    folder = taken(room, format)
    answer = answered(room, given(room, folder, monkeypatch))
    name, probability = says(folder, capsys)
    assert name == answer.class_name
    assert float(probability) == pytest.approx(answer.probabilities[name], abs=FORMATS[format].tolerance)
    measured = json.loads((folder / "card.json").read_text(encoding="utf-8"))["export"]
    assert measured["difference"] <= FORMATS[format].tolerance
    assert set(measured["files"]) <= {path.name for path in folder.iterdir()}
    assert measured["milliseconds"] > 0
    assert ("tokenizer.json" in measured["files"]) == (room == "text")


@pytest.mark.parametrize("format", FORMATS)
def test_a_photo_of_a_cat_gets_the_same_probability_everywhere(format, real, runs, taken, capsys, monkeypatch):
    photo = sorted((real / "cats_and_dogs" / "validation" / "cats").iterdir())[0]
    main(["predict", str(runs("image")), str(photo)])
    _, name, probability = capsys.readouterr().out.strip().rsplit("  ", 2)
    folder = taken("image", format)
    monkeypatch.chdir(folder)
    shutil.copy(photo, "photo.jpg")
    found = says(folder, capsys)
    assert found[0] == name
    assert float(found[1]) == pytest.approx(float(probability), abs=FORMATS[format].tolerance + 0.0005)  # three digits


def test_a_quantised_model_tells_what_it_lost(runs, tmp_path, capsys):
    main(["export", str(runs("sound")), "--format", "litert", "--quantize", "--out", str(tmp_path)])
    said = capsys.readouterr().out
    assert re.search(r"On all 80 test inputs: accuracy 0\.\d+ \[.*\] quantised, accuracy 0\.\d+ \[", said)
    assert "McNemar p" in said
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "It is quantised" in card
    assert "Test accuracy: 0." in card
    found = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))["export"]
    assert found["bytes"] < 0.5 * found["bytes_before"]
    assert found["judged"]["inputs"] == 80


def test_what_a_format_has_no_word_for_is_named(tmp_path):
    inputs = keras.Input((8,))
    x = keras.ops.erfinv(0.5 * keras.ops.tanh(inputs))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    rows = model.predict(np.ones((1, 8)), verbose=0)
    with pytest.raises(DataError, match=r"no (Flex)?Erfinv, which this model needs.*saved_model or keras"):
        runtimes.written(model, "onnx", FORMATS["onnx"], tmp_path, np.ones((1, 8), "float32"))
    assert rows.shape == (1, 2)


@pytest.mark.parametrize("spoil", [spoiled, lambda model, path: spoil_with_nan(model, path)])
def test_a_model_that_answers_otherwise_is_refused_and_nothing_stays(spoil, runs, tmp_path, monkeypatch):
    monkeypatch.setitem(FORMATS, "keras", replace(FORMATS["keras"], write=spoil))
    with pytest.raises(GuardError, match="other answers than before"):
        export.export(runs("text"), "keras", tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def spoil_with_nan(model, path):
    changed = keras.models.clone_model(model)
    changed.set_weights([weight * np.nan for weight in model.get_weights()])
    changed.save(path)


def test_a_quantised_model_that_is_broken_is_refused():
    export._require_same("litert", 0.9, None, 0.8)
    with pytest.raises(GuardError, match="only 20% of the inputs"):
        export._require_same("litert", 0.9, None, 0.2)


def test_an_interrupted_export_leaves_what_was_there(runs, tmp_path, monkeypatch):
    def interrupted(model, path):
        path.write_text("half")
        raise KeyboardInterrupt

    (tmp_path / "model.keras").write_text("of an earlier export")
    monkeypatch.setitem(FORMATS, "keras", replace(FORMATS["keras"], write=interrupted))
    with pytest.raises(KeyboardInterrupt):
        export.export(runs("text"), "keras", tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["of an earlier export"]


def test_a_new_export_replaces_the_old_one_and_nothing_else(runs, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    for _ in range(2):
        folder, found = export.export(runs("text"), "keras", tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*found.files, "notes.txt"])
    assert (tmp_path / "notes.txt").read_text() == "mine"
    (again,), (first,) = (ask.answers(ask.opened(run), [SENTENCE]) for run in (folder, runs("text")))
    assert again.probabilities == pytest.approx(first.probabilities, abs=1e-6)


def test_the_folder_of_the_run_is_not_written_over(runs):
    with pytest.raises(DataError, match="the folder of the run itself"):
        export.export(runs("text"), "keras", runs("text"))


def test_only_litert_is_quantised(runs):
    with pytest.raises(DataError, match="--quantize is for litert"):
        export.export(runs("text"), "onnx", quantize=True)


def test_another_task_is_refused(runs, tmp_path):
    with pytest.raises(DataError, match="not what this model learned"):
        export.export(runs("text"), "keras", tmp_path / "new", task="film_reviews")


def test_without_the_extra_the_line_to_type_is_told(runs, monkeypatch, capsys):
    monkeypatch.setattr(runtimes, "find_spec", lambda name: None)
    with pytest.raises(SystemExit):
        main(["export", str(runs("text")), "--format", "onnx"])
    assert 'tf2onnx is needed. Run: pip install "tlteach[export]"' in capsys.readouterr().err
    with pytest.raises(TlteachError, match="ai_edge_litert is needed"):
        runtimes.require("litert")
    runtimes.require("keras")


def test_a_run_of_an_earlier_version_and_a_model_alone_leave_too(runs, tmp_path):
    old, alone = tmp_path / "old", tmp_path / "alone"
    shutil.copytree(runs("text"), old, ignore=shutil.ignore_patterns("card.json"))
    folder, _ = export.export(old, "keras")
    assert "| frozen, kept | 0." in (folder / "README.md").read_text(encoding="utf-8")
    shutil.copytree(runs("text"), alone, ignore=shutil.ignore_patterns("card.json", "results.json"))
    folder, found = export.export(alone / "model.keras", "keras")
    assert found.task == "film_reviews"
    assert (folder / "labels.txt").read_text().splitlines()[0] == "class 0"
    assert "Not known: results.json was not beside" in (folder / "README.md").read_text(encoding="utf-8")


def test_data_that_are_gone_or_cannot_be_fetched_keep_nobody_from_exporting(runs, tmp_path, monkeypatch):
    def not_there():
        raise FetchError("no network")

    run = shutil.copytree(runs("text"), tmp_path / "run")
    results = json.loads((run / "results.json").read_text("utf-8"))
    monkeypatch.setitem(of_texts.TASKS, "imdb", not_there)
    for origin in ({"name": "imdb"}, {"name": str(tmp_path / "gone.csv")}, {"text": 3}, "a word"):
        (run / "results.json").write_text(json.dumps(results | {"origin": origin, "tier": "own"}), "utf-8")
        assert export.export(run, "keras")[1].task == "film_reviews"


def test_data_of_ones_own_are_cut_as_the_run_cut_them(runs, tmp_path):
    rows = [f"text number {number},{number % 2},{'abcdef'[number // 2 % 6]}" for number in range(48)]
    (tmp_path / "mine.csv").write_text("\n".join(["text,label,author", *rows]), "utf-8")
    task = tl.tasks.by_name(str(tmp_path / "mine.csv"), group="author")
    room = SimpleNamespace(NAME="text", TASKS=of_texts.TASKS)
    classifier = SimpleNamespace(room=room, class_names=("0", "1"))
    for named in (None, str(tmp_path / "mine.csv")):
        found, is_its_own = export._task(classifier, tmp_path, {"origin": task.origin, "tier": "own"}, named)
        assert is_its_own
        assert found.test.digest() == task.test.digest()


@pytest.mark.parametrize("said", ["[1]", "not JSON", '{"accuracy": 3}', '{"accuracy": {"frozen": {}}}'])
def test_damaged_results_are_told(said, runs, tmp_path):
    run = shutil.copytree(runs("text"), tmp_path / "run")
    (run / "results.json").write_text(said)
    with pytest.raises(DataError, match=r"damaged: .*Move"):
        export.export(run, "keras", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture
def card_of(runs):
    """A card with other words in the files that it is made of."""

    def made(names=None, **changed):
        classifier = ask.opened(runs("text"))
        results, said = (json.loads((runs("text") / name).read_text("utf-8")) for name in ("results.json", "card.json"))
        card = facts(classifier, said) | changed
        card["classes"] = list(names or card["classes"])
        card["export"] = {"file": "model.keras", "bytes": 1, "inputs": 32, "task": "questions", "difference": 0.0}
        card["export"] |= {"quantized": False, "format": "keras"}
        return model_card(replace(classifier, class_names=card["classes"]), card, results, FORMATS["keras"])

    return made


HOSTILE = ["<script>alert(1)</script>", "a|b", "](http://evil.example)", "---\nlicense: mit", "`x`\x1b[2J", "\udcff"]


def test_hostile_names_are_shown_and_do_nothing(card_of):
    yaml = pytest.importorskip("yaml")
    page = card_of(HOSTILE, task=HOSTILE[0] + "\n# big", source={"name": 'x": [', "licence": HOSTILE[3]})
    head, _, body = page.removeprefix("---\n").partition("\n---\n")
    assert yaml.safe_load(head)["model-index"][0]["name"].startswith("<script>")
    assert "<script" not in body
    assert "\n# big" not in body
    assert "\x1b" not in page
    assert "\nlicense: mit" not in body
    assert r"\]\[" not in body
    assert r"a\|b" in body
    assert r"\](http\://evil.example)" in body
    assert len(re.findall("^---$", page, re.MULTILINE)) == 2


def test_a_usual_name_is_shown_as_it_is():
    assert plain("fine-tuned, kept (3.5)") == "fine-tuned, kept (3.5)"


def test_the_hub_reads_the_card(card_of):
    hub = pytest.importorskip("huggingface_hub")
    card = hub.ModelCard(card_of())
    (found,) = card.data.eval_results
    assert (found.metric_type, found.task_type) == ("accuracy", "text-classification")
    assert 0 < found.metric_value < 1
    assert card.data.library_name == "keras"
    assert card.data.license == "other"  # whose BERT it is, nobody said
    assert card.data.datasets == ["tlteach/questions"]


def test_the_card_says_what_is_confused_and_for_whom_it_is_not(card_of):
    page = card_of()
    measured = ("Worst is ", "Mixed up most: ", "222 test inputs", "Seed 0")
    for words in (*measured, "none of them", "about people", "CC0 1.0", "not known: ask whoever made it"):
        assert words in page
