"""Every notebook is made from its source, runs from top to bottom, and gives what is committed."""

import importlib.util
import json
import os
import re
import subprocess
import sys

import nbformat
import pytest
from places import NOTEBOOKS

from tlteach.course import lessons


def script(name):
    """A script of notebooks/ as a module."""
    spec = importlib.util.spec_from_file_location(f"notebooks_{name}", NOTEBOOKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = script("build")
SOURCES = build.sources()
NAMES = [path.stem for path in SOURCES]


def nbval(path, home):
    """Run every cell of the notebook at `path`, and compare what it gives with what the file has."""
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-q"]
    return subprocess.run(
        [*command, "--rootdir", str(path.parent), str(path)],
        cwd=path.parent,
        env={**os.environ, "TLTEACH_HOME": str(home)},
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["solution", pytest.param("student", marks=pytest.mark.students)])
@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_a_notebook_gives_what_is_committed(source, kind, tmp_path):
    done = nbval(build.target(source, kind), tmp_path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_a_notebook_is_not_stale(source):
    assert build.stale(source) == [], f"python notebooks/build.py {source.name[:2]} makes them anew"


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_solutions_solve_and_students_see_none(source):
    solution, student = (nbformat.read(build.target(source, kind), as_version=4) for kind in ("solution", "student"))
    exercises = [name for name in lessons.names("exercises") if name.startswith(source.name[:2])]
    assert printed(solution, "solved") == sorted(exercises)
    assert printed(solution, "not yet") == printed(student, "") == []
    assert sum("..." in cell.source for cell in build.code_cells(student)) >= len(exercises)
    assert not re.search("(BEGIN|END) SOLUTION", nbformat.writes(solution) + nbformat.writes(student))


def printed(notebook, verdict):
    text = "".join(output.get("text", "") for cell in build.code_cells(notebook) for output in cell.outputs)
    return sorted(re.findall(rf"^(\d\d-[a-z]) {verdict}", text, re.MULTILINE))


# ---------------------------------------------------------------- else the checks above would be no checks


@pytest.mark.slow
def test_a_notebook_with_a_wrong_output_fails(tmp_path):
    notebook = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell("print(1 + 1)", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="3\n")]
    notebook.cells = [cell]
    nbformat.write(notebook, tmp_path / "wrong.ipynb")
    assert nbval(tmp_path / "wrong.ipynb", tmp_path).returncode == 1


@pytest.mark.slow
def test_one_changed_number_in_a_lesson_is_seen(tmp_path):
    """The beginning of a real lesson, as it is and with another number of pictures in its table."""
    notebook = nbformat.read(build.target(SOURCES[0], "solution"), as_version=4)
    table = next(number for number, cell in enumerate(notebook.cells) if cell.source.endswith("print(task)"))
    notebook.cells = notebook.cells[: table + 1]
    nbformat.write(notebook, tmp_path / "kept.ipynb")
    notebook.cells[-1].outputs[0].text = notebook.cells[-1].outputs[0].text.replace("400", "401")
    nbformat.write(notebook, tmp_path / "drifted.ipynb")
    assert nbval(tmp_path / "kept.ipynb", tmp_path).returncode == 0
    drifted = nbval(tmp_path / "drifted.ipynb", tmp_path)
    assert drifted.returncode == 1
    assert "401" in drifted.stdout


# ---------------------------------------------------------------- the build, on a lesson of three lines

TINY = """# %% [markdown]
# It is {{lesson.half:.2f}}, and half of {{timing.rows.1}}.

# %%
### BEGIN SOLUTION
import math
answer = {"a": math.sqrt(4), "b": 2}
### END SOLUTION
print(answer)

# %% tags=["results"]
{"half": 0.5}
"""


def test_a_long_dictionary_is_blank_line_by_line_so_that_answers_fit_the_page():
    short, long = 'answer = {"a": 1, "b": 2}\n', 'answer = {"a": 1,\n          "b": 2}\n'
    left = [build.SOLUTION.sub(build.blank, f"### BEGIN SOLUTION\n{code}### END SOLUTION\n") for code in (short, long)]
    assert left == ['answer = {"a": ..., "b": ...}\n', 'answer = {\n    "a": ...,\n    "b": ...,\n}\n']


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "BENCHMARKS", tmp_path)
    (tmp_path / "timing.json").write_text('{"rows": [7, 8]}')
    source = tmp_path / "99_tiny.py"
    source.write_text(TINY)
    return source


@pytest.mark.slow
def test_only_changed_code_is_executed_again(tiny, tmp_path):
    assert build.stale(tiny, tmp_path) == [build.target(tiny, kind, tmp_path) for kind in ("solution", "student")]
    assert build.build(tiny, folder=tmp_path) > 0
    assert build.stale(tiny, tmp_path) == []
    assert build.build(tiny, folder=tmp_path) is None

    solution, student = (nbformat.read(build.target(tiny, k, tmp_path), as_version=4) for k in ("solution", "student"))
    assert solution.cells[0].source == student.cells[0].source == "It is 0.50, and half of 8."
    assert solution.cells[1].outputs[0].text == "{'a': 2.0, 'b': 2}\n"
    assert student.cells[1].outputs == []
    assert student.cells[1].source == 'answer = {"a": ..., "b": ...}\nprint(answer)'
    assert json.loads(build.results_file(tiny, tmp_path).read_text()) == {"half": 0.5}

    tiny.write_text(TINY.replace("It is", "That makes"))
    assert len(build.stale(tiny, tmp_path)) == 2
    assert build.build(tiny, folder=tmp_path) is None
    assert build.stale(tiny, tmp_path) == []
    tiny.write_text(tiny.read_text().replace("sqrt(4)", "sqrt(9)"))
    assert build.stale(tiny, tmp_path) == [build.target(tiny, "solution", tmp_path)]
    assert build.build(tiny, folder=tmp_path) > 0

    committed = build.target(tiny, "student", tmp_path)
    committed.write_text(committed.read_text().replace("0.50", "0.51"))  # a figure changed by hand
    assert build.stale(tiny, tmp_path) == [committed]


@pytest.mark.parametrize("key", ["lesson.nothing", "nothing.here", "timing.rows.9", "timing.rows:.2f", "lesson.half:x"])
def test_a_number_that_is_not_in_the_results_stops_the_build(tiny, key):
    with pytest.raises(SystemExit, match=re.escape(f"{{{{{key}}}}}")):
        build.look_up(key, {"half": 0.5})


def test_what_only_checks_is_folded(tmp_path):
    source = tmp_path / "99_tiny.py"
    marked = '# %% tags=["hide-input"]\nfigure = 1\n\n'
    source.write_text(marked + '# %%\nassert True\nassert 1 < 2\n\n# %%\nprint(1)\n\n# %% tags=["results"]\n{"a": 1}')
    cells = build.version(source, "student").cells
    assert [cell.metadata.get("jupyter") == {"source_hidden": True} for cell in cells] == [True, True, False, True]
    assert [build.FOLDED in cell.metadata.get("tags", []) for cell in cells] == [True, True, False, True]


def test_what_belongs_to_one_machine_is_not_kept():
    notebook = nbformat.v4.new_output("stream", name="stdout", text=f"{NOTEBOOKS.parent}/datasets and /tmp/x/progress")
    assert build.without_paths(notebook, "/tmp/x").text == "~/tlteach/datasets and ~/.tlteach/progress"
    widget = nbformat.v4.new_output("display_data", data={build.WIDGET: {}, "text/plain": "a form"})
    assert build.without_paths(widget, "/tmp/x").data == {"text/plain": "a form"}
