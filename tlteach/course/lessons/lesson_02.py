"""Lesson 02, six steps: the classic mistakes, one by one."""

from __future__ import annotations

import math

from tlteach.course.lessons import Hint, Lesson, right, wrong
from tlteach.course.lessons.hand_made import fails, normalizations, of_compiling, of_mode, of_the_base, of_the_head

lesson = Lesson("02", "Six steps: cats and dogs")

LESSONS_OWN = {"from_layer": 0.6, "learning_rate": 1e-4}
LEVEL = 0.05  # below it a difference is shown, as in evidence/verdicts.py


@lesson.exercise(
    "a", takes="a number", praise="A weight from every feature to every class, and a bias for every class."
)
def parameters_of_a_head(answer: float) -> Hint:
    """The trainable parameters of a dense head on 1,280 features and 5 classes."""
    features, classes = 1280, 5
    if answer == features * classes + classes:
        return None
    if answer == features * classes:
        return "These are the weights. A dense layer has something more.", "One more number belongs to each output."
    if answer == features + 1:
        return "This would do for one output. The head has one for every class."
    if answer in (features, features + classes):
        return "Every class looks at every feature with a weight of its own. So the two numbers are not added."
    if answer == features * classes + features:
        return "There is a bias for every output, and not for every input."
    if answer > 100_000:
        return "So large a number has the base in it. Count the head alone."
    return "Draw it: 1,280 features on the left, 5 classes on the right, a line for every weight. Then the biases."


@lesson.exercise("b", takes="a number", praise="A model that knows nothing has the loss of guessing, log(classes).")
def loss_of_guessing(answer: float) -> Hint:
    """The first cross-entropy loss of an untrained head on 10 classes."""
    if abs(answer - math.log(10)) < 0.01:
        return None
    if abs(answer - 0.1) < 1e-6:
        return (
            "That is the probability that such a model gives to the right class. The loss is made of it.",
            "The lesson did this for two classes, where that probability is 1/2.",
        )
    if abs(answer + math.log(10)) < 0.01:
        return "The size is right. Can a cross-entropy be below 0?"
    if abs(answer - math.log(2)) < 0.01:
        return "That is the loss for two classes. With more classes to choose from, guessing is harder."
    if abs(answer - 1) < 1e-6 or abs(answer - math.log2(10)) < 0.01:
        return "That logarithm has another base. Keras takes the natural one, and so does np.log."
    return (
        "Each class gets the same probability. What is the loss of one picture, when the right class gets that?",
        "Cross-entropy looks at the probability of the right class alone, and takes a logarithm.",
    )


@lesson.exercise("c", takes="a Keras model", praise="Steps 2 and 3 by hand: a frozen base, and a head that can learn.")
def frozen_base_with_head(model) -> Hint:
    """A frozen pre-trained base and a dense head for two classes, compiled with a loss that fits."""
    return of_the_head(model) or of_the_base(model) or of_compiling(model)


@lesson.exercise(
    "d", takes="what you found", praise="You changed one thing, and let the paired test say what came of it."
)
def another_fine_tuning(found: dict) -> Hint:
    """What a paired test shows of the learner's own fine-tuning beside the frozen base: better, worse or nothing."""
    measured = found["measured"]
    said = found["said"].replace("_", " ").replace("no difference", "not").replace("not not", "not")
    if not measured:
        return "Nothing is measured yet. Call fine_tune with a setting of your own, and keep what it returns."
    if (
        measured["from_layer"] == LESSONS_OWN["from_layer"]
        and measured["learning_rate"] == LESSONS_OWN["learning_rate"]
    ):
        return "These are the lesson's own settings. Change one of the two, and measure again."
    if said not in ("better", "worse", "not shown"):
        return "Say it in one of three ways: better, worse, not shown."
    shown = "not shown"
    if measured["p_value"] < LEVEL:
        shown = "better" if measured["only_second"] > measured["only_first"] else "worse"
    if said == shown:
        return None
    if shown == "not shown":
        return (
            "A difference is more than two numbers that differ. How large is the p-value of your run?",
            "The p-value is compared with 0.05. Above it you may not claim anything.",
        )
    if said == "not shown":
        return "Your p-value is small enough to say more than that."
    return "A difference is shown, but look at who is right where the other is wrong."


@lesson.exercise("e", takes="a Keras model", praise="Steps 5 and 6: the top of the base will learn, and gently.")
def fine_tuned_top(model) -> Hint:
    """A trained head, the top of its base unfrozen, compiled again at most at a tenth of the head's rate of 1e-3."""
    return _of_unfreezing(model) or _of_blocks(model) or of_compiling(model) or _of_recompiling(model)


def _of_unfreezing(model) -> Hint:
    from tlteach.engine.network import learns_in_base

    if _sleeps_as_a_whole(model):
        return (
            "Layers of the base are set to learn, but the base around them is frozen as a whole, so none of them will.",
            "A model has the same switch as its layers, and its own comes first. Turn that one on, then choose layers.",
        )
    if not learns_in_base(model):
        return (
            "All of the base is still frozen, so only the head would go on learning. That is not fine-tuning.",
            "A layer learns only if it and every model around it are trainable.",
        )
    in_base = {id(weight) for weight in learns_in_base(model)}
    if all(id(weight) in in_base for weight in model.trainable_weights):
        return "The base would learn and the head would not. Both should."
    if any(layer.trainable for layer in normalizations(model)):
        return (
            "BatchNormalization is unfrozen: in training mode a few hundred pictures would overwrite its averages.",
            "These layers stay as they were, even at the top. Find them by their type.",
        )
    return of_mode(model)


