"""A car that learned to steer in a simulator, in other worlds: five seeds each. For lesson 15.

    python benchmarks/simulation.py                      # about fifteen minutes of one core
    python benchmarks/simulation.py --only randomness    # one of the parts; the others stay as they were
    python benchmarks/simulation.py --folder runs        # what was trained is kept there

randomness    how much the simulator varies: the drive in reality, in other draws of the simulator, and in realities
              from outside the family that it draws from
aside         randomness 0, recorded in the middle of the road only, and beside it: a calm drive, and one with a push
frames        50 and 200 real frames: from each simulator, and from scratch
groups        one group of properties alone varies in the simulator

A seed draws the simulator's worlds, what is recorded there, and where a network begins; the realities and their roads
stay the same. Real frames come from other realities than those that are driven in. It is written to
benchmarks/results/simulation.json and, for the lesson, to datasets/comparisons.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import tlteach as tl
from tlteach import sim_to_real
from tlteach.core.files import cache_folder, write_json
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run

HERE = Path(__file__).resolve().parent
FILES = (HERE / "results" / "simulation.json", HERE.parent / "datasets" / "comparisons" / "simulation.json")
SEEDS = range(5)
RANDOMNESS = (0.0, 0.5, 1.0, 2.0, 4.0)
WORLDS, REALITIES, ROADS = 1000, 40, 500  # ROADS: the seed of the roads that are driven
FRAMES = (50, 200)
WITH_FEW = {"epochs": 60, "batch_size": 16}  # for 50 or 200 frames
FINE = 5e-4  # the rate at which they are learned on top of a simulator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=Path, default=cache_folder() / "simulation", help="where networks are kept")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only:
        found[part] = PARTS[part](options.folder)
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


def learned(folder: Path, seed: int, randomness: float, aside: bool = True, **of_group: float) -> keras.Model:
    """A driver that learned in a simulator; kept in the folder."""
    told_by = [seed, randomness, aside, *(f"{name}{value}" for name, value in of_group.items())]
    path = folder / f"{'_'.join(map(str, told_by))}.keras"
    if not path.is_file():
        worlds = sim_to_real.worlds(WORLDS, randomness, seed, **of_group)
        model = sim_to_real.clone(
            sim_to_real.network(seed=seed), sim_to_real.record(worlds, seed=seed, aside=aside), seed=seed
        )
        model.save(path)
    return keras.models.load_model(path)


def in_reality(driver: keras.Model | Callable, outside: str | None = None) -> np.ndarray:
    return sim_to_real.drive(driver, sim_to_real.realities(REALITIES, outside), seed=ROADS)


def randomness(folder: Path) -> dict:
    """The share of the drive by randomness: in reality, in the simulator, and outside of the family; verdicts."""
    found: dict = {"share": {}, "formula": {}}
    runs = []
    for much in RANDOMNESS:
        name = f"{much:g}"
        for seed in SEEDS:
            model = learned(folder, seed, much)
            shares = in_reality(model)
            simulated = sim_to_real.worlds(REALITIES, much, seed + 10_000)
            values = {"reality": shares, "simulator": sim_to_real.drive(model, simulated, seed=ROADS)}
            values |= {outside: in_reality(model, outside) for outside in sim_to_real.OUTSIDE}
            noted(found["share"], name, values)
            runs.append(Run(f"randomness {name}", None, seed, (shares >= 1).astype(int), 0.0))
            keras.utils.clear_session()
        values = {"simulator": sim_to_real.drive(sim_to_real.Cars.formula, simulated, seed=ROADS)}
        noted(found["formula"], name, values)
    for outside in (None, *sim_to_real.OUTSIDE):
        noted(found["formula"], outside or "reality", {"share": in_reality(sim_to_real.Cars.formula, outside)})
    methods = tuple(f"randomness {much:g}" for much in RANDOMNESS)
    planned = tuple((methods[2], other) for other in methods if other != methods[2])
    whole = Comparison("reality", np.ones(REALITIES, int), methods, (None,), tuple(runs), planned=planned)
    found["whole drives"] = {row.method: list(row.accuracies) for row in whole.rows}
    found["verdicts"] = [pair.verdict for pair in whole.pairs]
    return told("randomness", found)


def aside(folder: Path) -> dict:
    """The share of the drive in the plain simulator, calm and pushed, by where the recorded drives began."""
    found: dict = {}
    for seed in SEEDS:
        plain = sim_to_real.worlds(REALITIES, 0.0, seed + 10_000)
        for name, began_aside in (("in the middle", False), ("beside it", True)):
            model = learned(folder, seed, 0.0, aside=began_aside)
            for pushed in (False, True):
                shares = sim_to_real.drive(model, plain, seed=ROADS, pushed=pushed)
                noted(found, name, {"pushed" if pushed else "calm": shares})
    return told("aside", found)


def frames(folder: Path) -> dict:
    """The share of the drive with a few real frames, from each simulator and from scratch."""
    found: dict = {}
    for outside in (None, "snow"):
        others = sim_to_real.realities(2 * REALITIES, outside).take(np.arange(REALITIES, 2 * REALITIES))
        for seed in SEEDS:
            for n in FRAMES:
                real = sim_to_real.record(others, frames=n, seed=seed)
                starts = {f"from randomness {much:g}": learned(folder, seed, much) for much in (0.0, 1.0)}
                for model in starts.values():
                    model.optimizer.learning_rate = FINE
                for start, model in {"from scratch": sim_to_real.network(seed=seed), **starts}.items():
                    sim_to_real.clone(model, real, seed=seed, **WITH_FEW)
                    noted(found.setdefault(outside or "reality", {}), n, {start: in_reality(model, outside)})
            keras.utils.clear_session()
    return told("frames", found)


def groups(folder: Path) -> dict:
    """The share of the drive in reality where one group alone varies in the simulator."""
    found: dict = {}
    for group in sim_to_real.GROUPS:
        for seed in SEEDS:
            noted(found, group, {"reality": in_reality(learned(folder, seed, 0.0, **{group: 1.0}))})
        keras.utils.clear_session()
    return told("groups", found)


def noted(found: dict, knob: object, values: dict[str, np.ndarray]) -> None:
    """Append the mean over worlds of `values` to the lists that are kept for a setting of the knob."""
    for name, value in values.items():
        found.setdefault(str(knob), {}).setdefault(name, []).append(round(float(np.mean(value)), 4))


def told(part: str, found: dict) -> dict:
    """Print a part, lists of numbers as their means."""
    print(f"\n{part}")
    for name, values in found.items():
        print(f"{name:>14}", in_short(values), flush=True)
    return found


def in_short(values: object) -> object:
    if isinstance(values, dict):
        return {name: in_short(each) for name, each in values.items()}
    return round(float(np.mean(values)), 3) if isinstance(values[0], float) else values


PARTS: dict[str, Callable] = {"randomness": randomness, "aside": aside, "frames": frames, "groups": groups}

if __name__ == "__main__":
    with tl.quietly():
        main()
