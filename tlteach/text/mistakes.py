"""The part of the report that is about texts: the most confident mistakes, with the words that moved the decision."""

from html import escape

from tlteach.text.explain import explain_text, legend

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
    return f'{legend()}<div class="texts">{"".join(cards)}</div>'
