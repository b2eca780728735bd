"""Which words of a text moved a model to its decision, as far as a derivative can tell.

The score of a word is gradient times input: how fast the evidence for a class changes as the word's embedding grows,
times that embedding (Shrikumar and others, Not Just a Black Box, 2016, arXiv:1605.01713). One gradient alone misleads:
BERT normalizes the length of its embeddings away, so that letting one grow a little changes next to nothing. We
therefore let the words come in, from nobody-knows-which to what they are, and take the mean of the gradients on the
way: integrated gradients (Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017, arXiv:1703.01365).

The evidence is the logarithm of the odds, log p / (1 - p). A derivative of p itself would vanish where the model is
sure, which is where one asks why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from unicodedata import category

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.engine.evaluation import probabilities_from
from tlteach.engine.graph import Part, flatten, lookup
from tlteach.engine.slopes import gradient, log_odds, require_class
from tlteach.text.form import form_of

if TYPE_CHECKING:
    from tlteach.text.tokenizer import Tokenizer

# Okabe and Ito, Color Universal Design (2008). The line says the same as the colour, for those who do not see it.
FOR, AGAINST = ("213, 94, 0", "solid"), ("0, 114, 178", "dotted")
FAINT = 1 / 5  # of the strongest score of a text; what is below is not marked
STEPS = 8  # gradients on the way
NOBODY_KNOWS = "[MASK]"  # what BERT learned to read in the place of a word that it has to guess


@dataclass(frozen=True)
class Word:
    """A word of a text, `text[start:end]`, and its `score`: above 0 it spoke for the class, below 0 against it."""

    start: int
    end: int
    score: float


@dataclass(frozen=True)
class Explanation:
    """What moved a model to give `text` the class `class_name`; a notebook shows it with the words marked."""

    text: str
    class_name: str
    probability: float
    words: tuple[Word, ...]

    def __str__(self) -> str:
        return f"{self.class_name} ({self.probability:.0%}). {self.strongest()}."

    def strongest(self, most: int = 4) -> str:
        """The words with the highest and the lowest scores, in words; punctuation is left out."""
        said = [word for word in self.words if any(map(str.isalnum, self.text[word.start : word.end]))]
        ordered = sorted(said, key=lambda word: -abs(word.score))
        sides = {"For": [w for w in ordered if w.score > 0], "Against": [w for w in ordered if w.score < 0]}
        return "; ".join(
            f"{side} {self.class_name}: {', '.join(map(self._scored, words[:most]))}"
            for side, words in sides.items()
            if words
        )

    def _scored(self, word: Word) -> str:
        return f"{self.text[word.start : word.end]} {word.score:+.2g}"

    def marked(self, most: int | None = None) -> str:
        """The text as HTML, its words marked; with `most`, only the stretch of so many characters that moved most."""
        start, end = _stretch(self.text, self.words, most)
        largest = max((abs(word.score) for word in self.words), default=0.0)
        pieces, at = ["… " if start else ""], start
        for word in self.words:
            if word.start >= start and word.end <= end and abs(word.score) > FAINT * largest:
                pieces += [_escaped(self.text[at : word.start]), _mark(self.text[word.start : word.end], word, largest)]
                at = word.end
        pieces += [_escaped(self.text[at:end]), " …" if end < len(self.text) else ""]
        return f'<p dir="auto" style="white-space: pre-line; overflow-wrap: anywhere">{"".join(pieces)}</p>'

    def _repr_html_(self) -> str:
        return f"{self.marked()}<p>{_escaped(str(self))}</p>"


def words_that_moved(model: keras.Model, text: str, class_index: int | None = None) -> list[tuple[str, float]]:
    """Score each word of `text` by gradient times input: above 0 it spoke for the class, below 0 against it.

    This is a hint and not a proof. The scores add up to the evidence that all words bring together, but for the
    rounding of a few steps; how it is shared among words that act together is a convention, and what happens when one
    of them is really taken out can be different. Take it out and see.

    Args:
        model: from token ids to classes; its tokenizer is found by tlteach.text.form.form_of.
        class_index: the class to ask about; without it, the one that the model gives to the text.

    Returns:
        (word, score) in the order of the text. Pieces of one word are joined, their scores added; special tokens,
        and what the tokenizer cuts off because the text is too long, have no score.

    Raises:
        GuardError: the model does not begin with an embedding of token ids.
        DataError: there is no such class.
    """
    return [(text[word.start : word.end], word.score) for word in explain_text(model, text, class_index).words]


def explain_text(
    model: keras.Model, text: str, class_index: int | None = None, class_names: Sequence[str] = ()
) -> Explanation:
    """What words_that_moved finds, with the text and the model's decision: print it, or let a notebook show it."""
    tokenizer = form_of(model)
    token_ids = tokenizer.encode([text])
    outputs = keras.ops.convert_to_numpy(model(token_ids, training=False))
    probabilities = probabilities_from(model, outputs.astype("float64"))[0]
    chosen = int(probabilities.argmax()) if class_index is None else class_index
    require_class(model, chosen, len(probabilities))
    scores = _gradients_times_input(model, token_ids, _places_of_words(tokenizer, text), chosen)
    name = class_names[chosen] if class_names else f"class {chosen}"
    return Explanation(text, name, float(probabilities[chosen]), _joined(tokenizer, text, scores))


def explained(model: keras.Model, text: str, class_names: Sequence[str]) -> str:
    """A text with the words marked that moved `model`, as HTML; in words where that cannot be told."""
    try:
        found = explain_text(model, text, class_names=class_names)
    except GuardError as error:
        return f"<p>{_escaped(str(error))}</p>"
    return f"{found.marked()}<p>{_escaped(found.strongest())}.</p>{legend()}"


