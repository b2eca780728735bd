"""A smoke run of benchmarks/text.py: its draws, its baselines, and what it writes down."""

import importlib.util
import sys

import numpy as np
import pytest
from places import BENCHMARKS

from tlteach import tasks

FOLDER = BENCHMARKS


@pytest.fixture(scope="module")
def benchmark():
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("benchmark_text", FOLDER / "text.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.path.remove(str(FOLDER))


@pytest.mark.parametrize("n", [6, 7, 64, 100])
def test_draws_are_stratified_and_of_the_asked_size(benchmark, n):
    from text_tasks import draw

    labels = np.repeat([0, 1, 2], [300, 60, 40])
    rows = draw(labels, n, [0, 0])
    assert len(set(rows)) == n
    assert (np.abs(np.bincount(labels[rows], minlength=3) - n * np.array([0.75, 0.15, 0.1])) < 1).all()
    assert not np.array_equal(rows, draw(labels, n, [1, 0]))


def test_every_method_gets_the_same_few_texts(benchmark):
    task = tasks.questions()
    few = benchmark.few(task, 64, seed=3)
    assert sorted(few.train.class_counts) == [10, 10, 11, 11, 11, 11]
    assert len(few.validation) == 64
    assert few.test is task.test
    assert few.train.inputs == benchmark.few(task, 64, seed=3).train.inputs


@pytest.mark.slow
def test_counts_and_their_summary(benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(benchmark, "RESULTS", tmp_path)
    methods = {name: benchmark.METHODS[name] for name in benchmark.COUNTS}
    task = tasks.mail("giulia")
    found = benchmark.grid(methods, task, labels=24, seeds=2, folder=tmp_path / "runs")
    assert not found.failed
    summary = benchmark.summary(found, task)
    assert set(summary["accuracy"]) == set(summary["f1_of_spam"]) == set(methods)
    benchmark.write("real", {"24": summary}, "mail")
    benchmark.write("real", {"48": summary}, "mail")
    assert '"24"' in (tmp_path / "text.json").read_text()
    assert '"48"' in (tmp_path / "text.json").read_text()
    again = benchmark.grid(methods, task, labels=24, seeds=2, folder=tmp_path / "runs")
    assert [run.seconds for run in again.runs] == [run.seconds for run in found.runs]  # not run again


def test_f1_and_its_interval(benchmark):
    predicted, labels = np.array([1, 1, 0, 0, 1]), np.array([1, 0, 1, 0, 1])
    assert benchmark.f1(predicted, labels, 1) == pytest.approx(2 / 3)
    found = benchmark.interval([0.5, 0.6, 0.7])
    assert found["low"] < found["mean"] == 0.6 < found["high"]


def test_the_language_of_a_mail_is_told(benchmark):
    counts = {}
    for person in ("giulia", "wei"):
        task = tasks.mail(person)
        texts = [text for split in (task.train, task.validation, task.test) for text in split.inputs]
        counts[person] = sum(map(benchmark.is_english, texts))
    assert counts["giulia"] == pytest.approx(162, abs=6)  # what the card of the data set says
    assert counts["wei"] == pytest.approx(160, abs=6)


def test_real_texts_have_no_copies(benchmark, real):
    task = benchmark.real_task("sms_spam", real)
    prints = [found for split in (task.train, task.validation, task.test) for found in split.fingerprints()]
    assert len(set(prints)) == len(prints) > 5000
    assert 950 <= len(task.test) <= 1050
