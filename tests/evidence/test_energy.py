"""What a run costs: the meter against arithmetic, without a meter, and that nothing is sent, written or said."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from command_line import run_here
from places import ROOT

import tlteach as tl
from tlteach.core.errors import DataError
from tlteach.evidence import energy
from tlteach.evidence.compare import compare, load
from tlteach.evidence.grid import Outcome

pytest.importorskip("codecarbon")


def work(cpu_seconds: float = 0.3) -> None:
    started = time.process_time()
    while time.process_time() - started < cpu_seconds:
        pass


def guess(task, seed):
    work(0.1)
    return Outcome(np.zeros(len(task.test), int))


@pytest.fixture
def without_a_meter(monkeypatch):
    monkeypatch.setitem(sys.modules, "codecarbon", None)


def test_joules_are_watts_times_seconds_and_grams_those_of_the_country():
    with energy.measured("fra") as cost:
        work()
    assert cost.cpu_seconds == pytest.approx(0.3, abs=0.1)
    assert cost.seconds >= 0.3
    assert cost.joules > 0
    assert cost.joules == pytest.approx(sum(cost.parts.values()))
    assert cost.grid.startswith("France, 20")
    assert cost.grams == pytest.approx(cost.joules / 3.6e6 * cost.grams_per_kwh)
    assert 20 < cost.grams_per_kwh < 200
    assert len(cost.empty_runs) == energy.EMPTY_RUNS
    assert min(cost.empty_runs) >= 0
    assert f"at {cost.grams_per_kwh:.0f} g per kilowatt hour: France" in str(cost)
    assert "an empty run reads" in str(cost)
    assert json.loads(json.dumps(cost.to_dict())) == cost.to_dict()


def test_an_estimate_says_that_it_is_one_and_keeps_to_its_watts(monkeypatch):
    """With the watts that a configuration sets, of two cores.

    Beside other work one reading can be half too high: the meter takes time and load one after the other, and may be
    interrupted between. The nearest of five shows the watts that it works with.
    """
    monkeypatch.setenv("CODECARBON_FORCE_CPU_POWER", str(6 * os.cpu_count()))
    monkeypatch.setenv("CODECARBON_FORCE_RAM_POWER", "3")
    processor, memory = [], []
    for _ in range(5):
        with energy.measured() as cost:
            work(1.0)
        if not cost.how.startswith("an estimate from rated power, not a measurement: 6 watts for a core"):
            pytest.skip(f"this machine knows by {cost.how}")
        assert "3 watts for memory" in cost.how
        processor.append(cost.parts["processor"] / cost.cpu_seconds)
        memory.append(cost.parts["memory"] / cost.seconds)
        if abs(processor[-1] - 6) < 1 and abs(memory[-1] - 3) < 0.5:
            return
    pytest.fail(f"watts of a core, which are 6: {processor}; of memory, which are 3: {memory}")


def test_the_world_is_taken_where_no_country_is_named():
    with energy.measured() as cost:
        pass
    assert (cost.grid, cost.grams_per_kwh) == ("the world's average", 475)


def test_what_the_body_raises_goes_through_and_the_cost_is_complete():
    with pytest.raises(ZeroDivisionError), energy.measured() as cost:
        raise ZeroDivisionError
    assert cost.joules is not None


@pytest.mark.parametrize("country", ["XXX", "Italy", "CAF"])
def test_an_unknown_country_is_refused_before_the_work(country):
    with pytest.raises(DataError, match="ISO 3166"), energy.measured(country):
        pytest.fail("the body ran")


def test_without_a_meter_time_is_known_and_what_to_install(without_a_meter):
    with energy.measured("ITA") as cost:
        work(0.1)
    assert cost.seconds >= 0.1
    assert cost.joules is cost.grams is None
    assert str(cost).splitlines()[1:] == [f"how it is known: {energy.NO_METER}"]
    assert 'pip install "tlteach[carbon]"' in energy.NO_METER


def test_nobody_is_called_nothing_is_written_and_nothing_is_said(tmp_path):
    """In a process of its own, with a configuration that asks for all of it, and sockets that do not open."""
    (tmp_path / ".codecarbon.config").write_text(
        "[codecarbon]\nsave_to_api=true\nsave_to_file=true\nemissions_endpoint=http://localhost:9\napi_key=x\n"
        "electricitymaps_api_token=x\nco2_signal_api_token=x\noutput_methods=csv,api\noutput_dir=/no/such\n"
        "log_level=debug\ncloud_provider=aws\ncloud_region=nowhere\n",
        encoding="utf-8",
    )
    code = (
        "import socket\n"
        "def refuse(*_):\n    open('called', 'w').close()\n    raise OSError\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse\n"
        "import tlteach as tl\n"
        "with tl.energy.measured('ITA') as cost:\n    sum(range(10**6))\n"
        "assert cost.joules > 0, cost\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir()] == [".codecarbon.config"]


# ---------------------------------------------------------------- comparisons and the command line


def test_a_comparison_has_joules_and_grams(colours, tmp_path):
    found = compare([guess], colours, seeds=2, progress=False, carbon="ITA", folder=tmp_path / "runs")
    (row,) = found.rows
    assert row.joules > 0
    assert row.grams == pytest.approx(row.joules / 3.6e6 * found.runs[0].energy["grams_per_kwh"])
    assert "joules  g CO2" in str(found)
    assert "Energy is that of one run, alone. CO2: Italy, 20" in str(found)
    assert load(found.save(tmp_path / "found.json")).to_dict() == found.to_dict()
    again = compare([guess], colours, seeds=2, progress=False, carbon="ITA", folder=tmp_path / "runs")
    assert again.runs[0].energy == found.runs[0].energy  # not run again
    plain = compare([guess], colours, seeds=2, progress=False, workers=1, folder=tmp_path / "runs")
    assert plain.rows[0].joules is None
    assert "joules" not in str(plain)


def test_a_comparison_without_a_meter_has_seconds_and_a_sentence(colours, without_a_meter):
    found = compare([guess], colours, seeds=1, progress=False, carbon=True)
    assert found.rows[0].joules is None
    assert "g CO2" not in str(found)
    assert energy.NO_METER in str(found)


def test_energy_is_measured_of_one_run_at_a_time(colours):
    with pytest.raises(DataError, match="one at a time in this process"):
        compare([guess], colours, carbon=True, workers=2)
    with pytest.raises(DataError, match="ISO 3166"):
        compare([guess], colours, carbon="Atlantis")


@pytest.mark.slow
def test_a_run_on_the_command_line_says_and_writes_its_energy(tmp_path, capsys, without_graphs):
    done = run_here(capsys, "run", "--source", "menagerie", "--image-size", 32, "--labels-per-class", 4, "--epochs", 1,
                    "--fine-tune-epochs", 0, "--carbon", "ITA", "--out", tmp_path / "out")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "Energy of the run: " in done.stdout
    assert "how it is known: " in done.stdout
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))["energy"]
    assert found["joules"] > 0
    assert found["grid"].startswith("Italy")
    assert "joules" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_slip_in_the_country_is_one_line_before_the_work(tmp_path, capsys):
    done = run_here(capsys, "run", "--carbon", "Atlantis", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert "ISO 3166" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_six_steps_do_not_know_of_it():
    code = "import sys, tlteach as tl; tl.add_head; tl.train; print('tlteach.evidence.energy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert Path(energy.__file__).read_text(encoding="utf-8").count("import keras") == 0
    assert tl.energy is energy
