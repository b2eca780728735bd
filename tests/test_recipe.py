"""The six steps against plain Keras, on a small base and on real Keras Applications graphs with random weights."""

import json
from dataclasses import replace

import keras
import numpy as np
import pytest

import tlteach as tl
from tlteach import recipe
from tlteach.core.errors import DataError, GuardError, SourceError
from tlteach.engine.fit import keeper, what_was_kept
from tlteach.engine.network import base_layers, batch_normalizations, blocks
from tlteach.evidence.report import mistakes, report


@pytest.fixture
def model(base, colours):
    return tl.add_head(base, colours)


def test_the_head_is_what_plain_keras_would_build(model, base):
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["InputLayer", "Functional", "GlobalAveragePooling2D", "Dropout", "Dense"]
    assert [w.path for w in model.trainable_weights] == ["head/kernel", "head/bias"]
    assert model.get_layer("small_base") is base


def test_training_equals_plain_fit(base, colours):
    """The oracle is model.fit on the same batches."""
    ours = tl.add_head(base, colours, dropout=0)
    plain = keras.models.clone_model(ours)
    plain.set_weights(ours.get_weights())
    plain.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = tl.train(ours, colours, epochs=3, seed=5, verbose=0)
    expected = plain.fit(
        colours.train.batches(32, 32, shuffle=True, seed=5),
        validation_data=colours.validation.arrays(32),
        epochs=3,
        shuffle=False,
        verbose=0,
    )
    for key in ("loss", "val_loss"):
        assert history.history[key] == pytest.approx(expected.history[key], rel=1e-4)


def test_the_best_epoch_on_validation_is_kept(model, colours):
    history = tl.train(model, colours, epochs=6, verbose=0, seed=1)
    assert history.best_epoch == int(np.argmin(history.history["val_loss"]))
    loss, _ = model.evaluate(*colours.validation.arrays(32), verbose=0)
    assert loss == pytest.approx(min(history.history["val_loss"]), rel=1e-4)


@pytest.mark.parametrize(("epochs", "best"), [(6, 5), (6, 2), (1, 0)])
def test_it_is_told_when_the_last_epoch_was_the_best(model, epochs, best):
    """Whoever stops where validation still gets better may have stopped too early, and should hear of it."""
    history, kept = keras.callbacks.History(), keeper((), epochs)
    history.epoch, history.history = list(range(epochs)), {"val_accuracy": [0.5] * epochs}
    kept.best_epoch, kept.best_weights = best, model.get_weights()
    told = what_was_kept(model, history, kept)
    assert f"kept epoch {best + 1}, best on validation: accuracy 0.500" in told
    assert ("the last epoch was the best: more epochs may help" in told) == (epochs - 1 == best > 0)


@pytest.mark.parametrize(
    ("from_layer", "first"),
    [
        ("block3", "block3"),
        ("block3_bn", "block3"),  # a layer in the middle goes back to the block's edge
        ("block2_conv", "block2"),
        (1, "block3"),
        (4, "block2"),
        (10, "block1"),
        (0.01, "block3"),
        (0.5, "block2"),
        (1.0, "block1"),
    ],
)
def test_unfreezing_lands_on_a_block_edge(model, from_layer, first):
    tl.unfreeze(model, from_layer)
    names = [block.name for block in blocks(model)]
    learning = {w.path.split("/")[-2] for w in model.trainable_weights}
    assert learning == {f"{name}_conv" for name in names[names.index(first) :]} | {"head"}


@pytest.mark.parametrize("from_layer", [0, -1, 11, 0.0, 1.5, "no_such_layer"])
def test_unfreezing_what_is_not_there(model, from_layer):
    with pytest.raises(GuardError, match=r"block1, block2, block3|1 to 10"):
        tl.unfreeze(model, from_layer)
    assert {w.path for w in model.trainable_weights} == {"head/kernel", "head/bias"}


def test_unfreezing_less_freezes_again(model):
    tl.unfreeze(model, "block1")
    tl.unfreeze(model, "block3")
    assert {w.path.split("/")[-2] for w in model.trainable_weights} == {"block3_conv", "head"}


