"""The words that moved a decision: held to closed forms, to what they must add up to, and to what HTML may contain."""

import os
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from places import ROOT
from small_texts import PIECES, bag_of_embeddings, small_tokenizer

from tlteach.core.errors import DataError, GuardError
from tlteach.core.machine import import_keras

import_keras()
import keras  # noqa: E402

from tlteach.text.explain import Explanation, Word, explain_text, words_that_moved  # noqa: E402


@pytest.fixture(scope="module")
def tokenizer():
    return small_tokenizer()


def closed_form(model, text, direction):
    """w . e_i / n for each token of `text`, the special ones left out."""
    ids = model.tokenizer.tokenizer.encode(text).ids
    vectors = model.get_layer("pieces").get_weights()[0][ids]
    return (vectors @ direction / len(ids))[1:-1]


def numbers(found):
    return np.array([score for _, score in found])


@pytest.mark.parametrize("activation", ["sigmoid", None])
def test_one_output_that_is_linear_gives_the_closed_form(tokenizer, activation):
    model = bag_of_embeddings(tokenizer, 1, activation)
    kernel, bias = model.get_layer("head").get_weights()
    found = words_that_moved(model, "The film was good", 1)
    assert [word for word, _ in found] == ["The", "film", "was", "good"]
    np.testing.assert_allclose(numbers(found), closed_form(model, "The film was good", kernel[:, 0]), rtol=1e-4)
    np.testing.assert_allclose(numbers(words_that_moved(model, "The film was good", 0)), -numbers(found), rtol=1e-4)
    assert not bias.any()


def test_two_classes_give_the_difference_of_their_weights(tokenizer):
    model = bag_of_embeddings(tokenizer, 2, "softmax")
    kernel, _ = model.get_layer("head").get_weights()
    expected = closed_form(model, "film was not good", kernel[:, 0] - kernel[:, 1])
    np.testing.assert_allclose(numbers(words_that_moved(model, "film was not good", 0)), expected, rtol=1e-4)


def test_the_scores_of_a_linear_model_add_up_to_the_logit(tokenizer):
    """With those of the special tokens, whose embedding is set to zero here."""
    model = bag_of_embeddings(tokenizer, 1, None)
    table = model.get_layer("pieces").get_weights()[0]
    table[1] = 0
    model.get_layer("pieces").set_weights([table])
    logit = model.predict_on_batch(tokenizer.encode(["the film is not good"]))[0, 0]
    assert numbers(words_that_moved(model, "the film is not good", 1)).sum() == pytest.approx(logit, rel=1e-4)


@pytest.mark.parametrize("activation", ["softmax", None])
def test_the_scores_add_up_to_what_the_words_bring(tokenizer, activation):
    """On a model that is not linear and has three classes: the odds with the words, less those with empty ones."""
    model = bag_of_embeddings(tokenizer, 3, activation, hidden=7)
    token_ids, layer = tokenizer.encode(["the film was not good"]), model.get_layer("pieces")
    table = layer.get_weights()[0]
    empty = table * (np.arange(len(PIECES)) < 2)[:, np.newaxis]  # the special tokens stay

    def odds():
        outputs = model.predict_on_batch(token_ids)[0].astype("float64")
        powers = np.exp(outputs) if activation is None else outputs
        return np.log(powers[2] / (powers[0] + powers[1]))

    brought = odds()
    layer.set_weights([empty])
    brought -= odds()
    layer.set_weights([table])
    assert numbers(words_that_moved(model, "the film was not good", 2)).sum() == pytest.approx(brought, rel=1e-2)


def test_words_begin_as_the_token_for_an_unknown_word(tokenizer, monkeypatch):
    """Where the vocabulary has such a token, a score is what the word brings beyond it."""
    monkeypatch.setattr("tlteach.text.explain.NOBODY_KNOWS", "film")
    model = bag_of_embeddings(tokenizer, 1, None)
    table, kernel = model.get_layer("pieces").get_weights()[0], model.get_layer("head").get_weights()[0][:, 0]
    good, film = (table[PIECES.index(word)] @ kernel for word in ("good", "film"))
    found = words_that_moved(model, "film good", 1)
    np.testing.assert_allclose(numbers(found), [0, (good - film) / 4], atol=1e-6)


def test_scores_do_not_vanish_where_the_model_is_sure(tokenizer):
    model = bag_of_embeddings(tokenizer, 2, "softmax")
    kernel = model.get_layer("head").get_weights()[0]
    model.get_layer("head").set_weights([kernel, np.array([30.0, 0.0])])
    explained = explain_text(model, "film was good")
    assert explained.probability == pytest.approx(1)
    expected = closed_form(model, "film was good", kernel[:, 0] - kernel[:, 1])
    np.testing.assert_allclose(numbers(words_that_moved(model, "film was good")), expected, rtol=1e-3)


def test_without_a_class_it_is_the_one_that_the_model_gives(tokenizer):
    model = bag_of_embeddings(tokenizer, 3, "softmax")
    chosen = int(model.predict_on_batch(tokenizer.encode(["the film"]))[0].argmax())
    assert words_that_moved(model, "the film") == words_that_moved(model, "the film", chosen)
    assert explain_text(model, "the film", class_names=("a", "b", "c")).class_name == "abc"[chosen]


