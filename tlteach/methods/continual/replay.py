"""Replay: some old inputs are kept with their labels, and are learned again beside the new ones.

    loss = loss of the present task  +  strength * loss of the past task on the kept inputs

Every batch has as many old inputs as new ones; where few are kept, each comes more often. (Robins, Catastrophic
forgetting, rehearsal and pseudorehearsal, Connection Science 7, 1995; for deep networks Rolnick and others, Experience
Replay for Continual Learning, 2018, arXiv:1811.11682.)
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.methods.continual.both import fit_both
from tlteach.methods.continual.heads import Labelled, as_task, shared


@checked
def replay(
    old: keras.Model,
    new: keras.Model,
    past: Labelled,
    present: Labelled,
    kept: int = 100,
    strength: float = 1.0,
    epochs: int = 30,
    batch_size: int = 32,
    seed: int = 0,
) -> keras.Model:
    """Train `new` on the present task, and `old` again on `kept` inputs of the past one, drawn at random."""
    present, past = as_task(new, present, "present"), as_task(old, past, "past")
    shared(old, new)
    if kept > len(past[0]):
        raise DataError(f"kept={kept} is not possible: the past task has {len(past[0])} inputs.")
    rows = np.random.default_rng(seed).permutation(len(past[0]))[:kept]
    n = max(len(present[0]), kept)
    of_present, of_past = np.resize(np.arange(len(present[0])), n), np.resize(rows, n)
    inputs = present[0][of_present], past[0][of_past]
    labels = present[1][of_present], past[1][of_past]
    return fit_both(new, old, old.loss, strength, (inputs, labels), epochs, batch_size, seed)
