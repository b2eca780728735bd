"""Gradual unfreezing: wake the base block by block, from the top down, and train after each.

What is furthest from the pixels is least general, and learns first; by the time the lower blocks are woken, the
gradients that reach them are calm. (Howard and Ruder, 2018, arXiv:1801.06146, section 3.3.)
"""

import keras

from tlteach import recipe
from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.core.journal import counted
from tlteach.core.task import Task
from tlteach.engine.network import Block, blocks
from tlteach.engine.rates import Rate


@checked
def gradual_unfreeze(
    model: keras.Model,
    task: Task,
    learning_rate: Rate = 1e-5,
    n_blocks: int = 3,
    epochs_per_block: int = 1,
    **training,
) -> list[keras.callbacks.History]:
    """Unfreeze one more block of the base and train, `n_blocks` times, and keep the best of all epochs.

    Each stage is steps 5 and 6 of the recipe. Best is the lowest loss on validation; where no stage is better than
    the model was before, its weights come back.

    Args:
        model: with a trained head.
        learning_rate: as `tl.recompile` takes it, for every stage.
        n_blocks: how many blocks from the top; blocks without weights to learn are not counted.
        epochs_per_block: epochs of each stage.
        training: more arguments of `tl.train`.

    Returns:
        The history of each stage. `history.unfrozen` is the name of the block that was woken for it, and
        `history.kept` is true for the one stage whose weights the model now has.

    Raises:
        GuardError: the base has fewer blocks, or a step of the recipe could not prove what it did.
    """
    best_loss, best_weights = _validation_loss(model, task), model.get_weights()
    best, histories = None, []
    for block in _from_the_top(model, n_blocks):
        recipe.recompile(recipe.unfreeze(model, block.name), learning_rate)
        history = recipe.train(model, task, epochs_per_block, **training)
        history.unfrozen = block.name
        histories.append(history)
        loss = min(history.history["val_loss"])
        if loss < best_loss:
            best_loss, best_weights, best = loss, model.get_weights(), history
    for history in histories:
        history.kept = history is best
    model.set_weights(best_weights)
    return histories


def _from_the_top(model: keras.Model, n_blocks: int) -> list[Block]:
    """The `n_blocks` highest blocks that have weights to learn, the highest first."""
    found = [block for block in reversed(blocks(model)) if any(map(_can_learn, block.layers))]
    if not 1 <= n_blocks <= len(found):
        raise GuardError(
            f"n_blocks={n_blocks} is not possible: {model.name} has {counted(found, 'block')} with weights to "
            f"learn: {', '.join(block.name for block in found)}, from the top down."
        )
    return found[:n_blocks]


def _can_learn(layer: keras.layers.Layer) -> bool:
    return bool(layer.weights) and not isinstance(layer, keras.layers.BatchNormalization)


def _validation_loss(model: keras.Model, task: Task) -> float:
    batches = task.validation.batches(task.validation.form_of(model))
    return float(model.evaluate(batches, verbose=0, return_dict=True)["loss"])
