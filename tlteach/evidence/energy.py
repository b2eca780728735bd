"""What a run costs: seconds, joules, grams of CO2, and how that is known.

    with tl.energy.measured("ITA") as cost:
        tl.train(model, task)
    print(cost)

Energy is power over time, and CO2 is energy times what the country's grid gives off for a kilowatt hour:

    joules = watts x seconds        grams = joules / 3,600,000 x grams per kilowatt hour

Joules come from codecarbon, an optional extra: from a counter of the processor, where there is one that may be read;
elsewhere they are an estimate, the seconds that the processor worked for this process times the watts that a core of
it is rated at, and some watts for memory as long as the run lasts. Nothing is sent or fetched, and no file is written.

Lottick et al., Energy Usage Reports (2019), arXiv:1911.08354.
"""

import functools
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec

from tlteach.core.door import checked
from tlteach.core.errors import DataError, TlteachError

__all__ = ["Cost", "measured"]

JOULES_PER_KWH = 3.6e6
WORLD = "WORLD"
EMPTY_RUNS = 5
NO_METER = 'no meter for energy is installed, so only time is known. Run: pip install "tlteach[carbon]"'
COUNTERS = ("intel_rapl", "windows_emi", "intel_power_gadget")  # what codecarbon calls those of a processor


@dataclass
class Cost:
    """What ran between the start and the end of a `with measured()`: `print(cost)` says it in words.

    Attributes:
        seconds: on the clock. cpu_seconds: that the processor worked for this process, all cores added up.
        joules: of processor, memory and graphics processor together; None without a meter. `parts` has each.
        grid, grams_per_kwh: whose electricity it was taken to be, and what that gives off.
        empty_runs: joules that the meter reads where nothing is done. A difference below that says nothing.
        how: how the joules are known.
    """

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    joules: float | None = None
    parts: dict[str, float] = field(default_factory=dict)
    grid: str = ""
    grams_per_kwh: float | None = None
    empty_runs: tuple[float, ...] = ()
    how: str = NO_METER

    @property
    def grams(self) -> float | None:
        """Grams of CO2, with what else warms the climate counted as CO2."""
        return None if self.joules is None else self.joules / JOULES_PER_KWH * self.grams_per_kwh

    def __str__(self) -> str:
        lines = [f"{self.seconds:.1f} seconds, {self.cpu_seconds:.1f} seconds of processor time"]
        if self.joules is not None:
            parts = ", ".join(f"{name} {joules:.3g}" for name, joules in self.parts.items())
            least, most = min(self.empty_runs), max(self.empty_runs)
            lines.append(f"{self.joules:.3g} joules: {parts}; an empty run reads {least:.2g} to {most:.2g}")
            lines.append(f"{self.grams:.2g} g of CO2, at {self.grams_per_kwh:.0f} g per kilowatt hour: {self.grid}")
        return "\n".join([*lines, f"how it is known: {self.how}"])

    def to_dict(self) -> dict:
        """Everything, as plain JSON values."""
        return {**vars(self), "empty_runs": list(self.empty_runs), "grams": self.grams}


@contextmanager
def timed(cost: Cost | None = None) -> Iterator[Cost]:
    """Yield a Cost that has the seconds, and nothing else that is new, when the body has ended."""
    cost = cost or Cost()
    started, worked = time.perf_counter(), time.process_time()
    try:
        yield cost
    finally:
        cost.seconds, cost.cpu_seconds = time.perf_counter() - started, time.process_time() - worked


@checked
@contextmanager
def measured(country: str = WORLD) -> Iterator[Cost]:
    """Measure what the body costs: `with measured("ITA") as cost: ...`; `cost` is complete when the body has ended.

    Processes that the body starts are counted as long as they live. A counter of the processor counts what other
    programs do as well: leave the machine alone meanwhile.

    Args:
        country: three letters of ISO 3166, such as ITA; WORLD is the average of all.

    Raises:
        DataError: there is no such country in codecarbon's table.
    """
    whose, grams_per_kwh = grid(country)
    if grams_per_kwh is None:
        with timed() as cost:
            yield cost
        return
    empty_runs = _empty_runs()
    tracker, cost = _started(), Cost(grid=whose, grams_per_kwh=grams_per_kwh, empty_runs=empty_runs)
    try:
        with timed(cost):
            yield cost
    finally:
        _read(tracker, cost)


