"""L2-SP: what the tasks share is pulled back to where the old task left it, every weight as strongly as the next.

    loss = loss of the present task  +  strength / 2 * sum (w - w_old)^2

(Li, Grandvalet and Davoine, 2018, arXiv:1802.01483. `tl.tune.l2_sp` puts the same penalty on a base that is
fine-tuned; both take it from engine/pull.py.)
"""

import keras

from tlteach.core.door import checked
from tlteach.engine.arrays import fit_anew
from tlteach.engine.pull import pulled
from tlteach.methods.continual.heads import Labelled, as_task, shared


@checked
def l2_sp(
    old: keras.Model,
    new: keras.Model,
    past: Labelled,
    present: Labelled,
    strength: float = 0.03,
    epochs: int = 30,
    batch_size: int = 32,
    seed: int = 0,
) -> keras.Model:
    """Train `new` on the present task, while a spring pulls at each shared weight. Of the past it takes nothing."""
    present = as_task(new, present, "present")
    with pulled(shared(old, new), strength):
        return fit_anew(new, present, epochs, batch_size, seed)
