"""What a base of drawn voices carries to words and voices that it never heard, drawn and real. For lesson 16.

    python benchmarks/speech.py                          # a few minutes of one core, ten with what follows
    python benchmarks/speech.py --real REAL_DATA         # also real speech: the folder that holds spoken_digits
    python benchmarks/speech.py --only transfer          # one part; the others stay as they were
    python benchmarks/speech.py --folder runs            # what the bases make of the words is kept there

transfer   the target language with 1, 5 and 20 labels a word: a linear head on the frozen base, on the same network
           untrained, on the log-mel spectrogram itself, and on the base's features averaged over time
voices     the same words and as many labels, said by the voices of the test or by others: what a leaking voice is worth
real       English digits by drawn voices to real ones without one real label; beside it, pixels with real labels
language   real digits with 1, 5 and 20 labels each, by other speakers: does the base help that never heard English?
pooling    the target language, and real digits, as pictures for MobileNetV2: its maps averaged over time, and time kept

Without --real, the last three are left out; pooling takes ImageNet's weights from KERAS_HOME or the network. A seed
draws who says the labelled words; those who say the test words are others, and stay the same. All heads are logistic
regressions on standardised features, with the strength that did best on drawn voices of seeds 100 to 102: no real sound
chose a setting. Of real digits, each of four speakers is the test in turn, for heads that learned from the other three.
It is written to benchmarks/results/speech.json and, for the lesson, to datasets/comparisons.
"""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from speech_data import (
    BASE,
    PIXELS,
    UNTRAINED,
    as_pictures,
    drawn_digits,
    kept,
    real_digits,
    recordings,
    seen,
    settled,
    takes,
)

import tlteach as tl
from tlteach.core.files import cache_folder, write_json
from tlteach.course.lessons.lesson_16 import head_of
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.sound.network import SLOTS
from tlteach.sound.voices import LANGUAGES, TARGET_LANGUAGE, sample

HERE = Path(__file__).resolve().parent
FILES = (HERE / "results" / "speech.json", HERE.parent / "datasets" / "comparisons" / "speech.json")
SEEDS, SETTLING = range(5), range(100, 103)
WORDS = len(LANGUAGES[TARGET_LANGUAGE])
LABELS = (1, 5, 20)  # of each word, each by another voice
TEST_SPEAKERS, TEST_SEED = 40, 400
POOLED = "base, averaged over time"
METHODS = (BASE, UNTRAINED, PIXELS, POOLED)
DRAWN = 100  # voices that say the digits
FEW, TAKES, FIRST = 6, 4, 800 * 10**6  # voices, how often each says a word, and the first of them
WAYS = ("time kept", "averaged over time")
OWN, VOICE = "each domain's own statistics", "each voice's own statistics"
ALIKE = f"{OWN}, drawn voices all alike"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[*PARTS, *REAL_PARTS], default=[*PARTS, *REAL_PARTS])
    parser.add_argument("--folder", type=Path, default=cache_folder() / "speech", help="where features are kept")
    parser.add_argument("--real", type=Path, help="the folder that holds spoken_digits")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only:
        if part in REAL_PARTS and options.real is None:
            print(f"{part} needs --real, and is left out: what was found before stays.")
            continue
        found[part] = PARTS[part](options.folder) if part in PARTS else REAL_PARTS[part](options.folder, options.real)
        for file in FILES:
            write_json(file, {name: found[name] for name in (*PARTS, *REAL_PARTS) if name in found})


def transfer(folder: Path) -> dict:
    """The target language by labels a word."""
    test, truth = target_words(folder, TEST_SEED, TEST_SPEAKERS)
    drawn = [target_words(folder, seed, max(LABELS)) for seed in SETTLING]
    strengths = {method: {n: settled(drawn, method, slice(n * WORDS)) for n in LABELS} for method in METHODS}
    runs = []
    for seed in SEEDS:
        known, labels = target_words(folder, 500 + seed, max(LABELS))
        for method in METHODS:
            for n in LABELS:
                rows = slice(n * WORDS)
                head = head_of(strengths[method][n]).fit(known[method][rows], labels[rows])
                runs.append(Run(method, n, seed, head.predict(test[method]), 0.0))
    planned = tuple((BASE, other) for other in METHODS[1:])
    comparison = Comparison("words of another language", truth, METHODS, LABELS, tuple(runs), planned=planned)
    return told(comparison, language=TARGET_LANGUAGE, strengths=strengths)


