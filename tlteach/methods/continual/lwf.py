"""LwF, learning without forgetting: the new inputs shall go on getting the old answers.

1. Before anything is trained, the old model answers the new inputs. Its probabilities are written down.
2. loss = loss of the present task  +  strength * cross-entropy(old answers, answers of the old head now)

Both sides of the second term are softened, p^(1/2) scaled to a sum of 1, so that small probabilities count, too. No old
input is needed. (Li and Hoiem, Learning without Forgetting, 2016, arXiv:1606.09282; here without its first phase, in
which the new head learns alone.)
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.door import checked
from tlteach.engine.arrays import answers
from tlteach.engine.evaluation import gives_logits, probabilities_from
from tlteach.methods.continual.both import fit_both
from tlteach.methods.continual.heads import Labelled, as_task, shared

TEMPERATURE = 2.0


def softened(probabilities):
    """p^(1/T), scaled so that a row sums to 1."""
    return ops.softmax(ops.log(probabilities + 1e-7) / TEMPERATURE)


def cross_entropy(wanted, given):
    """Of two arrays of probabilities (n, classes), a number for each row."""
    return -ops.sum(wanted * ops.log(given + 1e-7), axis=-1)


@checked
def lwf(
    old: keras.Model,
    new: keras.Model,
    past: Labelled,
    present: Labelled,
    strength: float = 1.0,
    epochs: int = 30,
    batch_size: int = 32,
    seed: int = 0,
) -> keras.Model:
    """Train `new` on the present task, and the old head to answer its inputs as before. It takes nothing old."""
    present = as_task(new, present, "present")
    shared(old, new)
    inputs, labels = present
    before = probabilities_from(old, answers(old, inputs)).astype("float32")
    wanted = ops.convert_to_numpy(softened(ops.convert_to_tensor(before)))
    given = ops.softmax(old.outputs[0]) if gives_logits(old) else old.outputs[0]
    beside = keras.Model(old.inputs[0], softened(given), name="old_answers")
    return fit_both(
        new, beside, cross_entropy, strength, ((inputs, inputs), (labels, np.asarray(wanted))), epochs, batch_size, seed
    )
