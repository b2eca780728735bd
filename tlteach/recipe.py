"""The six steps of transfer learning, as six functions: plain Keras models in, plain Keras models out.

    source = tl.select_source(task)               # 1 select a source model
    base   = tl.base_model(source)                # 2 base model with pre-trained weights, trainable=False
    model  = tl.add_head(base, task)              # 3 add a dense head
    first  = tl.train(model, task, epochs=10)     # 4 train the head
    tl.unfreeze(model, from_layer=0.6)            # 5 unfreeze the top of the base
    tl.recompile(model, learning_rate=1e-4)       # 6 recompile at a low learning rate ...
    second = tl.train(model, task, epochs=5)      #   ... and train again

Each step says in a line what it did and how many proofs held; tl.proofs() shows them, `with tl.quietly():` silences the
steps inside. A proof that fails is a GuardError whose text names the cure.
"""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from tlteach import guards, sources
from tlteach.core.door import checked
from tlteach.core.errors import SourceError
from tlteach.core.journal import bars, counted, say
from tlteach.core.modality import Form, Source
from tlteach.core.task import Task
from tlteach.engine.fit import compiled_with, fit, keeper, what_was_kept
from tlteach.engine.network import (
    base_layers,
    base_of,
    batch_normalizations,
    blocks,
    blocks_from,
    count,
    learns_in_base,
)
from tlteach.engine.rates import (
    Rate,
    highest_in_base,
    highest_of,
    in_words,
    new_optimizer,
    rate_of_head,
)
from tlteach.engine.store import MEMORY_BUDGET
from tlteach.tasks import ROOMS

FEW = 8  # inputs that are shown to a network before it is trained


@checked
def select_source(task: Task, name: str | None = None) -> Source:
    """Step 1: select the source model to transfer from, and say what it is.

    Args:
        task: the target task.
        name: a name from tl.sources.SOURCES, or for texts the path of a folder with a BERT in it; without one, a
            sensible source is chosen and the reason told.

    Raises:
        SourceError: no such source, or it does not take what the task gives.
    """
    source, why = (sources.source_by_name(name), "you named it") if name else sources.choose(task)
    if source.modality != task.modality:
        has = f"the task {task.name} has {task.train.called}"
        raise SourceError(f"The source {source.name} takes {source.takes}, but {has}.")
    did = f"{source.title}, trained on {source.trained_on}; licence {source.licence}"
    say(1, "select_source", did, [why, f"it takes {source.takes}, as {task.name} has"])
    return source


@checked
def base_model(source: Source, size: int | None = None, **named: int) -> keras.Model:
    """Step 2: build the source without its top, load its pre-trained weights, and freeze all of it.

    Args:
        source: a card from select_source.
        size: also by its name: of a source of pictures image_size=..., their height and width in pixels; of a source of
            texts max_tokens=..., and of sounds milliseconds=..., where longer ones are cut. Without it, what the source
            was trained with.

    Returns:
        For pictures, a model from raw pixels (n, image_size, image_size, 3), 0 to 255, to feature maps; preprocessing
        is inside. For sounds, a model from samples (n, milliseconds * 8), in -1..1, to one vector each; the spectrogram
        is inside. For texts, a model from token ids (n, tokens) to one vector each (n, width); its `tokenizer` makes
        the ids.

    Raises:
        SourceError: the size is too small or of the other modality, or the weights on the disk are damaged.
        FetchError: the weights are not on the disk and cannot be downloaded.
        GuardError: a proof of this step failed.
    """
    base = sources.build(source, size, **named)
    base.trainable = False
    layers = sum(bool(layer.weights) for layer in base.layers)
    did = f"{source.name}: {layers} layers, {base.count_params():,} parameters, {source.form_of(base)}, frozen"
    say(2, "base_model", did, [guards.pretrained(base), guards.all_frozen(base), source.proof(base)])
    return base


