"""Lesson 04b, scores on trial: two transferability scores by hand, and how much a trial depends on its sources."""

from __future__ import annotations

import json

import numpy as np

from tlteach.core.files import bundled
from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("04b", "Scores on trial")

# What exercise a gives: what a source's head says of four pictures (wolf, horse), and their true classes.
LEEP_PROBABILITIES = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.9, 0.1]])
LEEP_LABELS = np.array([0, 0, 1, 1])
# What exercise b gives: two features of six pictures, and their true classes.
H_FEATURES = np.array([[0, 1], [1, 3], [2, 2], [3, 2], [4, 6], [5, 4]])
H_LABELS = np.array([0, 0, 0, 1, 1, 1])
MOST_LEFT_OUT, FALL = 3, 0.2  # of exercise c: sources, and how far the correlation of LogME must fall


def near(answer: float, value: float) -> bool:
    """Whether `answer` is `value`, to two places."""
    return abs(answer - value) < 0.005


@lesson.exercise(
    "a", takes="a number", praise="The mean log probability of the true class, seen through the source's own classes."
)
def leep_by_hand(answer: float) -> Hint:
    """LEEP of LEEP_PROBABILITIES and LEEP_LABELS."""
    from tlteach.methods.transferability import leep, nce

    truth = leep(LEEP_PROBABILITIES, LEEP_LABELS)
    if near(answer, truth):
        return None
    true_class = np.eye(2, dtype=bool)[LEEP_LABELS]
    joint = np.eye(2)[LEEP_LABELS].T @ LEEP_PROBABILITIES / 4  # (target class, source class)
    given_target = joint / joint.sum(axis=1, keepdims=True)
    expected = (LEEP_PROBABILITIES @ (joint / joint.sum(axis=0)).T)[true_class]
    if near(answer, -truth):
        return "The size is right. Which sign has the logarithm of a probability?"
    if near(answer, 4 * truth):
        return "You added the four pictures. The score is the same for many pictures as for few."
    if near(answer, truth / np.log(2)) or near(answer, truth / np.log(10)):
        return "That logarithm has another base. The lesson takes the natural one, np.log."
    if near(answer, np.log(expected.mean())):
        return "You took the mean first and the logarithm then. It is the other way round."
    if near(answer, expected.mean()):
        return "That is the mean probability of the true class. One step is missing."
    if near(answer, np.log((LEEP_PROBABILITIES @ joint.T)[true_class]).mean()):
        return (
            "You went on with the joint table P(y, z). LEEP asks how sure you are of y once you know z.",
            "Divide each column of the table, one column for each z, by its sum.",
        )
    if near(answer, np.log((LEEP_PROBABILITIES @ given_target.T)[true_class]).mean()):
        return "You divided the table in the wrong direction: that is P(z given y)."
    if near(answer, nce(LEEP_PROBABILITIES.argmax(axis=1), LEEP_LABELS)):
        return "That is NCE: you kept only the most probable source class. LEEP keeps what the source doubts."
    return (
        "Go through the formulas one by one: first the joint table, of 2 rows and 2 columns. What is its sum?",
        "The joint table sums to 1. Then divide each of its columns by its sum, and look at the true classes.",
    )


@lesson.exercise(
    "b",
    takes="a number",
    praise="How far apart the class means lie in whitened features, summed over their directions.",
)
def h_score_by_hand(answer: float) -> Hint:
    """H-score of H_FEATURES and H_LABELS."""
    means = np.stack([H_FEATURES[label == H_LABELS].mean(axis=0) for label in H_LABELS])  # of each picture's class
    total, between = np.cov(H_FEATURES.T), np.cov(means.T)
    inverse = np.linalg.inv(total)
    if near(answer, np.trace(inverse @ between)):
        return None
    if near(answer, np.trace(between)) or near(answer, np.trace(between) * 5 / 6):
        return "That is how far apart the class means lie. Apart compared with what?"
    if near(answer, np.trace(total @ between)):
        return "Divide by the spread of the features, do not multiply. What is division, for a matrix?"
    if near(answer, np.trace(np.diag(1 / np.diag(total)) @ between)) or near(answer, np.trace(between / total)):
        return "You divided number by number. The two features go together, and a matrix inverse takes that off."
    if near(answer, np.trace(np.linalg.inv(total - between) @ between)):
        return "You compared with the spread inside the classes. H-score takes the spread of all features together."
    if near(answer, np.trace(inverse @ np.cov(means[[0, -1]].T))):
        return "You took one mean for each class. Take one for each picture, so that a large class counts for more."
    if any(near(answer, np.trace(inverse @ between) * factor) for factor in (5 / 6, 6 / 5)):
        return "One covariance is divided by n, the other by n - 1. Take the same for both, as np.cov does."
    if near(answer, np.trace(inverse @ total)):
        return "That is the number of features. The second covariance is that of the class means."
    return (
        "Put the mean of its class in the place of each picture, and take np.cov of that. Mind the transpose.",
        "np.cov wants a row for each feature. Both covariances are 2 x 2 here.",
    )


