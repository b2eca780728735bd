"""Look for what nbval cannot see in the lessons: `python notebooks/lint.py` prints every fault, with its place.

nbval compares a cell's outputs only where the file has a count for it. So a cell without a count, a warning, or an
output that changes from run to run must not get into a file at all. The other rules are about the reader: short cells,
pictures with a text for those who cannot see them, a cost that is true, and no number that nobody measured.
"""

import base64
import io
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from html.parser import HTMLParser
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from PIL import Image

from tlteach.course import lessons

HERE = Path(__file__).resolve().parent
IGNORED = "nbval-ignore-output"
TAGS = {IGNORED, "hide-input", "raises-exception", "results", "your-data"}
MOST_LINES = 15  # of a code cell
WIDEST_LINE = 96  # characters of code that JupyterLab shows without scrolling on a laptop
MOST_WORDS = 120  # of a Markdown cell
MOST_VISIBLE = {"00": 90, "01": 90, "02": 90}  # lines of code that are not folded away, of the first lessons
MOST_VISIBLE_LATER = 150
MOST_TO_READ = 1800  # words of a lesson, without what is folded and without the list of what to read on
HIGHEST_FIGURE = 700  # pixels: what a laptop shows of a page
SHORTEST_ALT = 20  # characters
# They cannot drift: log(2), the loss of guessing between two classes; the rates of a head and of fine-tuning.
CONSTANTS = {"0.693", "0.001", "0.0001"}

COST = re.compile(r"\*\*Cost:\*\* about (\d+) seconds on two cores")
SECTIONS = {
    "a title like '# 02 · Six steps'": r"\A# \d\d[a-z]? · \S",
    "the question that it answers": r"^\*\*The question\.\*\* ",
    "three to five objectives": r"^After this lesson you can\n\n(- (.+\n(?!- |\n))*.+\n){3,5}(?=\n|\Z)",
    "a recap": r"^## Recap$",
    "where to read on": r"^\*\*Read on:\*\* ",
    "a link to the glossary": r"\]\(glossary\.md\)",
}
# What stands in bold and is no word to explain: labels, which end in a mark, keys, and bold itself.
LABEL = re.compile(r".*[.:?]|Shift\+Enter|bold", re.DOTALL)
BOLD = re.compile(r"\*\*(.+?)\*\*", re.DOTALL)
ENTRY = re.compile(r"^- \*\*(.+?)\*\*: .*\[(\d\d[a-z]?)\]\(\S+\)$", re.MULTILINE)  # - **head**: it. [00](00_x.ipynb)
# What is not read from top to bottom.
ASIDE = re.compile(r"<details>.*?</details>|```.*?```|\]\([^)]*\)|\*\*Read on:\*\*.*", re.DOTALL)
# What may stand in a text without being a result: code, formulas, addresses, the cost, the name of an interval.
NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\$[^$]*\$|\]\([^)]*\)|https?://\S+|\{\{.*?\}\}|95 % interval|" + COST.pattern, re.DOTALL
)
RESULT = re.compile(
    r"\b\d+\.\d+\b|\b\d+ ?%|\b\d+ (?:per ?cent|(?:percentage )?points?|times|(?:milli)?seconds?|ms|s|minutes?|hours?)\b"
    r"|\b\d+-fold\b"
)


def main() -> None:
    found = [
        f"{path.relative_to(HERE.parent)}: {fault}"
        for folder, look in ((HERE, look_at_notebook), (HERE / "solutions", look_at_notebook), (HERE / "src", None))
        for path in sorted(folder.glob("[0-9][0-9]*_*"))
        for fault in (look(nbformat.read(path, as_version=4)) if look else unmeasured(jupytext.read(path)))
    ]
    found += unexplained({path.stem: jupytext.read(path) for path in sorted((HERE / "src").glob("[0-9][0-9]*_*"))})
    print("\n".join(found) or "The notebooks have no fault that can be seen from outside.")
    sys.exit(bool(found))


def look_at_notebook(notebook: NotebookNode) -> Iterator[str]:
    """Every fault of one built notebook, as "cell 3: what is wrong"."""
    yield from _structure(notebook)
    yield from _cost(notebook)
    yield from _asked(notebook)
    yield from _length(notebook)
    yield from _way_on(notebook)
    cells = list(enumerate(notebook.cells))
    code = [(number, cell) for number, cell in cells if cell.cell_type == "code"]
    following = [cell for _, cell in code[1:]] + [None]
    of_student = notebook.metadata.get("tlteach", {}).get("version") == "student"
    for place, ((number, cell), after) in enumerate(zip(code, following, strict=True), 1):
        seen = _spoiled(cell) if of_student else [*_count(cell, place), *_outputs(cell), *_figures(cell, after)]
        for fault in [*seen, *_source(cell)]:
            yield f"cell {number}: {fault}"
    for number, cell in cells:
        words = len(re.sub(r"\]\([^)]*\)", "]", cell.source).split())
        if cell.cell_type == "markdown" and words > MOST_WORDS:
            yield f"cell {number}: {words} words, and at most {MOST_WORDS} are read: cut it, or put code between"


