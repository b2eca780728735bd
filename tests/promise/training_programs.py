"""Training that learns nothing, too much, or not numbers; and what callbacks see of it."""

import tempfile
from pathlib import Path

import keras
import numpy as np
from promise.small import base, head_on, model, pictures, task
from promise.table import correct, wrong

import tlteach as tl

SPARSE = "sparse_categorical_crossentropy"


def fitted(**how) -> keras.callbacks.History:
    return tl.train(model(), task(), **{"epochs": 1, **how})


def unfrozen() -> keras.Model:
    """A model after step 5, whose head was trained."""
    trained = model()
    tl.train(trained, task(), epochs=1)
    return tl.unfreeze(trained, 0.5)


# ---------------------------------------------------------------- numbers that are none


@wrong(r"weights? of .* hold NaN")
def a_base_with_nan_in_it():
    broken = base(normalized=False)
    broken.layers[2].bias.assign(np.full(4, np.nan))
    by_hand = head_on(broken)
    by_hand.compile("adam", SPARSE)
    tl.train(by_hand, task(), epochs=1)


@wrong("loss is nan from epoch 1 on")
def a_loss_that_is_no_number():
    by_hand = head_on(base())
    by_hand.compile("adam", lambda true, predicted: keras.ops.log(-keras.ops.sum(predicted, axis=-1)))
    tl.train(by_hand, task(), epochs=1)


@wrong("gives NaN or infinite values for 6 of 6 inputs")
def evaluating_a_model_with_nan_in_it():
    broken = model()
    broken.layers[-1].bias.assign([np.nan, 0])
    tl.evaluate(broken, task().test)


@correct
def after_a_loss_that_is_no_number_the_weights_are_back():
    by_hand = head_on(base())
    by_hand.compile("adam", lambda true, predicted: keras.ops.log(-keras.ops.sum(predicted, axis=-1)))
    before = by_hand.get_weights()
    try:
        tl.train(by_hand, task(), epochs=2)
    except tl.GuardError:
        assert all(map(np.array_equal, before, by_hand.get_weights()))


# ---------------------------------------------------------------- bases that know nothing


@wrong("fresh random network")
def a_copy_by_clone_model():
    copy = keras.models.clone_model(base())
    copy.trainable = False
    tl.add_head(copy, task())


@wrong("fresh random network")
def an_own_base_that_was_never_trained():
    by_hand = head_on(base(pretrained=False))
    by_hand.compile("adam", SPARSE)
    tl.train(by_hand, task(), epochs=1)


@wrong("fresh random network: 5 of its 6")
def weights_of_which_one_was_found():
    fresh = base(pretrained=False, normalized=True)
    fresh.get_layer("block1_bn").gamma.assign([1.1] * 4)
    for number in (1, 2):
        fresh.get_layer(f"block{number}_conv").bias.assign(np.zeros(4 * number))
    tl.add_head(keras.Model(fresh.input, fresh.get_layer("block2_conv").output, trainable=False), task())


@correct
def random_weights_on_purpose():
    control = tl.sources.build(tl.sources.SOURCES["menagerie"], 32, weights=None)
    control.trainable = False
    tl.train(tl.add_head(control, task()), task(), epochs=1)


@correct
def a_network_from_nothing():
    fresh = base(pretrained=False)
    fresh.trainable = True
    by_hand = head_on(fresh)
    by_hand.compile("adam", SPARSE)
    tl.train(by_hand, task(), epochs=2)
    tl.train(by_hand, task(), epochs=1)


# ---------------------------------------------------------------- learning too much, or nothing


@wrong("would learn at 0.001, the rate of its head")
def unfreezing_before_the_head_was_trained():
    tl.train(tl.unfreeze(model(), 1.0), task(), epochs=1)


@wrong("not below 0.001, the rate that trained the head")
def the_rate_of_the_head_for_the_base():
    tl.recompile(unfrozen(), 1e-3)


@wrong("would learn at 0.1, and 0.001 is usual")
def a_plain_compile_at_a_high_rate():
    trained = unfrozen()
    trained.compile(keras.optimizers.Adam(0.1), SPARSE, metrics=["accuracy"])
    tl.train(trained, task(), epochs=1)