def test_pieces_of_a_word_are_joined_and_their_scores_added(tokenizer):
    model = bag_of_embeddings(tokenizer, 1, None)
    kernel = model.get_layer("head").get_weights()[0][:, 0]
    pieces = closed_form(model, "goodness the", kernel)
    found = words_that_moved(model, "Goodness the", 1)
    assert [word for word, _ in found] == ["Goodness", "the"]
    np.testing.assert_allclose(numbers(found), [pieces[0] + pieces[1], pieces[2]], rtol=1e-4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("the film isn't good", ["the", "film", "isn't", "good"]),
        ("I don’t", ["I", "don’t"]),
        ("'good' film.", ["'", "good", "'", "film", "."]),
        ("电影 good", ["电", "影", "good"]),
        ("é film", ["é", "film"]),
        ("لا film", ["لا", "film"]),
        ("", []),
    ],
)
def test_words_are_cut_out_of_the_text_itself(tokenizer, text, words):
    model = bag_of_embeddings(tokenizer, 2, "softmax")
    assert [word for word, _ in words_that_moved(model, text)] == words


def test_what_is_cut_off_has_no_score(tokenizer):
    model = bag_of_embeddings(tokenizer, 2, "softmax")
    assert len(words_that_moved(model, "film " * 100)) == tokenizer.max_tokens - 2


def test_a_base_in_a_model_is_looked_into(tokenizer):
    """As tl.add_head nests it; the embeddings are those of the base."""
    base = bag_of_embeddings(tokenizer, 4, None)
    inputs = keras.Input((None,), dtype="int32")
    outputs = keras.layers.Dense(2, activation="softmax")(base(inputs, training=False))
    nested = keras.Model(inputs, outputs)
    nested.tokenizer = tokenizer
    assert len(words_that_moved(nested, "the film")) == 2


def test_wrong_use_is_told(tokenizer):
    with pytest.raises(DataError, match="There is no class 2"):
        words_that_moved(bag_of_embeddings(tokenizer, 1, "sigmoid"), "film", 2)
    token_ids = keras.Input((None,), dtype="int32")
    counts = keras.ops.sum(keras.ops.one_hot(token_ids, len(PIECES)), axis=1)
    model = keras.Model(token_ids, keras.layers.Dense(2, activation="softmax")(counts))
    model.tokenizer = tokenizer
    with pytest.raises(GuardError, match="looks its token ids up in an embedding"):
        words_that_moved(model, "film")


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text, self.titles, self.marked = [], "", [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.titles += [value for name, value in attributes if name == "title"]

    def handle_data(self, data):
        self.text += data
        if self.tags and self.tags[-1] == "mark" and len(self.marked) < len(self.titles):
            self.marked.append(data)


def read(page):
    parsed = _Page()
    parsed.feed(page)
    return parsed


def explained(text, *words):
    return Explanation(text, "bad", 0.9, tuple(Word(*word) for word in words))


def test_words_are_marked_by_colour_line_and_number():
    found = explained("not good at all", (0, 3, 1.0), (4, 8, -0.5), (9, 11, 0.01), (12, 15, 0.3))
    page = found.marked()
    parsed = read(page)
    assert parsed.text == "not good at all"
    assert parsed.marked == ["not", "good", "all"]  # "at" is too faint
    assert parsed.titles == ["+1", "-0.5", "+0.3"]
    assert "4px solid" in page
    assert "dotted" in page
    assert str(found) == "bad (90%). For bad: not +1, all +0.3, at +0.01; Against bad: good -0.5."


@given(st.text(max_size=80), st.integers(0, 80), st.integers(0, 80))
def test_no_text_can_write_html(text, one, other):
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    parsed = read(explained(text, (start, end, 1.0)).marked())
    assert set(parsed.tags) <= {"p", "mark"}
    controls = [*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000)]
    assert parsed.text == text.translate(dict.fromkeys(controls, "\ufffd"))


@given(st.integers(0, 60), st.integers(10, 120))
def test_a_long_text_is_cut_to_the_stretch_that_moved_most(strongest, most):
    words = [f"word{i:02}" for i in range(60)]
    text = " ".join(words)
    spans = [(7 * i, 7 * i + 6, 5.0 if i == strongest else 0.01) for i in range(60)]
    parsed = read(explained(text, *spans).marked(most))
    shown = parsed.text.removeprefix("… ").removesuffix(" …")
    assert len(shown) <= most
    assert shown in text
    assert strongest == 60 or words[strongest] in shown
    assert parsed.text.endswith(" …") == (not text.endswith(shown))


def test_an_explanation_is_shown_by_a_notebook():
    page = explained("<b>good</b>", (3, 7, 1.0))._repr_html_()
    assert "<b>" not in page
    assert "For bad: good +1" in page


SCORES = """
import sys; sys.path.insert(0, "tests")
import numpy as np
from small_texts import bag_of_embeddings, small_tokenizer
from tlteach.text.explain import words_that_moved
model = bag_of_embeddings(small_tokenizer(), 3, "softmax", hidden=7)
random = np.random.default_rng(0)
model.set_weights([random.normal(size=weight.shape) for weight in model.weights])
print(*(score for _, score in words_that_moved(model, "the film wasn't good", 1)))
"""


@pytest.mark.slow
def test_every_backend_finds_the_same():
    backends = [b for b in ("tensorflow", "jax", "torch") if find_spec(b)]
    found = {}
    for backend in backends:
        done = subprocess.run(
            [sys.executable, "-c", SCORES],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        )
        found[backend] = [float(score) for score in done.stdout.split()]
    if len(found) == 1:
        pytest.skip(f"only {backends[0]} is installed")
    for backend in backends:
        np.testing.assert_allclose(found[backend], found[backends[0]], atol=1e-5)
