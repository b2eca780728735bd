"""Do the words that a score names really move the decision? Three ways of scoring, held against taking the word out.

    python benchmarks/explain.py

A head is trained on frozen MiniLM with 20 labels per class. In each test text, the word with the strongest score is
taken out, and the model is asked again. A score is right where the evidence for the class, the logarithm of the odds,
falls for a word that spoke for it and rises for one that spoke against it; guessing the sign would be right in half of
the texts. Results go to benchmarks/results/explain.json.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from tqdm import tqdm

import tlteach as tl
from tlteach.text import explain
from tlteach.text.form import form_of

RESULTS = Path(__file__).resolve().parent / "results"
TEXTS = 150
SEEDS = 3


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    keras.config.disable_interactive_logging()
    found = {}
    for task in (tl.tasks.film_reviews(), tl.tasks.questions()):
        shares = {way: [] for way in WAYS}
        for seed in range(SEEDS):
            model = trained(task, seed)
            texts = tqdm(task.test.inputs[:TEXTS], desc=f"{task.name}, seed {seed}")
            rows = [judged(model, text) for text in texts]
            for way in WAYS:
                shares[way].append(round(float(np.mean([row[way] for row in rows])), 3))
        for way, by_seed in shares.items():
            print(f"{task.name:<14} {way:<42} right in {np.mean(by_seed):.2f}; by seed {by_seed}", flush=True)
        found[task.name] = shares
    record = {"command": "python benchmarks/explain.py", "texts": TEXTS, "right_by_seed": found}
    (RESULTS / "explain.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def trained(task: tl.tasks.Task, seed: int) -> keras.Model:
    task = task.subset(20, seed)
    keras.utils.set_random_seed(seed)
    model = tl.add_head(tl.base_model(tl.select_source(task, "minilm"), max_tokens=64), task, 1e-2)
    tl.train(model, task, 20, seed=seed, verbose=0)
    return model


def judged(model: keras.Model, text: str) -> dict[str, bool]:
    """For each way of scoring, whether taking out its strongest word does what the sign of the score says."""
    chosen = int(np.argmax(model(form_of(model).encode([text]), training=False)))
    before = evidence(model, text, chosen)
    results = {}
    for way, scores_of in WAYS.items():
        words = explain._joined(form_of(model), text, scores_of(model, text, chosen))
        words = [word for word in words if any(map(str.isalnum, text[word.start : word.end]))]
        strongest = max(words, key=lambda word: abs(word.score))
        without = f"{text[: strongest.start].rstrip()} {text[strongest.end :].lstrip()}".strip()
        falls = before - evidence(model, without, chosen)
        results[way] = bool(falls * strongest.score > 0)
    return results


def evidence(model: keras.Model, text: str, class_index: int) -> float:
    outputs = model(form_of(model).encode([text]), training=False)
    return float(explain._log_odds(model, outputs, class_index)[0])


def integrated_from_mask(model: keras.Model, text: str, class_index: int) -> np.ndarray:
    tokenizer = form_of(model)
    places = explain._places_of_words(tokenizer, text)
    return explain._gradients_times_input(model, tokenizer.encode([text]), places, class_index)


def gradient_times_input(model: keras.Model, text: str, class_index: int) -> np.ndarray:
    """One gradient, where the text stands, times the embedding itself."""
    slopes, vectors, _ = gradient(model, text, class_index)
    return (slopes * vectors).sum(axis=-1)


def gradient_times_difference(model: keras.Model, text: str, class_index: int) -> np.ndarray:
    """One gradient, where the text stands, times the way from [MASK] to the embedding."""
    slopes, vectors, masked = gradient(model, text, class_index)
    return (slopes * (vectors - masked)).sum(axis=-1)


def gradient(model: keras.Model, text: str, class_index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The gradient of the evidence at each token's embedding, that embedding, (length, width) both, and [MASK]'s."""
    token_ids = form_of(model).encode([text])
    embedding, rest = explain._cut_after_the_embedding(model)
    vectors = keras.ops.convert_to_numpy(embedding(keras.ops.convert_to_tensor(token_ids)))
    slopes = explain._slopes(model, rest, token_ids, vectors, class_index)
    return slopes[0], vectors[0], explain._beginning(model, embedding)


WAYS = {
    "integrated gradients from [MASK], ours": integrated_from_mask,
    "gradient times input": gradient_times_input,
    "gradient times the difference to [MASK]": gradient_times_difference,
}

if __name__ == "__main__":
    main()
