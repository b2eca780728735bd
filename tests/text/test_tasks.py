"""Text tasks: splits as token ids and batches, tasks of texts in memory, and ours in both tiers."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import labels_by_text, reasons, rows_of, texts_of, word_tokenizer, write_rows

from tlteach import tasks
from tlteach.core.errors import DataError, FetchError, GuardError
from tlteach.engine.batches import order_of_rows
from tlteach.text import full_texts
from tlteach.text.copies import fingerprint
from tlteach.text.splits import TextSplit

TEXTS = texts_of(50)
LABELS = np.arange(50) % 2


@pytest.fixture
def split() -> TextSplit:
    return TextSplit([*TEXTS[:48], "w " * 30, "w " * 100], LABELS, 2)


@pytest.fixture
def tokenizer():
    pytest.importorskip("tokenizers")
    return word_tokenizer([*TEXTS, "w"])


def epoch_of(batches) -> list[tuple[np.ndarray, np.ndarray]]:
    found = [batches[index] for index in range(len(batches))]
    batches.on_epoch_end()
    return found


# --- splits as token ids


def test_token_ids_are_those_of_the_tokenizer_whether_kept_or_not(split, tokenizer):
    rows = [3, 48, 1]
    before = split.load(rows, tokenizer)
    assert split.token_counts(tokenizer).tolist() == tokenizer.lengths(split.inputs).tolist()
    after = split.load(rows, tokenizer)
    assert np.array_equal(before, after)
    assert np.array_equal(after, tokenizer.encode([split.inputs[row] for row in rows]))
    assert after.dtype == np.int32
    assert after.shape == (3, 32)
    for length in (8, 40):
        expected = tokenizer.encode([split.inputs[row] for row in rows], length)
        assert np.array_equal(split.load(rows, tokenizer, length), expected)
        assert np.array_equal(split.take(rows).load(range(3), tokenizer, length), expected)


def test_lengths_are_rounded_up_and_cut_at_the_most(split, tokenizer):
    assert split.token_counts(tokenizer)[-2:].tolist() == [32, 64]
    assert set(split.padded_lengths(tokenizer)[:48].tolist()) == {16}
    assert split.padded_lengths(tokenizer)[-2:].tolist() == [32, 64]
    token_ids, labels = split.arrays(tokenizer)
    assert token_ids.shape == (50, 64)
    assert np.array_equal(labels, LABELS)
    assert word_tokenizer(TEXTS, max_tokens=20).encode(["w " * 30]).shape == (1, 20)


def test_texts_are_tokenised_once(split, tokenizer, monkeypatch):
    taken = split.take(range(10))
    for some in (split, taken):
        some.token_counts(tokenizer)
    subset = split.take([5, 2])
    monkeypatch.setattr(type(tokenizer), "encode", None)
    epoch_of(split.batches(tokenizer))
    epoch_of(taken.batches(tokenizer))
    assert subset.load([0], tokenizer).tolist() == split.load([5], tokenizer).tolist()


def test_two_tokenizers_do_not_share_token_ids(split, tokenizer):
    other = word_tokenizer(["entirely", "other", "words"])
    first = split.arrays(tokenizer)[0]
    assert not np.array_equal(split.arrays(other)[0], first)
    assert np.array_equal(split.arrays(tokenizer)[0], first)


def test_a_split_takes_counts_and_prints(split):
    assert repr(split) == "<TextSplit of 50 texts, per class (25, 25)>"
    some = split.take(np.array([4, 1, 1]))
    assert some.inputs == (TEXTS[4], TEXTS[1], TEXTS[1])
    assert some.class_counts == (1, 2)
    assert some.fingerprints() == [split.fingerprints()[row] for row in (4, 1, 1)]
    assert some.digest() == TextSplit(some.inputs, some.labels, 2).digest()


# --- batches


def test_batches_have_their_rows_in_order_and_about_their_own_length(split, tokenizer):
    batches = split.batches(tokenizer, batch_size=8, shuffle=True, seed=3)
    for epoch in range(3):
        order = order_of_rows(50, True, 3, epoch)
        for index, (token_ids, labels) in enumerate(epoch_of(batches)):
            rows = order[index * 8 : index * 8 + 8]
            expected = tokenizer.encode([split.inputs[row] for row in rows])
            length = expected.shape[1]
            assert np.array_equal(token_ids[:, :length], expected)
            assert (token_ids[:, length:] == tokenizer.padding_id).all()
            assert token_ids.shape[1] in (length, length + 16)
            assert np.array_equal(labels, split.labels[rows])
            assert (token_ids.dtype, labels.dtype) == (np.int32, np.int32)


def test_batches_repeat_for_a_seed_in_whatever_order_they_are_asked_for(split, tokenizer):
    one, two = (split.batches(tokenizer, batch_size=8, shuffle=True) for _ in range(2))
    forward = [one[index][0] for index in range(len(one))]
    backward = [two[index][0] for index in reversed(range(len(two)))]
    assert all(np.array_equal(a, b) for a, b in zip(forward, reversed(backward), strict=True))


def test_augmentation_is_a_function_of_token_ids(split, tokenizer):
    batches = split.batches(tokenizer, augment=lambda token_ids: token_ids[:, ::-1])
    token_ids = batches[0][0]
    assert token_ids.dtype == np.int32
    assert np.array_equal(token_ids[:, ::-1], split.batches(tokenizer)[0][0])


@pytest.mark.parametrize("words", [(40, 40, 9, 20), (9, 40, 9, 9), (90, 90, 9, 40)])
def test_fit_reads_batches_of_any_lengths(tokenizer, words):
    split = TextSplit(["w " * n for n in words for _ in range(8)], np.arange(32) % 2, 2)
    keras = pytest.importorskip("keras")
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    vectors = keras.layers.Embedding(tokenizer.vocabulary_size, 4)(token_ids)
    outputs = keras.layers.Dense(2)(keras.layers.GlobalAveragePooling1D()(vectors))
    model = keras.Model(token_ids, outputs)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    batches = split.batches(tokenizer, batch_size=8)
    model.fit(batches, validation_data=split.batches(tokenizer, batch_size=8), epochs=2, shuffle=False, verbose=0)
    assert model.predict(split.batches(tokenizer, batch_size=8), verbose=0).shape == (32, 2)


# --- fingerprints


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("It's fine, really!", "its FINE   really", True),
        ("ﬁne, ２nd\u200b\u00adline", "fine 2nd\nline", True),
        ("Straße", "STRASSE", True),
        ("café", "cafe\u0301", True),
        ("good", "not good", False),
        ("café", "cafe", False),
        ("I win £5", "I win $5", False),
        ("nice 😊", "nice 😞", False),
        ("...", "?!", False),
        ("中奖了", "中奖", False),
    ],
)
def test_copies_of_a_text_share_its_fingerprint(one, other, same):
    assert (fingerprint(one) == fingerprint(other)) == same


@given(st.text())
def test_any_text_has_a_fingerprint_that_case_and_spaces_do_not_change(text):
    assert len(fingerprint(text)) == 32
    assert fingerprint(f"  {text}\n") == fingerprint(text)


def test_the_digest_tells_letters_and_order():
    one = TextSplit(["a b", "c"], [0, 1], 2)
    for inputs in (["a", "b c"], ["c", "a b"], ["A b", "c"], ["a b", "c."]):
        assert TextSplit(inputs, [0, 1], 2).digest() != one.digest()


def test_the_leak_guard_reads_texts():
    no_leak = pytest.importorskip("tlteach.guards").no_leak
    one, other = TextSplit(TEXTS[:9], LABELS[:9], 2), TextSplit(TEXTS[9:20], LABELS[9:20], 2)
    assert "no identical input stands in two splits" in no_leak(train=one, test=other)
    with pytest.raises(GuardError, match="1 of the 2 inputs of test stand in train"):
        no_leak(train=one, test=TextSplit([TEXTS[3].upper() + "!", "new"], [0, 1], 2))


# --- texts in memory


def test_texts_become_a_task():
    task = tasks.from_texts(TEXTS, LABELS, ("even", "odd"), name="numbered")
    assert (task.name, task.modality, task.tier, task.class_names) == ("numbered", "text", "own", ("even", "odd"))
    assert (task.train.class_counts, task.test.class_counts) == ((17, 17), (4, 4))
    assert labels_by_text(task) == {text: ("even", "odd")[label] for text, label in zip(TEXTS, LABELS, strict=True)}
    again = tasks.from_texts(TEXTS, LABELS, ("even", "odd"))
    assert again.test.inputs == task.test.inputs
    assert tasks.from_texts(TEXTS, LABELS, ("even", "odd"), seed=1).test.inputs != task.test.inputs


def test_class_names_keep_their_order_in_memory():
    task = tasks.from_texts(TEXTS, LABELS, ("zebra", "ant"))
    assert task.class_names == ("zebra", "ant")
    assert labels_by_text(task)[TEXTS[0]] == "zebra"


def test_copies_and_empty_texts_in_memory_are_left_out():
    texts = [*TEXTS[:40], "", TEXTS[3].upper(), "both", "BOTH"]
    task = tasks.from_texts(texts, np.arange(44) % 2, ("even", "odd"))
    assert {item.where for item in task.left_out} == {"inputs[40]", "inputs[41]", "inputs[42]", "inputs[43]"}
    assert len(labels_by_text(task)) == 40


@pytest.mark.parametrize(
    ("texts", "labels", "names", "words"),
    [
        ("one string", [0] * 10, ("a", "b"), "one string"),
        ([*TEXTS[:3], None], [0, 1, 0, 1], ("a", "b"), r"inputs\[3\] is of the type NoneType"),
        (TEXTS, LABELS[:9], ("a", "b"), "one integer per text"),
        (TEXTS, LABELS + 1, ("a", "b"), "label of text 1"),
        (TEXTS, LABELS, ("a", "a"), "class_names"),
        (TEXTS, LABELS, ("a", "b", "c"), "'c' has no usable text"),
        (["same"] * 50, LABELS, ("a", "b"), "'a' has no usable text.*contradict"),
        ([" "] * 50, LABELS, ("a", "b"), "no row with a text"),
        (TEXTS[:4], LABELS[:4], ("a", "b"), "2 texts, too few"),
    ],
)
def test_texts_that_cannot_be_learned_from_are_refused(texts, labels, names, words):
    with pytest.raises(DataError, match=words):
        tasks.from_texts(texts, labels, names)


def test_a_subset_of_texts_is_drawn_as_one_of_pictures_is():
    task = tasks.from_texts(TEXTS, LABELS, ("even", "odd"))
    small, large = task.subset(3), task.subset(8)
    assert small.train.class_counts == (3, 3)
    assert set(small.train.inputs) < set(large.train.inputs) < set(task.train.inputs)
    assert small.test is task.test
    assert small.notes[-1] == "train is a subset of 3 texts of each class, seed 0."
    with pytest.raises(DataError, match="Cannot draw 99 training texts of each class"):
        task.subset(99)


def test_a_text_task_prints_as_a_table():
    task = tasks.from_texts([*TEXTS[:48], "two words", ""], LABELS, ("even", "odd"), name="numbers")
    assert str(task).splitlines() == [
        "numbers: 2 classes, own tier",
        "class        train  validation    test",
        "even            17           4       4",
        "odd             16           4       4",
        "all             33           8       8",
        "1 rows were left out; task.left_out names them and says why.",
        "Half of the texts have at most 7 words (38 characters), the longest 11 (56).",
        "Cut from all texts, class by class, with seed 0: validation (15%) and test (15%).",
    ]


# --- ours


def test_by_name_knows_ours_and_takes_files(tmp_path):
    path = write_rows(tmp_path / "reviews.csv", [("text", "label"), *rows_of(40)])
    assert tasks.by_name(str(path)).name == "reviews"
    assert tasks.by_name(str(path), text="Text", label="label").n_classes == 2
    assert tasks.by_name(str(write_rows(tmp_path / "sms", rows_of(40), "\t")), text=0, label=1).name == "sms"
    for name in ("film_reviews", "film_reviews_hard", "questions", "mail", "mail_giulia", "mail_wei"):
        assert tasks.by_name(name).name == name
    with pytest.raises(DataError, match=r"nor a file of texts.*film_reviews.*sms_spam"):
        tasks.by_name("film_revues")
    for name in ("questions", str(tmp_path)):
        with pytest.raises(DataError, match="has no columns to name"):
            tasks.by_name(name, text="text")


def test_the_bundled_texts_are_whole():
    for task in (tasks.film_reviews(), tasks.film_reviews_hard(), tasks.questions(), tasks.mail()):
        assert (task.tier, task.modality, task.left_out) == ("bundled", "text", ())
    with pytest.raises(DataError, match="huge"):
        tasks.film_reviews("huge")


def test_the_mail_of_one_person_is_a_task_of_its_own():
    giulia, wei, both = tasks.mail("giulia"), tasks.mail("wei"), tasks.mail()
    assert (giulia.name, wei.name, both.name) == ("mail_giulia", "mail_wei", "mail")
    assert set(giulia.test.inputs) | set(wei.test.inputs) == set(both.test.inputs)
    assert not set(giulia.test.inputs) & set(wei.test.inputs)
    assert giulia.class_names == wei.class_names == ("spam", "wanted")
    with pytest.raises(DataError, match="giulia, wei"):
        tasks.mail("anna")


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path / "mirror"))
    (tmp_path / "mirror").mkdir()
    return tmp_path / "mirror"


def put_imdb(mirror, monkeypatch):
    """Put stand-ins for the two files of Keras into the mirror: 40 + 20 reviews of words that have numbers."""
    reviews = [text.split() for text in texts_of(60)]
    index = {word: k for k, word in enumerate(sorted({word for review in reviews for word in review}), 1)}
    numbered = [[index[word] for word in review] for review in reviews]
    numbered[46] = numbered[3]  # a review of train stands in test too
    arrays = {}
    for split, some in {"train": slice(0, 40), "test": slice(40, 60)}.items():
        arrays[f"x_{split}"] = np.array(numbered[some], dtype=object)
        arrays[f"y_{split}"] = np.arange(60)[some] // 2 % 2
    np.savez(mirror / "imdb.npz", **arrays)
    content = json.dumps(index).encode()
    (mirror / "imdb_word_index.json").write_bytes(content)
    monkeypatch.setattr(full_texts, "IMDB_SHA256", hashlib.sha256((mirror / "imdb.npz").read_bytes()).hexdigest())
    monkeypatch.setattr(full_texts, "IMDB_WORDS_MD5", hashlib.md5(content).hexdigest())


def test_imdb_is_turned_back_into_words(mirror, monkeypatch):
    put_imdb(mirror, monkeypatch)
    task = tasks.by_name("imdb")
    assert (task.name, task.tier, task.class_names) == ("imdb", "full", ("negative", "positive"))
    assert (len(task.train), len(task.validation), len(task.test)) == (33, 6, 20)
    texts = texts_of(60)
    assert set(task.test.inputs) == {*texts[40:46], texts[3], *texts[47:]}
    assert reasons(task) == {"inputs[3]": "the same text as inputs[46]"}
    assert labels_by_text(task)[texts[2]] == "positive"
    assert "Cut from the given train split, class by class, with seed 0: validation (15%)." in task.notes
    assert tasks.film_reviews("full").name == "imdb"


def test_other_imdb_files_are_refused(mirror, monkeypatch):
    put_imdb(mirror, monkeypatch)
    (mirror / "imdb_word_index.json").write_text("{}")
    with pytest.raises(FetchError, match="md5"):
        tasks.imdb()
    (mirror / "imdb.npz").write_bytes(b"a pickle of somebody else")
    (mirror.parent / "home" / "downloads" / "imdb.npz").unlink()
    with pytest.raises(FetchError, match="sha256"):
        tasks.imdb()


def put_sms(mirror, monkeypatch, content: bytes, name: str = "SMSSpamCollection"):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("readme", "about the messages")
        opened.writestr(name, content)
    (mirror / "sms+spam+collection.zip").write_bytes(archive.getvalue())


MESSAGES = "".join(f'{("ham", "spam")[k % 2]}\t"{text}\n' for k, text in enumerate(texts_of(40))).encode()


def test_sms_spam_is_unpacked_checked_and_read_once(mirror, monkeypatch, capsys):
    put_sms(mirror, monkeypatch, MESSAGES)
    monkeypatch.setattr(full_texts, "SMS_SHA256", hashlib.sha256(MESSAGES).hexdigest())
    task = tasks.by_name("sms_spam")
    assert (task.name, task.tier, task.class_names) == ("sms_spam", "full", ("ham", "spam"))
    assert len(labels_by_text(task)) == 40
    (mirror / "sms+spam+collection.zip").unlink()
    assert tasks.sms_spam().test.inputs == task.test.inputs
    assert [item.name for item in (mirror.parent / "home" / "sms_spam").iterdir()] == ["SMSSpamCollection"]


@pytest.mark.parametrize("content", [MESSAGES, b"x" * 500_000])
def test_other_messages_are_refused(mirror, monkeypatch, content):
    put_sms(mirror, monkeypatch, content)
    with pytest.raises(FetchError, match="sha256"):
        tasks.sms_spam()
    assert not (mirror.parent / "home" / "sms_spam").exists()


def test_an_archive_without_the_messages_is_refused(mirror, monkeypatch):
    put_sms(mirror, monkeypatch, MESSAGES, "else.txt")
    with pytest.raises(FetchError, match="Move it away"):
        tasks.sms_spam()
    (mirror.parent / "home" / "downloads" / "sms+spam+collection.zip").write_bytes(b"not an archive")
    with pytest.raises(FetchError, match="Move it away"):
        tasks.sms_spam()


def test_offline_the_full_texts_say_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path))
    monkeypatch.delenv("TLTEACH_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name, make in (("SMS_URL", tasks.sms_spam), ("IMDB_URL", tasks.imdb)):
        monkeypatch.setattr(full_texts, name, f"http://127.0.0.1:9/{name.lower()}.zip")
        with pytest.raises(FetchError, match="TLTEACH_MIRROR"):
            make()


def test_the_real_sms_collection_is_the_one_that_is_expected(real):
    content = (real / "sms_spam" / "SMSSpamCollection").read_bytes()
    assert len(content) == full_texts.SMS_BYTES
    assert hashlib.sha256(content).hexdigest() == full_texts.SMS_SHA256
