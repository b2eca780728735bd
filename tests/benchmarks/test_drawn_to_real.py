"""The record of drawings judged on reality: it is whole, and what is said of it holds."""

import json

import numpy as np
import pytest
from places import BENCHMARKS

from tlteach.core.files import bundled


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/drawn_to_real.json").read_text(encoding="utf-8"))


def mean(values):
    assert len(values) == 5  # seeds
    return float(np.mean(values))


def shown(found, first, second, labels=None):
    """The difference of two methods, if one was shown."""
    (one,) = [v for v in found["verdicts"] if v["pair"] == [first, second] and v["labels per class"] == labels]
    return one["difference"] if one["shown"] else 0.0


def test_the_bundled_record_is_that_of_the_benchmark(record):
    benchmark = BENCHMARKS / "results" / "drawn_to_real.json"
    if not benchmark.is_file():
        pytest.skip("no results of the benchmark are here")
    assert json.loads(benchmark.read_text("utf-8")) == record
    assert set(record) == {"digits", "labels", "photos"}


def test_varied_drawings_are_nearer_to_handwriting_and_too_varied_ones_are_not(record):
    assert record["digits"]["parameters"] <= 30_000
    of_mnist = record["digits"]["MNIST"]
    assert mean(of_mnist["level 2"]) - mean(of_mnist["level 0"]) >= 0.30
    for name in ("MNIST", "USPS", "MNIST-M", "scikit-learn"):
        found = record["digits"][name]
        means = {level: mean(found[f"level {level}"]) for level in ("0", "0.5", "1", "2", "4")}
        assert max(means, key=means.get) == "2"
        assert shown(found, "level 2", "level 0") > 0.1
        assert shown(found, "level 2", "level 4") > 0.1


def test_a_few_labels_are_worth_more_after_varied_drawings_and_less_after_print(record):
    found = record["labels"]
    for n in (1, 5, 10):
        assert shown(found, "from varied drawings", "from scratch", n) > 0.1
        assert shown(found, "from varied drawings", "from print", n) > 0.1
    assert shown(found, "from print", "from scratch", 1) > 0
    assert shown(found, "from print", "from scratch", 5) < 0
    assert shown(found, "from print", "from scratch", 10) < 0


def test_drawings_help_where_one_photo_is_labelled_and_not_where_twenty_are(record):
    found = record["photos"]["labelled photos"]
    both, alone = "photos and drawings", "photos alone"
    assert mean(found["1"][both]) - mean(found["1"][alone]) >= 0.05
    assert shown(found, both, alone, 1) >= 0.05
    assert shown(found, both, alone, 5) == shown(found, both, alone, 20) == 0


def test_no_gain_of_the_photos_own_statistics_is_shown(record):
    for head in ("no labelled photo", "no labelled photo, a small network"):
        found = record["photos"][head]
        assert shown(found, "statistics", "source only") == shown(found, "CORAL", "source only") == 0
        assert mean(found["statistics"]) > mean(found["source only"]) > mean(found["CORAL"])
