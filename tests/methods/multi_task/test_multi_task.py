"""Every method for many tasks: against a gradient tape, a closed form or a slow twin; and what is refused."""

import keras
import numpy as np
import pytest
from backends import passes_on
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

import tlteach as tl
from tlteach.engine.arrays import ShuffledBatches
from tlteach.methods.multi_task.gradients import Together
from tlteach.methods.multi_task.gradnorm import RATE, balanced, loss_of_nothing
from tlteach.methods.multi_task.pcgrad import mended
from tlteach.methods.multi_task.soft_sharing import apart, mostly_own
from tlteach.methods.multi_task.uncertainty import Uncertain

multi_task = tl.multi_task
as_it_stands = pytest.mark.usefixtures("without_graphs")  # compiling takes longer than these few steps
of_tensorflow = pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="compares with TensorFlow's tape")


@pytest.fixture(scope="module")
def tasks():
    return made(seed=0)


def made(seed, n=96, width=6):
    """A class of three with 30 labels, another of two, and a number, from rows of six numbers."""
    random = np.random.default_rng(seed)
    inputs = random.normal(size=(n, width)).astype("float32")
    species = np.argmax(inputs[:, :3], axis=1)
    labels = {"species": species, "ears": (inputs[:, 0] > 0).astype(int), "size": 2 * inputs[:, 1] + 1}
    labels["size"][::5] = np.nan
    return multi_task.Tasks(inputs, labels).keep("species", 30, seed)


def number(tensor):
    return ops.convert_to_numpy(tensor)


# ---------------------------------------------------------------- tasks


def test_missing_labels_weigh_nothing_and_the_others_one_on_average(tasks):
    inputs, labels, weights = tasks.arrays()
    assert inputs is tasks.inputs
    assert np.count_nonzero(weights["species"]) == tasks.known("species").sum() == 30
    assert np.bincount(labels["species"][tasks.known("species")]).tolist() == [10, 10, 10]
    assert all(np.isclose(values.mean(), 1) for values in weights.values())
    assert np.isfinite(labels["size"]).all()
    assert (weights["size"][::5] == 0).all()
    assert (weights["ears"] == 1).all()


def test_only_takes_the_tasks_and_the_inputs_that_have_a_label(tasks):
    alone = tasks.only("species")
    assert list(alone.labels) == ["species"]
    assert len(alone.inputs) == 30
    assert alone.known("species").all()


def test_the_camera_tells_nine_things_of_six_species():
    camera = multi_task.smart_camera("test")
    assert camera.inputs.shape == (1200, 128)
    assert {name: camera.width(name) for name in ("species", "background", "coat")} == {
        "species": 6,
        "background": 6,
        "coat": 10,
    }
    assert np.corrcoef(camera.labels["x"], camera.labels["x_in_pixels"])[0, 1] > 0.999
    train = multi_task.smart_camera("train").labels
    assert all(abs(train[name].mean()) < 1e-3 > abs(train[name].std() - 1) for name in ("muzzle", "face_width", "x"))


def test_a_model_is_judged_by_accuracy_and_by_r_squared(tasks):
    model = multi_task.network(tasks)
    found = tasks.judge(model)
    outputs = dict(zip(sorted(tasks.labels), keras.tree.flatten(model.predict(tasks.inputs, verbose=0)), strict=True))
    known = tasks.known("size")
    from sklearn.metrics import r2_score

    assert found["ears"] == np.mean(outputs["ears"].argmax(axis=1) == tasks.labels["ears"])
    assert np.isclose(found["size"], r2_score(tasks.labels["size"][known], outputs["size"][known, 0]), atol=1e-5)


def test_batches_take_the_same_rows_of_arrays_in_dictionaries():
    rows = np.arange(10)
    batches = ShuffledBatches((rows, {"a": rows * 2, "b": rows * 3}), 4, seed=0)
    inputs, labels = batches[1]
    assert (labels["a"] == 2 * inputs).all()
    assert (labels["b"] == 3 * inputs).all()