def test_fine_tuning_leaves_the_statistics_bit_identical(model, colours):
    tl.train(model, colours, epochs=1, verbose=0)
    statistics = [w for b in batch_normalizations(model) for w in b.weights]
    before = [w.numpy().copy() for w in statistics]
    tl.recompile(tl.unfreeze(model, 1.0), 1e-4)
    tl.train(model, colours, epochs=2, verbose=0)
    assert len(before) == 12
    for weight, old in zip(statistics, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), old)


def test_recompiling_twice_without_training_is_allowed(base, colours):
    model = tl.add_head(base, colours)
    tl.train(model, colours, epochs=1, verbose=0)
    tl.recompile(tl.unfreeze(model, "block3"), 1e-5)
    tl.recompile(model, 1e-5)
    tl.recompile(model, 2e-5)


def test_recompiling_keeps_the_kind_of_optimizer_loss_and_metrics(base, colours):
    model = tl.add_head(base, colours)
    loss = keras.losses.SparseCategoricalCrossentropy(name="mine")
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9), loss, metrics=["accuracy", "sparse_top_k_categorical_accuracy"]
    )
    tl.train(model, colours, epochs=1, verbose=0)
    old = model.optimizer
    tl.recompile(tl.unfreeze(model, "block3"), 1e-3)
    assert model.optimizer is not old
    assert (type(model.optimizer), model.optimizer.momentum) == (keras.optimizers.SGD, 0.9)
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)
    assert model.loss is loss
    history = tl.train(model, colours, epochs=1, verbose=0)
    assert "val_sparse_top_k_categorical_accuracy" in history.history


def test_the_steps_work_on_a_flat_model_built_by_hand(base, colours):
    x = keras.layers.GlobalAveragePooling2D()(base.output)
    flat = keras.Model(base.input, keras.layers.Dense(2, activation="softmax")(x))
    flat.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    tl.train(flat, colours, epochs=1, verbose=0)
    tl.recompile(tl.unfreeze(flat, "block3"), 1e-5)
    before = flat.get_layer("block3_conv").kernel.numpy().copy()
    tl.train(flat, colours, epochs=1, verbose=0)
    assert not np.array_equal(flat.get_layer("block3_conv").kernel.numpy(), before)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["MobileNetV2", "EfficientNetB0", "InceptionV3", "DenseNet121"])
def test_unfreezing_works_on_real_graphs(name):
    base = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(96, 96, 3))
    base.trainable = False
    model = keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    tl.unfreeze(model, 0.2)
    trainable = [layer for layer in base_layers(model) if layer.trainable_weights]
    share = len([1 for block in blocks(model) for layer in block.layers if layer in trainable])
    assert 0 < share < len(base_layers(model)) / 2
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in trainable)


def test_a_source_of_another_modality_or_an_unknown_one(colours):
    with pytest.raises(SourceError, match="mobilenet"):
        tl.select_source(colours, "mobilnet")
    texts = replace(colours, modality="text")
    with pytest.raises(SourceError, match="takes image inputs with 3 channels, but"):
        tl.select_source(texts, "mobilenet_025")


def test_a_step_says_in_a_line_what_it_did_and_proofs_show_the_rest(base, colours, capsys):
    model = tl.add_head(base, colours)
    tl.train(model, colours, epochs=1)
    tl.recompile(tl.unfreeze(model, "block3"))
    said = capsys.readouterr().out
    for step in ("step 3  add_head", "step 4  train", "step 5  unfreeze", "step 6  recompile"):
        assert said.count(step) == 1
    assert "proofs held)" in said
    assert "proved" not in said
    tl.proofs()
    proved = capsys.readouterr().out
    assert "the first loss is 0.693" in proved
    assert "frozen weights bit-identical, 1 trainable layer moved" in proved
    tl.proofs(4)
    assert "step 3" not in capsys.readouterr().out


@pytest.mark.parametrize("verbose", [0, 2])
def test_verbose_of_a_step_is_that_of_keras_and_of_its_proofs(base, colours, capsys, verbose):
    with tl.quietly():
        model = tl.add_head(base, colours)
    assert capsys.readouterr().out == ""
    tl.train(model, colours, epochs=1, verbose=verbose)
    said = capsys.readouterr().out
    assert ("step 4" in said, "proved" in said, "loss:" in said) == (verbose == 2,) * 3


def test_what_is_quiet_stays_quiet(base, colours, capsys):
    with tl.quietly():
        tl.train(tl.add_head(base, colours), colours, epochs=1, verbose=2)
    assert capsys.readouterr().out == ""


