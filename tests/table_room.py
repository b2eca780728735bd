"""A third modality, rows of numbers: a room with its doors is all that a modality needs."""

import hashlib
import sys
from dataclasses import dataclass

import keras
import numpy as np

from tlteach.core.errors import GuardError, SourceError
from tlteach.core.modality import only_size
from tlteach.core.splits import Labelled, cut_missing
from tlteach.core.task import Task
from tlteach.engine.batches import Batches
from tlteach.engine.fit import fit_whole

NAME, SIZE = "table", ("columns", "numbers in a row")
FILES = None
HEAD = {"learning_rate": 1e-3, "epochs": 10}
PIPELINE = "tabular-classification"


class Columns(int):
    files = {}  # noqa: RUF012
    size = property(lambda self: {"columns": int(self)})
    takes = property(lambda self: f"rows of {int(self)} numbers: float32 (n, {int(self)})")
    code = property(lambda self: f'import numpy as np\n\ninputs = np.zeros((1, {int(self)}), "float32")')
    __str__ = lambda self: f"{int(self)} columns"  # noqa: E731
    __repr__ = lambda self: repr(int(self))  # noqa: E731


class Table(Labelled):
    called = "rows"

    def take(self, rows):
        return Table(self.inputs[np.asarray(rows)], self.labels[np.asarray(rows)], self.n_classes)

    def joined(self, *others):
        every = (self, *others)
        return Table(np.concatenate([s.inputs for s in every]), np.concatenate([s.labels for s in every]), 2)

    def near_copies(self, other):
        distances = np.abs(self.inputs[:, np.newaxis] - other.inputs).max(axis=-1)
        rows, others = np.nonzero(distances < 1e-3)
        return rows, others, 1 - distances[rows, others]

    def load(self, rows, form):
        return self.inputs[np.asarray(rows), :form]

    def batches(self, form, batch_size=32, **how):
        return Batches(self, form, batch_size, **how)

    def fingerprints(self):
        return [hashlib.blake2b(row.tobytes(), digest_size=16).hexdigest() for row in self.inputs]

    def form_of(self, model):
        if len(model.input_shape) != 2 or hasattr(model, "tokenizer"):
            raise GuardError(f"{model.name} takes no rows of numbers.")
        return Columns(model.input_shape[1])

    def proofs(self, model, form):
        if not np.isfinite(self.load(range(len(self)), form)).all():
            raise GuardError("Some numbers are not finite.")
        return ["all numbers are finite"]


def numbers(n=300):
    inputs = np.random.default_rng(0).normal(size=(n, 8)).astype("float32")
    labels = (inputs[:, 0] + inputs[:, 1] > 0).astype("int32")
    splits, notes = cut_missing({"train": Table(inputs, labels, 2)}, 0.2, 0.2, 0, ("low", "high"))
    return Task("numbers", ("low", "high"), **splits, notes=notes, modality=NAME)


@dataclass(frozen=True)
class Source:
    name: str = "quadrants"
    title: str = "a small dense network"
    licence: str = "none needed"
    trained_on: str = "rows of numbers, by the signs of the first two"
    modality: str = NAME
    tier: str = "bundled"
    takes: str = "rows of at most 8 numbers"
    aliases: tuple = ()

    def build(self, weights="pretrained", **size):
        columns = only_size(self, "columns", size) or 8
        if columns > 8:
            raise SourceError(f"{self.name} takes {self.takes}, not of {columns}.")
        keras.utils.set_random_seed(0)
        inputs = x = keras.Input((columns,))
        for number in (1, 2):
            x = keras.layers.Dense(16, activation="relu", name=f"block{number}_dense")(x)
        base = keras.Model(inputs, x, name=self.name)
        if weights:
            rows = np.random.default_rng(1).normal(size=(2000, columns)).astype("float32")
            whole = keras.Sequential([base, keras.layers.Dense(4)])
            whole.compile(keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
            whole.fit(rows, (rows[:, 0] > 0) * 2 + (rows[:, 1] > 0), batch_size=200, epochs=5, verbose=0)
        return base

    def form_of(self, base):
        return Columns(base.input_shape[1])

    def proof(self, base):
        return "numbers reach it as they are"

    def files(self):
        return []

    def on_disk(self):
        return None


TASKS, SOURCES = {"numbers": numbers}, {"quadrants": Source()}


def downloads():
    return {}


def task_from(path, **columns):
    return None


def source_from(path):
    return None


def choose(task):
    return SOURCES["quadrants"], "quadrants: the only one there is."


def scratch(task, seed):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)], name="table_scratch")
    model.compile(keras.optimizers.Adam(0.05), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    fit_whole(model, task.train.batches(8), task.validation.batches(8), epochs=20)
    return model


def open_form(folder, model):
    return Table([], [], 2).form_of(model)


def read(given, form):
    for text in given:
        row = np.fromstring(text, sep=" ", dtype="float32")
        yield text, row[np.newaxis] if len(row) == form else f"{len(row)} numbers and not {form}"


def explained(model, form, given, class_names):
    return f"<p>{len(given.split())} numbers</p>"


def mistakes(result, most):
    rows = result.best.test.worst(most)
    return f"<p>{len(rows)} rows were taken for another class.</p>"


DOORS = sys.modules[__name__]
