"""Lesson 07, language models: tokens, bits and attention by hand, drawing and remembering, and what is forgotten."""

from __future__ import annotations

import math

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("07", "Language models")

# Exercise 07-f: what the lesson did, and how far apart two seeds of one setting may be, in bits per byte.
TUNED_AT, SAME = {"steps": 30, "learning_rate": 1e-3}, 0.02

# Exercise 07-b: what a model gave to four tokens of a text of ten bytes.
PROBABILITIES, BYTES = (1 / 2, 1 / 4, 1 / 8, 1 / 4), 10
BITS = -sum(math.log2(share) for share in PROBABILITIES)


@lesson.exercise("a", takes="a number", praise="Frequent pairs become one token; rare words stay in parts.")
def tokens_after_two_merges(answer: float) -> Hint:
    """The tokens of "hugs hug bug" after the two most frequent pairs were joined: hug s, hug, b ug."""
    if answer == 5:
        return None
    if answer == 10:
        return "That is the number of letters: nothing was joined yet."
    if answer == 7:
        return "So it is after one merge. Which pair is the most frequent now, with the new token in it?"
    if answer == 3:
        return "That would be one token for each word. Are all three words known after two merges?"
    if answer == 4:
        return (
            "One more merge was made, or one that is rarer than another.",
            "Write the words with a bar between tokens, and count the pairs anew after the first merge.",
        )
    if answer in (6, 8):
        return "Join a pair in every word in which it stands, and not in one word alone."
    return "Count which two letters stand side by side most often. Join them everywhere. Then do it once more."


@lesson.exercise("b", takes="a number", praise="The surprise of every token, added up, for each byte of the text.")
def bits_for_each_byte(answer: float) -> Hint:
    """Bits per byte of four tokens, ten bytes in all, with the probabilities above."""
    near = {
        BITS: "These are the bits of the whole text. How many is that for each byte?",
        BITS / 4: "That is for each token. Tokens of another model may be longer, so it is not fair: divide by bytes.",
        BITS * math.log(2) / BYTES: "That is in nats. For bits, take the logarithm to the base 2.",
        BYTES / BITS: "Turned round: these are bytes for each bit.",
        -math.log2(sum(PROBABILITIES) / 4) * 4 / BYTES: "The logarithm of a mean is not the mean of the logarithms.",
        math.prod(PROBABILITIES): "That is the probability of the whole text. How many bits is that?",
    }
    if abs(answer - BITS / BYTES) < 0.001:
        return None
    if abs(answer + BITS / BYTES) < 0.001:
        return "The size is right. Can a text cost fewer than no bits?"
    for value, text in near.items():
        if abs(answer - value) < 0.002:
            return text
    return (
        "A token with the probability 1/2 costs one bit. What does one with 1/4 cost?",
        "Add up the bits of the four tokens. Then divide, so that it is for one byte.",
    )


@lesson.exercise("c", takes="a number", praise="Attention is a mean, with shares that the scores decide.")
def taken_by_attention(answer: float) -> Hint:
    """The mean of 10 and 20 with the shares 1/4 and 3/4: the softmax of 0 and log 3."""
    near = {
        15: "So both would have the same share. The second score is higher.",
        20: "So it would be if the higher score took all. Softmax leaves something to the other one.",
        12.5: "The shares are right, and the wrong way round: the higher score belongs to the second value.",
        70: "The exponentials are not shares yet: they have to add up to 1.",
        20 * math.log(3): "You took the scores as shares. First take the softmax of them.",
    }
    if abs(answer - 17.5) < 0.05:
        return None
    for value, text in near.items():
        if abs(answer - value) < 0.05:
            return text
    if not 10 <= answer <= 20:
        return "A mean of 10 and 20 lies between them."
    return (
        "Take the exponential of both scores, and divide each by their sum: these are the shares.",
        "The exponential of log 3 is 3, and that of 0 is 1.",
    )


@lesson.exercise("d", takes="a number", praise="First the temperature, then the best k, then all of it adds up to 1.")
def drawn_at_a_temperature(answer: float) -> Hint:
    """The probability of the first of the logits 2, 1, 0 at temperature 0.5 with top_k=2."""
    powers = {half: [math.exp(logit / half) for logit in (2, 1, 0)] for half in (0.5, 1, 2)}
    near = {
        powers[0.5][0] / sum(powers[0.5]): "The temperature is right. But the third token can still be drawn.",
        powers[1][0] / sum(powers[1][:2]): "Two tokens are left, well. But that is at temperature 1.",
        powers[1][0] / sum(powers[1]): "That is at temperature 1, with all three tokens.",
        powers[2][0] / sum(powers[2][:2]): "The logits are divided by the temperature, and not multiplied with it.",
        powers[0.5][1] / sum(powers[0.5][:2]): "That is the probability of the second token.",
        2 / 3: "Logits are no shares. Take the exponential of each first.",
    }
    if abs(answer - powers[0.5][0] / sum(powers[0.5][:2])) < 0.005:
        return None
    if abs(answer - 1) < 0.005:
        return "So sure it would be at temperature 0, or with top_k=1."
    for value, text in near.items():
        if abs(answer - value) < 0.0008:
            return text
    if not 0 <= answer <= 1:
        return "A probability lies between 0 and 1."
    return (
        "Divide each logit by the temperature. Keep the best two. Take exponentials, and divide by their sum.",
        "With two tokens left, only the difference of their logits counts.",
    )


