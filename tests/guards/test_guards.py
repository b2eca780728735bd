"""Each guard, with the historical bug that it is there for: the bug is put back, and the cure must be named."""

import keras
import numpy as np
import pytest

import tlteach as tl
from tlteach import guards
from tlteach.core.errors import GuardError
from tlteach.engine.network import batch_normalizations
from tlteach.image.proofs import preprocessing


@pytest.fixture
def model(base, colours):
    return tl.add_head(base, colours)


@pytest.fixture
def trained(model, colours):
    tl.train(model, colours, epochs=1, verbose=0)
    return model


# ---------------------------------------------------------------- step 2


def test_a_base_with_random_weights_is_refused():
    fresh = keras.applications.MobileNet(alpha=0.25, input_shape=(32, 32, 3), include_top=False, weights=None)
    with pytest.raises(GuardError, match=r'fresh random network.*weights="imagenet"'):
        guards.pretrained(fresh)


def test_a_base_with_learned_weights_is_accepted(base):
    assert "15 of 15" in guards.pretrained(base)


def test_a_base_that_was_not_frozen_is_refused(base, colours):
    base.trainable = True
    with pytest.raises(GuardError, match=r"not frozen.*trainable = False"):
        tl.add_head(base, colours)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("VGG16", lambda x: x / 255),
        ("VGG16", lambda x: x),  # the right numbers, but RGB where BGR was meant
        ("MobileNet", lambda x: x),
        ("MobileNet", lambda x: x / 255),
        ("EfficientNetB0", lambda x: x / 255),  # which preprocesses inside: scaled twice
        ("DenseNet121", lambda x: x / 127.5 - 1),
    ],
)
def test_preprocessing_that_does_not_match_the_source(name, wrong):
    base, expected = _application(name)
    inputs = keras.Input((32, 32, 3))
    hand_built = keras.Model(inputs, base(wrong(inputs)))
    with pytest.raises(GuardError, match=r"preprocessing does not match.*preprocess_input"):
        preprocessing(hand_built, _pixels(), expected)


@pytest.mark.parametrize("name", ["VGG16", "MobileNet", "EfficientNetB0", "DenseNet121"])
def test_the_right_preprocessing_is_accepted(name):
    base, expected = _application(name)
    inputs = keras.Input((32, 32, 3))
    hand_built = keras.Model(inputs, base(expected(inputs)))
    assert preprocessing(hand_built, _pixels(), expected) == "pixels reach it as in pre-training"


def test_without_a_card_the_first_batch_normalization_bears_witness(base):
    assert "times the spread" in preprocessing(base, _pixels())
    inputs = keras.Input((32, 32, 3))
    scaled_twice = keras.Model(inputs, base(inputs / 255))
    with pytest.raises(GuardError, match=r"block1_bn.*scaled twice"):
        preprocessing(scaled_twice, _pixels())


def test_looking_at_what_enters_a_layer_leaves_the_model_as_it_was(base):
    before = base.predict(_pixels(), verbose=0)
    preprocessing(base, _pixels())
    np.testing.assert_array_equal(base.predict(_pixels(), verbose=0), before)


def _application(name):
    function = getattr(keras.applications, name)
    module = {"VGG16": "vgg16", "MobileNet": "mobilenet", "EfficientNetB0": "efficientnet", "DenseNet121": "densenet"}
    network = function(input_shape=(32, 32, 3), include_top=False, weights=None)
    return network, getattr(keras.applications, module[name]).preprocess_input


def _pixels():
    return np.random.default_rng(2).integers(0, 256, (3, 32, 32, 3)).astype("float32")


# ---------------------------------------------------------------- step 3


def test_too_few_outputs(base, colours):
    hand_built = _hand_built(base, keras.layers.Dense(5, activation="softmax"), "sparse_categorical_crossentropy")
    with pytest.raises(GuardError, match=r"5 outputs, but the task has 2 classes.*Dense\(2\)"):
        tl.train(hand_built, colours, epochs=1, verbose=0)


