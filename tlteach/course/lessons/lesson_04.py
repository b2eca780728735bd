"""Lesson 04, choosing a source: counting, reading cards, and whether a farther domain is a harder one."""

from __future__ import annotations

import itertools

from tlteach.core.errors import SourceError
from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("04", "Choosing a source")
STYLES = ("daylight", "fog", "night", "sketch")  # that exercise c tries


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
    "c",
    takes="what you found",
    praise="A distance tells whether two domains differ. How hard the other one is, you measured with labels.",
)
def farther_is_harder(found: dict) -> Hint:
    """Whether, of any two styles, the farther one has the lower accuracy: "always" or "not always".

    Measured is, by style, its distance from the source's drawings and the accuracy of a new head on it.
    """
    said, measured = found["said"], dict(found["measured"])
    if missing := [style for style in STYLES if style not in measured]:
        return (
            f"Not measured yet: {', '.join(missing)}. Call try_style, and keep what it returns under the style's name."
        )
    pairs = {style: tuple(map(float, measured[style])) for style in STYLES}
    if not all(len(pair) == 2 and 0 <= pair[1] <= 1 for pair in pairs.values()):
        return "Keep what try_style returns as it is: a distance, and an accuracy from 0 to 1."
    if said not in ("always", "not always"):
        return "Say one of the two: always, or not always."
    against = [
        (farther, nearer)
        for nearer, farther in itertools.permutations(STYLES, 2)
        if pairs[farther][0] > pairs[nearer][0] and pairs[farther][1] > pairs[nearer][1]
    ]
    if against and said == "always":
        return (
            "Two of your styles contradict that. Put the four in the order of their distance, and read the accuracies.",
            f"Compare {against[0][0]} with {against[0][1]}, in both numbers.",
        )
    if not against and said == "not always":
        return "In your numbers, no style is both farther and easier than another. Say what you measured."
    return None


lesson.prediction("1", "How many per cent of the weights of one 5 x 5 convolution do two 3 x 3 ones need?", "%")
lesson.prediction("2", "How many per cent of the time of VGG16 does MobileNetV2 take for one picture?", "%")

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
    "In your notebook, a network is right on 95 % of the photos. In your app it says the same class for every photo, "
    "with the same weights. What do you look at first?",
    wrong("the learning rate", "In the app nothing is trained. The same weights give other answers."),
    right(
        "what happens to the pixels before they reach the network",
        "Other numbers reach it there: another range, another order of colours, another size. Nothing gives an error.",
    ),
    wrong(
        "the top-1 accuracy of its card", "The card is the same in both places, and the notebook shows what it can do."
    ),
    wrong("the number of its parameters", "The same parameters did well in the notebook."),
)
