"""Learning rates that change during training, made from Keras' own schedules, so that they are saved with the model.

Pass one to `tl.recompile(model, learning_rate=...)` or to any Keras optimizer.
"""

import math

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.task import Task

Schedule = keras.optimizers.schedules.LearningRateSchedule


@checked
def steps_of(task: Task, epochs: int, batch_size: int = 32) -> int:
    """How many steps of the optimizer `tl.train(model, task, epochs, batch_size)` makes."""
    return epochs * math.ceil(len(task.train) / batch_size)


@checked
def warm_up_cosine(peak: float, steps: int, warm_up: float = 0.1) -> Schedule:
    """From 0 in a line to `peak` in the first part of the steps, then along a cosine down to 0.

    The first gradients of a fine-tuning are large and uncertain; the warm-up keeps them from washing out the base.
    Warm-up: Goyal et al., 2017, arXiv:1706.02677; cosine: Loshchilov and Hutter, 2017, arXiv:1608.03983.

    Args:
        peak: the highest rate.
        steps: in all, see `steps_of`. After them the rate stays 0.
        warm_up: share of the steps before the peak.
    """
    return _up_and_down(peak, steps, warm_up, first=0.0, last=0.0)


@checked
def one_cycle(peak: float, steps: int, warm_up: float = 0.3) -> Schedule:
    """One long cycle: from peak / 25 up to `peak`, then along a cosine down to peak / 10,000.

    Smith and Topin, Super-Convergence, 2018, arXiv:1708.07120, with the shares that fastai and PyTorch use. They let
    the momentum fall while the rate rises; a Keras schedule cannot, and here it stays.

    Args:
        peak: the highest rate; a range test allows a higher one than for a constant rate.
        steps, warm_up: as for `warm_up_cosine`.
    """
    return _up_and_down(peak, steps, warm_up, first=1 / 25, last=1e-4)


def highest_rate(learning_rate: float | Schedule, steps: int = 10_000) -> float:
    """The learning rate itself, or the highest that a schedule reaches in so many steps."""
    if not isinstance(learning_rate, Schedule):
        return float(keras.ops.convert_to_numpy(learning_rate))
    sampled = np.unique(np.geomspace(1, steps, 200).astype(int)) - 1
    return max(float(keras.ops.convert_to_numpy(learning_rate(int(step)))) for step in sampled)


def _up_and_down(peak: float, steps: int, warm_up: float, first: float, last: float) -> Schedule:
    """Keras' cosine with a warm-up; `first` and `last` are shares of the peak."""
    up = max(1, round(warm_up * steps))
    return keras.optimizers.schedules.CosineDecay(
        first * peak, max(1, steps - up), alpha=last, warmup_target=peak, warmup_steps=up
    )
