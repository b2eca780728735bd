"""What text costs: frozen features computed once, a head, fine-tuning, and batches padded to their own longest text."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import replace

import keras
import numpy as np
from text_tasks import few

import tlteach as tl
from tlteach.engine import boundary
from tlteach.engine.features import features_of
from tlteach.engine.store import Store
from tlteach.text.form import form_of
from tlteach.text.scratch import scratch
from tlteach.text.splits import TextSplit


def speed(head: dict, fine_tuning: dict, n: int = 5000) -> dict:
    """Seconds of each step; of frozen features, also when they are asked for a second time."""
    film, questions = tl.tasks.film_reviews(), tl.tasks.questions()
    texts = list(itertools.islice(itertools.cycle((*film.train.inputs, *questions.train.inputs)), n))
    many = TextSplit(texts, np.zeros(n, "int32"), 2)
    with tl.quietly():
        model = tl.add_head(tl.base_model(tl.select_source(film)), film, head["learning_rate"])
    tokenizer, parts = form_of(model), boundary.split(model)
    found = {"texts": n, "labels": 128, "head_epochs": head["epochs"], "fine_tuning_epochs": 6}
    with Store() as store:
        found["features"] = seconds(lambda: features_of(parts, many.batches(tokenizer), store))
        found["features_again"] = seconds(lambda: features_of(parts, many.batches(tokenizer), store))
    small = replace(few(film, 128, 0), validation=film.validation)
    with tl.quietly():
        tl.train(model, small, 1, verbose=0)
        found["head"] = seconds(lambda: tl.train(model, small, head["epochs"], verbose=0))
        tl.recompile(tl.unfreeze(model, fine_tuning["from_layer"]), fine_tuning["learning_rate"])
        found["fine_tuning"] = seconds(lambda: tl.train(model, small, 6, verbose=0))
        found["scratch"] = seconds(lambda: scratch(small, 0))
    found["padding"] = padding(model, many.take(range(640)))
    print(json.dumps(found, indent=1))
    return found


def padding(model: keras.Model, split: TextSplit) -> dict:
    """Seconds of one pass, with batches as long as their own longest text, as the longest of all, and as the limit."""
    tokenizer = form_of(model)
    longest = split.load(range(len(split)), tokenizer).shape[1]
    found = {"texts": len(split), "longest": longest, "tokens_limit": tokenizer.max_tokens}
    for name, length in {"own_longest": None, "longest_of_all": longest, "limit": tokenizer.max_tokens}.items():
        rows = [range(start, start + 32) for start in range(0, len(split), 32)]
        batches = [split.load(some, tokenizer, length) for some in rows]
        for batch in {batch.shape: batch for batch in batches}.values():
            model.predict_on_batch(batch)  # compiled before the clock starts
        found[name] = seconds(lambda batches=batches: [model.predict_on_batch(batch) for batch in batches])
    return found


def seconds(work: Callable) -> float:
    started = time.perf_counter()
    work()
    return round(time.perf_counter() - started, 2)
