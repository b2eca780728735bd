"""The short way to Keras' loops gives what the long way gives, and compiles a step once."""

import keras
import numpy as np
import pytest

from tlteach.engine.feeding import feeding, inputs_of, passed, ready


class Rows(keras.utils.PyDataset):
    """A new order in every epoch; the last batch is short."""

    def __init__(self):
        super().__init__(workers=1)
        random = np.random.default_rng(0)
        self.inputs, self.labels = random.normal(size=(20, 5)).astype("float32"), random.integers(0, 2, 20)
        self.epoch = 0

    def __len__(self):
        return 3

    def __getitem__(self, index):
        rows = np.roll(np.arange(20), self.epoch)[index * 8 : (index + 1) * 8]
        return self.inputs[rows], self.labels[rows]

    def on_epoch_end(self):
        self.epoch += 1


def head() -> keras.Model:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dropout(0.2), keras.layers.Dense(2, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def test_learning_is_the_same():
    one, other = head(), head()
    theirs = one.fit(Rows(), validation_data=Rows(), epochs=3, shuffle=False, verbose=0)
    ready(other, Rows())
    fed = {"x": feeding(other, Rows()), "validation_data": feeding(other, Rows())}
    ours = other.fit(**fed, epochs=3, shuffle=False, verbose=0)
    assert ours.history == theirs.history
    for found, expected in zip(other.get_weights(), one.get_weights(), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow compiles like this")
def test_a_training_step_is_compiled_once_for_each_size_of_batch(monkeypatch):
    model, sizes = head(), []
    step = model.train_step
    monkeypatch.setattr(model, "train_step", lambda data: sizes.append(data[0].shape[0]) or step(data))
    ready(model, Rows())
    model.fit(feeding(model, Rows()), epochs=2, shuffle=False, verbose=0)
    assert sizes == [8, None]


@pytest.mark.parametrize("few", [True, False])
def test_outputs_come_row_by_row_also_of_a_short_batch(few):
    model, rows = head(), Rows()
    batches = list(passed(model, inputs_of(rows), few))
    assert [len(outputs) for (outputs,) in batches] == [8, 8, 4]
    found = np.concatenate([outputs for (outputs,) in batches])
    np.testing.assert_allclose(found, model.predict(rows.inputs, verbose=0), rtol=1e-5)
