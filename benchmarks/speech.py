"""What a base of drawn voices carries to words that it never heard, by voices that it never heard. For lesson 16.

    python benchmarks/speech.py                      # a minute or two of one core
    python benchmarks/speech.py --only transfer      # one part; the others stay as they were
    python benchmarks/speech.py --folder runs        # what the bases make of the words is kept there

transfer   the target language with 1, 5 and 20 labels a word: a linear head on the frozen base, on the same network
           untrained, on the log-mel spectrogram itself, and on the base with its features averaged over time

A seed draws who says the labelled words; those who say the test words are others, and stay the same. All heads are
logistic regressions on standardised features, with the strength that did best on the labels of seeds 100 to 102. It is
written to benchmarks/results/speech.json and, for the lesson, to datasets/comparisons.
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
from tlteach.core.files import bundled, cache_folder, write_json
from tlteach.engine.arrays import answers
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.sound.network import SLOTS, untrained
from tlteach.sound.spectrogram import log_mel
from tlteach.sound.voices import LANGUAGES, TARGET_LANGUAGE, sample

HERE = Path(__file__).resolve().parent
FILES = (HERE / "results" / "speech.json", HERE.parent / "datasets" / "comparisons" / "speech.json")
SEEDS, SETTLING = range(5), range(100, 103)
LABELS = (1, 5, 20)  # of each word, each by another voice
TEST_SPEAKERS, TEST_SEED = 40, 400
BASE, UNTRAINED, PIXELS, POOLED = "frozen base", "untrained base", "log-mel pixels", "base, averaged over time"
METHODS = (BASE, UNTRAINED, PIXELS, POOLED)
STRENGTHS = (0.001, 0.01, 0.1, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=Path, default=cache_folder() / "speech", help="where features are kept")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only:
        found[part] = PARTS[part](options.folder)
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


def transfer(folder: Path) -> dict:
    """Accuracies by method and labels a word, and the verdicts on the base against each of the others."""
    test, truth = views(folder, TEST_SEED, TEST_SPEAKERS)
    strengths = {method: {n: settled(folder, method, n) for n in LABELS} for method in METHODS}
    runs = []
    for seed in SEEDS:
        known, labels = views(folder, 500 + seed, max(LABELS))
        for method in METHODS:
            for n in LABELS:
                rows = slice(n * len(LANGUAGES[TARGET_LANGUAGE]))
                head = head_of(strengths[method][n]).fit(known[method][rows], labels[rows])
                runs.append(Run(method, n, seed, head.predict(test[method]), 0.0))
    planned = tuple((BASE, other) for other in METHODS[1:])
    comparison = Comparison("words of another language", truth, METHODS, LABELS, tuple(runs), planned=planned)
    print(comparison)
    return {
        "language": TARGET_LANGUAGE,
        "test sounds": len(truth),
        "accuracies": {f"{row.method}, {row.labels_per_class}": list(row.accuracies) for row in comparison.rows},
        "strengths": strengths,
        "verdicts": [str(pair) for pair in comparison.pairs],
    }


def settled(folder: Path, method: str, n: int) -> float:
    """The strength of the head that does best with n labels on voices of other seeds, judged on voices of others."""
    words = len(LANGUAGES[TARGET_LANGUAGE])
    drawn = [views(folder, seed, max(LABELS)) for seed in SETTLING]
    scores = []
    for strength in STRENGTHS:
        pairs = zip(drawn, [*drawn[1:], drawn[0]], strict=True)
        each = [
            head_of(strength).fit(known[method][: n * words], labels[: n * words]).score(other[method], truth)
            for (known, labels), (other, truth) in pairs
        ]
        scores.append(np.mean(each))
    return STRENGTHS[int(np.argmax(scores))]


def head_of(strength: float):
    """A linear head: the smaller the number, the simpler it stays."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2000))


def views(folder: Path, seed: int, n_speakers: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What each method sees of the words of the target language by n speakers of a seed, and which words they are."""
    file = folder / f"transfer_{seed}_{n_speakers}.npz"
    if not file.is_file():
        sounds, labels, _ = sample(TARGET_LANGUAGE, n_speakers * len(LANGUAGES[TARGET_LANGUAGE]), seed)
        base = bundled_base()
        keras.utils.set_random_seed(0)  # the same untrained network for all
        found = {BASE: answers(base, sounds), UNTRAINED: answers(untrained(), sounds), PIXELS: pixels(sounds)}
        found[POOLED] = found[BASE].reshape(len(sounds), SLOTS, -1).mean(axis=1)
        np.savez_compressed(file, labels=labels, **{name: rows.astype("float32") for name, rows in found.items()})
    with np.load(file) as kept:
        return {name: kept[name] for name in METHODS}, kept["labels"]


def bundled_base() -> keras.Model:
    """The base that `tlteach pretrain --source voices` made."""
    base = untrained()
    base.load_weights(bundled("weights/voices.weights.h5"))
    return base


def pixels(sounds: np.ndarray) -> np.ndarray:
    """The log-mel spectrogram as rows of numbers: of each band, the mean in each of as many slots as the base has."""
    samples = keras.Input(sounds.shape[1:])
    bands = answers(keras.Model(samples, log_mel(samples)), sounds)
    return np.concatenate([slot.mean(axis=1) for slot in np.array_split(bands, SLOTS, axis=1)], axis=1)


PARTS: dict[str, Callable] = {"transfer": transfer}

if __name__ == "__main__":
    with tl.quietly():
        main()
