"""The trial of transferability scores: how alike two orders are, and its picture."""

import json

import pytest

from tlteach.core.files import bundled
from tlteach.evidence.trial import RANDOM, RIVAL, mean_correlations, scores_on_trial, table, unique

TRIAL = json.loads(bundled("comparisons/transferability.json").read_text(encoding="utf-8"))
RUNS = TRIAL["runs"]
SOURCES = [name for name in unique(RUNS, "source") if name != RANDOM]
OF_OURS = [name for name in SOURCES if name not in ("menagerie", "mobilenet_025", "mobilenet_v2_035")]


def test_with_all_sources_it_is_what_the_record_says():
    found = mean_correlations(RUNS, SOURCES)
    assert "leep" not in found  # three of the sources have no head of their own
    for name, value in found.items():
        assert value == pytest.approx(TRIAL["scores"][name]["fine_tuned"]["mean"], abs=2e-3)
    for name in ("leep", "nce"):
        of_ours = mean_correlations(RUNS, OF_OURS)[name]
        assert of_ours == pytest.approx(TRIAL["scores"][name]["fine_tuned"]["mean"], abs=2e-3)


def test_a_score_that_is_the_accuracy_puts_all_in_order():
    runs = [{**run, "scores": {**run["scores"], "logme": run["fine_tuned"], "h_score": 1.0}} for run in RUNS]
    found = mean_correlations(runs, SOURCES)
    assert found["logme"] == pytest.approx(1)
    assert found["h_score"] == 0


def test_a_table_has_sources_targets_and_draws():
    assert table(RUNS, "fine_tuned").shape == (11, 3, 3)
    assert table(RUNS, RIVAL).min() >= 0


def test_the_picture_has_a_line_for_each_score_and_a_dot_for_each_target():
    figure = scores_on_trial(TRIAL, "A finding")
    (axes,) = figure.axes
    told = [text.get_text() for text in axes.get_yticklabels()]
    assert told[0] == "LogME (10 sources)"
    assert told[-1] == "frozen head (10 sources)"
    assert sum(line.get_marker() == "D" for line in axes.lines) == len(told) == 6
    assert sum(line.get_color() == "grey" for line in axes.lines) == 6 * 3
    assert [text.get_text() for text in figure.legends[0].get_texts()][1] == "cats and dogs"
