"""Grad-CAM: against its closed form, and the test that its authors did not make: spoil the network."""

import keras
import numpy as np
import pytest
from scipy.stats import spearmanr

import tlteach as tl

ROWS = [0, 60, 120, 300, 360, 420]


@pytest.fixture(scope="module")
def trained():
    task = tl.tasks.cats_vs_dogs()
    with tl.quietly():
        model = tl.add_head(tl.base_model(tl.select_source(task)), task)
        tl.train(model, task.subset(50), epochs=10, verbose=0)
    return model, task.test.load(ROWS, 96), task.class_names


def test_on_average_pooling_and_a_dense_head_it_is_the_weighted_sum_of_the_maps(trained):
    """Class activation mapping (Zhou et al., 2016, arXiv:1512.04150): the slope of a mean is the kernel over n."""
    model, images, _ = trained
    maps = keras.ops.convert_to_numpy(model.layers[1](images.astype("float32"), training=False))
    kernel = keras.ops.convert_to_numpy(model.get_layer("head").kernel)
    expected = np.maximum((maps * (kernel[:, 1] - kernel[:, 0])).sum(axis=-1), 0)
    expected /= np.maximum(expected.max(axis=(1, 2), keepdims=True), 1e-12)
    np.testing.assert_allclose(tl.grad_cam(model, images, 1), expected, atol=1e-4)


def test_each_picture_gets_the_heat_of_its_own_class(trained):
    model, images, _ = trained
    chosen = model.predict(images, verbose=0).argmax(axis=1)
    assert set(chosen) == {0, 1}
    found = tl.grad_cam(model, images)
    for number in (0, 1):
        np.testing.assert_allclose(
            found[chosen == number], tl.grad_cam(model, images[chosen == number], number), atol=1e-5
        )


def test_a_model_with_one_output_and_logits_says_the_same_as_one_with_softmax(trained):
    model, images, _ = trained
    features = model.get_layer("dropout").output
    one = keras.Model(model.input, keras.layers.Dense(1, name="score")(features))
    one.compile(loss=keras.losses.BinaryCrossentropy(from_logits=True))
    kernel, bias = (keras.ops.convert_to_numpy(w) for w in model.get_layer("head").weights)
    one.get_layer("score").set_weights([kernel[:, 1:] - kernel[:, :1], bias[1:] - bias[:1]])
    np.testing.assert_allclose(tl.grad_cam(one, images), tl.grad_cam(model, images), atol=1e-3)


def test_another_heat_comes_out_of_a_spoiled_network(trained):
    """Adebayo et al., 2018: where random weights give the same picture, the picture says nothing of the network."""
    model, images, _ = trained
    before = tl.grad_cam(model, images)
    spoiled = keras.models.clone_model(model)
    spoiled.set_weights([np.random.default_rng(0).permutation(w.ravel()).reshape(w.shape) for w in model.get_weights()])
    after = tl.grad_cam(spoiled, images)
    assert abs(spearmanr(before.ravel(), after.ravel()).statistic) < 0.5
    assert np.abs(before - after).mean() > 0.1


def test_the_figure_names_class_and_probability(trained):
    model, images, class_names = trained
    figure = tl.looked_at(model, images, class_names)
    titles = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert len(titles) == len(images)
    assert all(title.split()[0] in class_names for title in titles)
    assert "of the places" in figure.get_suptitle()


def test_what_it_cannot_explain_is_said(trained):
    model, images, _ = trained
    with pytest.raises(tl.DataError, match="no class 2"):
        tl.grad_cam(model, images, 2)
    with pytest.raises(tl.DataError, match=r"\(n, 96, 96, 3\)"):
        tl.grad_cam(model, images[:, :50])
    flat = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    with pytest.raises(tl.GuardError, match="no feature map"):
        tl.grad_cam(flat, np.zeros((1, 8, 8, 3)))
    inputs = keras.Input((8, 8, 3))
    past = keras.layers.Flatten()(inputs)
    seen = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(inputs))
    both = keras.Model(inputs, keras.layers.Dense(2, "softmax")(keras.layers.Concatenate()([past, seen])))
    with pytest.raises(tl.GuardError, match="all of it passes through"):
        tl.grad_cam(both, np.zeros((1, 8, 8, 3)))
