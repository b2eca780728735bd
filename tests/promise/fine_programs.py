"""Unusual and yet right: none of these may be refused."""

import contextlib
import tempfile
from pathlib import Path

import keras
import numpy as np
from promise.small import base, head_on, model, pictures, pretend_pretraining, task, task_of_texts
from promise.table import correct

import tlteach as tl
from tlteach import tune
from tlteach.text.word_vectors import WordVectors, average, tokenizer_for


def compiled(made: keras.Model, loss="sparse_categorical_crossentropy", optimizer="adam", **how) -> keras.Model:
    made.compile(optimizer, loss, **{"metrics": ["accuracy"], **how})
    return made


def fine_tuned_with(optimizer: keras.Optimizer) -> None:
    """Steps 4 to 6 with an optimizer of one's own."""
    made = compiled(head_on(base()), optimizer=optimizer)
    tl.train(made, task(), epochs=1, cache=False)
    tl.recompile(tl.unfreeze(made, 0.5), 1e-5)
    assert type(made.optimizer) is type(optimizer)


@contextlib.contextmanager
def precision(name: str):
    before = keras.mixed_precision.dtype_policy()
    keras.mixed_precision.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.mixed_precision.set_dtype_policy(before)


def base_of_keras(name: str, size: int = 32, **how) -> keras.Model:
    """A base of keras.applications behind its own preprocessing, that looks pre-trained."""
    made = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(size, size, 3), **how)
    pretend_pretraining(made)
    made.trainable = False
    return made


def base_of_words() -> keras.Model:
    vectors = np.random.default_rng(0).normal(size=(4, 8)).astype("float32")
    known = WordVectors(("red", "blue", "house", "very"), vectors)
    return average(known, tokenizer_for(task_of_texts(), known))


# ---------------------------------------------------------------- optimizers, rates, precision


@correct
def sgd_with_momentum():
    fine_tuned_with(keras.optimizers.SGD(0.01, momentum=0.9, nesterov=True))


@correct
def rmsprop():
    fine_tuned_with(keras.optimizers.RMSprop(1e-3))


@correct
def adamw_with_clipped_gradients():
    fine_tuned_with(keras.optimizers.AdamW(1e-3, weight_decay=1e-4, clipnorm=1.0))


@correct
def nadam():
    fine_tuned_with(keras.optimizers.Nadam(1e-3))


@correct
def adagrad():
    fine_tuned_with(keras.optimizers.Adagrad(0.01))


@correct
def lion():
    fine_tuned_with(keras.optimizers.Lion(1e-4))


@correct
def a_schedule_for_the_head():
    made = model(learning_rate=keras.optimizers.schedules.CosineDecay(1e-2, 20))
    tl.train(made, task(), epochs=1, cache=False)


@correct
def one_cycle_in_step_6():
    steps = tune.steps_of(task(), epochs=1)
    tl.recompile(tl.unfreeze(model(), 0.5), tune.one_cycle(1e-4, steps))


@correct
def a_warm_up_in_step_6():
    made = tl.recompile(tl.unfreeze(model(), 0.5), tune.warm_up_cosine(1e-4, 10))
    tl.train(made, task(), epochs=1, cache=False, batch_size=4)


@correct
def a_rate_that_decays_exponentially():
    tl.recompile(tl.unfreeze(model(), 0.5), keras.optimizers.schedules.ExponentialDecay(1e-4, 10, 0.9))


@correct
def rates_from_low_to_high():
    made = tl.recompile(tl.unfreeze(model(), 1.0), (1e-6, 1e-4))
    tl.train(made, task(), epochs=1, cache=False, batch_size=4)


@correct
def a_rate_for_each_block():
    tl.recompile(tl.unfreeze(model(), 1.0), {"block1": 1e-6, "block2": 1e-5, "head": 1e-3})


@correct
def rates_in_a_list():
    tl.recompile(tl.unfreeze(model(), 1.0), [1e-6, 1e-4])


