"""Lesson 03, freezing and fine-tuning: what learns, at which rate, and what is forgotten."""

from __future__ import annotations

from tlteach.course.lessons import Hint, Lesson, right, wrong

lesson = Lesson("03", "Freezing and fine-tuning")

RECORDED = (3e-4, 1e-3, 3e-3)  # rates at which the record has asked the probes, before exercise c


@lesson.exercise("a", takes="a Keras model", praise="Two whole blocks will learn, with the head, and nothing else.")
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


@lesson.exercise("b", takes="a number", praise="There the loss falls fastest, well before it turns.")
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


NEAR = 0.1  # of accuracy: as far as a probe may fall and the knowledge count as kept


@lesson.exercise("c", takes="what you found", praise="Two probes tell apart what has moved and what is gone.")
def what_became_of_the_old_knowledge(found: dict) -> Hint:
    """Whether what the learner measured with tune.forgetting, at a rate of their own, was kept, moved or lost."""
    said, measured = found["said"], found["measured"]
    if not all(hasattr(measured, part) for part in ("before", "old_probe", "new_probe", "learning_rates")):
        return "Nothing is measured yet. Put into the second place what at_rate returns for a rate of yours."
    if len(measured.learning_rates) != 1:
        return "Ask at one rate, so that there is one thing to say: learning_rates=[...] with one number."
    if measured.learning_rates[0] in RECORDED:
        return "The record has this rate already. Take one of your own: between, higher or lower."
    if said not in ("kept", "moved", "lost"):
        return 'Say it in one of three words: "kept", "moved" or "lost".'
    old, new = measured.before[0] - measured.old_probe[0], measured.before[1] - measured.new_probe[0]
    shown = "kept" if old <= NEAR else "moved" if new <= NEAR else "lost"
    if said == shown:
        return None
    if said == "kept":
        return (
            f"The old probe fell by {100 * old:.0f} points. Is that within the ten?",
            "Compare the column of the old probe, not fine-tuned and fine-tuned.",
        )
    if said == "lost":
        return (
            "Then nobody could read the old animals from this base. Can a probe that learns anew?",
            "Look at both columns: which of the probes is near what it was before?",
        )
    if shown == "kept":
        return "The old probe still reads the features where they were. Then nothing of note has happened to them."
    return f"The new probe fell by {100 * new:.0f} points, too. So not all of it is in another place."


@lesson.exercise("d", takes="a dictionary of words", praise="Read the curves first, then change one thing.")
def cures(answer: dict) -> Hint:
    """Of three pairs of learning curves: A overfits, B has too high a rate, C could go on."""
    if set(answer) != {"a", "b", "c"}:
        return 'Keep the three keys "A", "B" and "C".'
    words = {"augmentation", "a lower rate", "more epochs"}
    lower = ("lower rate", "lower learning rate", "a lower learning rate")
    given = {key: "a lower rate" if word in lower else word for key, word in answer.items()}
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
    "3", "All of the base fine-tuned at the rate 1e-3: how accurate is the old probe still, from 0 to 1?", "accuracy"
)

lesson.question(
    "q1",
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
    "q2",
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
    "q3",
    "Your fine-tuned model is good at the new task and has forgotten the old one. When is that a fault?",
    wrong(
        "always: a good model forgets nothing",
        "If nobody will ask it about the old task, it may forget it. Weights are there to be used.",
    ),
    right(
        "when somebody still asks the old question",
        "Then keep the rates low, pull the weights to their start, or keep the old model beside the new one.",
    ),
    wrong(
        "never: only the new task counts",
        "Who uses the model decides that. Ask them before you throw the old one away.",
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
