"""All six steps in one call: what `tl.transfer` and the command line run."""

import time
from collections.abc import Callable

import keras

from tlteach.core.door import checked
from tlteach.core.journal import recorded, say, told
from tlteach.core.task import Task
from tlteach.engine.evaluation import evaluate_and_look
from tlteach.engine.network import count, learns_in_base
from tlteach.engine.store import MEMORY_BUDGET
from tlteach.evidence.projection import spread
from tlteach.evidence.result import Result, Stage
from tlteach.recipe import add_head, base_model, recompile, select_source, train, unfreeze
from tlteach.tasks import ROOMS


@checked
def transfer(
    task: Task,
    source: str | None = None,
    epochs: int | None = None,
    fine_tune_epochs: int = 5,
    from_layer: str | int | float = 0.6,
    learning_rate: float | None = None,
    fine_tune_learning_rate: float = 1e-4,
    augment: Callable | None = None,
    seed: int = 0,
    verbose: str | int = "auto",
    cache: bool = True,
    views: int | None = 4,
    memory_budget: float = MEMORY_BUDGET,
    **size: int,
) -> Result:
    """Run all six steps, judge the frozen and the fine-tuned model on the test split, and keep the better one.

    Which one is better is decided on the validation split. The arguments are those of the six functions.

    Args:
        epochs, learning_rate: of the head; without them, what suits it: 10 at 1e-3 on pictures, 20 at 1e-2 on texts.
        fine_tune_epochs: 0 ends after step 4.
        verbose: 0 prints nothing, 2 also what each step proved.
        size: image_size=... or max_tokens=..., see `base_model`.
        seed: of the weights of the head, dropout, and the order of the training inputs.

    Returns:
        A Result: print it, or `result.save(folder)`.
    """
    keras.utils.set_random_seed(seed)
    usual = ROOMS[task.modality].HEAD
    epochs, learning_rate = epochs or usual["epochs"], learning_rate or usual["learning_rate"]
    settings = {
        "epochs": epochs,
        "fine_tune_epochs": fine_tune_epochs,
        "from_layer": from_layer,
        "learning_rate": learning_rate,
        "fine_tune_learning_rate": fine_tune_learning_rate,
        "augmented": augment is not None,
        "cache": cache,
        "views": views if augment is not None else None,
    }
    how = {"augment": augment, "verbose": verbose, "cache": cache, "views": views, "memory_budget": memory_budget}
    started = time.perf_counter()
    with told(verbose), recorded() as steps:
        card = select_source(task, source)
        model = add_head(base_model(card, **size), task, learning_rate)
        frozen = _stage(model, task, epochs, seed=seed, **how)
        tuned = None
        if fine_tune_epochs:
            weights = model.get_weights()
            recompile(unfreeze(model, from_layer), fine_tune_learning_rate)
            tuned = _stage(model, task, fine_tune_epochs, seed=seed + 1, **how)
    seconds = time.perf_counter() - started
    result = Result(task, card, model, task.train.form_of(model), seed, settings, list(steps), frozen, tuned, seconds)
    if tuned and result.kept == "frozen":
        model.set_weights(weights)
    return result


def _stage(model: keras.Model, task: Task, epochs: int, **how) -> Stage:
    """Train what is trainable, then look at the test split once."""
    started = time.perf_counter()
    history = train(model, task, epochs, **how)
    seconds = time.perf_counter() - started
    best, (test, features) = history.best_epoch, evaluate_and_look(model, task.test)
    step = 6 if learns_in_base(model) else 4
    say(step, "evaluate", f"test {test}", ["the epoch was chosen before, on validation"])
    return Stage(
        test=test,
        validation_accuracy=history.history["val_accuracy"][best],
        validation_loss=history.history["val_loss"][best],
        trainable_parameters=count(model.trainable_weights),
        seconds=round(seconds, 3),
        epochs=epochs,
        best_epoch=best,
        history=history.history,
        features=features[spread(len(features))].astype("float32"),
    )