@correct
def numbers_of_numpy():
    made = model(learning_rate=np.float64(1e-3))
    tl.train(made, task(), epochs=np.int64(1), batch_size=np.int32(8), seed=np.uint8(3), cache=False)


@correct
def mixed_precision():
    with precision("mixed_float16"):
        tl.train(model(), task(), epochs=1)


@correct
def brain_floats():
    with precision("mixed_bfloat16"):
        tl.train(model(), task(), epochs=1, cache=False)


@correct
def low_rank_adaptation():
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(base()(inputs, training=False))
    hidden = keras.layers.Dense(8, activation="relu", name="hidden")
    made = keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name="head")(hidden(x)))
    hidden.enable_lora(2)
    tl.train(compiled(made), task(), epochs=1)


# ---------------------------------------------------------------- models


@correct
def mobilenet_with_its_preprocessing():
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = base_of_keras("MobileNet", alpha=0.25)(x, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    made = compiled(keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x)))
    tl.train(made, task(), epochs=1, cache=False)


@correct
def blocks_of_networks_of_keras():
    for name, block in (("ResNet50", "conv5_block1"), ("VGG16", "block5")):
        made = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(32, 32, 3))
        tl.unfreeze(made, block)


@correct
def a_flat_model():
    features = base()
    x = keras.layers.GlobalAveragePooling2D()(features.output)
    flat = compiled(keras.Model(features.input, keras.layers.Dense(2, activation="softmax")(x)))
    tl.train(flat, task(), epochs=1)
    tl.recompile(tl.unfreeze(flat, "block2"), 1e-5)


@correct
def a_sequential_model():
    layers = [base(), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2, activation="softmax")]
    tl.train(compiled(keras.Sequential(layers)), task(), epochs=1)


@correct
def a_small_network_from_scratch():
    layers = [keras.layers.Conv2D(4, 3, strides=4), keras.layers.BatchNormalization(), keras.layers.Flatten()]
    made = keras.Sequential([keras.Input((32, 32, 3)), *layers, keras.layers.Dense(2, activation="softmax")])
    tl.train(compiled(made), task(), epochs=1, cache=False)


@correct
def one_sigmoid_for_two_classes():
    made = compiled(head_on(base(), 1, "sigmoid"), "binary_crossentropy")
    tl.train(made, task(), epochs=1)
    assert tl.evaluate(made, task().test).probabilities.shape == (6, 2)


@correct
def one_logit_for_two_classes():
    made = compiled(head_on(base(), 1, None), keras.losses.BinaryCrossentropy(from_logits=True))
    tl.train(made, task(), epochs=1, cache=False)


@correct
def logits_for_every_class():
    made = compiled(head_on(base(), 2, None), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    tl.train(made, task(), epochs=1, cache=False)


@correct
def softmax_as_a_layer():
    logits = head_on(base(), 2, None)
    tl.train(compiled(keras.Model(logits.input, keras.layers.Softmax()(logits.output))), task(), epochs=1, cache=False)


@correct
def a_deeper_head_with_weight_decay():
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(base()(inputs, training=False))
    x = keras.layers.Dropout(0.3)(keras.layers.Dense(8, activation="relu", kernel_regularizer="l2")(x))
    tl.train(compiled(keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))), task(), epochs=1)


@correct
def no_accuracy_among_the_metrics():
    tl.train(compiled(head_on(base()), metrics=None), task(), epochs=1)


