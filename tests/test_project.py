"""The project's own files agree with each other, and `import tlteach` stays light."""

import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from places import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_conda_users_get_what_pip_users_get():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python = next(d for d in environment["dependencies"] if isinstance(d, str) and d.startswith("python="))
    minimum = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert tuple(map(int, python.removeprefix("python=").split("."))) >= tuple(map(int, minimum.split(".")))
    (installs,) = next(d["pip"] for d in environment["dependencies"] if isinstance(d, dict))
    extras = set(re.fullmatch(r"-e \.\[(.*)\]", installs)[1].split(","))
    assert extras == {"cpu", "lab", "test"}
    optional = {"app", "book", "carbon", "export", "gpu", "scale", "track"}
    assert extras | optional == set(PYPROJECT["project"]["optional-dependencies"])


def test_tensorflow_cpu_is_not_asked_for_on_macos():
    """It has no wheel there."""
    for line in PYPROJECT["project"]["optional-dependencies"]["cpu"]:
        assert ("tensorflow-cpu" in line) == ("!= 'darwin'" in line)


def test_the_makefile_has_every_target():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^(\w+):", text, flags=re.MULTILINE))
    assert {"install", "demo", "test", "quick", "lab", "pretrain", "lint"} <= targets
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_importing_tlteach_is_quick_and_does_not_import_a_framework():
    code = (
        "import sys, time; start = time.process_time(); import tlteach; seconds = time.process_time() - start; "
        "heavy = {'tensorflow', 'keras', 'matplotlib', 'numpy', 'PIL'} & set(sys.modules); "
        "assert not heavy, heavy; assert seconds < 0.3, seconds"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_every_public_name_is_there():
    import tlteach

    for name in tlteach.__all__:
        assert getattr(tlteach, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        tlteach.no_such_name  # noqa: B018


@pytest.mark.slow
def test_starting_keras_prints_nothing():
    code = "import tlteach as tl; tl.train; import keras; keras.ops.ones(3)"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_a_keras_that_cannot_start_shows_why():
    code = "import os; os.environ['KERAS_BACKEND'] = 'nonsense'; import tlteach as tl; tl.train"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "nonsense" in done.stderr