@checked
def add_head(base: keras.Model, task: Task, learning_rate: float | None = None, dropout: float = 0.2) -> keras.Model:
    """Step 3: put a dense head on a frozen base and compile the two for training.

    The head is average pooling over the feature map, dropout, and one dense layer with softmax. That layer starts
    with zeros: a head that knows nothing gives every class the same probability.

    Args:
        base: a frozen model whose output is a feature map (n, height, width, channels) or a vector (n, channels). A
            base for texts has its `tokenizer` with it.
        task: gives the number of classes and a few inputs for the proofs.
        learning_rate: of Adam; without it, what heads on our bases learn well at: 1e-2 on texts, else 1e-3.
        dropout: share of the features that is dropped during training.

    Returns:
        A compiled model from what the base takes to probabilities (n, classes).
    """
    base_frozen, learned = guards.all_frozen(base), guards.pretrained(base)
    inputs = keras.Input(base.input_shape[1:], dtype=base.inputs[0].dtype, name="inputs")
    features = base(inputs, training=False)
    if len(features.shape) == 4:
        features = keras.layers.GlobalAveragePooling2D(name="pooling")(features)
    features = keras.layers.Dropout(dropout, name="dropout")(features)
    learning_rate = learning_rate or ROOMS[task.modality].HEAD["learning_rate"]
    outputs = keras.layers.Dense(
        task.n_classes, activation="softmax", kernel_initializer="zeros", dtype="float32", name="head"
    )(features)
    model = keras.Model(inputs, outputs, name=f"{base.name}_with_head")
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.head_rate = learning_rate
    proofs = [
        f"only the head is trainable: {base_frozen} in the base",
        learned,
        guards.head_fits(model, task.n_classes),
        guards.loss_fits(model),
        guards.first_loss(_first_loss(model, task), task.n_classes),
    ]
    parameters = count(model.trainable_weights)
    did = f"Dense({task.n_classes}, softmax) on {features.shape[-1]} features: {parameters:,} parameters"
    say(3, "add_head", did, proofs)
    return model


@checked
def train(
    model: keras.Model,
    task: Task,
    epochs: int = 10,
    batch_size: int = 32,
    augment: Callable | None = None,
    seed: int = 0,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: str | int = "auto",
    cache: bool = True,
    views: int | None = 4,
    memory_budget: float = MEMORY_BUDGET,
) -> keras.callbacks.History:
    """Step 4, and again after step 6: train what is trainable, and keep the epoch that is best on validation.

    Args:
        model: compiled; what of it is trainable will learn, the rest is proved to stand still.
        task: its train split is learned from, its validation split chooses the epoch (lowest loss). The test split
            is not looked at.
        epochs: times that every training input is seen.
        batch_size: inputs per step.
        augment: a Keras layer (or a function of a batch) that changes raw training pixels or token ids, new in every
            epoch.
        seed: of the order of the training inputs.
        callbacks: any more Keras callbacks.
        verbose: Keras' progress bars: "auto", 0, 1 or 2. With 0 the step says nothing, with 2 it shows its proofs.
        cache: run the frozen layers only once for every input, and epochs over what comes after them; see
            tlteach/engine/fit.py. False runs the whole network in every epoch.
        views: with `augment` and `cache`, how many differently augmented copies of each input go through the frozen
            layers; epochs take them in turn. None: new ones in every epoch, at the cost of running the whole network.
        memory_budget: bytes of features to hold in memory; what is over goes to a temporary file.

    Returns:
        Keras' history. `best_epoch` (counted from 0) is the epoch whose weights the model now has: that with the lowest
        validation loss, or the one that an EarlyStopping of yours restores. `moved` has how far each weight moved.

    Raises:
        GuardError: the step would do nothing, or did what it should not, or a loss is no number.
    """
    form = task.train.form_of(model)
    splits = {"train": task.train, "validation": task.validation, "test": task.test}
    training = task.train.batches(form, batch_size, shuffle=True, seed=seed, augment=augment)
    proofs = [
        guards.compiled_for_what_is_trainable(model),
        guards.head_fits(model, task.n_classes),
        guards.loss_fits(model),
        guards.every_class(task.class_names, **splits),
        guards.no_leak(**splits) + ("" if task.tier != "own" else task.near_copies.in_words()),
        guards.groups_apart(**splits),
        guards.judged_by_unseen(model, **splits),
        guards.statistics_stand_still(model, _few(task, form)),
        guards.rate_is_meant(model) if learns_in_base(model) else guards.pretrained(model),
        *task.train.proofs(model, form),
    ]
    if augment is not None:
        few = task.train.take(range(min(batch_size, len(task.train))))
        changed = few.batches(form, batch_size, seed=seed, augment=augment)
        proofs.append(guards.augmentation_varies(changed, few.load(range(len(few)), form), model))
    before = guards.snapshot(model)
    best = keeper(callbacks, epochs)
    history = fit(
        model,
        training,
        task.validation.batches(form, batch_size),
        views=views,
        cache=cache,
        memory_budget=memory_budget,
        epochs=epochs,
        callbacks=[guards.stops_at_nan(before), *([] if best in callbacks else [best]), *callbacks],
        verbose=bars(verbose),
    )
    history.moved = before.moved()
    proofs += [guards.only_trainable_moved(before), history.boundary]
    did = f"{len(task.train):,} inputs, {counted(history.epoch, 'epoch')}"
    step = 6 if learns_in_base(model) else 4
    if step == 4:
        model.head_rate = highest_of(model.optimizer)
    say(step, "train", f"{did}; {what_was_kept(model, history, best)}", proofs, verbose)
    return history