@correct
def more_metrics_than_accuracy():
    more = ["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(1, name="top1")]
    tl.train(compiled(head_on(base()), metrics=more), task(), epochs=1, cache=False)


@correct
def a_model_that_runs_eagerly():
    tl.train(compiled(head_on(base()), run_eagerly=True), task(), epochs=1, cache=False)


# ---------------------------------------------------------------- unfreezing


@correct
def from_the_name_of_a_layer():
    tl.unfreeze(model(), "block2_conv")


@correct
def from_so_many_layers_from_the_top():
    tl.unfreeze(model(), 2)


@correct
def the_whole_base():
    made = tl.recompile(tl.unfreeze(model(), 1.0), 1e-5)
    tl.train(made, task(), epochs=1, batch_size=4)


@correct
def less_and_then_more():
    made = tl.unfreeze(model(), "block2")
    tl.recompile(tl.unfreeze(made, 1.0), 1e-5)
    tl.recompile(made, 1e-6)


@correct
def block_by_block():
    made = model()
    tl.train(made, task(), epochs=1)
    tune.gradual_unfreeze(made, task(), 1e-5, n_blocks=1)


# ---------------------------------------------------------------- how it is trained


@correct
def callbacks_in_a_list():
    stop = keras.callbacks.EarlyStopping("val_loss", patience=1)
    tl.train(model(), task(), epochs=2, callbacks=[stop, keras.callbacks.TerminateOnNaN()])


@correct
def callbacks_in_a_tuple():
    seen = []
    note = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["val_loss"]))
    tl.train(model(), task(), epochs=1, callbacks=(note,))
    assert len(seen) == 1


@correct
def without_the_cache():
    tl.train(model(), task(), epochs=1, cache=False)


@correct
def features_in_files():
    tl.train(model(), task(), epochs=1, memory_budget=0)


@correct
def new_augmentation_in_every_epoch():
    tl.train(model(), task(), epochs=1, augment=keras.layers.RandomRotation(0.1), views=None)


@correct
def one_view_of_each_picture():
    tl.train(model(), task(), epochs=1, augment=keras.layers.RandomTranslation(0.2, 0.2), views=1)


@correct
def a_function_that_augments():
    random = np.random.default_rng(0)
    tl.train(model(), task(), epochs=1, cache=False, augment=lambda batch: batch + random.normal(0, 2, batch.shape))


@correct
def several_augmentations():
    layers = [keras.layers.RandomTranslation(0.2, 0.2), keras.layers.RandomZoom(0.2)]
    tl.train(model(), task(), epochs=1, cache=False, augment=keras.Sequential(layers))


@correct
def batches_that_are_larger_than_the_task():
    tl.train(model(), task(), epochs=1, cache=False, batch_size=512)


# ---------------------------------------------------------------- tasks


@correct
def a_subset():
    tl.train(model(), task().subset(3, seed=2), epochs=1, cache=False)


@correct
def grey_pictures():
    images, labels = pictures(24)
    made = tl.tasks.from_arrays(images[..., 0], labels, ("red", "blue"), validation=0.25, test=0.25)
    tl.evaluate(model(), made.test)


@correct
def pictures_of_floats():
    images, labels = pictures(24)
    tl.tasks.from_arrays(images.astype("float32"), labels, ("red", "blue"), validation=0.25, test=0.25)


@correct
def pictures_of_another_size_and_shape():
    images, labels = pictures(24, size=48)
    made = tl.tasks.from_arrays(images[:, :40], labels, ["red", "blue"], validation=0.25, test=0.25)
    tl.evaluate(model(), made.test)


@correct
def labels_of_other_types():
    images, labels = pictures(24)
    for kind in ("uint8", "int64"):
        tl.tasks.from_arrays(images, labels.astype(kind), ("red", "blue"), validation=0.25, test=0.25)
    tl.tasks.from_arrays(images, labels.tolist(), np.array(["red", "blue"]), validation=0.25, test=0.25)


@correct
def names_in_every_script():
    images, labels = pictures(24)
    print(tl.tasks.from_arrays(images, labels, ["красный", "青い 🎨"], validation=0.25, test=0.25, name="Τέστ"))


@correct
def three_classes():
    images, _ = pictures(24)
    made = tl.tasks.from_arrays(images, np.arange(24) % 3, ["a", "b", "c"], validation=0.25, test=0.25)
    tl.train(tl.add_head(base(), made), made, epochs=1, cache=False)


@correct
def splits_that_were_cut_by_hand():
    images, labels = pictures(24)
    parts = [(images[part], labels[part]) for part in (slice(12), slice(12, 18), slice(18, 24))]
    tl.train(model(), tl.tasks.from_splits(*parts, ["red", "blue"]), epochs=1, cache=False)


