"""Lesson 10, adversaries, weights and pseudo-labels: what each can do without target labels, and where it ends."""

from __future__ import annotations

import numpy as np

from tlteach.course.lessons import Hint, Lesson, helps_or_hurts, right, wrong

lesson = Lesson("10", "Adversaries, weights and pseudo-labels")

WEIGHTS = np.array([0.5 / 0.8] * 8 + [0.5 / 0.2] * 2)  # of exercise a: eight young people and two old ones
STEP, TIMES = 0.25, 2  # of exercise b: between two centres, and how many times the error of the best line
POINTS = 0.02  # of exercise c: what helps or hurts
METHODS, MAILS = 14, 210  # of exercise e


@lesson.exercise(
    "a", takes="a number", praise="The two old people carry half of the answer, and so the ten count for less."
)
def effective_number(answer: float) -> Hint:
    """(sum of weights)^2 / sum of squares, of WEIGHTS."""
    sums, squares = WEIGHTS.sum(), (WEIGHTS**2).sum()
    if abs(answer - sums**2 / squares) < 0.05:
        return None
    upside_down = 1 / WEIGHTS
    if abs(answer - upside_down.sum() ** 2 / (upside_down**2).sum()) < 0.05:
        return "Your weights are upside down. Who is rare among the asked and frequent in the town counts for more."
    if abs(answer - 10) < 0.01:
        return "Ten is the number of people, or the sum of their weights. The formula has squares, too."
    if abs(answer - squares) < 0.05:
        return "That is the sum of the squares. It goes below the line of the fraction."
    if abs(answer - squares / sums**2) < 0.005:
        return "Your fraction is upside down: an effective number cannot be below 1."
    if abs(answer - sums / squares) < 0.005:
        return "Square the sum, too. Otherwise larger weights would mean fewer people."
    if abs(answer - 3.125**2 / (0.625**2 + 2.5**2)) < 0.05:
        return "You gave one weight to each age. Ten people have ten weights."
    if answer > 10:
        return "There cannot be more than ten: that many count where all weights are the same."
    return (
        "Write a weight for each of the ten people first: how frequent their age is in town, and among the asked.",
        "The young weigh less than 1 each and the old more; all ten weights sum to 10. Then put them into the formula.",
    )


@lesson.exercise(
    "b",
    takes="what you found",
    praise="Most of the target lies where the source has next to nothing. What is left are a few inputs, and a guess.",
)
def where_weights_end(found: dict) -> Hint:
    """The smallest measured centre at which the weighted line has more than TIMES the error of the best one.

    Measured is {centre: (error of the weighted line, error of the best line, effective inputs)}.
    """
    said = found["said"]
    ends = {float(centre): bool(row[0] > TIMES * row[1]) for centre, row in found["measured"].items()}
    if isinstance(said, str):
        return "Say the centre as a number."
    if not any(ends.values()):
        return (
            "At none of your centres has the weighted line twice the error of the best. Move the target further away."
        )
    first = min(centre for centre, is_end in ends.items() if is_end)
    before = [centre for centre in ends if centre < first]
    if not before:
        return "All your centres are beyond the end already. Measure one that is nearer to the source."
    if first - max(before) > STEP + 1e-9:
        return f"Between {max(before):g} and {first:g} you have not looked. Go in steps of a quarter."
    if abs(said - first) < 1e-6:
        return None
    if said not in ends:
        return "You have not measured the centre that you say. Put it into the list, and run the cell again."
    if not ends[said]:
        return (
            "At that centre the weighted line has less than twice the error of the best line. Compare the two columns."
        )
    return "At that centre it is true, but you have measured a smaller one at which it is true as well."


@lesson.exercise(
    "c",
    takes="what you found",
    praise="What it does to the accuracy depends on the rotation; surer it has become in any case.",
)
def what_self_training_does(found: dict) -> Hint:
    """Whether self-training helps or hurts by POINTS at a rotation of the learner's own.

    Measured is {"rotation": degrees, "source only": accuracy, "self-training": accuracy}.
    """
    said, measured = found["said"], found["measured"]
    if not 5 <= measured["rotation"] <= 85 or measured["rotation"] % 15 == 0:
        return "Take a rotation from 5 to 85 degrees that the record does not have, so no multiple of 15."
    return helps_or_hurts(
        said,
        round(measured["self-training"] - measured["source only"], 6),
        POINTS,
        "self-training minus the source alone",
    )


