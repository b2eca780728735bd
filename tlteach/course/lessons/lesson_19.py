"""Lesson 19, your own data: the stations of a project, from a question to a model that others can use.

Each checker names what is missing. None knows the data, and none says what to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.groups import shared
from tlteach.core.machine import import_keras
from tlteach.course.answers import is_blank
from tlteach.course.lessons import Hint, Lesson, right, wrong

if TYPE_CHECKING:
    from tlteach.core.task import Task

lesson = Lesson("19", "Your own data")

NOTHING = "nothing"  # what is said where no inputs belong together
SEEDS = 5  # of a comparison that says something
HIGHEST_RATE = 1e-3  # of fine-tuning: above it, what the base has learned is washed out


def chosen(answer: object, otherwise: object) -> object:
    """What you put in place of a blank, or `otherwise` where it is still blank, so that the cells below can run."""
    return otherwise if is_blank(answer) else answer


def tried(method: Callable, task: Task) -> object:
    """What a function of (task, seed) has made, with its accuracy on validation; a blank where there is none yet."""
    if is_blank(method):
        return ...
    import_keras()
    from tlteach.engine.evaluation import evaluate

    model = method(task, 0)
    return {"said": evaluate(model, task.validation).accuracy, "measured": {"model": model, "task": task}}


def plain(source: str | None, fine_tune_epochs: int = 0) -> Callable:
    """A function of (task, seed) for a station that is still blank: the six steps as `tl.transfer` does them."""

    def method(task: Task, seed: int):
        import_keras()
        from tlteach.evidence.transfer import transfer

        how = {"fine_tune_epochs": fine_tune_epochs, "seed": seed, "verbose": 0}
        return transfer(task, source, learning_rate=1e-2, **how).model

    return method


def by_group(result) -> dict[str, float]:
    """The accuracy on the test split, group by group; class by class where no inputs belong together."""
    test, task = result.best.test, result.task
    names = np.array(task.test.groups or [task.class_names[label] for label in test.labels])
    return {str(name): float(test.correct[names == name].mean()) for name in np.unique(names)}


def _too_short(said: dict, least: dict[str, int]) -> str:
    """A hint for the first text that has fewer words than it should have; "" where all are long enough."""
    for name, words in least.items():
        if len(str(said[name]).split()) < words:
            return f"Say more under {name!r}: a reader needs {words} words at least."
    return ""


def _share(said: float | str, right: float, near: float) -> tuple[bool, str]:
    """Whether the right accuracy was said, to within `near`; and a hint where it is a text, or in percent."""
    if isinstance(said, str):
        return False, "Give the accuracy as a number from 0 to 1."
    if abs(said - right) < near:
        return True, ""
    return False, "These are percent. Give a number from 0 to 1." if abs(said - 100 * right) < 100 * near else ""


@lesson.exercise(
    "a", takes="what you wrote", praise="Whoever reads on knows what the answer is for, and what is worst."
)
def question(found: dict) -> Hint:
    """A question with its mark, who uses the answer and for which decision, and the mistake that costs most."""
    said, names = found["said"], found["measured"].class_names
    if not str(said["question"]).rstrip().endswith("?"):
        return "A question ends with a question mark. What do you want to know of one input?"
    if hint := _too_short(said, {"question": 4, "used_by": 2, "decision": 4}):
        return hint
    mistake = said["worst_is"], said["worst_taken_for"]
    if unknown := [str(name) for name in mistake if name not in names]:
        return f"The data have no class {unknown[0]!r}. Name two of its classes: {', '.join(names)}."
    if mistake[0] == mistake[1]:
        return "A mistake has two classes: what the input is, and what it is taken for."
    return None


@lesson.exercise(
    "b", takes="what you wrote", praise="A card that says what is not there is worth more than a long one."
)
def data_card(found: dict) -> Hint:
    """Where the data are from, on whose terms, who labelled them, what they lack, and two numbers."""
    said, task = found["said"], found["measured"]
    if hint := _too_short(said, {"from": 4, "licence": 1, "labelled_by": 3, "lacks": 5}):
        return hint
    splits = (task.train, task.validation, task.test)
    if said["inputs"] == len(task.train):
        return "That is the train split alone. How many inputs have the three splits together?"
    if said["inputs"] != sum(map(len, splits)):
        return ("The number of inputs is another one.", "Print the task: its last row has all three splits.")
    if said["left_out"] != len(task.left_out):
        return ("The number of what was left out is another one.", "Look at task.left_out, and at why.")
    return None


@lesson.exercise("c", takes="what you wrote", praise="What is tested now is new in the way in which it will be new.")
def splits(found: dict) -> Hint:
    """A word for what belongs together, and splits that keep it together; or "nothing", and why."""
    said, task = found["said"], found["measured"]
    parts = {name: getattr(task, name).groups for name in ("train", "validation", "test")}
    if said["unit"] == NOTHING:
        if hint := _too_short(said, {"why": 8}):
            return hint
        return (
            None if parts["train"] is None else "You say that nothing belongs together, but the task was cut by groups."
        )
    if hint := _too_short(said, {"why": 5}):
        return hint
    if any(groups is None for groups in parts.values()):
        return (
            "The task does not know which inputs belong together.",
            "Make it with group=..., and look how folders or a column must tell it.",
        )
    if task.train.group != said["unit"]:
        return f"The task was cut by {task.train.group}, and you say another word."
    if shared(train=task.train, validation=task.validation, test=task.test):
        return "Some stand in two splits. Let the splits be cut for you, or move them by hand."
    return None


@lesson.exercise("d", takes="what you found", praise="Below this, a network has learned nothing that helps.")
def baseline(found: dict) -> Hint:
    """The accuracy on the test split of always saying the class that is most frequent in training."""
    said, task = found["said"], found["measured"]
    counts = {name: np.array(getattr(task, name).class_counts) for name in ("train", "test")}
    shares = {name: of_split / of_split.sum() for name, of_split in counts.items()}
    most = int(counts["train"].argmax())
    is_right, hint = _share(said, shares["test"][most], 0.005)
    if is_right or hint:
        return hint or None
    if abs(said - shares["train"][most]) < 0.005:
        return "That is its share of the train split. Which share of the test split is of this class?"
    if abs(said - counts["test"][most]) < 0.5:
        return "That is how many there are. Divide by all of the test split."
    return (
        "Which class is most frequent in training? Always say that one, and count how often it is right on test.",
        "task.train.class_counts and task.test.class_counts have the numbers.",
    )


@lesson.exercise("e", takes="what you wrote", praise="You know what it brings, and what it has never seen.")
def source(found: dict) -> Hint:
    """A source of the modality of the task, why it, and what in the data it has never seen."""
    from tlteach.core.errors import TlteachError
    from tlteach.sources import source_by_name
    from tlteach.tasks import ROOMS

    said, task = found["said"], found["measured"]
    try:
        card = source_by_name(said["source"])
    except TlteachError:
        return f"There is no source of that name. These take such inputs: {', '.join(ROOMS[task.modality].SOURCES)}."
    if card.modality != task.modality:
        return f"{card.name} takes {card.takes}, and the task has {task.train.called}."
    return _too_short(said, {"why": 5, "never_saw": 5}) or None


def _trained(found: dict) -> tuple[str, list]:
    """What is wrong with a trained model whichever step made it, and the layers of its base that learn."""
    from tlteach.engine.network import learns_in_base

    model, task = found["measured"]["model"], found["measured"]["task"]
    if model.output_shape[-1] not in ({1, 2} if task.n_classes == 2 else {task.n_classes}):
        return f"The last layer has {model.output_shape[-1]} outputs for {task.n_classes} classes.", []
    counts = task.validation.class_counts
    if found["said"] <= max(counts) / sum(counts):
        return "On validation it is no better than always the same class. Train longer, or at another rate.", []
    return "", learns_in_base(model)


@lesson.exercise("f", takes="what you found", praise="Steps 1 to 4, by heart.")
def frozen(found: dict) -> Hint:
    """A model whose base is frozen, with a head for the classes, better on validation than a constant."""
    hint, learning = _trained(found)
    if hint or not learning:
        return hint or None
    return "Something in the base learns. In steps 1 to 4, only the head does."


@lesson.exercise("g", takes="what you found", praise="All six steps, by heart.")
def fine_tuned(found: dict) -> Hint:
    """A model of which a part of the base learns, at a low rate, better on validation than a constant."""
    hint, learning = _trained(found)
    if hint:
        return hint
    if not learning:
        return "Nothing in the base learns. Which step comes after the head was trained?"
    optimizer = found["measured"]["model"].optimizer
    if optimizer is None or float(np.asarray(optimizer.learning_rate)) > HIGHEST_RATE:
        return "The rate is not a low one. What does step 6 ask for?"
    return None


@lesson.exercise("h", takes="what you wrote", praise="You say what was shown, and no more.")
def verdict(found: dict) -> Hint:
    """For two pairs the method that was shown to be better, or "neither"."""
    said, comparison = found["said"], found["measured"]
    for name, pair in (
        ("frozen_or_scratch", ("frozen", "scratch")),
        ("fine_tuned_or_frozen", ("fine_tuned", "frozen")),
    ):
        tested = comparison.pair(*pair)
        if tested.difference.seeds < SEEDS:
            return f"Compare over {SEEDS} seeds or more: fewer are a glance."
        better = pair[tested.difference.mean < 0] if tested.is_shown else "neither"
        if said[name] not in (*pair, "neither"):
            return f'Under {name!r}, say "{pair[0]}", "{pair[1]}" or "neither".'
        if said[name] != better and not tested.is_shown:
            return f"Under {name!r}: is a difference shown there? Read the line of this pair once more."
        if said[name] != better:
            return f"Under {name!r}: a difference is shown, and the table says which of the two is ahead."
    return None


@lesson.exercise("i", takes="what you wrote", praise="You have looked. Most people publish before they do.")
def mistakes(found: dict) -> Hint:
    """What two mistakes may come from, and what they have in common."""
    said = found["said"]
    if hint := _too_short(said, {"first": 4, "second": 4, "in_common": 4}):
        return hint
    if len(set(map(str, said.values()))) < len(said):
        return "Two of your sentences are the same. Look at each of the two inputs once more."
    return None


@lesson.exercise(
    "j", takes="what you found", praise="A mean hides its worst. Whoever uses the model may be among these."
)
def worst_group(found: dict) -> Hint:
    """The accuracy on the test group that fares worst."""
    said, result = found["said"], found["measured"]
    accuracies = by_group(result)
    is_right, hint = _share(said, min(accuracies.values()), 0.006)
    if is_right or hint:
        return hint or None
    if abs(said - max(accuracies.values())) < 0.006:
        return "That is the one that fares best."
    if abs(said - result.best.test.accuracy) < 0.006:
        return "That is the accuracy of the whole test split. How does the one fare that fares worst?"
    return "That is none of the extremes. Take the lowest of the numbers above."


@lesson.exercise("k", takes="what you wrote", praise="Somebody else can use it now, and knows when not to.")
def model_card(found: dict) -> Hint:
    """A folder with the model, its labels, and a card that holds what its maker says of it."""
    said, folder = found["said"], Path(found["measured"])
    if hint := _too_short(said, {"for": 5, "not_for": 5, "limits": 5}):
        return hint
    if missing := [name for name in ("README.md", "labels.txt") if not (folder / name).is_file()]:
        return f"The folder of the export lacks {missing[0]}. Export the run once more."
    page = (folder / "README.md").read_text(encoding="utf-8")
    if absent := [name for name, text in said.items() if str(text) not in page]:
        return f"What you say under {absent[0]!r} does not stand in README.md. Run the cell that writes it."
    return None


lesson.prediction("1", "How many points of accuracy are lost where nobody stands in two splits?", "points")

lesson.question(
    "q1",
    "Your pictures are of 40 patients, 10 of each, on different days. The model is to serve new patients. Cut by what?",
    wrong("by picture, so that every patient is in every split", "Then it is tested on patients that it knows."),
    right("by patient", "New patients are what it will meet, so new patients are what it must be tested on."),
    wrong(
        "by day, whoever the patient is",
        "A patient who came on two days would stand in two splits. Days matter if the machine changes with them.",
    ),
)

lesson.question(
    "q2",
    "On test, the accuracy is lower than hoped. You change the head until it is higher. What is that number now?",
    wrong("the accuracy on new inputs", "It would be, if you had not chosen by it."),
    right(
        "an accuracy on validation: test has become a second validation split",
        "What you chose by flatters what you chose. Only new inputs can still tell.",
    ),
    wrong("still fair, for the network never learned from test", "You learned from it, and you chose the network."),
)
