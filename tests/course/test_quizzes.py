"""Questions: as text everywhere, as a form in a notebook."""

import os
import re
import subprocess
import sys

import nbformat
import pytest
from places import ROOT

from tlteach.course import exercises, lessons, quizzes
from tlteach.course.quizzes import quiz

QUESTIONS = [question for lesson in lessons.every_lesson() for question in lesson.questions.values()]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_every_question_has_one_right_option_and_explains_each(question):
    assert sum(option.right for option in question.options) == 1
    assert len({option.why for option in question.options}) == len(question.options) >= 3
    assert all(len(option.why) > 30 for option in question.options)
    solution = next(option.text for option in question.options if option.right)
    assert not any(solution in option.why for option in question.options if not option.right)


def test_the_right_option_is_not_always_the_same():
    assert len({[option.right for option in question.options].index(True) for question in QUESTIONS}) >= 2


def test_outside_a_notebook_it_is_text(capsys):
    quiz("02-q1")
    out = capsys.readouterr().out
    assert out.startswith("02-q1  You unfreeze")
    assert re.findall(r"^  (\d)\. ", out, re.MULTILINE) == ["1", "2", "3", "4"]
    assert 'quiz("02-q1", answer=1)' in out


def test_answers_are_explained(capsys):
    for number, verdict in ((1, "not this one"), (2, "right"), (3, "not this one"), (4, "not this one")):
        quiz("02-q1", answer=number)
        assert capsys.readouterr().out.startswith(f"02-q1 {verdict}. ")


@pytest.mark.parametrize("answer", [0, 5, -1, "2", 2.0, True, [2], 10**30])
def test_an_answer_that_is_none_of_the_options(capsys, answer):
    quiz("02-q1", answer=answer)
    assert capsys.readouterr().out == "02-q1 your turn. Answer with a whole number from 1 to 4.\n"


def test_an_unknown_question(capsys):
    exercises.quiz("02-q9")
    assert "Did you mean 02-q" in capsys.readouterr().out


def test_the_form_explains_what_is_pressed():
    widgets = pytest.importorskip("ipywidgets")
    question = lessons.find("questions", "02-q1")
    form = quizzes.form(question, widgets)
    asked, *rows, explained = form.children
    assert question.text in asked.value
    buttons = [row.children[0] for row in rows]
    assert [button.tooltip for button in buttons] == [option.text for option in question.options]
    assert explained.value == ""
    buttons[0].click()
    assert "not this one" in explained.value
    buttons[1].click()
    assert "02-q1 right." in explained.value
    assert 'role="alert"' in explained.value


@pytest.mark.slow
def test_a_quiz_passes_nbval_with_only_its_text_stored(tmp_path):
    """What is stored is text; the form, whose number is new in every run, is not compared."""
    cell = nbformat.v4.new_code_cell('from tlteach.course import quiz\nquiz("02-q1")', execution_count=1)
    text = quizzes.as_text(lessons.find("questions", "02-q1"))
    cell.outputs = [nbformat.v4.new_output("display_data", data={"text/plain": text})]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "quiz.ipynb")
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-q", "-p", "no:cacheprovider", "quiz.ipynb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stdout
