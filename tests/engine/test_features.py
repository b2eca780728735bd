"""Features are kept where they fit, never for too long, and never for what has changed."""

import errno
import glob
import shutil
import tempfile

import keras
import numpy as np
import pytest

import tlteach as tl
from tlteach.core.errors import DataError, GuardError
from tlteach.engine import boundary, feature_batches, features, kept, store
from tlteach.engine.fit import fit


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    features.forget()
    yield
    features.forget()
    assert glob.glob(str(tmp_path / "*")) == []


@pytest.fixture
def model(base, colours):
    return tl.add_head(base, colours, dropout=0)


def fitted(model, task, **settings):
    settings = {"epochs": 2, "batch_size": 16, "verbose": 0, **settings}
    batch_size = settings.pop("batch_size")
    training = task.train.batches(32, batch_size, shuffle=True, augment=settings.pop("augment", None))
    return fit(model, training, task.validation.batches(32, batch_size), **settings)


def times_run(monkeypatch):
    """Counts the inputs that go through any frozen part."""
    counted = []
    original = features._run

    def run(part, batches, total):
        for outputs in original(part, batches, total):
            counted.append(len(outputs[0]))
            yield outputs

    monkeypatch.setattr(features, "_run", run)
    return counted


def test_features_are_computed_once(model, colours, monkeypatch):
    counted = times_run(monkeypatch)
    fitted(model, colours, epochs=5)
    assert sum(counted) == 60
    assert "kept from before" in fitted(model, colours, epochs=5).boundary
    assert sum(counted) == 60


def test_another_head_on_the_same_base_begins_at_once(base, colours, monkeypatch):
    fitted(tl.add_head(base, colours), colours)
    counted = times_run(monkeypatch)
    fitted(tl.add_head(base, colours), colours)
    assert counted == []


def test_changed_weights_or_data_or_size_are_computed_anew(model, base, colours, monkeypatch):
    fitted(model, colours)
    counted = times_run(monkeypatch)
    kernel = base.get_layer("block1_conv").kernel
    kernel.assign(kernel * 1.001)
    fitted(model, colours)
    assert sum(counted) == 60
    fitted(model, colours.subset(10))
    assert sum(counted) == 60 + 20  # validation stayed what it was


def test_when_the_boundary_moves_up_only_the_layers_between_are_run(model, colours, monkeypatch):
    tl.unfreeze(model, "block2")
    tl.recompile(model, 5e-4)
    fitted(model, colours)
    tl.unfreeze(model, "block3")
    tl.recompile(model, 5e-4)
    monkeypatch.setattr(features, "inputs_of", None)  # nothing may be read from pixels
    history = fitted(model, colours)
    assert "from features kept further down" in history.boundary
    assert boundary.differs(model, boundary.split(model), colours.train.load(range(4), 32)) == ""


def test_kept_features_stay_within_the_budget(model, colours):
    fitted(model, colours)
    row = 12 * 4
    assert sum(array.nbytes for array in kept._kept.values()) == 60 * row
    fitted(model, colours.subset(10), memory_budget=60 * row)
    assert sum(array.nbytes for array in kept._kept.values()) <= 60 * row


def test_features_in_a_file_learn_as_those_in_memory(model, colours, monkeypatch):
    monkeypatch.setattr(feature_batches, "PIECE", 200)
    weights = model.get_weights()
    on_disk = fitted(model, colours, memory_budget=2000, epochs=20)
    assert "kept in a file" in on_disk.boundary
    model.set_weights(weights)
    model.compile(keras.optimizers.Adam(1e-3), model.loss, metrics=["accuracy"])
    in_memory = fitted(model, colours, epochs=20)
    assert on_disk.history["val_loss"][-1] == pytest.approx(in_memory.history["val_loss"][-1], rel=0.02)


@pytest.mark.parametrize("views", [1, 3])
def test_an_epoch_from_files_holds_every_row_once(views, monkeypatch):
    monkeypatch.setattr(feature_batches, "PIECE", 3 * 8)
    rows = np.arange(views * 50, dtype="float32").repeat(2).reshape(-1, 2)
    open_file = tempfile.TemporaryFile()  # noqa: SIM115
    open_file.write(rows.tobytes())
    file = feature_batches.OnDisk(open_file, rows, len(rows))
    batches = feature_batches.FeatureBatchesOnDisk([file], np.arange(50), 7, True, 0, 4 * 12 * 8)
    orders = []
    for epoch in range(4):
        found = [batches[i] for i in range(len(batches))]
        values, labels = (np.concatenate(parts) for parts in zip(*found, strict=True))
        np.testing.assert_array_equal(values[:, 0], labels + 50 * (epoch % views))
        assert sorted(labels) == list(range(50))
        orders.append(labels.tolist())
        assert [len(labels) for _, labels in found] == [7] * 7 + [1]
        batches.on_epoch_end()
    assert orders[0] != orders[1] != list(range(50))
    open_file.close()


