"""Lesson 19: its stations, and a project that is laid out in a folder."""

import atexit
import json
import re
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from marking import exercises_of, fine_tuned, headed
from places import BENCHMARKS

from tlteach import tasks
from tlteach.__main__ import main
from tlteach.core.files import bundled, notebooks
from tlteach.course import ideas
from tlteach.course.lessons.lesson_19 import by_group, chosen, tried
from tlteach.engine.evaluation import Evaluation
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run

NAMES = ("healthy", "sick")


def split(labels, groups, group="patient"):
    counts = tuple(np.bincount(labels, minlength=2).tolist())
    found = SimpleNamespace(labels=np.array(labels), groups=groups, group=group, class_counts=counts, called="pictures")
    return type("Part", (SimpleNamespace,), {"__len__": lambda self: len(self.labels)})(**vars(found))


def a_task(train="aab", validation="c", test="dd", group="patient", left_out=()):
    def part(groups, *labels):
        return split(labels, groups and list(groups), group)

    return SimpleNamespace(
        class_names=NAMES,
        n_classes=2,
        modality="image",
        left_out=left_out,
        train=part(train, 0, 1, 1),
        validation=part(validation, 1),
        test=part(test, 0, 1),
    )


TASK = a_task()
UNGROUPED = a_task(None, None, None)
ASKED = {
    "question": "Do these cells look sick?",
    "used_by": "a laboratory",
    "decision": "which slides to look at first",
    "worst_is": "sick",
    "worst_taken_for": "healthy",
}
CARD = {
    "from": "a drawer of our hospital",
    "licence": "CC0",
    "labelled_by": "two doctors, separately",
    "lacks": "children, other stains, other machines",
    "inputs": 6,
    "left_out": 0,
}
CUT = {"unit": "patient", "why": "it will meet patients that are new"}
ALONE = {"unit": "nothing", "why": "each picture is of an animal of its own, taken once"}
ORIGIN = {
    "source": "menagerie",
    "why": "small, and here without a network",
    "never_saw": "cells, or anything under a microscope",
}
VERDICT = {"frozen_or_scratch": "frozen", "fine_tuned_or_frozen": "neither"}
LOOKED = {
    "first": "the picture is much blurred",
    "second": "only one nucleus is there",
    "in_common": "both have a pale stain",
}


def station(said, measured, **changes):
    return {"said": {**said, **changes}, "measured": measured}


def number(said, measured):
    return {"said": said, "measured": measured}


def comparison(seeds=5):
    labels = np.arange(200) % 2
    rights = {"scratch": 0.6, "frozen": 0.9, "fine_tuned": 0.9}
    runs = []
    for method, share in rights.items():
        for seed in range(seeds):
            wrong = np.random.default_rng(seed).permutation(200)[: round(200 * (1 - share))]
            predicted = labels.copy()
            predicted[wrong] = 1 - predicted[wrong]
            runs.append(Run(method, None, seed, predicted=predicted, seconds=1.0, trainable_parameters=1))
    return Comparison("cells", labels, tuple(rights), (None,), tuple(runs))


FOUND, FEW = comparison(), comparison(2)


def a_result():
    """Four test inputs, of three patients; one of patient e is wrong."""
    labels = np.array([0, 1, 1, 0])
    test = Evaluation(np.eye(2)[[0, 1, 1, 1]], labels)
    task = SimpleNamespace(class_names=NAMES, test=SimpleNamespace(groups=["d", "d", "e", "e"]))
    return SimpleNamespace(task=task, best=SimpleNamespace(test=test))


RESULT = a_result()


class Made(dict):
    """What is made when it is asked for, so that this file begins without Keras."""

    def __getitem__(self, name):
        found = super().__getitem__(name)
        return found() if callable(found) else found


def trained(model, said=1.0, n_classes=2):
    task = SimpleNamespace(n_classes=n_classes, validation=SimpleNamespace(class_counts=(6, 4)))
    return {"said": said, "measured": {"model": model, "task": task}}


WORDS = {
    "for": "learners who look at a project",
    "not_for": "no patient, for these are drawings",
    "limits": "three new patients are very few",
}


