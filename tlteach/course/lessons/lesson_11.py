"""Lesson 11, many tasks at once: partners that help and harm, weights for losses, and what sharing cannot buy."""

from __future__ import annotations

from tlteach.course.lessons import Hint, Lesson, helps_or_hurts, right, wrong

lesson = Lesson("11", "Many tasks at once")

ALL, FEW = 3600, 60  # pictures and labels of exercise a
POINTS = 0.02  # of exercise b: what helps or hurts
RECORDED = ({"ears", "muzzle", "face_width"}, {"background", "coat"})  # whose answer stands in the lesson
PLACE, GUESSING = 2500.0, 1.79  # of exercise c: the two losses before training
HARM = 0.03  # of exercise d: what a partner may cost
LOSS = 0.005  # of exercise e


@lesson.exercise("a", takes="a number", praise="Few labels with a large weight count as much as many with a small one.")
def weight_of_a_label(answer: float) -> Hint:
    """ALL / FEW."""
    if abs(answer - ALL / FEW) < 0.01:
        return None
    if abs(answer - FEW / ALL) < 0.001:
        return "Your fraction is upside down: that is the share of pictures with a label."
    if abs(answer - 1) < 0.01:
        return "Then the mean over all pictures would be far below 1, since most of them have the weight 0."
    if abs(answer - ALL / (ALL - FEW)) < 0.005:
        return "That divides by the pictures *without* a label. Who has to make up for them?"
    return (
        "The sum of all weights has to be the number of pictures. How many share it?",
        "Most pictures weigh 0. The others weigh the same, and their weights add up to the number of all pictures.",
    )


def gain_of(measured: dict) -> float:
    """Mean with the partners minus the mean alone."""
    return round(measured["with partners"] - measured["alone"], 6)


@lesson.exercise(
    "b", takes="what you found", praise="That is how partners are chosen: by trying, on pictures that are not the test."
)
def what_partners_do(found: dict) -> Hint:
    """Whether partners of the learner's own help or hurt by POINTS.

    Measured is {"partners": names, "alone": accuracy, "with partners": accuracy}.
    """
    said, measured = found["said"], found["measured"]
    partners = set(measured["partners"])
    if not partners or partners in RECORDED:
        return "Choose partners of your own: other ones than the two sets that the lesson has measured."
    if "species" in partners:
        return "The species are the task. Choose its partners among the others."
    return helps_or_hurts(said, gain_of(measured), POINTS, "the accuracy with partners minus the one alone")


@lesson.exercise(
    "c",
    takes="a number",
    praise="The sum of the losses hears one voice. That is a choice of units, and nobody made it.",
)
def how_much_louder(answer: float) -> Hint:
    """PLACE / GUESSING."""
    if abs(answer - PLACE / GUESSING) < 10:
        return None
    if abs(answer - GUESSING / PLACE) < 1e-4:
        return "Your fraction is upside down: the place has the larger loss."
    if abs(answer - PLACE) < 1:
        return "That is the loss of the place. How many times the other loss is it?"
    if abs(answer - PLACE + GUESSING) < 1:
        return "You subtracted. How many *times* as large is it?"
    if abs(answer - 50 / GUESSING) < 1 or abs(answer - 50) < 0.1:
        return "Squared error: the distance of 50 pixels is squared before it is a loss."
    return (
        "First the loss of the place: the square of 50. Then divide.",
        "A squared distance over a cross-entropy. It is more than a thousand.",
    )


@lesson.exercise(
    "d",
    takes="what you found",
    praise="One number repairs what came from the units. To standardise the target does it without a search.",
)
def weight_for_pixels(found: dict) -> Hint:
    """The largest of the measured weights, in powers of ten, at which the place costs the species less than HARM.

    Measured is {"alone": accuracy, "weights": {weight: accuracy}}.
    """
    said, measured = found["said"], found["measured"]
    harmless = {float(w): bool(measured["alone"] - a < HARM) for w, a in measured["weights"].items()}
    if isinstance(said, str):
        return "Say the weight as a number."
    if not any(harmless.values()):
        return "At each of your weights the place still costs 3 points or more. Go to smaller ones."
    largest = max(weight for weight, is_harmless in harmless.items() if is_harmless)
    above = [weight for weight in harmless if weight > largest]
    if not above:
        return "At your largest weight nothing is lost yet. Measure a larger one: where does the harm begin?"
    if min(above) / largest > 10.01:
        return "Between the largest harmless weight and the next one is more than a factor of ten. Look between them."
    if abs(said - largest) < 1e-9:
        return None
    if said not in harmless:
        return "You have not measured the weight that you say. Put it into the list, and run the cell again."
    if not harmless[said]:
        return "At that weight the place costs 3 points or more. Compare with the accuracy alone."
    return "At that weight nothing is lost, but you have measured a larger one at which nothing is lost, either."


@lesson.exercise(
    "e",
    takes="a number",
    praise="The better a task has memorised its labels, the louder it gets: it can drown all others.",
)
def weight_that_rests(answer: float) -> Hint:
    """1 / (2 LOSS)."""
    if abs(answer - 1 / (2 * LOSS)) < 0.5:
        return None
    if abs(answer - 1 / LOSS) < 0.5:
        return "A factor is missing: s / 2 has the slope one half."
    if abs(answer - 2 * LOSS) < 1e-4:
        return "That is exp(s). The weight is exp(-s)."
    if abs(answer - LOSS / 2) < 1e-4:
        return "Look at the slope once more: exp(-s) times the loss has to be one half."
    if answer < 0:
        return "That is s itself, or its slope. The weight is exp(-s), which is above 0."
    return (
        "The slope of exp(-s) L + s / 2 by s is -exp(-s) L + 1/2. Where is it zero?",
        "exp(-s) times the loss is one half. Solve it for exp(-s), and put the loss in.",
    )


lesson.prediction("1", "How accurate are the species beside background and coat, from 0 to 1?", "accuracy")
lesson.prediction("2", "How accurate are the species beside the place in pixels, from 0 to 1?", "accuracy")

lesson.question(
    "q1",
    "You have 100,000 labels of your task. A colleague offers you labels of a related task. What do you expect?",
    wrong(
        "a large gain: related tasks help",
        "They told the trunk what your few labels could not. Many labels tell it themselves.",
    ),
    right(
        "little, and it costs a trial to see",
        "With all labels of the species, the same partners brought next to nothing.",
    ),
    wrong(
        "harm: the trunk has to be shared",
        "That depends on the partner and on the width of the trunk. It is not the rule.",
    ),
)

lesson.question(
    "q2",
    "One of five losses is in squared millimetres. What do you do first?",
    wrong(
        "take GradNorm: it balances gradients by itself",
        "It did not repair here what standardising does. First remove the cause.",
    ),
    wrong(
        "take PCGrad: it removes conflicts",
        "It removes what points the other way. A loud gradient stays loud.",
    ),
    right(
        "standardise the target: subtract its mean, divide by its spread",
        "Then all losses begin near the same size, and no weight has to be searched.",
    ),
)

lesson.question(
    "q3",
    "Before training, two tasks have gradients with a cosine near 0. Should they share a trunk?",
    wrong(
        "no: they want nothing of each other",
        "That is how the ears looked at first, and they are among the partners that helped.",
    ),
    wrong(
        "yes: they are not in conflict",
        "Background and coat were even less in conflict, and harmed.",
    ),
    right(
        "the cosine does not tell: train with it and without it",
        "It says what one step does to the other's training loss, and not what is learned for new pictures.",
    ),
)
