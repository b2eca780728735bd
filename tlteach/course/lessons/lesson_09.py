"""Lesson 09, aligning features: a distance, statistics and MMD by hand, and the angle at which CORAL gains most."""

from __future__ import annotations

import numpy as np

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("09", "Aligning features")

WRONG = (12, 8)  # of 100 inputs of the source and of the target, in exercise a
SOURCE, TARGET = np.array([1, 3, 5, 7]), np.array([11, 14, 17, 20])  # a feature, in exercise b
POINTS = np.array([0, 2]), np.array([1, 3])  # source and target in exercise c
FEWEST_ANGLES, APART = 3, 10  # of exercise d


def near(answer: float, value: float) -> bool:
    """Whether `answer` is `value`, to two places."""
    return abs(answer - value) < 0.006


@lesson.exercise("a", takes="a number", praise="The domains are told apart in nine of ten cases: they lie far apart.")
def distance_by_hand(answer: float) -> Hint:
    """Proxy A-distance of a classifier that errs on WRONG of 100 inputs of each domain."""
    error = sum(WRONG) / 200
    if near(answer, 2 * (1 - 2 * error)):
        return None
    if near(answer, error):
        return "That is the error. The formula goes on from there."
    if near(answer, 1 - error):
        return "That is the share that it gets right. The formula wants the error."
    if near(answer, 2 * (1 - error)):
        return "One factor is missing: where it guesses, the error is one half, and the distance must be 0."
    if near(answer, 1 - 2 * error):
        return "Nearly. The distance goes up to 2, and yours up to 1."
    if near(answer, 2 * (1 - 2 * sum(WRONG) / 100)):
        return "You divided the errors by 100. How many inputs were there in all?"
    return (
        "First the error: errors of both domains, divided by all inputs.",
        "With an error of 0.5 the formula gives 0, with 0 it gives 2. Yours lies near the second.",
    )


def standardised(value: float, values: np.ndarray, ddof: int = 0) -> float:
    """`value` with the mean and the deviation of `values`."""
    return float((value - values.mean()) / values.std(ddof=ddof))


@lesson.exercise("b", takes="a number", praise="With its own statistics the target lies where the source lay.")
def statistics_by_hand(answer: float) -> Hint:
    """The last value of TARGET, normalised by the statistics of TARGET."""
    value = TARGET[-1]
    if near(answer, standardised(value, TARGET)):
        return None
    if near(answer, standardised(value, SOURCE)):
        return "Those are the source's statistics: that is what the layer did before. Take the target's."
    if near(answer, standardised(value, TARGET, ddof=1)):
        return "That deviation divides by n - 1. np.std divides by n, and so does the layer."
    if near(answer, (value - TARGET.mean()) / TARGET.var()):
        return "You divided by the variance. The deviation is its root."
    if near(answer, value - TARGET.mean()):
        return "The mean is off. Now the spread: divide by it."
    if near(answer, (value - TARGET.mean()) / SOURCE.std()):
        return "The mean is the target's, the deviation the source's. Take both from one domain."
    if near(answer, standardised(value, np.concatenate([SOURCE, TARGET]))):
        return "Those are the statistics of both domains together. The layer needs those of the target alone."
    return "Subtract the mean of the four values of the target, and divide by their np.std.", "The mean is 15.5."


def mean_kernel(one: np.ndarray, other: np.ndarray, own: bool = True) -> float:
    """The mean of the kernel of exercise c over all pairs; without those of an input with itself where not `own`."""
    kernel = np.exp(-((one[:, None] - other[None, :]) ** 2) / 2)
    return float(kernel.mean() if own else kernel[~np.eye(len(one), dtype=bool)].mean())


