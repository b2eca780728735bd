"""Lesson 03, freezing and fine-tuning: what learns, at which rate, and what is forgotten."""

from __future__ import annotations

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("03", "Freezing and fine-tuning")


@lesson.exercise(
    "a", takes="a number", praise="A filter for each channel, then a weight from every channel to every channel."
)
def parameters_of_the_top_block(answer: float) -> Hint:
    """What can learn in a block of 3 x 3 depthwise and 1 x 1 convolutions on 256 channels; normalization is frozen."""
    depthwise, pointwise, scale_and_offset = 3 * 3 * 256, 256 * 256, 2 * 256
    if answer == depthwise + pointwise:
        return None
    if answer in (pointwise, depthwise):
        return "This is one of the two convolutions. The block has another one that can learn."
    if answer in (depthwise + pointwise + n * scale_and_offset for n in (1, 2, 4)):
        return (
            "BatchNormalization is in this number. Does it learn in this block?",
            "tl.unfreeze leaves two layers of the block frozen. Count those that are left.",
        )
    if answer == depthwise + pointwise + 2 * 256 + 2:
        return "The head is in this number. Count the base alone."
    if answer in (depthwise * 256, depthwise * 256 + pointwise):
        return (
            "A depthwise convolution does not connect every channel with every other one.",
            "It has one small filter for each channel. How many numbers are in all of these filters?",
        )
    if answer in (depthwise + 256 + pointwise + 256, depthwise + pointwise + 256):
        return "These convolutions have no biases: the BatchNormalization after them would take them off again."
    return (
        "Multiply the numbers of each kernel's shape. Which layers of the block can learn?",
        "A depthwise kernel is high times wide times channels. A 1 × 1 kernel is channels in times channels out.",
    )


@lesson.exercise("b", takes="a Keras model", praise="Two whole blocks will learn, with the head, and nothing else.")
def top_two_blocks(model) -> Hint:
    """Exactly the top two blocks of the base and the head are trainable, and the model is compiled for that."""
    return _of_blocks(model) or _of_normalization(model) or _of_the_rest(model)


def _of_blocks(model) -> Hint:
    from tlteach.engine import network

    learns = [[layer.trainable for layer in _convolutions(block)] for block in network.blocks(model)]
    learns = [flags for flags in learns if flags]
    if not any(map(any, learns)):
        return (
            "Nothing in the base can learn. The head alone would go on.",
            "A layer learns only if it and every model around it are trainable.",
        )
    if any(any(flags) and not all(flags) for flags in learns):
        return "A block is cut in two: a part of it would learn, and the part that it was trained with would not."
    n_blocks = sum(map(all, learns))
    if learns != sorted(learns, key=all):
        return "A block that learns stands below a frozen one. Begin at the top of the base, without gaps."
    if n_blocks == 1:
        return "One block will learn. The exercise asks for more."
    if n_blocks > 2:
        return (
            f"{n_blocks} blocks will learn. That is more than the exercise asks for.",
            "tl.blocks(model) lists the blocks from the pixels up. Which ones are the last two?",
        )
    return None


def _convolutions(block) -> list:
    """The layers of a block that have weights and are not BatchNormalization."""
    import keras

    return [f for f in block.layers if f.weights and not isinstance(f, keras.layers.BatchNormalization)]


def _of_normalization(model) -> Hint:
    from tlteach.engine import network
    from tlteach.engine.network import batch_normalizations

    normalizations = [found for layer in network.base_layers(model) for found in batch_normalizations(layer)]
    if any(layer.trainable for layer in normalizations):
        return (
            "The right blocks are awake, and BatchNormalization in them, too. A few pictures would overwrite it.",
            "The two convolutions of each block should learn. Find the other layers by their type.",
        )
    return None


def _of_the_rest(model) -> Hint:
    from tlteach import guards
    from tlteach.core.errors import GuardError
    from tlteach.engine.network import learns_in_base

    in_base = {id(weight) for weight in learns_in_base(model)}
    if all(id(weight) in in_base for weight in model.trainable_weights):
        return "The base is right. The head would stand still, and it should go on learning."
    try:
        guards.compiled_for_what_is_trainable(model)
    except GuardError:
        return (
            "The right layers are awake, but the optimizer does not know of it.",
            "It was made for what was trainable before. Which step makes a new one?",
        )
    return None


