"""Every notebook is made from its source, runs from top to bottom, and gives what is committed.

A student's notebook differs from its solution in exercises only, so both are run at once: the solution, with each
exercise as a student finds it put before the same exercise solved. What a blank reaches beyond its exercise is found
from the names that a statement reads and binds. Where that is far off, the student's notebook is run by itself;
`make test-students` does so for every lesson.
"""

import ast
import dis
import functools
import importlib.util
import json
import os
import re
import subprocess
import sys
from types import CodeType

import jupytext
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
    """Run every cell of the notebook at `path`, and compare what it gives with what the file has.

    Its kernel is killed in the end: what it would have tidied up lies in the folder `home`, as the progress does.
    """
    home.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-p", "no:cacheprovider", "-q"]
    return subprocess.run(
        [*command, "--rootdir", str(path.parent), str(path)],
        cwd=path.parent,
        env={**os.environ, "TLTEACH_HOME": str(home), "TMPDIR": str(home)},
        capture_output=True,
        text=True,
    )


def names(code):
    """The names that `code` reads before it binds them, in its functions too, and those that it binds."""
    reads, binds = set(), set()
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            binds.add(step.argval)
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in binds:
            reads.add(step.argval)
    inner = [names(constant)[0] for constant in code.co_consts if isinstance(constant, CodeType)]
    return reads.union(*inner), binds


@functools.cache
def reached(source):
    """For the row of each code cell that has a solution, the row of the last cell that its blank reaches."""
    far, tainted = {}, {}
    for row, cell in enumerate(build.code_cells(jupytext.read(source))):
        found = build.SOLUTION.finditer(cell.source)
        blanks = [range(*(cell.source[:end].count("\n") for end in one.span())) for one in found]
        if blanks:
            far[row] = row
        for statement in ast.parse(cell.source).body:
            reads, binds = names(compile(ast.Module([statement], []), "cell", "exec"))
            if any(statement.lineno - 1 in blank for blank in blanks):
                origins = {row}
            else:
                origins = set().union(*(tainted.get(name, ()) for name in reads))
            far.update(dict.fromkeys(origins, row))
            tainted.update(dict.fromkeys(binds, origins))
    return far


FAR = 2  # cells beyond its own that a blank may reach, to be run with the solution
BY_THEMSELVES = [source for source in SOURCES if any(last - row > FAR for row, last in reached(source).items())]


def with_blanks(source, folder=NOTEBOOKS):
    """The solution; before each exercise stands what a student finds, as far as its blank reaches."""
    paths = [build.target(source, kind, folder) for kind in ("solution", "student")]
    solution, student = (nbformat.read(path, as_version=4) for path in paths)
    cells = []
    for row, cell in enumerate(build.code_cells(solution)):
        for blank in build.code_cells(student)[row : reached(source).get(row, -1) + 1]:
            anything_goes = {"tags": ["nbval-ignore-output"]}
            cells.append(nbformat.v4.new_code_cell(blank.source, id=f"blank-{len(cells)}", metadata=anything_goes))
        cells.append(cell)
    solution.cells = cells
    return solution


@pytest.mark.slow
@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_a_notebook_gives_what_is_committed(source, tmp_path):
    notebook = build.target(source, "solution")
    if source not in BY_THEMSELVES:
        notebook = tmp_path / f"{source.stem}.ipynb"
        nbformat.write(with_blanks(source), notebook)
    done = nbval(notebook, tmp_path / "home")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize(
    "source",
    [pytest.param(one, id=one.stem, marks=() if one in BY_THEMSELVES else pytest.mark.students) for one in SOURCES],
)
def test_a_students_notebook_runs_by_itself(source, tmp_path):
    done = nbval(build.target(source, "student"), tmp_path / "home")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_a_notebook_is_not_stale(source):
    assert build.stale(source) == [], f"python notebooks/build.py {build.number_of(source)} makes them anew"


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_solutions_solve_and_students_see_none(source):
    solution, student = (nbformat.read(build.target(source, kind), as_version=4) for kind in ("solution", "student"))
    exercises = [name for name in lessons.names("exercises") if name.startswith(f"{build.number_of(source)}-")]
    assert printed(solution, "solved") == sorted(exercises)
    assert printed(solution, "not yet") == printed(student, "") == []
    assert sum("..." in cell.source for cell in build.code_cells(student)) >= len(exercises)
    assert not re.search("(BEGIN|END) SOLUTION", nbformat.writes(solution) + nbformat.writes(student))


def printed(notebook, verdict):
    text = "".join(output.get("text", "") for cell in build.code_cells(notebook) for output in cell.outputs)
    return sorted(re.findall(rf"^(\d\d[a-z]?-[a-z]) {verdict}", text, re.MULTILINE))


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
    """The beginning of a real lesson, with another number of pictures in its table: that cell fails, and no other."""
    notebook = nbformat.read(build.target(SOURCES[0], "solution"), as_version=4)
    table = next(number for number, cell in enumerate(notebook.cells) if cell.source.endswith("print(task)"))
    notebook.cells = notebook.cells[: table + 1]
    notebook.cells[-1].outputs[0].text = notebook.cells[-1].outputs[0].text.replace("400", "401")
    nbformat.write(notebook, tmp_path / "drifted.ipynb")
    drifted = nbval(tmp_path / "drifted.ipynb", tmp_path)
    assert drifted.returncode == 1
    assert "401" in drifted.stdout
    assert re.search(r"\b1 failed, [1-9]", drifted.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(("last", "fails"), [("print(answer)", 0), ("print(sum(answer.values()))", 1)])
def test_a_blank_that_breaks_an_exercise_fails(tiny, tmp_path, last, fails):
    tiny.write_text(TINY.replace("print(answer)", last))
    build.build(tiny, folder=tmp_path)
    nbformat.write(with_blanks(tiny, tmp_path), tmp_path / "both.ipynb")
    assert nbval(tmp_path / "both.ipynb", tmp_path).returncode == fails


def test_a_blank_reaches_what_reads_it_and_what_is_made_of_that(tmp_path):
    source = tmp_path / "99_tiny.py"
    blank = "### BEGIN SOLUTION\na = 1\n### END SOLUTION\nb = a + 1"
    after = [
        "import a as other",
        "def f():\n    return b",
        "a = 3",
        "print(a)",
        "c = [f() for b in range(3)]",
        "b = [b for _ in range(2)]",
        "print(b)",
    ]
    source.write_text("\n\n".join(f"# %%\n{cell}" for cell in [blank, *after, blank, "b = 1", "print(b)"]))
    assert reached(source) == {0: 7, 8: 8}


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
