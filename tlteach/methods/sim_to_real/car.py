"""Cars on winding roads: `reset` and `step`, as an environment of Gymnasium with several cars at once has them.

    cars = sim_to_real.Cars(sim_to_real.worlds(40, randomness=1), seed=0)
    pictures, _ = cars.reset()
    pictures, reward, off_road, arrived, _ = cars.step(steering)      # steering: from -1, right, to 1, left

Each car has a world and a road of its own. One that leaves its road stands still from then on.
"""

import numpy as np

from tlteach.core.errors import DataError
from tlteach.methods.sim_to_real import camera, road
from tlteach.methods.sim_to_real.worlds import Worlds

MOST = 0.6  # radians that the front wheels turn at a steering of 1
SECONDS = 0.1  # of one step
LENGTH = 250  # metres of a drive

Numbers = np.ndarray | float  # one for each car, or one for all


class Cars:
    """One car in each of `worlds`, on roads that are drawn by `seed`.

    s, d, h: metres along the road, metres to the left of its middle, radians to the left of its direction; (n,).
    """

    def __init__(self, worlds: Worlds, seed: int = 0) -> None:
        if not isinstance(worlds, Worlds) or not len(worlds):
            raise DataError("Cars need worlds to drive in, as sim_to_real.worlds(40, randomness=1) gives them.")
        self.worlds, self.n = worlds, len(worlds)
        self.road = road.roads(self.n, seed)
        self.random = np.random.default_rng(seed)
        self.reset()

    def reset(self, d: Numbers = 0.0, h: Numbers = 0.0, s: Numbers = 0.0) -> tuple[np.ndarray, dict]:
        """Put all cars at the start, or where d, h and s say; give what they see."""
        self.s, self.d, self.h = (np.zeros(self.n) + value for value in (s, d, h))
        self.is_off = np.zeros(self.n, bool)
        self.waiting = np.round(self.worlds.delay / SECONDS).astype(int)  # steps until the wheels do as they are told
        self.asked = [np.zeros(self.n)] * (self.waiting.max() + 1)
        return self.pictures(), {}

    def step(self, steering: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
        """Drive on by a tenth of a second. The reward is the share of the drive that was done in it."""
        self.asked = [np.clip(steering, -1, 1), *self.asked[:-1]]
        now = np.array(self.asked)[self.waiting, np.arange(self.n)] * self.worlds.gain
        before = self.completed
        after = road.moved(self.road, self.s, self.d, self.h, MOST * np.clip(now, -1, 1), self.worlds.wheelbase)
        drives = ~(self.is_off | (before >= 1))
        self.s, self.d, self.h = (np.where(drives, *both) for both in zip(after, (self.s, self.d, self.h), strict=True))
        self.is_off |= np.abs(self.d) > road.HALF_WIDTH
        return self.pictures(), self.completed - before, self.is_off, self.completed >= 1, {}

    @property
    def completed(self) -> np.ndarray:
        """The share of its drive that each car has done."""
        return np.clip(self.s / LENGTH, 0, 1)

    def pictures(self, size: tuple = camera.SIZE) -> np.ndarray:
        """What the cars see now, (n, rows, columns, 3)."""
        return camera.pictures(self.worlds, *road.middle(self.road, self.s, self.d, self.h), self.random, size)

    def formula(self) -> np.ndarray:
        """How a driver steers who knows where the road is: pure pursuit, for a car with plain dynamics."""
        wheels = road.pure_pursuit(*road.middle(self.road, self.s, self.d, self.h))
        return np.clip(wheels / MOST, -1, 1)
