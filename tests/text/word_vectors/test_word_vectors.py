"""Word vectors: learned as the formulas say, read from files of any state, and made into bases for the six steps."""

import gzip
import io
import itertools
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tlteach as tl
from tlteach.core.errors import DataError, GuardError
from tlteach.methods.word_vectors import method
from tlteach.text import word_vectors
from tlteach.text.form import form_of
from tlteach.text.word_vectors import WordVectors, figures, skip_gram, words

COMPASS = WordVectors(
    ("north", "south", "east", "west", "up"),
    np.array([[0, 1], [0, -2], [3, 0], [-1, 0], [0.1, 1]], "float32"),
)


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It isn't FUNNY, is it?", ["it", "is", "n't", "funny", ",", "is", "it", "?"]),
        ("We’ve won’t Zoë's", ["we", "'ve", "wo", "n't", "zoë", "'s"]),
        ("n't not can't", ["n't", "not", "ca", "n't"]),
        ("don'tcare rock'n'roll", ["don", "'", "tcare", "rock", "'", "n", "'", "roll"]),
        ("日本 2nd _x", ["日本", "2nd", "_x"]),
        ("", []),
    ],
)
def test_words_of_a_text(text, found):
    assert words.words_of(text) == found


def test_the_tokenizer_knows_its_words():
    tokenizer = words.tokenizer_of(words.vocabulary(["A b b", "b c a."], size=2))
    assert (tokenizer.padding_id, tokenizer.unknown_id, tokenizer.vocabulary_size) == (0, 1, 4)
    assert tokenizer.tokens("a B c.") == ["a", "b", "[UNK]", "[UNK]"]
    assert tokenizer.encode(["b a c"])[0, :4].tolist() == [2, 3, 1, 0]