@checked
def unfreeze(model: keras.Model, from_layer: str | int | float = 0.6) -> keras.Model:
    """Step 5: unfreeze the top of the base, from a block's edge up; BatchNormalization layers stay frozen.

    A frozen BatchNormalization layer runs in inference mode: it normalizes with the statistics of pre-training and
    not with those of a few target pictures.

    Args:
        model: a model with a base in it. The layers of the base below the edge are frozen.
        from_layer: where to begin. A layer's name or a block's name; or a whole number, so many layers from the top
            of the base; or a fraction above 0, up to 1.0 for the whole base. What falls inside a block is extended
            to all of the block (tl.blocks(model) lists them).

    Returns:
        The same model. It must be compiled again (step 6) before training.
    """
    chosen = blocks_from(model, from_layer)
    layers = [layer for block in chosen for layer in block.layers]
    base = base_of(model)
    if base is not model:
        base.trainable = True  # a nested model that is frozen as a whole would keep all of its layers frozen
    # One by one: on TensorFlow, base.trainable = True does nothing at all where it is True already. And by way of
    # True: where it is False already, False would not reach what is inside the layers of a model that was loaded.
    for layer in base_layers(model):
        layer.trainable = True
        layer.trainable = layer in layers
    for normalization in batch_normalizations(base):
        normalization.trainable = False
    proofs = [
        guards.only_these_trainable(model, layers),
        guards.normalizations_are_frozen(base),
        guards.no_block_is_cut(blocks(model)),
    ]
    say(5, "unfreeze", f"from block {chosen[0].name} up: {len(chosen)} of {len(blocks(model))} blocks", proofs)
    return model


@checked
def recompile(model: keras.Model, learning_rate: Rate = 1e-4) -> keras.Model:
    """Step 6: compile again, with a new optimizer of the same kind at a low learning rate.

    Keras builds its training step and the optimizer's slots for what was trainable when the model was compiled;
    without this step, what was unfrozen since would not learn.

    Args:
        model: compiled before; loss and metrics stay.
        learning_rate: well below the one that trained the head. A number or a Keras schedule; or (low, high), `low`
            for the lowest unfrozen block, `high` for the head, and the same ratio from one block to the next; or a
            dictionary with a rate for each unfrozen block and for "head".

    Returns:
        The same model.
    """
    proofs = [
        guards.something_is_unfrozen(model),
        guards.rate_is_low(model, highest_in_base(model, learning_rate)),
    ]
    head_rate = rate_of_head(model)
    optimizer = new_optimizer(model, model.optimizer, learning_rate)
    model.compile(**{**compiled_with(model), "optimizer": optimizer})
    model.head_rate = head_rate
    did = f"{optimizer.__class__.__name__}, learning rate {in_words(model, learning_rate)}"
    say(6, "recompile", did, proofs)
    return model


def _few(task: Task, form: Form) -> np.ndarray:
    return task.train.load(range(min(FEW, len(task.train))), form)


def _first_loss(model: keras.Model, task: Task) -> float:
    inputs = _few(task, task.train.form_of(model))
    outputs = model(keras.ops.convert_to_tensor(inputs, dtype=model.inputs[0].dtype), training=False)
    loss = keras.losses.sparse_categorical_crossentropy(task.train.labels[: len(inputs)], outputs)
    return float(np.mean(keras.ops.convert_to_numpy(loss)))
