"""The contract of a modality: every room passes the same tests. A new one is tested by adding its name to ROOMS.

The room `table` stands in no file of tlteach: table_room.py is all of it.
"""

import inspect
import json
from dataclasses import replace

import cloudpickle
import keras
import numpy as np
import pytest
import table_room
from eager import eagerly

import tlteach as tl
from tlteach import guards
from tlteach.__main__ import main
from tlteach.core import modality
from tlteach.core.errors import DataError, GuardError, SourceError
from tlteach.evidence import ask
from tlteach.evidence.projection import spread
from tlteach.tasks import ROOMS

pytestmark = pytest.mark.slow

DOORS = ("NAME", "SIZE", "FILES", "HEAD", "PIPELINE", "TASKS", "SOURCES", "downloads", "task_from", "source_from",
         "choose", "scratch", "open_form", "read", "explained", "mistakes")  # fmt: skip


class Image:
    """What the tests need of pictures: a small task, its source, its size, what to ask, and how to spoil a network."""

    task, source, size, labels = "cats_vs_dogs", "menagerie", {"image_size": 96}, 20
    chance, easy = 0.5, "colours"

    def ask(self, task):
        return [str(task.test.inputs[0]), str(task.test.inputs[1])]

    def spoil(self, base):
        inputs = keras.Input(base.input_shape[1:])
        return keras.Model(inputs, base(keras.layers.Rescaling(1 / 255)(inputs)), name=base.name)


class Text:
    """The same of texts."""

    task, source, size, labels = "questions", "minilm", {"max_tokens": 16}, 8
    chance, easy = 1 / 6, "colours_in_words"

    def ask(self, task):
        return list(task.test.inputs[:2])

    def spoil(self, base):
        from tlteach.text.word_vectors import tokenizer_of

        base.tokenizer = tokenizer_of(["who", "what"])
        return base


class Sound:
    """The same of sounds."""

    task, source, size, labels = "spoken_words", "voices", {"milliseconds": 1000}, 20
    chance, easy = 0.1, "pitches"

    def ask(self, task):
        return [str(task.test.inputs[0]), str(task.test.inputs[1])]

    def spoil(self, base):
        inputs = keras.Input(base.input_shape[1:])
        return keras.Model(inputs, base(keras.ops.round(inputs)), name=base.name)


class Table:
    """The same of the third modality."""

    task, source, size, labels = "numbers", "quadrants", {"columns": 8}, 20
    chance, easy = 0.5, None

    def ask(self, task):
        return [" ".join(map(str, row)) for row in task.test.inputs[:2]]

    def spoil(self, base):
        base.get_layer("block1_dense").kernel.assign(base.get_layer("block1_dense").kernel * np.nan)
        return base


NEEDS = {"image": Image(), "sound": Sound(), "text": Text(), "table": Table()}


@pytest.fixture(scope="module", params=NEEDS)
def name(request):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ROOMS, "table", table_room)
        needs = NEEDS[request.param]
        source = ROOMS[request.param].SOURCES[needs.source]
        if source.tier == "full" and source.on_disk() is None:
            pytest.skip(f"the weights of {source.name} are not on this disk")
        yield request.param


@pytest.fixture(scope="module")
def task(name):
    """The task of the room, with fewer inputs to choose by and to be judged on, wherever its name is said."""
    called, room = NEEDS[name].task, ROOMS[name]
    whole, random = tl.tasks.by_name(called), np.random.default_rng(0)
    few = {of: split.take(random.permutation(len(split))[:most])
           for of, split, most in (("validation", whole.validation, 32), ("test", whole.test, 64))}  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(room.TASKS, called, lambda: replace(whole, **few))
        yield tl.tasks.by_name(called)


@pytest.fixture(scope="module")
def few(name, task):
    return task.subset(NEEDS[name].labels)