# ---------------------------------------------------------------- the contract


@pytest.mark.parametrize("name", multi_task.METHODS)
def test_a_method_trains_a_keras_model_and_gives_it_back(name, tasks):
    model = multi_task.network(tasks, width=16, learning_rate=1e-2)
    before = tasks.judge(model)
    found = multi_task.METHODS[name](model, tasks, epochs=12, batch_size=32, seed=1)
    assert found is model
    after = tasks.judge(model)
    assert all(after[task] > before[task] + 0.1 for task in tasks.labels), (before, after)
    if name != "static":
        assert set(model.task_weights) == set(tasks.labels)


@as_it_stands
def test_static_is_plain_keras_with_its_loss_weights(tasks):
    weights = {"species": 2.0, "ears": 0.0}
    model = multi_task.network(tasks, width=8)
    twin = multi_task.network(tasks, width=8)
    multi_task.static(model, tasks, weights, epochs=2, batch_size=96)
    twin.compile(keras.optimizers.Adam(1e-3), twin.loss, loss_weights=weights | {"size": 1.0})
    order = ShuffledBatches(tasks.arrays(), 96, 0)
    for _ in range(2):
        twin.train_on_batch(*order[0])
        order.on_epoch_end()
    for one, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-4)


@as_it_stands
@pytest.mark.parametrize("name", multi_task.METHODS)
def test_whole_networks_learn_from_pictures(name):
    keras.utils.set_random_seed(0)
    pictures = np.random.default_rng(0).uniform(0, 1, (32, 8, 8, 3)).astype("float32")
    tasks = multi_task.Tasks(pictures, {"red": np.arange(32) % 2, "light": pictures.mean(axis=(1, 2, 3))})
    base = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, name="conv")])
    model = multi_task.network(tasks, base, width=16)
    before = base.get_layer("conv").get_weights()[0].copy()
    multi_task.METHODS[name](model, tasks, epochs=1, batch_size=16)
    assert (base.get_layer("conv").get_weights()[0] != before).any()


@as_it_stands
def test_a_saved_model_opens_in_plain_keras(tasks, tmp_path):
    for made_by in (multi_task.network, multi_task.own_trunks):
        model = made_by(tasks)
        if made_by is multi_task.own_trunks:
            multi_task.tied(model, tasks, epochs=1)
        model.save(tmp_path / "model.keras")
        again = keras.saving.load_model(tmp_path / "model.keras")
        assert tasks.judge(again) == tasks.judge(model)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_methods_do_the_same_on_other_backends(backend):
    passes_on(backend, __file__)


# ---------------------------------------------------------------- gradients


@of_tensorflow
def test_the_gradients_are_those_of_a_tape(tasks):
    import tensorflow as tf

    model = multi_task.network(tasks, width=8)
    together = Together(model, tasks)
    inputs, labels, weights = keras.tree.map_structure(tf.convert_to_tensor, tasks.arrays())
    kernel = model.get_layer("shared").kernel
    with tf.GradientTape(persistent=True) as tape:
        y_pred = together(inputs, training=False)
        losses = list(together.losses_of(labels, y_pred[2], weights))
    of_features, of_kernel = map(number, together.gradients(labels, y_pred, weights))
    for i, loss in enumerate(losses):
        assert np.allclose(of_features[i], tape.gradient(loss, y_pred[1]), atol=1e-6)
        expected = tf.reshape(tape.gradient(loss, kernel.value), -1)
        assert np.allclose(of_kernel[i], expected, atol=1e-5)