def handed_over(*files, words=WORDS):
    """A folder with an exported model, of which only so many files are there."""
    folder = Path(tempfile.mkdtemp(prefix="tlteach_test_"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in files:
        (folder / name).write_text("\n".join(words.values()), "utf-8")
    return folder


WHOLE = ("README.md", "labels.txt")
SOLUTIONS = Made(
    {
        "19-a": [station(ASKED, TASK)],
        "19-b": [station(CARD, TASK), station(CARD, TASK, lacks="nothing that I know of, sadly")],
        "19-c": [station(CUT, TASK), station(ALONE, UNGROUPED)],
        "19-d": [number(0.5, TASK), number(np.float32(0.5), TASK)],
        "19-e": [station(ORIGIN, TASK)],
        "19-f": lambda: [trained(headed())],
        "19-g": lambda: [trained(fine_tuned())],
        "19-h": [station(VERDICT, FOUND)],
        "19-i": [station(LOOKED, RESULT)],
        "19-j": [number(0.5, RESULT), number(np.float64(0.5), RESULT)],
        "19-k": lambda: [station(WORDS, handed_over(*WHOLE)), station(WORDS, str(handed_over(*WHOLE)))],
    }
)
MISTAKES = Made(
    {
        "19-a": [
            station(ASKED, TASK, question="These cells look sick."),
            station(ASKED, TASK, question="Sick?"),
            station(ASKED, TASK, decision="none"),
            station(ASKED, TASK, worst_is="ill"),
            station(ASKED, TASK, worst_taken_for="sick"),
            station(ASKED, TASK, used_by=...),
        ],
        "19-b": [
            station(CARD, TASK, inputs=3),
            station(CARD, TASK, inputs=7),
            station(CARD, TASK, left_out=2),
            station(CARD, TASK, lacks="nothing"),
            station(CARD, TASK, licence=...),
        ],
        "19-c": [
            station(CUT, UNGROUPED),
            station(CUT, TASK, unit="day"),
            station(CUT, TASK, why="so"),
            station(CUT, a_task(test="da")),
            station(ALONE, TASK),
            station(ALONE, UNGROUPED, why="it is so"),
        ],
        "19-d": [number(50, TASK), number(2 / 3, TASK), number(1, TASK), number(0.1, TASK)],
        "19-e": [
            station(ORIGIN, TASK, source="resnet"),
            station(ORIGIN, TASK, source="minilm"),
            station(ORIGIN, TASK, why="it is there"),
            station(ORIGIN, TASK, never_saw="cells"),
        ],
        "19-f": lambda: [trained(fine_tuned()), trained(headed(), said=0.6), trained(headed(outputs=3)), trained(3)],
        "19-g": lambda: [
            trained(headed()),
            trained(fine_tuned(rate=1e-2)),
            trained(fine_tuned(), said=0.5),
            trained(fine_tuned(), n_classes=5),
        ],
        "19-h": [
            station(VERDICT, FEW),
            station(VERDICT, FOUND, frozen_or_scratch="scratch"),
            station(VERDICT, FOUND, fine_tuned_or_frozen="frozen"),
            station(VERDICT, FOUND, fine_tuned_or_frozen="better"),
        ],
        "19-i": [
            station(LOOKED, RESULT, first="blurred"),
            station(LOOKED, RESULT, in_common="nothing"),
            station(LOOKED, RESULT, second=LOOKED["first"]),
        ],
        "19-j": [number(50, RESULT), number(1.0, RESULT), number(0.75, RESULT), number(0.2, RESULT)],
        "19-k": lambda: [
            station(WORDS, handed_over("labels.txt")),
            station(WORDS, handed_over("README.md")),
            station(WORDS, handed_over(*WHOLE, words={"for": WORDS["for"]})),
            station(WORDS, handed_over(*WHOLE), limits="few"),
        ],
    }
)
# Stations have no secret but their numbers: what the learner writes is theirs.
ANSWERS = {
    **dict.fromkeys(MISTAKES, "only the learner knows"),
    "19-b": r"\b6\b",
    "19-d": r"\b0\.5\b|\b50\b",
    "19-h": r"(frozen|scratch) is better",
    "19-j": r"\b0\.5\b|\b50\b",
}

(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("19", SOLUTIONS, MISTAKES, ANSWERS)


def test_what_is_blank_goes_on_with_something_plain():
    assert chosen(..., "frozen") == "frozen"
    assert chosen("", None) is None
    assert chosen("patient", None) == "patient"
    assert tried(..., TASK) is ...


def test_a_group_fares_as_it_does():
    assert by_group(RESULT) == {"d": 1.0, "e": 0.5}
    alone = SimpleNamespace(class_names=NAMES, test=SimpleNamespace(groups=None))
    assert by_group(SimpleNamespace(task=alone, best=RESULT.best)) == {"healthy": 0.5, "sick": 1.0}


# ---------------------------------------------------------------- tlteach new project


def new(capsys, *arguments):
    """The code with which the command ends, and what it says."""
    try:
        main(["new", "project", *map(str, arguments)])
        code = 0
    except SystemExit as error:
        code = error.code
    return code, "".join(capsys.readouterr())


def code_of(folder):
    cells = json.loads((folder / "project.ipynb").read_text("utf-8"))["cells"]
    return "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "code")


def test_a_project_with_an_idea(capsys, tmp_path):
    code, said = new(capsys, tmp_path / "mine", "--idea", "cells")
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["data", "project.ipynb", "rubric.md"]
    assert ideas.IDEAS["cells"].question in said
    assert "jupyter lab" in said
    task = tasks.by_name(str(tmp_path / "mine" / "data"), group="patient")
    assert not set(task.train.groups) & set(task.test.groups)


def test_a_project_looks_for_its_own_data_and_has_no_answers(capsys, tmp_path):
    new(capsys, tmp_path / "mine", "--idea", "cells")
    code = code_of(tmp_path / "mine")
    assert "data = Path('data')" in code
    assert "ideas.write" not in code
    assert 'asked = {\n    "question": ...,' in code
    assert "hundreds of slides" not in code
    for name in ("project.ipynb", "rubric.md"):
        assert not re.search(r"\]\((?!https?:)", (tmp_path / "mine" / name).read_text("utf-8"))


def test_data_of_yours_stay_where_they_are(capsys, tmp_path):
    path = tmp_path / "mine.csv"
    rows = [f"text {number},{('yes', 'no')[number % 2]}" for number in range(40)]
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    code, said = new(capsys, tmp_path / "project", "--data", path)
    assert code == 0
    assert str(path) in said
    assert f"data = Path({str(path)!r})" in code_of(tmp_path / "project")
    assert not (tmp_path / "project" / "data").exists()


def test_without_data_there_is_a_place_for_them(capsys, tmp_path):
    code, said = new(capsys, tmp_path / "mine")
    assert code == 0
    assert "Put your data into data/" in said
    assert not any((tmp_path / "mine" / "data").iterdir())


def test_nothing_is_replaced_and_nothing_left_half(capsys, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "project.ipynb").write_text("my work", "utf-8")
    code, said = new(capsys, tmp_path / "full", "--idea", "cells")
    assert code == 2
    assert "is there already, and not empty" in said
    assert (tmp_path / "full" / "project.ipynb").read_text("utf-8") == "my work"
    for wrong, expected in (
        (("--idea", "birds"), "There is no idea 'birds'. There are cells, signals, game."),
        (("--data", tmp_path / "nowhere"), "is neither a folder nor a file"),
        (("--data", tmp_path / "full"), "There is no file in"),
        (("--data", "x", "--idea", "cells"), "not allowed with"),
    ):
        code, said = new(capsys, tmp_path / "mine", *wrong)
        assert code == 2
        assert expected in said
        assert not (tmp_path / "mine").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full"]


def test_the_help_names_every_idea(capsys):
    with pytest.raises(SystemExit):
        main(["new", "--help"])
    assert re.search(f"{', '.join(list(ideas.IDEAS)[:-1])} or {list(ideas.IDEAS)[-1]}", capsys.readouterr().out)


def test_the_rubric_has_every_station():
    rubric = (notebooks() / "rubric.md").read_text("utf-8")
    stations = re.findall(r"^\| ([a-k]) ", rubric, re.MULTILINE)
    assert stations == list("abcdefghijk")


# ---------------------------------------------------------------- the runs that are kept for station h


def test_the_kept_runs_are_those_of_the_benchmark_on_the_test_split_of_the_lesson(tmp_path):
    kept = json.loads(bundled("comparisons/project_cells.json").read_text("utf-8"))
    benchmark = BENCHMARKS / "results" / "project.json"
    if benchmark.is_file():
        assert json.loads(benchmark.read_text("utf-8"))["cells"]["compared"] == kept
    ideas.IDEAS["cells"].write(tmp_path)
    task = tasks.by_name(str(tmp_path), group="patient")
    assert kept["labels"].split() == list(map(str, task.test.labels))
    assert len(kept["runs"]) == 15


def test_the_readme_quotes_the_benchmark():
    record = json.loads((BENCHMARKS / "results" / "project.json").read_text("utf-8"))
    readme = (BENCHMARKS.parent / "README.md").read_text("utf-8")
    told = readme.partition("What such a leak is worth")[2].partition("\n## ")[0].replace("\n", " ")
    for name, found in record.items():
        cut, ways = found["cuts"], ("at random", "by group")
        shares = [np.mean(cut[source][way]) for source in ("mobilenet_v2_035", "menagerie") for way in ways]
        means = [row["mean"] for row in found["compared"]["table"]]
        numbers = [f"{value:.3f}" for value in (*shares, cut["most frequent class"], *means)]
        assert f"| {' | '.join([name, *numbers])} |" in told
    verdicts = {pair["verdict"] for found in record.values() for pair in found["compared"]["pairs"]}
    quoted = set(re.findall('"([^"]+points[^"]*)"', told))
    assert quoted
    assert quoted <= verdicts
