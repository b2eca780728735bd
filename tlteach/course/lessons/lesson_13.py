"""Lesson 13, few, one and no pictures: prototypes, episodes, attributes, sentences."""

from __future__ import annotations

import numpy as np

from tlteach.core.files import bundled
from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("13", "Few, one and no pictures")

MOST = 6.0  # what a unit of the base gives at most, so also the mean over all places

COMPOSED = {
    "giraffe": ("deer", {"horns": "straight", "nose": "holes", "muzzle": 0.8, "tail": "tuft", "face_height": 1.15}),
    "zebra": ("horse", {"pattern": "stripes", "mane": "crest", "ears": ("leaf",)}),
    "leopard": ("lion", {"mane": "none", "pattern": "spots", "nose": "button", "tail": "long"}),
    "panda": ("bear", {"mask": "bandit", "pattern": "patch"}),
    "moose": ("deer", {"nose": "broad", "muzzle": 0.95, "beard": True, "pattern": "plain"}),
    "chick": ("owl", {"ears": ("side",), "ear_size": 0.1, "eye_size": 0.12, "pattern": "plain"}),
}
"""Animals told by others: what they start from, and what has to be changed."""

DESCRIPTIONS = {
    "questions": {
        "person": [
            "Who did it? Which people were there?",
            "The question asks for a person or a group of people.",
            "Name the man, the woman or the team.",
        ],
        "place": [
            "Where is it? In which place, town or room?",
            "The question asks for a place.",
            "Tell me the spot, the country or the building.",
        ],
        "time": [
            "When does it happen? How long does it take?",
            "The question asks for a time, a date or a duration.",
            "Tell me the day, the hour, the year.",
        ],
        "number": [
            "How many are there? How much does it cost?",
            "The question asks for a number, a price, a size or an age.",
            "Tell me the amount, the figure, the percentage.",
        ],
        "reason": [
            "Why did it happen? What is the cause?",
            "The question asks for a reason, a motive or a purpose.",
            "Explain what for, because of what.",
        ],
        "way": [
            "How do I do it? What are the steps?",
            "The question asks for a way, a method or a procedure.",
            "Show me how to, give me a trick or instructions.",
        ],
    },
    "film_reviews": {
        "negative": [
            "I hated this film. It was boring, dull and badly made.",
            "A bad review: the writer is disappointed.",
            "A waste of time, do not watch it.",
        ],
        "positive": [
            "I loved this film. It was moving, funny and well made.",
            "A good review: the writer is delighted.",
            "A joy from start to end, do watch it.",
        ],
    },
}
"""Three sentences for each class, written without a look at the test texts."""


def packed(features: np.ndarray) -> np.ndarray:
    """Features from 0 to MOST as bytes: roots, so that small ones keep their differences."""
    return np.round(255 * np.sqrt(np.clip(features, 0, MOST) / MOST)).astype("uint8")


def unpacked(stored: np.ndarray) -> np.ndarray:
    """What `packed` has packed."""
    return (MOST * np.square(stored / 255)).astype("float32")


def kept() -> dict[str, np.ndarray]:
    """Features of drawings, and vectors of sentences, as `python benchmarks/few_shot.py --only kept` wrote them."""
    with np.load(bundled("comparisons/few_shot.npz")) as arrays:
        return {name: unpacked(array) if array.dtype == "uint8" else array for name, array in arrays.items()}


BELOW, HALF, POINTS = 0.68, 0.5, 8  # of the exercises b, d and e
CHANCE = 1 / 14


@lesson.exercise(
    "a", takes="a number", praise="Square each difference, add them up: no root, and no nearest neighbour."
)
def to_the_prototype(answer: float) -> Hint:
    """The squared distance of (4.5, 1) to the mean of (1, 3) and (3, 1): 7.25."""
    examples, query = np.array([(1, 3), (3, 1)]), np.array([4.5, 1])
    each = np.square(examples - query).sum(axis=1)
    found = np.square(examples.mean(axis=0) - query).sum()
    if abs(answer - found) < 0.01:
        return None
    if abs(answer - np.sqrt(found)) < 0.01:
        return "You have taken the root. The score is the squared distance, with a minus before it."
    if abs(answer - each.mean()) < 0.01:
        return "That is the mean of two squared distances. First the mean of the examples, then one distance."
    if abs(answer - each.min()) < 0.01:
        return "That is the distance to the nearest example. The prototype is the mean of both."
    if abs(answer + found) < 0.01:
        return "That is the score. The squared distance itself has no minus."
    return (
        "Take the mean of the two examples first, number by number. It is a point of the plane.",
        "Then subtract it from the query, square both differences, and add them up.",
    )


