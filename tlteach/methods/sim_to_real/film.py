"""A film of several drivers in the same world on the same road, side by side: a GIF, as HTML with a text for it."""

import base64
import io
from dataclasses import replace
from html import escape

import keras
import numpy as np

from tlteach.methods.sim_to_real.car import Cars
from tlteach.methods.sim_to_real.worlds import Worlds

SIZE, ZOOM, EVERY, MOST = (36, 90), 3, 4, 250  # pixels; how often each is shown; steps between frames, and in all
BORDER, OFF = (40, 40, 40), (213, 94, 0)  # around a car that drives, and around one that is off the road


def film(drivers: dict[str, keras.Model], world: Worlds, seed: int, alt: str) -> str:
    """What the cars of `drivers` see on one road, the first on the left. The film has no noise, the drivers do."""
    cars = [Cars(world.take(np.array([0])), seed) for _ in drivers]
    frames = []
    for step in range(MOST):
        for car, driver in zip(cars, drivers.values(), strict=True):
            car.step(driver.predict_on_batch(car.pictures())[:, 0])
        if step % EVERY == 0:
            frames.append(np.concatenate([seen(car) for car in cars], axis=1))
    return f'<img alt="{escape(alt)}" src="data:image/gif;base64,{as_gif(frames)}">'


def seen(car: Cars) -> np.ndarray:
    """What a single car sees, large and without noise, with a border, (rows, columns, 3) uint8."""
    car.worlds, noisy = replace(car.worlds, noise=np.zeros(1)), car.worlds
    picture = np.round(255 * car.pictures(SIZE)[0]).astype("uint8")
    car.worlds = noisy
    framed = np.full((SIZE[0] + 4, SIZE[1] + 4, 3), OFF if car.is_off[0] else BORDER, "uint8")
    framed[2:-2, 2:-2] = picture
    return framed.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)


def as_gif(frames: list[np.ndarray]) -> str:
    """Frames, as base64."""
    from PIL import Image

    first, *others = [Image.fromarray(frame).quantize(32) for frame in frames]
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=130, loop=0)
    return base64.b64encode(file.getvalue()).decode()
