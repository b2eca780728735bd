"""The bundled texts: what their cards say of them."""

import csv
import re
from collections import Counter
from itertools import combinations

import pytest
from sklearn.tree import DecisionTreeClassifier

from tlteach import tasks
from tlteach.core.files import bundled

LABELS = {
    "film_reviews": {"positive", "negative"},
    "film_reviews_hard": {"positive", "negative"},
    "mail": {"spam", "wanted"},
    "questions": {"person", "place", "time", "number", "reason", "way"},
}
CUES = {
    "last character": lambda text: 0 if text[-1].isalnum() else ord(text[-1]),
    "length": len,
    "words": lambda text: len(text.split()),
    "digits": lambda text: sum(map(str.isdigit, text)),
    "capitals": lambda text: sum(map(str.isupper, text)) / len(text),
}
LEAST = {"film_reviews": 800, "film_reviews_hard": 800, "mail": 800, "questions": 600}


@pytest.fixture(params=LABELS)
def name(request):
    return request.param


@pytest.fixture
def rows(name):
    with bundled(f"{name}/{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(text):
    return re.findall(r"[\w'’]+", text.casefold())


def test_every_row_has_a_text_a_label_and_a_split(name, rows):
    assert len(rows) >= LEAST[name]
    assert {row["label"] for row in rows} == LABELS[name]
    assert {row["split"] for row in rows} == {"train", "validation", "test"}
    assert all(row["text"].strip() for row in rows)


def test_the_file_is_plain(name):
    content = bundled(f"{name}/{name}.csv").read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content


def test_the_task_is_the_file_with_nothing_left_out(name, rows):
    task = tasks.by_name(name)
    found = Counter()
    for split in ("train", "validation", "test"):
        part = getattr(task, split)
        labels = [task.class_names[label] for label in part.labels]
        found.update(zip(part.inputs, labels, [split] * len(labels), strict=True))
    assert found == Counter((row["text"], row["label"], row["split"]) for row in rows)
    assert task.left_out == ()


def test_the_card_tells_the_counts(name, rows):
    card = bundled(f"{name}/README.md").read_text("utf-8")
    assert f" {len(rows)} " in card
    task = tasks.mail("wei") if name == "mail" else tasks.by_name(name)  # that card counts for each person
    for split in ("train", "validation", "test"):
        (per_class,) = set(getattr(task, split).class_counts)
        assert re.search(rf"`{split}` (\d x )?{per_class}\b", card)


def test_labels_are_balanced_in_every_split(rows):
    counts = Counter((row["split"], row["label"]) for row in rows)
    for split in ("train", "validation", "test"):
        of_split = [count for (found, _), count in counts.items() if found == split]
        assert max(of_split) <= 1.05 * min(of_split)


def test_no_text_stands_twice_or_nearly_so(rows):
    every = [words(row["text"]) for row in rows]
    threes = [{tuple(found[i : i + 3]) for i in range(len(found) - 2)} for found in every]
    assert len(set(map(tuple, every))) == len(rows)
    for one, other in combinations(filter(None, threes), 2):
        if shared := len(one & other):
            assert shared / len(one | other) < 0.5


def test_no_word_gives_the_label_away(name, rows):
    if name == "film_reviews":
        pytest.skip("written as people write: whoever says boring does not like the film")
    by_word = {}
    for row in rows:
        for word in set(words(row["text"])):
            by_word.setdefault(word, Counter())[row["label"]] += 1
    for word, found in by_word.items():
        if found.total() >= 10:
            assert max(found.values()) / found.total() <= 0.8, word


@pytest.mark.parametrize("name", [*LABELS, "mail_giulia", "mail_wei"])
def test_no_trivial_rule_tells_the_label(name):
    """A model must read: a rule by one outward cue, found on train, is hardly better than guessing on test."""
    task = tasks.by_name(name)
    for cue, found in CUES.items():
        train, test = ([[found(text)] for text in split.inputs] for split in (task.train, task.test))
        rule = DecisionTreeClassifier(max_leaf_nodes=task.n_classes, random_state=0).fit(train, task.train.labels)
        assert rule.score(test, task.test.labels) <= 1 / task.n_classes + 0.05 + 1e-9, cue