@pytest.mark.parametrize(
    ("activation", "loss", "cure"),
    [
        (None, "sparse_categorical_crossentropy", r'activation="softmax"'),
        (None, keras.losses.SparseCategoricalCrossentropy(), r'activation="softmax"'),
        ("softmax", keras.losses.SparseCategoricalCrossentropy(from_logits=True), r"Remove the activation"),
    ],
)
def test_activation_and_loss_disagree_on_logits(base, colours, activation, loss, cure):
    hand_built = _hand_built(base, keras.layers.Dense(2, activation=activation), loss)
    with pytest.raises(GuardError, match=cure):
        tl.train(hand_built, colours, epochs=1, verbose=0)


def test_one_sigmoid_with_logits_loss_is_the_same_bug(base, colours):
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    hand_built = _hand_built(base, keras.layers.Dense(1, activation="sigmoid"), loss)
    with pytest.raises(GuardError, match="squash them a second time"):
        tl.train(hand_built, colours, epochs=1, verbose=0)


@pytest.mark.parametrize(
    ("head", "loss"),
    [
        (lambda: keras.layers.Dense(2), keras.losses.SparseCategoricalCrossentropy(from_logits=True)),
        (lambda: keras.layers.Dense(1), keras.losses.BinaryCrossentropy(from_logits=True)),
        (lambda: keras.layers.Dense(1, activation="sigmoid"), "binary_crossentropy"),
        (lambda: keras.layers.Softmax(), "sparse_categorical_crossentropy"),
    ],
)
def test_heads_that_agree_with_their_loss_train(base, colours, head, loss):
    layers = [keras.layers.Dense(2), head()] if isinstance(head(), keras.layers.Softmax) else [head()]
    hand_built = _hand_built(base, keras.Sequential(layers), loss)
    history = tl.train(hand_built, colours, epochs=1, verbose=0)
    assert np.isfinite(history.history["val_loss"][0])
    assert tl.evaluate(hand_built, colours.test).probabilities.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize("loss", [2.9, 0.01, float("nan")])
def test_a_first_loss_far_from_guessing(loss):
    with pytest.raises(GuardError, match=r"log\(2\) = 0.693.*labels count from 0 to 1"):
        guards.first_loss(loss, 2)


def _hand_built(base, head, loss):
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(inputs, training=False))
    model = keras.Model(inputs, head(x))
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    return model


# ---------------------------------------------------------------- step 4


def test_test_images_reshuffled_into_validation():
    """The bug of a famous tutorial: cutting a dataset that is shuffled anew each time it is read."""
    tf = pytest.importorskip("tensorflow")
    images = np.arange(64 * 4 * 4 * 3).reshape(64, 4, 4, 3).astype("float32")
    dataset = tf.data.Dataset.from_tensor_slices((images, np.arange(64) % 2))
    shuffled = dataset.shuffle(64, seed=0).batch(8)
    with pytest.raises(GuardError, match=r"of test stand in validation too.*reshuffle_each_iteration=False"):
        guards.no_leak(validation=shuffled.skip(2), test=shuffled.take(2))
    kept = dataset.shuffle(64, seed=0, reshuffle_each_iteration=False).batch(8)
    assert guards.no_leak(validation=kept.skip(2), test=kept.take(2)) == "no identical input stands in two splits"


def test_a_picture_in_two_splits_stops_training(model, colours):
    from tlteach.tasks import from_splits

    train, validation, test = (
        (split.inputs, split.labels) for split in (colours.train, colours.validation, colours.test)
    )
    leaking = from_splits(
        train,
        (np.concatenate([validation[0], test[0][:3]]), np.append(validation[1], test[1][:3])),
        test,
        colours.class_names,
    )
    with pytest.raises(GuardError, match=r"3 of the 20 inputs of test stand in validation too"):
        tl.train(model, leaking, epochs=1, verbose=0)


