"""The rooms of the house stand one above the other: imports point downwards, and nobody asks for a modality by name."""

import ast
from pathlib import Path

import pytest

import tlteach

HOUSE = Path(tlteach.__file__).parent
# From the bottom up; rooms on one storey do not know each other.
STOREYS = (
    ("core",),
    ("engine",),
    ("guards", "image", "sound", "text"),
    ("tasks",),
    ("sources",),
    ("recipe",),
    ("evidence", "methods"),
)
STOREYS += (("course",), ("",), ("__main__",))
STOREY = {room: number for number, storey in enumerate(STOREYS) for room in storey}
MODALITIES = ("image", "text", "sound")
# What belongs to a modality, and may name it: the tasks and sources that learners call, lessons, and methods on words.
OF_A_MODALITY = ("tasks", "sources", "course.lessons", "methods.word_vectors")
OPEN_TO_ALL = ("image.menagerie", "sound.voices")  # the drawn worlds


def modules(house: Path) -> dict[str, ast.Module]:
    found = {}
    for path in house.rglob("*.py"):
        name = ".".join(path.relative_to(house).with_suffix("").parts).removesuffix("__init__").rstrip(".")
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports(tree: ast.Module, every: dict) -> set[str]:
    """The modules of the house that a module imports, also inside functions and for type hints."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "tlteach":
            home = node.module.partition(".")[2]
            inside = {f"{home}.{alias.name}".lstrip(".") for alias in node.names} & every.keys()
            names |= inside or {home}
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[2] for alias in node.names if alias.name.split(".")[0] == "tlteach"}
    return names


def faults(house: Path) -> list[str]:
    every, found = modules(house), []
    graph = {name: imports(tree, every) - {name} for name, tree in every.items()}
    for name, below in graph.items():
        room = name.split(".")[0]
        for other in below:
            target = other.split(".")[0]
            if target != room and STOREY[target] >= STOREY[room]:
                found.append(f"{name} imports {other}, which does not stand below it")
            is_free = room == target or name.startswith(OF_A_MODALITY) or other.startswith(OPEN_TO_ALL)
            if target in MODALITIES and name and not is_free:
                found.append(f"{name} imports {other}, a modality")
    found += [f"{' -> '.join(circle)} is a circle" for circle in circles(graph)]
    return found + [f"{name} asks which modality it has" for name, tree in every.items() if asks(tree)]


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    found, done = [], set()

    def visit(name: str, path: list[str]) -> None:
        if name in path:
            found.append([*path[path.index(name) :], name])
        elif name not in done:
            for other in graph.get(name, ()):
                visit(other, [*path, name])
            done.add(name)

    for name in graph:
        visit(name, [])
    return found


def asks(tree: ast.Module) -> bool:
    """Whether `modality` is compared with a string anywhere."""
    compared = [[node.left, *node.comparators] for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    return any(
        any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in sides)
        and any("modality" in (getattr(side, "attr", ""), getattr(side, "id", "")) for side in sides)
        for sides in compared
    )


def test_arrows_point_downwards_and_nobody_asks_for_a_modality():
    assert faults(HOUSE) == []


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("engine/fit.py", "from tlteach.recipe import train", "does not stand below"),
        ("image/form.py", "from tlteach.text import tokenizer", "does not stand below"),
        ("methods/mmd.py", "from tlteach.evidence import compare", "does not stand below"),
        ("evidence/ask.py", "from tlteach.text.tokenizer import Tokenizer", "a modality"),
        ("core/task.py", "if TYPE_CHECKING:\n    from tlteach.core import journal", "is a circle"),
        ("recipe.py", 'x = task.modality == "text"', "asks which modality"),
    ],
)
def test_a_bad_line_is_found(tmp_path, file, line, fault):
    house = tmp_path / "tlteach"
    (house / file).parent.mkdir(parents=True)
    (house / file).write_text(line + "\n", encoding="utf-8")
    if "circle" in fault:
        (house / "core" / "journal.py").write_text("from tlteach.core import task\n", encoding="utf-8")
    for path in ("recipe.py", "text/tokenizer.py", "evidence/compare.py"):
        (house / path).parent.mkdir(parents=True, exist_ok=True)
        (house / path).touch()
    (house / file).write_text(line + "\n", encoding="utf-8")
    assert any(fault in found for found in faults(house))


def test_a_newcomer_finds_few_things_at_the_top_and_no_long_file():
    top = [path for path in HOUSE.iterdir() if path.name not in ("__pycache__", "_datasets", "_notebooks")]
    assert len(top) <= 14
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in HOUSE.rglob("*.py")}
    assert {str(path): n for path, n in lines.items() if n > 350} == {}
    assert lines[HOUSE / "recipe.py"] < 300
