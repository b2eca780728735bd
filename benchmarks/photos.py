"""Does fine-tuning pay on real photos? Frozen features against fine-tuning, five seeds, paired, many labels and few.

    python benchmarks/photos.py PHOTOS                  # a folder with train/ and validation/, both with class folders
    python benchmarks/photos.py PHOTOS --folder runs    # can be interrupted: what is finished is not run again

MobileNetV2 0.35 with ImageNet weights at 160 pixels, all of train and 50 labels per class. Of the photos in
validation/, a fifth chooses the epoch and the rest are the test split. The settings of fine-tuning were found by
benchmarks/fine_tuning.py, which looks at training photos alone.
"""

import argparse
import dataclasses
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from fine_tuning import augmentation

import tlteach as tl
from tlteach.core.splits import cut
from tlteach.evidence.compare import compare

RESULTS = Path(__file__).parent / "results" / "photos.json"
SOURCE, IMAGE_SIZE = "mobilenet_v2_035", 160
LEARNING_RATE, EPOCHS = 1e-4, 10


def frozen(task: tl.tasks.Task, seed: int) -> keras.Model:
    """Steps 1 to 4."""
    keras.utils.set_random_seed(seed)
    model = tl.add_head(tl.base_model(tl.select_source(task, SOURCE), IMAGE_SIZE), task)
    tl.train(model, task, epochs=20, seed=seed, verbose=0)
    return model


def fine_tuned(task: tl.tasks.Task, seed: int) -> keras.Model:
    """All six steps: the whole base, augmented photos, a rate that falls to 0 along a cosine."""
    model = frozen(task, seed)
    falling = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, tl.tune.steps_of(task, EPOCHS))
    tl.recompile(tl.unfreeze(model, 1.0), falling)
    tl.train(model, task, EPOCHS, augment=augmentation(), views=None, seed=seed, verbose=0)
    return model


def photos(folder: Path) -> tl.tasks.Task:
    """Train as it stands in the folder; of validation, a fifth to choose by and four fifths to test on."""
    task = tl.tasks.from_folder(folder)
    inputs = [*task.validation.inputs, *task.test.inputs]
    held_out = tl.tasks.Split(inputs, np.concatenate([task.validation.labels, task.test.labels]), task.n_classes)
    choose, judge = cut(held_out.labels, (0.2,), 0, task.class_names)
    return dataclasses.replace(task, validation=held_out.take(choose), test=held_out.take(judge))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--folder", type=Path, help="for the files of the runs; a temporary one without it")
    options = parser.parse_args()
    task = photos(options.photos)
    print(task)
    everything = min(task.train.class_counts)
    found = compare([frozen, fine_tuned], task, 5, [50, everything], options.folder)
    print(found)
    found.save(RESULTS)


if __name__ == "__main__":
    main()
