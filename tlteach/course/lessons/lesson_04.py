"""Lesson 04, choosing a source: counting, reading cards, feature maps, and two scores by hand."""

from __future__ import annotations

import numpy as np

from tlteach.core.errors import SourceError
from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("04", "Choosing a source")

# What exercise d gives: what a source's head says of four pictures (wolf, horse), and their true classes.
LEEP_PROBABILITIES = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.9, 0.1]])
LEEP_LABELS = np.array([0, 0, 1, 1])
# What exercise e gives: two features of six pictures, and their true classes.
H_FEATURES = np.array([[0, 1], [1, 3], [2, 2], [3, 2], [4, 6], [5, 4]])
H_LABELS = np.array([0, 0, 0, 1, 1, 1])


def near(answer: float, value: float) -> bool:
    """Whether `answer` is `value`, to two places."""
    return abs(answer - value) < 0.005


@lesson.exercise(
    "a", takes="a number", praise="One small filter for each channel, then 1 x 1 convolutions that mix the channels."
)
def parameters_of_a_separable_convolution(answer: float) -> Hint:
    """The weights of a depthwise separable convolution, 3 x 3, from 128 to 256 channels, without biases."""
    channels, filters = 128, 256
    depthwise, pointwise = 3 * 3 * channels, channels * filters
    if answer == depthwise + pointwise:
        return None
    if answer == depthwise * filters:
        return (
            "That is a plain convolution: each of its filters looks at all channels at all places at once.",
            "In a separable one, looking around and mixing channels are two layers. Count them one by one.",
        )
    if answer == depthwise:
        return "That is the depthwise half: it looks around in each channel alone. Which layer mixes the channels?"
    if answer == pointwise:
        return "That is the half that mixes the channels. Which layer looks around in the picture?"
    if answer == 3 * 3 + pointwise:
        return "You gave all channels the same 3 x 3 filter. Each has one of its own."
    if answer == 3 * 3 * filters + pointwise:
        return "The depthwise half comes first. How many channels does it see?"
    if answer in (depthwise + pointwise + filters, depthwise + pointwise + channels + filters):
        return "You counted biases. Here there are none."
    return (
        "Two layers, one after the other: draw them, and count the weights of each.",
        "The first has a 3 x 3 filter for each channel that comes in. The second is a plain 1 x 1 convolution.",
    )


@lesson.exercise(
    "b", takes="a dictionary of words", praise="Licence and domain decide first; then accuracy, among what is left."
)
def sources_for_three_settings(answer: dict) -> Hint:
    """A source by its card for each setting: {"phone": ..., "drawings": ..., "photos": ...}."""
    from tlteach.sources import source_by_name

    if set(answer) != {"phone", "drawings", "photos"}:
        return 'Keep the three keys "phone", "drawings" and "photos".'
    try:
        chosen = {setting: source_by_name(name) for setting, name in answer.items()}
    except SourceError:
        return "One of these names is not in the table. Write it as the first column has it."
    return _for_drawings(chosen["drawings"]) or _for_photos(chosen["phone"], 5e6) or _for_photos(chosen["photos"])


def _for_drawings(source) -> Hint:
    if source.tier == "bundled":
        return None
    return (
        "Drawings: the source that you name learned from photos, and it would have to be downloaded.",
        "Print the cards, and read what each source was trained on.",
    )


def _for_photos(source, most_parameters: float = float("inf")) -> Hint:
    """Whether `source` has the highest top-1 of those small enough whose licence is stated."""
    from tlteach.sources import SOURCES

    setting = "Photos" if most_parameters == float("inf") else "Phone"
    if source.top1 is None:
        return f"{setting}: this source has learned from drawings, and these are photos."
    if source.parameters > most_parameters:
        return f"{setting}: this source has too many parameters. Look at the second column first."
    if not _licence_is_stated(source):
        return (
            f"{setting}: may you use these weights? Read the last column.",
            "Where no licence of the weights is stated, you would have to guess what you may do with them.",
        )
    rivals = [s for s in SOURCES.values() if s.top1 and s.parameters <= most_parameters and _licence_is_stated(s)]
    if source.top1 < max(rival.top1 for rival in rivals):
        return f"{setting}: this source would do, and another one that would do has a higher top-1."
    return None