def unmeasured(source: NotebookNode) -> Iterator[str]:
    """Numbers in the text of a source that look like results, and are not quoted from a results file."""
    for number, cell in enumerate(source.cells):
        if cell.cell_type == "markdown":
            for figure in RESULT.findall(NOT_PROSE.sub(" ", cell.source)):
                yield f"cell {number}: {figure!r} looks like a result: quote it as {{{{lesson.KEY}}}}"


def unexplained(lessons: dict[str, NotebookNode], glossary: str | None = None) -> Iterator[str]:
    """Words in bold that the glossary lacks, and entries that do not point to the lesson that says the word first."""
    found = ENTRY.findall(glossary or (HERE / "glossary.md").read_text("utf-8"))
    entries = {word.lower(): number for word, number in found}
    first: dict[str, str] = {}
    for name, notebook in lessons.items():
        text = _text(notebook)
        for word in (" ".join(found.split()).lower() for found in BOLD.findall(text) if not LABEL.fullmatch(found)):
            first.setdefault(word.removesuffix("s") if word.removesuffix("s") in entries else word, name.split("_")[0])
    for word, number in first.items():
        if entries.get(word) != number:
            where = f"points to lesson {entries[word]}" if word in entries else "lacks it"
            yield f"lesson {number}: {word!r} is first said here, and glossary.md {where}"
    for word in sorted(set(entries) - set(first)):
        yield f"glossary.md: {word!r} stands in bold in no lesson"


def _length(notebook: NotebookNode) -> Iterator[str]:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    read = [cell.source for cell in code if not cell.metadata.get("jupyter", {}).get("source_hidden")]
    lines = sum(bool(line.strip()) for source in read for line in source.splitlines())
    most = MOST_VISIBLE.get(_number(notebook), MOST_VISIBLE_LATER)
    if lines > most:
        yield f"{lines} lines of code are open, and at most {most} are read: fold what is not to be read, or name it"
    text = _text(notebook)
    words = len(ASIDE.sub(" ", text).split())
    if words > MOST_TO_READ:
        yield f"{words} words, and at most {MOST_TO_READ} are read: cut, or make two lessons of it"


def _way_on(notebook: NotebookNode) -> Iterator[str]:
    """Whether the letters come in their order, and the end says which lesson is next, unless it is the last."""
    for call in ("check", "predict", "quiz"):
        asked = _called(notebook, call)
        if asked != sorted(asked):
            yield f"{call} is called out of order: {', '.join(asked)}"
    text = _text(notebook)
    here = notebook.metadata.get("tlteach", {}).get("made_from", "").removeprefix("src/").removesuffix(".py")
    names = [path.stem for path in sorted((HERE / "src").glob("[0-9][0-9]*_*.py"))]
    after = names[names.index(here) + 1 :] if here in names else []
    if after and not re.search(rf"^\*\*Next:\*\* .*\]\({after[0]}\.ipynb\)", text, re.MULTILINE):
        yield f"it does not say what is next: **Next:** [{after[0].split('_')[0]} · Title]({after[0]}.ipynb)"


def _number(notebook: NotebookNode) -> str:
    """The number in the title: "04b" of "# 04b · Scores on trial"."""
    return notebook.cells[0].source[2:].split(" ")[0]


