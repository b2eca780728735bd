"""A project of one's own: a folder with the guided notebook of lesson 19, the rubric, and data or a place for them."""

import ast
import json
import re
from pathlib import Path

from tlteach.core.errors import DataError
from tlteach.core.files import notebooks, write_whole
from tlteach.tasks import by_name

GUIDE = "19_your_own_data.ipynb"
YOUR_DATA = "your-data"  # the tag of the one cell in which a project is not the lesson
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]+\)")  # to what does not lie beside a project


def new(folder: str | Path, data: str | Path | None = None, idea: str | None = None) -> str:
    """Write project.ipynb and rubric.md into a new folder, and what says where the data are; return what to do next.

    `data`: your folder of photos or sounds, or your CSV file, which stays where it is. `idea`: the name of one of our
    drawn data sets, which is written into data/. Without both, data/ is empty and waits for yours.

    Raises:
        DataError: the folder is there and not empty, no task can be made of the data, or there is no such idea.
    """
    from tlteach.course import ideas

    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is there already, and not empty. Name a new folder: nothing in it is replaced.")
    if idea is not None and idea not in ideas.IDEAS:
        raise DataError(f"There is no idea {idea!r}. There are {', '.join(ideas.IDEAS)}.")
    if data is not None:
        data = Path(data).expanduser().resolve()
        by_name(str(data))  # what is wrong with it is told now, and not in the notebook

    def write(home: Path) -> None:
        home.mkdir()
        source = "menagerie" if idea else None  # what is drawn goes with what learned from drawings
        (home / "project.ipynb").write_text(guide(data or Path("data"), source), encoding="utf-8")
        rubric = (notebooks() / "rubric.md").read_text(encoding="utf-8")
        (home / "rubric.md").write_text(LINK.sub(r"\1", rubric), encoding="utf-8")
        if idea is not None:
            ideas.write(idea, home / "data")
        elif data is None:
            (home / "data").mkdir()

    try:
        write_whole(folder, write)
    except OSError as error:
        raise DataError(f"The project cannot be written to {folder}: {error}. Choose another folder.") from error
    return _next(folder, data, idea and ideas.IDEAS[idea].question)


def guide(data: Path, source: str | None) -> str:
    """The file of the guided notebook, which finds its data at `data`, and looks for nothing of the course."""
    lines = [
        "from pathlib import Path\n",
        'home = Path(".")  # what you make goes here',
        f"data = Path({str(data)!r})",
        f"source = {source!r}  # what to transfer from; None chooses for you",
        "kept = None  # the runs of station h are made there",
    ]
    notebook = json.loads((notebooks() / GUIDE).read_text(encoding="utf-8"))
    notebook["cells"] = [cell for cell in notebook["cells"] if not only_checks(cell)]
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if YOUR_DATA in cell["metadata"].get("tags", []):
            cell["source"] = "\n".join(lines)
        elif cell["cell_type"] == "markdown":
            cell["source"] = LINK.sub(r"\1", cell["source"])
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def only_checks(cell: dict) -> bool:
    """Whether a cell is of no use to its reader: it only asserts, or gathers, what was found in the lesson's data."""
    if cell["cell_type"] != "code":
        return False
    asserts = [isinstance(statement, ast.Assert) for statement in ast.parse("".join(cell["source"])).body]
    return all(asserts) or "results" in cell["metadata"].get("tags", [])


def _next(folder: Path, data: Path | None, question: str | None) -> str:
    if question:
        where = f"data/ has drawn pictures; data/card.md tells of them. {question}"
    elif data:
        where = f"Your data stay where they are: {data}."
    else:
        where = (
            "Put your data into data/: a folder of photos or sounds for each class. A CSV file of texts: see --data."
        )
    return f"{folder} has project.ipynb and rubric.md. {where}\nOpen it: jupyter lab {folder / 'project.ipynb'}"
