"""The six steps on texts: the same learning with and without the boundary engine, whatever the texts' lengths."""

import dataclasses

import keras
import numpy as np
import pytest
import tiny_bert
from hypothesis import given, settings
from hypothesis import strategies as st
from texts import word_tokenizer

import tlteach as tl
from tlteach.core.errors import GuardError
from tlteach.core.task import Task
from tlteach.engine import boundary, features
from tlteach.engine.lengths import STEP, BatchLengths
from tlteach.engine.store import Store
from tlteach.methods import tune
from tlteach.text.form import form_of
from tlteach.text.splits import TextSplit

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def nothing_kept():
    features.forget()
    yield
    features.forget()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_bert.write(tmp_path_factory.mktemp("bert"), num_hidden_layers=3)


def task_of(texts, n_train, n_validation):
    """Good and bad films; which it is, each text says once."""
    labels = np.arange(len(texts)) % 2
    rows = np.split(np.arange(len(texts)), [n_train, n_train + n_validation])
    splits = [TextSplit([texts[row] for row in some], labels[some], 2) for some in rows]
    return Task("films", ("good", "bad"), *splits, modality="text")


@pytest.fixture
def films():
    """80 reviews of 5 to 46 tokens, in no order; 48 + 16 + 16."""
    random = np.random.default_rng(0)
    words = ["the", "film", "is", "long", "short", "house", "cafe"]
    texts = []
    for row in range(80):
        some = random.choice(words, random.integers(1, 40)).tolist()
        some.insert(random.integers(len(some) + 1), ("good", "bad")[row % 2])
        texts.append(" ".join(some))
    return task_of(texts, 48, 16)


def model_of(folder, task, from_layer=None, seed=0):
    keras.utils.set_random_seed(seed)
    model = tl.add_head(tl.base_model(tl.select_source(task, str(folder))), task, dropout=0)
    if from_layer is not None:
        tl.recompile(tl.unfreeze(model, from_layer), learning_rate=5e-4)
    return model


# ---------------------------------------------------------------- the same learning


@pytest.mark.parametrize(
    ("from_layer", "memory_budget"), [(None, 1e9), ("block_2", 1e9), ("block_1", 1e9), ("block_1", 1000)]
)
def test_cached_learning_is_plain_learning(folder, films, from_layer, memory_budget):
    losses = {}
    for cache in (True, False):
        model = model_of(folder, films, from_layer)
        # rows of a file are shuffled in pieces; these few texts are one piece, in another order than in memory
        history = tl.train(
            model, films, epochs=3, batch_size=8, cache=cache, memory_budget=memory_budget, verbose=0, seed=3
        )
        losses[cache] = history.history["loss"] + history.history["val_loss"]
    assert "ran once" in tl.train(model, films, epochs=1, verbose=0).boundary
    if memory_budget == 1e9:
        np.testing.assert_allclose(losses[True], losses[False], rtol=1e-4)
    else:
        np.testing.assert_allclose(losses[True][-1], losses[False][-1], rtol=0.2)


def test_features_are_those_of_the_live_model(folder, films):
    model = model_of(folder, films)
    cut, form = boundary.split(model), form_of(model)
    with Store() as store:
        batches, _ = features.features_of(cut, films.train.batches(form, 48), store)
    found = batches[0][0]
    expected = model.get_layer(index=1)(films.train.load(range(48), form), training=False)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(expected), atol=1e-5)


def test_the_second_training_computes_nothing_again(folder, films):
    model = model_of(folder, films)
    tl.train(model, films, epochs=1, verbose=0)
    assert "kept from before" in tl.train(model, films, epochs=1, verbose=0).boundary


def test_features_kept_at_one_boundary_lead_to_another(folder, films, without_graphs):
    """A later boundary may need a mask that was kept, and that nothing between the two makes or uses."""

    def loss(layer, cache):
        return tl.train(model_of(folder, films, layer), films, epochs=1, verbose=0, cache=cache, seed=3).history["loss"]

    plain = {layer: loss(layer, cache=False) for layer in ("block_1", "block_2", None)}
    for layer in ("block_1", "block_2", None, "block_1"):
        np.testing.assert_allclose(loss(layer, cache=True), plain[layer], rtol=1e-4)


def test_texts_that_differ_in_capitals_only_do_not_share_features(tmp_path, films):
    cased = tiny_bert.write(tmp_path / "cased", tiny_bert.CASED, settings={"do_lower_case": False})
    model = model_of(cased, films)
    tl.train(model, films, epochs=1, verbose=0)
    loud = TextSplit([text.replace("good", "Good") for text in films.train.inputs], films.train.labels, 2)
    assert loud.fingerprints() == films.train.fingerprints()
    told = tl.train(model, dataclasses.replace(films, train=loud), epochs=1, verbose=0).boundary
    assert "48 inputs of train" in told


@pytest.mark.parametrize(
    ("augment", "words"),
    [
        (lambda token_ids: token_ids + np.random.default_rng().integers(50, 60, token_ids.shape), "has rows for 0 to"),
        (lambda token_ids: token_ids - np.random.default_rng().integers(2), "token ids go from -1 to"),
        (lambda token_ids: token_ids * 0.5, "augment gave fractions"),
        (lambda token_ids: token_ids[:, 1:], "shape"),
    ],
)
def test_augmentation_that_makes_no_token_ids(folder, films, augment, words):
    with pytest.raises(GuardError, match=words):
        tl.train(model_of(folder, films), films, epochs=1, augment=augment, verbose=0)


def test_views_of_augmented_texts(folder, films):
    random = np.random.default_rng(0)

    def drop_words(token_ids):
        return np.where((random.random(token_ids.shape) < 0.1) & (token_ids > 4), 1, token_ids)

    history = tl.train(model_of(folder, films), films, epochs=2, augment=drop_words, views=2, verbose=0)
    assert "2 views of 48 inputs" in history.boundary


