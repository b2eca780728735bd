"""Questions with an explanation for every option: a small form in a notebook, plain text everywhere else.

The form has one button for each option: Tab goes from one to the next, Space or Enter presses it. The text of the
option is also the title of its button, and the explanation is an alert, so that a screen reader says both.
"""

import html
from types import ModuleType

from tlteach.core.journal import tell, wrapped
from tlteach.course import lessons, progress


def quiz(name: str, answer: object = None) -> None:
    """Ask the question `name`; with `answer`, the number of an option, explain that option. It never raises.

    The text that stands in the notebook file is the same with and without ipywidgets.
    """
    question = lessons.find("questions", str(name))
    if question is None:
        return tell(lessons.unknown(name, "questions"))
    if answer is None or answer is ...:
        return _ask(question)
    if type(answer) is not int or not 1 <= answer <= len(question.options):
        return tell(f"{question.name} your turn. Answer with a whole number from 1 to {len(question.options)}.")
    tell(explain(question, answer))


def explain(question: lessons.Question, number: int) -> str:
    """The verdict on option `number`, counted from 1, with its explanation; it is kept in the progress."""
    option = question.options[number - 1]
    note = progress.record("questions", question.name, right=option.right)
    return f"{question.name} {'right' if option.right else 'not this one'}. {option.why}{note}"


def as_text(question: lessons.Question) -> str:
    """The question, its numbered options, and how to answer."""
    asked = wrapped(f"{question.name}  {question.text}")
    options = [wrapped(option.text, f"  {n}. ", "     ") for n, option in enumerate(question.options, 1)]
    example = f'Answer with the number of your option, such as quiz("{question.name}", answer=1)'
    return "\n".join([asked, *options, example])


def _ask(question: lessons.Question) -> None:
    try:
        from IPython import get_ipython
        from IPython.display import display

        in_notebook = hasattr(get_ipython(), "kernel")
    except ImportError:
        in_notebook = False
    if not in_notebook:
        return print(as_text(question))
    try:
        import ipywidgets

        shown = form(question, ipywidgets)._repr_mimebundle_()
    except (ImportError, AttributeError):  # none, or one older than 8
        shown = {}
    # A front end that cannot show the form shows the text; so does one that only opens the file.
    display({**shown, "text/plain": as_text(question)}, raw=True)


def form(question: lessons.Question, widgets: ModuleType) -> object:
    """The question as a form of ipywidgets (`widgets`), one button for each option."""
    explained = widgets.HTML()
    rows = []
    for number, option in enumerate(question.options, 1):
        button = widgets.Button(
            description=f"Option {number}", tooltip=option.text, layout={"width": "7em", "flex": "0 0 auto"}
        )
        button.on_click(lambda _, number=number: _show(explained, explain(question, number)))
        rows.append(widgets.HBox([button, widgets.HTML(html.escape(option.text))]))
    asked = widgets.HTML(f"<strong>{html.escape(question.text)}</strong>")
    return widgets.VBox([asked, *rows, explained])


def _show(explained: object, text: str) -> None:
    explained.value = f'<div role="alert">{html.escape(text)}</div>'
