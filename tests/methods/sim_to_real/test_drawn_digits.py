"""Drawn digits: what stays, what varies, and that handwriting is learned from them."""

import gzip
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
    assert (one.shape, one.dtype, labels.shape) == ((30, 28, 28), np.uint8, (30,))
    np.testing.assert_array_equal(one, again)
    np.testing.assert_array_equal(labels, same)
    assert (one != other).any()


def test_labels_are_balanced_and_the_same_at_every_level():
    labels = [drawn_digits(103, level, seed=1)[1] for level in LEVELS]
    assert set(np.bincount(labels[0], minlength=10)) == {10, 11}
    assert all((some == labels[0]).all() for some in labels)
    assert len(set(labels[0][:10])) < 10  # and not in turn
    assert len(drawn_digits(0)[0]) == 0


def plain(font: str, digit: int, size: int = 28) -> np.ndarray:
    return module._drawn(glyph(font, digit), 0, np.random.default_rng(0), size)


def test_at_level_0_there_is_plain_print_and_nothing_else():
    pictures, labels = drawn_digits(200, level=0, seed=0)
    printed = {digit: np.stack([plain(font, digit) for font in FONTS]) for digit in range(10)}
    for picture, label in zip(pictures, labels, strict=True):
        assert (printed[label] == picture).all(axis=(1, 2)).any()


@pytest.mark.parametrize("font", FONTS)
def test_plain_print_is_the_glyph_as_pillow_draws_it(font):
    """Nothing turned, moved or blurred, only scaled to the box; drawn larger, so that half a pixel counts little."""
    from PIL import Image

    for digit in (2, 7):
        shape = glyph(font, digit).distances > 0
        rows, columns = np.flatnonzero(shape.any(axis=1)), np.flatnonzero(shape.any(axis=0))
        shape = shape[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        size = [round(80 / max(shape.shape) * side) for side in shape.shape[::-1]]
        expected = np.asarray(Image.fromarray(255 * shape.astype("uint8")).resize(size, Image.Resampling.BOX))
        assert best_likeness(plain(font, digit, 4 * 28), expected) > 0.9


def best_likeness(picture: np.ndarray, shape: np.ndarray) -> float:
    """The correlation of `shape` with the part of `picture` where it begins that is most like it."""
    row, column = (round(np.flatnonzero(picture.max(axis=axis))[0]) for axis in (1, 0))
    corners = [(row + up, column + left) for up in (-1, 0, 1) for left in (-1, 0, 1)]
    windows = [picture[r : r + shape.shape[0], c : c + shape.shape[1]] for r, c in corners]
    return max(np.corrcoef(window.ravel(), shape.ravel())[0, 1] for window in windows)


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


def test_a_higher_level_leaves_print_further_behind():
    drawn = [drawn_digits(100, level, seed=0)[0].astype(float) for level in LEVELS]
    away = [np.abs(pictures - drawn[0]).mean() for pictures in drawn[:-1]]
    assert away == sorted(away)
    assert away[1] > 2


@pytest.mark.parametrize(("level", "size"), [(-1, 28), (6, 28), ("high", 28), (1, 8), (1, 28.5)])
def test_what_cannot_be_drawn_is_refused(level, size):
    with pytest.raises(tl.GuardError, match=r"drawn_digits got .* for `(level|size)`"):
        drawn_digits(3, level, size=size)


def test_varied_drawings_teach_handwriting_better_than_print(real):
    """Also where no network learns; on 1,000 digits of MNIST."""
    from sklearn.ensemble import ExtraTreesClassifier

    def read(name: str, header: int) -> np.ndarray:
        with gzip.open(real / f"digits/mnist/t10k-{name}-ubyte.gz") as file:
            return np.frombuffer(file.read()[header:], "uint8")

    handwritten, of_these = read("images-idx3", 16).reshape(-1, 784)[:1000], read("labels-idx1", 8)[:1000]

    def accuracy(level: float) -> float:
        pictures, labels = drawn_digits(1000, level, seed=0)
        trees = ExtraTreesClassifier(50, random_state=0).fit(pictures.reshape(-1, 784), labels)
        return trees.score(handwritten, of_these)

    assert accuracy(2) - accuracy(0) > 0.05