@correct
def a_folder_of_photos():
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        for number, (image, label) in enumerate(zip(*pictures(24), strict=True)):
            path = Path(folder) / ("red", "blue")[label] / f"{number}.png"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(image).save(path)
        tl.train(model(), tl.tasks.from_folder(Path(folder), validation=0.25, test=0.25), epochs=1, cache=False)


@correct
def a_file_of_texts_without_names():
    with tempfile.TemporaryDirectory() as folder:
        rows = [f"{n % 2}\ta text with the number {n}" for n in range(24)]
        (Path(folder) / "texts.tsv").write_text("\n".join(rows), encoding="utf-8")
        tl.tasks.from_csv(Path(folder) / "texts.tsv", text=1, label=0, validation=0.25, test=0.25)


@correct
def texts_in_a_tuple():
    texts = tuple(f"text number {n}, {'ja' * (n % 2)}" for n in range(24))
    tl.tasks.from_texts(texts, [n % 2 for n in range(24)], ["no", "yes"], validation=0.25, test=0.25)


@correct
def word_vectors_and_a_head():
    words = task_of_texts()
    made = tl.add_head(base_of_words(), words)
    tl.train(made, words, epochs=1)
    tl.evaluate(made, words.test)


@correct
def word_vectors_fine_tuned():
    words = task_of_texts()
    made = tl.recompile(tl.unfreeze(tl.add_head(base_of_words(), words), 1.0), 1e-4)
    tl.train(made, words, epochs=1, batch_size=4)


# ---------------------------------------------------------------- judging, saving, drawing


@correct
def judged_on_every_split():
    made, ours = model(), task()
    for split in (ours.train, ours.validation, ours.test):
        print(tl.evaluate(made, split, batch_size=5))


@correct
def saved_loaded_and_trained_on():
    made = model()
    tl.train(made, task(), epochs=1)
    with tempfile.TemporaryDirectory() as folder:
        made.save(Path(folder) / "model.keras")
        again = keras.models.load_model(Path(folder) / "model.keras")
    tl.train(again, task(), epochs=1)


@correct
def saved_with_rates_for_blocks():
    made = tl.recompile(tl.unfreeze(model(), 1.0), (1e-6, 1e-4))
    with tempfile.TemporaryDirectory() as folder:
        made.save(Path(folder) / "model.keras")
        tune.load_model(Path(folder) / "model.keras")


@correct
def methods_of_ones_own_compared():
    def guess(task, seed):
        return np.random.default_rng(seed).integers(0, 2, len(task.test))

    def never(task, seed):
        return tl.compare.Outcome(np.zeros(len(task.test), int))

    found = tl.compare.compare([guess, never], task(), seeds=2, workers=1, progress=False)
    with tempfile.TemporaryDirectory() as folder:
        tl.compare.load(found.save(Path(folder) / "found.json"))


@correct
def a_range_test():
    tune.find_learning_rate(model(), task(), low=1e-6, high=1, steps=3)


@correct
def statistics_measured_again():
    tune.recalibrate(base(), task())


@correct
def sources_ranked():
    tl.transferability.rank_sources([("one", base()), ("other", base(normalized=False))], task(), "h_score")


@correct
def a_source_spelled_as_keras_spells_it():
    assert tl.select_source(task(), "MobileNetV2").name == "mobilenet_v2_100"


@correct
def figures():
    history = {"loss": [1.0, 0.5], "val_loss": [1.0, 0.7], "accuracy": [0.5, 0.9], "val_accuracy": [0.5, 0.8]}
    tl.show.learning_curves(history)
    tl.show.learning_curves(history, history)
    tl.show.confusion_matrix(tl.evaluate(model(), task().test), task().class_names)
    tl.show.pictures(task().train.inputs[:3], ["a", "b", "c"], columns=3)


@correct
def drawn_animals():
    images, animals = tl.menagerie.sample(("cat", "owl"), 2, seed=3, style="night", size=24)
    assert (images[0] == tl.menagerie.draw(animals[0], 24, style="night")).all()