@lesson.exercise(
    "c",
    takes="what you found",
    praise="The same scores and the same runs, but other sources. A trial speaks for its sources, and for no others.",
)
def what_the_trial_hangs_on(found: dict) -> Hint:
    """The mean correlation of LogME where up to MOST_LEFT_OUT sources are left out, with which it falls by FALL.

    Measured is {"left out": [...], "correlations": {score: mean over the targets}}.
    """
    from tlteach.evidence.trial import RANDOM, mean_correlations, unique

    said, left_out = found["said"], list(found["measured"]["left out"])
    runs = json.loads(bundled("comparisons/transferability.json").read_text(encoding="utf-8"))["runs"]
    every = [source for source in unique(runs, "source") if source != RANDOM]
    if unknown := [source for source in left_out if source not in every]:
        return f"{unknown[0]!r} is none of the ten sources. Write the names as the table has them."
    if not left_out:
        return "No source is left out yet. Put the names of one or more into the list left_out."
    if len(set(left_out)) > MOST_LEFT_OUT:
        return f"You left out {len(set(left_out))}. With at most {MOST_LEFT_OUT} it can be done."
    kept = [source for source in every if source not in left_out]
    true, before = mean_correlations(runs, kept)["logme"], mean_correlations(runs, every)["logme"]
    if not near(found["measured"]["correlations"]["logme"], true):
        return "These are not the correlations without the sources that you name. Run the whole cell again."
    if not near(said, true):
        return "What you say is not what you measured for LogME without these sources."
    if true > before - FALL:
        return (
            f"LogME goes from {before:+.2f} to {true:+.2f}: not far enough yet. Leave out others.",
            "A source that stands out is easy to put in its place. Look in the table of accuracies which ones do.",
        )
    return None


lesson.prediction("1", "How accurate will a head on random weights be, from 0 to 1?", "accuracy")
lesson.prediction("2", "On how many targets does LogME choose within one point of the best?", "targets")

lesson.question(
    "q1",
    "You have a base without the head that it was trained with. Which score can you not compute?",
    wrong("LogME", "It needs the features and the labels. A base gives features."),
    wrong("H-score", "It compares two covariances of the features. A base gives features."),
    right("LEEP", "It asks what the source's own classes say of your pictures, and the head that says it is gone."),
)

lesson.question(
    "q2",
    "You have 40 labelled pictures and 256 features. The plain H-score is the same for every source: the most there "
    "is. Why?",
    wrong(
        "all the sources are perfect",
        "The random network gets the same score. It has learned nothing.",
    ),
    wrong(
        "the labels were seen in pre-training",
        "The random network was not pre-trained at all, and gets the same score.",
    ),
    right(
        "with more features than pictures, some direction tells any classes apart",
        "Among 256 features there is always a direction that fits 40 labels, also labels drawn by lot. The shrunken "
        "H-score is for such cases.",
    ),
)

lesson.question(
    "q3",
    "A paper says: our score has a correlation of 0.9 with accuracy, over ten sources, one of them untrained. What do "
    "you ask first?",
    wrong(
        "how fast the score is",
        "Every score here takes seconds. First you want to know if it says anything.",
    ),
    right(
        "how well it orders the nine trained sources",
        "Anyone can tell an untrained network from trained ones. One such outlier can make a high correlation alone.",
    ),
    wrong(
        "whether 0.9 is above 0.8",
        "It is. But is 0.9 surely above 0? Ten sources make a wide interval.",
    ),
    wrong(
        "nothing: 0.9 is enough",
        "It depends on the sources that were compared. With others it could be near 0.",
    ),
)
