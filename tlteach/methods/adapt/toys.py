"""Small domains to try methods on, drawn in milliseconds: moons that are turned, inputs that come from elsewhere.

moons(rotation=30)        two classes in the plane; the target is turned
digits(change="rotated")  scikit-learn's 8 x 8 digits; the target is rotated, noisy or inverted
covariate_shift()         one curve, y = sin(x) / x; the target's inputs lie where the source's are rare
"""

import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.methods.adapt.domains import Domains

TEST = 10**6  # seed of the test inputs: all draws of a domain are judged on the same ones


@checked
def moons(rotation: float = 30.0, n: int = 300, seed: int = 0) -> Domains:
    """Two half moons that reach into each other, n points of the plane; in the target turned by `rotation` degrees."""
    random = np.random.default_rng(seed)
    turn = np.deg2rad(rotation)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])

    def draw(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(count) % 2
        angle = random.uniform(0, np.pi, count)
        upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        lower = np.stack([1 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
        points = np.where(labels[:, None] == 0, upper, lower) - (0.5, 0.25)
        return (points + random.normal(0, 0.1, points.shape)).astype("float32"), labels

    def turned(pair):
        return (pair[0] @ matrix.astype("float32"), pair[1])

    source, validation, (target, _) = draw(n), draw(n // 2), turned(draw(n))
    random = np.random.default_rng(TEST)
    return Domains(source, validation, target, turned(draw(1000)), f"moons turned by {rotation:g} degrees")


CHANGES = {
    "rotated": lambda pictures, random, much: np.stack(
        [_turned(picture, 25 if much is None else much) for picture in pictures]
    ),
    "noisy": lambda pictures, random, much: np.clip(
        pictures + random.normal(0, 0.5 if much is None else much, pictures.shape), 0, 1
    ),
    "inverted": lambda pictures, random, much: 1 - pictures,
}


@checked
def digits(change: str = "rotated", much: float | None = None, seed: int = 0) -> Domains:
    """scikit-learn's 1,797 digits, 64 numbers from 0 to 1 each; no digit stands in both domains.

    Args:
        change: what happens to the target: "rotated", "noisy" or "inverted".
        much: degrees (25), or the deviation of the noise (0.5).
    """
    from sklearn.datasets import load_digits

    if change not in CHANGES:
        raise DataError(f"{change!r} is no change of digits. Take one of {', '.join(CHANGES)}.")
    pictures, labels = load_digits(return_X_y=True)
    test, others = np.split(np.random.default_rng(TEST).permutation(len(labels)), [497])
    random = np.random.default_rng(seed)
    source, validation, target = np.split(random.permutation(others), [600, 800])
    pictures = pictures.reshape(-1, 8, 8) / 16

    def rows(some: np.ndarray, changed: bool) -> np.ndarray:
        found = CHANGES[change](pictures[some], random, much) if changed else pictures[some]
        return found.reshape(-1, 64).astype("float32")

    learned, checked_on = ((rows(some, False), labels[some]) for some in (source, validation))
    return Domains(learned, checked_on, rows(target, True), (rows(test, True), labels[test]), f"digits, {change}")


def _turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    from scipy.ndimage import rotate

    return np.clip(rotate(picture, degrees, reshape=False, order=1), 0, 1)


@checked
def covariate_shift(centre: float = 2.0, n: int = 300, seed: int = 0) -> Domains:
    """A regression: y = sin(pi x) / (pi x) + noise everywhere, x around 1 in the source and `centre` in the target.

    (After Sugiyama and others, 2007.)
    """
    random = np.random.default_rng(seed)

    def draw(count: int, mean: float, deviation: float) -> tuple[np.ndarray, np.ndarray]:
        inputs = random.normal(mean, deviation, (count, 1)).astype("float32")
        return inputs, (np.sinc(inputs[:, 0]) + random.normal(0, 0.1, count)).astype("float32")

    source, validation, (target, _) = draw(n, 1, 0.5), draw(n // 2, 1, 0.5), draw(n, centre, 0.25)
    random = np.random.default_rng(TEST)
    return Domains(source, validation, target, draw(1000, centre, 0.25), "covariate shift")