def test_the_gradients_are_those_of_small_steps(tasks):
    """Where there is no tape: move a weight of the last shared layer a little, and look at each loss."""
    model = multi_task.network(tasks, width=4)
    together = Together(model, tasks)
    inputs, labels, weights = keras.tree.map_structure(ops.convert_to_tensor, tasks.arrays())
    shared, step = model.get_layer("shared"), 1e-2
    found = number(together.gradients(labels, together(inputs, training=False), weights)[1])
    kernel, bias = shared.get_weights()
    for place in ((0, 1), (3, 2)):
        losses = []
        for sign in (1, -1):
            moved = kernel.copy()
            moved[place] += sign * step
            shared.set_weights([moved, bias])
            losses.append(number(together.losses_of(labels, together(inputs, training=False)[2], weights)))
        slopes = (losses[0] - losses[1]) / (2 * step)
        assert np.allclose(found[:, place[0] * 4 + place[1]], slopes, atol=0.02 * np.abs(slopes).max() + 2e-3)


def test_cosines_of_a_task_and_its_copy_are_one():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(64, 5)).astype("float32")
    up = (inputs[:, 0] > 0).astype(int)
    tasks = multi_task.Tasks(inputs, {"up": up, "again": up, "down": 1 - up})
    model = multi_task.network(tasks)
    for name in ("again", "down"):
        model.get_layer(name).set_weights(model.get_layer("up").get_weights())
    found = multi_task.cosines(model, tasks)
    assert np.allclose(np.diag(found), 1)
    assert np.isclose(found[0, 1], 1, atol=1e-5)
    assert found[0, 2] < -0.5


# ---------------------------------------------------------------- weights


def test_uncertainty_weights_come_to_rest_where_the_closed_form_says():
    """With losses that stay, exp(-s) = 1 / (2 loss) for classes and 1 / loss for a number."""
    tasks = made(0)
    model = multi_task.network(tasks)
    inputs, labels, weights = tasks.arrays()
    together = Uncertain(model, tasks, speed=1.0)
    y_pred = together(ops.convert_to_tensor(inputs), training=False)
    tensors = keras.tree.map_structure(ops.convert_to_tensor, (labels, weights))
    losses = number(together.losses_of(tensors[0], y_pred[2], tensors[1]))

    def loss_at(log_variances):
        together.slow.assign(log_variances)
        return float(number(together.compute_loss(None, tensors[0], y_pred, tensors[1])))

    best = np.log(losses * np.where([tasks.is_classes(name) for name in tasks.labels], 2, 1))
    lowest = loss_at(best)
    assert list(together.task_weights().values()) == pytest.approx(list(np.exp(-best)), rel=1e-4)
    for task in range(3):
        for step in (-0.3, 0.3):
            assert loss_at(best + step * np.eye(3)[task]) > lowest


def test_fast_uncertainty_gives_the_memorised_task_the_largest_weight():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(200, 20)).astype("float32")
    labels = {"few": (inputs[:, 0] > 0).astype(int), "noise": random.integers(0, 2, 200)}
    tasks = multi_task.Tasks(inputs, labels).keep("few", 12)
    model = multi_task.network(tasks, learning_rate=3e-3)
    multi_task.uncertainty(model, tasks, speed=30.0, epochs=40)
    assert model.task_weights["few"] > 10 * model.task_weights["noise"]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), st.sampled_from([0.0, 0.5, 1.5]))
def test_gradnorm_s_step_is_that_of_its_loss(seed, n, strength):
    random = np.random.default_rng(seed)
    weights, lags, norms = (random.uniform(0.5, 1.5, n).astype("float32") for _ in range(3))
    weights *= n / weights.sum()
    found = number(balanced(*map(ops.convert_to_tensor, (weights, lags, norms)), strength))
    wanted = np.mean(weights * norms) * (lags / lags.mean()) ** strength

    def loss(some):
        return np.abs(some.astype("float64") * norms - wanted).sum()

    slopes = [loss(weights + 1e-3 * unit) - loss(weights - 1e-3 * unit) for unit in np.eye(n)]
    if np.abs(weights * norms - wanted).min() > 5e-3:  # away from the kink
        moved = weights * np.exp(-RATE * np.sign(slopes))
        assert np.allclose(found, moved * n / moved.sum(), atol=1e-4)
    assert np.isclose(found.sum(), n, atol=1e-4)


