"""Transfer on texts against fair baselines, with few labels: bundled and real tasks, what they cost, and the settings.

    python benchmarks/text.py --folder runs                          # film reviews, plain and hard, questions and mail
    python benchmarks/text.py --folder runs --real REAL_DATA         # SMS spam, film-review polarity, kitchen reviews
    python benchmarks/text.py --folder runs --search                 # settings of fine-tuning, on training texts alone
    python benchmarks/text.py --folder runs --search --real REAL_DATA
    python benchmarks/text.py --search-head                          # its rate and epochs, on training texts alone
    python benchmarks/text.py --folder runs --whole --methods frozen fine_tuned --real REAL_DATA
    python benchmarks/text.py --folder runs --whole --methods frozen fine_tuned --tasks film_reviews questions
    python benchmarks/text.py --speed

Each run is written into the folder when it ends: started again, the script goes on where it was interrupted. What was
found is put into benchmarks/results/text.json; the whole comparisons on each of the bundled tasks but mail, which
tl.compare.load reads, stand beside it.

The rules are the same for every method. A seed draws the labels, stratified. Validation has as many texts as there are
labels (or all of its own, where they are fewer): the networks choose their epoch with it. Word and character counts
choose C and class weights by cross-validation on the training texts; in the part "generous" they learn from the
validation texts too, so that they have twice as many labels as the networks learn from.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from scipy import stats
from scipy.special import log_softmax, softmax
from text_tasks import few, real_task

import tlteach as tl
from tlteach.core.splits import cut
from tlteach.core.task import Task
from tlteach.engine import boundary
from tlteach.engine.features import features_of
from tlteach.engine.network import count
from tlteach.engine.store import Store
from tlteach.evidence import verdicts
from tlteach.evidence.compare import Comparison, Outcome, compare
from tlteach.text.form import form_of
from tlteach.text.scratch import scratch
from tlteach.text.splits import TextSplit

RESULTS = Path(__file__).parent / "results"
HEAD = {"learning_rate": 1e-2, "epochs": 20}
FINE_TUNING = {"from_layer": 0.6, "learning_rate": 1e-4, "epochs": 10}
ENGLISH = r"\b(the|and|of|to|is|you|for|your|we|at|this|our|are|with|have|on|be)\b"
ITALIAN = r"\b(il|la|di|che|per|un|una|è|non|del|le|i|con|si|mi|ti|da|al|ho)\b"
OWN = {"giulia": "Italian", "wei": "Chinese"}  # what is read and written at home
MAX_TOKENS = 128  # of a text; the reviews of kitchen things are longer, and most of their verdict stands early


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="for the files of the runs; a temporary one without it")
    parser.add_argument(
        "--real", type=Path, help="the folder that holds sms_spam, movie_reviews, multi_domain_sentiment"
    )
    parser.add_argument("--tasks", nargs="+", help="only these")
    parser.add_argument("--labels", type=int, nargs="+", help="in all; default 64, and 32, 128 and 512 on real texts")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), help="only these")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--whole", action="store_true", help="also all of the base, and LoRA, as --search says")
    parser.add_argument("--search", action="store_true")
    parser.add_argument("--search-head", action="store_true")
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tlteach_benchmark_") as temporary:
        folder = options.folder or Path(temporary)
        if options.speed:
            from text_speed import speed

            write("speed", speed(HEAD, FINE_TUNING))
        elif options.search_head:
            search_head(options)
        else:
            (search if options.search else measure)(options, folder)


def measure(options: argparse.Namespace, folder: Path) -> None:
    """The grid of methods on every task, and what else is asked of it."""
    for name, task in tasks_of(options).items():
        for labels in options.labels or ((32, 128, 512) if options.real else (64,)):
            methods = {m: METHODS[m] for m in options.methods} | (WHOLE if options.whole else {})
            found = grid(methods, task, labels, options.seeds, folder)
            print(f"\n{found}", flush=True)
            if options.real or options.whole:
                write("whole" if options.whole else "real", {str(labels): summary(found, task)}, name)
                if not options.real:
                    found.save(RESULTS / f"text_whole_{name}.json")
                continue
            found.save(RESULTS / f"text_{name}.json")
            write("bundled", summary(found, task), name)
            generous = {f"{method}_generous": partial(with_validation, METHODS[method]) for method in COUNTS}
            found = grid({"fine_tuned": fine_tuned, **generous}, task, labels, options.seeds, folder)
            print(f"\n{found}", flush=True)
            write("generous", summary(found, task), name)
    if not options.real and "mail" in (options.tasks or ["mail"]):
        found = {person: mail(person, own, options.seeds, folder) for person, own in OWN.items()}
        tested = [pair for part in found.values() for pair in part["pairs"].values()]
        corrected = iter(verdicts.holm([pair.p_value for pair in tested]))  # two people, two languages: four pairs
        for person, part in found.items():
            pairs = part.pop("pairs")
            part["verdicts"] = {
                language: verdicts.verdict("frozen", "character_tfidf", pair, next(corrected))
                for language, pair in pairs.items()
            }
            print(person, part["verdicts"])
            write("mail", part, person)


def tasks_of(options: argparse.Namespace) -> dict[str, Task]:
    """The tasks by name, those that were asked for."""
    if options.real:
        found = {name: real_task(name, options.real) for name in ("sms_spam", "polarity", "kitchen")}
    else:
        found = {name: tl.tasks.by_name(name) for name in ("film_reviews", "film_reviews_hard", "questions")}
    return {name: task for name, task in found.items() if not options.tasks or name in options.tasks}


def grid(methods: dict[str, Callable], task: Task, labels: int, seeds: int, folder: Path) -> Comparison:
    """Every method with `labels` training texts in all, for every seed; one process, so that features are kept."""
    named = {name: partial(drawn, labels, method) for name, method in methods.items()}
    task = replace(task, name=f"{task.name}, {labels} labels in all")
    return compare(named, task, seeds=seeds, folder=folder, workers=1)


def drawn(labels: int, method: Callable, task: Task, seed: int) -> Outcome:
    return method(few(task, labels, seed), seed)


# ---------------------------------------------------------------- the methods


def frozen(task: Task, seed: int) -> Outcome:
    """Steps 1 to 4: a head on the frozen base."""
    started = time.perf_counter()
    model = with_head(task, seed)
    return judged(model, task, started)


def fine_tuned(task: Task, seed: int, from_layer=None, learning_rate=None, epochs=None) -> Outcome:
    """All six steps."""
    started = time.perf_counter()
    model = with_head(task, seed)
    tl.recompile(
        tl.unfreeze(model, from_layer or FINE_TUNING["from_layer"]), learning_rate or FINE_TUNING["learning_rate"]
    )
    tl.train(model, task, epochs or FINE_TUNING["epochs"], seed=seed, verbose=0)
    return judged(model, task, started)


def low_rank(task: Task, seed: int, learning_rate: float = 1e-3) -> Outcome:
    """Steps 1 to 4, and then small changes beside a frozen base."""
    started = time.perf_counter()
    model = with_head(task, seed)
    tl.recompile(tl.tune.lora(model), learning_rate)
    tl.train(model, task, FINE_TUNING["epochs"], seed=seed, verbose=0)
    return judged(model, task, started)


def with_head(task: Task, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    base = tl.base_model(tl.select_source(task), max_tokens=MAX_TOKENS)
    model = tl.add_head(base, task, HEAD["learning_rate"])
    tl.train(model, task, HEAD["epochs"], seed=seed, verbose=0)
    return model


def judged(model: keras.Model, task: Task, started: float) -> Outcome:
    """What the model says about task.test; what is frozen runs over it once for all seeds."""
    seconds = time.perf_counter() - started
    parts = boundary.split(model)
    if parts.frozen is None:
        outputs = tl.evaluate(model, task.test).probabilities
    else:
        with Store() as store:
            batches, _ = features_of(parts, task.test.batches(form_of(model), 64), store)
            outputs = parts.trainable.predict(batches, verbose=0)
    return Outcome(outputs, round(seconds, 3), count(model.trainable_weights))


def word_tfidf(task: Task, seed: int) -> Outcome:
    """Words and pairs of words."""
    return counted(task, seed, analyzer="word", ngram_range=(1, 2))


def character_tfidf(task: Task, seed: int) -> Outcome:
    """Runs of two to five characters."""
    return counted(task, seed, analyzer="char", ngram_range=(2, 5))


def counted(task: Task, seed: int, **how) -> Outcome:
    """TF-IDF and logistic regression; C and class weights by cross-validation on the training texts alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, StratifiedKFold
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(TfidfVectorizer(sublinear_tf=True, **how), LogisticRegression(max_iter=2000))
    folds = StratifiedKFold(max(2, min(5, *task.train.class_counts)), shuffle=True, random_state=seed)
    weights = {"logisticregression__class_weight": [None, "balanced"]}  # a rare class needs it: spam is one in eight
    grid = {"logisticregression__C": [0.1, 1, 10, 100, 1000], **weights}
    found = GridSearchCV(model, grid, scoring="f1_macro", cv=folds).fit(task.train.inputs, task.train.labels)
    return Outcome(found.predict_proba(task.test.inputs))


def with_validation(method: Callable, task: Task, seed: int) -> Outcome:
    """The method, with the validation texts to learn from too."""
    texts = (*task.train.inputs, *task.validation.inputs)
    labels = np.concatenate([task.train.labels, task.validation.labels])
    return method(replace(task, train=TextSplit(texts, labels, task.n_classes)), seed)


METHODS = {
    "frozen": frozen,
    "fine_tuned": fine_tuned,
    "word_tfidf": word_tfidf,
    "character_tfidf": character_tfidf,
    "scratch": scratch,
}
WHOLE = {"whole": partial(fine_tuned, from_layer=1.0, learning_rate=2e-4), "lora": low_rank}
COUNTS = ("word_tfidf", "character_tfidf")


# ---------------------------------------------------------------- what was found


def summary(found: Comparison, task: Task) -> dict:
    """Accuracies and verdicts by name, for the text that quotes them; without the predictions."""
    kept = {key: value for key, value in found.to_dict().items() if key not in ("labels", "runs", "methods", "budgets")}
    kept["accuracy"] = {row.method: round(row.mean, 4) for row in found.rows}
    kept["verdicts"] = {f"{pair.first}_and_{pair.second}": pair.verdict for pair in found.pairs}
    kept["failed"] = [run.error for run in found.failed]
    if "spam" in task.class_names:
        spam = task.class_names.index("spam")
        scores = {m: [f1(run.predicted, found.labels, spam) for run in found._of(m, None)] for m in found.methods}
        kept["f1_of_spam"] = {method: interval(values) for method, values in scores.items()}
        print("F1 of spam:", {method: round(value["mean"], 3) for method, value in kept["f1_of_spam"].items()})
    return kept


def f1(predicted: np.ndarray, labels: np.ndarray, wanted: int) -> float:
    """The harmonic mean of precision and recall of the class `wanted`."""
    hits = ((predicted == wanted) & (labels == wanted)).sum()
    return float(2 * hits / ((predicted == wanted).sum() + (labels == wanted).sum()))


def interval(values: list[float]) -> dict:
    """Mean and Student's 95 % interval over seeds, cut to 0 and 1."""
    mean, n = statistics.mean(values), len(values)
    half = stats.t.ppf(0.975, n - 1) * statistics.stdev(values) / n**0.5 if n > 1 else float("nan")
    return {"mean": round(mean, 4), "low": round(max(0, mean - half), 4), "high": round(min(1, mean + half), 4)}


def mail(person: str, own: str, seeds: int, folder: Path, labels: int = 128) -> dict:
    """Accuracy on the mail in the person's own language, and on that in English: the base has read English alone."""
    task = tl.tasks.mail(person)
    found = grid({"frozen": frozen, "character_tfidf": character_tfidf}, task, labels, seeds, folder)
    print(f"\n{found}", flush=True)
    english = np.array([is_english(text) for text in task.test.inputs])
    part = {"summary": summary(found, task), "mails": {own: int((~english).sum()), "English": int(english.sum())}}
    part["pairs"] = {}
    for language, rows in ((own, ~english), ("English", english)):
        part[language] = {
            m: interval([float(right[rows].mean()) for right in found.correct(m).values()]) for m in found.methods
        }
        print(language, {method: value["mean"] for method, value in part[language].items()})
        sides = [np.stack(list(found.correct(method).values()))[:, rows] for method in found.methods]
        part["pairs"][language] = verdicts.paired_difference(*sides)
    return part


def is_english(text: str) -> bool:
    """By its most common words; a mail with Chinese characters is Chinese."""
    english, italian = (len(re.findall(common, text.lower())) for common in (ENGLISH, ITALIAN))
    return english > italian and not re.search(r"[\u4e00-\u9fff]", text)


