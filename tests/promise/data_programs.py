"""What goes into a network: pictures and texts that were changed, and tasks that were cut a second time."""

import numpy as np
from promise.small import model, pictures, task
from promise.table import correct, wrong

import tlteach as tl


@wrong("stand in")
def a_leak_that_was_made_after_the_first_training():
    trained, given = model(), task()
    tl.train(trained, given, epochs=1)
    given.train.inputs[:3] = given.test.inputs[:3]
    tl.train(trained, given, epochs=1)