def target_words(folder: Path, seed: int, n_voices: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What each method sees of the words of the target language by n voices of a seed, and which words they are."""

    def make() -> dict[str, np.ndarray]:
        sounds, labels, _ = sample(TARGET_LANGUAGE, n_voices * WORDS, seed)
        return {"labels": labels, **seen(sounds)}

    found = kept(folder / f"transfer_{seed}_{n_voices}.npz", make)
    labels = found.pop("labels")
    return {**found, POOLED: found[BASE].reshape(len(labels), SLOTS, -1).mean(axis=1)}, labels


def voices(folder: Path) -> dict:
    """The same test and as many labels a word: by the very voices of the test, by as many others, or by more."""
    test, truth = takes(folder, FIRST, FEW, range(TAKES))
    others = [takes(folder, FIRST + 1000 * seed, FEW, range(TAKES)) for seed in SETTLING]
    strengths = {method: settled(others, method, slice(None)) for method in (PIXELS, BASE)}
    runs = []
    for seed in SEEDS:
        later = TAKES * (seed + 1)
        sets = {
            "the voices of the test": takes(folder, FIRST, FEW, range(later, later + TAKES)),
            f"{FEW} other voices": takes(folder, FIRST + 1000 * (seed + 1), FEW, range(TAKES)),
            f"{FEW * TAKES} other voices": takes(folder, FIRST + 1000 * (seed + 1) + 500, FEW * TAKES, range(1)),
        }
        for who, (known, labels) in sets.items():
            for method, strength in strengths.items():
                head = head_of(strength).fit(known[method], labels)
                runs.append(Run(f"{method}, {who}", None, seed, head.predict(test[method]), 0.0))
    names = tuple(dict.fromkeys(run.method for run in runs))
    leaking, new, more = sets
    planned = [(f"{method}, {leaking}", f"{method}, {new}") for method in strengths]
    planned += [(f"{method}, {more}", f"{method}, {new}") for method in strengths]
    comparison = Comparison("who says the labels", truth, names, (None,), tuple(runs), planned=tuple(planned))
    return told(comparison, labels=FEW * TAKES, strengths=strengths)


def real(folder: Path, where: Path) -> dict:
    """Real digits from drawn ones, without a real label, and from a few real labels by other speakers."""
    sounds, truth, speakers = real_digits(folder, where)
    drawn = [drawn_digits(folder, seed, DRAWN) for seed in SETTLING]
    strengths = {method: settled(drawn, method, slice(None)) for method in (BASE, PIXELS)}
    few = {n: settled(drawn, PIXELS, slice(10 * n)) for n in LABELS}
    runs = []
    for seed in SEEDS:
        known, labels = drawn_digits(folder, 600 + seed, DRAWN)
        same, _ = drawn_digits(folder, 600 + seed, DRAWN, variety=0.0)
        for method, strength in strengths.items():
            alike = head_of(strength).fit(same[method], labels)[-1]
            head = head_of(strength).fit(known[method], labels)
            classify = head[-1]
            guesses = {
                "as they are": head.predict(sounds[method]),
                OWN: classify.predict(standardised(sounds[method])),
                VOICE: classify.predict(by_voice(sounds[method], speakers)),
                ALIKE: alike.predict(standardised(sounds[method])),
            }
            runs += [Run(f"{method}, {way}", None, seed, found, 0.0) for way, found in guesses.items()]
        for n in LABELS:
            found = from_others(sounds[PIXELS], truth, speakers, n, few[n], seed)
            runs.append(Run(f"{PIXELS} from {n} real of each digit", None, seed, found, 0.0))
    best = f"{BASE}, {OWN}"
    others = (f"{BASE}, as they are", f"{PIXELS}, {OWN}", *(f"{PIXELS} from {n} real of each digit" for n in LABELS))
    planned = [(best, other) for other in others] + [(f"{BASE}, {VOICE}", best)]
    planned += [(f"{method}, {OWN}", f"{method}, {ALIKE}") for method in strengths]
    names = tuple(dict.fromkeys(run.method for run in runs))
    comparison = Comparison("real digits", truth, names, (None,), tuple(runs), planned=tuple(planned))
    return told(comparison, voices=DRAWN, strengths={"drawn": strengths, "real labels": few})


def standardised(rows: np.ndarray) -> np.ndarray:
    """Rows with the mean 0 and the spread 1 in each column, by their own statistics."""
    return (rows - rows.mean(axis=0)) / np.maximum(rows.std(axis=0), 1e-6)


def by_voice(rows: np.ndarray, speakers: np.ndarray) -> np.ndarray:
    """The same for the rows of each speaker alone."""
    found = np.empty_like(rows)
    for one in np.unique(speakers):
        found[speakers == one] = standardised(rows[speakers == one])
    return found


def from_others(
    rows: np.ndarray, labels: np.ndarray, speakers: np.ndarray, n: int, strength: float, seed: int
) -> np.ndarray:
    """What a head says of the sounds of each speaker that learned from n sounds of each class by the others."""
    guesses, random = np.empty_like(labels), np.random.default_rng(seed)
    for one in np.unique(speakers):
        order = random.permutation(np.flatnonzero(speakers != one))
        known = np.concatenate([order[labels[order] == label][:n] for label in np.unique(labels)])
        guesses[speakers == one] = head_of(strength).fit(rows[known], labels[known]).predict(rows[speakers == one])
    return guesses


def language(folder: Path, where: Path) -> dict:
    """Real digits by labels each: the base that never heard English, and what it must beat."""
    sounds, truth, speakers = real_digits(folder, where)
    drawn = [drawn_digits(folder, seed, DRAWN) for seed in SETTLING]
    methods = (BASE, UNTRAINED, PIXELS)
    strengths = {method: {n: settled(drawn, method, slice(10 * n)) for n in LABELS} for method in methods}
    runs = [
        Run(method, n, seed, from_others(sounds[method], truth, speakers, n, strengths[method][n], seed), 0.0)
        for seed in SEEDS
        for method in methods
        for n in LABELS
    ]
    planned = ((BASE, UNTRAINED), (BASE, PIXELS))
    comparison = Comparison("real digits by labels", truth, methods, LABELS, tuple(runs), planned=planned)
    return told(comparison, strengths=strengths)


def pooling(folder: Path, where: Path) -> dict:
    """A network that learned from photos sees spectrograms: all of its maps, or their average over time."""
    n = max(LABELS)

    def words(seed: int, n_voices: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        sounds, labels, _ = sample(TARGET_LANGUAGE, n_voices * WORDS, seed)
        return in_two_ways(as_pictures(folder / f"pictures_{seed}_{n_voices}.npz", sounds)), labels

    test, truth = words(TEST_SEED, TEST_SPEAKERS)
    drawn = [words(seed, n) for seed in SETTLING]
    strengths = {way: settled(drawn, way, slice(None)) for way in WAYS}
    sounds, digits, speakers = recordings(where)
    real_ways = in_two_ways(as_pictures(folder / "pictures_digits.npz", sounds))
    runs, runs_real = [], []
    for seed in SEEDS:
        known, labels = words(500 + seed, n)
        for way, strength in strengths.items():
            head = head_of(strength).fit(known[way], labels)
            runs.append(Run(way, n, seed, head.predict(test[way]), 0.0))
            found = from_others(real_ways[way], digits, speakers, n, strength, seed)
            runs_real.append(Run(way, n, seed, found, 0.0))
    of_words = Comparison("words as pictures", truth, WAYS, (n,), tuple(runs))
    of_digits = Comparison("real digits as pictures", digits, WAYS, (n,), tuple(runs_real))
    more = {"source": "mobilenet_v2_035", "strengths": strengths}
    return {"words": told(of_words, **more), "digits": told(of_digits, **more)}


def in_two_ways(maps: np.ndarray) -> dict[str, np.ndarray]:
    """Maps (n, places in time, channels) as rows of numbers, with time and without."""
    return dict(zip(WAYS, (maps.reshape(len(maps), -1), maps.mean(axis=1)), strict=True))


def told(comparison: Comparison, **more) -> dict:
    """Print a comparison; return its accuracies and verdicts, and what else is to be known."""
    print(comparison)
    budget = "" if comparison.budgets == (None,) else ", {}"
    return {
        "test sounds": len(comparison.labels),
        **more,
        "accuracies": {
            row.method + budget.format(row.labels_per_class): [round(value, 4) for value in row.accuracies]
            for row in comparison.rows
        },
        "verdicts": [str(pair) if budget else pair.verdict for pair in comparison.pairs],
    }


PARTS: dict[str, Callable] = {"transfer": transfer, "voices": voices}
REAL_PARTS: dict[str, Callable] = {"real": real, "language": language, "pooling": pooling}

if __name__ == "__main__":
    with tl.quietly():
        main()
