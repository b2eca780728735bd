"""The command line, as a user meets it: in a process of its own."""

import os
import subprocess
import sys

from places import ROOT


def run(*arguments, cwd=ROOT, stdout=subprocess.PIPE, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tlteach", *map(str, arguments)],
        cwd=cwd,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )
