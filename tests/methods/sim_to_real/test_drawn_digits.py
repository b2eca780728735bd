"""Drawn digits: what stays, what varies, and that a small learner takes them for digits."""

import importlib

import numpy as np
import pytest

import tlteach as tl
from tlteach.methods.sim_to_real.drawn_digits import BOX, FONTS, glyph

module = importlib.import_module("tlteach.methods.sim_to_real.drawn_digits")  # its function has its name
drawn_digits = tl.sim_to_real.drawn_digits
LEVELS = (0, 0.5, 1, 2, 4, 5)


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_seed_gives_the_same_digits(level):
    (one, labels), (again, same), (other, _) = (drawn_digits(30, level, seed) for seed in (3, 3, 4))
    assert one.shape == (30, 28, 28) and one.dtype == np.uint8 and labels.shape == (30,)
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(labels, same)
    assert (one != other).any()


def test_labels_are_balanced_and_the_same_at_every_level():
    labels = [drawn_digits(103, level, seed=1)[1] for level in LEVELS]
    assert set(np.bincount(labels[0], minlength=10)) == {10, 11}
    assert all((some == labels[0]).all() for some in labels)
    assert len(set(labels[0][:10])) < 10  # and not in turn
    assert len(drawn_digits(0)[0]) == 0


def test_level_0_is_plain_print():
    """As Pillow draws the glyph: nothing turned, moved or blurred, only scaled to the box."""
    from PIL import Image

    pictures, labels = drawn_digits(200, level=0, seed=0)
    assert len(np.unique(pictures.reshape(200, -1), axis=0)) <= 10 * len(FONTS)
    for font in FONTS:
        for digit in (1, 7):
            shape = glyph(font, digit).distances > 0
            rows, columns = np.flatnonzero(shape.any(axis=1)), np.flatnonzero(shape.any(axis=0))
            shape = shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            zoom = 20 / max(shape.shape)
            size = [round(zoom * side) for side in shape.shape[::-1]]
            expected = np.asarray(Image.fromarray(255 * shape.astype("uint8")).resize(size, Image.Resampling.BOX))
            of_this = pictures[labels == digit].astype(float)
            likeness = [best_likeness(picture, expected) for picture in np.unique(of_this, axis=0)]
            assert max(likeness) > 0.85, f"{digit} of {font}"


def best_likeness(picture: np.ndarray, shape: np.ndarray) -> float:
    """The correlation of `shape` with the part of `picture` that is most like it."""
    windows = np.lib.stride_tricks.sliding_window_view(picture, shape.shape).reshape(-1, shape.size)
    return max(np.corrcoef(window, shape.ravel())[0, 1] for window in windows if window.std())


def test_the_format_is_that_of_mnist():
    """The longer side is 20 of 28 pixels, and the centre of mass is that of the picture."""
    pictures, _ = drawn_digits(100, level=0)
    for picture in pictures / 255.0:
        sides = [np.ptp(np.flatnonzero(picture.max(axis=axis) > 0.1)) + 1 for axis in (0, 1)]
        assert max(sides) == pytest.approx(28 * BOX, abs=1.5)
        masses = [picture.sum(axis=axis) @ np.arange(28) / picture.sum() for axis in (0, 1)]
        np.testing.assert_allclose(masses, 13.5, atol=0.8)


@pytest.mark.parametrize("size", [16, 28, 56])
@pytest.mark.parametrize("level", LEVELS)
def test_no_digit_is_cut_off(level, size, monkeypatch):
    """Without noise and blur, which reach everywhere, the border is black and there is a digit within."""
    monkeypatch.setattr(module, "NOISE", 0)
    monkeypatch.setattr(module, "BLUR", 0)
    pictures, _ = drawn_digits(100, level, seed=2, size=size)
    border = np.ones((size, size), bool)
    border[1:-1, 1:-1] = False
    assert pictures[:, border].max() <= 25  # a tenth of white: the soft edge of a corner
    if level <= 4:
        assert pictures.max(axis=(1, 2)).min() > 50


def test_a_higher_level_varies_more():
    spreads = [drawn_digits(500, level, seed=0)[0].std(axis=0).mean() for level in (0, 1, 2)]
    print_at = {level: drawn_digits(300, level, seed=0)[0].astype(float) for level in (0, 0.5, 1, 2)}
    away = [np.abs(print_at[level] - print_at[0]).mean() for level in (0, 0.5, 1, 2)]
    assert away[0] == 0 and away == sorted(away), away
    assert spreads[0] < spreads[2]


@pytest.mark.parametrize(("level", "size"), [(-1, 28), (11, 28), ("high", 28), (1, 8), (1, 28.5)])
def test_what_cannot_be_drawn_is_refused(level, size):
    with pytest.raises(tl.GuardError, match="drawn_digits got .* for `(level|size)`"):
        drawn_digits(3, level, size=size)


def test_varied_drawings_teach_real_digits_more_than_print():
    """By the nearest drawing, on scikit-learn's digits, which are real ones."""
    from sklearn.datasets import load_digits
    from sklearn.neighbors import KNeighborsClassifier

    real, labels = load_digits(return_X_y=True)

    def accuracy(level: float) -> float:
        pictures, drawn = drawn_digits(1000, level, seed=0, size=32)
        small = pictures[:, 4:28, 4:28].reshape(-1, 8, 3, 8, 3).mean(axis=(2, 4))  # a digit fills its 8 x 8 pixels
        return KNeighborsClassifier(1).fit(small.reshape(-1, 64) * 16 / 255, drawn).score(real, labels)

    accuracies = [accuracy(level) for level in (0, 2)]
    assert accuracies[1] > accuracies[0] > 0.3, accuracies
