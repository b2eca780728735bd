"""Where things stand in the repository."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS, NOTEBOOKS = ROOT / "benchmarks", ROOT / "notebooks"
