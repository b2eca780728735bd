"""Checkpoints in Hugging Face's layout: a folder with config.json, model.safetensors and vocab.txt.

The names of their tensors, and how they are laid out, are those of BertModel in the library `transformers`.
"""

from __future__ import annotations

import json
import math
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.errors import SourceError
from tlteach.text.checkpoint import known_fields, opened_weights, read_json, require_fields

if TYPE_CHECKING:
    import keras

ACTIVATIONS = ("gelu", "gelu_new", "relu")

# Our layers, and theirs; what begins with block_ stands in every block.
NAMES = {
    "embeddings_word": "embeddings.word_embeddings",
    "embeddings_position": "embeddings.position_embeddings",
    "embeddings_type": "embeddings.token_type_embeddings",
    "embeddings_norm": "embeddings.LayerNorm",
    "attention/query": "attention.self.query",
    "attention/key": "attention.self.key",
    "attention/value": "attention.self.value",
    "attention/attention_output": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_norm": "output.LayerNorm",
}
KINDS = {"embeddings": "weight", "kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}

# Heads that stand on top of the encoder, and a table of place numbers: a new head takes their place.
NOT_NEEDED = ("pooler.", "cls.", "classifier.", "qa_outputs.", "embeddings.position_ids")


@dataclass(frozen=True)
class Config:
    """The shape of a BERT, in the words of its config.json; without a default, an entry must be there."""

    vocab_size: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    max_position_embeddings: int
    type_vocab_size: int = 2
    hidden_act: str = "gelu"
    layer_norm_eps: float = 1e-12
    pad_token_id: int = 0

    @property
    def parameters(self) -> int:
        """How many numbers the encoder learns."""
        width, inner = self.hidden_size, self.intermediate_size
        tables = (self.vocab_size + self.max_position_embeddings + self.type_vocab_size) * width
        attention = 4 * (width * width + width)
        dense = 2 * width * inner + inner + width
        norm = 2 * width
        return tables + norm + self.num_hidden_layers * (attention + dense + 2 * norm)


def read_config(folder: str | Path) -> Config:
    """Read config.json. Raises SourceError for a network that is not of the BERT family, or that we do not build."""
    path, found = read_json(folder)
    _refuse_others(found, path)
    require_fields(Config, found, path)
    config = known_fields(Config, found)
    if config.hidden_size % config.num_attention_heads:
        raise SourceError(
            f"{path}: {config.num_attention_heads} attention heads cannot share hidden_size={config.hidden_size} "
            "evenly. Get the file of the checkpoint again."
        )
    return config


def _refuse_others(found: dict, path: Path) -> None:
    """Raise SourceError where config.json describes a network that would run, but not as it was trained."""
    required = {"model_type": ("bert",), "position_embedding_type": ("absolute",), "is_decoder": (False,)}
    for name, known in (required | {"hidden_act": ACTIVATIONS}).items():
        if name in found and found[name] not in known:
            choices = " or ".join(json.dumps(value) for value in known)
            raise SourceError(
                f"{path} says {name} = {json.dumps(found[name])}; tlteach builds BERT with {choices}. "
                "Choose a checkpoint of the BERT family, such as MiniLM or bert-base-uncased."
            )


def load_weights(model: keras.Model, folder: str | Path) -> tuple[str, ...]:
    """Fill the encoder's layers in `model` from model.safetensors; return the names of tensors that nobody knows.

    Names with and without the prefix "bert." are understood, and LayerNorm.gamma and .beta for .weight and .bias.
    Heads on top are left out; what is neither encoder nor known head brings a warning.

    Raises:
        SourceError: the file cannot be read, or a weight is missing, of another shape, or has no place in the model.
    """
    with opened_weights(folder) as (path, file):
        names = {_plain(name): name for name in file.keys()}  # noqa: SIM118, it is not a dict
        for weight, name in _encoder_weights(model):
            if name not in names:
                raise SourceError(f"{path} has no tensor {name}, which {weight.path} needs. It is another model's.")
            weight.assign(_fitted(file.get_tensor(names.pop(name)), weight, name, path))
    return _left_over(names, path)


def _plain(name: str) -> str:
    name = name.removeprefix("bert.")
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def _encoder_weights(model: keras.Model) -> Iterator[tuple[keras.Variable, str]]:
    """Each weight of the encoder, and what Hugging Face calls it: block_3_attention/query/kernel is
    encoder.layer.3.attention.self.query.weight."""
    for weight in model.weights:
        layer, kind = weight.path.rsplit("/", 1)
        found = re.fullmatch(r"(?:block_(\d+)_)?(.*)", layer)
        if found[2] in NAMES:
            prefix = "" if found[1] is None else f"encoder.layer.{found[1]}."
            yield weight, f"{prefix}{NAMES[found[2]]}.{KINDS[kind]}"


def _fitted(tensor: np.ndarray, weight: keras.Variable, name: str, path: Path) -> np.ndarray:
    """The tensor in the shape of our weight: PyTorch keeps kernels as (outputs, inputs), Keras each head apart."""
    shape, kind = tuple(weight.shape), weight.path.rsplit("/", 1)[1]
    n_inputs = 2 if "/attention_output/" in weight.path else 1  # how many of the dimensions are inputs
    wanted = shape if kind == "embeddings" else (math.prod(shape),)
    if kind == "kernel":
        wanted = (math.prod(shape[n_inputs:]), math.prod(shape[:n_inputs]))
    if tensor.shape != wanted:
        raise SourceError(
            f"{path}: the tensor {name} has the shape {tensor.shape}, and config.json beside it wants {wanted}. "
            "The two files are not of the same model: get the folder again."
        )
    return (tensor.T if kind == "kernel" else tensor).reshape(shape)


def _left_over(names: Iterable[str], path: Path) -> tuple[str, ...]:
    """Names of tensors that are neither of the encoder nor of a head. Raises SourceError for more encoder."""
    unknown = tuple(sorted(name for name in names if not name.startswith(NOT_NEEDED)))
    if inside := [name for name in unknown if name.startswith(("embeddings.", "encoder."))]:
        raise SourceError(
            f"{path} holds {len(inside)} tensors of the encoder that config.json beside it does not speak of, among "
            f"them {inside[0]}. Without them it would not be the network that was trained: get the folder again."
        )
    if unknown:
        warnings.warn(f"{path}: not used, for nobody here knows them: {', '.join(unknown)}.", stacklevel=3)
    return unknown
