"""Make the pages of the web site from what is in the repository: `python docs/pages.py FOLDER`, see `make book`.

A lesson's page is its solved notebook, with the outputs that the tests compare. What a learner fills in is shown blank,
and its solution folded below; a question shows its options, and each explanation when it is opened. A word of the
glossary is a link where it is said first. What a lesson shows of the package has a page of code, with its tests.
"""

import ast
import os
import re
import shutil
import sys
from collections import defaultdict
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from tlteach import _HOMES, _MODULES
from tlteach.course import lessons
from tlteach.course.quizzes import MARKS

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
ENTRY = re.compile(r"^- \*\*(.+?)\*\*: (.*) \[(\d\d[a-z]?)\]\((\S+)\.ipynb\)$", re.MULTILINE)
BOLD = re.compile(r"\*\*([^*]+?)\*\*")
COST = re.compile(r"\*\*Cost:\*\* about (\d+) seconds")
QUESTION = re.compile(r"\*\*The question\.\*\* (.+?)\n\n", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|#)([^)\s]+)\)")


def main() -> None:
    folder = Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    names = [path.stem for path in sorted((NOTEBOOKS / "solutions").glob("[0-9][0-9]*_*.ipynb"))]
    taught = {name: modules_of((NOTEBOOKS / "src" / f"{name}.py").read_text("utf-8")) for name in names}
    titles = {}
    entries = ENTRY.findall((NOTEBOOKS / "glossary.md").read_text("utf-8"))
    known = {word.lower() for word, *_ in entries}
    for name in names:
        page = lesson(name, taught[name], set(known))
        titles[name] = page.cells[0].source.splitlines()[0].removeprefix("# ")
        nbformat.write(page, folder / f"{name}.ipynb")
    write(folder / "index.md", index(names, titles))
    write(folder / "glossary.md", glossary(entries, titles))
    write(folder / "results.md", results((ROOT / "README.md").read_text("utf-8"), folder))
    code_pages(folder / "code", taught, titles)
    shutil.copy(NOTEBOOKS / "rubric.md", folder)
    shutil.copy(ROOT / "docs" / "menagerie.png", folder)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def lesson(name: str, modules: list[Path], known: set[str]) -> NotebookNode:
    """The page of a lesson; `known` are the words of the glossary."""
    solved = nbformat.read(NOTEBOOKS / "solutions" / f"{name}.ipynb", as_version=4)
    given = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    cells = []
    for cell, blank in zip(solved.cells, given.cells, strict=True):
        if cell.cell_type == "markdown":
            cell.source = with_links(cell.source, known)
            cells.append(cell)
        elif question := re.search(r'^quiz\("(\S+?)"', cell.source, re.MULTILINE):
            cells.append(new_markdown_cell(as_options(lessons.find("questions", question[1]))))
        elif cell.source != blank.source:
            guessed = re.search(r"^predict\(", cell.source, re.MULTILINE)
            cells += [new_code_cell(blank.source), folded(cell, "A guess" if guessed else "A solution")]
        else:
            cells.append(named(cell))
    solved.cells = [*cells, new_markdown_cell(behind(name, modules))]
    return solved


def folded(cell: NotebookNode, called: str) -> NotebookNode:
    """A solution with its output, to be opened after one's own try."""
    cell.metadata = {"tags": ["hide-cell"], "mystnb": {"code_prompt_show": called}}
    return cell


def named(cell: NotebookNode) -> NotebookNode:
    """A cell that is folded says whether it only checks."""
    if "hide-input" in cell.metadata.get("tags", []) and not cell.outputs and "assert" in cell.source:
        cell.metadata["mystnb"] = {"code_prompt_show": "What the tests check here"}
    return cell


def as_options(question: lessons.Question) -> str:
    """A question as HTML: each option opens its explanation."""
    options = "".join(
        f"<li><details><summary>{escape(o.text)}</summary>{MARKS[o.right]} {escape(o.why)}</details></li>"
        for o in question.options
    )
    return f'<div class="question"><strong>{escape(question.text)}</strong><ol>{options}</ol></div>'


def with_links(text: str, known: set[str]) -> str:
    """`text` with a link to the glossary on each word in bold that is in `known`; the word is taken out of that."""

    def link(found: re.Match) -> str:
        word = " ".join(found[1].split())
        entry = next((w for w in (word.lower(), word.lower().removesuffix("s")) if w in known), None)
        known.discard(entry)
        return f"[**{word}**](glossary.md#{anchor(entry)})" if entry else found[0]

    return BOLD.sub(link, text)


def anchor(word: str) -> str:
    return "word-" + re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-")


def glossary(entries: list[tuple], titles: dict[str, str]) -> str:
    """The page of words."""
    lines = [
        f"({anchor(word)})=\n**{word}**: {meaning} [{titles[name]}]({name}.ipynb)" for word, meaning, _, name in entries
    ]
    head = "# Glossary\n\nEach word of the course, in one sentence, and the lesson that says it first."
    return "\n\n".join([head, *lines])


def index(names: list[str], titles: dict[str, str]) -> str:
    """The first page: what the course is, and a table of its lessons."""
    rows = ["| lesson | the question | seconds on two cores |", "|---|---|---|"]
    for name in names:
        text = nbformat.read(NOTEBOOKS / "solutions" / f"{name}.ipynb", as_version=4).cells[0].source
        asked = QUESTION.search(text + "\n\n")
        rows.append(f"| [{titles[name]}]({name}.ipynb) | {' '.join(asked[1].split())} | {COST.search(text)[1]} |")
    page = (ROOT / "docs" / "index.md").read_text("utf-8")
    return page.replace("<!-- lessons -->", "\n".join(rows)).replace("<!-- names -->", "\n".join(names))


def results(readme: str, folder: Path) -> str:
    """The page of what was measured, from the README; Sphinx takes along the files that it points to."""
    text = readme.partition("\n## What was measured\n")[2].partition("\n## ")[0]
    text = re.sub(r'<img src="([^"]+)"[^>]* alt="([^"]+)">', r"![\2](\1)", text)
    return "# What was measured\n" + LINK.sub(lambda found: f"]({os.path.relpath(ROOT / found[1], folder)})", text)


def modules_of(source: str) -> list[Path]:
    """The files of tlteach whose functions the code of a lesson calls: tl.train, adapt.coral, ..."""
    tree = ast.parse("\n".join(line for line in source.splitlines() if not line.startswith(("#", "%"))))
    packages = {**_MODULES, **_HOMES}
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tl":
            found.add(packages.get(node.attr, ""))
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", None)
            found.add(defining(_MODULES[owner], node.attr) if owner in _MODULES else "")
        if isinstance(node, ast.ImportFrom) and node.module.startswith("tlteach."):
            home = node.module.removeprefix("tlteach.")
            found |= {defining(home, alias.name) for alias in node.names}
    files = {ROOT / "tlteach" / f"{module.replace('.', '/')}.py" for module in found if module}
    return sorted(path for path in files if path.is_file() and path.parent.name not in ("core", "course", "lessons"))


def defining(home: str, name: str) -> str:
    """The module in which `name` of the module or package `home` is defined."""
    folder = ROOT / "tlteach" / home.replace(".", "/")
    for path in sorted(folder.glob("*.py")):
        if path.stem == name or re.search(rf"^(?:def|class) {name}\b", path.read_text("utf-8"), re.MULTILINE):
            return f"{home}.{path.stem}"
    return home


def behind(name: str, modules: list[Path]) -> str:
    """The end of a lesson's page: where the code is that it used, and the tests that hold what it says."""
    number = name.split("_")[0]
    files = [*modules, checker_of(number), *tests_of(checker_of(number))]
    listed = "\n".join(f"- [`{path.relative_to(ROOT)}`](code/{page_of(path)}.md)" for path in files)
    return f"## Behind this lesson\n\nThe code that it used, what marks its exercises, and their test:\n\n{listed}"


def checker_of(number: str) -> Path:
    return ROOT / f"tlteach/course/lessons/lesson_{number}.py"


def page_of(path: Path) -> str:
    return str(path.relative_to(ROOT).with_suffix("")).replace("/", "-")


def tests_of(path: Path) -> list[Path]:
    """The test file of the same name, or those in the same place that speak of the module."""
    inside = path.relative_to(ROOT / "tlteach")
    place = ROOT / "tests" / inside.parent
    twin = place / f"test_{inside.name}"
    speaks = re.compile(rf"\b{path.stem}\b")
    others = (test for test in sorted(place.glob("test_*.py")) if speaks.search(test.read_text("utf-8")))
    return [twin] if twin.is_file() else list(others)


def code_pages(folder: Path, taught: dict[str, list[Path]], titles: dict[str, str]) -> None:
    """A page for each file behind a lesson, and for its tests, with links to and fro."""
    links = defaultdict(dict)  # file: {what links say: where to}
    for name, modules in taught.items():
        for path in (*modules, checker_of(name.split("_")[0])):
            links[path][f"Lesson {titles[name]}"] = f"../{name}.ipynb"
            for test in tests_of(path):
                links[path][f"Test `{test.relative_to(ROOT)}`"] = f"{page_of(test)}.md"
                links[test][f"Code `{path.relative_to(ROOT)}`"] = f"{page_of(path)}.md"
    for path, others in links.items():
        listed = "\n".join(f"- [{says}]({where})" for says, where in others.items())
        shown = f"```{{literalinclude}} {os.path.relpath(path, folder)}\n:language: python\n```"
        title = f"---\norphan: true\n---\n\n# {path.relative_to(ROOT)}"  # it stands in no table of contents
        write(folder / f"{page_of(path)}.md", f"{title}\n\n{listed}\n\n{shown}\n")
    files = "\n".join(f"- [`{path.relative_to(ROOT)}`]({page_of(path)}.md)" for path in sorted(links))
    write(folder / "index.md", f"# Code\n\nWhat stands behind the lessons, file by file.\n\n{files}\n")


if __name__ == "__main__":
    main()
