"""Fit what of a model is trainable, running what is frozen only once for every input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import keras

from tlteach.engine import features
from tlteach.engine.boundary import MEMORY_BUDGET, Boundary, differs, split

if TYPE_CHECKING:
    from tlteach.image.splits import Split
    from tlteach.text.tokenizer import Tokenizer


def fit(
    model: keras.Model,
    train: Split,
    validation: Split,
    form: int | Tokenizer,
    epochs: int = 10,
    batch_size: int = 32,
    augment: Callable | None = None,
    views: int | None = 4,
    seed: int = 0,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: str | int = "auto",
    memory_budget: float = MEMORY_BUDGET,
    dtype: str = "float32",
    cache: bool = True,
) -> keras.callbacks.History:
    """Fit what of `model` is trainable, running what is frozen only once for every input.

    What it costs, in passes of the frozen part over the training inputs: 1 without `augment`; `views` with it; as many
    as there are epochs with `views=None` or `cache=False`, and wherever the cache cannot help.

    Args:
        model: compiled. Its own optimizer, with its state, trains; losses and metrics are as it was compiled with.
        train, validation: splits, whose `batches(form, ...)` are read.
        form: what `batches` takes: the height and width of pictures in pixels, or the tokenizer of texts.
        augment: changes training inputs, see Split.batches.
        views: how many differently augmented copies of each input go through the frozen part. Each epoch takes one of
            them for each input, in turn, beginning anywhere. None: every epoch augments afresh.
        seed: of the order of the training inputs and of augmentation.
        callbacks: they get the trainable part, which shares the model's layers, as their `model`.
        memory_budget: bytes of features to hold in memory. What is over goes to a file in a temporary folder, which
            is removed at the end; inputs are then shuffled in large pieces, and within each piece.
        dtype: "float32", or "float16" for half the memory and features rounded to 3 digits.
        cache: False is plain `model.fit`.

    Returns:
        Keras' history. Its `boundary` says in a sentence what was run once, or why nothing was.

    Raises:
        DataError: the features fit neither in memory nor on the disk.
        GuardError: the augmented copies do not differ.
    """
    boundary, why = split(model) if cache else Boundary("cache=False"), ""
    if boundary.frozen and augment is not None and views is None:
        why = "views=None asks for new augmentation in every epoch"
    elif boundary.frozen:
        why = differs(model, boundary, train.take(range(min(4, len(train)))).batches(form)[0][0])
    if reason := boundary.reason or why:
        training = train.batches(form, batch_size, shuffle=True, seed=seed, augment=augment)
        judging = validation.batches(form, batch_size)
        history = model.fit(
            training,
            validation_data=judging,
            epochs=epochs,
            callbacks=list(callbacks),
            verbose=verbose,
            shuffle=False,  # the batches shuffle themselves, from the seed
        )
        history.boundary = f"every epoch ran the whole network: {reason}"
        return history
    _compile_like(model, boundary.trainable)
    with features.Room(memory_budget, dtype) as room:
        judging = room.run(boundary, validation, form, batch_size)
        training = room.run(boundary, train, form, batch_size, shuffle=True, seed=seed, augment=augment, views=views)
        history = boundary.trainable.fit(
            training,
            validation_data=judging,
            epochs=epochs,
            callbacks=list(callbacks),
            verbose=verbose,
            shuffle=False,
        )
        validated, trained = room.told
        history.boundary = (
            f"the frozen part, up to {boundary.layer}, ran once: for {trained} of train and {validated} of validation"
        )
    history.set_model(model)
    return history


def _compile_like(model: keras.Model, part: keras.Model) -> None:
    """Compile `part` with the settings and the very optimizer of `model`."""
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    if hasattr(model, "output_names"):  # losses and metrics may be given by the name of an output
        part.output_names = model.output_names
    metrics = model._compile_metrics  # a second compile() without metrics leaves the first one's in force
    settings = {
        **model._compile_config.config,
        "optimizer": model.optimizer,
        "loss": model.loss,
        "metrics": metrics and metrics._user_metrics,
        "weighted_metrics": metrics and metrics._user_weighted_metrics,
    }
    part.compile(**settings)
