"""The part of the report that is about texts: the most confident mistakes, with the words that moved the decision."""

from html import escape

from tlteach.text.explain import AGAINST, FOR, explain_text

MOST_CHARACTERS = 300


def mistakes(result, most: int) -> str:
    """The `most` most confident mistakes on the test split of a Result, as HTML."""
    test, names = result.best.test, result.task.class_names
    cards = []
    for row in test.worst(most):
        found = explain_text(result.model, result.task.test.inputs[row], int(test.predicted[row]), names)
        cards.append(
            f"<figure><figcaption>{escape(test.told(row, names))}</figcaption>{found.marked(MOST_CHARACTERS)}"
            f'<small dir="auto">{escape(found.strongest(3))}</small></figure>'
        )
    return f'{_legend()}<div class="texts">{"".join(cards)}</div>'


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
