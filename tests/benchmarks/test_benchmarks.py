"""Every benchmark starts, and says what it compares. What it measures takes too long for a test."""

import runpy
import sys
from unittest import mock

import pytest
from places import BENCHMARKS

from tlteach.core.machine import import_keras

import_keras()  # once, and not in the time of the first test

SCRIPTS = [path for path in sorted(BENCHMARKS.glob("*.py")) if "def main(" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_benchmark_starts_and_says_what_it_compares(script, monkeypatch, capsys):
    source = script.read_text(encoding="utf-8")
    assert "ArgumentParser" in source, f"{script.name} knows no --help: asked for it, it would begin to measure"
    monkeypatch.setattr(sys, "argv", [str(script), "--help"])
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    with mock.patch.dict("os.environ"), pytest.raises(SystemExit) as ended:  # some ask for one thread
        runpy.run_path(str(script), run_name="__main__")
    assert ended.value.code == 0
    first_line = source.removeprefix('"""').splitlines()[0]
    assert first_line in " ".join(capsys.readouterr().out.split())
