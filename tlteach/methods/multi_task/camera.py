"""The smart camera: one drawn animal in each picture, and several things to tell about it.

    tasks = multi_task.smart_camera("train")      # 3,600 pictures; "validation" has 600, "test" 1,200

Inputs are kept features, what a middle layer of the bundled base makes of a picture, averaged over its places: 128
numbers. Six species, their ears, the background and the coat are classes. Length of the muzzle, width of the face and
the place (x, y) are numbers, standardised by mean and spread of the training pictures; the place is there once more in
pixels. `python benchmarks/multi_task.py --only draw` makes the file.
"""

import numpy as np

from tlteach.core.door import checked
from tlteach.core.files import bundled
from tlteach.methods.multi_task.tasks import Tasks

SPLITS = {"train": slice(0, 3600), "validation": slice(3600, 4200), "test": slice(4200, 5400)}
CLASSES, NUMBERS, PLACE = ("species", "ears", "background", "coat"), ("muzzle", "face_width", "x", "y"), ("x", "y")
SIDE, ONE = 96, 128  # pixels of a picture; the byte that stands for a feature of 1.0


@checked
def smart_camera(split: str = "train") -> Tasks:
    """All tasks of the camera on the pictures of a split."""
    with np.load(bundled("comparisons/multi_task.npz")) as kept:
        inputs = kept["features"].astype("float32") / ONE
        labels = {name: kept[name].astype("int64") for name in CLASSES}
        numbers = {name: kept[name].astype("float32") for name in NUMBERS}
    rows = SPLITS["train"]
    labels |= {name: (each - each[rows].mean()) / each[rows].std() for name, each in numbers.items()}
    labels |= {f"{name}_in_pixels": SIDE * numbers[name] for name in PLACE}
    return Tasks(inputs[SPLITS[split]], {name: each[SPLITS[split]] for name, each in labels.items()})
