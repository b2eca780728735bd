"""Make the notebooks from their sources: `python notebooks/build.py [--all] [02 ...]`.

A lesson is written once, as notebooks/src/NN_name.py in jupytext's percent format. From it come two notebooks:
notebooks/solutions/NN_name.ipynb, executed from top to bottom, and notebooks/NN_name.ipynb for learners, with a blank
in the place of every solution and without any output, since a result that is seen before it was guessed teaches
nothing. In the source, a solution stands between two comments, as nbgrader has them:

    ### BEGIN SOLUTION
    answer = 400
    ### END SOLUTION

The blank is the last name that is assigned there, as `answer = ...`. A cell tagged "results" ends in a dictionary of
what the lesson measured; it is kept in notebooks/results/NN_name.json, and the text quotes it as {{lesson.KEY}}, or
{{lesson.KEY:.2f}}. {{NAME.KEY}} quotes benchmarks/results/NAME.json in the same way.

The code of a cell tagged "hide-input" is folded away, and so is a cell that only checks: what stays open is to be read.

Only a notebook whose code has changed is executed again, or every one with --all.
"""

import argparse
import ast
import json
import os
import re
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from tlteach.course.project import only_checks

HERE = Path(__file__).resolve().parent
BENCHMARKS = HERE.parent / "benchmarks" / "results"
SOLUTION = re.compile(r"^### BEGIN SOLUTION\n(.*?)^### END SOLUTION(?:\n|$)", re.MULTILINE | re.DOTALL)
FOLDED = "hide-input"  # the tag that MyST-NB and Jupyter Book know
WIDGET = "application/vnd.jupyter.widget-view+json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", metavar="NN", help="numbers of lessons; default: every one")
    parser.add_argument("--all", action="store_true", help="execute also what has not changed")
    options = parser.parse_args()
    for source in sources():
        if not options.lessons or number_of(source) in options.lessons:
            seconds = build(source, again=options.all)
            told = "no code has changed" if seconds is None else f"executed in {seconds:.0f} s"
            print(f"{source.stem}: {told}", flush=True)


def sources() -> list[Path]:
    """The source of every lesson, by number."""
    return sorted((HERE / "src").glob("[0-9][0-9]*_*.py"))


def number_of(source: Path) -> str:
    """The number of a lesson, "04", or "04b" where one lesson became two."""
    return source.name.split("_")[0]


def build(source: Path, again: bool = False, folder: Path = HERE) -> float | None:
    """Write the two notebooks and the results of the lesson `source`; an error in any cell stops the build.

    Returns the seconds that executing the solution took, or None where no code has changed.
    """
    solution, seconds = version(source, "solution"), None
    if again or not take_outputs(solution, target(source, "solution", folder)):
        seconds = execute(solution)
    results = measured(solution)
    if results:
        write_whole(results_file(source, folder), json.dumps(results, indent=1) + "\n")
    for kind, notebook in (("solution", solution), ("student", version(source, "student"))):
        write_whole(target(source, kind, folder), as_text(quote(notebook, results)))
    return seconds


def target(source: Path, kind: str, folder: Path = HERE) -> Path:
    """Where the "solution" or the "student" notebook of a lesson stands."""
    return (folder / "solutions" if kind == "solution" else folder) / f"{source.stem}.ipynb"


def results_file(source: Path, folder: Path = HERE) -> Path:
    """Where what the lesson measured is kept."""
    return folder / "results" / f"{source.stem}.json"


def version(source: Path, kind: str) -> NotebookNode:
    """The "solution" or the "student" notebook of a lesson, not executed, its results not yet quoted."""
    notebook = jupytext.read(source)
    notebook.metadata = NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python"},
        tlteach={"made_from": f"src/{source.name}", "version": kind},
    )
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"  # random ids would make every build a change
        cell.source = SOLUTION.sub(blank if kind == "student" else r"\1", cell.source).rstrip("\n")
        if cell.cell_type == "code" and (FOLDED in cell.metadata.get("tags", []) or only_checks(cell)):
            cell.metadata["tags"] = sorted({FOLDED, *cell.metadata.get("tags", [])})  # for a site made of the notebooks
            cell.metadata["jupyter"] = {"source_hidden": True}  # for JupyterLab
    return notebook