@functools.cache
def _empty_runs() -> tuple[float, ...]:
    """What the meter reads where nothing is done. The first run, which looks at the hardware, is not counted."""
    _read(_started(), Cost())
    costs = [Cost() for _ in range(EMPTY_RUNS)]
    for cost in costs:
        _read(_started(), cost)
    return tuple(cost.joules for cost in costs)


def _started():
    """A tracker of codecarbon's that is running, silent and offline, whatever a configuration file says."""
    from codecarbon import OfflineEmissionsTracker

    logging.getLogger("codecarbon").setLevel(logging.CRITICAL)  # it speaks before it has read its own log_level
    tracker = OfflineEmissionsTracker(
        tracking_mode="process",
        allow_multiple_runs=True,
        log_level="critical",
        output_dir=".",
        output_methods=[],
        output_handlers=[],
        emissions_endpoint=None,
        force_carbon_intensity_g_co2e_kwh=0.0,  # grams are worked out here: it shall ask nobody
    )
    tracker.start()
    return tracker


def _read(tracker, cost: Cost) -> None:
    """Stop the tracker, and put into `cost` what it read."""
    tracker.stop()
    found = getattr(tracker, "final_emissions_data", None)
    if found is None:
        raise TlteachError(
            "codecarbon, which measures energy, does not start on this machine: `codecarbon detect` says more. Leave "
            "the energy out, or repair it."
        )
    joules = {"processor": found.cpu_energy, "memory": found.ram_energy, "graphics processor": found.gpu_energy}
    cost.parts = {name: kwh * JOULES_PER_KWH for name, kwh in joules.items() if kwh or name != "graphics processor"}
    cost.joules = sum(cost.parts.values())
    cost.how = _how(tracker, found)


def _how(tracker, found) -> str:
    """How codecarbon knows: only its own hardware list tells."""
    modes = {getattr(one, "_mode", type(one).__name__): one for one in tracker._hardware}
    memory = f"{found.ram_power:.3g} watts for memory"
    graphics = "; a counter of the graphics processor" if found.gpu_energy else ""
    if "cpu_load" in modes:
        watts = modes["cpu_load"]._tdp / (found.cpu_count or 1)
        core = f"{watts:.3g} watts for a core of the {found.cpu_model} that works"
        return f"an estimate from rated power, not a measurement: {core}, {memory}{graphics}"
    if set(modes) & {*COUNTERS, "AppleSiliconChip"}:
        return f"a counter of the processor, which counts other programs too; an estimate of {memory}{graphics}"
    return f"an estimate, not a measurement: half of the rated power of the {found.cpu_model}, {memory}{graphics}"


def grid(country: str) -> tuple[str, float | None]:
    """Whose electricity it is, in words, and the grams of CO2 it gives off for a kilowatt hour; None without a table.

    Raises DataError where the table does not have the country.
    """
    if find_spec("codecarbon") is None:
        return "", None
    from codecarbon.input import DataSource

    if country.upper() == WORLD:
        return "the world's average", DataSource().get_carbon_intensity_per_source_data()["world_average"]
    table = DataSource().get_global_energy_mix_data()
    found = table.get(country.upper(), {})
    if not found.get("carbon_intensity"):
        raise DataError(
            f"codecarbon's table has nothing on the electricity of {country!r}. Give three letters of ISO 3166, such "
            f"as ITA or KEN, or {WORLD} for the average of all."
        )
    return f"{found['country_name']}, {found['year']}", found["carbon_intensity"]
