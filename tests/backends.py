"""Run a file of tests once more, on another backend of Keras."""

import os
import subprocess
import sys
from importlib.util import find_spec

import pytest
from places import ROOT


def passes_on(backend, file):
    """All tests of `file` pass on `backend`, without the one that asks for it. Skips where it is not installed."""
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": path}
    this = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", file, "-k", "not other_backends"]
    done = subprocess.run(
        [sys.executable, *this], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout[-3000:]
