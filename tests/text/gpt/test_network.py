"""GPT-2: equal to an independent NumPy version, with and without its cache, from files and back."""

import importlib.util
import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from small_gpt import IDS, SHAPE, TEXTS, tensors

from tlteach.core.errors import SourceError
from tlteach.core.files import bundled
from tlteach.text.gpt import python_docs, sampling
from tlteach.text.gpt.cache import cached
from tlteach.text.gpt.files import BUNDLED, config_of, load, save
from tlteach.text.gpt.measures import bits_per_byte
from tlteach.text.gpt.tokens import end_of_text, train_tokenizer, whole


def reference(weights, shape, token_ids):
    """GPT-2 in NumPy, one text and one head at a time, written from the paper and knowing nothing of ours."""

    def norm(x, name):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def dense(x, name):
        return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def gelu(x):
        return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))

    logits = []
    for row in token_ids:
        x = weights["wte.weight"][row] + weights["wpe.weight"][: len(row)]
        for block in range(shape.n_layer):
            three = dense(norm(x, f"h.{block}.ln_1"), f"h.{block}.attn.c_attn")
            query, key, value = np.split(three, 3, axis=1)
            heads = []
            for columns in np.split(np.arange(shape.n_embd), shape.n_head):
                scores = query[:, columns] @ key[:, columns].T / math.sqrt(len(columns))
                scores[np.triu_indices(len(row), 1)] = -np.inf
                shares = np.exp(scores - scores.max(1, keepdims=True))
                heads.append(shares / shares.sum(1, keepdims=True) @ value[:, columns])
            x = x + dense(np.concatenate(heads, 1), f"h.{block}.attn.c_proj")
            x = x + dense(gelu(dense(norm(x, f"h.{block}.ln_2"), f"h.{block}.mlp.c_fc")), f"h.{block}.mlp.c_proj")
        logits.append(norm(x, "ln_f") @ weights["wte.weight"].T)
    return np.stack(logits)


@pytest.fixture
def folder(tmp_path, tokenizer):
    """A tiny GPT-2 in Hugging Face's layout, as old checkpoints have it: a mask in every block, no prefix."""
    masks = {f"h.{block}.attn.bias": np.tril(np.ones((1, 1, 16, 16), "float32")) for block in range(SHAPE.n_layer)}
    write(tmp_path, tensors(SHAPE) | masks)
    tokenizer.save(tmp_path / "tokenizer.json")
    return tmp_path


def write(path, weights, **entries):
    save_file(weights, path / "model.safetensors")
    shape = {name: getattr(SHAPE, name) for name in ("vocab_size", "n_positions", "n_embd", "n_head", "n_layer")}
    (path / "config.json").write_text(json.dumps({"model_type": "gpt2", **shape, **entries}))


# ---------------------------------------------------------------- the network


def test_it_is_gpt_2(folder):
    model = load(folder)
    assert np.abs(model.predict_on_batch(IDS) - reference(tensors(SHAPE), SHAPE, IDS)).max() < 1e-4


def test_no_place_sees_what_comes_after_it(tiny):
    changed = IDS.copy()
    changed[:, 6:] = 7
    before, after = tiny.predict_on_batch(IDS), tiny.predict_on_batch(changed)
    np.testing.assert_allclose(before[:, :6], after[:, :6], atol=1e-5)
    assert np.abs(before[:, 6:] - after[:, 6:]).max() > 0.1


@pytest.mark.parametrize("cuts", [[1] * 11, [11], [4, 7], [3, 1, 1, 6]])
def test_the_cache_changes_nothing(tiny, cuts):
    step = cached(tiny)
    cache, read, logits = np.zeros((2, *step.inputs[2].shape[1:]), "float32"), 0, []
    for length in cuts:
        start = np.full((2, 1), read, "int32")
        new, cache = step.predict_on_batch([IDS[:, read : read + length], start, cache])
        logits.append(new)
        read += length
    assert np.abs(np.concatenate(logits, axis=1) - tiny.predict_on_batch(IDS)).max() < 1e-4


@pytest.mark.slow
def test_it_opens_in_plain_keras(tiny, tmp_path):
    sampling.generate(tiny, tiny.tokenizer, "the cat", 3)  # layers that the cache uses too are saved as they were
    tiny.save(tmp_path / "model.keras")
    np.save(tmp_path / "logits.npy", tiny.predict_on_batch(IDS))
    np.save(tmp_path / "ids.npy", IDS)
    code = """if True:
        import sys
        sys.modules["tlteach"] = None
        import keras, numpy as np
        model = keras.saving.load_model("model.keras")
        assert np.abs(model.predict_on_batch(np.load("ids.npy")) - np.load("logits.npy")).max() < 1e-5
        assert len(model.get_layer("tokens").weights) == 1  # read forwards and backwards
    """
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_the_blocks_are_found(tiny):
    from tlteach.engine.network import blocks

    assert {"block_0", "block_1"} <= {block.name for block in blocks(tiny)}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_other_backends_say_the_same(backend, folder):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    np.save(folder / "logits.npy", reference(tensors(SHAPE), SHAPE, IDS))
    np.save(folder / "ids.npy", IDS)
    code = """if True:
        import numpy as np
        from tlteach.text.gpt import files, sampling
        model = files.load(".")
        assert np.abs(np.asarray(model.predict_on_batch(np.load("ids.npy"))) - np.load("logits.npy")).max() < 1e-4
        texts = [sampling.generate(model, model.tokenizer, "the cat", 20, temperature=0, use_cache=u) for u in (0, 1)]
        assert texts[0] == texts[1], texts
        print(texts[0])
    """
    environment = {**os.environ, "KERAS_BACKEND": backend}
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, check=True)


