"""Questions: as text everywhere, as a form in a notebook."""

import os
import re

import nbformat
import pytest
from nbclient import NotebookClient
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
    for blank in ((), (None,), (...,)):
        quiz("02-q2", *blank)
        out = capsys.readouterr().out
        assert out.startswith("02-q2  You unfreeze")
        assert re.findall(r"^  (\d)\. ", out, re.MULTILINE) == ["1", "2", "3", "4"]
        assert 'quiz("02-q2", 1)' in out


def test_an_answer_prints_the_question_the_option_and_its_explanation(capsys):
    question = lessons.find("questions", "02-q2")
    for number, option in enumerate(question.options, 1):
        quiz("02-q2", number)
        out = " ".join(capsys.readouterr().out.split())
        verdict = "right" if option.right else "not this one"
        assert out == f"02-q2 {question.text} {number}. {option.text} 02-q2 {verdict}. {option.why}"


@pytest.mark.parametrize("answer", [0, 5, -1, "2", 2.0, True, [2], 10**30])
def test_an_answer_that_is_none_of_the_options(capsys, answer):
    quiz("02-q2", answer=answer)
    assert capsys.readouterr().out == "02-q2 your turn. Answer with a whole number from 1 to 4.\n"


def test_an_unknown_question(capsys):
    exercises.quiz("02-q9")
    assert "Did you mean 02-q" in capsys.readouterr().out


def test_the_text_of_an_option_is_what_is_pressed():
    widgets = pytest.importorskip("ipywidgets")
    question = lessons.find("questions", "02-q2")
    kept = []
    form = quizzes.form(question, widgets, "here", kept.append)
    asked, *buttons, explained = form.children
    assert question.text in asked.value
    assert "#here { display: none }" in asked.value
    assert [button.description for button in buttons] == [
        f"{number}. {option.text}" for number, option in enumerate(question.options, 1)
    ]
    assert all("tlteach-option" in button._dom_classes for button in buttons)
    assert explained.value == ""
    buttons[0].click()
    assert "not this one" in explained.value
    assert "Why not the others?" not in explained.value  # it would give the answer away
    buttons[1].click()
    assert "02-q2 right." in explained.value
    assert 'role="alert"' in explained.value
    assert all(option.why in explained.value for option in question.options)
    assert kept == [(1,), (1, 2)]


def test_right_and_wrong_differ_in_more_than_colour():
    widgets = pytest.importorskip("ipywidgets")
    _, first, second, *_ = quizzes.form(lessons.find("questions", "02-q2"), widgets, "here", print).children
    first.click()
    second.click()
    assert first.description.startswith("✗ 1. ")
    assert second.description.startswith("✓ 2. ")
    assert {"tlteach-wrong"} < set(first._dom_classes)
    assert {"tlteach-right"} < set(second._dom_classes)


def test_the_page_that_stays_says_what_was_answered():
    question = lessons.find("questions", "02-q2")
    asked = quizzes.as_page(question)
    assert all(option.text in asked for option in question.options)
    assert not any(option.why in asked for option in question.options)
    answered = quizzes.as_page(question, (1,))
    open_part = re.sub(r"<details>.*?</details>", "", answered)
    assert [option.why in open_part for option in question.options] == [True, False, False, False]
    assert all(option.why in answered for option in question.options)


def test_in_a_notebook_the_page_stands_before_the_form(tmp_path):
    """The file has the question without its kernel, and answering changes what the file has."""
    pytest.importorskip("ipywidgets")
    press = """
import ipywidgets
from tlteach.course import quizzes
forms = []
made = quizzes.form
quizzes.form = lambda *all: forms.append(made(*all)) or forms[-1]
quiz("02-q2", ...)
"""
    cells = [f"from tlteach.course import quiz{press}", "forms[0].children[2].click()"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60).execute(
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    )
    page, live = notebook.cells[0].outputs
    assert "You unfreeze" in page.data["text/plain"]
    assert "✓ to recompile" in page.data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in live.data
    assert notebook.cells[1].outputs == []
