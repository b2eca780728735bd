"""Copies across splits: identical ones are refused, near ones told and moved, and some hide."""

import numpy as np
from PIL import Image
from promise.small import model, task
from promise.table import correct, silent, wrong

import tlteach as tl


def with_test_picture(change) -> tl.tasks.Task:
    """The small task, with a training picture, changed, in its test split."""
    splits = [(split.inputs.copy(), split.labels) for split in (task().train, task().validation, task().test)]
    splits[2][0][0] = change(splits[0][0][0])
    return tl.tasks.from_splits(*splits, ("red", "blue"))


@wrong("1 of the 6 inputs of test stand in train too")
def an_identical_picture_in_train_and_test():
    tl.train(model(), with_test_picture(np.copy), epochs=1)


@correct
def a_mirrored_picture_is_moved_to_train():
    given = with_test_picture(np.fliplr)
    assert len(given.near_copies) == 1
    moved = given.with_near_copies_together()
    assert len(moved.test) == 5
    tl.train(model(), moved, epochs=1)


@silent("half of a picture has another hash than the whole")
def half_of_a_training_picture_in_test():
    def half(picture: np.ndarray) -> np.ndarray:
        return np.asarray(Image.fromarray(picture[:16, :16]).resize((32, 32)))

    tl.train(model(), with_test_picture(half), epochs=1)