@wrong("would learn at 0.1, and 0.001 is usual")
def a_high_rate_for_a_base_that_was_built_by_hand():
    learning = base()
    learning.trainable = True
    for layer in learning.layers:
        layer.trainable = "bn" not in layer.name
    by_hand = head_on(learning)
    by_hand.compile(keras.optimizers.Adam(0.1), SPARSE)
    tl.train(by_hand, task(), epochs=1)


@correct
def a_high_rate_on_purpose():
    trained = unfrozen()
    trained.compile(keras.optimizers.AdamW(3e-3), SPARSE, metrics=["accuracy"])
    tl.train(trained, task(), epochs=1)


@wrong("moved by .* at most, which is no more than rounding")
def a_rate_too_low_to_learn_anything():
    model_of_mine = model()
    model_of_mine.compile(keras.optimizers.Adam(1e-12), SPARSE)
    tl.train(model_of_mine, task(), epochs=1)


@wrong("1 trainable weight exactly as before training.*head/kernel")
def features_that_are_all_zero():
    dead = base(normalized=False)
    dead.get_layer("block2_conv").bias.assign(np.full(8, -1e6))
    tl.train(tl.add_head(dead, task()), task(), epochs=1)


@wrong("frozen or unfrozen during training")
def a_callback_that_unfreezes():
    trained = model()
    epochs = iter(range(5))

    def unfreeze(epoch, logs):
        trained.layers[1].trainable = next(epochs) >= 0

    tl.train(trained, task(), epochs=2, callbacks=[keras.callbacks.LambdaCallback(on_epoch_begin=unfreeze)])


