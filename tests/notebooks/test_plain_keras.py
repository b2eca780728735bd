"""What lesson 02 calls the same in plain Keras is the same: its blocks run in their order, beside our six steps."""

import re

import numpy as np
import pytest
from places import NOTEBOOKS

import tlteach as tl

LESSON = NOTEBOOKS / "src" / "02_six_steps_cats_and_dogs.py"
FOLDED = re.compile(r"<details><summary>The same in plain Keras[^<]*</summary>(.*?)</details>", re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks():
    """The code of each folded block, a block for each of the six steps."""
    text = re.sub(r"^# ?", "", LESSON.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [BLOCK.search(folded)[1] for folded in FOLDED.findall(text)]


@pytest.fixture(scope="module")
def tiny():
    """A few of the bundled drawings."""
    whole = tl.tasks.cats_vs_dogs()
    ends = {"train": 6, "validation": 4, "test": 4}
    splits = {}
    for name, each in ends.items():
        pixels, labels = getattr(whole, name).arrays(96)
        rows = np.concatenate([np.flatnonzero(labels == label)[:each] for label in (0, 1)])
        splits[name] = pixels[rows], labels[rows]
    return tl.tasks.from_splits(**splits, class_names=whole.class_names)


def test_there_is_a_block_for_each_step():
    assert len(blocks()) == 6


@pytest.mark.slow
def test_the_blocks_do_what_the_six_steps_do(tiny):
    first, second, third, fourth, fifth, sixth = blocks()
    here = {"task": tiny}
    for block in (first, second, third):
        exec(block, here)
    with tl.quietly():
        base = tl.base_model(tl.select_source(tiny, "menagerie"))
        ours = tl.add_head(base, tiny)
    pixels = tiny.train.load(range(12), 96).astype("float32")
    theirs = here["model"]
    assert not here["base"].trainable_weights
    np.testing.assert_allclose(theirs.predict(pixels, verbose=0), ours.predict(pixels, verbose=0), atol=1e-5)
    features = here["base"].predict(pixels / 127.5 - 1, verbose=0)
    np.testing.assert_allclose(features, base.predict(pixels, verbose=0), atol=1e-4)

    before = [weight.numpy().copy() for weight in here["base"].weights]
    exec(quietly(fourth), here)
    assert all(np.array_equal(old, new.numpy()) for old, new in zip(before, here["base"].weights, strict=True))

    with tl.quietly():
        tl.unfreeze(ours, from_layer=0.6)
    exec(fifth, here)
    assert names(theirs.trainable_weights) == names(ours.trainable_weights)

    exec(quietly(sixth), here)
    learns = {id(weight) for weight in theirs.trainable_weights}
    moved = {id(w) for w, old in zip(here["base"].weights, before, strict=True) if not np.array_equal(old, w.numpy())}
    assert moved
    assert moved <= learns  # and no average of a normalization layer


def quietly(block):
    """The block without progress bars, and with two epochs, which is all that is needed to see what moves."""
    return re.sub(r"epochs=\d+", "epochs=2, verbose=0", block)


def names(weights):
    """Layer and kind of every weight: "conv_dw_5/kernel"; the head is called otherwise in the two."""
    return {"/".join(weight.path.split("/")[-2:]) for weight in weights if "dense" not in weight.path} - {
        "head/kernel",
        "head/bias",
    }