@pytest.fixture(scope="module", autouse=True)
def short_reports():
    """To explain a mistake takes a second or two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlteach.evidence.report.MOST_MISTAKES", 2)
        yield


@pytest.fixture(scope="module")
def result(name, few):
    """All six steps, quickly."""
    how = {"epochs": 15, "learning_rate": 1e-2, "fine_tune_epochs": 1, "verbose": 0}
    with eagerly():
        return tl.transfer(few, NEEDS[name].source, **how, **NEEDS[name].size)


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    with eagerly():
        return result.save(tmp_path_factory.mktemp("run"))


def test_the_doors_are_there(name):
    room = ROOMS[name]
    assert all(hasattr(room, door) for door in DOORS)
    assert name == room.NAME
    assert all(door in modality.__doc__ for door in DOORS)
    for function, arguments in {"choose": 1, "scratch": 2, "open_form": 2, "read": 2, "mistakes": 2}.items():
        assert len(inspect.signature(getattr(room, function)).parameters) == arguments


def test_a_split_round_trips(name, task, result):
    split, form = task.train, result.form
    assert task.modality == name
    again = cloudpickle.loads(cloudpickle.dumps(split))
    assert (again.digest(), again.class_counts) == (split.digest(), split.class_counts)
    assert len(set(split.fingerprints())) == len(split)
    part = split.take([3, 1])
    np.testing.assert_array_equal(part.load([0, 1], form), split.load([3, 1], form))
    np.testing.assert_array_equal(part.labels, split.labels[[3, 1]])
    assert part.digest() != split.take([1, 3]).digest()


def test_an_epoch_holds_every_row_once(few, result):
    batches = few.train.batches(result.form, 7, shuffle=True, seed=1)
    first = np.concatenate([batches[i][1] for i in range(len(batches))])
    batches.on_epoch_end()
    second = np.concatenate([batches[i][1] for i in range(len(batches))])
    assert sorted(first) == sorted(second) == sorted(few.train.labels)
    assert first.tolist() != second.tolist()


def test_proofs_hold_and_fail(name, few, without_graphs):
    needs, source = NEEDS[name], tl.sources.source_by_name(NEEDS[name].source)
    with tl.quietly():
        base = tl.base_model(source, **needs.size)
        model = tl.add_head(base, few)
    assert source.proof(base)
    assert all(few.train.proofs(model, few.train.form_of(model)))
    with pytest.raises(GuardError, match="fresh random network"):
        guards.pretrained(source.build(weights=None, **needs.size))
    with pytest.raises(GuardError), tl.quietly():
        tl.train(tl.add_head(needs.spoil(base), few), few, epochs=1, verbose=0)


def test_a_size_of_another_modality_is_refused(name):
    other = next(room.SIZE[0] for room in ROOMS.values() if name != room.NAME)
    with pytest.raises(SourceError, match=f"{other} means nothing"):
        tl.base_model(tl.sources.source_by_name(NEEDS[name].source), **{other: 32})


def test_a_source_of_another_modality_is_refused(name, task):
    other = next(NEEDS[room].source for room in ROOMS if room != name)
    with pytest.raises(SourceError, match=f"{task.name} has {task.train.called}"):
        tl.select_source(task, other)


def test_a_head_learns_at_the_rate_of_its_room_unless_another_is_given(name, few):
    needs = NEEDS[name]
    base = tl.base_model(tl.select_source(few, needs.source), **needs.size)
    model = tl.add_head(base, few)
    assert float(model.optimizer.learning_rate) == pytest.approx(ROOMS[name].HEAD["learning_rate"])
    assert float(tl.add_head(base, few, 0.5).optimizer.learning_rate) == pytest.approx(0.5)


def test_few_labels_beat_chance(name, result):
    assert result.frozen.test.accuracy > NEEDS[name].chance + 0.1
    assert [step["step"] for step in result.steps] == [1, 2, 3, 4, 4, 5, 6, 6, 6]


def test_the_report_draws_what_reached_the_head_of_the_kept_model(task, result, without_graphs):
    assert result.frozen.features.shape == result.fine_tuned.features.shape
    found = tl.features(result.model, task.test)[spread(len(task.test))]
    np.testing.assert_allclose(found, result.best.features, atol=1e-4)


def test_what_is_saved_opens_and_says_the_same(name, task, result, folder, without_graphs):
    assert sorted(path.name for path in folder.iterdir()) == sorted(result.files)
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    assert card["modality"] == name
    assert card.items() >= result.form.size.items()
    model = ask.load(folder)
    assert str(ROOMS[name].open_form(folder, model)) == str(result.form)
    np.testing.assert_allclose(tl.evaluate(model, task.test).probabilities, result.best.test.probabilities, atol=1e-5)
    assert "most confident mistakes" in (folder / "report.html").read_text(encoding="utf-8")


def test_a_full_disk_leaves_the_results_of_an_earlier_run_as_they_are(result, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    (tmp_path / "results.json").write_text("of an earlier run")
    monkeypatch.setattr("tlteach.evidence.result.report", full)
    with pytest.raises(DataError, match="No space left on device"):
        result.save(tmp_path)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["of an earlier run"]


def test_the_command_line_runs_and_predicts(name, task, tmp_path, capsys, without_graphs):
    needs = NEEDS[name]
    ((word, number),) = needs.size.items()
    size = [f"--{word.replace('_', '-')}", str(number)]
    command = ["run", "--task", needs.task, "--source", needs.source, "--labels-per-class", "8", *size]
    main([*command, "--epochs", "1", "--fine-tune-epochs", "0", "--out", str(tmp_path)])
    said = capsys.readouterr().out
    assert f"Written to {tmp_path}" in said
    main(["predict", str(tmp_path), *needs.ask(task)])
    answers = capsys.readouterr().out.splitlines()
    assert [answer.split("  ")[-2] in task.class_names for answer in answers] == [True, True]


def test_an_answer_has_a_probability_for_each_class_and_is_explained_as_html(name, task, folder, without_graphs):
    classifier, given = ask.opened(folder), NEEDS[name].ask(task)
    found = list(ask.answers(classifier, given))
    rows = task.test.batches(classifier.form, shuffle=False)[0][0][:2]
    expected = classifier.model(rows, training=False)
    np.testing.assert_allclose([list(answer.probabilities.values()) for answer in found], expected, atol=1e-5)
    for answer, one in zip(found, given, strict=True):
        assert list(answer.probabilities) == list(task.class_names)
        assert answer.class_name in task.class_names
        page = ask.explained(classifier, one)
        assert page.startswith("<p")
        assert page.count("<p") == page.count("</p>")
        assert "<script" not in page


@pytest.fixture
def easy(name, request, monkeypatch):
    """A task that a network learns from nothing in a few steps."""
    for module in ("tlteach.image.scratch", "tlteach.sound.scratch", "tlteach.text.scratch"):
        monkeypatch.setattr(f"{module}.STEPS_PER_EPOCH", 4)
    monkeypatch.setattr("tlteach.text.scratch.EPOCHS", 10)
    return request.getfixturevalue(NEEDS[name].easy) if NEEDS[name].easy else tl.tasks.by_name(NEEDS[name].task)


@pytest.fixture(scope="module")
def compared(name):
    """A comparison that took the fair baseline of the room, once, and the network that it trained."""
    room, made, kept = ROOMS[name], [], []

    def by(task):
        if not kept:
            with pytest.MonkeyPatch.context() as patch:
                scratch = room.scratch
                patch.setattr(room, "scratch", lambda *given: made.append(scratch(*given)) or made[-1])
                found = tl.compare.compare(["scratch"], task, seeds=1, workers=1, progress=False)
            kept.extend([found, *made])
        return kept

    return by


def test_the_fair_baseline_learns_a_seed_repeats_it_and_the_best_epoch_is_kept(name, easy, compared):
    (_, first), second = compared(easy), ROOMS[name].scratch(easy, seed=0)
    assert tl.evaluate(first, easy.test).accuracy > 0.9
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    loss = first.evaluate(easy.validation.batches(easy.validation.form_of(first), 100), verbose=0, return_dict=True)
    assert loss["loss"] == pytest.approx(min(first.history.history["val_loss"]), rel=1e-3)


def test_a_comparison_takes_the_fair_baseline(easy, compared):
    found, _ = compared(easy)
    assert found.rows[0].mean > 0.9


def test_sources_are_ranked(name, few, without_graphs):
    ranking = tl.transferability.rank_sources([NEEDS[name].source], few)
    assert ranking.best == NEEDS[name].source
