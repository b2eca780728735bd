"""Lesson 15, simulation to reality: a car that learns to steer, drawn digits, and how much a simulator should vary."""

from __future__ import annotations

import math

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("15", "Simulation to reality")

POINT, WHEELBASE = (6.0, 1.0), 2.6  # of exercise a, metres
NIGHT, PLAIN, SPREAD = 0.2, 1.0, 0.6  # of exercise c: the light by night, and the family's
LEVELS = 4  # that have to be measured in exercise d


@lesson.exercise(
    "a",
    takes="a number",
    praise="The formula knows where the road is. The network will have pixels only.",
)
def to_the_point(answer: float) -> Hint:
    """Degrees that pure pursuit turns the wheels by, to a point 6 m in front and 1 m to the left: 8.0."""
    x, y = POINT
    squared = x**2 + y**2

    def near(tangent: float) -> bool:
        return abs(answer - math.degrees(math.atan(tangent))) < 0.06

    if near(2 * WHEELBASE * y / squared):
        return None
    if abs(answer - math.atan(2 * WHEELBASE * y / squared)) < 0.002:
        return "The size is right, in radians. Say it in degrees."
    if near(WHEELBASE * y / squared):
        return "You have lost a factor. Look at the curvature of the arc once more."
    if near(2 * y / squared):
        return "That is the wheel angle of a car whose axles are one metre apart. Where does the wheelbase come in?"
    if near(y / x):
        return "That is the direction of the point. The car gets there on an arc, not on a line."
    if near(2 * WHEELBASE * y / math.sqrt(squared)):
        return "The distance to the point is squared in the formula."
    if answer < 0:
        return "To the left is above zero here."
    return (
        "The distance l to the point, squared, is 6 squared and 1 squared together.",
        "Put it into 2 left / l^2, multiply by the wheelbase, and take the arctangent, in degrees.",
    )


@lesson.exercise(
    "b",
    takes="what you found",
    praise="Vary first what tells simulator and reality apart. Some groups change nothing here.",
)
def one_group(found: dict) -> Hint:
    """The group of properties that helps most when it varies alone. Measured is {group: share of the drive}."""
    said, measured = found["said"], {str(name): float(share) for name, share in found["measured"].items()}
    groups = ("colours", "light", "lens", "camera", "dynamics")
    if said not in groups:
        return f"Say one of the groups: {', '.join(groups)}."
    if len(measured) < 3:
        return "Measure three groups at least. Which properties look most different in the pictures of reality?"
    if said not in measured:
        return "You say a group that you have not measured. Put it into the list, and run the cell again."
    if measured[said] < max(measured.values()):
        return "Another of your groups brings the car farther. Compare the shares once more."
    if "colours" not in measured or "light" not in measured:
        return "You have left out a group that changes nearly every pixel. Look at the pictures of reality again."
    return None


@lesson.exercise(
    "c",
    takes="a number",
    praise="From there on the family reaches the night. Whether it still learns to drive is another question.",
)
def reaches_the_night(answer: float) -> Hint:
    """The least randomness at which a light of 0.2 can be drawn: (1 - 0.2) / 0.6 = 1.33."""
    least = (PLAIN - NIGHT) / SPREAD
    if abs(answer - least) < 0.02:
        return None
    if abs(answer - NIGHT / SPREAD) < 0.02:
        return "That many spreads is the night away from darkness. How many is it away from the plain light?"
    if abs(answer - (PLAIN - NIGHT)) < 0.02:
        return "That is how far the night is from the plain light. How many spreads are that?"
    if abs(answer - PLAIN / SPREAD) < 0.02:
        return "From there on there may be no light at all. The night has a little."
    if answer < 0:
        return "Randomness is never below zero; the draws u go to both sides by themselves."
    return (
        "With the smallest draw, u is -1: then the light is plain - r * spread. When is that the light of the night?",
        "Write down the light for u = -1 as a function of r, and solve it for r.",
    )


@lesson.exercise(
    "d",
    takes="what you found",
    praise="A peak again, and in another place than the network's. How much randomness is right depends on who learns.",
)
def best_level(found: dict) -> Hint:
    """The level of drawings at which a linear model reads real digits best. Measured is {level: accuracy}."""
    said, measured = found["said"], {float(level): float(value) for level, value in found["measured"].items()}
    if isinstance(said, str):
        return "Say the level as a number."
    best = max(measured, key=measured.get)
    if len(measured) < LEVELS:
        return "Measure four levels at least: a peak has two sides."
    if said not in measured:
        return "You say a level that you have not measured. Put it into the list, and run the cell again."
    if said != best:
        return "At another of your levels more digits are read. Compare the lines once more."
    if best == min(measured):
        return "Your best level is the smallest that you measured. It may go on upwards below it: measure there."
    if best == max(measured):
        return "Your best level is the largest that you measured. It may go on upwards beyond it: measure there."
    return None


@lesson.exercise(
    "e",
    takes="a dictionary of words",
    praise="First see where it fails: at home, or only abroad.",
)
def what_next(answer: dict) -> Hint:
    """Three cases: vary more, vary less, label a few."""
    if set(answer) != {"a", "b", "c"}:
        return "Keep the three letters, each with one answer."
    answer = {letter: word.strip().lower() for letter, word in answer.items()}
    if not set(answer.values()) <= {"more", "less", "label"}:
        return 'The answers are "more", "less" and "label".'
    if answer["a"] == "less":
        return "A: it is perfect at home. Is that a sign of too much that varies?"
    if answer["a"] == "label":
        return "A: nobody can label here. What costs nothing but a number in the simulator?"
    if answer["b"] == "more":
        return "B: it cannot even do what it was trained on. Would that grow easier?"
    if answer["b"] == "label":
        return "B: reality is not the trouble yet. Where does it fail already?"
    if answer["c"] != "label":
        return "C: the peak of the curve is behind you on both sides. What else do you have?"
    return None


lesson.prediction("1", "What share of the drive does it complete in reality, from 0 to 1?", "accuracy")
lesson.prediction("2", "And the one from the varied simulator, from 0 to 1?", "accuracy")

lesson.question(
    "q1",
    "A clone has hardly any error on frames of the driver it copied. A push, and it leaves the road. Why?",
    wrong(
        "it has learned the frames by heart",
        "Then its error would be high on other frames of the same driver. It is low there, too.",
    ),
    right(
        "it is at a place now that the driver never showed",
        "The driver stayed in the middle. What to do beside it was never recorded, and errors add up.",
    ),
    wrong("a steering is a number, and no class", "Numbers are learned as well as classes; the low error says so."),
)

lesson.question(
    "q2",
    "Why is the curve highest near randomness 1?",
    wrong(
        "1 is the best value for any simulator",
        "It counts in spreads that we chose.",
    ),
    wrong(
        "the network is too small for more than that",
        "Perhaps also that. But even a large one would find the peak near 1.",
    ),
    right(
        "reality was drawn from the same family, with randomness 1",
        "In part we built the peak in. What a real reality is drawn from, nobody knows.",
    ),
)

lesson.question(
    "q3",
    "Nobody knows how reality will look. How do you choose the randomness?",
    right(
        "by a few real drives that the training never sees",
        "A small real test set is what the choice is made on. One more judges it in the end.",
    ),
    wrong("by the drive in the simulator", "There, no randomness at all looks best: one world is the easiest."),
    wrong(
        "as large as possible, to be safe",
        "Beyond the peak the curve falls: roads look like grass.",
    ),
)
