"""The range test: what it finds on known curves, and that it leaves the model alone."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tlteach as tl
from tlteach.core.errors import GuardError
from tlteach.engine import features
from tlteach.engine.graph import copy_of
from tlteach.engine.rates import highest_multiple, set_block_rates
from tlteach.methods import tune
from tlteach.methods.tune import learning_rate


@pytest.fixture
def model(base, colours):
    return tl.add_head(base, colours)


def everything(model):
    """All that training can change: variables, metrics and the optimizer as bytes, and what learns."""
    variables = [*model.variables, *model.metrics_variables, *model.optimizer.variables]
    return (
        [keras.ops.convert_to_numpy(variable).tobytes() for variable in variables],
        [variable.path for variable in model.optimizer.variables],
        [variable.path for variable in model.trainable_variables],
        model.optimizer,
    )


def disturbed(model):
    """`model` with a layer that draws from Keras' global random generator, and a BatchNormalization that moves."""

    class Noise(keras.layers.Layer):
        def call(self, inputs, training=None):
            return inputs + keras.random.normal(keras.ops.shape(inputs), stddev=1e-3) if training else inputs

    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(model.get_layer("small_base")(inputs))
    x = keras.layers.Dropout(0.5)(keras.layers.BatchNormalization()(x))
    noisy = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(Noise()(x)))
    noisy.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return noisy


# ---------------------------------------------------------------- it leaves the model alone


@pytest.mark.parametrize("trained_before", [False, True])
def test_at_the_boundary_everything_is_left_as_it_was(model, colours, trained_before):
    if trained_before:
        tl.train(model, colours, epochs=1, verbose=0)
    before = everything(model)
    found = tune.find_learning_rate(model, colours, steps=10)
    assert everything(model) == before
    assert "up to pooling, ran once" in found.boundary


def test_after_unfreezing_too(model, colours):
    tl.train(model, colours, epochs=1, verbose=0)
    tl.recompile(tl.unfreeze(model, "block3"), 1e-4)
    before = everything(model)
    assert "up to block2_relu" in tune.find_learning_rate(model, colours, steps=10).boundary
    assert everything(model) == before


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="JAX compiles no layer that draws unseeded numbers")
def test_where_the_whole_network_runs_with_every_kind_of_randomness(model, colours):
    noisy = disturbed(model)
    model.get_layer("small_base").trainable = True
    noisy.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    noisy.fit(*colours.train.arrays(32), verbose=0)
    before = everything(noisy)
    assert "whole network" in tune.find_learning_rate(noisy, colours, steps=5).boundary
    assert everything(noisy) == before


@pytest.mark.slow
def test_the_training_that_follows_is_the_same(base, colours):
    """A model that was tested trains as its copy that was not, in the fallback too, and begins with known features."""
    for fall_back in (False, True):
        losses = []
        for tested in (False, True):
            features.forget()
            keras.utils.set_random_seed(3)
            copy = keras.models.clone_model(base)
            copy.set_weights(base.get_weights())
            copy.trainable = False
            model = tl.add_head(copy, colours, dropout=0.3)
            if fall_back:
                tl.recompile(tl.unfreeze(model, 1.0), 1e-4)
            if tested:
                tune.find_learning_rate(model, colours, steps=7)
            history = tl.train(model, colours, epochs=2, verbose=0)
            losses.append(history.history["loss"])
        assert losses[0] == losses[1]
        assert fall_back or "kept from before" in history.boundary


# ---------------------------------------------------------------- the copy


def values(model):
    return [keras.ops.convert_to_numpy(variable) for variable in model.variables]


def learns(model):
    """What learns, without the names that Keras makes up."""
    return [variable.path.split("/")[-1] for variable in model.trainable_variables]


def attention():
    """A base with a tokenizer, frozen up to its last layers; inside of the frozen attention, one layer learns."""
    tokens = keras.Input((4, 8))
    layer = keras.layers.MultiHeadAttention(2, 4, dropout=0.1, name="attention")
    x = keras.layers.BatchNormalization(name="normalization")(layer(tokens, tokens))
    base = keras.Model(tokens, keras.layers.Dense(3, name="top")(x), name="base")
    base.tokenizer = object()
    layer.trainable = False
    layer._query_dense.trainable = True
    base.get_layer("normalization").trainable = False
    base.get_layer("top").bias.trainable = False
    inputs = keras.Input((4, 8))
    return keras.Model(inputs, keras.layers.Dropout(0.5)(base(inputs, training=False)))


