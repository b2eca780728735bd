"""The tasks of benchmarks/text.py: real texts read from a folder, and draws of a few labels of any task."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from tlteach.core.splits import cut
from tlteach.core.task import Task
from tlteach.text.splits import TextSplit


def few(task: Task, labels: int, seed: int) -> Task:
    """The task with so many training texts in all, drawn from `seed`, and at most as many for validation."""
    train = task.train.take(draw(task.train.labels, labels, [seed, 0]))
    validation = task.validation
    if labels < len(validation):
        validation = validation.take(draw(validation.labels, labels, [seed, 1]))
    return replace(task, train=train, validation=validation)


def draw(labels: np.ndarray, n: int, seed: list[int]) -> np.ndarray:
    """Rows of `n` inputs, as many of each class as its share asks for; who gets the last ones is drawn by lot."""
    random = np.random.default_rng(seed)
    shares = n * np.bincount(labels) / len(labels)
    counts = np.floor(shares + 1e-9).astype(int)
    remainders = shares - counts + 1e-6 * random.random(len(shares))
    counts[np.argsort(-remainders)[: n - counts.sum()]] += 1
    rows = [random.permutation(np.flatnonzero(labels == label))[:count] for label, count in enumerate(counts)]
    return np.sort(np.concatenate(rows))


def real_task(name: str, folder: Path) -> Task:
    """SMS spam (Almeida et al. 2011), film-review polarity (Pang, Lee 2005), kitchen reviews (Blitzer et al. 2007)."""
    read, class_names, shares = {
        "sms_spam": (sms_spam, ("ham", "spam"), (0.1, 0.194)),
        "polarity": (polarity, ("negative", "positive"), (0.05, 0.094)),
        "kitchen": (kitchen, ("negative", "positive"), (0.15, 0.4)),
    }[name]
    texts, labels = without_copies(*read(folder))
    validation, test, train = cut(labels, shares, 0, class_names)  # test: about 1,000 texts, 800 of kitchen
    parts = [TextSplit([texts[row] for row in rows], labels[rows], 2) for rows in (train, validation, test)]
    return Task(name, class_names, *parts, modality="text")


def sms_spam(folder: Path) -> tuple[list[str], list[int]]:
    lines = (folder / "sms_spam" / "SMSSpamCollection").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t", 1) for line in lines]
    return [text for _, text in pairs], [int(label == "spam") for label, _ in pairs]


def polarity(folder: Path) -> tuple[list[str], list[int]]:
    paths = [folder / "movie_reviews" / f"rt-polarity.{side}" for side in ("neg", "pos")]
    sides = [path.read_text(encoding="windows-1252", errors="replace").splitlines() for path in paths]
    return [*sides[0], *sides[1]], [0] * len(sides[0]) + [1] * len(sides[1])


def kitchen(folder: Path) -> tuple[list[str], list[int]]:
    with (folder / "multi_domain_sentiment" / "kitchen.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [row["text"] for row in rows], [int(row["label"]) for row in rows]


def without_copies(texts: list[str], labels: list[int]) -> tuple[list[str], np.ndarray]:
    """The first of every text that occurs more than once; copies across splits would be a leak."""
    split = TextSplit(texts, np.array(labels), 2)
    first = dict(zip(reversed(split.fingerprints()), reversed(range(len(texts))), strict=True))
    rows = sorted(first.values())
    return [texts[row] for row in rows], split.labels[rows]
