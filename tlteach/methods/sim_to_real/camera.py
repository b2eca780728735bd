"""What a camera on the car sees: for each pixel a ray, and what the ray hits.

A camera at height h that looks down by the angle p has, for the pixel x to the right and y below its axis, a ray with

    front = cos p - y sin p,    right = x,    down = sin p + y cos p

Where `down` is above 0, the ray meets the ground h / down times as far, and the pixel has the colour of road, line or
ground, by its distance from the middle of the road; else it shows the sky.
"""

import numpy as np

from tlteach.methods.sim_to_real.road import HALF_WIDTH
from tlteach.methods.sim_to_real.worlds import Worlds

SIZE = (10, 24)  # pixels: rows, columns
WIDE, HIGH = 0.9, 0.36  # how far to each side the rays go, for one metre to the front
LINE = 0.3  # metres: how broad a line is


def pictures(worlds: Worlds, front: np.ndarray, left: np.ndarray, random, size: tuple = SIZE) -> np.ndarray:
    """What the cameras see of roads whose middles are at (front, left), (n, rows, columns, 3) from 0 to 1, float32."""
    rows, columns = size
    x = WIDE * (2 * np.arange(columns) + 1 - columns) / columns  # to the right
    y = HIGH * (2 * np.arange(rows) + 1 - rows) / rows  # down
    pitch = np.radians(worlds.pitch)[:, None]
    down = np.sin(pitch) + y * np.cos(pitch)
    times = worlds.height[:, None] / np.maximum(down, 1e-3)  # how far along its ray a row meets the ground
    distance = times * (np.cos(pitch) - y * np.sin(pitch))
    centre = np.array([np.interp(*points) for points in zip(distance, front, left, strict=True)])
    off = np.abs(-times[:, :, None] * x - centre[:, :, None])  # metres between a pixel and the middle of the road
    pixel = times[:, :, None] * (x[1] - x[0])  # metres that a pixel is wide
    on_road = np.clip(0.5 + (HALF_WIDTH - off) / pixel, 0, 1)[..., None]
    on_line = np.clip(0.5 + (LINE / 2 - np.abs(off - HALF_WIDTH)) / pixel, 0, 1)[..., None]
    on_line = on_line * np.minimum(1, LINE / pixel[..., None])  # far away it is thinner than a pixel
    is_sky = (down <= 0.02)[:, :, None, None]

    road, ground, sky, lines = (
        colour[:, None, None] for colour in (worlds.road, worlds.ground, worlds.sky, worlds.lines)
    )
    seen = ground + on_road * (road - ground)
    seen = np.where(is_sky, sky, seen + on_line * (lines - seen)) * worlds.light[:, None, None, None]
    seen = blurred(seen, worlds.blur[:, None, None, None])
    seen = seen + random.standard_normal(seen.shape, "float32") * worlds.noise[:, None, None, None]
    return np.clip(seen, 0, 1).astype("float32")


def blurred(seen: np.ndarray, much: np.ndarray) -> np.ndarray:
    """Each pixel mixed with its four neighbours."""
    wide = np.pad(seen, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    around = wide[:, :-2, 1:-1] + wide[:, 2:, 1:-1] + wide[:, 1:-1, :-2] + wide[:, 1:-1, 2:]
    return (1 - much) * seen + much * around / 4
