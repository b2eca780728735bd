"""Lesson 18, track and scale: what a run must have kept, and how hundreds of them are carried out."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.files import bundled
from tlteach.course.lessons import Hint, Lesson, right, wrong

if TYPE_CHECKING:
    from matplotlib.figure import Figure

lesson = Lesson("18", "Track and scale")

PICTURES = {"train": 20, "validation": 10, "test": 40}  # of each class
STRANGE = 9  # cats of the test split that become dogs

RUNS, START, OVERHEAD = 16, 9.0, 0.02  # of the exercise b; seconds
STEP = 0.1
A_RUN, LENGTH = 0.012, 30  # of c: seconds of the client, seconds of a run
MINUTES, ALONE, WORKERS = 100, 4, 48  # of d
SHARDS, GRADIENTS = (24, 8), (2.0, 6.0)  # of e


def some_pictures(place: Path) -> Path:
    """A new folder of PICTURES somewhere in `place`: train/, validation/ and test/, with a folder per class."""
    folder = Path(tempfile.mkdtemp(dir=place)) / "photos"
    for split, n in PICTURES.items():
        for name in ("cat", "dog"):
            (folder / split / name).mkdir(parents=True)
            for path in sorted(bundled("cats_vs_dogs").joinpath(split, name).iterdir())[:n]:
                shutil.copy(path, folder / split / name)
    return folder


def tidied(folder: Path) -> Path:
    """What somebody does who means well: two pictures thrown away, new names, new dates, and a few put elsewhere."""
    for path in sorted(folder.glob("train/cat/*"))[:2]:
        path.unlink()
    for number, path in enumerate(sorted(folder.glob("test/dog/*"))):
        path.rename(path.with_name(f"my dog {number}.jpg"))
    for path in sorted(folder.glob("test/cat/*"))[:STRANGE]:
        path.rename(folder / "test" / "dog" / path.name)
    for path in folder.glob("*/*/*"):
        os.utime(path)
    return folder


def timeline(runs: list[tuple], started: float) -> tuple[Figure, str]:
    """A line a worker, and on it the runs that it did, as (worker, method, seed, "done" or "died", from, to)."""
    from matplotlib.figure import Figure

    from tlteach.core.show import BLUE, GREEN, ORANGE

    workers = sorted({run[0] for run in runs}, key=lambda worker: min(run[4] for run in runs if run[0] == worker))
    figure = Figure(figsize=(8, 1 + 0.7 * len(workers)), layout="constrained")
    axes = figure.subplots()
    for worker, method, seed, how_it_ended, began, ended in runs:
        row, died = workers.index(worker), how_it_ended == "died"
        look = {"color": ORANGE, "hatch": "//"} if died else {"color": BLUE if method == "features" else GREEN}
        axes.barh(row, ended - began, left=began - started, height=0.5, edgecolor="white", **look)
        if method == "features":
            told = f"seed {seed}\n{'died' if died else ''}"
            axes.text((began + ended) / 2 - started, row + 0.3, told, ha="center", va="top", fontsize="small")
    dead = next((run for run in runs if run[3] == "died"), None)
    again = [run for run in runs if dead and run[1:3] == dead[1:3] and run[3] == "done"]
    title = "The run that died was done again, by another worker" if again else "Every run was done once"
    axes.set(xlabel="seconds since compare was called", xlim=(0, None), ylim=(len(workers) - 0.4, -0.6))
    axes.set_yticks(range(len(workers)), [f"worker {number}" for number in range(1, len(workers) + 1)])
    axes.set_title(title, fontsize="medium")
    return figure, title


@lesson.exercise(
    "a",
    takes="a dictionary of words",
    praise="The model is the same file. Only what it is judged on can have moved its accuracy.",
)
def what_moved_it(answer: dict) -> Hint:
    """Which kind of change, in which split, moved the accuracy of a model that was not trained again."""
    if set(answer) != {"kind", "split"}:
        return 'Keep the two keys "kind" and "split".'
    kind, split = answer["kind"], answer["split"]
    if kind not in ("removed", "added", "changed", "moved", "relabelled", "renamed"):
        return 'Take for "kind" a word that the difference itself uses.'
    if split not in ("train", "validation", "test"):
        return 'Take "train", "validation" or "test" for the split.'
    if kind == "renamed":
        return "A name is not what a network sees, and it is not in the hash. Which change reaches the judgement?"
    if split == "train":
        return "The model is the same file as before: nobody has trained it again. On what is it judged?"
    if kind in ("added", "changed", "moved"):
        return "The difference does not speak of such a change. Read its lines again."
    if split == "validation":
        return "Nothing has changed in that split: compare the digests."
    if kind != "relabelled":
        return "Look at which split those two lines name. They are not where this accuracy was measured."
    return None


@lesson.exercise(
    "b",
    takes="what you found",
    praise="Workers cost a fixed sum at the start. Enough work pays it back, in long runs or in many.",
)
def from_when_on(found: dict) -> Hint:
    """The shortest run at which two workers pay. Measured is {length: {"one": seconds, "two": seconds}}."""
    said, measured = found["said"], {round(float(size), 3): values for size, values in found["measured"].items()}
    if isinstance(said, str):
        return "Say the length in seconds, as a number."
    if len(measured) < 3:
        return "Try more lengths: at least three."
    pays = [length for length, values in measured.items() if values["two"] < values["one"]]
    if not pays:
        return "At no length of yours do two workers pay. Try longer runs."
    if len(pays) == len(measured):
        return "At every length of yours two workers pay. Try shorter runs."
    said, best = round(float(said), 3), min(pays)
    if said not in measured:
        return "You say a length that is not in your list. Put it there, and run the cell again."
    if said not in pays:
        return "At that length, one process is done first. Compare the two columns."
    if said != best:
        return "At that length two workers pay. But at a shorter one of your list, too."
    if round(best - STEP, 3) not in measured:
        return "A run a tenth of a second shorter was not tried. Do two workers pay there, too?"
    return None


@lesson.exercise("c", takes="a number", praise="The longer the runs, the more workers one client can feed.")
def fed(answer: float) -> Hint:
    """LENGTH / A_RUN: 2,500 workers."""
    found = LENGTH / A_RUN
    if abs(answer - found) < 1:
        return None
    if abs(answer - 1 / A_RUN) < 1:
        return "That is how many runs the client can hand out in a second. Each keeps a worker busy for how long?"
    if abs(answer - LENGTH * A_RUN) < 0.01:
        return "That is a product of two times. How often does the one time go into the other?"
    if abs(answer - LENGTH / 12) < 0.1:
        return "12 are milliseconds, and 30 are seconds. Bring both to the same unit."
    return (
        "How many runs can the client hand out, while one worker does one?",
        "Divide the time of a run by what a run takes of the client's time.",
    )


@lesson.exercise("d", takes="a number", praise="And with all workers of the world, it stays below 25 times.")
def amdahl(answer: float) -> Hint:
    """MINUTES, of which ALONE cannot be shared, over WORKERS: 100 / (4 + 96 / 48), which is 16.7 times."""
    shared = MINUTES - ALONE
    found = MINUTES / (ALONE + shared / WORKERS)
    if abs(answer - found) < 0.05:
        return None
    if abs(answer - WORKERS) < 0.05:
        return "So many times faster, if everything could be shared. Four minutes cannot."
    if abs(answer - MINUTES / ALONE) < 0.05:
        return "That is the bound, for as many workers as you like. There are 48."
    if abs(answer - (ALONE + shared / WORKERS)) < 0.05:
        return "These are the minutes that it takes now. How many times faster is that than before?"
    if abs(answer - MINUTES / (ALONE + MINUTES / WORKERS)) < 0.1:
        return "The minutes that cannot be shared are counted twice: take them out of those that are."
    return (
        "First the minutes with 48 workers: what cannot be shared, and the rest divided among them.",
        "Then divide the minutes before by the minutes now.",
    )


@lesson.exercise("e", takes="a number", praise="Each shard counts for as much as it has examples.")
def weighted(answer: float) -> Hint:
    """The gradient of a whole batch, from those of two SHARDS: (24 * 2 + 8 * 6) / 32, which is 3."""
    (n, m), (a, b) = SHARDS, GRADIENTS
    found = (n * a + m * b) / (n + m)
    if abs(answer - found) < 0.01:
        return None
    if abs(answer - (a + b) / 2) < 0.01:
        return "That is the plain mean, as if both shards had as many examples. One of them has many more."
    if abs(answer - (a + b)) < 0.01:
        return "That is the sum. The loss is a mean over examples, and so is its gradient."
    if abs(answer - (m * a + n * b) / (n + m)) < 0.01:
        return "The weights are swapped: the shard with more examples counts for more."
    if abs(answer - (n * a + m * b)) < 0.01:
        return "That is the sum over all examples. The gradient of a batch is their mean."
    return (
        "A gradient of a shard is a mean over its examples. What is their sum?",
        "Add the sums of both shards, and divide by how many examples there are in all.",
    )


lesson.prediction("1", "A worker dies in the middle of the grid. How many of the 6 runs are lost?", "runs")
lesson.prediction("2", "Runs of one second, 1,000 workers: how many of them are kept busy?", "workers")

lesson.question(
    "q1",
    "Your run had 0.90 (0.82 to 0.95). Made again on another machine, it has 0.91. What do you say?",
    wrong(
        "it is not reproducible: the number is another", "A sum in another order rounds otherwise. That is no fault."
    ),
    right(
        "it holds: 0.91 lies within the interval",
        "Rounding, another version, another number of threads can move a picture or two. The claim stands.",
    ),
    wrong(
        "the other machine is better, so quote 0.91",
        "Then you would quote the luckiest of several. Say what was found first, and that it held.",
    ),
)

lesson.question(
    "q2",
    "Which of these tells a later reader which pictures a run has learned from?",
    wrong("the name of the folder, photos_v2_final", "A name stays, whatever somebody does to what is in the folder."),
    wrong("the date of the files", "A copy changes the date and no pixel. An edited file can have an old date."),
    right(
        "a hash of each picture, with its split and class",
        "One pixel, one class or one split more or less, and the list differs; and it says where.",
    ),
)

lesson.question(
    "q3",
    "On 8 devices an epoch is 6 times faster. But after 10 epochs your loss is higher than on one. Why?",
    wrong("the devices disagree about the weights", "They take the same step: each gets the mean of all gradients."),
    right(
        "each step now sees 8 times the examples, so there are an eighth of the steps",
        "Train for longer, or try a higher learning rate, with some epochs to warm up. Then compare.",
    ),
    wrong("a mean of gradients is less exact", "Of equal shards it is the very gradient of the whole batch."),
)
