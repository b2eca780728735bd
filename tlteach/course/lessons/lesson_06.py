"""Lesson 06, six steps on text: word pieces, padding and its mask, fair baselines, and what attention does not say."""

from __future__ import annotations

import re

import numpy as np

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("06", "Six steps on text")

RECORD = "comparisons/text_{}.json"


# ---------------------------------------------------------------- word pieces and padding

PIECES = ("un", "unwatch", "watch", "##watch", "##able", "##a", "##ab", "##ly")  # the vocabulary of exercise a


def greedy(word: str, vocabulary: tuple[str, ...] = PIECES) -> list[str]:
    """Cut a word as WordPiece does: the longest piece from the left, then the longest of what is left; [] for none."""
    pieces, rest, mark = [], word, ""
    while rest:
        ends = [end for end in range(len(rest), 0, -1) if mark + rest[:end] in vocabulary]
        if not ends:
            return []
        pieces.append(mark + rest[: ends[0]])
        rest, mark = rest[ends[0] :], "##"
    return pieces


@lesson.exercise("a", takes="a number", praise="The longest piece from the left, then the longest of what remains.")
def pieces_of_a_word(answer: float) -> Hint:
    """How many pieces WordPiece makes of unwatchably with the vocabulary PIECES."""
    if answer == len(greedy("unwatchably")):
        return None
    if answer == 4:
        return (
            "That may be how a linguist cuts it. WordPiece knows no grammar.",
            "Which is the longest piece of the vocabulary with which the word begins?",
        )
    if answer == 1:
        return "One piece would mean that the vocabulary holds the whole word. It does not."
    if answer == 2:
        return "Almost. Two pieces do not reach the last letter: put them together, and read them aloud."
    if answer == len("unwatchably"):
        return "These are its letters. A piece can be longer than a letter."
    if answer == len(PIECES):
        return "That is the size of the vocabulary. Most of it is not in this word."
    return (
        "Go from the left. Take the longest piece that fits, strike it out, and go on with what is left.",
        "What does not begin the word must have ## in front.",
    )


LENGTHS = (7, 12, 30, 41)  # tokens of the texts of exercise b