def _sleeps_as_a_whole(model) -> bool:
    """Whether a model inside is frozen, while layers in it are not: its own switch comes before theirs."""
    import keras

    inside = [layer for layer in model.layers if isinstance(layer, keras.Model) and not layer.trainable]
    return any(part.trainable and part.weights for base in inside for part in base.layers)


def _of_blocks(model) -> Hint:
    from tlteach.engine import network

    left_out = normalizations(model)
    learns = [[f.trainable for f in block.layers if f.weights and f not in left_out] for block in network.blocks(model)]
    learns = [flags for flags in learns if flags]
    if any(any(flags) and not all(flags) for flags in learns):
        return "A block is cut in two: some of its layers learn, and those that they were trained with stand still."
    if all(map(all, learns)):
        return "The whole base is unfrozen. Its first layers see edges and colours, which serve any task: leave them."
    if learns != sorted(learns, key=all):
        return "A layer that learns stands below a frozen one. Unfreeze from the top, without gaps."
    return None


def _of_recompiling(model) -> Hint:
    import keras

    from tlteach import guards

    if fails(guards.compiled_for_what_is_trainable, model):
        return (
            "The layers are unfrozen, but the optimizer does not know it: it was made for what was trainable then.",
            "Keras builds its training step anew after one certain call. It must come after unfreezing.",
        )
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    if rate > 1.001e-4:  # the rate is kept in single precision
        return (
            f"The learning rate is {rate:g}. Such steps would wash out what the base knows.",
            "Go well below the rate that trained the head: at least ten times.",
        )
    if not rate > 0:
        return "The learning rate is not above 0, so nothing would move."
    return None


SHORT = {"training": "train", "val": "validation", "valid": "validation", "testing": "test"}


@lesson.exercise("f", takes="a dictionary of words", praise="Three splits, three uses. Test is looked at once.")
def use_of_splits(answer: dict) -> Hint:
    """Which split to learn from, to choose the best epoch with, and to report: {"learn": ..., "choose": ..., ...}."""
    if set(answer) != {"learn", "choose", "report"}:
        return 'Keep the three keys "learn", "choose" and "report".'
    answer = {use: SHORT.get(split, split) for use, split in answer.items()}
    if not set(answer.values()) <= {"train", "validation", "test"}:
        return "Use the names of the three splits, as the printed task has them."
    if answer["learn"] != "train":
        return "A model learns from the split that is named for it, and from no other."
    if answer["choose"] == "test":
        return "Then the test pictures would have a say in which epoch is kept, and nothing is left to judge it with."
    if answer["choose"] == "train":
        return "On pictures that it learned from, a model looks better with every epoch. This cannot choose one."
    if answer["report"] == "validation":
        return "You kept the epoch that happened to be best on these very pictures. The number would flatter you."
    if answer["report"] == "train":
        return "A model can know by heart what it learned from. Report it on pictures that had no say in anything."
    return None


lesson.prediction("1", "How accurate will the frozen base be with its trained head, from 0 to 1?", "accuracy")
lesson.prediction("2", "How many points of accuracy will fine-tuning add (below 0 if it takes some away)?", "points")

lesson.question(
    "q1",
    "Why does the base stay frozen while the head is new?",
    wrong(
        "a frozen base is more accurate than a trained one",
        "Not always: with enough labels, a base that is trained gently, later, can gain.",
    ),
    wrong(
        "Keras cannot train a head and a base at the same time",
        "It can, and it does so without a word. That is what makes it dangerous here.",
    ),
    right(
        "a new head is wrong about everything, and its errors would damage the base",
        "The errors of a head that knows nothing are large, and would run through the base and change what it knows.",
    ),
)

lesson.question(
    "q2",
    "You unfreeze the top of the base and train on, and the loss goes on exactly as before. What was forgotten?",
    wrong(
        "more epochs",
        "The unfrozen layers would stand still for a thousand epochs. The optimizer does not know of them.",
    ),
    right(
        "to recompile",
        "Keras builds its training step once, when fit first runs after compile. Until you compile again, it trains "
        "what was trainable then.",
    ),
    wrong(
        "to unfreeze BatchNormalization",
        "These layers stay frozen on purpose: they hold averages over the whole source.",
    ),
    wrong(
        "a higher learning rate",
        "A rate moves only what the optimizer knows of. And a high one would wash out what the base knows.",
    ),
)

lesson.question(
    "q3",
    "In fine-tuning, why do BatchNormalization layers stay in inference mode?",
    right(
        "they hold averages over the whole source, which a few pictures would overwrite",
        "In training mode they use, and average in, the few pictures at hand. The layers after them were never trained "
        "for that.",
    ),
    wrong(
        "they have no weights that could learn",
        "They have: a scale and an offset for each channel. And two averages, which move in training mode.",
    ),
    wrong(
        "it saves time",
        "Hardly any. It is about what these layers would forget.",
    ),
)

lesson.question(
    "q4",
    "You try ten learning rates and report the best test accuracy. What is wrong with that?",
    wrong(
        "nothing: the test pictures were never learned from",
        "They were not learned from, but they chose. The best of ten is partly the luckiest of ten.",
    ),
    wrong(
        "ten are too few",
        "With more to choose from, the best one owes more to luck, and not less.",
    ),
    right(
        "the test split chose, so the number flatters",
        "What has chosen cannot judge any more. Choose with validation, and look at test once.",
    ),
)
