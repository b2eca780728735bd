"""Behaviour cloning: record what a driver sees and does, and train a network to do the same.

(Pomerleau, ALVINN, 1989; Bojarski et al., arXiv:1604.07316, 2016.)  The loss is the squared error of the steering,

    L(w) = mean over recorded frames of (f_w(picture) - steering)^2

What it leaves out: the network drives itself then, and its small errors lead to places where the driver never was. This
covariate shift grows with the length of a drive (Ross, Gordon and Bagnell, arXiv:1011.0686, 2011; their cure, DAgger,
asks the driver again at every place that the network came to). Here each recorded drive is a second long, and begins
somewhere beside the middle of the road: so it is recorded how to come back.
"""

from collections.abc import Callable

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.engine.arrays import fit_anew, must_take
from tlteach.methods.sim_to_real.camera import SIZE
from tlteach.methods.sim_to_real.car import LENGTH, Cars
from tlteach.methods.sim_to_real.worlds import Worlds

DRIVE = 10  # steps that a recorded drive has at most
ASIDE, ASKEW = 1.2, 0.15  # metres and radians off that it begins at most
PUSHED = (1.0, 0.2)  # metres and radians
MOST_STEPS = 400  # who weaves needs more than 250 for 250 metres


@checked
def record(worlds: Worlds, frames: int = 4000, seed: int = 0, aside: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Frames that a driver sees in `worlds`, and how it steers: arrays (frames, 10, 24, 3) and (frames, 1).

    The driver is the formula, which knows where the road is. `aside`: let its drives begin beside the middle.
    """
    cars, random = Cars(worlds, seed), np.random.default_rng(seed)
    seen, done = [], []
    while sum(map(len, seen)) < frames:
        if len(seen) % DRIVE == 0:
            d, h = (aside * most * random.uniform(-1, 1, len(worlds)) for most in (ASIDE, ASKEW))
            pictures, _ = cars.reset(d, h, s=random.uniform(0, LENGTH, len(worlds)))
        steering = cars.formula()
        seen.append(pictures)
        done.append(steering)
        pictures, *_ = cars.step(steering)
    return np.concatenate(seen)[:frames], np.concatenate(done)[:frames, None].astype("float32")


@checked
def network(width: int = 64, seed: int = 0, learning_rate: float = 2e-3) -> keras.Model:
    """A small dense network from a picture to a steering, compiled for the squared error."""
    keras.utils.set_random_seed(seed)
    dense = keras.layers.Dense
    layers = [keras.layers.Rescaling(2.0, -1.0), keras.layers.Flatten(), dense(width, "relu"), dense(width, "relu")]
    model = keras.Sequential([keras.Input((*SIZE, 3)), *layers, dense(1)], name="driver")
    model.compile(keras.optimizers.Adam(learning_rate), "mean_squared_error")
    return model


@checked
def clone(
    model: keras.Model, recorded: tuple[np.ndarray, np.ndarray], epochs: int = 20, batch_size: int = 64, seed: int = 0
) -> keras.Model:
    """Train `model` to steer as was recorded; one that is trained already is fine-tuned. Returns the same model."""
    pictures, steering = recorded
    if steering.shape != (len(pictures), 1):
        raise DataError(
            f"{len(pictures)} frames need a steering each, an array ({len(pictures)}, 1) as sim_to_real.record gives "
            f"it; there is one of the shape {steering.shape}."
        )
    return fit_anew(one_number(model), recorded, epochs, batch_size, seed)


@checked
def drive(driver: keras.Model | Callable, worlds: Worlds, seed: int = 0, pushed: bool = False) -> np.ndarray:
    """The share of its drive that `driver` completes in each of `worlds`: a model, or a function of the cars.

    `pushed`: as if by a gust of wind, the cars begin a metre to the left of the middle, and turned to the left.
    """
    cars = Cars(worlds, seed)
    pictures, _ = cars.reset(*PUSHED) if pushed else cars.reset()
    if isinstance(driver, keras.Model):
        must_take(one_number(driver), pictures)
    for _ in range(MOST_STEPS):
        steering = driver.predict_on_batch(pictures)[:, 0] if isinstance(driver, keras.Model) else driver(cars)
        if np.shape(steering) != (len(worlds),):
            raise GuardError(f"A driver gives one number for each of the {len(worlds)} cars, as Cars.formula does.")
        pictures, _, off_road, arrived, _ = cars.step(steering)
        if (off_road | arrived).all():
            break
    return cars.completed


def one_number(model: keras.Model) -> keras.Model:
    """`model`, if it gives one number for an input. Raises GuardError."""
    if model.output_shape[1:] == (1,):
        return model
    raise GuardError(
        f"{model.name} gives {model.output_shape[1:]} for an input, and a driver one number, the steering: let it end "
        "in keras.layers.Dense(1), as sim_to_real.network() does."
    )
