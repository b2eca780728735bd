"""Lesson 14, one after the other: a stage between, and what is forgotten on the way."""

from __future__ import annotations

from tlteach.course.lessons import Hint, Lesson, helps_or_hurts, right, wrong

lesson = Lesson("14", "One after the other")

POINTS = 0.03  # of exercise a: what helps or hurts
BEGAN, WANTED, STRENGTH, FISHER = 1.0, 3.0, 2.0, 2.0  # of exercise b
APART = 4  # of exercise c: how many times a strength may be the one below it
TABLE = ((0.90,), (0.70, 0.80), (0.60, 0.75, 0.90))  # of exercise d: accuracies after each of three tasks


@lesson.exercise(
    "a", takes="what you found", praise="You have measured it at a number of labels of your own, against its control."
)
def what_a_stage_between_does(found: dict) -> Hint:
    """Whether the stage in sketches helps or hurts by POINTS, at a number of labels that the record does not have.

    Measured is {"labels": n, "direct": accuracy, "species as sketches": accuracy, ...}.
    """
    said, measured = found["said"], found["measured"]
    if not 10 <= measured["labels"] <= 160 or measured["labels"] in (20, 40, 100) or measured["labels"] % 2:
        return "Take an even number from 10 to 160 that the record does not have."
    return helps_or_hurts(
        said,
        round(measured["species as sketches"] - measured["direct"], 6),
        POINTS,
        "the way over sketches minus the direct one",
    )


def _resting(factor: float) -> float:
    """Where (w - WANTED)^2 + factor (w - BEGAN)^2 is smallest."""
    return (WANTED + factor * BEGAN) / (1 + factor)


@lesson.exercise(
    "b", takes="a number", praise="A weight that mattered stays nearer to where it was; that is all that EWC does."
)
def where_the_weight_rests(answer: float) -> Hint:
    """The minimum of (w - 3)^2 + 2 / 2 * 2 (w - 1)^2, which is 5 / 3."""
    if abs(answer - _resting(STRENGTH * FISHER / 2)) < 0.01:
        return None
    if abs(answer - WANTED) < 0.01:
        return "That is what the new task alone wants. The spring pulls back."
    if abs(answer - BEGAN) < 0.01:
        return "That is where it began. The new task pulls, too."
    if abs(answer - _resting(STRENGTH / 2)) < 0.01:
        return "That is where L2-SP ends. EWC multiplies by how much the weight mattered."
    if abs(answer - _resting(STRENGTH * FISHER)) < 0.01:
        return "Look at the formula once more: you have left out the half."
    if not BEGAN < answer < WANTED:
        return "It must end between where it began and what the new task wants: two springs pull at it."
    return (
        "Write down the whole loss as a function of w. Where is its slope zero?",
        "The slope of the first term is 2 (w - 3). That of the second has the strength, the Fisher value and w - 1.",
    )


@lesson.exercise(
    "c", takes="what you found", praise="One knob moves you from forgetting to standing still; you chose a place on it."
)
def where_half_is_kept(found: dict) -> Hint:
    """The smallest measured strength at which at most half of what the naive way forgets is forgotten.

    Measured is {strength: (accuracy on the first task, on the second)}, and "before" and "naive": on the first task.
    """
    said, ends = found["said"], ("before", "naive")
    measured = {float(key): row for key, row in found["measured"].items() if key not in ends}
    half = sum(found["measured"][end] for end in ends) / 2
    if isinstance(said, str):
        return "Say the strength as a number."
    reached = {strength: bool(row[0] >= half) for strength, row in measured.items()}
    if not any(reached.values()):
        return "At none of your strengths is half of it kept. Pull more strongly."
    first = min(strength for strength, is_reached in reached.items() if is_reached)
    below = [strength for strength in reached if strength < first]
    if not below:
        return "At all your strengths half of it is kept already. Try one that pulls less."
    if first > APART * max(below) * (1 + 1e-9):
        return f"Between {max(below):g} and {first:g} you have not looked. Go on by a factor of {APART} at most."
    if abs(said - first) < 1e-6 * first:
        return None
    if said not in reached:
        return "You have not measured the strength that you say. Put it into the list, and run the cell again."
    if not reached[said]:
        return "At that strength more than half is forgotten. Compare the first column with the half."
    return "At that strength it is true, but you have measured a smaller one at which it is true as well."


