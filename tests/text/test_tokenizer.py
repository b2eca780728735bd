"""Texts become the token ids that Hugging Face's own code gives, and come back from a saved file the same."""

import json

import numpy as np
import pytest
import tiny_bert
import tokenizers
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_bert import CASED, TEXTS, UNCASED

from tlteach import DataError, SourceError
from tlteach.text.sources import TEXT_SOURCES, weights_folder
from tlteach.text.tokenizer import Tokenizer, wordpiece

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
WORDY = st.lists(st.sampled_from(["The", "film", "is", "gooding", "café", "漢字", "[SEP]", "x!"]), max_size=9).map(
    " ".join
)


def oracle(words, **options) -> tokenizers.BertWordPieceTokenizer:
    vocabulary = {word: number for number, word in enumerate(words)}
    return tokenizers.BertWordPieceTokenizer(vocabulary, **options)


@pytest.fixture(scope="module")
def uncased(tmp_path_factory) -> Tokenizer:
    return wordpiece(tiny_bert.write(tmp_path_factory.mktemp("uncased")), 24)


@pytest.fixture(scope="module")
def cased(tmp_path_factory) -> Tokenizer:
    folder = tiny_bert.write(tmp_path_factory.mktemp("cased"), CASED, settings={"do_lower_case": False})
    return wordpiece(folder, 24)


@settings(deadline=None)
@given(text=ANY_TEXT | WORDY)
def test_equals_hugging_face(uncased, cased, text):
    for ours, theirs in ((uncased, oracle(UNCASED)), (cased, oracle(CASED, lowercase=False))):
        theirs.enable_truncation(24)
        ids = ours.encode([text])[0]
        assert ids[ids != 0].tolist() == [number for number in theirs.encode(text).ids if number]
        assert ours.lengths([text]).tolist() == [len(theirs.encode(text).ids)]


def test_capitals_and_accents(uncased, cased):
    assert uncased.tokens("The CAFÉ") == ["[CLS]", "the", "cafe", "[SEP]"]
    assert cased.tokens("The café") == ["[CLS]", "The", "café", "[SEP]"]
    assert "[UNK]" not in cased.tokens("the cafe")


def test_settings_come_from_either_file(tmp_path):
    tiny_bert.write(tmp_path, CASED)
    assert wordpiece(tmp_path, 24).tokens("The")[1] == "the"  # nobody says it
    normalizer = {"type": "BertNormalizer", "lowercase": False, "strip_accents": None, "handle_chinese_chars": True}
    words = {word: number for number, word in enumerate(CASED)}
    made = {"normalizer": normalizer, "model": {"type": "WordPiece", "vocab": words}}
    (tmp_path / "tokenizer.json").write_text(json.dumps(made))
    assert wordpiece(tmp_path, 24).tokens("The")[1] == "The"
    (tmp_path / "vocab.txt").unlink()
    assert wordpiece(tmp_path, 24).tokens("The")[1] == "The"
    (tmp_path / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    assert wordpiece(tmp_path, 24).tokens("The")[1] == "the"


def test_minilm_equals_hugging_face():
    source = TEXT_SOURCES["minilm"]
    folder = weights_folder(source) or pytest.skip(f"MiniLM is not here; to have it: {source.install}")
    ours = wordpiece(folder, 64)
    assert (ours.vocabulary_size, ours.padding_id, ours.unknown_id) == (30522, 0, 100)
    stored = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    stored.enable_truncation(64)
    stored.enable_padding(length=64)
    texts = [*TEXTS, "Unbelievable Ångström naïve — 漢字 🙂 isn't\u00a0it? [MASK]", "word " * 99]
    theirs = [encoding.ids for encoding in stored.encode_batch(texts)]
    np.testing.assert_array_equal(ours.encode(texts), theirs)


def test_rows_are_padded_to_few_lengths(uncased):
    assert uncased.encode([]).shape == (0, 16)
    assert uncased.encode([""]).shape == (1, 16)
    assert uncased.encode(["a " * 14]).shape == (1, 16)
    assert uncased.encode(["a " * 15]).shape == (1, 24)  # 32, were it not for max_tokens
    ids = uncased.encode(["a " * 99, "a"])
    assert ids.dtype == np.int32
    assert ids.shape == (2, 24)
    assert uncased.decode(ids[0]).split() == ["a"] * 22
    assert ids[0, [0, -1]].tolist() == [UNCASED.index("[CLS]"), UNCASED.index("[SEP]")]
    assert ids[1, 3:].tolist() == [uncased.padding_id] * 21
    assert uncased.lengths(["", "a", "a " * 99]).tolist() == [2, 3, 24]


def test_a_given_length_fills_up_or_cuts(uncased):
    assert uncased.encode(["a"], length=20).shape == (1, 20)
    ids = uncased.encode(["a " * 99, "b"], length=5)
    assert uncased.decode(ids[0]) == "a a a"
    assert ids[0, -1] == UNCASED.index("[SEP]")
    assert ids[1, 3:].tolist() == [0, 0]


@settings(deadline=None, max_examples=30)
@given(texts=st.lists(ANY_TEXT | WORDY, max_size=5))
def test_saved_and_loaded_is_the_same(uncased, tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("saved") / "tokenizer.json"
    uncased.save(path)
    loaded = Tokenizer.load(path)
    assert repr(loaded) == repr(uncased)
    np.testing.assert_array_equal(loaded.encode(texts), uncased.encode(texts))
    plain = tokenizers.Tokenizer.from_file(str(path))  # without tlteach
    assert [encoding.ids[:2] for encoding in plain.encode_batch(texts)] == [
        row[:2].tolist() for row in uncased.encode(texts)
    ]
    assert [entry.name for entry in path.parent.iterdir()] == ["tokenizer.json"]


def test_other_tokens_for_padding_and_unknown_are_kept(tmp_path):
    wrapped = tokenizers.Tokenizer(tokenizers.models.BPE({"<end>": 0, "a": 1, "b": 2}, []))
    wrapped.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    made = Tokenizer(wrapped, 8, padding="<end>", unknown=None)
    assert made.unknown_id is None
    made.save(tmp_path / "tokenizer.json")
    loaded = Tokenizer.load(tmp_path / "tokenizer.json")
    assert (loaded.padding, loaded.unknown, loaded.max_tokens) == ("<end>", None, 8)
    assert loaded.encode(["a b"]).tolist() == [[1, 2, 0, 0, 0, 0, 0, 0]]
    assert wrapped.truncation is None  # the caller's own is as it was


def test_repr_tells_tokenizers_apart(uncased, cased):
    shorter = Tokenizer(uncased.tokenizer, 16)
    assert len({repr(uncased), repr(cased), repr(shorter)}) == 3
    assert repr(uncased).startswith(f"<Tokenizer of {len(UNCASED)} tokens, at most 24 a text, ")


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ("one text", "Put it into a list"),
        (["a", None], r"row 1 is not a text but None \(NoneType\)"),
        (["a", "b", float("nan")], r"row 2 is not a text but nan \(float\)"),
        ([b"bytes"], "row 0 is not a text but b'bytes'"),
        (["a", "half \ud83d"], "row 1 has half a character at place 5"),
    ],
)
def test_what_is_no_text_is_named_by_its_row(uncased, texts, message):
    with pytest.raises(DataError, match=message):
        uncased.encode(texts)
    with pytest.raises(DataError, match=message):
        uncased.lengths(texts)