# ---------------------------------------------------------------- files


def test_names_with_a_prefix_and_a_head(folder):
    weights = {f"transformer.{name}": tensor for name, tensor in tensors(SHAPE).items()}
    write(folder, weights | {"lm_head.weight": weights["transformer.wte.weight"]})
    assert np.abs(load(folder).predict_on_batch(IDS) - reference(tensors(SHAPE), SHAPE, IDS)).max() < 1e-4


def test_what_is_saved_is_loaded(tiny, tmp_path):
    save(tiny, tmp_path)
    again = load(tmp_path)
    np.testing.assert_allclose(again.predict_on_batch(IDS), tiny.predict_on_batch(IDS), atol=0.05)
    assert config_of(again) == SHAPE
    assert repr(again.tokenizer) == repr(tiny.tokenizer)
    assert load_file(tmp_path / "model.safetensors")["wte.weight"].dtype == np.float16


def test_vocab_json_and_merges_txt(folder, tokenizer):
    parts = json.loads((folder / "tokenizer.json").read_text())["model"]
    (folder / "tokenizer.json").unlink()
    (folder / "vocab.json").write_text(json.dumps(parts["vocab"]))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in parts["merges"]))
    found = load(folder).tokenizer
    for text in TEXTS:
        assert whole(found, [text]) == whole(tokenizer, [text])
    assert end_of_text(found) == end_of_text(tokenizer)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ({"model_type": "bert"}, "model_type"),
        ({"activation_function": "gelu"}, "activation_function"),
        ({"tie_word_embeddings": False}, "tie_word_embeddings"),
        ({"scale_attn_by_inverse_layer_idx": True}, "inverse_layer"),
        ({"n_inner": 24}, "n_inner"),
        ({"n_head": 5}, "cannot share"),
        ({"n_layer": 1}, "does not speak of"),
        ({"n_layer": 3}, r"no tensor h\.2\."),
        ({"n_positions": 32}, r"\(16, 12\)"),
    ],
)
def test_a_config_that_does_not_fit_is_refused(folder, entries, says):
    write(folder, tensors(SHAPE), **entries)
    with pytest.raises(SourceError, match=says):
        load(folder)


def test_damaged_folders_are_named(folder):
    write(folder, tensors(SHAPE) | {"lm_head.weight": np.zeros((300, 12), "float32")})
    with pytest.raises(SourceError, match="one matrix"):
        load(folder)
    write(folder, tensors(SHAPE))
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(SourceError, match="No tokenizer"):
        load(folder)
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(SourceError, match="cannot be read"):
        load(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(SourceError, match=r"pytorch_model\.bin"):
        load(folder)
    (folder / "config.json").write_text('{"n_embd": 12}')
    with pytest.raises(SourceError, match="does not say vocab_size"):
        load(folder)
    (folder / "config.json").write_text("")
    with pytest.raises(SourceError, match=r"config\.json"):
        load(folder)


def test_a_tokenizer_of_another_model_is_refused(folder):
    train_tokenizer([*TEXTS, "other words come here, and many more of them"], 320, 16).save(folder / "tokenizer.json")
    with pytest.raises(SourceError, match="tokens, and the network knows 300"):
        load(folder)


@pytest.mark.slow
def test_transformers_says_the_same(folder, tiny, tmp_path_factory):
    """A checkpoint that we read, and one that we wrote."""
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    import torch

    ours = tmp_path_factory.mktemp("ours")
    save(tiny, ours)
    for place in (folder, ours):
        theirs = transformers.GPT2LMHeadModel.from_pretrained(place, dtype=torch.float32).eval()
        with torch.no_grad():
            expected = theirs(torch.tensor(IDS, dtype=torch.long)).logits.numpy()
        assert np.abs(np.asarray(load(place).predict_on_batch(IDS)) - expected).max() < 1e-4


# ---------------------------------------------------------------- the bundled model


def test_the_bundled_folder_is_small_and_is_that_of_its_card(bundled_gpt):
    folder = bundled(BUNDLED)
    card = json.loads((folder / "card.json").read_text())
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6e6
    assert card["parameters"] == bundled_gpt.count_params()
    assert card["bits_per_byte"]["gpt"] < min(
        card["bits_per_byte"]["five_bytes"], card["bits_per_byte"]["three_tokens"]
    )


@pytest.mark.slow
def test_the_bundled_gpt_has_learned(bundled_gpt):
    _, held_out = python_docs.training_and_held_out()
    card = json.loads((bundled(BUNDLED) / "card.json").read_text())
    assert bits_per_byte(bundled_gpt, held_out) == pytest.approx(card["bits_per_byte"]["gpt"], rel=0.15)


def test_the_bundled_gpt_is_the_same_with_its_cache(bundled_gpt):
    texts = [
        sampling.generate(bundled_gpt, bundled_gpt.tokenizer, "Return the", 30, temperature=0, use_cache=use)
        for use in (True, False)
    ]
    assert texts[0] == texts[1]
