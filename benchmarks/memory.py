"""Peak resident memory of training from a large folder of photos.

Draws a folder of JPEGs of many sizes in a temporary folder, makes a task of it (every file is decoded and checked),
trains the head of MobileNet 0.25 on it for an epoch, and prints seconds and peak resident memory after each step.

    python benchmarks/memory.py --photos 25000 --image-size 224
    python benchmarks/memory.py --photos 25000 --scan-only
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

import tlteach as tl
from tlteach.core.reading import in_threads


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=25_000)
    parser.add_argument("--smallest", type=int, default=64, help="pixels a side of the smallest photo")
    parser.add_argument("--largest", type=int, default=200, help="pixels a side of the largest photo")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--source", default="menagerie")
    parser.add_argument("--scan-only", action="store_true", help="stop when the task is made")
    options = parser.parse_args()

    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tlteach_memory_") as folder:
        draw_folder(Path(folder), options.photos, options.smallest, options.largest)
        started = told("drawn", started)
        task = tl.tasks.from_folder(folder)
        started = told("checked and split", started)
        print(task)
        if not options.scan_only:
            source = tl.select_source(task, options.source)
            base = tl.base_model(source, options.image_size)
            model = tl.add_head(base, task)
            started = told("model built", started)
            tl.train(model, task, epochs=1, verbose=2)
            told("trained for an epoch", started)


def draw_folder(folder: Path, n: int, smallest: int, largest: int) -> None:
    """Write n different JPEGs into the class folders warm/ and cold/."""
    for name in ("warm", "cold"):
        (folder / name).mkdir()

    def draw(number: int) -> None:
        rng = np.random.default_rng(number)
        pixels = rng.integers(0, 256, (8, 8, 3), dtype="uint8")
        pixels[..., 0 if number % 2 else 2] //= 2
        size = tuple(rng.integers(smallest, largest + 1, 2).tolist())
        path = folder / ("cold" if number % 2 else "warm") / f"{number:06}.jpg"
        Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(path)

    in_threads(draw, range(n), "drawing photos", "photo")


def told(what: str, started: float) -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(f"{what}: {time.perf_counter() - started:.1f} s; peak resident memory {peak / 1e9:.2f} GB", flush=True)
    return time.perf_counter()


if __name__ == "__main__":
    main()
