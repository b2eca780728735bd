"""No adaptation: train on the labelled source and hope. It is where methods begin, and what each has to beat."""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.engine.arrays import fit_anew
from tlteach.methods.adapt.domains import Domains


@checked
def source_only(
    model: keras.Model, domains: Domains, epochs: int = 30, batch_size: int = 64, seed: int = 0
) -> keras.Model:
    """Train on the labelled source alone: what every method has to beat."""
    return fit_source(model, domains, None, epochs, batch_size, seed)


def fit_source(
    model: keras.Model, domains: Domains, weights: np.ndarray | None, epochs: int, batch_size: int, seed: int
) -> keras.Model:
    """Fit `model` to the source, each input with its weight (n,) where there are weights. Returns the same model."""
    arrays = domains.source if weights is None else (*domains.source, weights)
    return fit_anew(model, arrays, epochs, batch_size, seed)
