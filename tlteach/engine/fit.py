"""Fit what of a model is trainable, running what is frozen only once for every input."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import numpy as np

from tlteach.engine.batches import Batches
from tlteach.engine.boundary import Boundary, differs, split
from tlteach.engine.features import features_of
from tlteach.engine.feeding import feeding, ready
from tlteach.engine.store import MEMORY_BUDGET, Store

FEW = 4  # inputs on which the two parts of a cut model are compared with the whole


def fit(
    model: keras.Model,
    training: Batches,
    judging: Batches,
    views: int | None = 4,
    cache: bool = True,
    memory_budget: float = MEMORY_BUDGET,
    epochs: int = 1,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: str | int = "auto",
) -> keras.callbacks.History:
    """Fit `model` as `model.fit(training, validation_data=judging, ...)` would, in less time.

    What it costs, in passes of the frozen part over the training inputs: 1 without augmentation; `views` with it; as
    many as there are epochs with `views=None` or `cache=False`, and wherever the cache cannot help.

    Args:
        model: compiled. Its own optimizer, with its state, trains; losses and metrics are as it was compiled with.
        training, judging: batches of the train and the validation split. They shuffle themselves, from their seed.
        views: how many differently augmented copies of each input go through the frozen part. Each epoch takes one of
            them for each input, in turn, beginning anywhere. None: every epoch augments afresh.
        cache: False is plain `model.fit`.
        memory_budget: bytes of features to hold in memory. What is over goes to a temporary file without a name,
            which ends with the training; inputs are then shuffled in large pieces, and within each piece.
        epochs, callbacks, verbose: as Keras takes them. What callbacks see and save is `model`, and not a part of it.

    Returns:
        Keras' history. Its `boundary` says in a sentence what was run once, or why nothing was.

    Raises:
        DataError: the features fit neither in memory nor on the disk.
        GuardError: the augmented copies do not differ.
    """
    cut = usable_cut(model, training) if cache else Boundary("cache=False")
    if not cut.reason and training.augment is not None and views is None:
        cut = Boundary("views=None asks for new augmentation in every epoch")
    with Store(memory_budget) as store:
        if cut.reason:
            part, told = model, f"every epoch ran the whole network: {cut.reason}"
        else:
            if not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
            part = compiled_like(model, cut.trainable, optimizer=model.optimizer)
            judging, judged = features_of(cut, judging, store)
            training, trained = features_of(cut, training, store, views)
            told = f"the frozen part, up to {cut.layer}, ran once: for {trained} of train and {judged} of validation"
        ready(part, training)
        how = {"epochs": epochs, "verbose": verbose}
        with _seen_by(callbacks, model, part, steps=len(training), **how) as seen:
            fed = {"x": feeding(part, training), "validation_data": feeding(part, judging)}
            history = part.fit(**fed, shuffle=False, callbacks=seen, **how)
    history.boundary = told
    return history


@contextmanager
def _seen_by(
    callbacks: Sequence[keras.callbacks.Callback], model: keras.Model, part: keras.Model, **params
) -> Iterator[keras.callbacks.CallbackList]:
    """The callbacks for a fit of `part`, which see `model` in its place, and what they ask of it reaches the part."""

    def obey(*_, logs: dict | None = None) -> None:
        part.stop_training = model.stop_training
        part._initial_epoch = model._initial_epoch  # BackupAndRestore goes on from there

    model.stop_training = False
    last = keras.callbacks.LambdaCallback(on_train_begin=obey, on_train_batch_end=obey, on_epoch_end=obey)
    seen = keras.callbacks.CallbackList(
        [*callbacks, last], add_history=True, add_progbar=params["verbose"] != 0, model=model, **params
    )
    part.history = model.history
    if part is not model and hasattr(model, "jax_state_sync"):
        # On JAX, training keeps its weights to itself until the model is asked for them.
        model.jax_state_sync = lambda: (part.jax_state_sync(), type(model).jax_state_sync(model))
    try:
        yield seen
    finally:
        model.__dict__.pop("jax_state_sync", None)


def keeper(callbacks: Sequence[keras.callbacks.Callback], epochs: int) -> keras.callbacks.EarlyStopping:
    """The callback that says which epoch is kept: the learner's own that restores weights, or the lowest val_loss."""
    stopping = keras.callbacks.EarlyStopping
    own = [c for c in callbacks if isinstance(c, stopping) and c.restore_best_weights]
    return own[-1] if own else stopping("val_loss", patience=epochs, restore_best_weights=True)


def what_was_kept(model: keras.Model, history: keras.callbacks.History, best: keras.callbacks.EarlyStopping) -> str:
    """Say, and note in history.best_epoch, which epoch the weights of `model` are of."""
    last = len(history.epoch) - 1
    restored = best.best_weights is not None and all(map(np.array_equal, best.best_weights, model.get_weights()))
    history.best_epoch = best.best_epoch if restored else last
    by = "validation" if best.monitor == "val_loss" else best.monitor
    found = history.history.get("val_accuracy")
    accuracy = f": accuracy {found[history.best_epoch]:.3f}" if found else ""
    if restored:
        more = "; the last epoch was the best: more epochs may help" if history.best_epoch == last > 0 else ""
        return f"kept epoch {history.best_epoch + 1}, best on {by}{accuracy}{more}"
    return f"kept what your callbacks left after epoch {last + 1}; before them{accuracy or ', nothing was measured'}"


def fit_whole(model: keras.Model, training: Batches, judging: Batches, epochs: int) -> None:
    """Fit all of `model` from scratch, silently, and keep the epoch with the lowest validation loss.

    It stops early where a third of `epochs` brings nothing better. The batches shuffle themselves, from their seed.
    """
    best = keras.callbacks.EarlyStopping("val_loss", patience=epochs // 3, restore_best_weights=True)
    ready(model, training)
    fed = {"x": feeding(model, training), "validation_data": feeding(model, judging)}
    model.fit(**fed, epochs=epochs, callbacks=[best], verbose=0, shuffle=False)


def usable_cut(model: keras.Model, batches: Batches) -> Boundary:
    """The boundary of `model`, tried on a few inputs; its `reason` says why there is none to use."""
    cut = split(model)
    if cut.reason:
        return cut
    few = batches.split.load(range(min(FEW, len(batches.split))), batches.form)
    why = differs(model, cut, few)
    return Boundary(why) if why else cut


def compiled_like(model: keras.Model, part: keras.Model, **instead) -> keras.Model:
    """`part`, compiled with the settings of `model`, but for those in `instead`."""
    if hasattr(model, "output_names"):  # losses and metrics may be given by the name of an output
        part.output_names = model.output_names
    part.compile(**{**compiled_with(model), **instead})
    return part


def compiled_with(model: keras.Model) -> dict:
    """The very objects that `model` was compiled with: what is your own is in no config, and is kept all the same."""
    metrics = model._compile_metrics  # a second compile() without metrics leaves the first one's in force
    return {
        **model._compile_config.config,
        "loss": model.loss,
        "metrics": metrics and metrics._user_metrics,
        "weighted_metrics": metrics and metrics._user_weighted_metrics,
    }
