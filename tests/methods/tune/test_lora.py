"""LoRA: the base stands still, what learns is small, and what is saved is an ordinary model."""

import keras
import numpy as np
import pytest
import tiny_bert
from promise import small

import tlteach as tl
from tlteach import tune
from tlteach.core.errors import GuardError
from tlteach.core.task import Task
from tlteach.engine.network import value_of
from tlteach.text.splits import TextSplit

pytestmark = pytest.mark.usefixtures("without_graphs")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_bert.write(tmp_path_factory.mktemp("bert"))


@pytest.fixture
def films():
    labels = np.arange(48) % 2
    texts = [
        ("good", "bad")[row % 2] + " the" * (row // 2 % 6) + " film" * (row // 12) + " is long" for row in range(48)
    ]
    splits = [TextSplit(texts[part], labels[part], 2) for part in (slice(24), slice(24, 36), slice(36, 48))]
    return Task("films", ("good", "bad"), *splits, modality="text")


@pytest.fixture
def model(folder, films):
    keras.utils.set_random_seed(0)
    with tl.quietly():
        model = tl.add_head(tl.base_model(tl.select_source(films, str(folder))), films, learning_rate=1e-2)
        tl.train(model, films, epochs=1)
    return model


def numbers(model, films):
    return model.predict(films.test.load(range(12), films.test.form_of(model)), verbose=0)


def test_it_begins_where_the_model_was_and_only_the_changes_and_the_head_learn(model, films):
    before, kernels = numbers(model, films), {w.path: value_of(w) for w in model.weights}
    with tl.quietly():
        tune.lora(model, rank=2)
        np.testing.assert_allclose(numbers(model, films), before, atol=1e-6)
        learning = {weight.path.rsplit("/", 1)[-1] for weight in model.trainable_weights}
        assert learning == {"lora_kernel_a", "lora_kernel_b", "kernel", "bias"}  # the last two are the head's
        assert [weight.path.split("/")[0] for weight in model.trainable_weights if "lora" not in weight.path] == [
            "head"
        ] * 2
        tl.recompile(model, 5e-3)
        history = tl.train(model, films, epochs=2, batch_size=4)
    assert all(moved > 0 for moved in history.moved.values())
    for weight in model.weights:
        if weight.path in kernels and "head" not in weight.path:
            np.testing.assert_array_equal(value_of(weight), kernels[weight.path])
    assert np.abs(numbers(model, films) - before).max() > 1e-3


def test_the_formula(model):
    with tl.quietly():
        tune.lora(model, rank=2)
    layer = next(part for part in model._flatten_layers() if getattr(part, "lora_enabled", False))
    layer.lora_kernel_b.assign(np.random.default_rng(0).normal(size=layer.lora_kernel_b.shape))
    x = np.random.default_rng(1).normal(size=(1, 3, 16)).astype("float32")
    plain, a, b = (
        np.asarray(keras.ops.convert_to_numpy(w)) for w in (layer._kernel, layer.lora_kernel_a, layer.lora_kernel_b)
    )
    expected = np.einsum("abc,cde->abde", x, plain + np.einsum("cdr,re->cde", a, b)) + value_of(layer.bias)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(layer(x)), expected, rtol=1e-4, atol=1e-5)


def test_what_is_saved_is_an_ordinary_model(model, films, tmp_path):
    with tl.quietly():
        tl.train(tl.recompile(tune.lora(model), 5e-3), films, epochs=1, batch_size=4)
    model.save(tmp_path / "model.keras")
    opened = keras.saving.load_model(tmp_path / "model.keras")
    ids = films.test.load(range(12), films.test.form_of(model))
    np.testing.assert_allclose(opened.predict(ids, verbose=0), model.predict(ids, verbose=0), atol=1e-5)


def test_a_second_time_and_a_base_of_pictures_are_refused(model):
    with tl.quietly(), pytest.raises(GuardError, match="has low-rank changes already"):
        tune.lora(tune.lora(model))
    with tl.quietly(), pytest.raises(GuardError, match=r"has no attention layers.*tl.unfreeze"):
        tune.lora(small.model())