def test_augmentation_cached_after_the_first_epoch():
    tf = pytest.importorskip("tensorflow")
    images = np.random.default_rng(0).uniform(0, 255, (16, 8, 8, 3)).astype("float32")
    augment = keras.layers.RandomTranslation(0.3, 0.3, seed=1)
    augmented = tf.data.Dataset.from_tensor_slices(images).batch(4).map(lambda x: augment(x, training=True))
    with pytest.raises(GuardError, match=r"cache\(\) before the augmentation"):
        guards.augmentation_varies(augmented.cache())
    assert "differ" in guards.augmentation_varies(augmented)


def test_augmentation_that_leaves_some_pictures_as_they_are(model, colours):
    tl.train(model, colours, epochs=1, augment=keras.layers.RandomFlip("horizontal", seed=0), verbose=0)


def test_augmentation_that_is_switched_off(model, colours):
    flip = keras.layers.RandomFlip()
    with pytest.raises(GuardError, match="training=True"):
        tl.train(model, colours, epochs=1, augment=lambda batch: flip(batch, training=False), verbose=0)


def test_training_an_uncompiled_or_wholly_frozen_model(base, colours):
    inputs = keras.Input((32, 32, 3))
    bare = keras.Model(inputs, base(inputs))
    with pytest.raises(GuardError, match="not been compiled"):
        guards.compiled_for_what_is_trainable(bare)
    bare.compile("adam", "mse")
    with pytest.raises(GuardError, match="no trainable weight"):
        guards.compiled_for_what_is_trainable(bare)


@pytest.mark.filterwarnings("ignore:Skipping variable loading")
def test_a_frozen_attention_that_learns_after_loading(tmp_path):
    rng = np.random.default_rng(0)
    inputs = keras.Input((4, 8))
    attention = keras.layers.MultiHeadAttention(2, 4, name="attention")
    made = keras.Model(inputs, keras.layers.Dense(1, name="head")(attention(inputs, inputs)), name="made")
    attention.trainable = False
    made.compile("adam", "mse")
    assert "9 parameters" in guards.compiled_for_what_is_trainable(made)
    made.save(tmp_path / "made.keras")
    model = keras.models.load_model(tmp_path / "made.keras")
    loaded = model.get_layer("attention")
    before = loaded.get_weights()
    model.fit(rng.normal(size=(8, 4, 8)), rng.normal(size=(8, 4, 1)), verbose=0)
    assert not loaded.trainable
    assert any((old != new).any() for old, new in zip(before, loaded.get_weights(), strict=True))  # Keras 3.15

    with pytest.raises(GuardError, match=r"1 frozen layer of made would learn .*: attention\..*True, then False"):
        guards.compiled_for_what_is_trainable(model)
    loaded.trainable = True
    loaded.trainable = False
    model.compile("adam", "mse")
    assert "9 parameters" in guards.compiled_for_what_is_trainable(model)


def test_half_a_block_that_learns_is_refused():
    inputs = x = keras.Input((32, 32, 3))
    for name in ("block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"):
        x = keras.layers.Conv2D(4, 3, name=name)(x)
    blocks = tl.blocks(keras.Model(inputs, x))
    assert guards.no_block_is_cut(blocks) == "no block is cut in two"
    blocks[1].layers[0].trainable = False
    with pytest.raises(GuardError, match=r"block2 is cut in two: 1 of its 2.*tl.unfreeze\(model, 'block2'\)"):
        guards.no_block_is_cut(blocks)


def test_normalization_that_can_learn_is_refused(model):
    tl.unfreeze(model, "block3")
    guards.normalizations_are_frozen(model)
    batch_normalizations(model)[-1].trainable = True
    with pytest.raises(GuardError, match=r"1 BatchNormalization layer of .* can learn.*Freeze"):
        guards.normalizations_are_frozen(model)


def test_a_loss_that_does_not_say_what_it_takes_is_not_called_fitting(model):
    model.compile("adam", lambda labels, outputs: keras.ops.mean(outputs))
    assert "could not be compared: the loss" in guards.loss_fits(model)