@lesson.exercise("c", takes="a number", praise="There the loss falls fastest, well before it turns.")
def rate_from_a_curve(answer: float) -> Hint:
    """The rate at which the drawn loss falls fastest, of 1e-6, 1e-5, ..., 1."""
    rates = [10.0**power for power in range(-6, 1)]
    nearest = next((rate for rate in rates if abs(answer / rate - 1) < 1e-6), None)
    if nearest is None:
        return "Take one of the seven rates at which the loss was measured."
    if nearest <= 1e-5:
        return "At this rate the loss stands still. Training would take for ever."
    if nearest == 1e-4:
        return (
            "Here the loss has only begun to move. Somewhere it moves faster.",
            "Compare how far the loss comes down from each point to its two neighbours.",
        )
    if nearest == 1e-2:
        return (
            "Here the loss is lowest, and a little further it rises. That is too close to the edge.",
            "The lowest point is where falling ends. The curve is steepest before that.",
        )
    if nearest == 1e-1:
        return "Here the loss is rising already: the steps are too large."
    return None if nearest == 1e-3 else "Here the loss has burst. Whatever the model knew is gone."


@lesson.exercise("d", takes="a number", praise="From part to part, the rate grows by the same factor.")
def rate_of_a_block(answer: float) -> Hint:
    """The second of five rates that grow geometrically from 1e-5 to 1e-3."""
    low, high, steps = 1e-5, 1e-3, 4
    factor = (high / low) ** (1 / steps)
    if abs(answer / (low * factor) - 1) < 0.02:
        return None
    if abs(answer / (low + (high - low) / steps) - 1) < 0.02:
        return (
            "You went up by the same amount each time. Then all parts but the lowest learn at nearly one speed.",
            "A geometric row multiplies. What is multiplied four times by the same factor to come to the last rate?",
        )
    if abs(answer / (low * (high / low) ** (1 / 5)) - 1) < 0.02:
        return "Five rates have fewer gaps between them than five. Count the gaps."
    if abs(answer / factor - 1) < 0.02:
        return "That is the factor from one part to the next. Which rate does it give to the second part?"
    if abs(answer / (low * factor**2) - 1) < 0.02:
        return "That is one part too high. The lowest part has the first rate."
    if abs(answer / (low * factor**3) - 1) < 0.02:
        return "You counted from the head down. The second lowest part is asked for."
    if not low < answer < high:
        return "The rate lies between that of the lowest part and that of the head."
    return (
        "From one part to the next the rate is multiplied by the same factor. Find it first.",
        "From the lowest part to the head it is multiplied four times, and grows a hundredfold in all.",
    )


@lesson.exercise("e", takes="a number", praise="The same rule for every weight; only the rate is its own.")
def step_with_two_rates(answer: float) -> Hint:
    """The weight 2 with gradient 3 after a step of SGD, in a block at 0.1 / 100."""
    weight, gradient, rate, share = 2.0, 3.0, 0.1, 1 / 100
    step = share * rate * gradient
    if abs(answer - (weight - step)) < 1e-9:
        return None
    if abs(answer - (weight + step)) < 1e-9:
        return "This step climbs. Which way does gradient descent go?"
    if abs(answer - (weight - rate * gradient)) < 1e-9:
        return "So it would be at the head's rate. The block learns more gently."
    if abs(abs(answer) - step) < 1e-9:
        return "That is the step. Where is the weight after it?"
    if abs(answer - (weight - share * gradient)) < 1e-9:
        return "The share is there, the rate that it is a share of is not."
    if abs(answer - (weight - share * rate)) < 1e-9:
        return "This step does not depend on the gradient. It should be longer where the loss is steeper."
    if abs(answer - weight * (1 - step)) < 1e-9:
        return "You took a part of the weight away. Plain SGD does not look at how large a weight is."
    return (
        "Write it down: the new weight is the old weight minus rate times gradient. Which rate is this block's?",
        "First multiply the head's rate with the block's share of it.",
    )