@given(st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_the_tokenizer_cuts_as_words_of_does(text):
    assert words.tokenizer_of(words.words_of(text)).tokens(text) == words.words_of(text)


def test_what_is_out_of_vocabulary_is_told_as_a_share_of_running_words():
    share, absent = words.missing(["the cat, the mat", "The dog 7"], ["the", "mat"])
    assert share == pytest.approx(2 / 6)
    assert absent == ["cat", "dog"]
    assert words.missing([], ["the"]) == (0.0, [])


def test_neighbours_and_analogies_on_a_compass():
    assert COMPASS.nearest("north", 2) == ["up", "east"]
    assert COMPASS.similarity("north", "south") == pytest.approx(-1)
    assert COMPASS.similarity("north", "east") == pytest.approx(0)
    assert COMPASS.analogy("north", "south", "east", n=1) == ["west"]
    assert COMPASS.nearest(np.array([-1.0, 0.0]), 1) == ["west"]
    assert COMPASS.take(["up", "left", "up"]).words == ("up",)
    assert "left" not in COMPASS
    with pytest.raises(DataError, match="no vector for 'left'"):
        COMPASS["left"]


# ---------------------------------------------------------------- skip-gram


def slow_pairs(word_ids, text_ids, reach):
    """Every pair by looking at all of them."""
    positions = range(len(word_ids))
    return sorted(
        (word_ids[i], word_ids[j])
        for i, j in itertools.product(positions, positions)
        if i != j and text_ids[i] == text_ids[j] and abs(i - j) <= reach[i]
    )


@given(st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=5), st.integers(1, 4), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_pairs_are_those_of_a_direct_enumeration(texts, window, seed):
    word_ids = np.array([word for text in texts for word in text], "int32")
    text_ids = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    found = skip_gram.pairs(word_ids, text_ids, window, np.random.default_rng(seed))
    reach = np.random.default_rng(seed).integers(1, window + 1, len(word_ids))
    assert sorted(map(tuple, found.tolist())) == slow_pairs(word_ids.tolist(), text_ids, reach)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_one_step_is_that_of_the_closed_form():
    """Loss and gradients of log sigmoid(u v) + sum of log sigmoid(-u n), against NumPy, through a step of SGD."""
    random = np.random.default_rng(0)
    model = skip_gram.network(6, 4)
    model.compile(keras.optimizers.SGD(1.0), keras.losses.BinaryCrossentropy(from_logits=True))
    model.set_weights([random.normal(size=(6, 4)), random.normal(size=(6, 4))])
    table = {name: keras.ops.convert_to_numpy(model.get_layer(name).embeddings) for name in ("centre", "neighbour")}
    centres, candidates = np.array([0, 1, 1], "int32"), np.array([[2, 3, 4], [0, 5, 5], [2, 1, 3]], "int32")
    is_real = np.zeros((3, 3), "float32")
    is_real[:, 0] = 1

    v, u = table["centre"][centres], table["neighbour"][candidates]
    logits = np.einsum("bw,bnw->bn", v, u)
    signs = 2 * is_real - 1
    expected_loss = -np.log(sigmoid(signs * logits)).mean()
    slope = (sigmoid(logits) - is_real) / is_real.size  # of the loss, by each logit
    expected = {name: rows.copy() for name, rows in table.items()}
    np.subtract.at(expected["centre"], centres, np.einsum("bn,bnw->bw", slope, u))
    np.subtract.at(expected["neighbour"], candidates, slope[..., None] * v[:, None])

    loss = model.train_on_batch([centres, candidates], is_real)
    assert float(loss) == pytest.approx(expected_loss, rel=1e-5)
    for name, rows in expected.items():
        after = keras.ops.convert_to_numpy(model.get_layer(name).embeddings)
        np.testing.assert_allclose(after, rows, atol=1e-5)


def test_random_words_come_by_their_counts_to_three_quarters():
    counts = np.array([1, 16, 0, 81])
    drawn = skip_gram.draw(counts, (20_000, 2), np.random.default_rng(0))
    assert drawn.shape == (20_000, 2)
    shares = np.bincount(drawn.ravel(), minlength=4) / drawn.size
    np.testing.assert_allclose(shares, np.array([1, 8, 0, 27]) / 36, atol=0.01)


def test_frequent_words_are_left_out_now_and_then():
    kept = skip_gram.share_to_keep(np.array([9000, 900, 100]), threshold=0.01)
    np.testing.assert_allclose(kept, [np.sqrt(0.01 / 0.9), np.sqrt(0.01 / 0.09), 1.0])


def test_texts_without_neighbours_are_refused():
    with pytest.raises(DataError, match="has a neighbour"):
        skip_gram.train(["alone", "single"], epochs=1)


@pytest.mark.slow
def test_company_makes_words_alike():
    """Cats and dogs keep the same company, and cars another; the vectors must find it. Two seeds give other numbers."""
    random = np.random.default_rng(0)
    animals, machines = (["cat", "dog", "purr", "fur", "paw"], ["car", "bus", "wheel", "fuel", "road"])
    texts = [" ".join(random.choice(group, 6)) for group in (animals, machines) for _ in range(200)]
    one, again, other = (
        skip_gram.train(texts, width=8, epochs=20, threshold=1, learning_rate=0.02, seed=seed) for seed in (0, 0, 1)
    )
    for vectors in (one, other):
        assert set(vectors.nearest("cat", 4)) == set(animals) - {"cat"}
        assert vectors.similarity("cat", "dog") > vectors.similarity("cat", "car")
    assert np.array_equal(one.vectors, again.vectors)
    assert not np.allclose(one.vectors, other.vectors)


RELATED = """true false|first last|two three|input output|server client|key value|width height|left right|start end
file directory|integer float|upper lower|encode decode|parent child|minimum maximum|import module|class instance
add remove|before after|local global|raise exception|list tuple|string characters|read write""".replace("\n", "|")


@pytest.mark.slow
def test_the_vectors_of_the_lesson_make_sense_whatever_the_seed():
    """Related pairs are nearer than nearly all random ones; of the ten nearest words two seeds share over a third."""
    from tlteach.text.gpt.python_docs import documents

    paragraphs = [paragraph for text in documents().values() for paragraph in text.split("\n\n")]
    one, other = (skip_gram.train(paragraphs, size=3000, seed=seed) for seed in (0, 1))
    for vectors in (one, other):
        drawn = np.random.default_rng(0).choice(vectors.words[:1500], (2000, 2))
        by_chance = np.quantile([vectors.similarity(*pair) for pair in drawn if len(set(pair)) == 2], 0.95)
        related = [pair.split() for pair in RELATED.split("|")]
        assert np.mean([vectors.similarity(*pair) > by_chance for pair in related]) > 0.75
    some = one.take(other).words[50:1500]
    assert np.mean([len({*one.nearest(word, 10)} & {*other.nearest(word, 10)}) for word in some]) > 3.5


# ---------------------------------------------------------------- files


def written(tmp_path, content, name="vectors.txt"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


PLAIN = "the 0.5 -1 2\nfilm 1 2 3\n. . . 4 5 6\nnaïve\xa0x 7 8 9e-1\n"


@pytest.mark.parametrize(
    "content", [PLAIN, PLAIN.replace("\n", " \r\n"), "4 3\n" + PLAIN, PLAIN.rstrip("\n")], ids=range(4)
)
def test_files_of_glove_and_word2vec(tmp_path, content):
    vectors = word_vectors.load(written(tmp_path, content))
    assert vectors.words == ("the", "film", ". . .", "naïve\xa0x")
    assert vectors.vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[". . ."], [4, 5, 6])
    np.testing.assert_allclose(vectors["naïve\xa0x"], [7, 8, 0.9])


def test_only_the_wanted_words_are_kept_and_the_first_of_two_counts(tmp_path):
    vectors = word_vectors.load(written(tmp_path, PLAIN + "film 9 9 9\n"), words=["film", "carrot", "the"])
    assert vectors.words == ("the", "film")
    assert vectors["film"].tolist() == [1, 2, 3]


def test_packed_files(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("glove.txt", PLAIN)
    for name, content in (("v.gz", gzip.compress(PLAIN.encode(), mtime=0)), ("v.zip", packed.getvalue())):
        assert len(word_vectors.load(written(tmp_path, content, name))) == 4


LATIN = b"the 1 2\n" + "café 1 2\n".encode("latin-1")


def zipped(method):
    """An archive of vectors that says it is packed by another method than it is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("v.txt", PLAIN)
    data = packed.getvalue()
    place = data.index(b"PK\x01\x02") + 10
    return data[:8] + method + data[9:place] + method + data[place + 1 :]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("the 1 2 3\nfilm 1 2\n", "v.txt", r"Line 2 .* values after the word: 2, where 3 are expected"),
        ("the 1 2\nfilm 1 2 3\n", "v.txt", r"Line 2 .* more than the 2 values"),
        ("the 1 2\nfilm 1 x\n", "v.txt", r"Line 2 .* value 'x' is not a number"),
        ("the 1 2\nfilm 1 nan\n", "v.txt", r"Line 2 .* not a number"),
        ("the 1 2\n\nfilm 1 2\n", "v.txt", r"Line 2 .* no word"),
        ("the 1 2\n 1 2\n", "v.txt", r"Line 2 .* no word"),
        ("the\nfilm\n", "v.txt", r"Line 1 "),
        ("2 3\nthe 1 2\n", "v.txt", r"Line 2 .*: 2, where 3 are expected"),
        ("3 2\nthe 1 2\n", "v.txt", r"ends after 1 of the 3 words"),
        ("the 1 2\nfilm 3", "v.txt", r"Line 2 "),
        ("", "v.txt", r"no vectors in it"),
        (LATIN, "v.txt", r"Line 2 .* not in UTF-8"),
        (b"\x1f\x8b no gzip", "v.gz", r"cannot be read"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:-12], "v.gz", r"cannot be read"),
        (b"no zip", "v.zip", r"cannot be read"),
        (zipped(b"\x63"), "v.zip", r"cannot be read: .*compression method"),
    ],
)
def test_a_damaged_file_is_named_by_line_and_reason(tmp_path, content, name, message):
    with pytest.raises(DataError, match=message):
        word_vectors.load(written(tmp_path, content, name))


def test_what_cannot_be_opened_or_has_nothing_of_use(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        word_vectors.load(tmp_path / "none.txt")
    with pytest.raises(DataError, match="cannot be read"):
        word_vectors.load(tmp_path)
    with pytest.raises(DataError, match="any of the 2 words"):
        word_vectors.load(written(tmp_path, PLAIN), words=["Film", "The"])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.50d.txt", PLAIN)
        archive.writestr("a.100d.txt", PLAIN)
    with pytest.raises(DataError, match=r"2 files in it: a\.50d\.txt, a\.100d\.txt"):
        word_vectors.load(written(tmp_path, packed.getvalue(), "v.zip"))


@given(
    st.dictionaries(
        st.text(st.characters(exclude_characters=" \r\n", exclude_categories=["Cs"]), min_size=1).filter(
            lambda word: not word[-1].isnumeric() and word.lower().strip("+-") not in ("nan", "inf", "infinity")
        ),
        st.lists(st.floats(-1e6, 1e6, width=32), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read(tmp_path_factory, found):
    lines = [" ".join([word, *map(repr, values)]) for word, values in found.items()]
    vectors = word_vectors.load(written(tmp_path_factory.mktemp("v"), "\n".join(lines)))
    assert vectors.words == tuple(found)
    np.testing.assert_allclose(vectors.vectors, list(found.values()), rtol=1e-6)


@pytest.mark.parametrize(("name", "n", "width"), [("50d.first2445", 2445, 50), ("100d.first2717", 2717, 100)])
def test_real_glove(real, name, n, width):
    vectors = word_vectors.load(real / "word_vectors" / f"glove.6B.{name}.txt")
    assert (len(vectors), vectors.width) == (n, width)
    assert {"two", "four", "five"} & set(vectors.nearest("three", 4))
    assert vectors.similarity("father", "son") > vectors.similarity("father", "bank") + 0.2
    few = word_vectors.load(real / "word_vectors" / f"glove.6B.{name}.txt", ["king", "dog"])
    assert few.words == ("king",)  # the short head of the file has no dog
    np.testing.assert_array_equal(few["king"], vectors["king"])


PEAK = """
import resource, sys
from tlteach.text.word_vectors.files import load
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
vectors = load(sys.argv[1], words=[f"word{i}" for i in range(0, 400_000, 40)])
print(len(vectors), vectors.width, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
def test_a_file_of_400_000_words_takes_the_memory_of_the_words_that_are_kept(tmp_path):
    path = tmp_path / "large.txt"
    random = np.random.default_rng(0)
    tails = [" ".join(f"{value:.5f}" for value in random.normal(size=50)) for _ in range(100)]
    with path.open("w") as file:
        file.writelines(f"word{i} {tails[i % 100]}\n" for i in range(400_000))
    assert path.stat().st_size > 150e6
    done = subprocess.run([sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True)
    kept, width, megabytes = done.stdout.split()
    assert (int(kept), int(width)) == (10_000, 50)
    assert float(megabytes) < 30


# ---------------------------------------------------------------- bases


@pytest.fixture(scope="module")
def weather():
    """A task in which single words decide: 40 + 20 + 20 texts."""
    random = np.random.default_rng(0)
    vocabulary = (["sun", "warm", "bright", "beach"], ["rain", "cold", "grey", "mud"])
    texts = [" ".join(random.permutation([*random.choice(vocabulary[i % 2], 3), "the", str(i)])) for i in range(80)]
    return tl.tasks.from_texts(texts, np.arange(80) % 2, ("good", "bad"), validation=0.25, test=0.25)


@pytest.fixture(scope="module")
def vectors():
    """Vectors in which the words of good weather lie on one side, as if they had been learned."""
    random = np.random.default_rng(1)
    sides = {"sun": 1, "warm": 1, "bright": 1, "beach": 1, "rain": -1, "cold": -1, "grey": -1, "mud": -1, "the": 0}
    values = random.normal(0, 0.3, (len(sides), 6)).astype("float32")
    values[:, 0] += np.array(list(sides.values()), "float32")
    return WordVectors(tuple(sides), values)


def test_a_text_is_the_mean_of_its_words(vectors):
    base = word_vectors.average(vectors)
    texts = ["The sun, warm!", "Rain", ""]
    found = keras.ops.convert_to_numpy(base(base.tokenizer.encode(texts)))
    zero = np.zeros(6, "float32")  # the comma and the exclamation mark are unknown
    np.testing.assert_allclose(
        found[0], np.mean([vectors["the"], vectors["sun"], zero, vectors["warm"], zero], axis=0), atol=1e-6
    )
    np.testing.assert_allclose(found[1], vectors["rain"], atol=1e-6)
    np.testing.assert_array_equal(found[2], zero)
    assert not base.trainable_weights
    longer = keras.ops.convert_to_numpy(base(base.tokenizer.encode(texts, length=64)))
    np.testing.assert_allclose(longer, found, atol=1e-6)


def test_the_mean_does_not_know_the_order(vectors):
    base = word_vectors.average(vectors)
    one, other = keras.ops.convert_to_numpy(base(base.tokenizer.encode(["sun and rain", "rain and sun"])))
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_a_word_of_the_tokenizer_without_a_vector_has_zeros(vectors):
    tokenizer = words.tokenizer_of(["hail", "sun"])
    base = word_vectors.average(vectors, tokenizer)
    hail, sun = keras.ops.convert_to_numpy(base(tokenizer.encode(["hail", "sun"])))
    assert not hail.any()
    np.testing.assert_allclose(sun, vectors["sun"])


def test_random_vectors_are_as_wide_and_as_long_and_know_nothing(vectors):
    by_chance = word_vectors.like_random(vectors, seed=3)
    assert by_chance.words == vectors.words
    assert by_chance.vectors.dtype == np.float32
    assert by_chance.vectors.std() == pytest.approx(vectors.vectors.std(), rel=0.3)
    assert not np.allclose(by_chance.vectors, word_vectors.like_random(vectors, seed=4).vectors)


def six_steps(model, task, **how):
    before = model.get_layer(index=1).get_weights()[0].copy()
    with tl.quietly():
        tl.train(model, task, verbose=0, **how)
        still = np.array_equal(before, model.get_layer(index=1).get_weights()[0])
        frozen = tl.evaluate(model, task.test)
        tl.recompile(tl.unfreeze(model, from_layer=1.0), learning_rate=1e-3)
        tl.train(model, task, epochs=2, verbose=0)
    moved = not np.array_equal(before, model.get_layer(index=1).get_weights()[0])
    return still, moved, frozen.accuracy


def test_the_six_steps_on_a_mean_of_words(vectors, weather):
    base = word_vectors.average(vectors, word_vectors.tokenizer_for(weather, vectors))
    with tl.quietly():
        model = tl.add_head(base, weather, learning_rate=3e-2)
    assert six_steps(model, weather, epochs=10) == (True, True, 1.0)


def test_the_six_steps_on_filters(vectors, weather):
    base = word_vectors.sequence(vectors, word_vectors.tokenizer_for(weather, vectors))
    model = word_vectors.add_convolution(base, weather, filters=8, learning_rate=1e-2)
    still, moved, accuracy = six_steps(model, weather, epochs=20)
    assert still
    assert moved
    assert accuracy > 0.8


def learned(method, task, seed):
    with tl.quietly():
        model = method(task, seed)
    assert tl.evaluate(model, task.test).accuracy > 0.8
    return keras.ops.convert_to_numpy(model(form_of(model).encode(task.test.inputs)))


def test_a_method_for_compare_depends_on_its_seed_alone(vectors, weather):
    learn = method(vectors)
    np.testing.assert_allclose(learned(learn, weather, 1), learned(learn, weather, 1), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"fine_tune": True, "random": True}, {"filters": True}], ids=str)
def test_every_method_for_compare_learns(vectors, weather, how):
    learned(method(vectors, **how), weather, 0)


def test_padding_changes_nothing_for_filters(vectors, weather):
    model = word_vectors.add_convolution(word_vectors.sequence(vectors), weather, filters=8)
    model.layers[-1].set_weights([np.random.default_rng(0).normal(size=(8, 2)), np.zeros(2)])
    tokenizer = model.get_layer(index=1).tokenizer
    short, long = (model(tokenizer.encode(["the sun and mud"], length=n)) for n in (16, 64))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(short), keras.ops.convert_to_numpy(long), atol=1e-6)


@pytest.mark.filterwarnings("ignore:Skipping variable loading")  # of an optimizer that has not begun
def test_a_saved_model_opens_in_plain_keras(vectors, weather, tmp_path):
    with tl.quietly():
        models = [
            tl.add_head(word_vectors.average(vectors), weather),
            word_vectors.add_convolution(word_vectors.sequence(vectors), weather),
        ]
    token_ids = words.tokenizer_of(vectors.words).encode(["the sun", "rain"])
    for number, model in enumerate(models):
        path = tmp_path / f"{number}.keras"
        model.save(path)
        again = keras.models.load_model(path)
        np.testing.assert_allclose(
            keras.ops.convert_to_numpy(again(token_ids)), keras.ops.convert_to_numpy(model(token_ids)), atol=1e-6
        )


def test_the_words_that_a_base_begins_with(vectors):
    base = word_vectors.sequence(vectors, words.tokenizer_of(["sun", "##ny", "t", "s", "7"]))
    base.get_layer("word_vectors").set_weights([np.random.default_rng(0).normal(size=(7, 6))])
    found = word_vectors.of_base(base)
    assert found.words == ("sun", "t", "s", "n't", "'s")
    np.testing.assert_allclose(found.vectors.mean(axis=0), 0, atol=1e-5)
    assert found.similarity("n't", "t") == pytest.approx(1)


def test_a_base_without_word_vectors_is_refused():
    inputs = keras.Input((None,), dtype="int32")
    base = keras.Model(inputs, keras.layers.Embedding(9, 2)(inputs))
    base.tokenizer = words.tokenizer_of(["sun"])
    with pytest.raises(GuardError, match="no embedding with a vector for each of its 3 tokens"):
        word_vectors.of_base(base)


# ---------------------------------------------------------------- pictures


def test_pictures_of_word_vectors():
    figure = figures.cosines([0.0, 0.5], [0.8], 0.4, "cosines")
    assert figure.axes[0].lines[2].get_xdata().tolist() == [0.8]
    figure = figures.word_map(COMPASS, {"a": ["north", "south"], "b": ["east"], "c": ["west", "up"]}, "map")
    assert [len(found.get_offsets()) for found in figure.axes[0].collections] == [2, 1, 2]
    assert sorted(text.get_text() for text in figure.axes[0].texts) == sorted(COMPASS)
    figure = figures.leanings({"nurse": 0.1, "chief": -0.1}, {"nurse": 90, "chief": 27}, "leanings")
    assert figure.axes[0].collections[0].get_offsets().tolist() == [[90, 0.1], [27, -0.1]]


def test_the_picture_of_methods_shows_every_seed():
    rows = [
        SimpleNamespace(method=name, labels_per_class=budget, accuracies=[0.4, 0.6], low=0.3, high=0.7)
        for budget in (8, 64)
        for name in ("one", "two")
    ]
    found = SimpleNamespace(budgets=(8, 64), rows=rows, labels=[0, 1])
    figure = figures.by_method({"questions": found}, {"two": "the second", "one": "the first"}, "methods")
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["the second", "the first"]
    assert sum(list(line.get_xdata()) == [0.4, 0.6] for line in axes.lines) == 4