def adapted():
    """A Sequential model whose Normalization computes with what it measured."""
    normalization = keras.layers.Normalization()
    normalization.adapt(np.arange(32.0).reshape(4, 8))
    return keras.Sequential([keras.Input((4, 8)), normalization, keras.layers.Dense(2)])


@pytest.mark.parametrize("made", [attention, adapted])
def test_a_copy_is_the_same_and_shares_nothing(made):
    keras.utils.set_random_seed(0)
    model = made()
    model.compile("adam", lambda labels, outputs: keras.ops.sum(outputs, axis=-1))
    inputs = np.random.default_rng(0).normal(size=(2, 4, 8))
    copy = copy_of(model)
    assert not copy.compiled
    for training in (False, True):  # with the same random numbers
        np.testing.assert_array_equal(copy(inputs, training=training), model(inputs, training=training))
    assert [x.trainable for x in copy._flatten_layers()] == [x.trainable for x in model._flatten_layers()]
    assert learns(copy) == learns(model)
    before = values(model)
    for variable in copy.variables:
        variable.assign(keras.ops.ones_like(variable))
    copy.trainable = not copy.trainable
    for one, other in zip(values(model), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert learns(model)


def test_a_copy_has_the_tokenizer():
    model = attention()
    assert copy_of(model).get_layer("base").tokenizer is model.get_layer("base").tokenizer
    model.tokenizer = object()  # of a model in one piece
    assert copy_of(model).tokenizer is model.tokenizer


def test_what_cannot_be_copied():
    class Own(keras.Model):
        pass

    inputs = keras.Input((4,))
    with pytest.raises(GuardError, match=r"class of its own \(Own\)"):
        copy_of(Own(inputs, keras.layers.Dense(2)(inputs)))
    twice = keras.layers.Lambda(lambda x: 2 * x, name="twice")
    with pytest.raises(GuardError, match=r"layer twice \(Lambda\) cannot be made a second time"):
        copy_of(keras.Model(inputs, twice(inputs)))


# ---------------------------------------------------------------- what it finds


@pytest.mark.parametrize("rates", [{"head": 0.1}, {"block3": 0.1, "head": 0.1}, {"block3": 0.01, "head": 0.1}])
def test_the_first_losses_and_rates_are_those_of_plain_keras(model, colours, rates):
    """The oracle: SGD by hand, one batch after the other."""
    model.get_layer("dropout").rate = 0.0
    if "block3" in rates:
        tl.unfreeze(model, "block3")
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    set_block_rates(model, model.optimizer, rates)
    found = tune.find_learning_rate(model, colours, low=1e-3, high=1e-1, steps=5, batch_size=16, seed=4)
    np.testing.assert_allclose(found.rates, [1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1], rtol=1e-6)
    batches = colours.train.batches(32, 16, shuffle=True, seed=4)
    for i, rate in enumerate(found.rates):
        if i == len(batches):
            batches.on_epoch_end()
        model.optimizer.learning_rate = rate / highest_multiple(model.optimizer)
        loss = model.train_on_batch(*batches[i % len(batches)], return_dict=True)["loss"]
        assert float(loss) == pytest.approx(found.losses[i], rel=1e-4)


def test_the_suggestion_trains_better_than_a_hundredth_of_it(model, colours):
    found = tune.find_learning_rate(model, colours, batch_size=8)
    assert 1e-5 < found.suggestion < 1
    losses = []
    for rate in (found.suggestion / 100, found.suggestion):
        model.get_layer("head").set_weights([np.zeros((12, 2)), np.zeros(2)])
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        losses.append(min(tl.train(model, colours, epochs=3, verbose=0).history["val_loss"]))
    assert losses[1] < losses[0]


def test_a_loss_that_bursts_ends_the_test(model, colours):
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    found = tune.find_learning_rate(model, colours, high=1e6, steps=60)
    assert len(found.rates) == len(found.losses) < 60
    assert found.losses.max() < 1e6


def test_a_loss_that_is_not_a_number_ends_the_test_cleanly(model, colours):
    def grows_without_end(labels, outputs):
        return -keras.ops.sum(keras.ops.square(outputs), axis=-1)

    model.get_layer("head").activation = keras.activations.exponential
    model.compile(keras.optimizers.SGD(0.1), grows_without_end)
    before = everything(model)
    found = tune.find_learning_rate(model, colours, low=1e-3, high=1e3, steps=30)
    assert len(found.losses) < 30
    assert np.isfinite(found.losses).all()
    assert everything(model) == before
    model.get_layer("head").bias.assign([np.nan, np.nan])
    with pytest.raises(GuardError, match="first loss is not a number"):
        tune.find_learning_rate(model, colours)


@given(st.integers(20, 100), st.floats(0.01, 100), st.floats(0.1, 0.9))
def test_on_a_fall_with_one_steepest_place_it_is_found(n, height, where):
    """From 1e-9 to 1: a loss that falls at `where` and goes on falling a little."""
    steps = np.linspace(0, 1, n)
    losses = height * (2 - np.tanh(10 * (steps - where)) - 0.01 * steps)
    found = learning_rate.suggest(10 ** (9 * steps - 9), losses)
    expected = min(9 * where - 9, -1)  # as an exponent of ten; a tenth of the last rate is the most
    assert abs(np.log10(found) - expected) <= 1.01 * 9 / (n - 1)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_the_suggestion_never_lies_behind_a_tenth_of_the_best_rate(losses):
    rates = np.geomspace(1e-6, 1, len(losses))
    found = learning_rate.suggest(rates, np.array(losses))
    if found is None:
        assert losses[0] == min(losses)
    else:
        assert 0 < found <= rates[int(np.argmin(losses))] / 10


@given(st.floats(0.05, 5), st.floats(-3, 3))
def test_scale_and_offset_of_the_loss_do_not_matter(scale, offset):
    losses = np.concatenate([np.ones(20), np.linspace(1, 0.2, 15) ** 2, np.linspace(0.2, 3, 10)])
    one, other = (learning_rate.RangeTest(np.geomspace(1e-6, 1, 45), x, "") for x in (losses, scale * losses + offset))
    assert one.suggestion == other.suggestion


def test_where_no_rate_helps(model):
    rising = learning_rate.RangeTest(np.geomspace(1e-6, 1, 50), np.linspace(0.1, 2, 50), "")
    with pytest.raises(GuardError, match="nothing to suggest"):
        _ = rising.suggestion
    assert rising.figure().axes[0].get_title() == "No learning rate lowered the loss"
    assert "no rate" in str(rising).lower()


def test_the_figure_says_what_was_found(model, colours):
    found = tune.find_learning_rate(model, colours)
    axes = found.figure().axes[0]
    assert f"{found.suggestion:.2g}" in axes.get_legend_handles_labels()[1][-1]
    assert (axes.get_xscale(), axes.get_ylabel()) == ("log", "loss (nats)")
    assert f"{found.suggestion:.2g}" in str(found)


def test_the_figure_shows_the_fall_and_not_the_burst():
    losses = np.concatenate([np.ones(30), np.linspace(1, 0.2, 15), np.linspace(0.2, 50, 5)])
    axes = learning_rate.RangeTest(np.geomspace(1e-6, 1, 50), losses, "").figure().axes[0]
    assert axes.get_ylim()[1] == pytest.approx(1.3)
    assert "by chance" not in axes.get_title()


def test_the_figure_says_where_the_fall_is_no_more_than_noise():
    losses = np.concatenate([0.5 + 0.1 * np.random.default_rng(0).normal(size=40), np.linspace(0.5, 5, 10)])
    axes = learning_rate.RangeTest(np.geomspace(1e-6, 1, 50), losses, "").figure().axes[0]
    assert "by chance" in axes.get_title()


# ---------------------------------------------------------------- what it refuses


def test_what_cannot_be_tested(model, colours):
    with pytest.raises(GuardError, match="must grow"):
        tune.find_learning_rate(model, colours, low=1.0, high=0.1)
    model.trainable = False
    with pytest.raises(GuardError, match="no trainable weight"):
        tune.find_learning_rate(model, colours)
    with pytest.raises(GuardError, match="compiled with a loss"):
        tune.find_learning_rate(keras.Model(model.input, model.output), colours)


def test_unfrozen_but_not_compiled_again(model, colours):
    tl.train(model, colours, epochs=1, verbose=0)
    tl.unfreeze(model, "block3")
    with pytest.raises(GuardError, match="recompile"):
        tune.find_learning_rate(model, colours)
