"""Lesson 00, start here: counting a task, reading a proof."""

from __future__ import annotations

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("00", "Start here")


@lesson.exercise(
    "a",
    takes="a number",
    praise="From these you learn; the other pictures are for choosing and for judging.",
)
def pictures_to_learn_from(answer: float) -> Hint:
    """How many pictures of the bundled task cats_vs_dogs may a model learn from?"""
    cats, dogs = 200, 200
    if answer == cats + dogs:
        return None
    if answer in (cats, 250):
        return (
            "So many are of one kind in one split, or in a split of another use. The question is: to learn from.",
            "Find the column of the right split, then its last row.",
        )
    if answer == 500:
        return "These are the pictures that judge the model in the end. A model that saw them could not be judged."
    if answer in (600, 700, 900, 1100):
        return "You counted more than one split. Each split has a use of its own; which one is for learning?"
    if answer == 2:
        return "That is the number of classes. Count pictures."
    return "That number is not in the printed task. Print it again, and read the row called all."


@lesson.exercise(
    "b",
    takes="a number",
    praise="The head is one layer, and it alone learned. Everything else is as it was, to the last bit.",
)
def layers_that_learned(answer: float) -> Hint:
    """The proof says: 135 frozen weights bit-identical, 1 trainable layer moved. How many layers learned?"""
    if answer == 1:
        return None
    if answer == 135:
        return (
            "So many weights are bit-identical. Does that mean that they learned, or that they did not?",
            "What learns has moved. Look for that word in the proof.",
        )
    if answer == 0:
        return "If nothing had learned, there would be an error in place of the proof. Something moved."
    if answer == 136:
        return "You added what stood still to what moved. Only one of the two learned."
    if answer == 27:
        return (
            "These are the BatchNormalization layers. They stay in inference mode, which means that they do not learn."
        )
    if answer in (400, 200, 600):
        return "So many pictures ran through the frozen part. Pictures do not learn; look for what moved."
    return "Read the proofs of step 4 once more. One of them counts what stood still and what moved."


lesson.prediction("1", "How accurate will the first transfer be, from 0 (never right) to 1 (always)?", "accuracy")

lesson.question(
    "q1",
    "The test accuracy is printed as 0.93 (0.90 to 0.95). What are the two numbers in brackets?",
    wrong(
        "the worst and the best epoch",
        "The model is judged once, after training, and not in every epoch. Both numbers are about that judgement.",
    ),
    wrong(
        "the accuracy on cats and the accuracy on dogs",
        "Those stand in the confusion matrix. Here both numbers are about all test pictures together.",
    ),
    right(
        "what the accuracy could be on many more such pictures",
        "A few hundred pictures give the accuracy only roughly. Of such intervals, each from new test pictures, 95 in "
        "100 hold the accuracy on as many pictures as you like.",
    ),
    wrong(
        "the accuracy on the train split and on the validation split",
        "Each of these would have an interval of its own. Here both numbers are about the test split.",
    ),
)

lesson.question(
    "q2",
    "What does it mean that the base is frozen?",
    right(
        "training does not change its weights",
        "It still computes features for every picture, but its weights stay as they are, to the last bit.",
    ),
    wrong(
        "it is left out when a picture is classified",
        "Without it there would be no features, and the head would have nothing to work with.",
    ),
    wrong(
        "it gives the same features for every picture",
        "Its weights are always the same, and still every picture gives features of its own.",
    ),
)
