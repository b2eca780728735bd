"""The boundary engine against plain Keras: the same cut by brute force, the same features, the same learning."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tlteach as tl
from tlteach import guards
from tlteach.engine import boundary, features
from tlteach.engine.fit import fit
from tlteach.engine.graph import Part, flatten


def fit_on(model, task, size=32, batch_size=32, seed=0, augment=None, **how):
    training = task.train.batches(size, batch_size, shuffle=True, seed=seed, augment=augment)
    return fit(model, training, task.validation.batches(size, batch_size), verbose=0, **how)


LOSS = "sparse_categorical_crossentropy"


@pytest.fixture(autouse=True)
def nothing_kept():
    features.forget()
    yield
    features.forget()


@pytest.fixture
def model(base, colours):
    return tl.add_head(base, colours, dropout=0)


def pixels(n=4, size=32):
    return np.random.default_rng(0).integers(0, 256, (n, size, size, 3)).astype("uint8")


def outputs(model, inputs):
    return keras.ops.convert_to_numpy(model(inputs, training=False))


def assert_is_cut(model, inputs):
    """The two parts make up the model, nothing that learns is in the first, and all that learns is in the second."""
    cut = boundary.split(model)
    assert cut.reason == ""
    at_boundary = cut.frozen(inputs, training=False)
    np.testing.assert_allclose(outputs(cut.trainable, at_boundary), outputs(model, inputs), rtol=1e-5, atol=1e-5)
    assert cut.frozen.trainable_variables == []
    assert [id(v) for v in cut.trainable.trainable_variables] == [id(v) for v in model.trainable_variables]
    return cut


# ---------------------------------------------------------------- where the cut is


def test_the_boundary_of_a_frozen_base_is_the_pooled_features(base, colours):
    cut = assert_is_cut(tl.add_head(base, colours), pixels())
    assert cut.layer == "pooling"
    assert cut.frozen(pixels()).shape == (4, 12)
    assert [layer.name for layer in cut.trainable.parts] == ["dropout", "head"]


def test_after_unfreezing_it_lies_inside_the_nested_base(model):
    tl.unfreeze(model, "block3")
    assert assert_is_cut(model, pixels()).layer == "block2_relu"


def test_it_changes_nothing_of_the_model(model):
    before = model.to_json(), [len(layer._inbound_nodes) for layer in model._flatten_layers()]
    boundary.split(model)
    assert (model.to_json(), [len(layer._inbound_nodes) for layer in model._flatten_layers()]) == before


def test_flat_and_sequential_models(base):
    x = keras.layers.GlobalAveragePooling2D(name="pooled")(base.output)
    flat = keras.Model(base.input, keras.layers.Dense(2)(x))
    assert assert_is_cut(flat, pixels()).layer == "pooled"
    stacked = keras.Sequential([base, keras.layers.Flatten(name="pooled"), keras.layers.Dense(2)])
    assert assert_is_cut(stacked, pixels()).layer == "pooled"
    nested = keras.Sequential([keras.Input((32, 32, 3)), stacked, keras.layers.Dense(3)])
    assert assert_is_cut(nested, pixels()).layer == "pooled"


def test_a_skip_connection_over_the_first_layer_that_learns():
    """Pre-activation: the block reads normalized features and adds them to the raw ones. One tensor is enough."""
    inputs = keras.Input((8,))
    stem = keras.layers.Dense(8, trainable=False, name="stem")(inputs)
    x = keras.layers.BatchNormalization(trainable=False)(stem)
    x = keras.layers.Dense(8, name="learns")(keras.layers.ReLU()(x))
    model = keras.Model(inputs, keras.layers.Add()([x, stem]))
    cut = assert_is_cut(model, np.random.default_rng(0).normal(size=(4, 8)).astype("float32"))
    assert (cut.layer, len(cut.tensors)) == ("stem", 1)


def test_two_towers_and_a_mask_are_several_tensors():
    words, mask = keras.Input((5, 8)), keras.Input((5, 1))
    one = keras.layers.Dense(4, trainable=False)(words)
    learns = keras.layers.Dense(4)(one)
    model = keras.Model([words, mask], keras.layers.Dense(2)(keras.layers.Multiply()([learns, 1 - mask])))
    random = np.random.default_rng(0)
    inputs = [random.normal(size=(3, 5, 8)).astype("float32"), random.integers(0, 2, (3, 5, 1)).astype("float32")]
    assert len(assert_is_cut(model, inputs).tensors) == 2


def test_a_base_that_is_called_twice():
    tower = keras.Sequential([keras.Input((6,)), keras.layers.Dense(4, activation="relu")])
    tower.trainable = False
    left, right = keras.Input((6,)), keras.Input((6,))
    both = keras.layers.Concatenate(name="both")([tower(left), tower(right)])
    model = keras.Model([left, right], keras.layers.Dense(2)(both))
    inputs = list(np.random.default_rng(0).normal(size=(2, 3, 6)).astype("float32"))
    assert assert_is_cut(model, inputs).layer == "both"


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (keras.layers.RandomFlip("horizontal"), "augment="),
        (keras.layers.GaussianNoise(1.0), "GaussianNoise"),
        (keras.layers.Dropout(0.5), "Dropout"),
        (keras.layers.BatchNormalization(center=False, scale=False), "BatchNormalization"),
    ],
)
def test_what_is_random_before_the_frozen_layers(base, layer, reason):
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(base(layer(inputs)))))
    assert reason in boundary.split(model).reason
    assert boundary.split(model).frozen is None


@pytest.mark.parametrize("layer", [keras.layers.Dropout(0.0), keras.layers.Resizing(32, 32), keras.layers.ReLU()])
def test_what_is_the_same_in_training_does_not_stop_the_cut(base, layer):
    inputs = keras.Input((32, 32, 3))
    model = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten(name="flat")(base(layer(inputs)))))
    assert assert_is_cut(model, pixels()).layer == "flat"


def test_dropout_inside_a_base_counts_unless_the_base_is_called_with_training_false():
    inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, name="first"), keras.layers.Dropout(0.5)])
    inner.add(keras.layers.Dense(4, name="second"))
    inner.trainable = False
    inputs = keras.Input((4,))
    for training, layer in ((None, "first"), (False, "second")):
        model = keras.Model(inputs, keras.layers.Dense(2)(inner(inputs, training=training)))
        assert boundary.split(model).layer == layer


def test_where_it_cannot_help(base, model):
    base.trainable = True
    assert boundary.split(model).reason == "nothing is frozen"

    class Mine(keras.Model):
        pass

    base.trainable = False
    own = Mine(model.input, model.output)
    assert "a class of its own" in boundary.split(own).reason


KINDS = ("dense", "dense", "dense", "norm", "relu", "add", "concatenate", "nested")
LAYERS = st.tuples(st.sampled_from(KINDS), st.booleans(), st.integers(0, 2), st.integers(0, 9))


def graph_of(layers, head_learns):
    """A network of small layers with skips: for each its kind, whether it learns, and which tensors it takes."""
    tensors = [keras.Input((4,))]
    for kind, learns, back, other in layers:
        one, other = tensors[max(0, len(tensors) - 1 - back)], tensors[other % len(tensors)]
        if kind == "dense":
            x = keras.layers.Dense(4, trainable=learns, bias_initializer="random_normal")(one)
        elif kind == "norm":
            x = keras.layers.BatchNormalization(trainable=learns, gamma_initializer="random_normal")(one)
        elif kind == "relu":
            x = keras.layers.ReLU(negative_slope=0.3)(one)
        elif kind == "add":
            x = keras.layers.Dense(4, trainable=learns)(one) + keras.layers.Dense(4, trainable=False)(other)
        elif kind == "concatenate":
            x = keras.layers.Concatenate()([one, other])
        else:
            nested = keras.Input(one.shape[1:])
            x = keras.Model(nested, keras.layers.Dense(4, trainable=learns)(nested) * 0.5)(one)
        tensors.append(x)
    return keras.Model(tensors[0], keras.layers.Dense(2, trainable=head_learns)(tensors[-1]))


def everything_in(graph, inputs):
    """Every tensor of the graph in training mode, by its number."""
    numbers = [number for call in graph.calls for number in call.outputs]
    part = Part("everything", graph.calls, graph.inputs, graph.pack(numbers))
    values = keras.tree.flatten(part(inputs, training=True))
    return dict(zip(numbers, map(keras.ops.convert_to_numpy, values), strict=True))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(st.lists(LAYERS, min_size=2, max_size=9), st.booleans())
def test_random_graphs_are_cut_as_late_as_can_be(layers, head_learns):
    """The oracle: change every weight that learns, and see which tensors change in training mode."""
    keras.utils.set_random_seed(0)
    model = graph_of(layers, head_learns)
    inputs = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    cut = boundary.split(model)
    if cut.frozen:
        assert_is_cut(model, inputs)
    graph = cut.graph or flatten(model)
    learns = {id(weight) for weight in model.trainable_weights}
    before = everything_in(graph, inputs)
    for weight in model.trainable_weights:
        weight.assign(weight + 1.0)
    after = everything_in(graph, inputs)
    still = {number for number in before if np.allclose(before[number], after[number])}
    in_frozen = graph.between(graph.inputs, cut.tensors)
    assert {number for call in in_frozen for number in call.outputs} <= still
    # As late as can be: every frozen kernel that no learning can reach is run once.
    for call in graph.between(graph.inputs, graph.outputs):
        has_frozen_kernel = any(w.path.endswith("kernel") and id(w) not in learns for w in call.weights)
        if has_frozen_kernel and set(call.outputs) <= still:
            assert call in in_frozen


# ---------------------------------------------------------------- the same learning


def plain_copy(model, loss=LOSS, optimizer="adam", metrics=("accuracy",)):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    for ours, theirs in zip(random_states(model), random_states(copy), strict=True):
        theirs.assign(ours)
    learns = {w.path for w in model.trainable_weights}
    assert {w.path for w in copy.trainable_weights} == learns
    copy.compile(keras.optimizers.get(optimizer), loss, metrics=list(metrics))
    return copy


def random_states(model):
    """Of the layers that draw numbers; Keras makes none for a dropout of 0."""
    drawing = [layer for layer in model._flatten_layers() if hasattr(layer, "seed_generator")]
    return [layer.seed_generator.state for layer in drawing if getattr(layer, "rate", 1)]


def assert_same_learning(model, task, size, epochs=3, seed=5, exactly=False):
    plain = plain_copy(model)
    model.compile("adam", LOSS, metrics=["accuracy"])
    ours = fit_on(model, task, size, 16, seed, epochs=epochs)
    assert "ran once" in ours.boundary
    theirs = plain.fit(
        task.train.batches(size, 16, shuffle=True, seed=seed),
        validation_data=task.validation.batches(size, 16),
        epochs=epochs,
        shuffle=False,
        verbose=0,
    )
    assert ours.history.keys() == theirs.history.keys()
    for key in ("loss", "val_loss"):
        assert ours.history[key] == pytest.approx(theirs.history[key], rel=1e-4)
    for one, other in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4 if exactly else 1e-3, atol=1e-4)


def test_the_head_learns_the_same(model, colours):
    assert_same_learning(model, colours, 32)


def test_fine_tuning_learns_the_same(model, colours):
    tl.unfreeze(model, "block3")
    assert_same_learning(model, colours, 32)


@pytest.mark.slow
def test_dropout_noise_and_normalization_of_the_head_learn_the_same_in_both_stages(base, colours):
    keras.utils.set_random_seed(3)
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(inputs, training=False))
    x = keras.layers.GaussianNoise(0.5)(keras.layers.Dense(8, activation="relu")(x))
    x = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(x))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    assert_same_learning(model, colours, 32, exactly=True)
    normalization = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    assert np.abs(normalization.moving_mean).max() > 0.01
    tl.unfreeze(model, "block3")
    assert_same_learning(model, colours, 32, exactly=True)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [("MobileNetV2", 48), ("InceptionV3", 75), ("EfficientNetB0", 32)])
def test_real_graphs_give_the_same_features_and_the_same_learning(name, size, colours, without_graphs):
    keras.utils.set_random_seed(1)
    base = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(size, size, 3))
    for layer in base._flatten_layers():
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    base.trainable = False
    inputs = keras.Input((size, size, 3))
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    x = keras.layers.GlobalAveragePooling2D()(base(x, training=False))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    assert_same_features(model, size)
    tl.unfreeze(model, 0.2)
    assert_same_features(model, size)
    assert_same_learning(model, colours, size, epochs=1)


def assert_same_features(model, size):
    """The oracle: what comes out of the layer at the boundary while the whole model runs."""
    cut = boundary.split(model)
    seen = []
    layer = next(call.operation for call in reversed(cut.graph.calls) if call.outputs[0] in cut.tensors)
    original = layer.call
    layer.call = lambda *args, **kwargs: seen.append(original(*args, **kwargs)) or seen[-1]
    try:
        model(pixels(4, size), training=False)
    finally:
        layer.call = original
    live = keras.ops.convert_to_numpy(seen[0])
    ours = cut.frozen.predict_on_batch(pixels(4, size))
    np.testing.assert_allclose(ours, live, rtol=0, atol=1e-5 * np.abs(live).max())


def test_the_models_own_optimizer_and_metrics_learn(model, colours):
    loss = keras.losses.SparseCategoricalCrossentropy(name="mine")
    metric = keras.metrics.SparseTopKCategoricalAccuracy(k=1, name="top")
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    model.compile(keras.optimizers.SGD(schedule, momentum=0.9), loss, metrics=[metric])
    optimizer, before = model.optimizer, outputs(model, pixels())
    history = fit_on(model, colours, epochs=2, batch_size=16)
    assert set(history.history) == {"loss", "top", "val_loss", "val_top"}
    assert model.optimizer is optimizer
    assert int(optimizer.iterations) == 2 * -(-len(colours.train) // 16)
    assert not np.allclose(outputs(model, pixels()), before)
    assert history.model is model
    guards.compiled_for_what_is_trainable(model)
    model.fit(*colours.train.arrays(32), verbose=0)  # the model goes on as after its own fit


def test_early_stopping_restores_the_model(model, colours):
    stop = keras.callbacks.EarlyStopping("val_loss", patience=9, restore_best_weights=True)
    model.compile(keras.optimizers.SGD(30.0), LOSS)
    history = fit_on(model, colours, epochs=4, callbacks=[stop])
    assert "val_accuracy" in history.history  # a second compile without metrics keeps those of the first
    loss, _ = model.evaluate(*colours.validation.arrays(32), verbose=0)
    assert loss == pytest.approx(min(history.history["val_loss"]), rel=1e-4)


# ---------------------------------------------------------------- falling back


@pytest.mark.parametrize(("settings", "reason"), [({"cache": False}, "cache=False"), ({"views": None}, "views=None")])
def test_the_plain_way_on_request(model, colours, settings, reason):
    augment = keras.layers.RandomBrightness(0.2)
    history = fit_on(model, colours, epochs=1, augment=augment, **settings)
    assert reason in history.boundary
    assert "ran the whole network" in history.boundary


def test_a_model_that_trains_in_its_own_way_is_left_alone(model, colours):
    class Mine(keras.Model):
        def compute_loss(self, x=None, *others, **more):
            return super().compute_loss(x, *others, **more) + keras.ops.mean(keras.ops.cast(x, "float32"))

    own = Mine(model.input, model.output)
    own.compile("adam", LOSS)
    history = fit_on(own, colours, epochs=1)
    assert "a class of its own" in history.boundary
    assert history.history["loss"][0] > 50  # the mean of the pixels came in


def test_a_frozen_layer_with_a_loss_of_its_own(base, colours):
    class Costly(keras.layers.Layer):
        def call(self, inputs):
            self.add_loss(keras.ops.mean(inputs))
            return inputs

    x = keras.layers.Flatten()(Costly()(base.output))
    model = keras.Model(base.input, keras.layers.Dense(2, activation="softmax")(x))
    model.compile("adam", LOSS)
    history = fit_on(model, colours, epochs=1)
    assert "adds a loss" in history.boundary


# ---------------------------------------------------------------- what draws numbers before the head


class Noise(keras.layers.Layer):
    """Does not tell Keras that it draws numbers."""

    def call(self, inputs):
        return inputs + keras.random.normal(keras.ops.shape(inputs), stddev=20.0, seed=Noise.seed)


Noise.seed = keras.random.SeedGenerator(0)


def brighter_or_darker(pictures):
    return pictures + keras.random.uniform((), -50, 50, seed=Noise.seed)


@pytest.mark.parametrize("layer", [Noise(), keras.layers.Lambda(brighter_or_darker)])
def test_numbers_drawn_before_the_base_are_drawn_anew_in_every_epoch(base, colours, layer):
    inputs = keras.Input((32, 32, 3))
    model = tl.add_head(keras.Model(inputs, base(layer(inputs), training=False)), colours, dropout=0)
    history = fit_on(model, colours, epochs=1)
    assert "every epoch ran the whole network" in history.boundary
    assert f"it must be {layer.name}, not of Keras, drawing numbers" in history.boundary


def test_a_head_of_zeros_does_not_hide_that_the_parts_are_not_the_whole(model):
    cut = boundary.split(model)
    before = [w.numpy().copy() for w in model.trainable_weights]
    assert not any(map(np.any, before))
    assert boundary.differs(model, cut, pixels()) == ""
    other = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(12)])
    wrong = boundary.Boundary(frozen=other, trainable=cut.trainable, graph=cut.graph, tensors=cut.tensors)
    assert "something else than the whole" in boundary.differs(model, wrong, pixels().astype("float32"))
    assert all(np.array_equal(w.numpy(), old) for w, old in zip(model.trainable_weights, before, strict=True))