@lesson.exercise("e", takes="a number", praise="Without a cache the work grows with the square of the length.")
def tokens_through_the_network(answer: float) -> Hint:
    """Tokens computed without a cache, for a prompt of 20 tokens and 30 new ones: 20 + 21 + ... + 49."""
    if answer == 1035:
        return None
    near = {
        49: "That is with a cache: each token passes once. The last new one need not be read.",
        50: "That is the length of the whole text. Without a cache, tokens pass again and again.",
        1065: "Nearly. Before the first new token, how many tokens are there to read?",
        1500: "That would be the full length every time. In the beginning the text is shorter.",
        600: "That would be the prompt alone, every time. What was written is read again, too.",
        30: "That is the number of steps. How many tokens pass in each of them?",
        1225: "That begins with an empty text. Here a prompt is given.",
        1275: "That begins with an empty text. Here a prompt is given.",
        435: "That is what is read of the new tokens. The prompt is read again, too.",
        465: "That is about the new tokens. The prompt is read again, too.",
    }
    if answer in near:
        return near[int(answer)]
    return (
        "For each new token, all tokens before it pass through the network. Add that up over the steps.",
        "For the first new token these are the tokens of the prompt; for each further one, one more.",
    )


@lesson.exercise("f", takes="what you found", praise="You changed a setting, measured both styles, and read them.")
def forgotten_by_another_setting(found: dict) -> Hint:
    """Whether another rate or number of steps forgets more documentation than the run of the lesson."""
    said, measured = {"same": "the same"}.get(found["said"], found["said"]), found["measured"]
    if not measured:
        return "Nothing is measured yet. Put a setting of your own in the place of the blank above, and run the cells."
    if measured["setting"] == TUNED_AT:
        return "That is the setting of the run above. Change the rate, the steps, or both."
    if said not in ("more", "less", "the same"):
        return 'Say "more", "less" or "the same".'
    above, own = (measured[run]["documentation"] for run in ("above", "own"))
    if not abs(own - above) < math.inf:
        return "The bits of this run are no number: the rate was so high that nothing was learned. Take a lower one."
    if abs(own - above) < SAME and said == "the same":
        return None
    if said == "the same":
        return f"{own:.3f} and {above:.3f} are further apart than two seeds of one setting are. Which is forgetting?"
    if (own > above) == (said == "more"):
        return None
    return (
        "Compare the bits on documentation, not those on reviews: more bits are more forgotten.",
        f"The run above needs {above:.3f} bits for each byte of documentation, and yours {own:.3f}.",
    )


lesson.prediction("1", "How many bits will it need for each byte of text that it has not seen (8 is none)?", "bits")
lesson.prediction("2", "How many times as fast does it write with the cache?", "times")
lesson.prediction("3", "In what share of prompts will it show a new word rightly, after four examples?", "accuracy")
lesson.prediction("4", "How many bits for each byte of documentation will it need after that?", "bits")

lesson.question(
    "q1",
    "At temperature 0 you call generate twice, with two seeds. What differs?",
    wrong(
        "the texts: another seed draws other tokens",
        "At temperature 0 nothing is drawn: the most likely token is taken, whatever the seed.",
    ),
    right(
        "nothing: both texts are the same",
        "The most likely token is taken each time. The same prompt gives the same text.",
    ),
    wrong(
        "the probabilities that the model gives",
        "The seed is not part of the model. It gives the same probabilities for the same text, at any temperature.",
    ),
)

lesson.question(
    "q2",
    "Why can the keys and values of earlier tokens be kept?",
    right(
        "an earlier token never looks at a later one, so what was computed for it stays true",
        "That is the causal mask. In BERT, where all tokens look at each other, each new token would change them all.",
    ),
    wrong(
        "they change so little that nobody notices",
        "They do not change at all. The cache is exact, and the lesson compared it.",
    ),
    wrong(
        "they are learned weights",
        "They are computed from the text. Another text has other keys and values, from the same weights.",
    ),
)

lesson.question(
    "q3",
    "Four solved examples stand in the prompt. What do they change?",
    wrong(
        "the weights of the model, a little",
        "No gradient is computed. After the prompt the weights are what they were, bit for bit.",
    ),
    wrong(
        "the vocabulary",
        "The tokens were fixed before pre-training. New words are written with the old pieces.",
    ),
    right(
        "only what the model sees before it answers",
        "The examples are text to look at. A model that looks for patterns can use them; a small one may not.",
    ),
)

lesson.question(
    "q4",
    "The model explains a function that does not exist. Why?",
    wrong(
        "it is a fault of the program that samples",
        "It did its work well: this is what the model holds to be a likely text.",
    ),
    right(
        "it was trained to say what is likely to come next, and an explanation is likely to come next",
        "Nothing in the loss asks whether a text is true. Under such a line documentation follows, so it writes some.",
    ),
    wrong(
        "the temperature was too high",
        "At temperature 0 it does the same, in duller words. Temperature changes the choice, and not what is known.",
    ),
)
