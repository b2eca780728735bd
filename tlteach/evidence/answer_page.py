"""What a model says of one input, as HTML: the class, a bar for each probability, and what it looked at."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from tlteach.core.journal import shortened

MOST_BARS = 5  # of many classes; 1,000 bars would say nothing
MOST_CHARACTERS = 60  # of the name of a class or a file
STYLE = Path(__file__).with_name("answer.css").read_text(encoding="utf-8")
PAGE = Path(__file__).with_name("answers.html")


def card(called: str, probabilities: Mapping[str, float], looked_at: str) -> str:
    """One answer as HTML. `called` and the names of classes are escaped here; `looked_at` is HTML already."""
    ordered = sorted(probabilities.items(), key=lambda pair: -pair[1])
    rest = ordered[MOST_BARS:]
    less = f"<p>{len(rest):,} less probable, {sum(share for _, share in rest):.3f} together.</p>" if rest else ""
    title = f"{_name(ordered[0][0])} {ordered[0][1]:.3f}: {_name(called)}"
    bars = "".join(_bar(name, share) for name, share in ordered[:MOST_BARS])
    return f'<section class="tlteach-answer"><h2>{title}</h2><table>{bars}</table>{less}{looked_at}</section>'


def page(title: str, cards: Sequence[str]) -> str:
    """A self-contained page with a card for each answer: no scripts, nothing loaded from elsewhere."""
    template = Template(PAGE.read_text(encoding="utf-8"))
    return template.substitute(title=_name(title), style=STYLE, answers="\n".join(cards))


def _bar(name: str, share: float) -> str:
    bar = f'<span class="bar" style="width: {100 * share:.1f}%"></span>'
    return f'<tr><th scope="row" dir="auto">{_name(name)}</th><td>{bar}</td><td>{share:.3f}</td></tr>'


def _name(text: str) -> str:
    """A name from outside as HTML, in one line of at most MOST_CHARACTERS."""
    return escape(shortened(text, MOST_CHARACTERS))
