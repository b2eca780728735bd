"""Each rule of the notebooks' linter finds its fault, and a good notebook has none."""

import base64
import importlib.util
import io
import subprocess
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from PIL import Image
from places import NOTEBOOKS

spec = importlib.util.spec_from_file_location("notebooks_lint", NOTEBOOKS / "lint.py")
lint = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lint)

FIRST = """# 99 · A lesson

**The question.** Is this a lesson?

After this lesson you can

- read;
- write, in a sentence that
  goes on;
- count.

**Cost:** about 20 seconds on two cores, nothing to download. Words in bold stand in the [glossary](glossary.md)."""
LAST = """## Recap

It is.

**Read on:** elsewhere."""


def picture(height=300, alt="Two curves that fall and meet."):
    file = io.BytesIO()
    Image.new("L", (8, height)).save(file, "webp")
    return f'<img alt="{alt}" src="data:image/webp;base64,{base64.b64encode(file.getvalue()).decode()}">'


PICTURE = picture()


def figure(data, tags=(lint.IGNORED,)):
    cell = new_code_cell("tl.show.display(figure)", metadata={"tags": list(tags)})
    cell.outputs = [new_output("display_data", data=data)]
    return cell


def good():
    """A notebook without a fault; its code cells are number 1, 2 and 3."""
    counted = new_code_cell("print(1)", outputs=[new_output("stream", name="stdout", text="1\n")])
    cells = [
        new_markdown_cell(FIRST),
        counted,
        figure({"text/html": PICTURE}),
        new_code_cell("assert len(curves) == 2"),
        new_markdown_cell(LAST),
    ]
    for count, cell in enumerate(cells[1:4], 1):
        cell.execution_count = count
    return nbformat.v4.new_notebook(cells=cells, metadata={"tlteach": {"seconds": 15}})


def change(cell, **values):
    def changed(notebook):
        for key, value in values.items():
            notebook.cells[cell][key] = value

    return changed


def outputs(*found, tags=()):
    return change(1, outputs=list(found), metadata={"tags": list(tags)})


def show(data, tags=(lint.IGNORED,)):
    return change(2, outputs=figure(data).outputs, metadata={"tags": list(tags)})


def say(old, new, cell=0):
    def changed(notebook):
        assert old in notebook.cells[cell].source
        notebook.cells[cell].source = notebook.cells[cell].source.replace(old, new)

    return changed


def stream(text, name="stdout"):
    return new_output("stream", name=name, text=text)


def added(kind, source, times):
    """So many cells of that source."""
    made = {"code": new_code_cell, "markdown": new_markdown_cell}[kind]
    return [made(source, **({"execution_count": place + 4} if kind == "code" else {})) for place in range(times)]


FAULTS = {
    "has no count": change(1, execution_count=None),
    "its count is 7": change(1, execution_count=7),
    "writes to stderr": outputs(stream("hm", "stderr"), tags=[lint.IGNORED]),
    "it warns": outputs(stream("WARNING:tensorflow:retracing"), tags=[lint.IGNORED]),
    "ends in an error: ValueError": outputs(new_output("error", ename="ValueError", evalue="", traceback=[])),
    "a live widget": outputs(new_output("display_data", data={"application/vnd.jupyter.widget-view+json": {}})),
    "an address in memory": outputs(stream("<object at 0x7f7565edd940>")),
    "a measured number is compared: 0.964": outputs(stream("accuracy 0.964")),
    "16 lines of code": change(1, source="x = 1\n" * 16),
    "a line of 97 characters": change(1, source="x = " + "1" * 93),
    "a magic: %timeit": change(1, source="%timeit 1"),
    "a magic: !pip": change(1, source="!pip install tlteach"),
    "an unknown tag: nbval-skip": outputs(tags=["nbval-skip"]),
    "without a text for those who cannot see it": show({"image/png": "AAAA"}),
    "says too little: ''": show({"text/html": picture(alt="")}),
    "says too little: 'figure'": show({"text/html": picture(alt="figure")}),
    "compared byte by byte": show({"text/html": PICTURE}, tags=()),
    "not asserted in the next code cell": change(3, source="print(2)"),
    "121 words": change(4, source=LAST + " word" * (121 - len(LAST.split()))),
    "lacks the line '**Cost:**": say("**Cost:** about 20 seconds", "Quick"),
    "said to be 50 seconds, and was 15": say("20 seconds", "50 seconds"),
    "said to be 7 seconds, and was 15": say("20 seconds", "7 seconds"),
    "are not in its metadata": lambda notebook: notebook.metadata.pop("tlteach"),
    "lacks a title": say("# 99 · A lesson", "# A lesson"),
    "lacks the question": say("**The question.**", "Well."),
    "three to five objectives": say("\n- count.", ""),
    "to five objectives": say("- count.", "- a;\n- b;\n- c;\n- d."),
    "lacks a recap": say("## Recap", "## End", 4),
    "lacks where to read on": say("Read on", "See", 4),
    "lacks a link to the glossary": say("(glossary.md)", "(words.md)"),
    "153 lines of code are open": lambda notebook: notebook.cells.extend(added("code", "x = 1\n" * 15, 10)),
    "words, and at most 1800 are read": lambda notebook: notebook.cells.__setitem__(
        slice(1, 1), added("markdown", "word " * 100, 18)
    ),
    "a figure of 701 pixels": show({"text/html": picture(701)}),
    "check('02-a') asks what no lesson has": change(1, source='check("02-a", 1)'),
}


