"""One network on several devices: `keras.distribution.DataParallel` on JAX, over two processes on this machine."""

import os
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from places import ROOT

SCRIPT = Path(__file__).with_name("data_parallel.py")


def started(*arguments):
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests", os.environ.get("PYTHONPATH", ""))))
    around = {**os.environ, "PYTHONPATH": paths, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(
        [sys.executable, SCRIPT, *map(str, arguments)], env=around, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def ended(process):
    told, _ = process.communicate(timeout=500)
    assert process.returncode == 0, told.decode()[-3000:]


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("jax"), reason="JAX is not installed; Keras' DataParallel is tried on it alone")
def test_two_processes_learn_what_one_does(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    both = [started(tmp_path / f"{number}.npz", port, number) for number in (0, 1)]
    for process in both:
        ended(process)
    ended(started(tmp_path / "alone.npz"))
    alone, *found = (np.load(tmp_path / f"{name}.npz") for name in ("alone", "0", "1"))
    assert alone["devices"] == 1
    for one in found:
        assert one["devices"] == 2
        for name in alone.files:
            if name != "devices":
                np.testing.assert_allclose(one[name], alone[name], atol=1e-6)
