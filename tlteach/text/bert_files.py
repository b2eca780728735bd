"""Checkpoints in Hugging Face's layout: a folder with config.json, model.safetensors and vocab.txt.

The names of their tensors, and how they are laid out, are those of BertModel in the library `transformers`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.errors import SourceError
from tlteach.text.checkpoint import as_config, fill, named, read_json, refuse_left_over, refuse_others

if TYPE_CHECKING:
    import keras

# What config.json may say, where it says it; anything else would run, but not as it was trained.
KNOWN = {
    "model_type": ("bert",),
    "position_embedding_type": ("absolute",),
    "is_decoder": (False,),
    "hidden_act": ("gelu", "gelu_new", "relu"),
}

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
    refuse_others(found, path, KNOWN, "BERT", "MiniLM or bert-base-uncased")
    config = as_config(Config, found, path)
    if config.hidden_size % config.num_attention_heads:
        raise SourceError(
            f"{path}: {config.num_attention_heads} attention heads cannot share hidden_size={config.hidden_size} "
            "evenly. Get the file of the checkpoint again."
        )
    weights = path.with_name("model.safetensors")
    if weights.is_file() and weights.stat().st_size < config.parameters:  # else it would be built first
        raise SourceError(
            f"{path} speaks of {config.parameters:,} weights, and {weights.name} beside it has fewer bytes. "
            "The two files are not of the same model: get the folder again."
        )
    return config


def load_weights(model: keras.Model, folder: str | Path) -> tuple[str, ...]:
    """Fill the encoder's layers in `model` from model.safetensors; return the names of tensors that nobody knows.

    Names with and without the prefix "bert." are understood, and LayerNorm.gamma and .beta for .weight and .bias.
    Heads on top are left out; what is neither encoder nor known head brings a warning.

    Raises:
        SourceError: the file cannot be read, or a weight is missing, of another shape, or has no place in the model.
    """
    weights = [weight for weight in model.weights if weight.path.startswith(("embeddings_", "block_"))]
    path, left_over = fill(named(weights, NAMES, "encoder.layer."), folder, _plain, turned=True)
    unknown = tuple(sorted(name for name in left_over if not name.startswith(NOT_NEEDED)))
    refuse_left_over([name for name in unknown if name.startswith(("embeddings.", "encoder."))], path)
    if unknown:
        warnings.warn(f"{path}: not used, for nobody here knows them: {', '.join(unknown)}.", stacklevel=2)
    return unknown


def _plain(name: str) -> str:
    name = name.removeprefix("bert.")
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
