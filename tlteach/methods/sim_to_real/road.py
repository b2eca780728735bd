"""A winding road, the same car on it a moment later, and where to steer: three formulas.

The road's direction s metres from its start is a sum of waves. A car is told by three numbers: how far it has come
(s), how far to the left of the middle it is (d), and how far to the left of the road's direction it heads (h).
"""

import numpy as np

HALF_WIDTH = 2.0  # metres from the middle of the road to its edge
STEP = 1.0  # metres that a car drives in one step: ten metres a second, ten steps a second
AHEAD = np.linspace(0, 40, 41)  # metres along the road that a camera can see
LOOK_AHEAD = 6  # metres to the point that the formula steers to


def roads(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n winding roads: three waves each, by their amplitude (radians), length (metres) and phase, arrays (n, 3)."""
    random = np.random.default_rng(seed)
    return random.uniform(0.15, 0.35, (n, 3)), random.uniform(40, 120, (n, 3)), random.uniform(0, 2 * np.pi, (n, 3))


def direction(road: tuple, s: np.ndarray) -> np.ndarray:
    """The direction of each road in radians after s metres, (n, ...) for s (n, ...)."""
    amplitude, length, phase = (_beside(part, s) for part in road)
    return np.sum(amplitude * np.sin(2 * np.pi * s / length + phase), axis=0)


def curvature(road: tuple, s: np.ndarray) -> np.ndarray:
    """How the direction changes, in radians a metre."""
    amplitude, length, phase = (_beside(part, s) for part in road)
    return np.sum(amplitude * 2 * np.pi / length * np.cos(2 * np.pi * s / length + phase), axis=0)


def _beside(part: np.ndarray, s: np.ndarray) -> np.ndarray:
    return part.T.reshape(3, len(part), *[1] * (np.ndim(s) - 1))


def middle(road: tuple, s: np.ndarray, d: np.ndarray, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The middle of the road as the car sees it: metres to the front and to the left, (n, 41), at AHEAD."""
    there = direction(road, s[:, None] + AHEAD) - direction(road, s)[:, None] - h[:, None]
    front, left = (np.cumsum(wave(there), axis=1) * AHEAD[1] for wave in (np.cos, np.sin))
    front, left = front - front[:, :1], left - left[:, :1]
    return front - (d * np.sin(h))[:, None], left - (d * np.cos(h))[:, None]


def pure_pursuit(front: np.ndarray, left: np.ndarray, wheelbase: float = 2.6) -> np.ndarray:
    """How to turn the wheels, in radians, to reach a point of the middle on an arc (Coulter, 1992).

    The arc through the car and a point at distance l, `left` of its axis, has the curvature 2 left / l^2.
    """
    x, y = front[:, LOOK_AHEAD], left[:, LOOK_AHEAD]
    return np.arctan(wheelbase * 2 * y / (x**2 + y**2))


def moved(road: tuple, s: np.ndarray, d: np.ndarray, h: np.ndarray, wheels: np.ndarray, wheelbase: np.ndarray) -> tuple:
    """s, d and h one step later: a bicycle of that wheelbase, with its front wheel turned by `wheels` radians."""
    bend = curvature(road, s)
    along = STEP * np.cos(h) / (1 - bend * d)
    return s + along, d + STEP * np.sin(h), h + STEP * np.tan(wheels) / wheelbase - bend * along
