"""Lesson 12, few labels and many pictures: when a model gains from its own answers, and who may teach whom."""

from __future__ import annotations

import numpy as np

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("12", "Few labels, many pictures")

DOG, THRESHOLD = np.array([0.97, 0.85, 0.60, 0.30, 0.15, 0.08]), 0.8  # of exercise a
GAIN = 0.01  # of exercise b: what a threshold must gain, and another one lose
DOGS, CATS, WRONG = 900, 100, 0.03  # of exercise c
TAUGHT, PAIRS = 0.02, 6  # of exercise d: what a student must gain, and how many pairs there are


@lesson.exercise("a", takes="a number", praise="Sure of a cat is as good as sure of a dog.")
def how_many_are_believed(answer: float) -> Hint:
    """Of DOG, how many are at or above THRESHOLD for either class: 4."""
    if answer == np.sum(np.maximum(DOG, 1 - DOG) >= THRESHOLD):
        return None
    if answer == np.sum(DOG >= THRESHOLD):
        return "Those are the sure dogs. What does a small probability of a dog say about a cat?"
    if answer == np.sum(DOG <= 1 - THRESHOLD):
        return "Those are the sure cats. The sure dogs count as well."
    if answer == len(DOG):
        return "Each gets an answer, and not every answer is believed: some are below the threshold for both classes."
    if answer != int(answer) or not 0 <= answer <= len(DOG):
        return "Count animals: a whole number, and there are six."
    return (
        "Write the probability of the class that the model would say, for each of the six, and compare these.",
        "Where the probability of a dog is 0.15, that of a cat is 0.85.",
    )


@lesson.exercise(
    "b",
    takes="what you found",
    praise="A lower threshold lets in more mistakes, and with them the inputs that the model can learn something from.",
)
def a_threshold_that_gains(found: dict) -> Hint:
    """A measured threshold at which the slow model gains, where another measured one loses.

    Measured is {threshold: (gain over labels alone, answers believed, share of them right)}.
    """
    said, gains = found["said"], {float(at): float(row[0]) for at, row in found["measured"].items()}
    if isinstance(said, str):
        return "Say the threshold as a number."
    gaining = [at for at, gain in gains.items() if gain >= GAIN]
    if not gaining:
        return "At none of your thresholds does the model gain a point. What would let in more of the answers?"
    if not any(gain <= -GAIN for gain in gains.values()):
        return "You have none at which it loses a point. What would leave only the very surest answers?"
    if said not in gains:
        return "You have not measured the threshold that you say. Put it into the list, and run the cell again."
    if gains[said] < GAIN:
        return "At that threshold it does not gain a point. Compare the gains that you printed."
    return None


@lesson.exercise(
    "c",
    takes="a number",
    praise="The model is right on nearly all dogs, and still many of its cats are none: there are so many dogs.",
)
def cats_that_are_dogs(answer: float) -> Hint:
    """Wrong dogs among all that is taken for a cat: 27 / (27 + 97) = 0.218."""
    wrong_dogs, right_cats = DOGS * WRONG, CATS * (1 - WRONG)
    if abs(answer - wrong_dogs / (wrong_dogs + right_cats)) < 0.005:
        return None
    if abs(answer - 100 * wrong_dogs / (wrong_dogs + right_cats)) < 0.5:
        return "The size is right. Give a share, from 0 to 1."
    if abs(answer - WRONG) < 0.001:
        return "That is the share of the dogs that are taken for cats. The question is for the share of the cats taken."
    if abs(answer - wrong_dogs) < 0.01:
        return "So many dogs are taken for cats. Of how many that are taken for a cat?"
    if abs(answer - right_cats / (wrong_dogs + right_cats)) < 0.005:
        return "That is the share that really are cats."
    if abs(answer - wrong_dogs / CATS) < 0.005:
        return "You divided by the cats that there are. Divide by what is taken for a cat: some cats are missed."
    if abs(answer - CATS * WRONG / (CATS * WRONG + DOGS * (1 - WRONG))) < 0.001:
        return "That is the share of cats among all that is taken for a dog. Turn it round."
    return (
        "Count first: how many dogs are taken for a cat, and how many cats are?",
        "Three of a hundred dogs are taken for a cat, and there are nine hundred. Divide by all that is taken for one.",
    )


