"""Texts, files of texts and a small tokenizer for the tests."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

ADJECTIVES = ("slow", "bright", "odd", "warm", "stiff", "bold", "faint", "long")
NOUNS = ("film", "song", "garden", "letter", "kitchen", "river", "lesson")


def texts_of(n: int, start: int = 0) -> list[str]:
    """Return n texts of 3 to 9 words, no two of which say the same."""
    return [f"the {ADJECTIVES[k % 8]} {NOUNS[k % 7]}" + f" number {k}" * (1 + k % 4) for k in range(start, start + n)]


def write_rows(path: Path, rows: Iterable[Sequence], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    """Write rows as the csv module does."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def rows_of(n: int, labels: Sequence[str] = ("bad", "good")) -> list[tuple[str, str]]:
    """Return n rows of text and label, each label in turn."""
    return [(text, labels[k % len(labels)]) for k, text in enumerate(texts_of(n))]


def labels_by_text(task) -> dict[str, str]:
    """Return {text: class name} for all texts of a task."""
    splits = (task.train, task.validation, task.test)
    return {
        text: task.class_names[label]
        for split in splits
        for text, label in zip(split.inputs, split.labels.tolist(), strict=True)
    }


def reasons(task) -> dict[str, str]:
    """Return {line: reason} of what was left out."""
    return {item.where.rpartition(":")[2]: item.reason for item in task.left_out}


def word_tokenizer(texts: Iterable[str], max_tokens: int = 64):
    """Return a tokenizer with a token for each word, and [CLS] and [SEP] around a text."""
    import tokenizers
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing

    from tlteach.text.tokenizer import Tokenizer

    words = sorted({word for text in texts for word in text.split()})
    vocabulary = {token: number for number, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = tokenizers.Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    special = [("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=special)
    return Tokenizer(tokenizer, max_tokens)