def test_rows_in_memory_come_in_the_order_of_the_inputs(colours):
    numbers = np.arange(len(colours.train), dtype="float32")
    ours = feature_batches.FeatureBatches([numbers], colours.train.labels, 16, True, 3)
    theirs = colours.train.batches(32, 16, shuffle=True, seed=3)
    for _ in range(2):
        for i in range(len(theirs)):
            np.testing.assert_array_equal(ours[i][1], theirs[i][1])
            np.testing.assert_array_equal(colours.train.load(ours[i][0].astype(int), 32), theirs[i][0])
        ours.on_epoch_end()
        theirs.on_epoch_end()


# ---------------------------------------------------------------- augmentation


def test_each_view_is_run_once_and_each_epoch_takes_another(model, colours, monkeypatch):
    counted = times_run(monkeypatch)
    augment = keras.layers.RandomBrightness(0.2, seed=1)
    history = fitted(model, colours, epochs=8, augment=augment, views=3)
    assert sum(counted) == 20 + 3 * 40
    assert "3 views of 40 inputs" in history.boundary
    assert len(kept._kept) == 1  # those of validation


def test_views_are_taken_in_turn():
    n, views = 6, 4
    batches = feature_batches.FeatureBatches([np.arange(views * n)], np.arange(n), n, True, 0)
    seen = np.zeros((n, views), int)
    for _ in range(8):
        rows, labels = batches[0]
        np.testing.assert_array_equal(rows % n, labels)
        seen[labels, rows // n] += 1
        batches.on_epoch_end()
    assert (seen == 2).all()


def test_views_in_a_file(model, colours):
    history = fitted(model, colours, augment=keras.layers.RandomBrightness(0.2), views=2, memory_budget=1000, epochs=3)
    assert "2 views of 40 inputs (kept in a file)" in history.boundary


def test_an_augmentation_that_does_nothing(model, colours):
    with pytest.raises(GuardError, match="raw pixels"):
        fitted(model, colours, augment=lambda images: images)
    assert boundary.split(model).frozen  # and a flip, which leaves half of the pictures alone, is well
    fitted(model, colours, augment=keras.layers.RandomFlip("horizontal"), views=2)


# ---------------------------------------------------------------- what goes wrong


def test_a_full_disk_is_seen_beforehand(model, colours, monkeypatch):
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=100))
    with pytest.raises(DataError, match=r"1.92e-06 GB.*TMPDIR"):
        fitted(model, colours, memory_budget=1000)


def test_a_disk_that_fills_up_while_writing(model, colours, monkeypatch):
    def write(files, batches, rows):
        files[0].file.write(b"part")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "_write", write)
    with pytest.raises(DataError, match=r"No space left on device.*cache=False"):
        fitted(model, colours, memory_budget=1000)


def test_an_interrupted_training_leaves_nothing_behind(model, colours):
    """Not while it goes on either: a process that is killed could not clean up."""
    seen = []

    def stop(*_):
        seen.extend(glob.glob(f"{tempfile.tempdir}/*"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted(model, colours, memory_budget=1000, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop)])
    assert seen == []


# ---------------------------------------------------------------- layers that are not Keras'


class Secretive(keras.layers.Layer):
    """Multiplies, and does not say by what."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor

    def compute_output_shape(self, shape):
        return shape


def before_the_head(base, layer):
    pooled = keras.layers.GlobalAveragePooling2D()(layer(base.output))
    model = keras.Model(base.input, keras.layers.Dense(2, activation="softmax")(pooled))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    "layer",
    [
        Secretive(2),
        keras.layers.Lambda(lambda x: 2 * x),
        keras.layers.Activation(lambda x: 2 * x),
        keras.layers.TimeDistributed(Secretive(2)),
    ],
    ids=["class", "lambda", "function", "inside"],
)
def test_features_of_a_layer_of_ones_own_are_computed_anew_for_each_training(base, colours, layer, monkeypatch):
    model = before_the_head(base, layer)
    assert "frozen part" in fitted(model, colours).boundary
    counted = times_run(monkeypatch)
    assert "kept" not in fitted(model, colours, epochs=3).boundary
    assert sum(counted) == 60


def test_an_attribute_of_a_layer_that_is_changed(base, colours, monkeypatch):
    model = before_the_head(base, keras.layers.ReLU(max_value=6))
    fitted(model, colours)
    counted = times_run(monkeypatch)
    model.get_layer("block3_bn").epsilon = 0.1
    fitted(model, colours)
    assert sum(counted) == 60
    model.get_layer("preprocessing").scale = 1 / 255
    fitted(model, colours)
    assert sum(counted) == 120
    fitted(model, colours)
    assert sum(counted) == 120
