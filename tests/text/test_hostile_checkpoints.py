"""Folders of encoders that are damaged or lie: each ends in a sentence that names the file, and before it is built."""

import json
import struct

import numpy as np
import pytest
import tiny_bert
import tokenizers
from safetensors.numpy import load_file
from tokenizers import models

from tlteach.core.errors import GuardError, SourceError
from tlteach.recipe import base_model
from tlteach.text.form import open_form
from tlteach.text.sources import build, source_from_folder


@pytest.fixture
def folder(tmp_path):
    return tiny_bert.write(tmp_path / "bert", settings={"do_lower_case": True})


NESTED = b"[" * 100_000
CONFIGS = [
    {"hidden_size": "16"}, {"hidden_size": 0}, {"hidden_size": None}, {"hidden_size": [1]}, {"hidden_size": 10**12},
    {"num_attention_heads": 0}, {"num_hidden_layers": -1}, {"num_hidden_layers": 10**9}, {"num_hidden_layers": "2"},
    {"max_position_embeddings": 10**9}, {"vocab_size": 10**12}, {"vocab_size": 10}, {"type_vocab_size": 0},
    {"layer_norm_eps": "x"}, {"layer_norm_eps": float("nan")}, {"intermediate_size": 0}, {"hidden_act": ["gelu"]},
    {"pad_token_id": 10**6}, {"pad_token_id": -1},
]  # fmt: skip
NO_JSON = [b"", b"[]", b"null", b'"x"', NESTED, b"\xff\xfe", b'{"hidden_size": ' + b"9" * 10_000 + b"}"]
WORDS = "\n".join(tiny_bert.UNCASED)
VOCABULARIES = ["", "\0" * 100, "[PAD]\n", "a" * 10**7, f"{WORDS}\nthe", WORDS.replace("\n", "\n\n"), f"{WORDS}\nmore"]
TOKENIZERS = [
    {"model": {"vocab": ["a", "b"]}}, {"model": {"vocab": {"a": "b"}}}, {"model": 7}, {"normalizer": "x"},
    {"model": {"vocab": {word: 10 * number for number, word in enumerate(tiny_bert.UNCASED)}}},
]  # fmt: skip


def refused(folder):
    with pytest.raises(SourceError) as caught:
        build(source_from_folder(folder))
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("said", CONFIGS, ids=str)
def test_a_config_that_makes_no_sense_is_refused(folder, said):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    refused(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "sentence_bert_config.json"])
@pytest.mark.parametrize("content", NO_JSON, ids=range(len(NO_JSON)))
def test_what_is_no_json_object_is_refused(folder, name, content):
    (folder / name).write_bytes(content)
    refused(folder)


@pytest.mark.parametrize("content", VOCABULARIES, ids=range(len(VOCABULARIES)))
def test_a_vocabulary_of_another_model_is_refused(folder, content):
    (folder / "vocab.txt").write_text(content)
    refused(folder)


@pytest.mark.parametrize("said", TOKENIZERS, ids=range(len(TOKENIZERS)))
def test_a_damaged_tokenizer_in_the_place_of_the_vocabulary_is_refused(folder, said):
    (folder / "vocab.txt").unlink()
    (folder / "tokenizer.json").write_text(json.dumps(said))
    refused(folder)


def test_settings_of_another_kind_are_refused(folder):
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": "no"}')
    refused(folder)
    (folder / "tokenizer_config.json").unlink()
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": "long"}')
    refused(folder)


def with_header(data, change):
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    change(next(value for name, value in header.items() if name != "__metadata__"))
    written = json.dumps(header).encode()
    return struct.pack("<Q", len(written)) + written + data[8 + length :]


WEIGHTS = {
    "nothing": lambda data: b"",
    "cut off": lambda data: data[: len(data) // 2],
    "noise": lambda data: np.random.default_rng(0).bytes(len(data)),
    "a header without end": lambda data: struct.pack("<Q", 2**63) + data[8:],
    "a header longer than the file": lambda data: struct.pack("<Q", 2 * len(data)) + data[8:],
    "a header of nothing": lambda data: struct.pack("<Q", 0) + data[8:],
    "a tensor outside of the file": lambda data: with_header(data, lambda one: one.update(data_offsets=[0, 10**12])),
    "a kind of number that is none": lambda data: with_header(data, lambda one: one.update(dtype="XX")),
    "another kind of number": lambda data: with_header(data, lambda one: one.update(dtype="BF16")),
    "another shape": lambda data: with_header(data, lambda one: one.update(shape=[10**12])),
}


@pytest.mark.parametrize("kind", WEIGHTS)
def test_damaged_weights_are_refused(folder, kind):
    path = folder / "model.safetensors"
    path.write_bytes(WEIGHTS[kind](path.read_bytes()))
    refused(folder)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(folder, value):
    arrays = load_file(folder / "model.safetensors")
    tiny_bert.rewrite(folder, {name: np.full_like(array, value) for name, array in arrays.items()})
    with pytest.raises(GuardError):
        base_model(source_from_folder(folder))


def test_the_tokenizer_of_another_run_is_refused(folder, tmp_path):
    model = build(source_from_folder(folder))
    words = {word: 10 * number for number, word in enumerate(tiny_bert.UNCASED)}
    other = tokenizers.Tokenizer(models.WordPiece(words, unk_token="[UNK]"))
    other.enable_truncation(32)
    other.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(SourceError, match=r"token ids up to 770, and the model beside it knows 78 tokens"):
        open_form(tmp_path, model)
