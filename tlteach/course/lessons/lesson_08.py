"""Lesson 08, when transfer fails: what a mistake costs, what it looks like, what a model remembers, and whose it is."""

from __future__ import annotations

import numpy as np

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("08", "When transfer fails")

MOST_LOST = 0.1  # of accuracy on validation, in exercise a
# What exercise c gives: losses in nats.
MEMBER_LOSSES = np.array([0.01, 0.02, 0.40, 0.05, 0.08])
OTHER_LOSSES = np.array([0.03, 0.90, 0.07, 1.50, 0.20, 0.60, 0.02, 0.30, 2.10, 0.15])
THRESHOLD = 0.1


@lesson.exercise("a", takes="what you found", praise="Pixels at a wrong scale cost little or much, and give no error.")
def bearable_divisor(found: dict) -> Hint:
    """The largest divisor of pixels that costs less than MOST_LOST on validation, in {divisor: (train, validation)}."""
    said, measured = found["said"], found["measured"]
    if not isinstance(said, float):
        return "Answer with a number: one of the divisors that you tried."
    new = {float(divisor): float(accuracies[1]) for divisor, accuracies in measured.items()}
    if 1.0 not in new:
        return "There is nothing to compare with. Keep what a divisor of 1 gave in `measured`."
    if not all(0 <= accuracy <= 1 for accuracy in new.values()):
        return "These are no accuracies from 0 to 1. Put into `measured` what `learn` returned."
    tried = [divisor for divisor in new if 1 < divisor < 255]
    if len(tried) < 2:
        return "Try at least two divisors between 1 and 255, each as measured[2] = learn(2)."
    bearable = [divisor for divisor in new if new[divisor] > new[1.0] - MOST_LOST]
    if max(bearable) == max(new):
        return "Even the largest divisor in `measured` costs less than ten points. Go on to larger ones."
    if said == max(bearable):
        return None
    if said not in new:
        return "You have not tried that divisor. Answer with one that you have measured."
    if said not in bearable:
        return (
            f"That divisor took the accuracy from {new[1.0]:.2f} to {new[said]:.2f}. Is that less than ten points?",
            "Look at the second number of each pair: the accuracy on validation.",
        )
    return "A larger divisor that you tried costs less than ten points, too."


@lesson.exercise("b", takes="a dictionary of words", praise="Two accuracies and a loss, and you know where to look.")
def what_to_look_at(answer: dict) -> Hint:
    """Which cause four runs have, by their accuracies on train and validation and their loss."""
    if set(answer) != {"a", "b", "c", "d"}:
        return 'Keep the four keys "A", "B", "C" and "D".'
    given = {run: {"learning rate": "rate", "heart": "by heart"}.get(word, word) for run, word in answer.items()}
    if not set(given.values()) <= {"pixels", "by heart", "rate", "source"}:
        return "Use the four words as they are written above the runs."
    if given["a"] != "by heart":
        return (
            "Run A is perfect on train. So what it was shown can be learned from.",
            "Compare its accuracy on validation, and its loss, with those on train.",
        )
    if given["d"] == "pixels":
        return "Run D: with wrong pixels it would never have had a loss of 0.1. What has changed since?"
    if given["d"] != "rate":
        return "Run D knew the classes, and then lost all of it in fine-tuning. What washes out a base?"
    if given["b"] != "pixels":
        return "Run B guesses on both, and its loss is that of guessing: nothing that arrives tells the classes apart."
    return None if given["c"] == "source" else "Run C has learned something, and as much on both. Which word is left?"


@lesson.exercise("c", takes="a number", praise="The share of members that are found, minus that of others mistaken.")
def advantage_by_hand(answer: float) -> Hint:
    """The membership advantage of a threshold on ten losses of others and five of members."""
    low, others_low = MEMBER_LOSSES <= THRESHOLD, OTHER_LOSSES <= THRESHOLD
    found, mistaken = low.mean(), others_low.mean()
    if near(answer, found - mistaken):
        return None
    if near(answer, 100 * (found - mistaken)):
        return "That is in points. Give the share, from -1 to 1."
    if near(answer, mistaken - found):
        return "The size is right. Who should have the low losses, members or others?"
    if near(answer, found):
        return "That is the share of members that are found. Who calls everybody a member finds all of them."
    if near(answer, mistaken):
        return "That is the share of others that are mistaken for members. What is it taken from?"
    if near(answer, (low.sum() + (~others_low).sum()) / (len(low) + len(others_low))):
        return "That is the share of right calls. With twice as many others it depends on how many there are of each."
    if near(answer, low.sum() - others_low.sum()):
        return "You subtracted counts. There are twice as many others: take the share of each group."
    return (
        "Count in each group how many losses are at most the threshold, and divide by the size of that group.",
        "np.mean of what is True or False gives a share. Then subtract.",
    )


def near(answer: float, value: float) -> bool:
    """Whether `answer` is `value`, to two places."""
    return abs(answer - value) < 0.005


