"""Rates for blocks against closed forms, on a linear toy and on the recipe's model, saved and loaded."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tlteach as tl
from tlteach.core.errors import GuardError
from tlteach.engine import boundary
from tlteach.engine.fit import fit
from tlteach.engine.rates import _block_of_each, highest_in_base, highest_multiple, new_optimizer
from tlteach.methods import tune

RATES = st.floats(1e-6, 1.0)


@pytest.fixture
def model(base, colours):
    model = tl.add_head(base, colours, dropout=0)
    return tl.unfreeze(model, "block2")


def compile_with(model, learning_rate, like=None):
    optimizer = new_optimizer(model, like or keras.optimizers.Adam(), learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def toy(n_blocks=3):
    """A linear network: blocks of one dense layer each, and a head."""
    inputs = x = keras.Input((4,))
    for number in range(1, n_blocks + 1):
        x = keras.layers.Dense(4, name=f"block{number}_dense", use_bias=False)(x)
    base = keras.Model(inputs, x, name="toy")
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(2, name="head")(base(inputs)))


def values(model):
    return [keras.ops.convert_to_numpy(variable).copy() for variable in model.trainable_variables]


def gradients_of(model, seed):
    random = np.random.default_rng(seed)
    return [random.normal(size=v.shape).astype("float32") for v in model.trainable_variables]


# ---------------------------------------------------------------- which rate for which block


@given(st.integers(2, 5), RATES, st.floats(1, 1000))
@settings(max_examples=8, deadline=None)
def test_from_low_to_high_in_equal_ratios(n_blocks, low, ratio):
    rates = tune.block_rates(toy(n_blocks), (low, low * ratio))
    assert list(rates) == [f"block{i + 1}" for i in range(n_blocks)] + ["head"]
    found = list(rates.values())
    assert found[0] == pytest.approx(low)
    assert found[-1] == pytest.approx(low * ratio)
    np.testing.assert_allclose(np.divide(found[1:], found[:-1]), ratio ** (1 / n_blocks))


def test_only_what_is_unfrozen_has_a_rate(model):
    assert list(tune.block_rates(model, (1e-5, 1e-3))) == ["block2", "block3", "head"]
    tl.unfreeze(model, "block3")
    assert tune.block_rates(model, (1e-5, 1e-3)) == pytest.approx({"block3": 1e-5, "head": 1e-3})
    given_by_name = {"head": 1e-2, "block3": 1e-4}
    assert tune.block_rates(model, given_by_name) == given_by_name


@pytest.mark.parametrize(
    ("rates", "cure"),
    [
        ((0.0, 1e-3), "above 0"),
        ((1e-3, 1e-5), "lowest block's first"),
        ((1e-5, float("inf")), "a pair"),
        ({"block2": 1e-5, "head": 1e-3}, "block3 have no rate"),
        ({"block1": 1.0, "block2": 1.0, "block3": 1.0, "head": 1.0}, "block1 cannot be given a rate"),
        ({"block2": 1e-5, "block3": -1.0, "head": 1e-3}, "block3 is not above 0"),
    ],
)
def test_rates_that_do_not_fit(model, rates, cure):
    with pytest.raises(GuardError, match=cure):
        tune.block_rates(model, rates)


# ---------------------------------------------------------------- the closed form


@given(st.lists(RATES, min_size=4, max_size=4), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_sgd_moves_each_block_by_its_rate_times_the_gradient(rates, seed):
    model = toy()
    by_name = dict(zip(["block1", "block2", "block3", "head"], rates, strict=True))
    optimizer = new_optimizer(model, keras.optimizers.SGD(), by_name)
    before, gradients = values(model), gradients_of(model, seed)
    optimizer.apply(list(map(keras.ops.convert_to_tensor, gradients)), model.trainable_variables)
    of_each = [*rates[:3], rates[3], rates[3]]
    for old, new, gradient, rate in zip(before, values(model), gradients, of_each, strict=True):
        np.testing.assert_allclose(new - old, -rate * gradient, rtol=1e-3, atol=3e-7)


def test_the_entrance_for_pytorch_does_the_same():
    """Keras on PyTorch hands all gradients to _parallel_update_step; called by hand here, on any backend."""
    model = toy()
    by_name = {"block1": 1e-4, "block2": 1e-3, "block3": 1e-2, "head": 1e-1}
    optimizer = new_optimizer(model, keras.optimizers.SGD(), by_name)
    before, gradients = values(model), gradients_of(model, 0)
    tensors = list(map(keras.ops.convert_to_tensor, gradients))
    optimizer._parallel_update_step(tensors, model.trainable_variables, optimizer.learning_rate)
    for old, new, gradient, rate in zip(before, values(model), gradients, [*by_name.values(), 1e-1], strict=True):
        np.testing.assert_allclose(new - old, -rate * gradient, rtol=1e-3, atol=3e-7)


KINDS = {
    "SGD with momentum": lambda rate: keras.optimizers.SGD(rate, momentum=0.9),
    "Adam": keras.optimizers.Adam,
    "AdamW": lambda rate: keras.optimizers.AdamW(rate, weight_decay=0.1),
    "Nadam": keras.optimizers.Nadam,
    "RMSprop": keras.optimizers.RMSprop,
    "clipped, averaged": lambda rate: keras.optimizers.Adam(rate, clipnorm=0.5, use_ema=True),
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_equals_separate_optimizers_with_those_rates(kind):
    model, plain = toy(), toy()
    plain.set_weights(model.get_weights())
    by_name = {"block1": 1e-4, "block2": 1e-3, "block3": 1e-2, "head": 1e-1}
    together = new_optimizer(model, KINDS[kind](1.0), by_name)
    alone = [KINDS[kind](rate) for rate in (1e-4, 1e-3, 1e-2, 1e-1, 1e-1)]
    for step in range(4):
        gradients = list(map(keras.ops.convert_to_tensor, gradients_of(model, step)))
        together.apply(gradients, model.trainable_variables)
        for optimizer, gradient, variable in zip(alone, gradients, plain.trainable_variables, strict=True):
            optimizer.apply([gradient], [variable])
    for one, other in zip(values(model), values(plain), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_fit_at_the_boundary_moves_each_block_at_its_rate(model, colours):
    """One step of SGD from the same weights: rates ten times as high move a block ten times as far."""
    start, moved = model.get_weights(), []
    cut = boundary.split(model)
    assert cut.layer == "block1_relu"
    for rates in ({"block2": 1e-3, "block3": 1e-3, "head": 1e-3}, {"block2": 1e-2, "block3": 1e-3, "head": 1e-1}):
        model.set_weights(start)
        before = values(model)
        compile_with(model, rates, keras.optimizers.SGD())
        history = fit(model, colours.train.batches(32, 100, shuffle=True), colours.validation.batches(32), verbose=0)
        assert "ran once" in history.boundary
        moved.append([new - old for new, old in zip(values(model), before, strict=True)])
    names = _block_of_each(model)
    for name, one, other in zip(names, *moved, strict=True):
        np.testing.assert_allclose(other, {"block2": 10, "block3": 1, "head": 100}[name] * one, rtol=2e-2, atol=1e-6)


def test_a_callback_that_lowers_the_rate_lowers_it_for_all(model):
    optimizer = compile_with(model, (1e-4, 1e-2)).optimizer
    optimizer.learning_rate = 1e-5
    assert float(optimizer.learning_rate) * highest_multiple(optimizer) == pytest.approx(1e-3)


def test_the_range_test_keeps_the_ratios(model, colours):
    compile_with(model, (1e-4, 1e-2))
    found = tune.find_learning_rate(model, colours, low=1e-5, high=1e-1, steps=20)
    assert found.rates[0] == pytest.approx(1e-5)
    assert highest_multiple(model.optimizer) == pytest.approx(100)


# ---------------------------------------------------------------- saved and loaded


def test_training_goes_on_after_saving_and_loading_as_if_nothing_had_been(model, colours, tmp_path):
    compile_with(model, (1e-4, 1e-2))
    images, labels = colours.train.arrays(32)
    model.fit(images, labels, epochs=2, shuffle=False, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = tune.load_model(tmp_path / "model.keras")
    assert loaded.optimizer.multiples == pytest.approx(model.optimizer.multiples)
    for one in (model, loaded):
        one.fit(images, labels, epochs=2, shuffle=False, verbose=0)
    for one, other in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_a_model_without_rates_loads_as_ever(base, colours, tmp_path):
    model = tl.add_head(base, colours)
    model.optimizer.build(model.trainable_variables)
    model.save(tmp_path / "model.keras")
    assert highest_multiple(tune.load_model(tmp_path / "model.keras").optimizer) == 1.0


def test_plain_keras_opens_the_file_and_trains_at_the_lowest_rate(model, tmp_path):
    compile_with(model, (1e-4, 1e-2)).save(tmp_path / "model.keras")
    code = (
        "import sys, keras; sys.modules['tlteach'] = None; model = keras.models.load_model(sys.argv[1]); "
        "print(type(model.optimizer).__name__, float(model.optimizer.learning_rate), model.optimizer.built)"
    )
    run = [sys.executable, "-c", code, str(tmp_path / "model.keras")]
    said = subprocess.run(run, cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=True).stdout.split()
    assert (said[0], float(said[1]), said[2]) == ("Adam", pytest.approx(1e-4), "True")


def test_the_highest_rate_in_the_base(model):
    assert highest_in_base(model, (1e-5, 1e-3)) == pytest.approx(1e-4)
    assert highest_in_base(model, 1e-5) == 1e-5
    assert highest_in_base(model, tune.one_cycle(1e-3, 100)) == pytest.approx(1e-3, rel=0.05)


# ---------------------------------------------------------------- as step 6 of the recipe


def test_recompile_takes_rates_for_blocks(base, colours, capsys):
    model = tl.add_head(base, colours)
    tl.train(model, colours, epochs=1, verbose=0)
    tl.recompile(tl.unfreeze(model, "block2"), (1e-5, 1e-3))
    assert "learning rate 1e-05 in block2 to 0.001 in head" in capsys.readouterr().out
    assert highest_multiple(model.optimizer) == pytest.approx(100)
    tl.train(model, colours, epochs=1, verbose=0)
    tl.recompile(model, 1e-6)
    assert highest_multiple(model.optimizer) == 1.0


def test_recompile_takes_a_schedule(base, colours):
    model = tl.add_head(base, colours)
    tl.train(model, colours, epochs=1, verbose=0)
    tl.recompile(tl.unfreeze(model, "block3"), tune.warm_up_cosine(1e-4, tune.steps_of(colours, 2)))
    tl.train(model, colours, epochs=2, verbose=0)
    assert float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)) < 1e-6


def test_recompile_keeps_the_base_below_the_rate_of_the_head(base, colours):
    model = tl.unfreeze(tl.add_head(base, colours), "block3")
    with pytest.raises(GuardError, match=r"not below 0\.001"):
        tl.recompile(model, {"block3": 2e-3, "head": 2e-3})
    with pytest.raises(GuardError, match=r"not below 0\.001"):
        tl.recompile(model, tune.one_cycle(2e-3, 10))
