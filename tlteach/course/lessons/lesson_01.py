"""Lesson 01, why transfer learning: reading learning curves, the sign of a gain, and the field's words.

Three exercises are about the record that the lesson shows, so their answers are read from it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from tlteach.course.lessons import Hint, Lesson, right, wrong

if TYPE_CHECKING:
    from tlteach.evidence.comparison import Comparison

RECORD = "comparisons/label_budgets.json"
ENOUGH = 0.85  # the mean accuracy that exercise a asks for
AS_GOOD = 50  # labels per class that scratch has in exercise b

lesson = Lesson("01", "Why transfer learning")


@functools.cache
def record() -> Comparison:
    """The bundled comparison of scratch, frozen and fine_tuned over budgets of labels."""
    from tlteach.core.files import bundled
    from tlteach.evidence import comparison

    return comparison.load(bundled(RECORD))


@lesson.exercise("a", takes="a number", praise="You read the curve from an accuracy to its price in labels.")
def labels_that_scratch_needs(answer: float) -> Hint:
    """The smallest budget of the record, in labels per class, with which the mean of scratch reaches ENOUGH."""
    means = {row.labels_per_class: row.mean for row in record().rows if row.method == "scratch"}
    enough = [labels for labels, mean in means.items() if mean >= ENOUGH]
    if answer == min(enough):
        return None
    if answer in enough:
        return (
            "With so many it is there. Is it there with fewer, too?",
            "If you added up both classes: the table counts the labels of one class.",
        )
    if answer in means:
        return (
            "With so many, the network that starts from nothing is still below. Did you read its rows?",
            "Look at the rows of scratch only, and at the column called accuracy.",
        )
    if 0 < answer < 1:
        return "That is an accuracy. The question is how many labels per class it takes."
    return "The record has no such number of labels per class. Choose among those in its first column."


@lesson.exercise(
    "b", takes="what you found", praise="You changed one thing, measured it, and said no more than you saw."
)
def labels_that_frozen_needs(found: dict) -> Hint:
    """The fewest labels per class, of those that were measured, with which frozen is where scratch is with AS_GOOD."""
    said, measured = found["said"], dict(found["measured"])
    goal = next(row.mean for row in record().rows if (row.method, row.labels_per_class) == ("scratch", AS_GOOD))
    if not measured:
        return "Nothing is measured yet. Call accuracy_with with a number of labels, and keep what it returns."
    if said not in measured:
        return "You have not measured with so many labels per class. Measure first, then say."
    if measured[said] < goal:
        return (
            f"You measured {measured[said]:.3f} with {said:g} labels per class. Is that as far as scratch gets?",
            f"Find the mean of scratch with {AS_GOOD} labels per class in the table, and compare.",
        )
    if any(labels < said and accuracy >= goal for labels, accuracy in measured.items()):
        return "You have measured fewer labels than that, and they were enough. Look at your own numbers again."
    if said > 1 and said == min(measured):
        return f"With {said:g} it is far enough. How do you know that fewer are not? Measure with fewer, too."
    return None


@lesson.exercise(
    "c", takes="a dictionary of words", praise="First whether a difference is shown, and only then its sign."
)
def what_the_gains_show(answer: dict) -> Hint:
    """By labels per class, whether the gain of frozen over scratch is "positive", "negative" or "not shown"."""
    from tlteach.evidence.comparison import transfer_gain

    gains = {str(gain.labels_per_class): gain for gain in transfer_gain(record(), "frozen")}
    if set(answer) != set(gains):
        return "Keep the keys as they were: the labels per class, in quotation marks."
    answer = {labels: said.replace("_", " ").replace("-", " ") for labels, said in answer.items()}
    if not set(answer.values()) <= {"positive", "negative", "not shown"}:
        return "Use one of the three in each place: positive, negative, not shown."
    for labels, gain in gains.items():
        said = answer[labels]
        if said != "not shown" and not gain.is_shown:
            return (
                f"With {labels} labels per class you claim a difference. How large is its p-value?",
                "The p-value decides, and not the size of the gain. What is it compared with?",
            )
        if said == "not shown" and gain.is_shown:
            return f"With {labels} labels per class, the p-value is small enough. Then the sign says the rest."
        if gain.is_shown and (said == "positive") != (gain.difference.mean > 0):
            return f"With {labels} labels per class, look at the sign again. What is subtracted from what?"
    return None


@lesson.exercise("d", takes="a number", praise="Below zero: negative transfer. The mean has all five seeds in it.")
def gain_with_its_sign(answer: float) -> Hint:
    """The mean transfer gain in points of two lists of accuracies, 0.90 on average with transfer and 0.94 without."""
    gain = -4.0
    if abs(answer - gain) < 1e-6:
        return None
    if abs(answer + gain) < 1e-6:
        return (
            "The size is right. Who is ahead here, and what does the sign of a gain say about that?",
            "A gain is what you have with transfer, minus what you have without it.",
        )
    if abs(abs(answer) - 0.04) < 1e-6:
        return "That is a share. In points it is a hundred times as much; and mind the sign."
    if abs(abs(answer) - 3) < 1e-6:
        return "That is a difference of medians, of the seeds in the middle. A gain takes the mean of all five."
    if abs(abs(answer) - 2) < 1e-6:
        return "You compared the two best seeds. Picking the best seed flatters both; what do all five say?"
    if min(abs(abs(answer) - one) for one in (7, 1, 5)) < 1e-6:
        return "You compared one seed. Which number stands for all five?"
    if abs(answer - 90) < 1e-6 or abs(answer - 94) < 1e-6 or abs(answer - 0.9) < 1e-6 or abs(answer - 0.94) < 1e-6:
        return "That is the mean of one list. A gain compares the two lists."
    return "Take the mean of each list, then their difference, and tell it in points."


@lesson.exercise(
    "e", takes="a dictionary of words", praise="The same task in another domain. This has a name: domain adaptation."
)
def day_and_night(answer: dict) -> Hint:
    """What differs between road signs seen by day and by night with the same camera: P(X) alone."""
    if set(answer) != {"x", "p(x)", "y", "p(y|x)"}:
        return "Keep the four keys as they were."
    if not set(answer.values()) <= {"same", "different"}:
        return "Write same or different in each place."
    if answer["x"] == "different":
        return (
            "X is the space of all inputs that could come. Is it another camera, or another size of picture?",
            "A dark picture is as possible as a bright one. How often it comes is told by another part of the domain.",
        )
    if answer["p(x)"] == "same":
        return "Dark pictures are rare by day. Which part of a domain says how often an input comes?"
    if answer["y"] == "different":
        return "Y is the set of answers that may be given. Are there other kinds of signs at night?"
    if answer["p(y|x)"] == "different":
        return (
            "Take one picture of a stop sign. Does its right answer depend on where the picture comes from?",
            "P(Y given X) is about an input that you hold in your hand, and not about how often you get such inputs.",
        )
    return None


KINDS = ("inductive", "transductive", "unsupervised")
SETTINGS = {
    "1": ("inductive", "the X-rays have labels, and fractures are a new question. Which column of the table decides?"),
    "2": ("transductive", "the question stays the same, and only the film reviews have labels. Find that row."),
    "3": ("unsupervised", "nobody has given any labels, on either side. Which row needs none?"),
    "4": ("inductive", "labels in the source are not needed by every kind. Where does it have labels, then?"),
    "5": ("transductive", "in the simulator every sign is labelled, outside none is, and the signs are the same."),
    "6": ("unsupervised", "two numbers for each picture are wanted, and no classes. Who has labels here?"),
}


@lesson.exercise(
    "f", takes="a dictionary of words", praise="Two questions sort them: is the task new, and where are labels?"
)
def kinds_of_transfer(answer: dict) -> Hint:
    """Which of Pan and Yang's three kinds of transfer each of six settings is."""
    if set(answer) != set(SETTINGS):
        return "Keep the six keys as they were."
    if not set(answer.values()) <= set(KINDS):
        return "Use the three words of the first column of the table."
    mistaken = [(number, why) for number, (kind, why) in SETTINGS.items() if answer[number] != kind]
    if not mistaken:
        return None
    if len(set(answer.values())) == 1:
        return "The settings are not all of one kind. For each: does the target have labels? Is the question new?"
    number, why = mistaken[0]
    return f"Look at setting {number} again: {why}"


