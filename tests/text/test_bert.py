"""The encoder equals transformers, whatever the shape; checkpoints are read whole or refused with a reason."""

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import keras
import make_text_reference as reference
import numpy as np
import pytest
import tiny_bert
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file

from tlteach import SourceError
from tlteach.engine import boundary
from tlteach.engine.network import blocks
from tlteach.text import bert
from tlteach.text.bert_files import NAMES
from tlteach.text.form import form_of
from tlteach.text.sources import TEXT_SOURCES, weights_folder

STORED = np.load(reference.HERE / "text_reference.npz")


def run(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(token_ids, training=False))


def with_weights(folder: Path) -> keras.Model:
    model = bert.encoder(bert.read_config(folder))
    bert.load_weights(model, folder)
    return model


def assert_same_where_text_is(found: np.ndarray, expected: np.ndarray, token_ids: np.ndarray, atol=1e-4):
    is_token = token_ids != 0
    np.testing.assert_allclose(found[is_token], expected[is_token], atol=atol)


def in_numpy(folder: Path, token_ids: np.ndarray) -> np.ndarray:
    """BERT once more, without Keras and one text at a time, so that there is no padding: the oracle."""
    config, w = json.loads((folder / "config.json").read_text()), load_file(folder / "model.safetensors")
    heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
    gelu = np.vectorize(lambda x: x * 0.5 * (1 + math.erf(x / math.sqrt(2))))

    def dense(x, name):
        return x @ w[f"{name}.weight"].T.astype("float64") + w[f"{name}.bias"]

    def norm(x, name):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + epsilon)
        return x * w[f"{name}.weight"] + w[f"{name}.bias"]

    def apart(x):
        return x.reshape(len(x), heads, -1).swapaxes(0, 1)

    vectors = np.zeros((*token_ids.shape, config["hidden_size"]))
    for out, row in zip(vectors, token_ids, strict=True):
        ids = row[row != 0]
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][: len(ids)]
        x = norm(x + w["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for number in range(config["num_hidden_layers"]):
            name = f"encoder.layer.{number}"
            q, k, v = (apart(dense(x, f"{name}.attention.self.{part}")) for part in ("query", "key", "value"))
            scores = np.exp(q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1]))
            seen = (scores / scores.sum(-1, keepdims=True) @ v).swapaxes(0, 1).reshape(len(ids), -1)
            x = norm(x + dense(seen, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
            thought = dense(gelu(dense(x, f"{name}.intermediate.dense")), f"{name}.output.dense")
            x = norm(x + thought, f"{name}.output.LayerNorm")
        out[: len(ids)] = x
    return vectors


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tiny_bert.write(tmp_path_factory.mktemp("checkpoints") / "tiny")


@pytest.fixture(scope="module")
def minilm() -> Path:
    source = TEXT_SOURCES["minilm"]
    return weights_folder(source) or pytest.skip(f"MiniLM is not here; to have it: {source.install}")


# ---------------------------------------------------------------- the same numbers as the reference


@pytest.mark.parametrize("name", reference.SHAPES)
def test_equals_stored_vectors_of_transformers(tmp_path, name):
    model = with_weights(tiny_bert.write(tmp_path, **reference.SHAPES[name]))
    token_ids = STORED[f"{name}_ids"]
    assert (token_ids == 0).any()
    assert_same_where_text_is(run(model, token_ids), STORED[f"{name}_vectors"], token_ids, atol=2e-5)


def test_minilm_equals_stored_vectors_of_transformers(minilm):
    base = bert.build(minilm, 128)
    token_ids = base.tokenizer.encode(reference.TEXTS)
    stored_ids = STORED["minilm_ids"]
    np.testing.assert_array_equal(token_ids[:, : stored_ids.shape[1]], stored_ids)
    assert not token_ids[:, stored_ids.shape[1] :].any()
    np.testing.assert_allclose(run(base, token_ids), STORED["minilm_means"], atol=1e-5)
    vectors = run(with_weights(minilm), stored_ids)[:, :, :: reference.STEP]
    assert_same_where_text_is(vectors, STORED["minilm_vectors"], stored_ids, atol=2e-5)
    for row, ids in enumerate(stored_ids):  # each without any padding
        found = run(base, ids[None, ids != 0])
        np.testing.assert_allclose(found[0], STORED["minilm_means"][row], atol=1e-5)


def test_equals_transformers_itself(folder):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    pytest.importorskip("transformers", reason="transformers is not installed")
    token_ids = reference.random_ids("here and now", {"vocab_size": len(tiny_bert.UNCASED)})
    expected = reference.reference(folder, token_ids)
    assert_same_where_text_is(run(with_weights(folder), token_ids), expected, token_ids, atol=2e-5)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 999),
    heads=st.integers(1, 4),
    # Not 1: there, Keras 3.15 on TensorFlow adds the bias of heads to tokens where there are as many of both.
    head_width=st.integers(2, 6),
    inner=st.integers(1, 20),
    n_blocks=st.integers(1, 3),
    lengths=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    more=st.integers(0, 3),
)
def test_equals_numpy_for_any_shape_and_length(tmp_path, seed, heads, head_width, inner, n_blocks, lengths, more):
    words = [*tiny_bert.SPECIAL, *(f"word{i}" for i in range(seed % 7 + 1))]
    shape = {"num_attention_heads": heads, "hidden_size": heads * head_width, "num_hidden_layers": n_blocks}
    tiny_bert.write(tmp_path, words, seed, intermediate_size=inner, layer_norm_eps=1e-3, **shape)
    token_ids = np.random.default_rng(seed).integers(1, len(words), (len(lengths), max(lengths) + more))
    for row, length in zip(token_ids, lengths, strict=True):
        row[length:] = 0
    found = run(with_weights(tmp_path), token_ids)
    assert np.isfinite(found).all()
    assert_same_where_text_is(found, in_numpy(tmp_path, token_ids), token_ids)


