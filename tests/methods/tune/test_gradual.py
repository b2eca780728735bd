"""Gradual unfreezing, schedules, a pull to the start, and forgetting, on the small base."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tlteach as tl
from tlteach.core.errors import GuardError
from tlteach.core.task import Task
from tlteach.methods import tune
from tlteach.methods.tune.forgetting import linear_probe, probed


@pytest.fixture
def model(base, colours):
    model = tl.add_head(base, colours)
    tl.train(model, colours, epochs=1, verbose=0)
    return model


def kernels(model):
    return {w.path: keras.ops.convert_to_numpy(w).copy() for w in model.weights if w.path.endswith("kernel")}


# ---------------------------------------------------------------- block by block


def test_one_block_more_at_each_stage_and_the_boundary_follows(model, colours):
    before = kernels(model)
    histories = tune.gradual_unfreeze(model, colours, learning_rate=1e-4, n_blocks=2, verbose=0)
    assert [history.unfrozen for history in histories] == ["block3", "block2"]
    assert ["block2_relu" in histories[0].boundary, "block1_relu" in histories[1].boundary] == [True, True]
    after = kernels(model)
    assert np.array_equal(before["block1_conv/kernel"], after["block1_conv/kernel"])
    learning = {w.path.split("/")[0] for w in model.trainable_weights}
    assert learning == {"block2_conv", "block3_conv", "head"}


@pytest.mark.slow
def test_the_best_stage_is_kept(model, colours):
    histories = tune.gradual_unfreeze(model, colours, learning_rate=9e-4, n_blocks=3, epochs_per_block=2, verbose=0)
    kept = [history for history in histories if history.kept]
    assert len(kept) == 1
    loss = model.evaluate(*colours.validation.arrays(32), verbose=0, return_dict=True)["loss"]
    lowest = min(value for history in histories for value in history.history["val_loss"])
    assert loss == pytest.approx(lowest, rel=1e-4)
    assert lowest == min(kept[0].history["val_loss"])


def test_where_no_stage_helps_the_model_is_as_before(model, colours, monkeypatch):
    before, train = model.get_weights(), tl.train

    def spoilt(model, *others, **more):
        history = train(model, *others, **more)
        history.history["val_loss"] = [99.0]
        return history

    monkeypatch.setattr("tlteach.recipe.train", spoilt)
    histories = tune.gradual_unfreeze(model, colours, n_blocks=1, verbose=0)
    assert [history.kept for history in histories] == [False]
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("n_blocks", [0, 4])
def test_more_blocks_than_there_are(model, colours, n_blocks):
    with pytest.raises(GuardError, match="3 blocks with weights to learn: block3, block2, block1"):
        tune.gradual_unfreeze(model, colours, n_blocks=n_blocks)


# ---------------------------------------------------------------- schedules


@given(st.integers(10, 500), st.floats(1e-5, 1.0), st.floats(0.05, 0.6))
@settings(max_examples=30, deadline=None)
def test_schedules_rise_in_a_line_and_fall_along_a_cosine(steps, peak, warm_up):
    up = max(1, round(warm_up * steps))
    for schedule, first, last in (
        (tune.warm_up_cosine(peak, steps, warm_up), 0.0, 0.0),
        (tune.one_cycle(peak, steps, warm_up), 1 / 25, 1e-4),
    ):
        rate = [float(keras.ops.convert_to_numpy(schedule(step))) / peak for step in (0, up // 2, up, steps, 2 * steps)]
        assert rate[0] == pytest.approx(first, abs=1e-6)
        assert rate[1] == pytest.approx(first + (1 - first) * (up // 2) / up, abs=1e-5)
        assert rate[2] == pytest.approx(1.0, abs=1e-5)
        assert rate[3] == pytest.approx(last, abs=1e-5)
        assert rate[4] == pytest.approx(last, abs=1e-5)


def test_a_schedule_trains_for_the_steps_of_the_task_and_is_saved(model, colours, tmp_path):
    steps = tune.steps_of(colours, epochs=3, batch_size=16)
    assert steps == 3 * -(-len(colours.train) // 16)
    tl.unfreeze(model, "block3")
    model.compile(keras.optimizers.Adam(tune.one_cycle(1e-4, steps)), model.loss, metrics=["accuracy"])
    tl.train(model, colours, epochs=3, batch_size=16, verbose=0)
    assert float(keras.ops.convert_to_numpy(model.optimizer.learning_rate)) == pytest.approx(1e-8, rel=1e-2)
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").optimizer.get_config() == model.optimizer.get_config()


# ---------------------------------------------------------------- a pull to the start


def test_the_penalty_is_half_the_squared_distance_from_the_start(model):
    tl.unfreeze(model, "block3")
    tune.l2_sp(model, strength=0.5)
    kernel = next(w for w in model.trainable_weights if w.path.endswith("block3_conv/kernel"))
    assert float(sum(model.losses)) == 0
    kernel.assign_add(np.full(kernel.shape, 2.0))
    assert float(sum(model.losses)) == pytest.approx(0.5 / 2 * 4 * kernel.numpy().size)


@pytest.mark.parametrize("from_layer", ["block3", 1.0])  # cut at a boundary, and whole
def test_a_strong_pull_keeps_the_base_near_its_start(model, colours, from_layer):
    before, away = model.get_weights(), {}
    for strength in (1e-6, 1e3):
        model.set_weights(before)
        tune.l2_sp(tl.unfreeze(model, from_layer), strength)
        model.compile(keras.optimizers.SGD(1e-4), model.loss, metrics=["accuracy"])
        history = tl.train(model, colours, epochs=2, verbose=0)
        away[strength] = sum(moved for path, moved in history.moved.items() if "block" in path)
    assert away[1e3] < away[1e-6]


def test_nothing_to_pull_is_told(model):
    with pytest.raises(GuardError, match="unfreeze"):
        tune.l2_sp(model)


# ---------------------------------------------------------------- forgetting


@pytest.mark.slow
def test_forgetting_grows_with_the_rate_and_leaves_the_model_alone(model, colours):
    """The source task is the colours themselves; a huge rate wrecks the base, a tiny one changes nothing."""
    before = model.get_weights()
    found = tune.forgetting(model, colours, colours, learning_rates=(1e-7, 10.0), epochs=1)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert {w.path for w in model.trainable_weights} == {"head/kernel", "head/bias"}
    assert found.old_probe[0] == found.before[0] > 0.8
    assert found.old_probe[1] < 0.8
    assert found.before[1] == pytest.approx(found.before[0], abs=0.1)
    assert str(found).count("\n") == 3


def test_what_moved_is_not_lost(base, colours):
    """The channels change places: the old probe is lost, and a new one finds all that was there."""
    probe = linear_probe(base, colours)
    old, new = probed(base, colours, probe)
    assert min(old, new) > 0.8
    last = base.get_layer("block3_bn")
    last.set_weights([weight[::-1] * (-1 if row == 0 else 1) for row, weight in enumerate(last.get_weights())])
    moved, found = probed(base, colours, probe)
    assert moved < old - 0.2
    assert found > 0.7


def test_the_source_task_is_made_of_new_drawings():
    task = tune.menagerie_task(n_train=2, n_test=1)
    assert (task.n_classes, len(task.train), len(task.validation), len(task.test)) == (24, 48, 24, 24)
    assert task.train.class_counts == (2,) * 24
    assert len({*task.train.fingerprints(), *task.validation.fingerprints(), *task.test.fingerprints()}) == 96
    assert isinstance(task, Task)
