"""Where the seconds of `tlteach demo` go, from the shell's prompt to the finished table and files.

    python benchmarks/start_up.py --repeats 3

The medians of several runs, each in a process and a folder of its own.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IMPORT = "from tlteach.core.machine import import_keras; import_keras(); import tlteach.recipe"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    runs = [measure() for _ in range(parser.parse_args().repeats)]
    for part in runs[0]:
        print(f"{part:<42}{statistics.median(run[part] for run in runs):>6.1f} s")


def measure() -> dict[str, float]:
    """Seconds of each part of one demo."""
    python = seconds_of("-c", "")
    imported = seconds_of("-c", IMPORT)
    with tempfile.TemporaryDirectory(prefix="tlteach_start_up_") as folder:
        everything = seconds_of("-m", "tlteach", "demo", "--out", folder)
        inside = json.loads((Path(folder) / "results.json").read_text(encoding="utf-8"))["seconds"]
    return {
        "Python itself": python,
        "importing Keras, its backend and tlteach": imported - python,
        "training the head (step 4)": inside["frozen"],
        "fine-tuning (step 6)": inside["fine_tuned"],
        "building, proving and judging": inside["total"] - inside["frozen"] - inside["fine_tuned"],
        "reading the task, report, model file": everything - imported - inside["total"],
        "from shell to table": everything,
    }


def seconds_of(*arguments: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