lesson.prediction("1", "With how many labels per class does scratch reach what frozen has with 10?", "labels per class")
lesson.prediction(
    "2", "How many points does frozen gain over scratch with 200 labels per class (below 0 if it loses)?", "points"
)
lesson.prediction(
    "3", "How many points does a base that learned coats gain over scratch with 200 labels per class?", "points"
)
lesson.prediction("4", "How many times as many weights does scratch train as the head on a frozen base?", "times")

lesson.question(
    "q1",
    "You read: no difference shown between A and B: +0.8 points [-0.6, +2.2], p = 0.25. What may you claim?",
    wrong(
        "A and B are equally good",
        "The interval holds differences of two points as well. Not to have found a difference does not make it zero.",
    ),
    wrong(
        "A is better by 0.8 points",
        "With other seeds and other test pictures, B could be ahead: the interval reaches below zero.",
    ),
    right(
        "these runs cannot tell which one is better",
        "More seeds or more test pictures may tell. Until then, take the one that is cheaper.",
    ),
    wrong(
        "with a probability of 0.25 the two are equal",
        "A p-value says how often luck alone gives a difference of this size or more, if there is none.",
    ),
)

lesson.question(
    "q2",
    "You have some hundred labels of each class, and a pre-trained base. Transfer, or train from scratch?",
    wrong(
        "transfer: it can only help",
        "A base also brings habits that your task does not need, and a frozen one cannot lose them.",
    ),
    right(
        "train both, and compare them on validation over several seeds",
        "With few labels you can bet on transfer. With many, only a measurement tells, and it costs minutes.",
    ),
    wrong(
        "from scratch: with enough labels it always wins",
        "Enough depends on the task and on the source. For many tasks nobody has ever had so many labels.",
    ),
)

lesson.question(
    "q3",
    "A network gets all of its 20 training pictures right, and half of the test pictures, of two classes. Why?",
    wrong(
        "the test pictures are harder than the training pictures",
        "Both were drawn in the same way and split at random. On average they are equally hard.",
    ),
    wrong(
        "its learning rate was too low",
        "Then it would not have learned the training pictures, either.",
    ),
    right(
        "it knows these 20 by heart, and nothing about the classes",
        "With so few pictures, almost anything tells them apart: a spot of light, a colour in a corner.",
    ),
)

lesson.question(
    "q4",
    "Two people get the same newsletters. One calls them spam, the other reads them. What differs?",
    wrong(
        "X: the space of the inputs",
        "Both get texts of the same kind. X would differ if one of them got pictures.",
    ),
    wrong(
        "P(X): how often each input comes",
        "They get the same mails, as often. Look at what they make of them.",
    ),
    wrong(
        "Y: the labels that may be given",
        "Both sort into the same two: spam, and not spam.",
    ),
    right(
        "P(Y|X): the label, given the input",
        "The same mail has another right answer. A filter that is transferred will be wrong with confidence.",
    ),
)
