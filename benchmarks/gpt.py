"""What the bundled GPT can do: prompts with and without examples, fine-tuning and forgetting, what it recites.

    python benchmarks/gpt.py                      about twelve minutes on one core
    python benchmarks/gpt.py --parts fine_tuning  one part; the others stay as they were
    python benchmarks/gpt.py --model FOLDER       another GPT-2, in Hugging Face's layout

Writes benchmarks/results/gpt.json. Fine-tuning: the texts of the bundled film reviews, five seeds. Transfer: the same
network from random weights beside it, with few and with more steps, each way at its own best rate.
"""

import argparse
import csv
import json
import statistics
from pathlib import Path

import keras
import numpy as np

from tlteach.core.files import bundled
from tlteach.text.gpt import prompts
from tlteach.text.gpt.files import BUNDLED, config_of, load
from tlteach.text.gpt.measures import bits_per_byte, continuations
from tlteach.text.gpt.network import decoder
from tlteach.text.gpt.python_docs import training_and_held_out
from tlteach.text.gpt.training import train

RESULTS = Path(__file__).parent / "results" / "gpt.json"
SHOTS = (0, 1, 4)
N_PROMPTS = 400
SEEDS = range(5)
STEPS, BATCH_SIZE, LEARNING_RATE = 30, 16, 1e-3
MORE_STEPS = (30, 100)
RATES = {"fine_tuned": (1e-3, 3e-3, 6e-3), "scratch": (3e-3, 6e-3, 1.2e-2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--model", help="a folder in Hugging Face's layout: only its prompts are tried, nothing is kept"
    )
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to measure; default: all")
    options = parser.parse_args()
    if options.model:
        return print(json.dumps(success(load(options.model)), indent=2))
    for part in options.parts:
        keep(part, PARTS[part](load()))
    print(RESULTS.read_text(encoding="utf-8"))


def keep(part: str, measured: dict) -> None:
    """Write one part to the results, and to the copy that the lesson reads; the other parts stay as they are."""
    found = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    found |= {"command": "python benchmarks/gpt.py", "prompts": N_PROMPTS, part: measured}
    for path in (RESULTS, bundled(BUNDLED) / "measured.json"):
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def success(model: keras.Model) -> dict:
    """For each pattern and number of examples: the share of right answers and the surprise at them, with intervals."""
    found = {}
    for name, pattern in prompts.PATTERNS.items():
        found[name] = {"what": pattern.what, "example": "".join(pattern.make(np.random.default_rng(0)))}
        for shots in SHOTS:
            right, bits = prompts.ask(model, pattern, shots, N_PROMPTS)
            half = 1.96 * bits.std(ddof=1) / N_PROMPTS**0.5
            found[name][str(shots)] = {
                "share": float(right.mean()),
                "interval": list(prompts.interval(right)),
                "bits": float(bits.mean()),
                "bits_interval": [float(bits.mean() - half), float(bits.mean() + half)],
            }
    return found


def reviews(split: str) -> list[str]:
    """The texts of one split of the hard film reviews, without their labels."""
    with open(bundled("film_reviews_hard/film_reviews_hard.csv"), encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file) if row["split"] == split]


def fine_tuning(model: keras.Model) -> dict:
    """Bits per byte on held-out reviews and held-out documentation, before and after; means over seeds, with ranges.

    "rehearsed": every second text that it learns from is documentation, as many steps.
    """
    texts, held_out = training_and_held_out()
    learned, judged = reviews("train"), {"reviews": reviews("test"), "documentation": held_out}
    found = {"steps": STEPS, "batch_size": BATCH_SIZE, "learning_rate": LEARNING_RATE, "seeds": len(SEEDS)}
    found["before"] = {style: bits_per_byte(model, judged[style]) for style in judged}
    size, pretrained = sum(map(len, learned)), model.get_weights()
    for way in ("fine_tuned", "rehearsed"):
        runs = []
        for seed in SEEDS:
            model.set_weights(pretrained)
            mixed = learned + (some(texts, size, seed) if way == "rehearsed" else [])
            train(model, mixed, STEPS, LEARNING_RATE, BATCH_SIZE, seed)
            runs.append({style: bits_per_byte(model, judged[style]) for style in judged})
        found[way] = {style: summary([run[style] for run in runs]) for style in judged}
    return found


def transfer(model: keras.Model) -> dict:
    """Bits per byte on held-out reviews after few and after more steps, from the pre-trained weights and from random.

    Each begins at its own best rate: the one that needs the fewest bits on validation reviews, after most steps.
    """
    learned, pretrained = reviews("train"), model.get_weights()

    def trained(way: str, steps: int, rate: float, seed: int, split: str) -> float:
        model.set_weights(fresh(model, seed).get_weights() if way == "scratch" else pretrained)
        train(model, learned, steps, rate, BATCH_SIZE, seed)
        return bits_per_byte(model, reviews(split))

    found = {"steps": MORE_STEPS, "seeds": len(SEEDS)}
    for way, rates in RATES.items():
        tried = {rate: trained(way, MORE_STEPS[-1], rate, 0, "validation") for rate in rates}
        rate = min(tried, key=tried.get)
        runs = {steps: [trained(way, steps, rate, seed, "test") for seed in SEEDS] for steps in MORE_STEPS}
        found[way] = {"validation": tried, "learning_rate": rate}
        found[way] |= {str(steps): summary(values) for steps, values in runs.items()}
    return found


def fresh(model: keras.Model, seed: int) -> keras.Model:
    """The same network with random weights."""
    keras.utils.set_random_seed(seed)
    return decoder(config_of(model))


def some(texts: list[str], size: int, seed: int) -> list[str]:
    """Pieces of 500 characters from random places of `texts`, `size` characters in all."""
    joined = "\n".join(texts)
    starts = np.random.default_rng(seed).integers(0, len(joined) - 500, size=size // 500)
    return [joined[start : start + 500] for start in starts]


def summary(values: list[float]) -> dict:
    """Mean and 95 % interval over the seeds (Student's t, four degrees of freedom)."""
    mean, half = statistics.mean(values), 2.776 * statistics.stdev(values) / len(values) ** 0.5
    return {"mean": mean, "interval": [mean - half, mean + half], "runs": values}


def recited(model: keras.Model) -> dict:
    """How far the model goes on word for word, greedily, with texts that it learned from and with others."""
    parts = dict(zip(("learned", "held_out"), training_and_held_out(), strict=True))
    found = {name: continuations(model, part, n=200) for name, part in parts.items()}
    return {
        name: {"at_least_20_tokens": float((runs >= 20).mean()), "interval": prompts.interval(runs >= 20),
               "longest": int(runs.max()), "mean": float(runs.mean())}
        for name, runs in found.items()
    }  # fmt: skip


PARTS = {"success": success, "fine_tuning": fine_tuning, "transfer": transfer, "recited": recited}

if __name__ == "__main__":
    main()