@lesson.exercise(
    "d",
    takes="a dictionary of words",
    praise="Only where the inputs differ, and overlap, can a method work with inputs alone.",
)
def what_defeats(answer: dict) -> Hint:
    """The three kinds of shift, four cases."""
    if set(answer) != {"a", "b", "c", "d"}:
        return "Keep the four letters, each with one word."
    answer = {letter: " ".join(word.replace("_", " ").split()) for letter, word in answer.items()}
    if not set(answer.values()) <= {"inputs", "no overlap", "rule"}:
        return 'The words are "inputs", "no overlap" and "rule".'
    if answer["b"] != "rule":
        return "B: think of the two choirs of mail above. May the very same mail be labelled differently?"
    if answer["d"] != "rule":
        return "D: the very same flat at the same price, once here and once there. Would it get the same label?"
    if answer["c"] != "no overlap":
        return "C: the animals and their names stay. Is there any heat picture that looks like a photo by day?"
    if answer["a"] != "inputs":
        return "A: does the same house get the same price in both? And has the source seen such houses?"
    return None


@lesson.exercise(
    "e",
    takes="a number",
    praise="Points from nothing: whoever takes the best of many on the test labels reports them, too.",
)
def best_of_many(answer: float) -> Hint:
    """Points above 50 of the best of METHODS coins, each thrown MAILS times: 5.9 on average."""
    if 5.3 <= answer <= 6.5:
        return None
    if 0.053 <= answer <= 0.065:
        return "The size is right. The question is for points: 1 point is a hundredth."
    if 55.3 <= answer <= 56.5 or 0.553 <= answer <= 0.565:
        return "That is the accuracy of the best. How many points above 50 is it?"
    if abs(answer) < 0.5:
        return "That is a method on average. The oracle takes the best one of each fourteen."
    if answer > 9:
        return "That is the best of all repeats together. Take the best of each fourteen, and then the mean of those."
    return (
        "Throw 210 coins for each of fourteen methods, and repeat that many times. Take the best of each fourteen.",
        "random.binomial(210, 0.5, size=(10_000, 14)) has a row for each repeat. Which axis has the methods?",
    )


lesson.prediction("1", "How accurate is Giulia's filter on Wei's mail, from 0 to 1?", "accuracy")
lesson.prediction("2", "How accurate is a classifier of digits on inverted ones, from 0 to 1?", "accuracy")

lesson.question(
    "q1",
    "Importance weights make 300 labelled inputs count as if they were 4. What do you do?",
    wrong(
        "trust the weights: they are right on average",
        "On average over many draws, perhaps. Your one draw rests on four inputs.",
    ),
    right(
        "ask for source inputs, or labels, from where the target lies",
        "The weights tell you where labels are missing. No weight can replace them.",
    ),
    wrong(
        "set all weights to 1: 300 inputs are more than 4",
        "Then 300 inputs answer a question that you did not ask: what is right for the source.",
    ),
)

lesson.question(
    "q2",
    "After self-training, the mean sureness on the target has risen from 0.8 to 0.97. What does that tell you?",
    wrong(
        "the model is right in 97 % of the target",
        "A sureness is what the model says of itself. On turned moons it was sure and wrong.",
    ),
    wrong(
        "the pseudo-labels were right",
        "It would have risen as well had they been wrong: it was trained to believe them.",
    ),
    right(
        "that it was trained on its own answers, and nothing more",
        "Training on answers makes them surer, whatever they are.",
    ),
)

lesson.question(
    "q3",
    "Ten thousand more mails of Wei's arrive, without labels. Which method will now learn what Wei wants?",
    right(
        "none of them",
        "Inputs tell which mails there are. What is wanted is in the labels, or in what Wei does with the mails.",
    ),
    wrong(
        "self-training: it has more to learn from",
        "It labels them by Giulia's rule, and grows surer of it.",
    ),
    wrong(
        "MMD: with so many inputs it can match the domains exactly",
        "Matched exactly, choir music is still spam for one and wanted by the other.",
    ),
)

lesson.question(
    "q4",
    "You have a thousand left halves with labels, a thousand right halves without, and no pair. What can be done?",
    wrong(
        "match the covariances: both have 32 numbers",
        "Equal counts do not make them the same numbers. Which direction belongs to which, nothing says.",
    ),
    right(
        "find some pairs, or some labels",
        "Without a bridge, every way to lay one space on the other fits as well as the next.",
    ),
    wrong(
        "train for longer",
        "On what? No number of the source means anything in the target.",
    ),
)
