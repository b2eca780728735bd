"""What a model weighs and takes in each format: size, milliseconds for an input, how far it is from the original.

    python benchmarks/export.py                 # some minutes
    python benchmarks/export.py --only sound    # one of image, text, sound; the others stay as they were

A head learns from 50 inputs of each class (20 of each word) on the bundled base, or MiniLM for texts, seed 0. The
model is written in every format and asked in its own runtime about 32 test inputs; a quantised one is judged on the
whole test split beside the original. Times are medians, one input at a time, in one process on this machine; only the
ratio to Keras in the same row means something elsewhere. It is written to benchmarks/results/export.json.
"""

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tlteach as tl
from tlteach.core import machine
from tlteach.core.files import write_json
from tlteach.evidence.export import export
from tlteach.evidence.runtimes import FORMATS

FILE = Path(__file__).resolve().parent / "results" / "export.json"
RUNS = {
    "image": ("cats_vs_dogs", "menagerie", 50, {"image_size": 96}),
    "text": ("film_reviews", "minilm", 50, {"max_tokens": 64}),
    "sound": ("spoken_words", "voices", 20, {"milliseconds": 1000}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=RUNS, default=list(RUNS))
    found = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else {}
    for name in parser.parse_args().only:
        found[name] = measured(*RUNS[name])
        write_json(FILE, {name: found[name] for name in RUNS if name in found})


def measured(name: str, source: str, labels: int, size: dict) -> dict:
    task = tl.tasks.by_name(name).subset(labels)
    with tempfile.TemporaryDirectory() as folder:
        run = tl.transfer(task, source, fine_tune_epochs=0, verbose=0, **size).save(Path(folder) / "run")
        formats = {}
        for key, format, quantize in [*((name, name, False) for name in FORMATS), ("quantized", "litert", True)]:
            formats[key] = asdict(export(run, format, Path(folder) / key, quantize=quantize)[1])
            print(f"{name:<13} {key:<12} {told(formats[key])}", flush=True)
    return {"task": name, "source": source, "labels": labels, "device": machine.name(), "versions": machine.versions(),
            "formats": formats}  # fmt: skip


def told(found: dict) -> str:
    faster = found["milliseconds_before"] / found["milliseconds"]
    text = f"{found['bytes'] / 1e6:8.2f} MB {found['milliseconds']:8.2f} ms, Keras / this {faster:6.1f}"
    text += f", differs by {found['difference']:.1g}"
    if judged := found["judged"]:
        values = [f"{judged[key]['value']:.3f}" for key in ("quantized", "original")]
        text += f", accuracy {values[0]} (was {values[1]}), {judged['verdict']}, p = {judged['p_value']:.2g}"
    return text


if __name__ == "__main__":
    main()
