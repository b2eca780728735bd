"""Train a language model: learn the tokens from the texts, then to say which token comes next.

    python -m tlteach.text.gpt.training --out datasets/weights/gpt_python_docs

pre-trains the bundled GPT on Python's own documentation, in about six minutes on one core, and writes it with its
card.
"""

import argparse
import hashlib
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
from tokenizers import models, pre_tokenizers, trainers

from tlteach.core.files import sha256_of, write_json
from tlteach.core.machine import versions
from tlteach.engine.schedules import warm_up_cosine
from tlteach.text.gpt.files import END, byte_level, save
from tlteach.text.gpt.network import Config, decoder, window_of
from tlteach.text.gpt.ngrams import ngram_bits
from tlteach.text.gpt.python_docs import training_and_held_out
from tlteach.text.gpt.sampling import end_of_text, whole
from tlteach.text.tokenizer import Tokenizer

VOCABULARY = 2048
SHAPE = Config(vocab_size=VOCABULARY, n_positions=128, n_embd=128, n_head=4, n_layer=4)
STEPS, BATCH_SIZE, LEARNING_RATE = 1900, 16, 6e-3
ADAM_SHARE = 0.35  # of the learning rate, for what is no matrix


def train_tokenizer(texts: Sequence[str], vocabulary_size: int, max_tokens: int) -> Tokenizer:
    """Byte-level BPE: begin with the 256 bytes, and join the most frequent pair until the vocabulary is full.

    Sennrich, Haddow and Birch (2016), arXiv:1508.07909; on bytes: Radford et al. (2019).
    """
    wrapped = byte_level(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    wrapped.train_from_iterator(texts, trainer)
    return Tokenizer(wrapped, max_tokens, padding=END, unknown=None)


def stream_of(texts: Sequence[str], tokenizer: Tokenizer) -> np.ndarray:
    """All texts as one row of token ids, int32, each ended by the end-of-text token."""
    end = end_of_text(tokenizer)
    return np.concatenate([np.array([*ids, end], "int32") for ids in whole(tokenizer, texts)])


def crops(stream: np.ndarray, n: int, length: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`n` pieces of the stream from random places (n, length), and at each place the token that comes next."""
    starts = np.random.default_rng(seed).integers(0, len(stream) - length, size=(n, 1))
    pieces = stream[starts + np.arange(length + 1)]
    return pieces[:, :-1], pieces[:, 1:]


def train(
    model: keras.Model,
    texts: Sequence[str],
    steps: int,
    learning_rate: float,
    batch_size: int = BATCH_SIZE,
    seed: int = 0,
    verbose: str | int = 0,
) -> float:
    """Train all of `model` to predict the next token of `texts`; return the mean loss of these steps, in nats.

    The rate warms up and falls along a cosine. Pre-training and fine-tuning differ in nothing but where the weights
    come from, the texts and the rate.
    """
    inputs, following = crops(stream_of(texts, model.tokenizer), steps * batch_size, window_of(model), seed)
    model.compile(optimizer(learning_rate, steps), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    history = model.fit(inputs, following, batch_size=batch_size, shuffle=False, verbose=verbose)
    return history.history["loss"][0]


def optimizer(learning_rate: float, steps: int) -> keras.optimizers.Optimizer:
    """Muon for the matrices inside, Adam for all else, under a rate that warms up and falls along a cosine.

    Muon makes the update of a matrix equally large in all directions, and so needs fewer steps. Jordan et al. (2024);
    Liu et al. (2025), arXiv:2502.16982.
    """
    return keras.optimizers.Muon(
        warm_up_cosine(learning_rate, steps),
        adam_lr_ratio=ADAM_SHARE,
        weight_decay=0.1,
        adam_weight_decay=0.1,
        exclude_layers=["tokens", "places"],
    )


def bits_per_byte(model: keras.Model, texts: Sequence[str]) -> float:
    """How many bits `model` needs for each byte of `texts`, the ends of the texts included. Lower is better; 8 is none.

    Unlike the loss per token, it can be compared between models with different tokens. Windows overlap by half, so
    that every token (but the first of all) is predicted from at least half a window.
    """
    stream = stream_of(texts, model.tokenizer)
    half = window_of(model) // 2
    bits = 0.0
    for start in range(0, len(stream) - 1, half * BATCH_SIZE):
        starts = np.arange(start, min(start + half * BATCH_SIZE, len(stream) - 1), half)
        places = starts[:, None] - half + np.arange(2 * half + 1)
        inside = (places >= 0) & (places < len(stream))
        rows = np.where(inside, stream[places.clip(0, len(stream) - 1)], end_of_text(model.tokenizer))
        counted = inside[:, 1:] & (places[:, 1:] > starts[:, None])  # the newer half of each window
        bits += (surprise(model, rows) * counted).sum()
    return float(bits / sum(len(text.encode()) + 1 for text in texts))


def surprise(model: keras.Model, rows: np.ndarray) -> np.ndarray:
    """Bits of each token of `rows` (n, length) but the first, given those before it: (n, length - 1)."""
    logits = keras.ops.convert_to_tensor(model.predict_on_batch(rows[:, :-1]))
    nats = keras.ops.sparse_categorical_crossentropy(rows[:, 1:], logits, from_logits=True)
    return keras.ops.convert_to_numpy(nats) / np.log(2)


def pretrain(folder: str | Path, shape: Config = SHAPE, steps: int = STEPS, seed: int = 0, verbose="auto") -> dict:
    """Pre-train a GPT on Python's documentation, write it and its card into `folder`, and return the card.

    The held-out documents are looked at once, in the end.
    """
    started = time.perf_counter()
    keras.utils.set_random_seed(seed)
    texts, held_out = training_and_held_out()
    tokenizer = train_tokenizer(texts, shape.vocab_size, shape.n_positions)
    model = decoder(shape)
    model.tokenizer = tokenizer
    loss = train(model, texts, steps, LEARNING_RATE, seed=seed, verbose=verbose)
    minutes = (time.perf_counter() - started) / 60
    card = {
        "name": "gpt_python_docs",
        "architecture": "GPT-2, by tlteach.text.gpt.network.decoder",
        "trained_on": "the documentation of Python: pydoc_data.topics, and the docstrings of its standard library",
        "command": "python -m tlteach.text.gpt.training",
        "shape": asdict(shape),
        "parameters": model.count_params(),
        "seed": seed,
        "steps": steps,
        "batch_size": BATCH_SIZE,
        "learning_rate": LEARNING_RATE,
        "training": described(texts, tokenizer),
        "held_out": described(held_out, tokenizer),
        "mean_training_loss": round(loss, 3),
        "bits_per_byte": {"gpt": round(bits_per_byte(model, held_out), 3), **ngrams(texts, held_out, tokenizer)},
        "minutes": round(minutes, 1),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "versions": {"backend": keras.backend.backend(), **versions()},
        "licence": "CC0-1.0 for the weights, as far as they can be owned; the text learned from: PSF-2.0",
    }
    return write(model, card, Path(folder))


def described(texts: Sequence[str], tokenizer: Tokenizer) -> dict:
    """How much text it is, and which."""
    joined = "\0".join(texts).encode()
    return {
        "documents": len(texts),
        "bytes": sum(len(text.encode()) for text in texts),
        "tokens": len(stream_of(texts, tokenizer)),
        "sha256": hashlib.sha256(joined).hexdigest(),
    }


def ngrams(texts: Sequence[str], held_out: Sequence[str], tokenizer: Tokenizer) -> dict[str, float]:
    """Bits per byte of the baselines: counts of runs of six bytes, and of three tokens."""
    n_bytes = sum(len(text.encode()) + 1 for text in held_out)
    as_bytes = [("\0".join(part) + "\0").encode() for part in (texts, held_out)]
    as_tokens = [tuple(stream_of(part, tokenizer).tolist()) for part in (texts, held_out)]
    return {
        "six_bytes": round(ngram_bits(*as_bytes, order=6, n_symbols=256) / n_bytes, 3),
        "three_tokens": round(ngram_bits(*as_tokens, order=3, n_symbols=tokenizer.vocabulary_size) / n_bytes, 3),
    }


def write(model: keras.Model, card: dict, folder: Path) -> dict:
    """Write model and card; returns the card, with the hash of the weights in it."""
    save(model, folder)
    weights = folder / "model.safetensors"
    card = {**card, "sha256": sha256_of(weights), "bytes": weights.stat().st_size}
    write_json(folder / "card.json", card)
    return card


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("datasets/weights/gpt_python_docs"))
    parser.add_argument("--steps", type=int, default=STEPS)
    options = parser.parse_args()
    print(json.dumps(pretrain(options.out, steps=options.steps), indent=2))
