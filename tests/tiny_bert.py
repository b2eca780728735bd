"""Write small random BERT checkpoints in Hugging Face's layout, the same for a seed."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = list("abcdefghijklmnopqrstuvwxyz.,!?'é漢")
WORDS = ["the", "film", "is", "good", "bad", "not", "long", "short", "cafe", "house", "##ly", "##ing", "##ed", "##er"]
UNCASED = [*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS[:26]), *WORDS]
CASED = [*UNCASED, *"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "The", "Film", "Is", "Good", "Paris", "café"]
TEXTS = [
    "The film is good.",
    "not good, not bad!",
    "",
    "A café in Paris, and a house: the film is long, longer than long.",
]

SHAPE = {
    "model_type": "bert",
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 24,
    "max_position_embeddings": 48,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
    "layer_norm_eps": 1e-12,
    "pad_token_id": 0,
    "position_embedding_type": "absolute",
}


def write(folder: Path, words=UNCASED, seed=0, dtype="float32", settings=None, **config) -> Path:
    """A whole checkpoint in `folder`: config.json, model.safetensors, vocab.txt and, with `settings`, what else."""
    folder.mkdir(parents=True, exist_ok=True)
    config = SHAPE | {"vocab_size": len(words)} | config
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    if settings is not None:
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    rewrite(folder, {name: array.astype(dtype) for name, array in tensors(config, seed).items()})
    return folder


def rewrite(folder: Path, arrays: dict[str, np.ndarray]) -> None:
    """Put other tensors into the checkpoint in `folder`."""
    save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, folder / "model.safetensors")


def tensors(config: dict, seed: int = 0) -> dict[str, np.ndarray]:
    """Random weights, large enough that every part of the network shows in what comes out."""
    random = np.random.default_rng(seed)
    width, inner = config["hidden_size"], config["intermediate_size"]
    found = {}

    def table(name, rows):
        found[f"embeddings.{name}_embeddings.weight"] = random.normal(0, 0.5, (rows, width))

    def dense(name, inputs, outputs):
        found[f"{name}.weight"] = random.normal(0, 1.5 / np.sqrt(inputs), (outputs, inputs))
        found[f"{name}.bias"] = random.normal(0, 0.2, outputs)

    def norm(name):
        found[f"{name}.weight"] = random.uniform(0.5, 1.5, width)
        found[f"{name}.bias"] = random.normal(0, 0.2, width)

    table("word", config["vocab_size"])
    table("position", config["max_position_embeddings"])
    table("token_type", config["type_vocab_size"])
    norm("embeddings.LayerNorm")
    for number in range(config["num_hidden_layers"]):
        block = f"encoder.layer.{number}"
        for name in ("query", "key", "value"):
            dense(f"{block}.attention.self.{name}", width, width)
        dense(f"{block}.attention.output.dense", width, width)
        norm(f"{block}.attention.output.LayerNorm")
        dense(f"{block}.intermediate.dense", width, inner)
        dense(f"{block}.output.dense", inner, width)
        norm(f"{block}.output.LayerNorm")
    return {name: array.astype("float32") for name, array in found.items()}