def _text(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def _called(notebook: NotebookNode, call: str) -> list[str]:
    """What check, predict, reveal or quiz is called with, in the order of the cells."""
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return re.findall(rf"\b{call}\(\s*[\"']([^\"']+)", code)


def _structure(notebook: NotebookNode) -> Iterator[str]:
    text = _text(notebook)
    for part, pattern in SECTIONS.items():
        if not re.search(pattern, text, re.MULTILINE):
            yield f"it lacks {part}"


def _cost(notebook: NotebookNode) -> Iterator[str]:
    stated = [found for cell in notebook.cells for found in COST.findall(cell.source)]
    measured = notebook.metadata.get("tlteach", {}).get("seconds")
    if len(stated) != 1:
        yield "it lacks the line '**Cost:** about N seconds on two cores'"
    elif notebook.metadata.get("tlteach", {}).get("version") == "student":
        return
    elif not measured:
        yield "the seconds that it took are not in its metadata: build it again"
    elif not measured / 2 <= int(stated[0]) <= measured * 2:
        yield f"the cost is said to be {stated[0]} seconds, and was {measured}"


def _asked(notebook: NotebookNode) -> Iterator[str]:
    """Whether it asks all that its lesson has in tlteach.course.lessons, and nothing else."""
    lesson = _number(notebook)
    for kind, call in (("exercises", "check"), ("predictions", "predict"), ("predictions", "reveal"),
                       ("questions", "quiz")):  # fmt: skip
        asked = _called(notebook, call)
        expected = [name for name in lessons.names(kind) if name.startswith(f"{lesson}-")]
        for name in sorted(set(asked) ^ set(expected)):
            yield f"{call}({name!r}) {'asks what no lesson has' if name in asked else 'is nowhere asked'}"


def _spoiled(cell: NotebookNode) -> Iterator[str]:
    if cell.outputs or cell.execution_count is not None:
        yield "a learner would see what it gives before they have guessed: a student's notebook has no outputs"


def _count(cell: NotebookNode, place: int) -> Iterator[str]:
    if cell.execution_count is None:
        yield "it has no count, so nbval would not compare it"
    elif cell.execution_count != place:
        yield f"its count is {cell.execution_count}, and from top to bottom it is {place}"


def _outputs(cell: NotebookNode) -> Iterator[str]:
    tags = cell.metadata.get("tags", [])
    for output in cell.outputs:
        if output.get("name") == "stderr":
            yield f"it writes to stderr: {output.text[:60]!r}"
        if output.output_type == "error" and "raises-exception" not in tags:
            yield f"it ends in an error: {output.ename}"
        if any("widget" in kind for kind in output.get("data", {})):
            yield "it keeps a live widget, which is dead when the file is opened"
        text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
        if re.search(r"^WARNING|Warning: ", text, re.MULTILINE):
            yield f"it warns: {text[:60]!r}"
        if IGNORED not in tags and re.search(r"\b0x[0-9a-f]{6,}", text):
            yield "an address in memory is compared, and it differs in every run"
        if IGNORED not in tags and (floats := set(re.findall(r"\d\.\d{3,}", text)) - CONSTANTS):
            yield f"a measured number is compared: {', '.join(sorted(floats))}"


def _source(cell: NotebookNode) -> Iterator[str]:
    lines = [line for line in cell.source.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        yield f"{len(lines)} lines of code, and at most {MOST_LINES} are read: move some into tlteach"
    if lines and len(widest := max(lines, key=len)) > WIDEST_LINE:
        yield f"a line of {len(widest)} characters, and {WIDEST_LINE} are seen without scrolling: {widest[:30]}..."
    for line in lines:
        if re.match(r"\s*[%!]", line) and line != "%matplotlib inline":
            yield f"a magic: {line.strip()}"
    for tag in sorted(set(cell.metadata.get("tags", [])) - TAGS):
        yield f"an unknown tag: {tag}"


def _figures(cell: NotebookNode, after: NotebookNode | None) -> Iterator[str]:
    shown = [output.data for output in cell.outputs if "data" in output]
    pages = _Images()
    pages.feed("".join(data.get("text/html", "") for data in shown))
    bare = [kind for data in shown for kind in data if kind.startswith("image/")]
    if bare:
        yield f"a figure without a text for those who cannot see it ({bare[0]}): show it with tl.show.display"
    for alt in pages.alts:
        if len(alt) < SHORTEST_ALT:
            yield f"the text of a figure says too little: {alt!r}"
    if pages.heights and max(pages.heights) > HIGHEST_FIGURE:
        yield f"a figure of {max(pages.heights)} pixels, and a laptop shows {HIGHEST_FIGURE}"
    if not bare and not pages.alts:
        return
    if IGNORED not in cell.metadata.get("tags", []):
        yield f"a figure is compared byte by byte: tag it {IGNORED}"
    if after is None or not re.search(r"^\s*assert ", after.source, re.MULTILINE):
        yield "the data behind a figure is not asserted in the next code cell"


class _Images(HTMLParser):
    """Collects the alternative text and the height of every image."""

    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str] = []
        self.heights: list[int] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            found = dict(attributes)
            self.alts.append((found.get("alt") or "").strip())
            with suppress(OSError, ValueError):
                pixels = base64.b64decode((found.get("src") or "").partition("base64,")[2])
                self.heights.append(Image.open(io.BytesIO(pixels)).height)


if __name__ == "__main__":
    main()
