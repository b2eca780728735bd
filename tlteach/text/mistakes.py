"""The part of the report that is about texts: the most confident mistakes, with the words that moved the decision."""

from __future__ import annotations

from html import escape

from tlteach.text.explain import AGAINST, FOR, Explanation, explain_text

MOST_CHARACTERS = 300


def mistakes(result, most: int) -> str:
    """The `most` most confident mistakes on the test split of a Result, as HTML."""
    test, names = result.best.test, result.task.class_names
    rows = test.worst(most)
    if not len(rows):
        return "<p>None: every test input was recognised.</p>"
    cards = []
    for row in rows:
        found = explain_text(result.model, result.task.test.inputs[row], int(test.predicted[row]), names)
        caption = f"{names[test.labels[row]]}, taken for {names[test.predicted[row]]}"
        cards.append(_card(f"{caption} ({test.probabilities[row].max():.0%})", found))
    return f'{_legend()}<div class="texts">{"".join(cards)}</div>'


def _card(caption: str, found: Explanation) -> str:
    strongest = escape(found.strongest(3))
    return (
        f"<figure><figcaption>{escape(caption)}</figcaption>{found.marked(MOST_CHARACTERS)}"
        f'<small dir="auto">{strongest}</small></figure>'
    )


def _legend() -> str:
    examples = [
        f'<mark style="color: inherit; background: rgba({colour}, .3); border-bottom: 3px {line} rgb({colour})">'
        f"{line} line</mark>"
        for colour, line in (FOR, AGAINST)
    ]
    return (
        f"<p>A word with a {examples[0]} spoke for the class that was predicted, one with a {examples[1]} against it; "
        "the thicker the line, the more. The number is the word's share in the logarithm of the odds, by integrated "
        "gradients. It is a hint and not a proof: take the word out and ask again.</p>"
    )
