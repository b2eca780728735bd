"""Features in two dimensions are the principal components; feature maps are what the layers give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from tlteach.core.errors import DataError, GuardError
from tlteach.evidence.projection import features_in_two_dimensions, two_dimensions
from tlteach.image.inside import activations, feature_maps


@given(st.integers(0, 1000), st.integers(3, 30), st.integers(2, 30))
@settings(deadline=None, max_examples=30)
def test_two_dimensions_are_the_principal_components(seed, n, d):
    features = np.random.default_rng(seed).normal(size=(n, d)) * np.arange(1, d + 1)
    points, share = two_dimensions(features)
    reference = PCA(2, svd_solver="full").fit(features)
    np.testing.assert_allclose(np.abs(points), np.abs(reference.transform(features)), atol=1e-6)
    assert share == pytest.approx(reference.explained_variance_ratio_.sum())


def test_the_sign_of_a_component_is_settled():
    features = np.random.default_rng(0).normal(size=(20, 4)) * (1, 9, 4, 1)
    points, _ = two_dimensions(features)
    assert np.corrcoef(points[:, 0], features[:, 1])[0, 1] > 0.9
    assert np.corrcoef(points[:, 1], features[:, 2])[0, 1] > 0.9


def test_features_that_are_all_the_same_lie_in_one_point():
    points, share = two_dimensions(np.ones((5, 3)))
    assert not points.any()
    assert share == 0


def test_what_has_no_two_dimensions_is_named():
    for features in (np.ones((5, 1)), np.ones((1, 5))):
        with pytest.raises(DataError, match="two rows and two features"):
            two_dimensions(features)
    with pytest.raises(DataError, match="NaN"):
        two_dimensions(np.full((5, 3), np.nan))


def test_the_figure_has_every_class_and_says_what_it_found():
    labels = np.arange(30) % 3
    features = np.eye(3)[labels] * 10 + np.random.default_rng(0).normal(size=(30, 3)) * 0.1
    figure = features_in_two_dimensions(features, labels, ("cat", "dog", "owl"))
    (axes,) = figure.axes
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["cat", "dog", "owl"]
    assert [len(points.get_offsets()) for points in axes.collections] == [10, 10, 10]
    assert axes.get_title().startswith("100% lie nearest to their own class's mean (")
    by_lot = int(axes.get_title().split("(")[1].split("%")[0])
    assert 33 < by_lot < 60  # the three means fit these very points
    assert axes.get_xlabel() == "first principal component"


def test_labels_must_fit_the_figure():
    for labels in (np.zeros(4, int), np.full(5, 2)):
        with pytest.raises(DataError, match=r"expected \(5,\)"):
            features_in_two_dimensions(np.random.default_rng(0).normal(size=(5, 3)), labels, ("cat", "dog"))


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype="uint8")


def test_activations_are_what_the_layers_give(base, image):
    first, last = activations(base, image, ["block1_relu", "block3_relu"])
    assert first.shape == (15, 15, 4)
    np.testing.assert_allclose(last, base.predict(image[None], verbose=0)[0], atol=1e-5)


def test_feature_maps_have_a_row_for_each_layer(base, image, capsys, colours):
    import tlteach as tl

    model = tl.add_head(base, colours)
    figure = feature_maps(model, image, ["block1_relu", "block3_relu"])
    titles = [part.get_suptitle() for part in figure.subfigs]
    assert titles[0] == "input: 32 × 32 × 3 pixels"
    assert titles[1].startswith("block1_relu: 15 × 15 × 4; channels ")
    assert titles[2].startswith("block3_relu: 3 × 3 × 12; channels ")
    assert [sum(bool(axes.images) for axes in part.axes) for part in figure.subfigs] == [1, 4, 6]
    assert figure.get_suptitle() == "From 15 × 15 × 4 to 3 × 3 × 12: fewer places, more kinds of answer"


def test_maps_of_many_layers_fit_a_screen(base, image):
    names = [layer.name for layer in base.layers[2:]]
    assert len(names) == 9
    assert feature_maps(base, image, names).get_figheight() * 110 <= 700


def test_the_most_varied_channels_come_first(base, image):
    (maps,) = activations(base, image, ["block2_bn"])
    title = feature_maps(base, image, ["block2_bn"]).subfigs[1].get_suptitle()
    shown = [int(number) for number in title.split("channels ")[1].split(", ")]
    spread = maps.std(axis=(0, 1))[shown]
    assert (np.diff(spread) <= 0).all()
    assert spread[0] == maps.std(axis=(0, 1)).max()


def test_layers_and_pictures_that_do_not_fit_are_named(base, image):
    import keras

    with pytest.raises(GuardError, match=r"no layer 'block9'.*block1_conv"):
        feature_maps(base, image, ["block9"])
    with pytest.raises(GuardError, match="one layer or more"):
        feature_maps(base, image, [])
    with pytest.raises(DataError, match=r"shape \(16, 32, 3\)"):
        feature_maps(base, image[:16], ["block1_relu"])
    pooled = keras.Model(base.inputs, keras.layers.GlobalAveragePooling2D(name="pooling")(base.output))
    with pytest.raises(GuardError, match="no feature maps"):
        feature_maps(pooled, image, ["pooling"])