def test_vocabularies_that_cannot_serve_are_refused(tmp_path, uncased):
    with pytest.raises(SourceError, match=r"neither vocab\.txt nor tokenizer\.json"):
        wordpiece(tmp_path, 24)
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\nword\n")
    with pytest.raises(SourceError, match=r"lacks \[CLS\], \[SEP\]"):
        wordpiece(tmp_path, 24)
    (tmp_path / "vocab.txt").write_bytes(b"[PAD]\n\xff\xfe\n")
    with pytest.raises(SourceError, match=r"not UTF-8 text \(byte 6\)"):
        wordpiece(tmp_path, 24)
    (tmp_path / "vocab.txt").unlink()
    (tmp_path / "tokenizer.json").write_text('{"model": {"type": "BPE", "vocab": {}}}')
    with pytest.raises(SourceError, match="of the type BPE"):
        wordpiece(tmp_path, 24)
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(SourceError, match="cannot be read"):
        wordpiece(tmp_path, 24)
    with pytest.raises(SourceError, match="not a tokenizer"):
        Tokenizer.load(tmp_path / "tokenizer.json")
    with pytest.raises(SourceError, match="There is no"):
        Tokenizer.load(tmp_path / "elsewhere.json")
    bare = tokenizers.Tokenizer.from_str(uncased.tokenizer.to_str())
    bare.no_truncation()
    bare.save(str(tmp_path / "bare.json"))
    with pytest.raises(SourceError, match="how many tokens"):
        Tokenizer.load(tmp_path / "bare.json")
    with pytest.raises(SourceError, match="no <pad> token"):
        Tokenizer(uncased.tokenizer, 24, padding="<pad>")
    with pytest.raises(DataError, match="max_tokens=2 leaves no room"):
        Tokenizer(uncased.tokenizer, 2)


def test_windows_line_ends_and_strange_tokens_in_the_vocabulary(tmp_path):
    tiny_bert.write(tmp_path)
    words = [*UNCASED, "\u2028", "last"]  # a line separator to str.splitlines
    (tmp_path / "vocab.txt").write_bytes("\r\n".join(words).encode())
    made = wordpiece(tmp_path, 24)
    assert made.vocabulary_size == len(words)
    assert made.encode(["last"])[0, 1] == len(words) - 1