# ---------------------------------------------------------------- lengths of batches


@pytest.mark.parametrize("lengths", [(48, 48, 16), (16, 48, 48), (64, 64, 16), (16, 16, 64), (16, 16, 16)])
def test_keras_takes_batches_of_any_lengths(lengths):
    """It fixes the shape of all from the first two batches, unless these two differ."""
    texts = [f"{'good' if row % 2 == 0 else 'bad'} " + "word " * (length - 3) for length in lengths for row in range(4)]
    split = TextSplit(texts, np.arange(12) % 2, 2)
    tokenizer = word_tokenizer(texts, max_tokens=64)
    token_ids = keras.Input((None,), dtype="int32")
    x = keras.layers.Embedding(tokenizer.vocabulary_size, 4)(token_ids)
    model = keras.Model(token_ids, keras.layers.Dense(2)(keras.ops.mean(x, axis=1)))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(split.batches(tokenizer, 4), verbose=0, shuffle=False)
    assert model.predict(split.batches(tokenizer, 4), verbose=0).shape == (12, 2)
    model.fit(split.batches(tokenizer, 4, shuffle=True), epochs=4, verbose=0, shuffle=False)


@settings(deadline=None, max_examples=200)
@given(
    texts=st.lists(st.integers(1, 6), min_size=1, max_size=40),
    batch_size=st.integers(1, 9),
    most=st.integers(6, 8),
    seed=st.integers(0, 5),
)
def test_batches_are_as_long_as_needed_and_little_longer(texts, batch_size, most, seed):
    lengths = STEP * np.array(texts)
    batches = BatchLengths(lengths, batch_size, STEP * most)
    full = False
    for epoch in range(3):
        order = np.random.default_rng([seed, epoch]).permutation(len(texts))
        found = batches.of(order)
        needed = [lengths[order[start : start + batch_size]].max() for start in range(0, len(order), batch_size)]
        assert (found >= needed).all()
        assert found.max() <= batches.longest or full
        full = full or (len(found) > 1 and found[0] == found[1])
        if full:
            assert (found == STEP * most).all()
        else:
            assert (found == needed)[[i for i in range(len(found)) if i != 1]].all()


# ---------------------------------------------------------------- bases


def test_blocks_of_a_bert_are_its_embeddings_and_its_transformer_blocks(folder, films):
    model = model_of(folder, films)
    assert [block.name for block in tl.blocks(model)] == ["embeddings", "block_0", "block_1", "block_2"]
    tl.unfreeze(model, "block_1")
    learning = {weight.path.split("/")[0] for weight in model.trainable_weights}
    assert {name[:7] for name in learning} == {"block_1", "block_2", "head"}


@pytest.mark.filterwarnings("ignore:Skipping variable loading")  # of the optimizer, for the reason that is tested here
def test_a_model_that_was_saved_is_unfrozen_like_a_new_one(folder, films, tmp_path):
    model = model_of(folder, films, "block_2")
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    loaded.get_layer(index=1).tokenizer = form_of(model)
    with pytest.raises(tl.GuardError, match=f"2 frozen layers of {model.name} would learn all the same"):
        tl.train(loaded, films, epochs=1, verbose=0)
    tl.recompile(tl.unfreeze(loaded, "block_2"), learning_rate=5e-4)
    assert [w.path for w in loaded.trainable_weights] == [w.path for w in model.trainable_weights]


@pytest.mark.parametrize("from_layer", [None, "block_2"])
def test_the_range_test_of_texts(folder, films, from_layer):
    model = model_of(folder, films, from_layer)
    assert "ran once" in tune.find_learning_rate(model, films, steps=3).boundary
    assert "kept from before" in tl.train(model, films, epochs=1, verbose=0).boundary


def test_a_source_is_asked_only_what_means_something_to_it(folder, films):
    source = tl.select_source(films, str(folder))
    with pytest.raises(tl.SourceError, match="image_size means nothing to it"):
        tl.base_model(source, image_size=96)
    with pytest.raises(tl.SourceError, match="max_tokens means nothing to it"):
        tl.base_model(tl.sources.SOURCES["menagerie"], max_tokens=32)
    assert form_of(tl.base_model(source, max_tokens=20)).max_tokens == 20


def test_a_source_of_the_other_modality_is_refused(films):
    with pytest.raises(tl.SourceError, match=r"takes image inputs with 3 channels, but the task films has texts"):
        tl.select_source(films, "menagerie")


def test_token_ids_without_a_tokenizer_name_the_cure(folder, films):
    model = model_of(folder, films)
    del model.get_layer(index=1).tokenizer
    with pytest.raises(tl.GuardError, match=r"base\.tokenizer = Tokenizer\.load"):
        tl.train(model, films, epochs=1, verbose=0)


def test_all_six_steps_in_one_call(folder, films, tmp_path):
    result = tl.transfer(films, str(folder), max_tokens=32, epochs=3, fine_tune_epochs=2, verbose=0)
    found = result.to_dict()
    assert found["max_tokens"] == 32
    assert set(found["accuracy"]) == {"frozen", "fine_tuned"}
    result.save(tmp_path)
    assert {"model.keras", "tokenizer.json", "card.json"} <= {path.name for path in tmp_path.iterdir()}


def test_a_leaking_text_is_found_whatever_its_capitals(folder, films):
    leaking = TextSplit([*films.test.inputs[:-1], films.train.inputs[0].upper()], films.test.labels, 2)
    with pytest.raises(tl.GuardError, match="stand in train too"):
        tl.train(model_of(folder, films), dataclasses.replace(films, test=leaking), epochs=1, verbose=0)
