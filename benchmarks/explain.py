"""Do the words that a score names really move the decision? Ways of scoring, held against taking the word out.

    python benchmarks/explain.py

A head is trained on frozen MiniLM with 32 labels per class, 11 of questions. In each of 60 test texts, the word with
the strongest score is taken out, and the model is asked again. A score is right where the evidence for the class, the
logarithm of the odds, falls for a word that spoke for it and rises for one that spoke against it. Strong words mostly
speak for the class that was chosen: so each way is held against always saying "for", of the same words.

Attention has no sign. The word that the last block looks at most is held against the one that changes the evidence
most when it is taken out. Results go to benchmarks/results/explain.json.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from tqdm import tqdm

import tlteach as tl
from tlteach.text import explain
from tlteach.text.attention_weights import attention_of
from tlteach.text.form import form_of

RESULTS = Path(__file__).resolve().parent / "results"
TEXTS, SEEDS = 60, 5
LABELS = {"film_reviews": 32, "questions": 11}  # per class: about 64 in all


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    keras.config.disable_interactive_logging()
    found = {"right_by_seed": {}, "for_by_seed": {}, "attention_by_seed": {}, "chance_by_seed": {}}
    for name in LABELS:
        for seed in range(SEEDS):
            task = tl.tasks.by_name(name)
            rows = np.random.default_rng(seed).permutation(len(task.test))[:TEXTS]
            texts = [task.test.inputs[row] for row in rows]
            model = trained(task, seed)
            falls = [judged(model, text) for text in tqdm(texts, desc=f"{name}, seed {seed}")]
            for way in falls[0]:
                right, is_for = np.mean([row[way] for row in falls], axis=0).round(3).tolist()
                found["right_by_seed"].setdefault(name, {}).setdefault(way, []).append(right)
                found["for_by_seed"].setdefault(name, {}).setdefault(way, []).append(is_for)
            same, chance = np.mean([agrees(model, text) for text in texts], axis=0).round(3).tolist()
            found["attention_by_seed"].setdefault(name, []).append(same)
            found["chance_by_seed"].setdefault(name, []).append(chance)
            print(json.dumps({key: values[name] for key, values in found.items()}), flush=True)
    record = {"command": "python benchmarks/explain.py", "texts": TEXTS, **found}
    (RESULTS / "explain.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def trained(task: tl.tasks.Task, seed: int) -> keras.Model:
    task = task.subset(LABELS[task.name], seed)
    keras.utils.set_random_seed(seed)
    with tl.quietly():
        model = tl.add_head(tl.base_model(tl.select_source(task, "minilm"), max_tokens=64), task)
        tl.train(model, task, 20, seed=seed, verbose=0)
    return model


def judged(model: keras.Model, text: str) -> dict[str, tuple[bool, bool]]:
    """For each way of scoring: does the sign of its strongest score come true; was "for" the truth for that word?"""
    tokenizer = form_of(model)
    chosen = int(np.argmax(model(tokenizer.encode([text]), training=False)))
    scored = {way: said(explain._joined(tokenizer, text, s), text) for way, s in scores(model, text, chosen).items()}
    strongest = {way: max(words, key=lambda word: abs(word.score)) for way, words in scored.items()}
    whole, *rest = evidence(model, [text, *(without(text, word) for word in strongest.values())], chosen)
    return {
        way: (bool((whole - less) * word.score > 0), bool(whole > less))
        for (way, word), less in zip(strongest.items(), rest, strict=True)
    }


def scores(model: keras.Model, text: str, class_index: int) -> dict[str, np.ndarray]:
    """The score of each token, (length,), in each way; three of them from one gradient, taken where the text stands."""
    token_ids = form_of(model).encode([text])
    places = explain._places_of_words(form_of(model), text)
    embedding, rest = explain._cut_after_the_embedding(model)
    vectors = keras.ops.convert_to_numpy(embedding(keras.ops.convert_to_tensor(token_ids)))
    slopes = explain._slopes(model, rest, token_ids, vectors, class_index)[0]
    plain = (slopes * vectors[0]).sum(axis=-1)
    return {
        "integrated gradients from [MASK]": explain._gradients_times_input(model, token_ids, places, class_index),
        "gradient times input": plain,
        "gradient times input, sign turned round": -plain,
        "gradient times the difference to [MASK]": plain - slopes @ explain._beginning(model, embedding),
    }


def agrees(model: keras.Model, text: str) -> tuple[bool, float]:
    """Is the word that is looked at most the one that changes the evidence most; and how often by chance?"""
    tokenizer, base = form_of(model), model.get_layer("minilm")
    chosen = int(np.argmax(model(tokenizer.encode([text]), training=False)))
    blocks = sum(layer.name.endswith("_attention") for layer in base.layers)
    looks = attention_of(base, text, blocks - 1)[1].mean(axis=0)
    words = said(explain._joined(tokenizer, text, looks), text)
    whole, *rest = evidence(model, [text, *(without(text, word) for word in words)], chosen)
    changes = np.abs(whole - np.array(rest))
    return bool(np.argmax([word.score for word in words]) == changes.argmax()), 1 / len(words)


def said(words: Sequence[explain.Word], text: str) -> list[explain.Word]:
    """The words without the punctuation."""
    return [word for word in words if any(map(str.isalnum, text[word.start : word.end]))]


def without(text: str, word: explain.Word) -> str:
    return f"{text[: word.start].rstrip()} {text[word.end :].lstrip()}".strip()


def evidence(model: keras.Model, texts: Sequence[str], class_index: int) -> list[float]:
    outputs = model(form_of(model).encode(texts), training=False)
    return keras.ops.convert_to_numpy(explain._log_odds(model, outputs, class_index)).tolist()


if __name__ == "__main__":
    main()