@lesson.exercise("d", takes="what you found", praise="One change, one measurement, and no more said than it shows.")
def what_one_change_does(found: dict) -> Hint:
    """Whether the second of two attacks has an interval that ends below where that of the first begins."""
    said, measured = found["said"], found["measured"]
    if type(measured) not in (list, tuple) or not all(hasattr(one, "interval") for one in measured):
        return "Nothing is measured yet. Keep (plain, changed), and let changed be what membership_advantage returns."
    plain, changed = measured
    if said not in ("lower", "not shown"):
        return 'Say it in one of two ways: "lower" or "not shown".'
    if np.array_equal(plain.member_losses, changed.member_losses):
        return "Both are the same attack on the same model. Give `trained` one other value."
    is_lower = changed.interval[1] < plain.interval[0]
    if (said == "lower") == is_lower:
        return None
    if is_lower:
        return "The new interval ends below the old one. By the rule, something is shown."
    if changed.advantage < plain.advantage:
        return (
            "The number is lower. But do the two intervals leave room between them?",
            "Compare where the new one ends with where the old one begins.",
        )
    return "The number is not even lower than before."


@lesson.exercise("e", takes="a dictionary of words", praise="Weights and data have terms of their own: read both.")
def whose_it_is(answer: dict) -> Hint:
    """A source for each of three cases, by its card."""
    if set(answer) != {"app", "gift", "ask first"}:
        return 'Keep the three keys "app", "gift" and "ask first".'
    named = {case: name.replace("-", "_").replace(" ", "_") for case, name in answer.items()}
    if not set(named.values()) <= {"vgg16", "convnext_tiny", "menagerie"}:
        return "Take the three sources whose cards were printed, by their names."
    if named["ask first"] != "convnext_tiny":
        return "Ask first: the card of this source states a licence of its weights. Whose card does not?"
    if named["app"] == "convnext_tiny":
        return "App: what would you show the lawyer? Nobody has stated a licence of these weights."
    if named["gift"] == "vgg16":
        return "Gift: this one asks for credit, and it has learned from photos that belong to those who took them."
    if named["gift"] != "menagerie":
        return "Gift: you cannot pass on what nobody has given you."
    return None if named["app"] == "vgg16" else "App: this source has learned from drawings, and the app is for photos."


lesson.prediction("1", "A frozen base and five labels of each class: how accurate on test, from 0 to 1?", "accuracy")
lesson.prediction(
    "2", "How many points does the frozen base gain over scratch on negatives (below 0: it loses)?", "points"
)
lesson.prediction("3", "How large will the membership advantage be, in points (100: all are given away)?", "points")

lesson.question(
    "q1",
    "Train and validation are both at a half, and the loss stands at 0.69 from the first epoch to the last. What do "
    "you do first?",
    wrong(
        "train for more epochs",
        "What cannot be seen cannot be learned, however long. The loss has not moved at all.",
    ),
    right(
        "look at the numbers that reach the base, and at the labels",
        "A frozen base that sees black pictures gives the same features for all. Then a head can only guess.",
    ),
    wrong(
        "add dropout",
        "That is for a model that knows too much by heart. This one knows nothing.",
    ),
    wrong(
        "take a larger base",
        "It would be shown the same numbers. First see what they are.",
    ),
)

lesson.question(
    "q2",
    "Two bases have learned from the same pictures. One named the species, the other the coat. Which distance of "
    "domains tells you which of them to take for cats and dogs?",
    wrong(
        "the maximum mean discrepancy",
        "It compares pictures with pictures. Both bases have the same ones.",
    ),
    wrong(
        "the difference of the mean pixels",
        "It is the same for both: they have seen the same pictures.",
    ),
    right(
        "none: they differ in what they were asked, and not in the domain",
        "A distance of domains does not look at labels. Try a head on each, on validation.",
    ),
)

lesson.question(
    "q3",
    "The attack has an advantage of 0.02, with an interval from -0.08 to 0.12. What may you say?",
    wrong(
        "the model remembers nothing of its members",
        "This attack found nothing. A stronger one may, and the interval goes up to 0.12.",
    ),
    right(
        "this attack was not shown to be better than guessing, on these members and others",
        "That is what was measured. More members would make the interval narrower; other attacks may find more.",
    ),
    wrong(
        "the members' data may be published",
        "That is another question. A model that hides them does not make them yours to give.",
    ),
    wrong(
        "the attack was programmed wrongly",
        "An advantage near 0 is what a model that generalises well should give.",
    ),
)

lesson.question(
    "q4",
    "You find weights without any licence on a public site. Everybody downloads them. What does that allow you?",
    wrong(
        "all, as they are public",
        "To be able to download is not to be permitted to use. Without a licence all rights stay with the makers.",
    ),
    wrong(
        "what the licence of the code allows",
        "Only if its makers say that it covers the weights, too. Often they do not.",
    ),
    right(
        "nothing that you could show: ask the makers, or take another source",
        "A licence is a permission in writing. And ask what the weights have learned from, too.",
    ),
)