@lesson.exercise("f", takes="a dictionary of words", praise="Read the curves first, then change one thing.")
def cures(answer: dict) -> Hint:
    """Of three pairs of learning curves: A overfits, B has too high a rate, C could go on."""
    if set(answer) != {"a", "b", "c"}:
        return 'Keep the three keys "A", "B" and "C".'
    words = {"augmentation", "a lower rate", "more epochs"}
    given = {key: "a lower rate" if word == "lower rate" else word for key, word in answer.items()}
    if not set(given.values()) <= words:
        return "Use the three cures as they are written above the figure."
    if given["a"] == "more epochs":
        return "Run A knows its training pictures by heart. With every further epoch, validation gets worse."
    if given["a"] == "a lower rate":
        return "The training loss of run A falls smoothly: its steps are not too large. Look at the gap."
    if given["b"] == "more epochs":
        return "The losses of run B are far above that of guessing, on both splits. Time will not mend that."
    if given["b"] == "augmentation":
        return "Run B does not even fit what it learns from. Making that harder is no help."
    if given["c"] == "augmentation":
        return "In run C the two curves lie close together: nothing is known by heart."
    if given["c"] == "a lower rate":
        return "Run C goes down smoothly and slowly. Smaller steps would make it slower."
    return None


lesson.prediction("1", "Cut the base after conv_dw_6, and put a head there: how accurate, from 0 to 1?", "accuracy")
lesson.prediction(
    "2", "How many points will fine-tuning all of the base add on sketches (below 0: it takes away)?", "points"
)
lesson.prediction(
    "3", "Fine-tuned at the rate 1e-2: how accurate is it still on its source task, from 0 to 1?", "accuracy"
)

lesson.question(
    "q1",
    "The inputs of your task look different from the source's. What can new BatchNormalization statistics do?",
    wrong(
        "nothing: statistics hold no knowledge",
        "They decide how every channel is shifted and scaled before the next layer sees it.",
    ),
    right(
        "bring each channel back to the range that the next layer was trained on, without a label",
        "They are only means and variances of what passes. Whether that helps the accuracy is a question for a test.",
    ),
    wrong(
        "replace fine-tuning: afterwards the base knows the new task",
        "No weight has learned anything about the classes. It is shifted and scaled, and no more.",
    ),
    wrong(
        "only harm: they must stay frozen, always",
        "They must not drift by accident while you train. Measuring them on purpose, once, is another thing.",
    ),
)

lesson.question(
    "q2",
    "Why may the head learn at a higher rate than the lowest block?",
    wrong(
        "the lowest block has more weights",
        "It has far fewer. Most weights of a base are near its top.",
    ),
    right(
        "what the lowest block knows serves every task; what the head knows is for this one",
        "Edges and colours are worth keeping. The head begins with nothing and has the longest way to go.",
    ),
    wrong(
        "gradients cannot reach the lowest block",
        "They do, through all of the layers above it. That is why its rate matters.",
    ),
    wrong(
        "Keras needs one rate per layer",
        "Keras has one rate for all. A rate for each block is something that you add.",
    ),
)

lesson.question(
    "q3",
    "Your fine-tuned model is good at the new task and has forgotten the old one. When is that a fault?",
    wrong(
        "always: a good model forgets nothing",
        "If nobody will ask it about the old task, it may forget it. Weights are there to be used.",
    ),
    right(
        "when the old task is still needed, or when the new labels are few",
        "Then keep the rates low, freeze more, or keep the old model beside the new one.",
    ),
    wrong(
        "never: only the new task counts",
        "What is forgotten is also what would have helped with rare cases of the new task.",
    ),
)

lesson.question(
    "q4",
    "With 20 labels you try four cures, once each. The best is one point ahead on 500 test pictures. What do you know?",
    wrong(
        "that this cure is the best of the four",
        "One point is five pictures. Another draw of the 20 labels moves the accuracy by more than that.",
    ),
    wrong(
        "that cures do not work",
        "A difference that is not shown may still be there. You would need more seeds to see it.",
    ),
    right(
        "that no difference is shown: repeat over seeds before you choose",
        "The draw of labels alone moves the result by more. An interval over seeds tells you how much.",
    ),
    wrong(
        "that the test split is too easy",
        "How easy it is says nothing about how certain the difference is.",
    ),
)
