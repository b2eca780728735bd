"""Many tasks at once, where a task would not be learned, or another one than was meant."""

import numpy as np
from promise.small import base, pictures
from promise.table import correct, wrong

import tlteach as tl

multi_task = tl.multi_task


def tasks(n: int = 24) -> multi_task.Tasks:
    inputs = np.random.default_rng(0).normal(size=(n, 4)).astype("float32")
    return multi_task.Tasks(inputs, {"red": np.arange(n) % 2, "light": inputs[:, 0].copy()})


@wrong("'tail' has labels of the shape")
def labels_of_some_inputs_only():
    multi_task.Tasks(tasks().inputs, {"tail": np.arange(10)})


@wrong("makes classes of words")
def labels_that_are_words():
    multi_task.Tasks(tasks().inputs, {"tail": np.array(["long", "curled"] * 12)})


@wrong("'tail' has no label at all")
def a_task_without_a_label():
    multi_task.Tasks(tasks().inputs, {"tail": np.full(24, np.nan)})


@wrong("Give each task an output and a loss of its name")
def a_model_without_a_head_for_each_task():
    multi_task.static(multi_task.network(tasks().only("red")), tasks(), epochs=1)


@wrong("There is a weight for raed")
def a_weight_for_a_task_that_is_misspelt():
    multi_task.static(multi_task.network(tasks()), tasks(), {"raed": 3.0}, epochs=1)


@wrong("do not all stand on one dense layer with relu")
def gradients_that_meet_nowhere():
    multi_task.pcgrad(multi_task.own_trunks(tasks()), tasks(), epochs=1)


@wrong("has NaN or infinite weights after training")
def an_input_that_is_no_number():
    found = tasks()
    found.inputs[3] = np.nan
    multi_task.static(multi_task.network(found), found, epochs=1)


@correct
def three_ways_to_weigh_two_tasks():
    for method in (multi_task.static, multi_task.gradnorm, multi_task.pcgrad):
        method(multi_task.network(tasks(), width=8), tasks(), epochs=1, batch_size=8)


@correct
def pictures_with_two_labels_each():
    images, labels = pictures()
    found = multi_task.Tasks(images.astype("float32"), {"colour": labels, "light": images.mean(axis=(1, 2, 3))})
    multi_task.static(multi_task.network(found, base(), width=8), found, epochs=1, batch_size=8)
