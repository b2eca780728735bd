"""Reports of small runs in every room, in which all that has a name is named to do harm."""

from pathlib import Path

import keras
import numpy as np
from pictures import photo
from promise import small
from small_texts import bag_of_embeddings, small_tokenizer
from sounds import sound

from tlteach.core.splits import LeftOut
from tlteach.core.task import Task
from tlteach.engine.evaluation import evaluate_and_look
from tlteach.evidence.result import Result, Stage
from tlteach.image.form import Pixels
from tlteach.image.splits import Split
from tlteach.sound.form import Milliseconds
from tlteach.sound.spectrogram import BANDS, log_mel
from tlteach.sound.splits import Sounds
from tlteach.tasks import ROOMS
from tlteach.text.splits import TextSplit

HARM = "<script>alert(1)</script>"
CLASSES = (f"_{HARM} $x_1$", 'a"onload="alert(2)\' $ \\frac{1}{' + "unbroken" * 15)
FILE = "<script>alert(3)<'\"$\\alpha$&lt; "  # a slash cannot be in the name of a file
TEXT = f'{HARM} <img src=x onerror="alert(4)"> $not_good$ & \x00 the film'
N = 8


def hostile(room: str, folder: Path, tuned: bool = True) -> Result:
    """What tl.transfer would return of a model that learned nothing, and takes every input for the second class."""
    split, form, model = {"image": _pictures, "sound": _sounds, "text": _texts}[room](folder)
    model.get_layer("head").bias.assign([0.0, 2.0])
    left_out = (LeftOut(f"photos/{HARM}{'long' * 40}.jpg", f"is no picture {HARM}"),)
    notes = (f"the splits were made by {HARM}",)
    task = Task(f"{HARM} $mine$", CLASSES, split, split, split, left_out=left_out, notes=notes, modality=room)
    history = {"loss": [0.7], "accuracy": [0.5], "val_loss": [0.6], "val_accuracy": [0.5]}
    judged, features = evaluate_and_look(model, split)
    stage = Stage(judged, 0.5, 0.6, 12, 1.0, 1, 0, history, features.astype("float32"))
    step = {"step": 1, "name": "select_source", "did": f"took {HARM}", "proved": [f"{HARM} is meant"], "seconds": 0.1}
    source = next(iter(ROOMS[room].SOURCES.values()))
    return Result(task, source, model, form, 0, {}, [step], stage, stage if tuned else None, 1.0)


def _pictures(folder: Path) -> tuple:
    files = [photo(folder / f"{FILE}{number}.png", number) for number in range(N)]
    return Split(files, np.arange(N) % 2, 2), Pixels(32), small.head_on(small.base())


def _sounds(folder: Path) -> tuple:
    files = [sound(folder / f"{FILE}{number}.wav", number) for number in range(N)]
    inputs = keras.Input((1600,), name="samples")
    x = keras.layers.Reshape((-1, BANDS, 1))(log_mel(inputs))
    x = keras.layers.Conv2D(4, 3, strides=2, activation="relu", name="block1_conv")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax", name="head")(x))
    return Sounds(files, np.arange(N) % 2, 2), Milliseconds(200), model


def _texts(folder: Path) -> tuple:
    tokenizer = small_tokenizer()
    texts = tuple(f"{TEXT} {'the film was not good ' * number}" for number in range(N))
    return TextSplit(texts, np.arange(N) % 2, 2), tokenizer, bag_of_embeddings(tokenizer, 2, "softmax")
