"""Fit what of a model is trainable, running what is frozen only once for every input."""

import keras

from tlteach.engine.batches import Batches
from tlteach.engine.boundary import Boundary, differs, split
from tlteach.engine.features import features_of
from tlteach.engine.store import MEMORY_BUDGET, Store

FEW = 4  # inputs on which the two parts of a cut model are compared with the whole


def fit(
    model: keras.Model,
    training: Batches,
    judging: Batches,
    views: int | None = 4,
    cache: bool = True,
    memory_budget: float = MEMORY_BUDGET,
    **how,
) -> keras.callbacks.History:
    """Fit `model` as `model.fit(training, validation_data=judging, **how)` would, in less time.

    What it costs, in passes of the frozen part over the training inputs: 1 without augmentation; `views` with it; as
    many as there are epochs with `views=None` or `cache=False`, and wherever the cache cannot help.

    Args:
        model: compiled. Its own optimizer, with its state, trains; losses and metrics are as it was compiled with.
        training, judging: batches of the train and the validation split. They shuffle themselves, from their seed.
        views: how many differently augmented copies of each input go through the frozen part. Each epoch takes one of
            them for each input, in turn, beginning anywhere. None: every epoch augments afresh.
        cache: False is plain `model.fit`.
        memory_budget: bytes of features to hold in memory. What is over goes to a file in a temporary folder, which
            is removed at the end; inputs are then shuffled in large pieces, and within each piece.
        how: epochs, callbacks, verbose. Callbacks get the trainable part, which shares the model's layers, as `model`.

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
            part = compiled_like(model, cut.trainable)
            judging, judged = features_of(cut, judging, store)
            training, trained = features_of(cut, training, store, views)
            told = f"the frozen part, up to {cut.layer}, ran once: for {trained} of train and {judged} of validation"
        history = part.fit(training, validation_data=judging, shuffle=False, **how)
    history.set_model(model)
    history.boundary = told
    return history


def fit_whole(model: keras.Model, training: Batches, judging: Batches, epochs: int) -> None:
    """Fit all of `model` from scratch, silently, and keep the epoch with the lowest validation loss.

    It stops early where a third of `epochs` brings nothing better. The batches shuffle themselves, from their seed.
    """
    best = keras.callbacks.EarlyStopping("val_loss", patience=epochs // 3, restore_best_weights=True)
    model.fit(training, validation_data=judging, epochs=epochs, callbacks=[best], verbose=0, shuffle=False)


def usable_cut(model: keras.Model, batches: Batches) -> Boundary:
    """The boundary of `model`, tried on a few inputs; its `reason` says why there is none to use."""
    cut = split(model)
    if cut.reason:
        return cut
    few = batches.split.load(range(min(FEW, len(batches.split))), batches.form)
    why = differs(model, cut, few)
    return Boundary(why) if why else cut


def compiled_like(model: keras.Model, part: keras.Model) -> keras.Model:
    """`part`, compiled with the settings and the very optimizer of `model`."""
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
    return part
