"""Features before and after: the numbers in the title against scikit-learn, and names that could spoil the picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import NearestCentroid

import tlteach as tl
from tlteach.core.errors import DataError
from tlteach.evidence.projection import MOST_POINTS, _nearest_to_the_others, feature_space, spread

NAMES = ("_cat", "$x$ dog", "owl" * 20)


def clouds(apart: float, n: int = 30) -> tuple[np.ndarray, np.ndarray]:
    labels = np.arange(n) % 3
    return np.random.default_rng(0).normal(size=(n, 4)) + apart * np.eye(3, 4)[labels], labels


@given(st.integers(0, 1000), st.integers(2, 4), st.integers(6, 25))
@settings(deadline=None, max_examples=20)
def test_the_share_is_scikit_learns_nearest_centroid_with_one_left_out(seed, classes, n):
    random = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), random.integers(0, classes, n - classes)])  # some stand alone
    features = random.normal(size=(n, 3)) + labels[:, None]
    if min(np.bincount(labels)) > 1:
        expected = cross_val_score(NearestCentroid(), features, labels, cv=LeaveOneOut()).mean()
        assert _nearest_to_the_others(features, labels) == pytest.approx(expected)
    alone = np.isin(labels, np.flatnonzero(np.bincount(labels) == 1))
    assert _nearest_to_the_others(features, labels) <= 1 - alone.mean()  # what stands alone is near to no one


def test_the_title_says_before_and_after_and_every_class_is_named():
    before, labels = clouds(0.5)
    after, _ = clouds(20)
    figure = feature_space({"frozen": before, "fine-tuned": after}, labels, NAMES)
    share = cross_val_score(NearestCentroid(), before, labels, cv=LeaveOneOut()).mean()
    title = f"{share:.0%} (frozen), 100% (fine-tuned) of 30 inputs lie nearest to their own class's mean"
    assert figure.get_suptitle() == title
    assert [axes.get_title().split(":")[0] for axes in figure.axes] == ["frozen", "fine-tuned"]
    assert all(axes.get_xlabel() == "first principal component" for axes in figure.axes)
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert named[:2] == ["_cat", r"\$x\$ dog"]
    assert len(named[2]) == 30
    assert figure.get_figheight() * 110 <= 700
    tl.show.as_html(figure, "drawn without a warning")


def test_shapes_differ_as_colours_do():
    features, labels = clouds(3)
    points = feature_space({"frozen": features}, labels, NAMES).axes[0].collections
    assert len({tuple(map(tuple, one.get_paths()[0].vertices)) for one in points}) == 3
    assert len({tuple(one.get_facecolor()[0]) for one in points}) == 3


def test_a_hundred_classes_are_drawn_and_not_named():
    labels = np.arange(200) % 100
    figure = feature_space({"a": np.random.default_rng(0).normal(size=(200, 3))}, labels, list(map(str, range(100))))
    assert figure.legends == []


def test_what_does_not_fit_is_said():
    features, labels = clouds(1)
    for wrong in (labels[:4], labels + 1, np.array(["cat"] * 30)):
        with pytest.raises(DataError, match=r"expected \(30,\), whole numbers"):
            feature_space({"frozen": features}, wrong, NAMES)
    with pytest.raises(DataError, match="a dictionary of features"):
        feature_space({}, labels, NAMES)


def test_a_large_split_is_thinned_out_evenly():
    assert spread(5).tolist() == [0, 1, 2, 3, 4]
    rows = spread(7 * MOST_POINTS)
    assert (len(rows), rows[0], rows[-1]) == (MOST_POINTS, 0, 7 * MOST_POINTS - 1)
    assert set(np.diff(rows)) <= {7, 8}


def test_features_are_what_the_head_gets_and_come_from_the_pass_that_judges(base, colours):
    import keras

    from tlteach.engine.evaluation import evaluate_and_look

    with tl.quietly():
        model = tl.add_head(base, colours)
    model.get_layer("head").kernel.assign(np.random.default_rng(0).normal(size=(12, 2)))
    features = tl.features(model, colours.test)
    assert features.shape == (20, 12)
    expected = tl.evaluate(model, colours.test)
    judged, below = evaluate_and_look(model, colours.test)
    np.testing.assert_allclose(judged.probabilities, expected.probabilities, atol=1e-6)
    np.testing.assert_allclose(below, features, atol=1e-6)
    told = keras.ops.convert_to_numpy(model.get_layer("head")(features.astype("float32")))
    np.testing.assert_allclose(told, expected.probabilities, atol=1e-5)
    with pytest.raises(tl.GuardError, match="does not end in a dense layer"):
        tl.features(base, colours.test)
