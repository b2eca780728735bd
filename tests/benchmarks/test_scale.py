"""The record of a comparison on a Dask cluster: whole, and what is said on paper follows from what was measured."""

import json

import pytest
from places import BENCHMARKS

from tlteach.core.files import bundled


@pytest.fixture(scope="module")
def record():
    return json.loads(bundled("comparisons/scale.json").read_text(encoding="utf-8"))


def test_the_bundled_record_is_that_of_the_benchmark(record):
    assert json.loads((BENCHMARKS / "results" / "scale.json").read_text("utf-8")) == record


def test_the_task_travels_once(record):
    measured = record["messages"]
    assert measured["a run"]["bytes"] < measured["methods and task, bytes"] / 100
    assert measured["one comparison of one run"]["bytes"] >= 2 * measured["methods and task, bytes"]  # in and out


def test_what_is_said_on_paper_follows(record):
    a_run, paper = record["messages"]["a run"], record["paper"]
    slowest = max(a_run["scheduler"], a_run["client"])
    assert paper["most runs a second"] == pytest.approx(1 / slowest, abs=0.1)
    for seconds in (1, 60, 600):
        assert paper[f"runs of {seconds} s"]["workers that are kept busy"] == min(1000, round(seconds / slowest))


def test_the_readme_quotes_the_runs_an_hour(record):
    readme = " ".join((BENCHMARKS.parent / "README.md").read_text("utf-8").split())
    one, *workers = (f"{runs:,}" for runs in record["hour"]["runs an hour"].values())
    assert (
        f"{one} an hour in one process, and {', '.join(workers[:2])} and {workers[2]} on 1, 2 and 4 workers" in readme
    )
