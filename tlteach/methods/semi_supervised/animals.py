"""Cats and dogs of the menagerie, each seen by day, as a sketch and by night: what the bundled base makes of them.

    few = tl.semi_supervised.animals(labels=20, seed=0)
    few.labelled["daylight"]       inputs (20, 256) and labels (20,)
    few.unlabelled["sketch"]       inputs (1000, 256), row by row the animals of few.unlabelled["daylight"]

`python benchmarks/semi_supervised.py --only drawings` draws them, and keeps a number in a byte.
"""

from dataclasses import dataclass
from functools import cache

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.core.files import bundled
from tlteach.methods.semi_supervised.labels import Labelled, probabilities

FILE, STEPS = "comparisons/semi_supervised.npz", 16  # of a feature between 0 and 1
STYLES, CLASSES = ("daylight", "sketch", "night"), ("cat", "dog")
ANIMALS, TEST, SEED = 2600, 600, 12  # how many are drawn, and with which seed; of these, the same are always the test


@dataclass(frozen=True, eq=False)
class FewLabels:
    """What a seed drew: inputs by style, and in `hidden` the labels that no method may see."""

    labelled: dict[str, Labelled]
    unlabelled: dict[str, np.ndarray]
    test: dict[str, Labelled]
    hidden: np.ndarray

    def accuracy(self, model: keras.Model, style: str) -> float:
        """The share of the test's animals that `model` tells right in a style."""
        inputs, labels = self.test[style]
        return float(np.mean(probabilities(model, inputs).argmax(axis=1) == labels))


@checked
def animals(labels: int = 20, unlabelled: int = 1000, dogs: float | None = None, seed: int = 0) -> FewLabels:
    """Draw so many labelled animals, half of them dogs, and unlabelled ones.

    Args:
        dogs: the share of dogs among the unlabelled; without it, as they come.

    Raises:
        DataError: there are not so many.
    """
    features, classes = _features(), np.arange(ANIMALS) % 2
    test, pool = np.split(np.random.default_rng(10**6).permutation(ANIMALS), [TEST])
    pool = np.random.default_rng(seed).permutation(pool)
    known = np.concatenate([pool[classes[pool] == label][: labels // 2] for label in (0, 1)])
    others = pool[~np.isin(pool, known)]
    if dogs is not None:
        n_dogs = round(dogs * unlabelled)
        parts = [others[classes[others] == label][:n] for label, n in ((0, unlabelled - n_dogs), (1, n_dogs))]
        others = np.concatenate(parts)
    if labels < 2 or len(others) < unlabelled:
        raise DataError(f"There are {len(pool)} animals, half of them dogs: not enough for these labels and this pile.")
    others = others[:unlabelled]
    return FewLabels(
        {style: (rows[known], classes[known]) for style, rows in features.items()},
        {style: rows[others] for style, rows in features.items()},
        {style: (rows[test], classes[test]) for style, rows in features.items()},
        classes[others],
    )


@cache
def _features() -> dict[str, np.ndarray]:
    with np.load(bundled(FILE)) as kept:
        return {style: kept[style].astype("float32") / STEPS for style in STYLES}
