"""A small GPT that has learned nothing, for the tests."""

import numpy as np
import pytest

from tlteach.text.checkpoint import named
from tlteach.text.gpt.files import NAMES
from tlteach.text.gpt.network import Config, decoder
from tlteach.text.gpt.tokens import train_tokenizer

SHAPE = Config(vocab_size=300, n_positions=16, n_embd=12, n_head=3, n_layer=2)


TEXTS = [
    "the cat sat on the mat, and the dog sat on the log. " * 3,
    "a dog and a cat sat down; naïve 日本 🙂 text. " * 3,
]


IDS = np.random.default_rng(0).integers(0, 300, (2, 11)).astype("int32")


def tensors(shape, seed=1):
    """Random weights under Hugging Face's names; nothing is 0 or 1 by chance."""
    random = np.random.default_rng(seed)
    width = shape.n_embd

    def some(*size, mean=0.0):
        return random.normal(mean, 0.3, size).astype("float32")

    found = {"wte.weight": some(shape.vocab_size, width), "wpe.weight": some(shape.n_positions, width)}
    norms = ["ln_f", *(f"h.{block}.{norm}" for block in range(shape.n_layer) for norm in ("ln_1", "ln_2"))]
    for name in norms:
        found |= {f"{name}.weight": some(width, mean=1), f"{name}.bias": some(width)}
    for block in range(shape.n_layer):
        for name, n_in, n_out in (
            ("attn.c_attn", 1, 3),
            ("attn.c_proj", 1, 1),
            ("mlp.c_fc", 1, 4),
            ("mlp.c_proj", 4, 1),
        ):
            found[f"h.{block}.{name}.weight"] = some(n_in * width, n_out * width)
            found[f"h.{block}.{name}.bias"] = some(n_out * width)
    return found


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(TEXTS, 300, SHAPE.n_positions)


@pytest.fixture(scope="module")
def tiny(tokenizer):
    """A tiny GPT with the weights of `tensors`, not from files."""
    model = decoder(SHAPE)
    found = tensors(SHAPE)
    for weight, name in named(model.weights, NAMES, "h."):
        weight.assign(found[name])
    model.tokenizer = tokenizer
    return model
