"""Questions with an explanation for every option: a small form in a notebook, plain text everywhere else.

    quiz("02-q1", ...)      # the form: the text of an option is what is clicked
    quiz("02-q1", 2)        # the question, option 2, and its explanation

A form lives only while its kernel runs, so the notebook also keeps the question as a page of its own. While the form
is there it hides that page; where the file is only read, the page shows what was asked, and what was answered.

Each option is a button: Tab goes from one to the next, Space or Enter presses it. What is found is said by a mark and
in words, never by the colour alone, and the explanation is an alert, so that a screen reader says it.
"""

from collections.abc import Callable
from html import escape
from types import ModuleType

from tlteach.core import live
from tlteach.core.journal import tell, wrapped
from tlteach.course import lessons, progress

BLUE, ORANGE = "#0072B2", "#D55E00"  # as in core/show.py, which would bring matplotlib with it
MARKS = {True: "✓", False: "✗"}
LOOK = f"""<style>
.tlteach-option {{ width: 100%; max-width: 52em; height: auto; min-height: 2.2em; margin: 3px 0; padding: 6px 12px;
  white-space: normal; text-align: left; line-height: 1.4; border-left: 5px solid transparent; }}
.tlteach-option.tlteach-right {{ border-left-color: {BLUE}; font-weight: bold; }}
.tlteach-option.tlteach-wrong {{ border-left-color: {ORANGE}; }}
</style>"""


def quiz(name: str, answer: object = None) -> None:
    """Ask the question `name`; with `answer`, the number of an option, explain that option. It never raises."""
    question = lessons.find("questions", str(name))
    if question is None:
        return tell(lessons.unknown(name, "questions"))
    if answer is None or answer is ...:
        return _ask(question)
    if type(answer) is not int or not 1 <= answer <= len(question.options):
        return tell(f"{question.name} your turn. Answer with a whole number from 1 to {len(question.options)}.")
    chosen = wrapped(question.options[answer - 1].text, f"  {answer}. ", "     ")
    print(wrapped(f"{question.name}  {question.text}"), chosen, sep="\n")
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
    return "\n".join([asked, *options, f'Answer with the number of your option, such as quiz("{question.name}", 1)'])


def as_page(question: lessons.Question, chosen: tuple[int, ...] = (), place: str = "") -> str:
    """The question as HTML; of the options that were `chosen` the explanation stands there, of the others it is folded.

    Before one was chosen there are no explanations. `place` is the id by which a live form hides the page.
    """
    options = "".join(
        f"<li>{_option(option, number in chosen, folded=bool(chosen))}</li>"
        for number, option in enumerate(question.options, 1)
    )
    how = "" if chosen else "<p>Run the cell to answer, or put the number of your option in the place of the blank.</p>"
    asked = f"<strong>{escape(question.text)}</strong><ol>{options}</ol>{how}"
    return live.page(f'<div class="tlteach-question">{asked}</div>', place)


def _option(option: lessons.Option, chosen: bool, folded: bool) -> str:
    text, why = escape(option.text), escape(option.why)
    if chosen:
        colour = BLUE if option.right else ORANGE
        return f'<strong style="color: {colour}">{MARKS[option.right]} {text}</strong><br>{why}'
    return f"<details><summary>{text}</summary>{MARKS[option.right]} {why}</details>" if folded else text


def _ask(question: lessons.Question) -> None:
    if not live.in_notebook():
        return print(as_text(question))
    from IPython.display import display

    place = live.new_place()

    def page(chosen: tuple[int, ...] = ()) -> dict[str, str]:
        return {"text/html": as_page(question, chosen, place), "text/plain": as_text(question)}

    kept = display(page(), raw=True, display_id=place)
    try:
        import ipywidgets
    except ImportError:  # the page is there
        return
    live.display(form(question, ipywidgets, place, lambda chosen: kept.update(page(chosen), raw=True)))


def form(question: lessons.Question, widgets: ModuleType, place: str, keep: Callable) -> object:
    """The question as a form of ipywidgets (`widgets`): a button for each option, and what it explains below.

    While it lives it hides the page whose id is `place`; `keep` is told all options that were chosen so far.
    """
    asked = widgets.HTML(f"{LOOK}{live.hiding(place)}<strong>{escape(question.text)}</strong>")
    explained, chosen = widgets.HTML(), []

    def press(button: object, number: int) -> None:
        option = question.options[number - 1]
        chosen.append(number)
        button.description = f"{MARKS[option.right]} {number}. {option.text}"
        button.add_class("tlteach-right" if option.right else "tlteach-wrong")
        explained.value = f'<div role="alert">{escape(explain(question, number))}</div>' + _others(question, option)
        keep(tuple(chosen))

    buttons = []
    for number, option in enumerate(question.options, 1):
        button = widgets.Button(description=f"{number}. {option.text}", tooltip=option.text)
        button.add_class("tlteach-option")
        button.on_click(lambda pressed, number=number: press(pressed, number))
        buttons.append(button)
    return widgets.VBox([asked, *buttons, explained])


def _others(question: lessons.Question, option: lessons.Option) -> str:
    """Once the right `option` is found, why the others are wrong, folded."""
    if not option.right:
        return ""
    others = "".join(f"<li>{escape(o.text)}<br>{escape(o.why)}</li>" for o in question.options if not o.right)
    return f"<details><summary>Why not the others?</summary><ul>{others}</ul></details>"
