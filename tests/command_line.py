"""The command line, as a user meets it in a process of its own; and its words alone, without the start of one."""

import contextlib
import os
import subprocess
import sys
from types import SimpleNamespace

from places import ROOT

from tlteach.__main__ import main


def run(*arguments, cwd=ROOT, stdout=subprocess.PIPE, **environment):
    return subprocess.run(
        [sys.executable, "-m", "tlteach", *map(str, arguments)],
        cwd=cwd,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def run_here(capsys, *arguments):
    """The same in the process of the test: a new one takes ten seconds to start Keras."""
    code = 0
    capsys.readouterr()
    with contextlib.chdir(ROOT):
        try:
            main([*map(str, arguments)])
        except SystemExit as ended:
            code = ended.code
    said = capsys.readouterr()
    return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)