def test_the_base_gives_the_mean_of_what_is_not_padding(folder):
    base, encoder = bert.build(folder, 32), with_weights(folder)
    token_ids = base.tokenizer.encode(tiny_bert.TEXTS)
    vectors, is_token = run(encoder, token_ids), token_ids != 0
    expected = [row[mask].mean(axis=0) for row, mask in zip(vectors, is_token, strict=True)]
    np.testing.assert_allclose(run(base, token_ids), expected, atol=1e-5)
    assert base.input_shape == (None, None)
    assert base.output_shape == (None, 16)
    nothing = run(base, np.zeros((1, 16), "int32"))
    np.testing.assert_array_equal(nothing, np.zeros((1, 16)))


def test_any_batch_and_length_give_the_same(folder):
    base = bert.build(folder, 48)
    alone = [run(base, base.tokenizer.encode([text]))[0] for text in tiny_bert.TEXTS]
    for length in (32, 48):
        together = run(base, base.tokenizer.encode(tiny_bert.TEXTS, length))
        np.testing.assert_allclose(together, alone, atol=1e-5)


# ---------------------------------------------------------------- the graph


def test_blocks_are_found_and_named(folder):
    base = bert.build(folder, 32, name="small")
    assert [block.name for block in blocks(base)][-2:] == ["block_0", "block_1"]
    for number in (0, 1):
        names = {layer.name for layer in blocks(base)[number - 2].layers}
        ends = ("attention", "attention_add", "attention_norm", "intermediate", "output", "output_add", "output_norm")
        assert {f"block_{number}_{end}" for end in ends} <= names
    assert base.name == "small"
    assert form_of(base) is base.tokenizer
    assert not [layer for layer in base.layers if "Dropout" in type(layer).__name__ or layer.supports_masking is None]


def test_without_weights_it_is_random(folder):
    keras.utils.set_random_seed(0)
    fresh, other, trained = (bert.build(folder, 32, weights) for weights in (None, None, "pretrained"))
    token_ids = fresh.tokenizer.encode(tiny_bert.TEXTS)
    found = [run(model, token_ids) for model in (fresh, other, trained)]
    assert all(np.isfinite(outputs).all() for outputs in found)
    assert min(np.abs(found[0] - found[1]).max(), np.abs(found[0] - found[2]).max()) > 0.1


def test_parameters_are_counted_without_building(tmp_path):
    for shape in reference.SHAPES.values():
        config = bert.read_config(tiny_bert.write(tmp_path, **shape))
        assert config.parameters == bert.encoder(config).count_params()


def with_head(base: keras.Model, n_blocks: int) -> keras.Model:
    """`base` with a head; of its blocks the last `n_blocks` can learn."""
    base.trainable = True
    learning = {layer.name for block in blocks(base)[len(blocks(base)) - n_blocks :] for layer in block.layers}
    for layer in base.layers:
        layer.trainable = layer.name in learning
    model = keras.Sequential([base, keras.layers.Dense(2, name="head")])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.SGD(0.1), loss)
    return model


@pytest.mark.parametrize("n_blocks", [0, 1, 2])
def test_only_unfrozen_blocks_learn(folder, n_blocks):
    base = bert.build(folder, 32)
    model = with_head(base, n_blocks)
    before = {weight.path: keras.ops.convert_to_numpy(weight).copy() for weight in base.weights}
    token_ids = base.tokenizer.encode(tiny_bert.TEXTS)
    model.fit(token_ids, np.array([0, 1, 0, 1]), verbose=0)
    after = {weight.path: keras.ops.convert_to_numpy(weight) for weight in base.weights}
    moved = {path for path, value in after.items() if not np.array_equal(value, before[path])}
    learning = [f"block_{number}_" for number in range(2)][2 - n_blocks :]
    expected = {path for path in before if path.startswith(tuple(learning))} if learning else set()
    # The softmax takes the bias of the keys out again: the same for all that a token looks at.
    unmoved = {path for path in expected - moved if "/key/bias" not in path}
    assert moved <= expected
    assert not unmoved


@pytest.mark.parametrize(("n_blocks", "n_tensors"), [(0, 1), (1, 3), (2, 3)])
def test_it_can_be_cut_at_the_boundary(folder, n_blocks, n_tensors):
    """Beside the token vectors, blocks that learn need to know where the text ends, and so does the mean."""
    base = bert.build(folder, 32)
    model = with_head(base, n_blocks)
    cut = boundary.split(model)
    token_ids = base.tokenizer.encode(tiny_bert.TEXTS)
    assert cut.reason == ""
    assert boundary.differs(model, cut, token_ids) == ""
    assert len(keras.tree.flatten(cut.frozen(token_ids))) == n_tensors
    assert sum(weight.path.startswith("block_") for weight in cut.frozen.weights) == 16 * (2 - n_blocks)


OPEN_WITHOUT_TLTEACH = """
import sys
sys.modules["tlteach"] = None  # importing it fails
import keras, numpy as np
model = keras.saving.load_model(sys.argv[1])
np.save(sys.argv[2], keras.ops.convert_to_numpy(model(np.load(sys.argv[3]), training=False)))
"""


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_saved_model_opens_in_plain_keras_on_every_backend(folder, tmp_path, backend):
    if not importlib.util.find_spec(backend):
        pytest.skip(f"{backend} is not installed")
    base = bert.build(folder, 32)
    model = with_head(base, 1)
    token_ids = base.tokenizer.encode(tiny_bert.TEXTS)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "ids.npy", token_ids)
    files = [str(tmp_path / name) for name in ("model.keras", "out.npy", "ids.npy")]
    environment = os.environ | {"KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-c", OPEN_WITHOUT_TLTEACH, *files]
    subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True)
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), run(model, token_ids), atol=1e-5)


# ---------------------------------------------------------------- checkpoints


