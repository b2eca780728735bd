"""The six steps, forgotten, mixed up, or taken in an order that works too."""

from promise.small import base, head_on, model, task
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


@wrong("small_base is frozen as a whole, but layers inside it are not: block2_bn")
def a_layer_that_was_unfrozen_inside_a_frozen_base():
    trained = model()
    trained.get_layer("small_base").get_layer("block2_bn").trainable = True
    tl.train(trained, task(), epochs=1)


@wrong(r"compiled with a loss.*model.compile\(optimizer")
def training_what_was_not_compiled():
    tl.train(head_on(base()), task(), epochs=1)


@wrong(r"compiled with a loss.*model.compile\(optimizer")
def recompiling_what_was_not_compiled():
    tl.recompile(head_on(base()), 1e-4)


@wrong("Nothing is unfrozen")
def recompiling_without_unfreezing():
    tl.recompile(model(), 1e-4)
