"""Find a learning rate by trying all of them once: the range test.

One short training in which the rate grows at every step, from far too small to far too large. While it is too small
the loss stands still, then it falls, then it bursts. A good rate lies where the loss falls fastest. (Smith, Cyclical
Learning Rates for Training Neural Networks, 2017, arXiv:1506.01186. Stopping at four times the lowest loss is fastai's
idea.)
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
from matplotlib.figure import Figure
from scipy.ndimage import gaussian_filter1d

from tlteach import guards
from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.core.show import BLUE, ORANGE
from tlteach.core.task import Task
from tlteach.engine.features import features_of
from tlteach.engine.fit import compiled_like, usable_cut
from tlteach.engine.graph import copy_of
from tlteach.engine.rates import copy_rates, highest_multiple, made_like
from tlteach.engine.store import Store

BURST = 4  # times the lowest loss so far, where the test stops
SPREAD = 0.04  # of all steps: the standard deviation of the smoothing


@dataclass(frozen=True)
class RangeTest:
    """What the range test saw.

    Attributes:
        rates: (steps,), growing by the same factor at each step. With rates of their own for blocks, it is the
            highest of them, that of the head.
        losses: (steps,), of the batch of each step before it is learned from.
        boundary: whether the features of the frozen layers were used again, in a sentence.
    """

    rates: np.ndarray
    losses: np.ndarray
    boundary: str

    @property
    def smoothed(self) -> np.ndarray:
        """The losses, each averaged with its neighbours (steps,): single batches are easy or hard by chance."""
        return gaussian_filter1d(self.losses, max(1.0, SPREAD * len(self.losses)), mode="nearest")

    @property
    def suggestion(self) -> float:
        """The rate at which the smoothed loss falls fastest, or a tenth of that at which it is lowest if that is less.

        The first follows Smith; the second, fastai's, keeps away from the burst where the loss hardly falls at all.

        Raises:
            GuardError: no rate lowered the loss.
        """
        suggested = suggest(self.rates, self.smoothed)
        if suggested is None:
            raise GuardError(
                f"No rate from {self.rates[0]:g} to {self.rates[-1]:g} lowered the loss: there is nothing to suggest. "
                "Look at the curve with .figure(). A model that has learned this task already has little to gain; "
                "else begin at a lower rate, with low=."
            )
        return suggested

    def figure(self) -> Figure:
        """Draw the loss over the rates, with the suggestion; where the loss bursts, the curve leaves the picture."""
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.plot(self.rates, self.losses, color="lightgrey", label="each batch")
        axes.plot(self.rates, self.smoothed, color=BLUE, label="smoothed")
        axes.set_xscale("log")
        axes.set_xlabel("learning rate (logarithmic)")
        axes.set_ylabel("loss (nats)")
        falling = self.losses[: int(np.argmin(self.smoothed)) + 1]
        axes.set_ylim(0, 1.5 * float(falling.max()))
        rate = suggest(self.rates, self.smoothed)
        if rate is None:
            title = "No learning rate lowered the loss"
        else:
            axes.axvline(rate, color=ORANGE, linestyle="--", label=f"suggestion: {rate:.2g}")
            fell = f"from {self.smoothed[0]:.2f} to {self.smoothed.min():.2f} before it rises"
            noise = float(np.std(falling - self.smoothed[: len(falling)]))
            clear = self.smoothed[0] - self.smoothed.min() > 2 * noise
            title = f"The loss falls {fell}" if clear else f"The loss falls {fell}, which batches do by chance"
        axes.set_title(title, fontsize="medium")
        figure.legend(loc="outside lower center", ncols=3, fontsize="small")
        return figure

    def __str__(self) -> str:
        suggested = suggest(self.rates, self.smoothed)
        lowest = int(np.argmin(self.smoothed))
        return (
            f"{len(self.rates)} steps at rates from {self.rates[0]:.2g} to {self.rates[-1]:.2g}: the loss is lowest, "
            f"{self.smoothed[lowest]:.3f}, at {self.rates[lowest]:.2g}; "
            + ("no rate lowered it" if suggested is None else f"suggested learning rate: {suggested:.2g}")
        )


def suggest(rates: np.ndarray, losses: np.ndarray) -> float | None:
    """The rate to train at, from `rates` and smoothed `losses` (steps,); None where the losses never fall."""
    lowest = int(np.argmin(losses))
    if lowest == 0:
        return None
    steepest = int(np.argmin(np.gradient(losses)[: lowest + 1]))
    return float(min(rates[steepest], rates[lowest] / 10))


@checked
def find_learning_rate(
    model: keras.Model,
    task: Task,
    low: float = 1e-6,
    high: float = 1.0,
    steps: int = 100,
    batch_size: int = 32,
    seed: int = 0,
) -> RangeTest:
    """Try the learning rates from `low` to `high` in one short training of a copy of the model.

    The model and its optimizer stay as they are; only the global random states move on. Frozen layers are run once for
    every training input where tlteach/engine/boundary.py can cut the model; those features serve the training that
    follows.

    Args:
        model: compiled, with the head to train or with layers of the base unfrozen. The test trains with a new
            optimizer of the same kind and settings.
        task: its train split is learned from.
        low, high: the first and the last rate.
        steps: batches to learn from; over the whole train split more than once where it is small.

    Raises:
        GuardError: the model is not compiled, has nothing to train, or cannot be copied.
    """
    if not 0 < low < high:
        raise GuardError(f"The rates must grow from above 0: low={low:g} and high={high:g} do not. Try 1e-6 and 1.0.")
    guards.compiled_for_what_is_trainable(model)
    copy = copy_of(model)
    batches = task.train.batches(task.train.form_of(model), batch_size, shuffle=True, seed=seed)
    cut = usable_cut(copy, batches)
    with Store() as store:
        if cut.reason:
            part, how = copy, f"every step ran the whole network: {cut.reason}"
        else:
            part, how = cut.trainable, f"the frozen part, up to {cut.layer}, ran once"
            batches, _ = features_of(cut, batches, store)
        growing = _growing(model, copy, low, high, steps)
        compiled_like(model, part, optimizer=growing, metrics=None, weighted_metrics=None)  # only the loss is looked at
        losses = _sweep(part, _endless(batches), steps)
    if not losses:
        raise GuardError("The first loss is not a number. Check the inputs and the loss before looking for a rate.")
    rates = np.geomspace(low, high, steps)[: len(losses)]
    return RangeTest(rates, np.array(losses), how)


def _sweep(part: keras.Model, batches: Iterator[tuple], steps: int) -> list[float]:
    """Learn from a batch at each step, until the loss bursts or is no number any more."""
    losses, running, lowest = [], 0.0, math.inf
    for step in range(1, steps + 1):
        loss = float(part.train_on_batch(*next(batches), return_dict=True)["loss"])
        if not math.isfinite(loss):
            break
        losses.append(loss)
        running = 0.9 * running + 0.1 * loss
        average = running / (1 - 0.9**step)  # the first steps weigh too little without this (Adam's correction)
        lowest = min(lowest, average)
        if average > lowest + (BURST - 1) * abs(lowest):
            break
    return losses


def _growing(model: keras.Model, copy: keras.Model, low: float, high: float, steps: int) -> keras.Optimizer:
    """An optimizer for `copy` like that of `model`, whose rate grows from `low` to `high` in `steps` steps."""
    own = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    top = highest_multiple(own)
    schedule = keras.optimizers.schedules.ExponentialDecay(low / top, max(1, steps - 1), high / low)
    optimizer = made_like(own, schedule)
    optimizer.build(copy.trainable_variables)
    copy_rates(own, optimizer)
    return optimizer


def _endless(batches: keras.utils.PyDataset) -> Iterator[tuple]:
    while True:
        for index in range(len(batches)):
            yield batches[index]
        batches.on_epoch_end()