@lesson.exercise(
    "d",
    takes="what you found",
    praise="Who teaches need not be perfect. It must be better than the student, where the student is wrong.",
)
def who_may_teach(found: dict) -> Hint:
    """How many of the PAIRS gain by TAUGHT or more. Measured is {"teacher to student": gain}."""
    said, gains = found["said"], found["measured"]
    if isinstance(said, str):
        return "Say how many, as a number."
    if len(gains) < PAIRS:
        return "Three styles make six pairs of a teacher and a student: each style can teach the two others."
    count = sum(float(gain) >= TAUGHT for gain in gains.values())
    if said == count:
        return None
    if said == sum(float(gain) > 0 for gain in gains.values()):
        return "You counted every gain. Count those of two points or more."
    if said == sum(float(gain) < TAUGHT for gain in gains.values()):
        return "You counted those that do not gain so much. Count the others."
    return "Look at what you printed, and count the gains of +0.020 and more."


@lesson.exercise(
    "e",
    takes="a dictionary of words",
    praise="Which change keeps the class is knowledge that you bring. It depends on the task, and not on the picture.",
)
def which_changes_keep_the_class(answer: dict) -> Hint:
    """Four changes: keeps, changes, changes, changes."""
    if set(answer) != {"a", "b", "c", "d"}:
        return "Keep the four letters, each with one word."
    if not set(answer.values()) <= {"keeps", "changes"}:
        return 'The words are "keeps" and "changes".'
    if answer["a"] != "keeps":
        return "A: does an animal in a mirror become another kind of animal?"
    if answer["b"] != "changes":
        return "B: draw a b on paper, and hold it before a mirror. What do you read?"
    if answer["c"] != "changes":
        return "C: take a review that says that the film is not good."
    if answer["d"] != "changes":
        return "D: how do you tell, in the shop, whether a tomato is ripe?"
    return None


lesson.prediction("1", "How accurate is the slow model with these pseudo-labels, from 0 to 1?", "accuracy")
lesson.prediction("2", "How accurate is the sketch model, taught by day, from 0 to 1?", "accuracy")

lesson.question(
    "q1",
    "All pseudo-labels are right, and the model got worse. How can that be?",
    wrong(
        "it cannot: the test was too small",
        "It happened in the mean of five draws, by several points. Right labels can be labels of the wrong inputs.",
    ),
    right(
        "they are labels of inputs that are unlike those of the test",
        "They are what the model was surest of: the easy ones. Those from which it could learn are missing.",
    ),
    wrong(
        "there were too many of them for so few true labels",
        "As many true labels, drawn at random, made it better. The number is not the trouble.",
    ),
)

lesson.question(
    "q2",
    "Web pages have words and pictures. Words alone tell the topic in 9 of 10 pages, pictures in 6. What do you do?",
    right(
        "let the words teach the pictures, and not the other way round",
        "As the day taught the sketch. The better view's answers help; those of the worse one would pull it down.",
    ),
    wrong(
        "let both teach each other: that is co-training",
        "It wants two views that are each enough. Here the pictures would teach their mistakes, as the night did.",
    ),
    wrong(
        "cut the words into two halves and let them teach each other",
        "Two halves of one view err together, and each knows less. By day, that was worse than all features alone.",
    ),
)

lesson.question(
    "q3",
    "You have 40 labels and 10,000 texts without. A colleague tried ten thresholds and shows the best, "
    "chosen on 2,000 labelled texts. What is wrong?",
    wrong(
        "nothing, as the 2,000 were not trained on",
        "They chose the threshold. Without them nobody would know which of the ten to take.",
    ),
    wrong(
        "ten thresholds are too few",
        "With more thresholds, more labels would be needed to choose among them.",
    ),
    right(
        "the method used 2,040 labels, and its rival should get as many",
        "Labels that choose are labels that are used. A model that learns from 2,040 is the fair rival.",
    ),
)
