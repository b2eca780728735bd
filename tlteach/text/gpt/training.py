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

from tlteach.core.files import sha256_of, write_json
from tlteach.core.machine import versions
from tlteach.engine.schedules import warm_up_cosine
from tlteach.text.gpt.files import save
from tlteach.text.gpt.measures import bits_per_byte, ngram_bits
from tlteach.text.gpt.network import Config, decoder, window_of
from tlteach.text.gpt.python_docs import training_and_held_out
from tlteach.text.gpt.tokens import stream_of, train_tokenizer
from tlteach.text.tokenizer import Tokenizer

VOCABULARY = 2048
SHAPE = Config(vocab_size=VOCABULARY, n_positions=128, n_embd=128, n_head=4, n_layer=4)
STEPS, BATCH_SIZE, LEARNING_RATE = 1900, 16, 6e-3
ADAM_SHARE = 0.35  # of the learning rate, for what is no matrix
PART = 10  # steps whose mean loss is one point of the loss curve


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
) -> list[float]:
    """Train all of `model` to predict the next token of `texts`; return the mean loss of each `PART` steps, in nats.

    The rate warms up and falls along a cosine. Pre-training and fine-tuning differ in nothing but where the weights
    come from, the texts and the rate.
    """
    inputs, following = crops(stream_of(texts, model.tokenizer), steps * batch_size, window_of(model), seed)
    begin_anew(model)
    rate = warm_up_cosine(learning_rate, steps)

    def follow(*_, **__) -> None:
        model.optimizer.learning_rate = rate(model.optimizer.iterations)

    # A schedule inside the optimizer would be computed once for every weight, and be compiled as often.
    following_it = [keras.callbacks.LambdaCallback(on_train_batch_begin=follow)]
    how = {"batch_size": batch_size, "shuffle": False, "verbose": verbose, "callbacks": following_it}
    losses = []
    for start in range(0, len(inputs), PART * batch_size):
        part = slice(start, start + PART * batch_size)
        losses += model.fit(inputs[part], following[part], **how).history["loss"]
    return losses


def begin_anew(model: keras.Model) -> None:
    """Compile `model` with our optimizer, or where it has that already, make the optimizer forget its past.

    To compile the training step takes as long as 30 steps; so a second training takes over that of the first.
    """
    ours = optimizer()
    if getattr(model, "optimizer", None) and _settings(model.optimizer) == _settings(ours):
        for variable in model.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))
        return
    ours.build(model.trainable_variables)  # in the first step, it would have TensorFlow compile that twice
    model.compile(ours, keras.losses.SparseCategoricalCrossentropy(from_logits=True))


def _settings(optimizer: keras.optimizers.Optimizer) -> dict:
    return {key: value for key, value in optimizer.get_config().items() if key not in ("name", "learning_rate")}


def optimizer() -> keras.optimizers.Optimizer:
    """Muon for the matrices inside, Adam for all else; `train` sets the rate.

    Muon makes the update of a matrix equally large in all directions, and so needs fewer steps. Jordan et al. (2024);
    Liu et al. (2025), arXiv:2502.16982.
    """
    return keras.optimizers.Muon(
        adam_lr_ratio=ADAM_SHARE,
        weight_decay=0.1,
        adam_weight_decay=0.1,
        exclude_layers=["tokens", "places"],
    )


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
    losses = train(model, texts, steps, LEARNING_RATE, seed=seed, verbose=verbose)
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
        "training_loss": {"steps_per_point": PART, "nats_per_token": [round(loss, 3) for loss in losses]},
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
    """Bits per byte of the baselines: counts of runs of five bytes and of three tokens, the lengths that do best."""
    n_bytes = sum(len(text.encode()) + 1 for text in held_out)
    as_bytes = [("\0".join(part) + "\0").encode() for part in (texts, held_out)]
    as_tokens = [tuple(stream_of(part, tokenizer).tolist()) for part in (texts, held_out)]
    return {
        "five_bytes": round(ngram_bits(*as_bytes, order=5, n_symbols=256) / n_bytes, 3),
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