@lesson.exercise("c", takes="a number", praise="Inputs are nearer within their domain than across: above 0.")
def mmd_by_hand(answer: float) -> Hint:
    """Squared MMD of POINTS with a Gaussian kernel of width 1."""
    source, target = POINTS
    within, across = mean_kernel(source, source) + mean_kernel(target, target), mean_kernel(source, target)
    if near(answer, within - 2 * across):
        return None
    if near(answer, np.sqrt(within - 2 * across)):
        return "That is MMD. The exercise asks for its square."
    unbiased = mean_kernel(source, source, own=False) + mean_kernel(target, target, own=False) - 2 * across
    if near(answer, unbiased):
        return "You left out the pairs of an input with itself. Here they count: k(x, x) is 1."
    if near(answer, within - across):
        return "The mean across the domains counts twice."
    if near(answer, 2 * across - within):
        return "The size is right. Within comes with plus, across with minus."
    if near(answer, 4 * (within - 2 * across)):
        return "You added up the pairs. Each of the three is a mean, over four pairs."
    if near(answer, np.square(source.mean() - target.mean())):
        return "That is the squared distance of the means, without a kernel. It would miss all but the mean."
    return (
        "There are three means of four pairs each. Write down the four distances of each first.",
        "Across, the distances are 1, 3, 1 and 1. The kernel of a distance of 1 is about 0.61.",
    )


@lesson.exercise("d", takes="what you found", praise="A gain has a place: between no shift and too much.")
def best_angle(found: dict) -> Hint:
    """The angle with the largest gain of CORAL; measured is {degrees: (accuracy alone, accuracy with CORAL)}."""
    measured = {float(angle): tuple(map(float, pair)) for angle, pair in found["measured"].items()}
    angles = sorted(measured)
    if len(angles) < FEWEST_ANGLES:
        return f"You have tried {len(angles)}. Put at least {FEWEST_ANGLES} angles into the list."
    if min(np.diff(angles)) < APART or angles[0] < 0 or angles[-1] > 90:
        return f"Take angles from 0 to 90 that lie at least {APART} apart: neighbours differ by luck."
    if not all(0 <= accuracy <= 1 for pair in measured.values() for accuracy in pair):
        return "An accuracy lies between 0 and 1. Run the cell that measures again."
    gains = {angle: with_coral - alone for angle, (alone, with_coral) in measured.items()}
    if found["said"] not in gains:
        return "You name an angle that you did not measure. Say one of yours."
    if gains[found["said"]] < max(gains.values()):
        return (
            "Another of your angles gains more. Gain is CORAL minus source only.",
            f"At {found['said']:g} degrees the gain is {100 * gains[found['said']]:+.0f} points. Now the others.",
        )
    return None


lesson.prediction("1", "How accurate is a head that learned from daylight on sketches, from 0 to 1?", "accuracy")

lesson.question(
    "q1",
    "After CORAL the clouds of both domains have one mean and one covariance. What is proved about the classes?",
    wrong(
        "they lie on each other too",
        "CORAL has not seen a label of the target. A cloud can be turned so that cats lie on dogs, with the same mean "
        "and covariance.",
    ),
    right(
        "nothing: accuracy on the target must be measured",
        "Moments of clouds say nothing of classes. That it helps often is an experience, and no theorem.",
    ),
    wrong(
        "the classifier is right at least as often as before",
        "It can be wrong more often. The table below has a word for that.",
    ),
)

lesson.question(
    "q2",
    "Training DANN, the classifier of domains ends at half of its answers right. What do you know?",
    wrong("the target is classified well", "It tells about domains. A feature that is 0 everywhere would do the same."),
    wrong(
        "the method has failed",
        "Half is what it wants: from these features the domains cannot be told apart.",
    ),
    right(
        "this classifier cannot tell the domains apart, and no more",
        "Another one might. And whether the classes lie right is another question.",
    ),
)

lesson.question(
    "q3",
    "In the source half of the animals are dogs, in the target nine of ten. You align the means. What can happen?",
    right(
        "dogs of the target are moved onto cats of the source",
        "The mean of the target lies among its dogs. On the middle of the source it lies between cats and dogs, and so "
        "do the dogs.",
    ),
    wrong(
        "nothing: means do not know classes",
        "They do not know them, and depend on them: a mean of nine dogs and a cat is nearly that of the dogs.",
    ),
    wrong("training stops with NaN", "All numbers stay finite. Nothing warns you: that is why it is worth knowing."),
)