def test_gradnorm_calms_the_task_that_pulls_too_hard():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(256, 6)).astype("float32")
    tasks = multi_task.Tasks(inputs, {"loud": 30 * inputs[:, 0], "quiet": inputs[:, 1]})
    model = multi_task.network(tasks)
    multi_task.gradnorm(model, tasks, epochs=4, batch_size=16)
    assert model.task_weights["loud"] < 0.5 < model.task_weights["quiet"]
    assert loss_of_nothing(tasks, "loud") == pytest.approx(np.mean(tasks.labels["loud"] ** 2), rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4))
def test_pcgrad_against_projecting_whole_gradients(seed, n):
    random = np.random.default_rng(seed)
    gradients = random.normal(size=(n, 5))
    orders = [random.permutation(n) for _ in range(n)]
    expected = np.zeros(5)
    for i, order in enumerate(orders):
        mine = gradients[i].copy()
        for j in order:
            if j != i and mine @ gradients[j] < 0:
                mine -= (mine @ gradients[j]) / (gradients[j] @ gradients[j]) * gradients[j]
        expected += mine
    products = ops.convert_to_tensor((gradients @ gradients.T).astype("float32"))
    shares = number(mended(products, [ops.convert_to_tensor(order) for order in orders]))
    assert np.allclose(shares @ gradients, expected, atol=1e-3 * np.abs(expected).max() + 1e-4)


@as_it_stands
def test_without_conflict_pcgrad_is_the_sum_of_the_losses():
    """One step of plain descent: two copies of a task agree, so nothing is mended."""
    random = np.random.default_rng(0)
    inputs = random.normal(size=(32, 4)).astype("float32")
    up = (inputs[:, 0] > 0).astype(int)
    tasks = multi_task.Tasks(inputs, {"up": up, "again": up})
    found = []
    for method in (multi_task.static, multi_task.pcgrad):
        model = multi_task.network(tasks, width=8)
        model.get_layer("again").set_weights(model.get_layer("up").get_weights())
        model.compile(keras.optimizers.SGD(0.1), model.loss)
        method(model, tasks, epochs=1, batch_size=32)
        found.append(model.get_weights())
    for one, other in zip(*found, strict=True):
        assert np.allclose(one, other, atol=1e-5)
    assert model.task_weights == pytest.approx({"up": 1, "again": 1})


# ---------------------------------------------------------------- soft sharing


def test_the_penalty_is_the_distance_from_the_mean():
    kernels = np.random.default_rng(0).normal(size=(3, 4, 2)).astype("float32")
    expected = 0.5 * sum(np.sum((kernel - kernels.mean(axis=0)) ** 2) for kernel in kernels)
    assert np.isclose(number(apart(0.5)(ops.convert_to_tensor(kernels))), expected, rtol=1e-5)


def test_tied_trunks_come_together(tasks):
    spread = []
    for strength in (1e-6, 10.0):
        model = multi_task.own_trunks(tasks, width=8, learning_rate=2e-2)
        multi_task.tied(model, tasks, strength, epochs=8, batch_size=16)
        kernels = model.get_layer("trunks").get_weights()[0]
        spread.append(np.abs(kernels - kernels.mean(axis=0)).max())
    assert spread[1] < 0.1 < 0.3 < spread[0]


@as_it_stands
def test_stitches_begin_with_one_s_own_and_mix_by_the_matrix(tasks):
    model = multi_task.own_trunks(tasks, width=8, stitched=True)
    matrix = model.get_layer("stitch").get_weights()[0]
    assert np.allclose(matrix, mostly_own(3))
    assert np.allclose(matrix.sum(axis=1), 1)
    parts = keras.Model(model.inputs[0], [model.get_layer("trunks").output, model.get_layer("stitch").output])
    own, mixed = parts.predict(tasks.inputs[:4], verbose=0)
    assert np.allclose(mixed, np.einsum("ij,njd->nid", matrix, own), atol=1e-5)
    multi_task.cross_stitch(model, tasks, epochs=5)
    assert not np.allclose(model.get_layer("stitch").get_weights()[0], matrix)