@lesson.exercise(
    "d", takes="a number", praise="This number is what papers on continual learning report, beside the mean accuracy."
)
def average_forgetting(answer: float) -> Hint:
    """In points: the mean over all tasks but the last of how far each fell from when it was learned to the end."""
    fell = [100 * (TABLE[task][task] - TABLE[-1][task]) for task in range(len(TABLE) - 1)]
    if abs(answer - sum(fell) / len(fell)) < 0.05:
        return None
    if abs(answer - sum(fell) / len(fell) / 100) < 0.0005:
        return "The size is right. The question is for points: 1 point is a hundredth."
    if abs(answer - sum(fell)) < 0.05:
        return "That is the sum over the tasks. What is it on average?"
    if abs(answer - sum(fell) / len(TABLE)) < 0.05:
        return "The last task has had no time to be forgotten: leave it out of the mean."
    if abs(answer - fell[0]) < 0.05 or abs(answer - fell[1]) < 0.05:
        return "That is what one of the tasks lost. Two have been followed by another."
    if abs(answer - 75) < 0.05:
        return "That is the mean accuracy at the end. How far did each task fall from when it was learned?"
    if answer < 0:
        return "Forgetting counts as positive: before minus after."
    return (
        "For each task but the last, take its accuracy when it was learned, and what is left of it in the last row.",
        "The first task stands in the first column, the second task in the second. Two differences, and their mean.",
    )


@lesson.exercise("e", takes="a dictionary of words", praise="What you may keep decides as much as what works best.")
def which_cure(answer: dict) -> Hint:
    """Three cases, and what the lesson's record speaks for in each."""
    if set(answer) != {"a", "b", "c"}:
        return "Keep the three letters, each with one word."
    answer = {letter: word.strip().lower() for letter, word in answer.items()}
    if not set(answer.values()) <= {"lwf", "ewc", "replay"}:
        return 'The words are "LwF", "EWC" and "replay".'
    if answer["b"] != "replay":
        return "B: everything is allowed here. What was good in both sequences of the record?"
    if answer["a"] == "replay":
        return "A: no old picture may be kept, so none can be shown again."
    if answer["a"] == "ewc":
        return "A: the new pictures are like the old ones. Whose answers on new inputs can then be relied on?"
    if answer["c"] == "replay":
        return "C: the pictures are gone. What was computed from them before?"
    if answer["c"] == "lwf":
        return "C: what would the old model say of pictures that look like nothing it knows?"
    return None


lesson.prediction("1", "How accurate is it by way of the same species by day, from 0 to 1?", "accuracy")
lesson.prediction(
    "2", "How accurate is the first answer, the species, after coats were learned, from 0 to 1?", "accuracy"
)

lesson.question(
    "q1",
    "The stage by day had as many pictures, as many labels and as many epochs. Why was it run at all?",
    wrong(
        "to have a second chance of a gain",
        "Then the better of two would be reported, and that flatters. It was run to be equal.",
    ),
    right(
        "to see whether the sketches help, or any further training does",
        "Only what differs between the two stages can explain that their ends differ: the style.",
    ),
    wrong(
        "because more data is always better",
        "It was no better. More pictures of the kind that the base knows already taught it nothing new.",
    ),
)

lesson.question(
    "q2",
    "LwF is a good cure when the question changes, and a poor one when the light does. Why?",
    wrong(
        "its strength was chosen badly",
        "It was the same for both. What differs is what the old model is asked about.",
    ),
    right(
        "in new light, the old model's answers on the new inputs are mostly wrong",
        "They are kept all the same. They say little about pictures by day, and they contradict the new labels.",
    ),
    wrong(
        "with one head, LwF cannot be computed",
        "It can: the one head gives both answers. They disagree.",
    ),
)

lesson.question(
    "q3",
    "For one weight, the Fisher information is 0. What does EWC do with that weight?",
    wrong(
        "it freezes it",
        "The other way round: what mattered a lot is held.",
    ),
    wrong(
        "it pulls it to 0",
        "Weight decay would. EWC pulls to where the weight was, or not at all.",
    ),
    right(
        "it lets it go wherever the new task wants",
        "The old answers did not change with it, so nothing is lost. At least near where it was.",
    ),
)
