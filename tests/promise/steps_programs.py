"""The six steps, forgotten, mixed up, or taken in an order that works too."""

from promise.small import base, model, task
from promise.table import correct, wrong

import tlteach as tl


@wrong("frozen or unfrozen after it was compiled")
def unfreezing_without_compiling_again():
    trained = model()
    tl.train(trained, task(), epochs=1)
    tl.unfreeze(trained, 0.5)
    tl.train(trained, task(), epochs=1)


@wrong("not frozen")
def a_head_on_a_base_that_was_not_frozen():
    learning = base()
    learning.trainable = True
    tl.add_head(learning, task())


@correct
def all_six_steps():
    trained = model()
    tl.train(trained, task(), epochs=1)
    tl.recompile(tl.unfreeze(trained, 0.5), 1e-4)
    tl.train(trained, task(), epochs=1)
