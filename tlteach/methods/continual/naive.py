"""Nothing is done against forgetting: the next task is learned, and that is all. It is what every method has to beat.

(Catastrophic interference: McCloskey and Cohen, Psychology of Learning and Motivation 24, 1989.)
"""

import keras

from tlteach.core.door import checked
from tlteach.engine.arrays import fit_anew
from tlteach.methods.continual.heads import Labelled, as_task, shared


@checked
def naive(
    old: keras.Model,
    new: keras.Model,
    past: Labelled,
    present: Labelled,
    epochs: int = 30,
    batch_size: int = 32,
    seed: int = 0,
) -> keras.Model:
    """Train `new` on the present task. Of the past it takes nothing."""
    present = as_task(new, present, "present")
    shared(old, new)
    return fit_anew(new, present, epochs, batch_size, seed)
