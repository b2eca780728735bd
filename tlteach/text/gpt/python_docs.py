"""A text that every Python brings along: its own documentation, as help() would show it.

The topics of pydoc (the chapters behind help("LISTS")), and the docstrings of the standard library, read from its
source files: nothing is imported, so nothing can run.
"""

import ast
import hashlib
import sysconfig
import textwrap
from collections.abc import Iterator
from pathlib import Path

# Not the library: its tests, its demos, and what was installed beside it.
LEFT_OUT = {"test", "tests", "idlelib", "lib2to3", "turtledemo", "pydoc_data", "site-packages", "dist-packages"}
HELD_OUT = 20  # one document in so many
RUN, MOST_SHARED = 8, 0.05  # words in a row, and the share of such runs that may stand in a text that was learned from


def documents() -> dict[str, str]:
    """All documents by name: one for each topic, one for each module. A docstring that comes again is left out."""
    from pydoc_data.topics import topics

    found = {f"topic {name}": text.strip() for name, text in sorted(topics.items())}
    seen: set[str] = set()
    library = Path(sysconfig.get_path("stdlib"))
    for path in sorted(library.rglob("*.py"), key=lambda path: path.relative_to(library).parts):
        place = path.relative_to(library).with_suffix("")
        if LEFT_OUT.isdisjoint(place.parts):
            name = ".".join(place.parts).removesuffix(".__init__")
            if text := "\n\n".join(_entries(path, name, seen)):
                found[name] = text
    return found


def _entries(path: Path, name: str, seen: set[str]) -> Iterator[str]:
    """The docstrings of one source file, each under the line that it explains, as help() has them."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):  # a file in another encoding, or a template
        return
    for heading, node in _explained(tree, name):
        text = ast.get_docstring(node)
        if text and text.strip() and text not in seen:
            seen.add(text)
            yield f"{heading}\n{textwrap.indent(text.strip(), '    ')}"


def _explained(node: ast.AST, name: str) -> Iterator[tuple[str, ast.AST]]:
    """Modules, classes and functions, from the outside in, each with its heading: json.loads(s, *, cls=None)."""
    if isinstance(node, ast.Module):
        yield f"module {name}", node
    elif isinstance(node, ast.ClassDef):
        yield f"class {name}({', '.join(map(ast.unparse, node.bases))})", node
    else:
        yield f"{name}({ast.unparse(node.args)})", node
    for child in node.body:
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _explained(child, f"{name}.{child.name}")


def training_and_held_out() -> tuple[list[str], list[str]]:
    """The documents to learn from, and those held out to judge with: by name, and so alike in every Python.

    What was learned from tells nothing about new texts. So a document that repeats the others is not held out, and not
    learned from either: the chapter "try" stands, whole, within the chapter "compound".
    """
    learned, drawn = [], []
    for name, text in documents().items():
        number = int(hashlib.sha256(name.encode()).hexdigest(), 16)
        (drawn if number % HELD_OUT == 0 else learned).append(text)
    known = set().union(*map(runs, learned))
    return learned, [text for text in drawn if shared(text, known) <= MOST_SHARED]


def runs(text: str) -> list[tuple[str, ...]]:
    """Every `RUN` words that stand in a row in `text`."""
    words = text.split()
    return list(zip(*(words[start:] for start in range(RUN)), strict=False))


def shared(text: str, known: set[tuple[str, ...]]) -> float:
    """The share of the runs of `text` that are `known`, from 0 to 1. A licence or a common heading is a small one."""
    found = runs(text)
    return sum(run in known for run in found) / max(1, len(found))