@lesson.exercise(
    "b",
    takes="what you found",
    praise="With more ways, more classes can be mistaken for it. A paper without ways and shots says nothing.",
)
def where_ways_end(found: dict) -> Hint:
    """The smallest number of ways at which one shot has less than BELOW. Measured is {ways: mean accuracy}."""
    said, measured = found["said"], {int(ways): float(value) for ways, value in found["measured"].items()}
    if isinstance(said, str):
        return "Say the number of ways as a number."
    below = [ways for ways, value in measured.items() if value < BELOW]
    if not below:
        return "None of your ways is below 0.68 yet. Let more classes take part; there are 14."
    first = min(below)
    if first - 1 not in measured:
        return f"You have not looked at {first - 1} ways, one fewer. Is it above there?"
    if abs(said - first) < 1e-6:
        return None
    if said not in measured:
        return "You say a number of ways that you have not measured. Put it into the list, and run the cell again."
    if said < first:
        return "At that number of ways the accuracy is 0.68 or more. Compare the lines once more."
    return "It is below 0.68 there. But you have measured a smaller number of ways, and it is below there as well."


@lesson.exercise(
    "c", takes="a number", praise="Near one in fourteen: the attributes do the work, and not the classifier's habits."
)
def mixed_up(answer: float) -> Hint:
    """Mean accuracy with the columns of the scores mixed up, often: near CHANCE."""
    if 0.05 <= answer <= 0.095:
        return None
    if 5 <= answer <= 9.5:
        return "The size is right. Give a share, from 0 to 1, and no percent."
    if answer > 0.2:
        return "That is as high as with the true descriptions. Are the columns still in their places?"
    if answer <= 0.02 or 0.095 < answer <= 0.2:
        return "That may be one draw. Mix up many times, and take the mean."
    return (
        "Mix up the columns of `scores`, so that each species has the description of another one.",
        "scores[:, random.permutation(14)] does it once. Count how many are right, repeat, and take the mean.",
    )


@lesson.exercise(
    "d",
    takes="what you found",
    praise="You have told a giraffe to somebody who never saw one, in the parts of an animal that they know.",
)
def tell_a_giraffe(found: dict) -> Hint:
    """How many parts of another animal were changed until HALF of the giraffes are found.

    Measured is {"start": species, "parts": names of the parts, "share": of the giraffes that are found}.
    """
    said, measured = found["said"], found["measured"]
    parts, share = list(measured["parts"]), float(measured["share"])
    if measured["start"] == "giraffe":
        return "You begin with a giraffe. Begin with an animal that the base knows."
    if share < HALF:
        return (
            "Fewer than half of the giraffes are found. Look at the pictures above: what do they have on the head?",
            "Compare menagerie.SPECIES['giraffe'] with the animal that you start from, part by part.",
        )
    if isinstance(said, str) or said != len(parts):
        return "Count the parts that you have changed: that is what is asked for."
    return None


@lesson.exercise(
    "e",
    takes="what you found",
    praise="Not one label was used. The sentences are the training set now, so write them with care.",
)
def own_words(found: dict) -> Hint:
    """By how many points own sentences beat bare words: POINTS at least.

    Measured is {"bare words": accuracy, "yours": accuracy, "sentences": how many}.
    """
    said, measured = found["said"], found["measured"]
    gain = 100 * (measured["yours"] - measured["bare words"])
    if measured["sentences"] < 6:
        return "There are six kinds of questions. Give each of them a sentence at least."
    if gain < POINTS:
        return (
            "Your sentences are less than 8 points above the bare words. Write what such questions sound like.",
            "Several sentences for a kind help: one may name what is asked for, another may ask for it.",
        )
    if isinstance(said, str):
        return "Say the points as a number."
    if abs(said - gain) < 0.6:
        return None
    if abs(said - gain / 100) < 0.006:
        return "The size is right. A point is a hundredth: say points."
    return "Subtract the accuracy with bare words from yours, and say it in points."


lesson.prediction("1", "Five new animals, one picture of each: how accurate is it, from 0 to 1?", "accuracy")
lesson.prediction("2", "Cat or dog, without one picture of either: how accurate is it, from 0 to 1?", "accuracy")

lesson.question(
    "q1",
    "You meta-train on photos by day. Your new classes come as sketches. What do you do?",
    wrong(
        "train for more episodes", "More episodes of daylight teach daylight. What is asked for never comes up in them."
    ),
    right(
        "put sketches of known classes into the episodes",
        "Meta-training learns what its episodes ask for. Then they ask for what you will need.",
    ),
    wrong("take more ways in each episode", "That makes each episode harder, and leaves all of them by day."),
)

lesson.question(
    "q2",
    "A zero-shot model has 0.92 on known classes and 0.05 on new ones. What does it do?",
    wrong(
        "it has not learned the attributes", "Among the new classes alone it found many. Something else decides here."
    ),
    right(
        "it takes most new animals for known ones",
        "It was trained to give known classes high scores. Calibration takes that advantage back.",
    ),
    wrong(
        "it is 0.49 accurate, the mean of both",
        "A mean hides that one half fails. The harmonic mean would be near 0.1.",
    ),
)

lesson.question(
    "q3",
    "You want to find a species in your photos of which you have not one picture. What matters most?",
    wrong(
        "very many pictures of the few species that you have",
        "More pictures of the same animals show the same attributes together.",
    ),
    wrong("a longer training of the classifier", "It can only learn what its classes tell apart."),
    right(
        "many different described classes, be it with few pictures",
        "Each class shows its attributes in a new combination. So what is what can be told.",
    ),
)