def test_recompile_forgotten_after_unfreezing(trained, colours):
    tl.unfreeze(trained, "block3")
    with pytest.raises(GuardError, match=r"2 trainable weights would be left out.*tl.recompile"):
        tl.train(trained, colours, epochs=1, verbose=0)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="other backends refuse, with other words")
def test_keras_itself_says_nothing_when_recompile_is_forgotten(trained, colours):
    """Why the guard is there: plain Keras trains on, and the unfrozen layer stands still."""
    trained.fit(*colours.train.arrays(32), epochs=1, verbose=0)
    tl.unfreeze(trained, "block3")
    before = trained.get_layer("small_base").get_layer("block3_conv").get_weights()[0].copy()
    trained.fit(*colours.train.arrays(32), epochs=1, verbose=0)
    after = trained.get_layer("small_base").get_layer("block3_conv").get_weights()[0]
    np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("arguments", [{}, {"training": False}], ids=["plain call", "training=False"])
def test_batch_normalization_statistics_that_move(base, colours, arguments):
    """The whole base unfrozen: every batch overwrites its statistics, even where it was called with training=False."""
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(inputs, **arguments))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    base.trainable = True
    model.compile(keras.optimizers.Adam(1e-5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    before = [w.copy() for w in model.get_weights()]
    with pytest.raises(GuardError, match=r"statistics of .*block1_bn.* move.*Freeze these layers"):
        tl.train(model, colours, epochs=1, verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_keras_itself_moves_statistics_that_training_false_should_keep(base, colours):
    """Why the guard does not trust the argument: while a model is fitted, Keras 3 overrides it in nested models."""
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(inputs, training=False))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    base.trainable = True
    model.compile(keras.optimizers.Adam(1e-5), "sparse_categorical_crossentropy")
    before = base.get_layer("block1_bn").moving_mean.numpy().copy()
    model.fit(*colours.train.arrays(32), epochs=1, verbose=0)
    assert not np.array_equal(base.get_layer("block1_bn").moving_mean.numpy(), before)


def test_a_network_from_scratch_may_learn_its_statistics(colours):
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(4, 3, strides=4),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
    for _ in range(2):
        tl.train(model, colours, epochs=1, verbose=0)


def test_a_layer_that_stood_still_and_a_frozen_one_that_moved(trained):
    before = guards.snapshot(trained)
    with pytest.raises(GuardError, match=r"head.*Recompile after you unfreeze"):
        guards.only_trainable_moved(before)
    kernel = trained.get_layer("small_base").get_layer("block1_conv").kernel
    kernel.assign(kernel + 1e-6)
    with pytest.raises(GuardError, match=r"Frozen weights moved.*block1_conv/kernel"):
        guards.only_trainable_moved(before)


# ---------------------------------------------------------------- steps 5 and 6


def test_never_unfreezing(trained):
    with pytest.raises(GuardError, match=r"Nothing is unfrozen.*tl.unfreeze"):
        tl.recompile(trained, 1e-5)


def test_unfreezing_inside_a_base_that_stays_frozen_as_a_whole(trained):
    base = trained.get_layer("small_base")
    base.get_layer("block3_conv").trainable = True  # silently nothing: base.trainable is still False
    with pytest.raises(GuardError, match=r"frozen as a whole"):
        guards.only_these_trainable(trained, [base.get_layer("block3_conv"), base.get_layer("block2_conv")])


def test_a_learning_rate_that_is_not_low(trained):
    tl.unfreeze(trained, "block3")
    with pytest.raises(GuardError, match=r"0.01 is not below 0.001.*such as .*1e-05"):
        tl.recompile(trained, 1e-2)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow skips an assignment that changes nothing"
)
def test_a_base_that_is_trainable_already_is_not_unfrozen_by_saying_so_again(base):
    """Why tl.unfreeze sets the layers one by one: in Keras, this famous line can do nothing."""
    base.trainable = True
    base.layers[-2].trainable = False
    base.trainable = True
    assert not base.layers[-2].trainable
    tl.unfreeze(base, 1.0)
    assert all(layer.trainable for layer in base.layers if isinstance(layer, keras.layers.Conv2D))