def legend() -> str:
    """What the marks and numbers of an Explanation mean, as HTML."""
    examples = [
        f'<mark style="color: inherit; background: rgba({colour}, .3); border-bottom: 3px {line} rgb({colour})">'
        f"{line} line</mark>"
        for colour, line in (FOR, AGAINST)
    ]
    return (
        f'<p class="tlteach-legend">A word with a {examples[0]} spoke for the class that was predicted, one with a '
        f"{examples[1]} against it; the thicker the line, the more. The number is the word's share in the logarithm of "
        "the odds, by integrated gradients. It is a hint and not a proof: take the word out and ask again.</p>"
    )


def _places_of_words(tokenizer: Tokenizer, text: str) -> list[int]:
    """Where the tokens stand that are no special ones."""
    return [place for place, word in enumerate(tokenizer.tokenizer.encode(text).word_ids) if word is not None]


def _gradients_times_input(
    model: keras.Model, token_ids: np.ndarray, places: Sequence[int], class_index: int
) -> np.ndarray:
    """The score of each token of one text, (length,), from token ids (1, length); all but `places` stay as they are."""
    embedding, rest = _cut_after_the_embedding(model)
    vectors = keras.ops.convert_to_numpy(embedding(keras.ops.convert_to_tensor(token_ids)))
    moves = np.zeros_like(vectors)  # of each embedding, from where it begins
    moves[:, places] = vectors[:, places] - _beginning(model, embedding)
    still_to_go = 1 - (np.arange(STEPS) + 0.5) / STEPS
    on_the_way = vectors - still_to_go[:, np.newaxis, np.newaxis] * moves
    slopes = _slopes(model, rest, token_ids, on_the_way.astype(vectors.dtype), class_index)
    return (slopes.mean(axis=0) * moves[0]).sum(axis=-1)


def _cut_after_the_embedding(model: keras.Model) -> tuple[keras.layers.Embedding, Part]:
    """The embedding of the token ids, and what makes the outputs of [token ids, embeddings]. Raises GuardError."""
    graph = flatten(model)
    found = lookup(graph)
    if found is None:
        raise GuardError(
            f"No layer of {model.name} looks its token ids up in an embedding, so words cannot be scored. "
            "Begin the model with keras.layers.Embedding."
        )
    given = (*graph.inputs, *found.outputs)
    return found.operation, Part("rest", graph.between(given, graph.outputs), given, graph.output_structure)


def _slopes(model: keras.Model, rest: Part, token_ids: np.ndarray, vectors: np.ndarray, class_index: int) -> np.ndarray:
    """How fast the evidence grows with each number of `vectors`, (n, length, width), all of them of one text."""
    repeated = keras.ops.convert_to_tensor(np.repeat(token_ids, len(vectors), axis=0))

    def evidence(at: Any) -> Any:
        return keras.ops.sum(log_odds(model, rest([repeated, at], training=False), class_index))

    slopes = gradient(evidence, keras.ops.convert_to_tensor(vectors))
    return keras.ops.convert_to_numpy(slopes).astype("float64")


def _beginning(model: keras.Model, embedding: keras.layers.Embedding) -> np.ndarray | float:
    """The embedding of a word that nobody knows; zero where the vocabulary has no such token."""
    number = form_of(model).tokenizer.token_to_id(NOBODY_KNOWS)
    return 0.0 if number is None else keras.ops.convert_to_numpy(embedding.embeddings)[number]


def _joined(tokenizer: Tokenizer, text: str, scores: np.ndarray) -> tuple[Word, ...]:
    """Join the pieces of each word, and what an apostrophe ties together: the "n't" of "isn't" is no word alone."""
    encoding = tokenizer.tokenizer.encode(text)
    tied = {i for found in re.finditer(r"(?<=\w)['’](?=\w)", text) for i in found.span()}
    words: list[Word] = []
    before = None
    for number, (start, end), score in zip(encoding.word_ids, encoding.offsets, scores.tolist(), strict=False):
        if number is None or not text[start:end].strip():
            continue
        start += len(text[start:end]) - len(text[start:end].lstrip())
        last = words[-1] if words else Word(0, 0, 0.0)
        if words and (number == before or (start in tied and start == last.end)):
            words[-1] = Word(last.start, end, last.score + score)
        else:
            words.append(Word(start, end, score))
        before = number
    return tuple(words)


def _stretch(text: str, words: Sequence[Word], most: int | None) -> tuple[int, int]:
    """The stretch of at most `most` characters, from the edge of a word, in which the scores are largest."""
    if most is None or len(text) <= most:
        return 0, len(text)

    def moved(start: int) -> float:
        return sum(abs(word.score) for word in words if word.start >= start and word.end <= start + most)

    start = max([0, *(word.start for word in words)], key=moved)
    end = start + most
    if end < len(text):
        space = text.rfind(" ", start, end + 1)
        end = space if space > start + 0.8 * most else end  # not every script has spaces
    return start, min(end, len(text))


def _mark(word: str, scored: Word, largest: float) -> str:
    colour, line = FOR if scored.score > 0 else AGAINST
    strength = abs(scored.score) / largest
    style = (
        f"color: inherit; background: rgba({colour}, {0.4 * strength:.2f}); "
        f"border-bottom: {1 + round(3 * strength)}px {line} rgb({colour})"
    )
    return f'<mark style="{style}" title="{scored.score:+.2g}">{_escaped(word)}</mark>'


def _escaped(text: str) -> str:
    """`text` for HTML, without the control characters that have no place there."""
    return escape("".join("\ufffd" if category(c) in ("Cc", "Cs") and c not in "\n\r\t" else c for c in text))