def blank(solution: re.Match) -> str:
    """The last name that a solution assigns, with a blank for its value; a dictionary keeps its keys.

    One that takes more than a line in the solution has a line for each key, so that answers fit on the page.
    """
    last = [node for node in ast.parse(solution[1]).body if isinstance(node, ast.Assign)][-1]
    value = "..."
    if isinstance(last.value, ast.Dict):
        parts = [f'"{key.value}": ...' for key in last.value.keys]
        is_long = last.value.end_lineno > last.value.lineno
        value = "{\n    " + ",\n    ".join(parts) + ",\n}" if is_long else "{" + ", ".join(parts) + "}"
    return f"{last.targets[0].id} = {value}\n"


def take_outputs(notebook: NotebookNode, path: Path) -> bool:
    """Give `notebook` the outputs of the one at `path`, if that has the same code; else return False."""
    old = nbformat.read(path, as_version=4) if path.is_file() else None
    if old is None or code_of(old) != code_of(notebook):
        return False
    for cell, before in zip(code_cells(notebook), code_cells(old), strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count
    notebook.metadata.tlteach = old.metadata.tlteach
    return True


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def code_of(notebook: NotebookNode) -> list[tuple[str, set[str]]]:
    """What decides the outputs, and how they are compared: sources of the code cells, and tags but for the look."""
    return [(cell.source, set(cell.metadata.get("tags", [])) - {FOLDED}) for cell in code_cells(notebook)]


def execute(notebook: NotebookNode) -> float:
    """Execute `notebook` with an empty folder for the learner's progress, and return the seconds that it took."""
    with tempfile.TemporaryDirectory(prefix="tlteach_build_") as home:
        client = NotebookClient(
            notebook,
            timeout=600,
            store_widget_state=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(HERE)}},
        )
        started = time.perf_counter()
        client.execute(env={**os.environ, "TLTEACH_HOME": home})
        seconds = time.perf_counter() - started
        for cell in code_cells(notebook):
            cell.metadata.pop("execution", None)  # times of day would make every build a change
            kept = [without_paths(output, home) for output in cell.outputs]
            cell.outputs = [output for output in kept if output.get("data", True)]  # of a widget nothing is left
    notebook.metadata = {key: value for key, value in notebook.metadata.items() if key != "widgets"}
    notebook.metadata["language_info"] = {"name": "python"}
    notebook.metadata.tlteach["seconds"] = round(seconds)
    return seconds


def without_paths(output: NotebookNode, home: str) -> NotebookNode:
    """`output` without live widgets, which only exist while a kernel runs, and without the folders of this machine."""
    output.get("data", {}).pop(WIDGET, None)
    if "text" in output:
        output.text = output.text.replace(home, "~/.tlteach").replace(str(HERE.parent), "~/tlteach")
    return output


def measured(notebook: NotebookNode) -> dict:
    """The dictionary that the cell tagged "results" gave; empty where there is no such cell."""
    tagged = [cell for cell in code_cells(notebook) if "results" in cell.metadata.get("tags", [])]
    return ast.literal_eval(tagged[-1].outputs[-1].data["text/plain"]) if tagged else {}


def quote(notebook: NotebookNode, results: dict) -> NotebookNode:
    """Put the numbers of results files in the place of {{...}} in the text."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\{\{(.+?)\}\}", lambda found: look_up(found[1], results), cell.source)
    return notebook


def look_up(key: str, results: dict) -> str:
    """What `key` ("lesson.KEY", "BENCHMARK.KEY.KEY", each with ":FORMAT" if need be) is in the results files."""
    path, _, form = key.partition(":")
    where, *keys = path.split(".")
    try:
        value = results if where == "lesson" else json.loads((BENCHMARKS / f"{where}.json").read_text("utf-8"))
        for part in keys:
            value = value[int(part) if isinstance(value, list) else part]
        return format(value, form)
    except (OSError, LookupError, ValueError, TypeError) as error:
        raise SystemExit(f"The text quotes {{{{{key}}}}}, which is not in the results: {error!r}") from error


def as_text(notebook: NotebookNode) -> str:
    """The file of `notebook`."""
    return nbformat.writes(notebook) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)


def stale(source: Path, folder: Path = HERE) -> list[Path]:
    """Those notebooks of a lesson that are missing, or are not what `source` would give now."""
    found = results_file(source, folder)
    results = json.loads(found.read_text("utf-8")) if found.is_file() else {}
    old = []
    for kind in ("solution", "student"):
        path, made = target(source, kind, folder), version(source, kind)
        same_code = path.is_file() and (kind == "student" or take_outputs(made, path))
        if not same_code or as_text(quote(made, results)) != path.read_text("utf-8"):
            old.append(path)
    return old


if __name__ == "__main__":
    main()