# ---------------------------------------------------------------- transfer() and its Result


@pytest.fixture(scope="module")
def result():
    return tl.transfer(bundled_subset(), epochs=2, fine_tune_epochs=1, verbose=0, seed=3)


def bundled_subset():
    """The bundled task with few pictures, so that a run takes seconds."""
    task = tl.tasks.cats_vs_dogs().subset(20)
    return replace(task, validation=task.validation.take(range(0, 200, 5)), test=task.test.take(range(0, 500, 5)))


def test_transfer_judges_both_stages_on_the_same_test_split(result):
    assert len(result.frozen.test.labels) == len(result.fine_tuned.test.labels) == 100
    np.testing.assert_array_equal(result.frozen.test.labels, result.fine_tuned.test.labels)


def test_the_kept_model_gives_the_kept_predictions(result):
    again = tl.evaluate(result.model, result.task.test)
    np.testing.assert_allclose(again.probabilities, result.best.test.probabilities, atol=1e-6)


def test_where_fine_tuning_does_not_help_the_frozen_model_comes_back(monkeypatch):
    """A head that is wrong about everything when fine-tuning begins cannot recover in one gentle epoch."""

    original = recipe.recompile

    def recompile_and_spoil(model, learning_rate):
        kernel = model.get_layer("head").kernel
        kernel.assign(-5 * kernel)
        return original(model, learning_rate)

    monkeypatch.setattr("tlteach.evidence.transfer.recompile", recompile_and_spoil)
    spoilt = tl.transfer(bundled_subset(), epochs=3, fine_tune_epochs=1, fine_tune_learning_rate=1e-6, verbose=0)
    assert spoilt.kept == "frozen"
    again = tl.evaluate(spoilt.model, spoilt.task.test)
    np.testing.assert_allclose(again.probabilities, spoilt.frozen.test.probabilities, atol=1e-6)
    assert "Fine-tuning did not help" in str(spoilt)


def test_the_result_is_plain_json(result):
    found = json.loads(json.dumps(result.to_dict()))
    assert {"task", "source", "classes", "seed", "versions", "backend", "steps", "n_train", "n_test"} <= set(found)
    assert found["classes"] == ["cat", "dog"]
    for stage in ("frozen", "fine_tuned"):
        low, high = found["accuracy"][stage]["interval"]
        assert 0 <= low <= found["accuracy"][stage]["value"] <= high <= 1
    assert found["seconds"]["total"] > 0
    assert [step["step"] for step in found["steps"]] == [1, 2, 3, 4, 4, 5, 6, 6, 6]
    assert all(step["proved"] and step["seconds"] >= 0 for step in found["steps"])


def test_the_folder_of_a_result(result, tmp_path):
    (tmp_path / "results.json").write_text("an earlier run")
    (tmp_path / "mine.txt").write_text("keep me")
    result.save(tmp_path)
    written = {"card.json", "data.csv", "model.keras", "report.html", "results.json"}
    assert {path.name for path in tmp_path.iterdir()} == {"mine.txt", *written}
    assert (tmp_path / "mine.txt").read_text() == "keep me"
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["seed"] == 3
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "http" not in page.replace("https://", "").split("<h2>The source</h2>")[0]
    assert page.count("<img alt=") >= 2


def test_a_report_without_mistakes_says_so(result):
    labels = result.best.test.predicted
    stages = {"frozen": result.frozen, "fine_tuned": result.fine_tuned}
    told = {name: replace(stage, test=replace(stage.test, labels=labels)) for name, stage in stages.items()}
    page = report(replace(result, **told))
    assert mistakes(replace(result, **told), 2) == "<p>None: every test input was recognised.</p>"
    assert mistakes(replace(result, **told), 2) in page
    assert 'class="mistakes"' not in page


def test_a_folder_that_cannot_be_written_to(result, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError, match="Choose another folder"):
        result.save(tmp_path / "file")


def test_no_fine_tuning_when_none_is_asked_for():
    result = tl.transfer(bundled_subset(), epochs=1, fine_tune_epochs=0, verbose=0)
    assert result.fine_tuned is None
    assert result.kept == "frozen"
    assert "fine_tuned" not in result.to_dict()["accuracy"]
