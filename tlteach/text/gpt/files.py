"""GPT-2's checkpoints in Hugging Face's layout: read any of them, write ours, and find the bundled one.

The folder holds config.json, model.safetensors, and tokenizer.json or vocab.json with merges.txt.
"""

import json
import re
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
import tokenizers
from safetensors.numpy import save_file
from tokenizers import models

from tlteach.core.errors import SourceError
from tlteach.core.fetch import check
from tlteach.core.files import bundled, write_json, write_whole
from tlteach.text.checkpoint import as_config, fill, named, read_json, refuse_left_over, refuse_others
from tlteach.text.gpt.network import Config, blocks_in, decoder, layers_of, window_of
from tlteach.text.gpt.tokens import END, byte_level
from tlteach.text.tokenizer import Tokenizer

BUNDLED = "weights/gpt_python_docs"

# Our layers, and theirs; what stands in every block is below block_ here and below h. there.
NAMES = {
    "tokens": "wte",
    "places": "wpe",
    "norm": "ln_f",
    "attention_norm": "ln_1",
    "query_key_value": "attn.c_attn",
    "attention_output": "attn.c_proj",
    "mlp_norm": "ln_2",
    "mlp_hidden": "mlp.c_fc",
    "mlp_output": "mlp.c_proj",
}
# What config.json must say, where it says it; anything else would run, but not as it was trained.
REQUIRED = {
    "model_type": "gpt2",
    "activation_function": "gelu_new",
    "tie_word_embeddings": True,
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
}
CAUSAL_MASK = re.compile(r"h\.\d+\.attn\.(masked_)?bias")  # a table that old checkpoints carry along


def load(folder: str | Path | None = None) -> keras.Model:
    """A GPT-2 from a folder in Hugging Face's layout, or the bundled one, pre-trained on Python's documentation.

    Token ids (n, length) in, logits (n, length, vocabulary) out. Its `tokenizer` makes the token ids.

    Raises:
        SourceError: the folder does not hold a whole GPT-2.
        FetchError: the bundled weights are missing, or are not those of their card.
    """
    if folder is None:
        folder = bundled(BUNDLED)
        check(folder / "model.safetensors", sha256=json.loads((folder / "card.json").read_text("utf-8"))["sha256"])
    config = read_config(folder)
    model = decoder(config)
    load_weights(model, folder)
    model.tokenizer = read_tokenizer(folder, config.n_positions)
    if model.tokenizer.vocabulary_size > config.vocab_size:
        raise SourceError(
            f"The tokenizer in {folder} makes {model.tokenizer.vocabulary_size} tokens, and the network knows "
            f"{config.vocab_size}. The files are not of the same model: get the folder again."
        )
    return model


def read_config(folder: str | Path) -> Config:
    """Read config.json. Raises SourceError for a network that is no GPT-2, or a kind of it that we do not build."""
    path, found = read_json(folder)
    width = found.get("n_embd", 0)
    known = {name: (value,) for name, value in REQUIRED.items()} | {"n_inner": (None, 4 * width)}
    refuse_others(found, path, known, "GPT-2", "gpt2 or distilgpt2")
    config = as_config(Config, found, path)
    if width % config.n_head:
        raise SourceError(f"{path}: {config.n_head} heads cannot share n_embd={width} evenly. Get the file again.")
    return config


def load_weights(model: keras.Model, folder: str | Path) -> None:
    """Fill `model` from model.safetensors. Names with and without the prefix "transformer." are understood.

    GPT-2 keeps its kernels as (inputs, outputs), as Keras does, so nothing is turned; half precision is widened.

    Raises:
        SourceError: the file cannot be read, or a tensor is missing, of another shape, or has no place in the model.
    """
    weights = named(model.weights, NAMES, "h.")
    path, left_over = fill(weights, folder, lambda name: name.removeprefix("transformer."), turned=False)
    head = left_over.pop("lm_head.weight", None)
    if head is not None and not np.array_equal(head, keras.ops.convert_to_numpy(model.get_layer("tokens").embeddings)):
        raise SourceError(f"{path}: lm_head.weight is not the embedding wte.weight, and in GPT-2 they are one matrix.")
    refuse_left_over([name for name in left_over if not CAUSAL_MASK.fullmatch(name)], path)


def read_tokenizer(folder: str | Path, max_tokens: int) -> Tokenizer:
    """Byte-level BPE from tokenizer.json, or from vocab.json and merges.txt. Raises SourceError where neither is."""
    folder = Path(folder)
    try:
        if (folder / "tokenizer.json").is_file():
            wrapped = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        else:
            wrapped = byte_level(models.BPE.from_file(str(folder / "vocab.json"), str(folder / "merges.txt")))
            wrapped.add_special_tokens([END])
    except Exception as error:  # the library raises nothing more precise
        raise SourceError(
            f"No tokenizer can be read in {folder}: {error}. Put tokenizer.json there, or vocab.json and merges.txt."
        ) from error
    return Tokenizer(wrapped, max_tokens, padding=END, unknown=None)


def save(model: keras.Model, folder: str | Path) -> None:
    """Write `model` into `folder`, in Hugging Face's layout and in half precision, each file whole or not at all."""
    folder = Path(folder)
    weights = named(model.weights, NAMES, "h.")
    tensors = {name: keras.ops.convert_to_numpy(weight).astype("float16") for weight, name in weights}
    write_whole(folder / "model.safetensors", lambda part: save_file(tensors, part, metadata={"format": "pt"}))
    write_json(folder / "config.json", {"architectures": ["GPT2LMHeadModel"], **REQUIRED, **asdict(config_of(model))})
    model.tokenizer.save(folder / "tokenizer.json")


def config_of(model: keras.Model) -> Config:
    """The shape of `model`, read off its layers."""
    layer = layers_of(model)
    return Config(
        vocab_size=layer["tokens"].input_dim,
        n_positions=window_of(model),
        n_embd=layer["tokens"].output_dim,
        n_head=layer["block_0_split_heads"].target_shape[1],
        n_layer=blocks_in(layer),
        layer_norm_epsilon=layer["norm"].epsilon,
    )
