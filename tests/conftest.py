"""Fixtures that several test files share."""

import os
from pathlib import Path

import pytest
from eager import eagerly
from places import ROOT

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
if "PYTEST_XDIST_WORKER" in os.environ:  # workers with as many threads as cores would fight over them
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real photos, texts and weights that stands beside a developer's checkout."""
    folder = Path(os.environ.get("TLTEACH_REAL_DATA", ROOT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip(f"real data not found at {folder}")
    return folder


@pytest.fixture
def without_graphs():
    """To compile a training of a few small steps takes most of its time: here they run as they are.

    `python benchmarks/programs.py` runs the table of programs with compiled steps, as learners do.
    """
    with eagerly():
        yield


@pytest.fixture
def colours():
    """A tiny task in memory: noise that is reddish or bluish, 32 x 32 px, 40 + 20 + 20 pictures."""
    import numpy as np

    from tlteach import tasks

    random = np.random.default_rng(0)
    labels = np.arange(80) % 2
    images = random.integers(0, 200, (80, 32, 32, 3))
    images[labels == 0, :, :, 0] += 55
    images[labels == 1, :, :, 2] += 55
    return tasks.from_arrays(images.astype("uint8"), labels, ("red", "blue"), validation=0.25, test=0.25, seed=0)


@pytest.fixture
def colours_in_words():
    """A tiny task: the word red or blue decides."""
    import numpy as np

    from tlteach.core.task import Task
    from tlteach.text.splits import TextSplit

    fillers = ["the {} car", "a very {} house", "my {} coat", "{} again", "it was {}, they say", "so {}"]
    labels = np.arange(72) % 2
    texts = [f"{fillers[i // 2 % 6].format(('red', 'blue')[i % 2])} {i // 12}" for i in range(72)]
    parts = [slice(0, 36), slice(36, 54), slice(54, 72)]
    splits = [TextSplit(tuple(texts[part]), labels[part], 2) for part in parts]
    return Task("colours", ("red", "blue"), *splits, modality="text")


@pytest.fixture
def pitches():
    """A tiny task in memory: tones that are low or high, 0.2 s, 40 + 20 + 20 of them."""
    from sounds import pitches

    from tlteach import tasks

    return tasks.from_sound_arrays(*pitches(80), ("low", "high"), validation=0.25, test=0.25)


@pytest.fixture
def base():
    """A small convolutional base that looks pre-trained: three blocks, each with BatchNormalization, frozen."""
    from tlteach.core.machine import import_keras

    import_keras()
    import keras

    keras.utils.set_random_seed(0)
    inputs = keras.Input((32, 32, 3), name="pixels")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="preprocessing")(inputs)
    for number in (1, 2, 3):
        x = keras.layers.Conv2D(4 * number, 3, strides=2, name=f"block{number}_conv")(x)
        x = keras.layers.BatchNormalization(momentum=0.5, name=f"block{number}_bn")(x)
        x = keras.layers.ReLU(name=f"block{number}_relu")(x)
    model = keras.Model(inputs, x, name="small_base")
    _pretend_pretraining(model)
    model.trainable = False
    return model


def _pretend_pretraining(model):
    """Give biases and normalization values such as some training would have left."""
    from promise.small import pretend_learning

    random = pretend_learning(model)
    for _ in range(10):  # the statistics follow, with momentum 0.5
        model(random.integers(0, 256, (16, 32, 32, 3)).astype("float32"), training=True)