@correct
def a_head_with_normalization_after_step_6():
    inputs = keras.Input((32, 32, 3))
    mlp = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(4, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    by_hand = keras.Model(inputs, mlp(keras.layers.GlobalAveragePooling2D()(base()(inputs, training=False))))
    by_hand.compile("adam", SPARSE, metrics=["accuracy"])
    tl.train(by_hand, task(), epochs=1)
    tl.recompile(tl.unfreeze(by_hand, 0.5), 1e-4)
    tl.train(by_hand, task(), epochs=1)
    with tempfile.TemporaryDirectory() as folder:
        by_hand.save(Path(folder) / "model.keras")
        tl.train(keras.models.load_model(Path(folder) / "model.keras"), task(), epochs=1)


# ---------------------------------------------------------------- recompiling keeps what was compiled


class Own(keras.losses.Loss):
    """A focal loss, as one writes it oneself."""

    def call(self, y_true, y_pred):
        right = keras.ops.take_along_axis(y_pred, keras.ops.cast(keras.ops.reshape(y_true, (-1, 1)), "int32"), 1)[:, 0]
        return -keras.ops.square(1 - right) * keras.ops.log(right + 1e-7)


class OwnMetric(keras.metrics.Mean):
    """How sure the model is, on average."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(keras.ops.max(y_pred, axis=-1))


class OwnOptimizer(keras.optimizers.SGD):
    """One that is not known to Keras by name."""


@correct
def recompiling_keeps_an_own_loss_metric_and_optimizer():
    by_hand = head_on(base())
    by_hand.compile(OwnOptimizer(0.01, momentum=0.5), Own(), metrics=["accuracy", OwnMetric(name="sure")])
    tl.train(by_hand, task(), epochs=1)
    tl.recompile(tl.unfreeze(by_hand, 0.5), 1e-4)
    assert isinstance(by_hand.loss, Own)
    assert isinstance(by_hand.optimizer, OwnOptimizer)
    assert by_hand.optimizer.momentum == 0.5
    assert "val_sure" in tl.train(by_hand, task(), epochs=1).history


@correct
def recompiling_keeps_a_loss_that_is_a_function():
    def smoothed(y_true, y_pred):
        labels = 0.9 * keras.ops.one_hot(keras.ops.reshape(y_true, (-1,)), 2) + 0.05
        return keras.losses.categorical_crossentropy(labels, y_pred)

    by_hand = head_on(base())
    by_hand.compile("sgd", smoothed)
    tl.train(by_hand, task(), epochs=1)
    tl.recompile(tl.unfreeze(by_hand, 0.5), 1e-4)
    assert by_hand.loss is smoothed


@correct
def recompiling_keeps_what_weight_decay_leaves_alone():
    by_hand = head_on(base())
    optimizer = keras.optimizers.AdamW(1e-3)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    by_hand.compile(optimizer, SPARSE)
    tl.train(by_hand, task(), epochs=1)
    tl.recompile(tl.unfreeze(by_hand, 0.5), 1e-4)
    decays = {w.name: by_hand.optimizer._use_weight_decay(w) for w in by_hand.trainable_weights}
    assert decays["kernel"]
    assert not decays["bias"]


# ---------------------------------------------------------------- the model in callbacks is the model


@correct
def checkpoints_open_and_are_the_model():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "best.keras"
        trained = model()
        checkpoint = keras.callbacks.ModelCheckpoint(path, monitor="val_loss", save_best_only=True)
        tl.train(trained, task(), epochs=2, callbacks=[checkpoint])
        images = pictures(4)[0].astype("float32")
        found = keras.models.load_model(path).predict(images, verbose=0)
        assert np.allclose(found, trained.predict(images, verbose=0), atol=1e-6)


@correct
def checkpoints_of_weights_can_be_loaded():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "last.weights.h5"
        trained = model()
        callbacks = [keras.callbacks.ModelCheckpoint(path, save_weights_only=True)]
        tl.train(trained, task(), epochs=1, callbacks=callbacks)
        trained.load_weights(path)


@correct
def a_callback_that_asks_the_model():
    seen = []
    trained = model()

    class Asks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.get_layer("head")
            seen.append(self.model.predict(pictures(4)[0].astype("float32"), verbose=0))

    tl.train(trained, task(), epochs=2, callbacks=[Asks()])
    assert len(seen) == 2
    assert not np.array_equal(*seen)


@correct
def a_callback_that_stops_training():
    def stop(epoch, logs):
        trained.stop_training = True

    trained = model()
    history = tl.train(trained, task(), epochs=5, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=stop)])
    assert len(history.epoch) == 1


@correct
def tensorboard_writes_and_a_plateau_lowers_the_rate():
    with tempfile.TemporaryDirectory() as folder:
        plateau = keras.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=0, min_delta=10)
        csv = keras.callbacks.CSVLogger(Path(folder) / "log.csv")
        trained = model()
        tl.train(trained, task(), epochs=3, callbacks=[keras.callbacks.TensorBoard(folder), plateau, csv])
        assert float(trained.optimizer.learning_rate) < 1e-3
        assert any(Path(folder).rglob("*tfevents*"))
        assert len((Path(folder) / "log.csv").read_text().splitlines()) == 4


class Sinks(keras.callbacks.Callback):
    """Makes the validation accuracy that others see fall after the first epoch."""

    def on_epoch_end(self, epoch, logs=None):
        logs["val_accuracy"] = 1 - epoch / 10


@correct
def the_epoch_that_an_early_stopping_of_yours_restores_is_told():
    own = keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=5, restore_best_weights=True)
    trained = model()
    history = tl.train(trained, task(), epochs=3, callbacks=[Sinks(), own])
    assert history.best_epoch == own.best_epoch == 0
    assert all(map(np.array_equal, own.best_weights, trained.get_weights()))


@correct
def weights_that_a_callback_leaves_are_told():
    trained = model()

    def overwrite(logs):
        trained.layers[-1].bias.assign([3.0, -3.0])

    history = tl.train(trained, task(), epochs=2, callbacks=[keras.callbacks.LambdaCallback(on_train_end=overwrite)])
    assert history.best_epoch == 1
    assert float(trained.layers[-1].bias[0]) == 3.0


@correct
def how_far_each_weight_moved_is_told():
    history = fitted()
    assert history.moved.keys() == {"head/kernel", "head/bias"}
    assert all(0 < far < 0.1 for far in history.moved.values())