def _licence_is_stated(source) -> bool:
    return not source.licence.startswith("not stated")


@lesson.exercise(
    "c", takes="a dictionary of words", praise="The later the layer, the fewer places it has, and the more it sums up."
)
def depth_of_feature_maps(answer: dict) -> Hint:
    """Which row of maps is from an early, a middle and a late layer: {"early": ..., "middle": ..., "late": ...}."""
    truth = {"early": "c", "middle": "a", "late": "b"}
    if set(answer) != set(truth):
        return 'Keep the three keys "early", "middle" and "late".'
    if set(answer.values()) != set(truth.values()):
        return "Each row has a letter, written over it. Use each letter once."
    if answer == truth:
        return None
    if answer["early"] == truth["late"] and answer["late"] == truth["early"]:
        return "You have it the wrong way round. Does a network begin with fine detail, or end with it?"
    if answer["early"] == truth["early"]:
        return "The first one is right. Of the other two, which one has fewer and larger squares?"
    if answer["late"] == truth["late"]:
        return "The last one is right. Of the other two, in which one can you still see single lines of the animal?"
    return (
        "Count the squares along one side of a map. How do they change from layer to layer?",
        "Every stride of 2 halves the places along each side. An early layer has seen few of them.",
    )


@lesson.exercise(
    "d", takes="a number", praise="The mean log probability of the true class, seen through the source's own classes."
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
        "Go through the code line by line: first the joint table, of 2 rows and 2 columns. What is its sum?",
        "The joint table sums to 1. Then divide each of its columns by its sum, and look at the true classes.",
    )


@lesson.exercise(
    "e", takes="a number", praise="The share of the whitened features' variance that lies between the classes."
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
    "f", takes="a dictionary of words", praise="The interval decides and not the middle: does it lie on one side of 0?"
)
def reading_a_trial(answer: dict) -> Hint:
    """What the made-up trial shows of the scores A, B and C: "orders", "reverses" or "unclear"."""
    truth = {"a": "unclear", "b": "orders", "c": "reverses"}
    if set(answer) != set(truth):
        return 'Keep the three keys "A", "B" and "C".'
    if not set(answer.values()) <= set(truth.values()):
        return "Use the three words that the exercise gives."
    if answer == truth:
        return None
    if answer["a"] == truth["b"]:
        return (
            "A has the highest number, and the widest interval. What else could its true correlation be?",
            "Look whether 0 lies inside the interval of A.",
        )
    if answer["a"] == truth["c"]:
        return "The middle of A is above 0. That word is for one whose whole interval is below."
    if answer["b"] != truth["b"]:
        return "B has a smaller number than A. But on which side of 0 is all of its interval?"
    if answer["c"] == truth["a"]:
        return "The interval of C does not hold 0. So the trial says something. What?"
    return "C is below 0 from end to end. Would you take the source that it likes best?"


lesson.prediction("1", "How many per cent of the weights of one 5 x 5 convolution do two 3 x 3 ones need?", "%")
lesson.prediction("2", "How accurate will a head on random weights be, from 0 to 1?", "accuracy")
lesson.prediction("3", "On how many targets does LogME choose within one point of the best?", "targets")

lesson.question(
    "q1",
    "Which idea made it possible to train networks of more than a hundred layers?",
    wrong(
        "3 x 3 filters only",
        "They made networks deeper at the same cost. But VGG stopped at 19 layers: deeper ones were hard to train.",
    ),
    right(
        "skip connections",
        "A block adds something to what it gets. One that has learned nothing yet passes its input on, so that more "
        "layers need not do harm.",
    ),
    wrong(
        "depthwise separable convolutions",
        "They make a layer cheap. That is why they are in networks for phones.",
    ),
    wrong(
        "compound scaling",
        "It says how to share out a larger budget among depth, width and picture size. It came later.",
    ),
)

lesson.question(
    "q2",
    "You have a base without the head that it was trained with. Which score can you not compute?",
    wrong("LogME", "It needs the features and the labels. A base gives features."),
    wrong("H-score", "It compares two covariances of the features. A base gives features."),
    right("LEEP", "It asks what the source's own classes say of your pictures, and the head that says it is gone."),
)

lesson.question(
    "q3",
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
    "q4",
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