@lesson.exercise("b", takes="a number", praise="A place of padding costs as much as a token.")
def places_of_padding(answer: float) -> Hint:
    """The places of padding in a batch of LENGTHS, which is as long as its longest text, rounded up to 16s."""
    longest, tokens, n = max(LENGTHS), sum(LENGTHS), len(LENGTHS)
    length = -(-longest // 16) * 16
    if answer == n * length - tokens:
        return None
    if answer == n * longest - tokens:
        return "So it would be without rounding. How long is the batch when it is a multiple of 16?"
    if answer == n * length:
        return "These are all places of the batch. Some of them hold tokens.", "Take the tokens of the four texts away."
    if answer == tokens:
        return "These are the places with a token in them. The exercise asks for the others."
    if answer == sum(-(-m // 16) * 16 - m for m in LENGTHS):
        return "Each text was rounded up by itself. In one batch, all rows have one length. Which?"
    if answer == n * (length + 16) - tokens or answer == n * 64 - tokens:
        return "The batch is longer than it need be. Which multiple of 16 is the first that holds the longest text?"
    return (
        "Draw it: four rows of one length, and in each row its tokens. How many places stay empty?",
        "The length is the first multiple of 16 that the longest text fits into.",
    )


# ---------------------------------------------------------------- the mask

VOCABULARY = 100  # token ids of exercise c: 0 is padding


@lesson.exercise("c", takes="a Keras model", praise="However much padding is added, this model says the same.")
def padding_changes_nothing(model) -> Hint:
    """Token ids in, one vector for each text out, through attention; padding must not change it."""
    return _of_shapes(model) or _of_attention(model) or _of_padding(model)


def _of_shapes(model) -> Hint:
    shape = model.input_shape
    if type(shape) is not tuple or len(shape) != 2:
        return "The model should take one thing: token ids, a row for each text."
    if type(model.output_shape) is not tuple or len(model.output_shape) != 2:
        return (
            "The model gives a vector for each token. One for each text is wanted.",
            "Take the mean over the tokens: which axis is that?",
        )
    return None


def _of_attention(model) -> Hint:
    import keras

    if not any(isinstance(layer, keras.layers.MultiHeadAttention) for layer in model._flatten_layers()):
        return "There is no MultiHeadAttention in this model, so no token sees another, and nothing needs a mask."
    return None


def _of_padding(model) -> Hint:
    """Run a few texts alone, beside longer ones, and changed in one token."""
    texts = np.random.default_rng(6).integers(1, VOCABULARY, (4, 7)).astype("int32")
    other = np.where(np.arange(7) == 2, texts % (VOCABULARY - 1) + 1, texts).astype("int32")
    padded = np.pad(texts, [(0, 0), (0, 9)])
    alone, beside, changed = (_outputs(model, ids) for ids in (texts, padded, other))
    if np.allclose(alone, changed, atol=1e-5):
        return "Change a word, and this model still says the same. Not only padding is masked: everything is."
    if np.allclose(alone, beside, atol=1e-4):
        return None
    if _attention_is_masked(model):
        return (
            "Attention leaves the padding out, and yet it changes the answer. Where else do tokens come together?",
            "A mean divides by a count. What is counted, and what is summed?",
        )
    return (
        "Padding changes the answer: the tokens look at it. Attention must be told where it is.",
        "MultiHeadAttention takes an argument for it, of the shape (texts, tokens that look, tokens looked at).",
    )


def _outputs(model, token_ids: np.ndarray) -> np.ndarray:
    """What the model says with weights ten times as large: those of a fresh model let all tokens look alike."""
    import keras

    weights = model.get_weights()
    try:
        model.set_weights([10 * weight for weight in weights])
        return keras.ops.convert_to_numpy(model(token_ids, training=False))
    finally:
        model.set_weights(weights)


def _attention_is_masked(model) -> bool:
    import keras

    from tlteach.engine import network

    calls = [node for node in network.nodes(model) if isinstance(node.operation, keras.layers.MultiHeadAttention)]
    return bool(calls) and all(node.arguments.kwargs.get("attention_mask") is not None for node in calls)


# ---------------------------------------------------------------- an experiment

HALVES = ("first", "second")
FAR = 0.1  # two shares of 140 reviews that are less far apart can be so by luck


@lesson.exercise("d", takes="what you found", praise="You cut, you measured, and you said no more than you saw.")
def where_the_verdict_stands(found: dict) -> Hint:
    """Which half of the reviews is enough for more right answers, by what was measured; or that it is not shown."""
    said, measured = str(found["said"]).removesuffix(" half").removesuffix(" one").replace("_", " "), found["measured"]
    if type(measured) is not dict or set(measured) != set(HALVES):
        return "Keep the two keys of what you measured: first and second."
    if not all(_is_share(measured[half]) for half in HALVES):
        return "Measure both halves first: accuracy_of gives a share from 0 to 1, from a function that cuts the words."
    if said not in (*HALVES, "not shown"):
        return "Say one of the three: first, second, or not shown."
    gap = measured["first"] - measured["second"]
    if abs(gap) < FAR and said != "not shown":
        return (
            "One of your two numbers is higher. Is it so by ten points?",
            "Take the smaller number from the larger. Ten points are 0.1.",
        )
    if abs(gap) >= FAR and said == "not shown":
        return "Your two numbers are further apart than ten points. So more can be said."
    if abs(gap) >= FAR and (gap > 0) != (said == "first"):
        return "You have the halves the wrong way round. With which of them were more answers right?"
    return None


def _is_share(value: object) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool) and 0 <= value <= 1


# ---------------------------------------------------------------- reading the record

PAIRS = {"films": "film_reviews", "hard films": "film_reviews_hard", "questions": "questions"}
WORDS = ("frozen", "fine_tuned", "not shown")


def winner(task: str) -> str:
    """Which of frozen and fine_tuned is better in the record of `task`, or "not shown"."""
    from tlteach.core.files import bundled
    from tlteach.evidence import comparison

    pair = comparison.load(bundled(RECORD.format(task))).pair("fine_tuned", "frozen")
    if not pair.is_shown:
        return "not shown"
    return pair.first if pair.difference.mean > 0 else pair.second


@lesson.exercise("e", takes="a dictionary of words", praise="You read the verdict, and not only the two means.")
def read_the_verdicts(answer: dict) -> Hint:
    """Which of frozen and fine_tuned the record shows to be better, for each task: one of WORDS."""
    if set(answer) != set(PAIRS):
        return f"Keep the keys {', '.join(PAIRS)}."
    spelt = {word.replace("_", " "): word for word in WORDS}
    answer = {key: spelt.get(" ".join(re.split("[-_ ]+", said)), said) for key, said in answer.items()}
    if odd := [key for key in answer if answer[key] not in WORDS]:
        return f"Write one of the three for {odd[0]}: {', '.join(WORDS)}."
    for key, task in PAIRS.items():
        if answer[key] != winner(task):
            return _misread(key, answer[key], winner(task))
    return None


def _misread(key: str, said: str, found: str) -> Hint:
    if found == "not shown":
        return (
            f"For {key}, one mean is higher. Is the difference more than luck would give?",
            f"Look at the corrected p-value of that pair for {key}. Is it below 0.05?",
        )
    if said == "not shown":
        return f"For {key}, more can be said than that. Look at the p-value of that pair again."
    return f"For {key}, you have the two the wrong way round. Whose mean is higher?"


CAUSES = ("mask", "source", "labels", "compile")
SYMPTOMS = {"a": "mask", "b": "source", "c": "labels", "d": "compile"}


@lesson.exercise("f", takes="a dictionary of words", praise="Four symptoms, four causes. Three of them give no error.")
def name_the_cause(answer: dict) -> Hint:
    """The cause of each symptom: one of CAUSES."""
    if set(answer) != set(SYMPTOMS):
        return "Keep the four keys A, B, C and D."
    if odd := sorted(key for key in answer if answer[key] not in CAUSES):
        return f"Write one of the four words for {odd[0].upper()}: {', '.join(CAUSES)}."
    told = {
        "a": "In A, nothing about the review has changed, only its neighbours. What do neighbours add to its row?",
        "b": "In B, the same model does well on one part of the mail. What had the base read?",
        "c": "In C, the same model is good when it has seen more. What was there too little of?",
        "d": "In D, the answers are the same to the last digit. So nothing has moved. What tells Keras what may move?",
    }
    return next((told[key] for key in SYMPTOMS if answer[key] != SYMPTOMS[key]), None)


# ---------------------------------------------------------------- guesses and questions

lesson.prediction("1", "How accurate will the head on the frozen base be, from 0 to 1?", "accuracy")
lesson.prediction("2", "How accurate will counting words be, from the same 64 reviews, from 0 to 1?", "accuracy")
lesson.prediction("3", "How many points does fine-tuning add on questions (below 0 if it takes some away)?", "points")

lesson.question(
    "q1",
    "The same review gives 0.71 alone and 0.64 in a batch beside a longer one. Dropout is off. What is wrong?",
    wrong(
        "nothing: a batch always changes the answers a little",
        "Rounding does, in the seventh digit. Here it is the second one, and the review is the same.",
    ),
    right(
        "padding has a say: some layer does not know where the review ends",
        "The longer neighbour makes its row longer, and the places that are added are not masked everywhere.",
    ),
    wrong(
        "the learning rate is too high",
        "Nothing is learned here. The weights are the same in both runs.",
    ),
    wrong(
        "the review was cut",
        "A longer neighbour makes the row longer. It cuts nothing off.",
    ),
)

lesson.question(
    "q2",
    "On your texts, counting words does as well as a fine-tuned BERT. What do you do?",
    right(
        "take the one that counts words: it is small, quick, and you can read it",
        "A baseline that is as good has won. Come back to BERT when the texts or the labels change.",
    ),
    wrong(
        "leave the baseline out of the report",
        "Then nobody can see that the large model adds nothing. That is the number that was worth having.",
    ),
    wrong(
        "try other seeds until BERT wins",
        "Somewhere it will, by luck. A verdict over many seeds is what you have already.",
    ),
)

lesson.question(
    "q3",
    "A word got most of the attention of the last block. What follows for the decision?",
    wrong(
        "the decision was made because of that word",
        "Other attention can give the same decision. And what a token passes on may come from its neighbours.",
    ),
    wrong(
        "without that word the decision would be another one",
        "That can be tried: take it out. Often little changes.",
    ),
    right(
        "little: take the word out, and see what changes",
        "Attention says where a block looked, not why the model decided. An experiment on the input says more.",
    ),
)

lesson.question(
    "q4",
    "Your mail is Italian, your 200 labels too, and the encoder has read English. What is most likely to help?",
    wrong(
        "a higher learning rate",
        "It moves the same weights further. What they know of Italian is little either way.",
    ),
    wrong(
        "a longer max_tokens",
        "Italian words do fall into more pieces. But more of what it cannot read is still nothing that it can read.",
    ),
    right(
        "another source: an encoder that has read Italian",
        "Step 1 decides what can be transferred at all. The later steps cannot add what the source never saw.",
    ),
)
