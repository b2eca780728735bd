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
from tlteach.core.errors import GuardError, SourceError
from tlteach.core.journal import bars, counted, say
from tlteach.core.modality import Form, Source
from tlteach.core.task import Task
from tlteach.engine.fit import fit
from tlteach.engine.network import (
    base_layers,
    base_of,
    batch_normalizations,
    blocks,
    blocks_from,
    count,
    learns_in_base,
)
from tlteach.engine.rates import Rate, highest_in_base, highest_of, in_words, new_optimizer
from tlteach.engine.store import MEMORY_BUDGET

FEW = 8  # inputs that are shown to a network before it is trained


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


def base_model(source: Source, size: int | None = None, **named: int) -> keras.Model:
    """Step 2: build the source without its top, load its pre-trained weights, and freeze all of it.

    Args:
        source: a card from select_source.
        size: also by its name: of a source of pictures image_size=..., their height and width in pixels; of a source of
            texts max_tokens=..., where longer ones are cut. Without it, what the source was trained with.

    Returns:
        For pictures, a model from raw pixels (n, image_size, image_size, 3), 0 to 255, to feature maps; preprocessing
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


def add_head(base: keras.Model, task: Task, learning_rate: float = 1e-3, dropout: float = 0.2) -> keras.Model:
    """Step 3: put a dense head on a frozen base and compile the two for training.

    The head is average pooling over the feature map, dropout, and one dense layer with softmax. That layer starts
    with zeros: a head that knows nothing gives every class the same probability.

    Args:
        base: a frozen model whose output is a feature map (n, height, width, channels) or a vector (n, channels). A
            base for texts has its `tokenizer` with it.
        task: gives the number of classes and a few inputs for the proofs.
        learning_rate: of Adam.
        dropout: share of the features that is dropped during training.

    Returns:
        A compiled model from what the base takes to probabilities (n, classes).
    """
    base_frozen = guards.all_frozen(base)
    inputs = keras.Input(base.input_shape[1:], dtype=base.inputs[0].dtype, name="inputs")
    features = base(inputs, training=False)
    if len(features.shape) == 4:
        features = keras.layers.GlobalAveragePooling2D(name="pooling")(features)
    features = keras.layers.Dropout(dropout, name="dropout")(features)
    outputs = keras.layers.Dense(
        task.n_classes, activation="softmax", kernel_initializer="zeros", dtype="float32", name="head"
    )(features)
    model = keras.Model(inputs, outputs, name=f"{base.name}_with_head")
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    proofs = [
        f"only the head is trainable: {base_frozen} in the base",
        guards.head_fits(model, task.n_classes),
        guards.loss_fits(model),
        guards.first_loss(_first_loss(model, task), task.n_classes),
    ]
    parameters = count(model.trainable_weights)
    did = f"Dense({task.n_classes}, softmax) on {features.shape[-1]} features: {parameters:,} parameters"
    say(3, "add_head", did, proofs)
    return model


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
        Keras' history, with `best_epoch` (counted from 0), the epoch whose weights the model now has.

    Raises:
        GuardError: the step would do nothing, or did what it should not.
    """
    form = task.train.form_of(model)
    training = task.train.batches(form, batch_size, shuffle=True, seed=seed, augment=augment)
    proofs = [
        guards.compiled_for_what_is_trainable(model),
        guards.head_fits(model, task.n_classes),
        guards.loss_fits(model),
        guards.no_leak(train=task.train, validation=task.validation, test=task.test) + task.near_copies.in_words(),
        guards.statistics_stand_still(model, _few(task, form)),
        *task.train.proofs(model, form),
    ]
    if augment is not None:
        few = task.train.take(range(min(batch_size, len(task.train))))
        proofs.append(guards.augmentation_varies(few.batches(form, batch_size, seed=seed, augment=augment)))
    before = guards.snapshot(model)
    best = keras.callbacks.EarlyStopping("val_loss", patience=epochs, restore_best_weights=True)
    history = fit(
        model,
        training,
        task.validation.batches(form, batch_size),
        views=views,
        cache=cache,
        memory_budget=memory_budget,
        epochs=epochs,
        callbacks=[best, *callbacks],
        verbose=bars(verbose),
    )
    history.best_epoch = best.best_epoch
    proofs += [guards.only_trainable_moved(before), history.boundary]
    accuracy = history.history.get("val_accuracy", [float("nan")] * epochs)[best.best_epoch]
    did = f"{len(task.train):,} inputs, {counted(history.epoch, 'epoch')}"
    kept = f"kept epoch {best.best_epoch + 1}, best on validation: accuracy {accuracy:.3f}"
    step = 6 if learns_in_base(model) else 4
    say(step, "train", f"{did}; {kept}", proofs, verbose)
    return history


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
    if not model.compiled:
        raise GuardError(f"{model.name} was never compiled. Call model.compile(optimizer, loss) for the first time.")
    old = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    proofs = [guards.something_is_unfrozen(model)]
    if _trained_only_the_head(model, old):
        highest = highest_in_base(model, learning_rate)
        proofs.append(guards.rate_is_lower(highest, highest_of(old)))
    optimizer = new_optimizer(model, old, learning_rate)
    settings = keras.saving.deserialize_keras_object(model.get_compile_config())
    model.compile(**{**settings, "optimizer": optimizer, "loss": model.loss})
    say(
        6,
        "recompile",
        f"{optimizer.__class__.__name__}, learning rate {in_words(model, learning_rate)}",
        proofs,
    )
    return model


def _few(task: Task, form: Form) -> np.ndarray:
    return task.train.load(range(min(FEW, len(task.train))), form)


def _first_loss(model: keras.Model, task: Task) -> float:
    inputs = _few(task, task.train.form_of(model))
    outputs = model(keras.ops.convert_to_tensor(inputs, dtype=model.inputs[0].dtype), training=False)
    loss = keras.losses.sparse_categorical_crossentropy(task.train.labels[: len(inputs)], outputs)
    return float(np.mean(keras.ops.convert_to_numpy(loss)))


def _trained_only_the_head(model: keras.Model, optimizer: keras.Optimizer) -> bool:
    """Whether the rate of the old optimizer is the one the head was trained with, while the base was frozen."""
    in_base = {id(weight) for layer in base_layers(model) for weight in layer.weights}
    return not any(id(variable) in in_base for variable in optimizer._trainable_variables)
