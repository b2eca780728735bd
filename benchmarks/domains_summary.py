"""What the record of domain adaptation says as a whole, and a published table beside it.

    python benchmarks/domains.py --real REAL_DATA     # writes the record, first
    python benchmarks/domains_summary.py              # reads it

The table is 1 (a) of Ganin and others, Domain-Adversarial Training of Neural Networks, JMLR 17, 2016
(arXiv:1505.07818): Amazon reviews, twelve pairs of domains, a plain network and DANN. What differs: they have 5,000
counts of words and pairs of words, we have what a frozen sentence encoder makes of the same reviews (384 numbers); they
learn from 2,000 labelled reviews, we from 500; they choose rate, width and strength for each pair by reverse
validation, we have one setting for all; they give one run, we the mean of five. So levels cannot be compared. What can
be: whether DANN adds to the plain network.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from scipy import stats

RESULTS = Path(__file__).parent / "results" / "domains.json"
PAPER = {  # a plain network, DANN
    "books to dvd": (0.790, 0.784),
    "books to electronics": (0.747, 0.733),
    "books to kitchen": (0.778, 0.779),
    "dvd to books": (0.720, 0.723),
    "dvd to electronics": (0.732, 0.754),
    "dvd to kitchen": (0.778, 0.783),
    "electronics to books": (0.709, 0.713),
    "electronics to dvd": (0.733, 0.738),
    "electronics to kitchen": (0.854, 0.854),
    "kitchen to books": (0.708, 0.709),
    "kitchen to dvd": (0.739, 0.740),
    "kitchen to electronics": (0.841, 0.843),
}


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    count(found)
    choose(found)
    beside_the_paper(found)


def count(found: dict) -> None:
    """Gains over the source alone by verdict, method by method: p-values are corrected for the methods of a pair."""
    methods = [name for name, row in next(iter(found.values()))["methods"].items() if "transfer" in row]
    methods.remove("target labels")
    words = ("better", "no difference shown", "NEGATIVE")
    counts = {
        name: [sum(pair["methods"][name]["transfer"] == word for pair in found.values()) for word in words]
        for name in methods
    }
    print(f"{len(found)} pairs of domains{'':<4}{'better':>8}{'not shown':>11}{'NEGATIVE':>10}")
    for name, row in {**counts, "together": np.sum(list(counts.values()), axis=0)}.items():
        print(f"{name:<23}{row[0]:>8}{row[1]:>11}{row[2]:>10}")


def choose(found: dict) -> None:
    """What a choice of the method without target labels gains over the source alone."""
    print("\nMean gain over the source alone, in points, of the method that is chosen by")
    for score in next(iter(found.values()))["chosen"]:
        gains = [
            100 * (pair["chosen"][score]["accuracy"] - pair["methods"]["source only"]["accuracy"][0])
            for pair in found.values()
        ]
        print(f"{score:<23}{np.mean(gains):>+8.1f}")


def beside_the_paper(found: dict) -> None:
    """The plain network, DANN, and its gain: theirs and ours."""
    print(f"\n{'':<24}{'theirs: plain':>14}{'DANN':>7}{'gain':>7}{'ours: plain':>14}{'DANN':>7}{'gain':>7}")
    gains = []
    for pair, theirs in PAPER.items():
        if pair not in found:
            continue
        ours = [found[pair]["methods"][name]["accuracy"][0] for name in ("source only", "DANN")]
        gains.append([100 * (after - before) for before, after in (theirs, ours)])
        numbers = zip((theirs, ours), gains[-1], strict=True)
        print(f"{pair:<24}" + "".join(f"{one:>14.3f}{two:>7.3f}{gain:>+7.1f}" for (one, two), gain in numbers))
    print(f"\nMean gain of DANN over {len(gains)} pairs, in points, with a 95 % interval over pairs:")
    for name, column in zip(("theirs", "ours"), np.transpose(gains), strict=True):
        low, high = stats.t.interval(0.95, len(column) - 1, column.mean(), stats.sem(column))
        print(f"{name}: {column.mean():+.1f} ({low:+.1f} to {high:+.1f})")


if __name__ == "__main__":
    main()
