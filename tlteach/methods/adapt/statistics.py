"""The target's own statistics: normalise its inputs with its own mean and spread, and change nothing else.

    x_hat = (x - mean of the domain x comes from) / deviation of that domain

A trained BatchNormalization layer uses the mean and spread of the source for everything. Where the target is darker or
noisier, every layer behind it is off. Measuring them again costs one pass and no label. (AdaBN: Li and others,
Revisiting Batch Normalization for Practical Domain Adaptation, 2016, arXiv:1603.04779.)
"""

import keras

from tlteach.core.door import checked
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.source_only import fit_source
from tlteach.methods.tune.recalibrate import measured_again


@checked
def statistics(
    model: keras.Model, domains: Domains, epochs: int = 30, batch_size: int = 64, seed: int = 0
) -> keras.Model:
    """Train `model` on the source, then give its BatchNormalization layers the statistics of the target.

    Raises:
        GuardError: it has no BatchNormalization layer.
    """
    fit_source(model, domains, None, epochs, batch_size, seed)
    starts = range(0, len(domains.target), batch_size)
    measured_again(model, lambda: (domains.target[start : start + batch_size] for start in starts))
    return model