def test_other_spellings_of_the_names_are_understood(folder, tmp_path):
    arrays = load_file(folder / "model.safetensors")
    old = {
        "bert." + name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): a
        for name, a in arrays.items()
    }
    heads = {"bert.pooler.dense.weight": np.ones(3), "cls.predictions.bias": np.ones(3)}
    tiny_bert.write(tmp_path)
    tiny_bert.rewrite(tmp_path, old | heads | {"bert.embeddings.position_ids": np.arange(48)})
    model = bert.encoder(bert.read_config(tmp_path))
    assert bert.load_weights(model, tmp_path) == ()
    token_ids = STORED["tiny_ids"]
    np.testing.assert_array_equal(run(model, token_ids), run(with_weights(folder), token_ids))


def test_half_precision_is_read(folder, tmp_path):
    token_ids = STORED["tiny_ids"]
    found = run(with_weights(tiny_bert.write(tmp_path, dtype="float16")), token_ids)
    assert found.dtype == np.float32
    assert_same_where_text_is(found, run(with_weights(folder), token_ids), token_ids, atol=0.05)


def test_strange_tensors_bring_a_warning(folder, tmp_path):
    tiny_bert.write(tmp_path)
    tiny_bert.rewrite(tmp_path, load_file(folder / "model.safetensors") | {"mystery.weight": np.ones(3)})
    model = bert.encoder(bert.read_config(tmp_path))
    with pytest.warns(UserWarning, match=r"nobody here knows them: mystery\.weight"):
        assert bert.load_weights(model, tmp_path) == ("mystery.weight",)


def test_each_missing_tensor_and_each_wrong_shape_is_named(folder, tmp_path):
    arrays = load_file(folder / "model.safetensors")
    tiny_bert.write(tmp_path)
    model = bert.encoder(bert.read_config(tmp_path))
    assert len(arrays) == len(model.weights) == 5 + 2 * 16
    for name, array in arrays.items():
        tiny_bert.rewrite(tmp_path, {other: arrays[other] for other in arrays if other != name})
        with pytest.raises(SourceError, match=f"no tensor {name}"):
            bert.load_weights(model, tmp_path)
        tiny_bert.rewrite(tmp_path, arrays | {name: array[:-1]})
        with pytest.raises(SourceError, match=rf"{name} has the shape \({len(array) - 1},.*get the folder again"):
            bert.load_weights(model, tmp_path)
    assert all(any(theirs in name for name in arrays) for theirs in NAMES.values())


def test_more_encoder_than_config_says_is_refused(tmp_path):
    tiny_bert.write(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 1}))
    with pytest.raises(SourceError, match=r"16 tensors that.*encoder\.layer\.1\."):
        with_weights(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "roberta"}, 'model_type = "roberta"; tlteach builds BERT with "bert"'),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"hidden_act": "swish"}, '"gelu" or "gelu_new" or "relu"'),
        ({"is_decoder": True}, "is_decoder"),
        ({"num_attention_heads": 3}, "3 attention heads cannot share hidden_size=16"),
    ],
)
def test_networks_that_are_no_such_bert_are_refused(tmp_path, change, message):
    tiny_bert.write(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(SourceError) as error:
        bert.build(tmp_path, 32)
    assert message in str(error.value)


def test_damaged_folders_are_refused(tmp_path):
    whole = tiny_bert.write(tmp_path)
    with pytest.raises(SourceError, match="knows 48 places, so it cannot read max_tokens=49"):
        bert.build(whole, 49)
    data = (whole / "model.safetensors").read_bytes()
    (whole / "model.safetensors").write_bytes(data[: len(data) // 2])
    with pytest.raises(SourceError, match=r"model\.safetensors cannot be read"):
        bert.build(whole, 32)
    (whole / "model.safetensors").unlink()
    (whole / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(SourceError, match="safetensors format only"):
        bert.build(whole, 32)
    (whole / "config.json").write_text('{"vocab_size": 7}')
    with pytest.raises(SourceError, match="does not say hidden_size, num_hidden_layers"):
        bert.build(whole, 32)
    (whole / "config.json").write_text("{")
    with pytest.raises(SourceError, match=r"config\.json cannot be read"):
        bert.build(whole, 32)
    tiny_bert.write(whole, pad_token_id=3)
    with pytest.raises(SourceError, match=r"token id 3, but \[PAD\] is number 0"):
        bert.build(whole, 32)
