"""What the page of `tlteach app` says, as HTML: what the model is, the probabilities, and what it looked at."""

from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path

from tlteach.core.errors import TlteachError
from tlteach.core.journal import one_line, shortened
from tlteach.core.show import BLUE
from tlteach.evidence import ask

MOST = 10  # classes that are named
STYLE = f"""
.gradio-container {{ max-width: 52rem !important; margin-inline: auto !important }}
.answer table {{ width: 100%; max-width: 32rem; margin: 0.5rem 0 1rem; border: 0 }}
.answer caption {{ text-align: start }}
.answer :is(tr, th, td) {{ border: 0; padding: 0.3rem 0.6rem 0.3rem 0; text-align: start; font-weight: inherit }}
.answer th {{ overflow-wrap: anywhere }}
.answer td {{ width: 4rem; font-variant-numeric: tabular-nums }}
.answer td + td {{ width: 50% }}
.answer td div {{ height: 0.8rem; background: {BLUE} }}
.answer tr:first-child :is(th, td) {{ font-weight: 600 }}
.answer img, .answer audio {{ display: inline-block; min-width: min(12rem, 45%); max-width: 100%; vertical-align: top }}
"""


def sentences(run: Path, classifier: ask.Classifier) -> Iterator[str]:
    """A title; and what the model is, how good, and for whom it is not, as far as the card beside it tells."""
    card, names = ask.card(run), [shortened(name) for name in classifier.class_names]
    yield f"Ask a model: {' or '.join(names) if len(names) < 4 else f'which of {len(names)} classes'}?"
    if len(names) >= 4:
        yield f"Its classes: {', '.join(names[:MOST])}{', and so on' if len(names) > MOST else ''}."
    with suppress(KeyError, TypeError):
        yield f"It learned {card['task']}. Its base had learned before from {card['source']['trained_on']}."
    with suppress(KeyError, TypeError, ValueError):
        value, (low, high) = card["accuracy"]["value"], card["accuracy"]["interval"]
        yield f"Its accuracy on the test split: {value:.3f} (95 % interval {low:.3f} to {high:.3f})."
    yield (
        "It always names one of its classes, also for what is none of them, and was tried on nothing but its test "
        "split. It is for learning, and for no decision about anybody."
    )


def reply(classifier: ask.Classifier, given: str | None) -> str:
    """The answer to one input as HTML: the first classes, and what the model looked at; or why there is none."""
    if given is None:
        return ""
    if given.strip() in ("", "-"):  # "-" would wait for what is typed in the terminal
        return "<p>Write a text first.</p>"
    try:
        (answer,) = ask.answers(classifier, [given])
        if answer.unread:
            return f"<p>It could not be read: {escape(one_line(answer.unread))}.</p>"
        return _table(answer.probabilities) + ask.explained(classifier, given)
    except TlteachError as error:
        return f"<p>{escape(one_line(str(error)))}</p>"


def _table(probabilities: dict[str, float]) -> str:
    first = sorted(probabilities.items(), key=lambda pair: -pair[1])[:MOST]
    rows = "".join(
        f'<tr><th scope="row">{escape(shortened(name))}</th><td>{probability:.3f}</td>'
        f'<td><div style="width: {probability:.1%}"></div></td></tr>'
        for name, probability in first
    )
    return f"<table><caption>Probability of each class</caption>{rows}</table>"
