"""Catastrophic forgetting, made visible: what fine-tuning takes from the source task, rate by rate.

A linear probe learns the source task on what the base gives before fine-tuning. It is then kept as it is and judged
behind the base after fine-tuning. As far as the base still gives what it gave, the probe is still right. (McCloskey and
Cohen, Catastrophic interference in connectionist networks, 1989.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
from matplotlib.figure import Figure

from tlteach import recipe, tasks
from tlteach.core.door import checked
from tlteach.core.journal import quietly
from tlteach.core.modality import Split
from tlteach.core.show import BLUE, ORANGE
from tlteach.core.task import Task
from tlteach.engine.evaluation import evaluate, outputs
from tlteach.engine.graph import copy_of
from tlteach.engine.network import base_of
from tlteach.image import menagerie


@dataclass(frozen=True)
class Forgetting:
    """Accuracies on the source task (test split) and the target task (validation split), by learning rate.

    `before` are the two accuracies before fine-tuning; `source` and `target` have one for each of `learning_rates`.
    """

    learning_rates: tuple[float, ...]
    before: tuple[float, float]
    source: tuple[float, ...]
    target: tuple[float, ...]

    def figure(self) -> Figure:
        """Draw both accuracies over the learning rate."""
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        axes = figure.subplots()
        for values, before, colour, style, name in (
            (self.source, self.before[0], BLUE, "o-", "source"),
            (self.target, self.before[1], ORANGE, "s--", "target"),
        ):
            axes.plot(self.learning_rates, values, style, color=colour, label=f"{name} task")
            axes.axhline(before, color=colour, linestyle=":", label=f"{name} task, not fine-tuned")
        axes.set_xscale("log")
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("learning rate of fine-tuning (logarithmic)")
        axes.set_ylabel("accuracy (share)")
        axes.set_title(
            f"Fine-tuned at {self.learning_rates[-1]:g}, accuracy on the source task goes from {self.before[0]:.2f} to "
            f"{self.source[-1]:.2f}",
            fontsize="medium",
        )
        axes.legend(fontsize="small")
        return figure

    def __str__(self) -> str:
        lines = [f"{'learning rate':<15} {'source':>7} {'target':>7}"]
        rows = zip(self.learning_rates, self.source, self.target, strict=True)
        lines.append(f"{'not fine-tuned':<15} {self.before[0]:>7.3f} {self.before[1]:>7.3f}")
        return "\n".join(lines + [f"{rate:<15g} {source:>7.3f} {target:>7.3f}" for rate, source, target in rows])


@checked
def forgetting(
    model: keras.Model,
    task: Task,
    source_task: Task,
    learning_rates: Sequence[float] = (1e-5, 1e-4, 1e-3, 1e-2),
    from_layer: str | int | float = 1.0,
    epochs: int = 3,
    seed: int = 0,
) -> Forgetting:
    """Fine-tune copies of `model` on `task` at several rates, and see what each still knows of the source task.

    Args:
        model: a base with a trained head. It stays as it is.
        source_task: what the base was trained on; see `menagerie_task` for the bundled source. Its train split
            teaches the probe, its test split judges it.
        from_layer: where to unfreeze, as in `tl.unfreeze`; 1.0 is the whole base.
        epochs: of fine-tuning, of which the best on the target's validation split is kept.
    """
    probe = _linear_probe(base_of(model), source_task)
    source = [_probe_accuracy(probe, base_of(model), source_task.test)]
    target = [evaluate(model, task.validation).accuracy]
    for rate in learning_rates:
        copy = copy_of(model)
        with quietly():  # the steps say the same at each rate
            recipe.unfreeze(copy, from_layer)
            copy.compile(keras.optimizers.Adam(rate), model.loss, metrics=["accuracy"])
            copy.highest_rate = rate  # it is meant: what it washes out is to be seen
            recipe.train(copy, task, epochs, seed=seed, verbose=0)
        source.append(_probe_accuracy(probe, base_of(copy), source_task.test))
        target.append(evaluate(copy, task.validation).accuracy)
    return Forgetting(tuple(learning_rates), (source[0], target[0]), tuple(source[1:]), tuple(target[1:]))


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


def _linear_probe(base: keras.Model, task: Task) -> keras.Model:
    """A dense layer that learned `task` on what `base` gives, with 1e-3 of weight decay against overfitting."""
    features = outputs(base, task.train)
    scale = keras.layers.Normalization()
    scale.adapt(features)
    classes = keras.layers.Dense(task.n_classes, activation="softmax", kernel_initializer="zeros")
    probe = keras.Sequential([keras.Input(features.shape[1:]), scale, classes])
    probe.compile(keras.optimizers.AdamW(1e-2, weight_decay=1e-3), "sparse_categorical_crossentropy")
    probe.fit(features, task.train.labels, batch_size=256, epochs=60, verbose=0)
    return probe


def _probe_accuracy(probe: keras.Model, base: keras.Model, split: Split) -> float:
    predicted = probe.predict(outputs(base, split), verbose=0).argmax(axis=1)
    return float(np.mean(predicted == split.labels))