@as_it_stands
def test_without_stitches_a_trunk_learns_from_its_own_task_alone(tasks):
    model = multi_task.own_trunks(tasks, width=8)
    before = model.get_layer("trunks").get_weights()[0]
    multi_task.static(model, tasks, {"ears": 0.0, "size": 0.0}, epochs=2)
    moved = np.abs(model.get_layer("trunks").get_weights()[0] - before).max(axis=(1, 2))
    assert moved[0] > 0
    assert (moved[1:] == 0).all()


# ---------------------------------------------------------------- what is refused


def test_what_is_no_task_is_refused(tasks):
    rows = tasks.inputs
    with pytest.raises(tl.DataError, match="There is no task"):
        multi_task.Tasks(rows, {})
    with pytest.raises(tl.DataError, match="There is no task"):
        multi_task.Tasks(rows, tasks.labels["ears"])
    assert multi_task.Tasks([[0.0], [1.0]], {"up": [0, 1]}).width("up") == 2
    with pytest.raises(tl.DataError, match="cannot name a layer"):
        multi_task.Tasks(rows, {"ears of it": np.zeros(len(rows), int)})
    with pytest.raises(tl.DataError, match="has labels of the shape"):
        multi_task.Tasks(rows, {"ears": np.zeros(5, int)})
    with pytest.raises(tl.DataError, match="makes classes of words"):
        multi_task.Tasks(rows, {"ears": np.array(["long"] * len(rows))})
    with pytest.raises(tl.DataError, match="has no label at all"):
        multi_task.Tasks(rows, {"ears": np.full(len(rows), -1)})
    with pytest.raises(tl.DataError, match="There is no task 'tail'"):
        tasks.only("tail")
    with pytest.raises(tl.DataError, match="is a number, and has no classes"):
        tasks.keep("size", 10)
    with pytest.raises(tl.DataError, match="has only"):
        tasks.keep("species", 3000)


def test_a_model_that_does_not_fit_is_refused(tasks):
    with pytest.raises(tl.DataError, match="without a base a network takes rows of numbers"):
        multi_task.network(multi_task.Tasks(np.zeros((4, 8, 8, 3), "float32"), {"red": np.arange(4) % 2}))
    alone = multi_task.network(tasks.only("species"))
    with pytest.raises(tl.GuardError, match="Give each task an output"):
        multi_task.static(alone, tasks)
    with pytest.raises(tl.GuardError, match="There is a weight for tail"):
        multi_task.static(multi_task.network(tasks), tasks, {"tail": 2.0})
    for method in (multi_task.gradnorm, multi_task.pcgrad, multi_task.uncertainty):
        with pytest.raises(tl.GuardError, match="do not all stand on one dense layer"):
            method(multi_task.own_trunks(tasks), tasks)
    with pytest.raises(tl.GuardError, match="has no trunk for each task"):
        multi_task.tied(multi_task.network(tasks), tasks)
    with pytest.raises(tl.GuardError, match="has no stitches"):
        multi_task.cross_stitch(multi_task.own_trunks(tasks), tasks)
    with pytest.raises(tl.DataError, match="has no head for 'ears'"):
        multi_task.predicted(alone, tasks.inputs, "ears")
    more = multi_task.Tasks(tasks.inputs, tasks.labels | {"ears": np.arange(len(tasks.inputs)) % 4})
    with pytest.raises(tl.GuardError, match="has 2 outputs; its labels ask for 4"):
        multi_task.static(multi_task.network(tasks), more)
