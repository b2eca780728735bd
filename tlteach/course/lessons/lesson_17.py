"""Lesson 17, cost and carbon: joules, grams of CO2, how they are known, and when transfer has paid."""

from __future__ import annotations

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("17", "Cost and carbon")

GRIDS = {"Sweden": 41, "France": 56, "Italy": 331, "United States": 369, "Poland": 662, "India": 713}
"""Grams of CO2 for a kilowatt hour in 2023, rounded, as codecarbon 3.3 has them from Our World in Data."""

WATTS, CORES, BUSY = 30, 2, 40  # of the exercise a: of the whole processor, and seconds of one core
KILOJOULES = 540  # of b
BEFORE, FROM_SCRATCH, WITH_TRANSFER = 90_000, 800, 50  # joules, of d
NEAR = 0.05  # of c: what a smaller picture may cost in accuracy


@lesson.exercise("a", takes="a number", praise="Watts of the cores that work, times the seconds they work.")
def rated(answer: float) -> Hint:
    """WATTS for CORES cores, one of them busy for BUSY seconds: 600 joules."""
    found = WATTS / CORES * BUSY
    if abs(answer - found) < 1:
        return None
    if abs(answer - WATTS * BUSY) < 1:
        return "That is the whole processor at work. Only one of its two cores was."
    if abs(answer - found / 3.6e6) < 1e-6:
        return "These are kilowatt hours. Joules were asked for: watts times seconds."
    if abs(answer - WATTS / CORES) < 0.1:
        return "That is the power of one core, in watts. For how many seconds did it work?"
    return (
        "First the watts of one core, then the seconds that it worked.",
        "A watt is a joule a second: multiply.",
    )


@lesson.exercise(
    "b", takes="a number", praise="The energy is the same in both. Where it is taken makes the difference."
)
def grams(answer: float) -> Hint:
    """KILOJOULES in Poland and in Sweden: how many more grams of CO2 in Poland: 93.15."""
    hours = KILOJOULES / 3600
    found = hours * (GRIDS["Poland"] - GRIDS["Sweden"])
    if abs(answer - found) < 0.2:
        return None
    if abs(answer + found) < 0.2:
        return "The size is right. More in Poland: take Sweden from Poland."
    if abs(answer - hours * GRIDS["Poland"]) < 0.2:
        return "That is all of it in Poland. How much is more than in Sweden?"
    if abs(answer - found / 1000) < 2e-4:
        return "These are kilograms. Grams were asked for."
    if abs(answer - KILOJOULES * (GRIDS["Poland"] - GRIDS["Sweden"])) < 10:
        return "A kilojoule is no kilowatt hour: there are 3,600 of them in one."
    return (
        "Turn kilojoules into kilowatt hours first: a kilowatt hour is 3,600 of them.",
        "Then multiply by the grams of each country, and subtract.",
    )


@lesson.exercise(
    "c",
    takes="what you found",
    praise="Accuracy falls, and the seconds do not: with so few pictures, it is not the pixels that cost. "
    "Measure first.",
)
def small_pictures(found: dict) -> Hint:
    """The smallest size within NEAR of the accuracy at 96 px. Measured is {size: {"accuracy": ..., "seconds": ...}}."""
    said, measured = found["said"], {int(size): values for size, values in found["measured"].items()}
    if isinstance(said, str):
        return "Say the size in pixels, as a number."
    if 96 not in measured:
        return "Leave 96 in the list: it is what the others are compared with."
    if len(measured) < 3:
        return "Try more sizes: at least three, 96 among them, each a multiple of 16 from 32 on."
    best = measured[96]["accuracy"]
    near = [size for size, values in measured.items() if values["accuracy"] >= best - NEAR]
    if said not in measured:
        return "You say a size that you have not measured. Put it into the list, and run the cell again."
    if min(near) - 16 >= 32 and min(near) - 16 not in measured:
        return "A size 16 pixels smaller than your best was not tried. Is it still near enough?"
    if said == min(near):
        return None
    if said in near:
        return "That size is near enough. But a smaller one in your list is, too."
    return "At that size, more than 0.05 of the accuracy at 96 pixels is lost. Compare the lines once more."


@lesson.exercise(
    "d", takes="a number", praise="Before that number, pre-training was a loan. Who shares a base shares the loan."
)
def break_even(answer: float) -> Hint:
    """Tasks until BEFORE joules are saved, at FROM_SCRATCH minus WITH_TRANSFER each: 120."""
    found = BEFORE / (FROM_SCRATCH - WITH_TRANSFER)
    if abs(answer - found) < 0.01:
        return None
    if abs(answer - BEFORE / FROM_SCRATCH) < 0.01:
        return "Transfer is not free: each task still takes its own joules. What is saved is less."
    if abs(answer - BEFORE / WITH_TRANSFER) < 0.01:
        return "Divide by what a task saves, and not by what it takes."
    if abs(answer - BEFORE / (FROM_SCRATCH + WITH_TRANSFER)) < 0.01:
        return "You have added the two. What does one task save?"
    return (
        "What does one task save, when it is learned with transfer and not from scratch?",
        "As often as that must be saved to make up for pre-training.",
    )


lesson.prediction("1", "Ten epochs of a head: how many times the processor time, if no features are kept?", "times")
lesson.prediction("2", "After how many tasks has pre-training been paid back?", "tasks")

lesson.question(
    "q1",
    "An empty run reads 0.1 to 0.5 joules. One setting takes 20.2 joules, another 20.4. What do you say?",
    wrong("the first is better, by one in a hundred", "A meter that reads half a joule for nothing cannot tell this."),
    right(
        "the meter shows no difference",
        "0.2 joules is less than an empty run's spread. Repeat both often, or measure something longer.",
    ),
    wrong(
        "the first is better, if the numbers are printed with more digits",
        "More digits are easy to print. They do not come from the processor.",
    ),
)

lesson.question(
    "q2",
    "GPT-3 took three times the energy of BLOOM, and gave off twenty-two times the CO2. Why?",
    wrong("its processors were hotter", "Heat is the energy itself, and that is three times as much, no more."),
    right(
        "its electricity came in good part from coal and gas, BLOOM's mostly from nuclear power",
        "A kilowatt hour gave off some 430 grams there, and 57 grams in France.",
    ),
    wrong("it has more parameters", "Both have about 175 billion. And parameters take energy; they give off nothing."),
)

lesson.question(
    "q3",
    "You now train a head in a tenth of the energy. At the end of the month, your meter reads more than before. Why?",
    wrong("the meter must be wrong", "It may well be right. Count the trainings as well."),
    wrong(
        "kept features hide the energy elsewhere",
        "They are computed once, and that is in the meter. There are fewer computations, not hidden ones.",
    ),
    right(
        "training became cheap, so you tried many more settings",
        "This is called rebound. Joules a training go down, and trainings go up.",
    ),
)
