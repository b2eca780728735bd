"""Catastrophic forgetting, made visible: what fine-tuning takes from the source task, rate by rate.

A linear probe learns the source task on what the base gives before fine-tuning. It is then kept as it is and judged
behind the base after fine-tuning. As far as the base still gives what it gave, this old probe is still right. A new
probe learns from the base as it is now: what it finds was not lost, at most moved. (McCloskey and Cohen, Catastrophic
interference in connectionist networks, 1989; probes: Alain and Bengio, 2016, arXiv:1610.01644.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from tlteach import recipe, tasks
from tlteach.core.door import checked
from tlteach.core.journal import quietly
from tlteach.core.task import Task
from tlteach.engine.evaluation import evaluate, outputs
from tlteach.engine.feature_batches import FeatureBatches
from tlteach.engine.feeding import feeding, ready
from tlteach.engine.graph import copy_of
from tlteach.engine.network import base_of
from tlteach.image import menagerie


@dataclass(frozen=True)
class Forgetting:
    """What a base still gives of its source task, before fine-tuning and after it, by learning rate.

    `before` are three accuracies before fine-tuning: of the old probe, of the new one (the same then), and of the model
    on its own task; `old_probe`, `new_probe` and `target` have one for each of `learning_rates`. The probes are judged
    on the test split of the source task; `target` on the validation split, which also chose the epoch.
    """

    learning_rates: tuple[float, ...]
    before: tuple[float, float, float]
    old_probe: tuple[float, ...]
    new_probe: tuple[float, ...]
    target: tuple[float, ...]

    def __str__(self) -> str:
        rows = zip(map("{:g}".format, self.learning_rates), self.old_probe, self.new_probe, self.target, strict=True)
        table = [("not fine-tuned", *self.before), *rows]
        lines = [f"{name:<15} {old:>9.3f} {new:>9.3f} {target:>9.3f}" for name, old, new, target in table]
        return "\n".join([f"{'learning rate':<15} {'old probe':>9} {'new probe':>9} {'target':>9}", *lines])


@checked
def forgetting(
    model: keras.Model,
    task: Task,
    source_task: Task,
    learning_rates: Sequence[float] = (3e-4, 1e-3, 3e-3),
    from_layer: str | int | float = 1.0,
    epochs: int = 3,
    seed: int = 0,
) -> Forgetting:
    """Fine-tune copies of `model` on `task` at several rates, and see what each still knows of the source task.

    Args:
        model: a base with a trained head. It stays as it is.
        source_task: what the base was trained on; see `menagerie_task` for the bundled source. Its train split
            teaches the probes, its test split judges them.
        from_layer: where to unfreeze, as in `tl.unfreeze`; 1.0 is the whole base.
        epochs: of fine-tuning, of which the best on the target's validation split is kept.
    """
    probe = linear_probe(base_of(model), source_task)
    old = _accuracy(probe, outputs(base_of(model), source_task.test), source_task)
    before, after = (old, old, evaluate(model, task.validation).accuracy), []
    for rate in learning_rates:
        copy = copy_of(model)
        with quietly():  # the steps say the same at each rate
            recipe.unfreeze(copy, from_layer)
            copy.compile(keras.optimizers.Adam(rate), model.loss, metrics=["accuracy"])
            copy.highest_rate = rate  # it is meant: what it washes out is to be seen
            recipe.train(copy, task, epochs, seed=seed, verbose=0)
        after.append((*probed(base_of(copy), source_task, probe), evaluate(copy, task.validation).accuracy))
    return Forgetting(tuple(learning_rates), before, *zip(*after, strict=True))


@checked
def menagerie_task(n_train: int = 30, n_test: int = 15, seed: int = 2) -> Task:
    """The task that the bundled source was trained on, in new drawings: `n_train` and `n_test` of each species.

    Its train and test splits serve `forgetting`; the validation split is a small third one. Seeds 0 and 1 drew the
    pictures that the source was trained and judged on.
    """
    names = menagerie.SOURCE_SPECIES
    splits, start = [], 0
    for n in (n_train, 1, n_test):
        images, _ = menagerie.sample(names, n * len(names), seed, start=start * len(names))
        splits.append((images, np.arange(len(images)) % len(names)))
        start += n
    return tasks.from_splits(*splits, class_names=names, name="menagerie")


def linear_probe(base: keras.Model, task: Task) -> keras.Model:
    """A dense layer that learned `task` on what `base` gives, with 1e-3 of weight decay against overfitting."""
    features = outputs(base, task.train)
    scale = keras.layers.Normalization()
    scale.adapt(features)
    classes = keras.layers.Dense(task.n_classes, activation="softmax", kernel_initializer="zeros")
    probe = keras.Sequential([keras.Input(features.shape[1:]), scale, classes])
    probe.compile(keras.optimizers.AdamW(1e-2, weight_decay=1e-3), "sparse_categorical_crossentropy")
    batches = FeatureBatches([features.astype("float32")], task.train.labels, batch_size=256, shuffle=True, seed=0)
    ready(probe, batches)
    probe.fit(feeding(probe, batches), epochs=60, shuffle=False, verbose=0)
    return probe


def probed(base: keras.Model, task: Task, old_probe: keras.Model) -> tuple[float, float]:
    """Accuracies on the test split of `task` behind `base`: of `old_probe`, and of one that learns from this base."""
    features = outputs(base, task.test)
    return _accuracy(old_probe, features, task), _accuracy(linear_probe(base, task), features, task)


def _accuracy(probe: keras.Model, features: np.ndarray, task: Task) -> float:
    return float(np.mean(probe.predict(features, verbose=0).argmax(axis=1) == task.test.labels))