def write(section: str, found: dict, name: str | None = None) -> None:
    """Put what was found into text.json, beside what other parts and other runs have found."""
    path = RESULTS / "text.json"
    everything = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    place = everything.setdefault(section, {})
    (place.setdefault(name, {}) if name else place).update(found)
    made_with = everything.setdefault("made_with", {}).setdefault(section, {})
    made_with[name or section] = {
        "command": " ".join(["python", "benchmarks/text.py", *(Path(word).name for word in sys.argv[1:])]),
        "machine": {"processor": platform.machine(), "cores": len(os.sched_getaffinity(0))},
    }
    part = path.with_suffix(".part")
    part.write_text(json.dumps(everything, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, path)


# ---------------------------------------------------------------- settings


def search(options: argparse.Namespace, folder: Path) -> None:
    """Fine-tune with every setting, and judge on training texts that were put aside; the test texts are not read."""
    judges = 1000 if options.real else 150
    pairs = [*itertools.product((0.6, 1.0), (5e-5, 1e-4, 2e-4)), (0.3, 2e-4), (0.6, 4e-4)]
    settings = {
        f"top {depth:g}, rate {rate:g}": partial(fine_tuned, from_layer=depth, learning_rate=rate)
        for depth, rate in pairs
    } | {f"lora, rate {rate:g}": partial(low_rank, learning_rate=rate) for rate in (5e-4, 1e-3, 3e-3)}
    for name, task in tasks_of(options).items():
        learn, judge = cut(task.train.labels, (1 - judges / len(task.train),), 0, task.class_names)
        inner = replace(task, train=task.train.take(learn), test=task.train.take(judge[:judges]))
        for labels in options.labels or (64,):
            found = grid({"frozen": frozen, **settings}, inner, labels, options.seeds, folder)
            rows = sorted(found.rows, key=lambda row: -row.mean)
            print(f"\n{found.task}, judged on {judges} training texts")
            print("\n".join(f"{row.method:<24} {row.mean:.3f}  {row.seconds:.1f} s" for row in rows), flush=True)
            accuracy = {row.method: round(row.mean, 4) for row in rows}
            write("search", {str(labels): {"accuracy": accuracy, "seeds": options.seeds, "judges": judges}}, name)


RATES, EPOCHS, JUDGES = (1e-3, 3e-3, 1e-2, 3e-2), (10, 20, 40), 150


def search_head(options: argparse.Namespace) -> None:
    """Train heads at every rate on vectors that were computed once, and judge them on training texts put aside.

    With every number of epochs the one that is best on validation is kept, as `train` does.
    """
    for name, task in tasks_of(options).items():
        learn, judge = cut(task.train.labels, (1 - JUDGES / len(task.train),), 0, task.class_names)
        inner = replace(task, train=task.train.take(learn), test=task.train.take(judge[:JUDGES]))
        base = tl.base_model(tl.select_source(task), max_tokens=MAX_TOKENS)
        for labels in options.labels or (64, len(learn)):
            found = {}
            for rate, seed in itertools.product(RATES, range(options.seeds)):
                for epochs, accuracy in by_epochs(base, few(inner, labels, seed), rate, seed).items():
                    found.setdefault(f"rate {rate:g}, {epochs} epochs", []).append(accuracy)
            means = {setting: round(float(np.mean(values)), 4) for setting, values in found.items()}
            print(f"\n{name}, {labels} labels, judged on {JUDGES} training texts: {means}", flush=True)
            write("search_head", {str(labels): {"accuracy": means, "seeds": options.seeds, "judges": JUDGES}}, name)


def by_epochs(base: keras.Model, task: Task, rate: float, seed: int) -> dict[int, float]:
    """The accuracy on task.test of a head on `base`, for each of EPOCHS.

    It is the head of add_head, dropout, dense layer and Adam, in NumPy: hundreds of them take seconds.
    """
    random = np.random.default_rng(seed)
    x, z, judged = (with_one(vectors(base, split)) for split in (task.train, task.validation, task.test))
    wanted = np.eye(task.n_classes)[task.train.labels]
    weights = np.zeros((x.shape[1], task.n_classes))
    first, second, step, losses, right = 0, 0, 0, [], []
    for _ in range(max(EPOCHS)):
        order = random.permutation(len(x))
        for rows in np.split(order, range(32, len(x), 32)):
            kept = with_one(x[rows, :-1] * (random.random((len(rows), x.shape[1] - 1)) >= 0.2) / 0.8)
            slopes = kept.T @ (softmax(kept @ weights, axis=1) - wanted[rows]) / len(rows)
            step, first, second = step + 1, 0.9 * first + 0.1 * slopes, 0.999 * second + 0.001 * slopes**2
            weights -= rate * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-7)
        losses.append(-log_softmax(z @ weights, axis=1)[range(len(z)), task.validation.labels].mean())
        right.append(float(((judged @ weights).argmax(axis=1) == task.test.labels).mean()))
    return {epochs: right[int(np.argmin(losses[:epochs]))] for epochs in EPOCHS}


def with_one(rows: np.ndarray) -> np.ndarray:
    """`rows` with a last column of ones, for the bias."""
    return np.append(rows, np.ones((len(rows), 1)), axis=1)


KNOWN: dict[str, np.ndarray] = {}  # the vectors of texts


def vectors(base: keras.Model, split: TextSplit) -> np.ndarray:
    """What `base` makes of the texts, (n, width); every text runs through it once."""
    new = [text for text in split.inputs if text not in KNOWN]
    if new:
        found = base.predict(TextSplit(new, np.zeros(len(new), int), 2).batches(form_of(base), 32), verbose=0)
        KNOWN.update(zip(new, found, strict=True))
    return np.stack([KNOWN[text] for text in split.inputs])


if __name__ == "__main__":
    main()