def test_a_good_notebook_has_no_fault():
    assert list(lint.look_at_notebook(good())) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault):
    notebook = good()
    FAULTS[fault](notebook)
    found = list(lint.look_at_notebook(notebook))
    assert len(found) == 1, found
    assert fault in found[0]


def test_a_lesson_asks_all_that_it_has():
    notebook = good()
    say("# 99", "# 00")(notebook)
    found = "\n".join(lint.look_at_notebook(notebook))
    for call in ("check('00-a')", "predict('00-1')", "reveal('00-1')", "quiz('00-q2')"):
        assert f"{call} is nowhere asked" in found


def test_the_number_of_a_lesson_may_end_in_a_letter():
    notebook = good()
    say("# 99 · A lesson", "# 99b · Its other half")(notebook)
    notebook.cells[1].source = 'check("99b-a", 1)'
    assert list(lint.look_at_notebook(notebook)) == ["check('99b-a') asks what no lesson has"]


def test_letters_come_in_their_order():
    notebook = good()
    notebook.cells[1].source = 'check("99-b", 1), check("99-a", 1)'
    assert "check is called out of order: 99-b, 99-a" in list(lint.look_at_notebook(notebook))


def test_a_lesson_says_what_is_next():
    notebook = good()
    notebook.metadata.tlteach["made_from"] = "src/00_start_here.py"
    (found,) = lint.look_at_notebook(notebook)
    assert "does not say what is next" in found
    say("It is.", "It is.\n\n**Next:** [01 · Why](01_why_transfer_learning.ipynb)", 4)(notebook)
    assert list(lint.look_at_notebook(notebook)) == []


GLOSSARY = """# Glossary

- **head**: the dense layers on top. [00](00_start_here.ipynb)
- **base**: the network without them. [00](00_start_here.ipynb)
"""
SAID = {"00_start": "A **base**, two **heads**. **Cost:** none. **When?**", "01_why": "The **head** again."}


def lessons_that_say(said):
    return {name: nbformat.v4.new_notebook(cells=[new_markdown_cell(text)]) for name, text in said.items()}


def test_every_word_in_bold_stands_in_the_glossary():
    assert list(lint.unexplained(lessons_that_say(SAID), GLOSSARY)) == []
    assert list(lint.unexplained(lessons_that_say(SAID), GLOSSARY.replace("head", "Head"))) == []
    (found,) = lint.unexplained(lessons_that_say(SAID | {"01_why": "A **block**."}), GLOSSARY)
    assert found == "lesson 01: 'block' is first said here, and glossary.md lacks it"
    (found,) = lint.unexplained(lessons_that_say(SAID), GLOSSARY.replace("top. [00]", "top. [01]"))
    assert "points to lesson 01" in found
    (found,) = lint.unexplained(lessons_that_say(SAID | {"00_start": "**base**", "01_why": ""}), GLOSSARY)
    assert found == "glossary.md: 'head' stands in bold in no lesson"


def test_some_things_are_allowed():
    notebook = good()
    notebook.cells[1].source = "%matplotlib inline\n" + "x = 1\n" * 14
    notebook.cells[1].outputs = [stream("the first loss is 0.693, and log(4) 1.39")]
    assert list(lint.look_at_notebook(notebook)) == []


def test_a_students_notebook_spoils_nothing():
    notebook = good()
    notebook.metadata.tlteach = {"version": "student"}
    found = list(lint.look_at_notebook(notebook))
    assert len(found) == 3
    assert all("before they have guessed" in fault for fault in found)
    for cell in notebook.cells[1:4]:
        cell.outputs, cell.execution_count = [], None
    assert list(lint.look_at_notebook(notebook)) == []


RESULTS = ["0.964 of them", "96 %", "96%", "12 percent", "3 times", "a 3-fold gain", "2.4 s", "40 seconds", "2 points"]
NO_RESULTS = [
    "{{lesson.frozen:.2f}} and {{recipe.seconds}} seconds",
    "400 pictures in 2 classes, at $0.693$ and `1e-5` or `0.3`",
    "[the paper of 2014](https://arxiv.org/abs/1411.1792)",
    "**Cost:** about 20 seconds on two cores",
    "```\naccuracy 0.9\n```",
    "a 95 % interval; 50 : 50; 69 MB; lesson 03; 5 epochs",
]


@pytest.mark.parametrize("text", RESULTS)
def test_a_number_that_looks_like_a_result_is_found(text):
    (found,) = lint.unmeasured(nbformat.v4.new_notebook(cells=[new_markdown_cell(f"We saw {text} there.")]))
    assert "looks like a result" in found


@pytest.mark.parametrize("text", NO_RESULTS)
def test_other_numbers_are_left_alone(text):
    assert list(lint.unmeasured(nbformat.v4.new_notebook(cells=[new_markdown_cell(text)]))) == []


def test_the_lessons_have_no_fault():
    done = subprocess.run([sys.executable, str(NOTEBOOKS / "lint.py")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
