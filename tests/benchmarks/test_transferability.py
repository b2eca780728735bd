"""The trial of the scores: its statistics on made-up runs and on its record, and a tiny trial that is resumed."""

import json
import sys

import numpy as np
import pytest
from places import BENCHMARKS

REPEATS = 40
RECORD = BENCHMARKS / "results" / "transferability.json"


@pytest.fixture
def trial(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import transferability_report

    return transferability_report


def made_up(score_of, sources=10, targets=("one", "two"), seeds=2):
    """Runs in which source i has the accuracy i / 20, and every score is score_of(i)."""
    return [
        {
            "source": f"source {i}",
            "target": target,
            "seed": seed,
            "frozen": i / 20,
            "fine_tuned": i / 20,
            "scores": {name: score_of(i) for name in ("logme", "h_score", "shrunk_h_score", "leep", "nce")},
            "seconds": {"scores": 1.0, "training": 1.0},
            "today": "source 5",
        }
        for seed in range(seeds)
        for target in targets
        for i in range(sources)
    ]


def test_a_score_that_orders_all_sources_is_let_in(trial):
    runs = made_up(lambda i: float(i))
    judged, chosen = trial.judge_all(runs, REPEATS), trial.choices(runs)
    assert judged["logme"]["fine_tuned"]["by_target"] == [1.0, 1.0]
    assert judged["logme"]["fine_tuned accuracy of its choice"] == [0.45, 0.45]
    assert chosen["the best in hindsight"]["source"] == ["source 9"] * 2
    assert chosen["select_source now"]["accuracy"] == [0.25, 0.25]
    assert trial.verdict(judged, chosen).startswith("The trial supports letting select_source use")


@pytest.mark.parametrize(
    ("score_of", "expected"), [(lambda i: -float(i), -1.0), (lambda i: 2.0, 0.0)], ids=["backwards", "constant"]
)
def test_a_score_that_orders_nothing_is_not(trial, score_of, expected):
    runs = made_up(score_of)
    judged = trial.judge_all(runs, REPEATS)
    assert judged["leep"]["fine_tuned"]["mean"] == expected
    assert trial.verdict(judged, trial.choices(runs)).startswith("The trial does not support")


def test_the_rival_has_no_lead_over_itself_and_one_over_a_score_that_knows_nothing(trial):
    runs = made_up(lambda i: float(i))  # the rival's accuracy on test orders the sources, too
    assert trial.judge_all(runs, REPEATS)["logme"]["ahead of the rival"] == {
        "mean": 0,
        "interval_95": [0, 0],
        "interval_99": [0, 0],
    }
    for run in runs:
        run["scores"] |= {"leep": 2.0, trial.RIVAL: -run["scores"]["logme"]}
    judged = trial.judge_all(runs, REPEATS)
    assert judged["logme"]["ahead of the rival"]["interval_99"][0] > 1
    assert judged["leep"]["ahead of the rival"]["interval_99"][0] > 0
    assert judged[trial.RIVAL]["fine_tuned"]["mean"] == -1
    assert trial.verdict(judged, trial.choices(runs)).endswith("use logme.")


def test_the_record_says_what_its_runs_say(trial):
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    judged = trial.judge_all(record["runs"], repeats=10)
    assert trial.choices(record["runs"]) == record["choices"]
    for name, row in record["scores"].items():
        assert set(judged[name]) == set(row)
        assert judged[name]["fine_tuned accuracy of its choice"] == row["fine_tuned accuracy of its choice"]
        for measure in ("fine_tuned", "frozen, with random weights"):
            assert judged[name][measure]["sources"] == row[measure]["sources"]
            assert judged[name][measure]["by_target"] == pytest.approx(row[measure]["by_target"], abs=2e-3)


def test_a_score_of_chance_has_an_interval_over_zero(trial):
    random = np.random.default_rng(0)
    scores, accuracies = random.normal(size=(2, 10, 3, 3))
    found = trial.judge(scores, accuracies, repeats=200)
    assert found["interval_99"][0] < found["interval_95"][0] < 0 < found["interval_95"][1] < found["interval_99"][1]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys, trial, without_graphs):
    """The command, in this process: a few steps of training take a second, and to compile them a minute."""
    import transferability

    command = ["transferability.py", "--tiny", "--folder", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    for nothing_is_looked_for_online in ("KERAS_HOME", "TLTEACH_MIRROR"):
        monkeypatch.setenv(nothing_is_looked_for_online, str(tmp_path))

    def run():
        transferability.main()
        return capsys.readouterr().out

    return run


def times_of_runs(folder):
    """When the file of each run was written."""
    return {path: path.stat().st_mtime_ns for path in folder.glob("*-4-0-*.json")}


@pytest.mark.slow
def test_a_tiny_trial_runs_and_goes_on_where_it_was_interrupted(tmp_path, run):
    said = run()
    assert "No verdict" in said
    found = json.loads((tmp_path / "transferability.json").read_text())
    assert len(found["runs"]) == 3
    assert set(found["runs"][0]) == set(json.loads(RECORD.read_text())["runs"][0])
    assert all(0 <= run["scores"]["frozen_head"] <= 1 for run in found["runs"])
    assert found["rival_judged_on"] == "validation"
    assert found["scores"]["leep"]["fine_tuned"]["sources"] == 2
    assert (tmp_path / "transferability.png").stat().st_size > 10_000
    before = times_of_runs(tmp_path)
    assert len(before) == 6  # three sources, frozen and fine-tuned
    missing = min(before)
    missing.unlink()
    assert run() == said
    after = times_of_runs(tmp_path)
    assert {path for path in before if after[path] != before[path]} == {missing}
