"""Few, one and no pictures of a class: what carries over to animals that the base has never seen. For lesson 13.

    python benchmarks/few_shot.py                   # about twelve minutes of one core
    python benchmarks/few_shot.py --only beasts     # one part; the others stay as they were
    python benchmarks/few_shot.py --folder runs     # drawings' features are kept there

episodes      five classes, one to twenty examples of each; queries by day, and as sketches
layers        one zebra against known horses by layer of the base, and what can be read there
zero          14 new species, or cat and dog, by attributes alone; with descriptions mixed up
beasts        480 drawings of 24 to 240 random anatomies
generalized   known and new species at once, without and with calibration
composed      descriptions put together from those of known animals
towers        sentences in the place of attributes
texts         questions and film reviews by the nearest description
kept          the features that the lesson learns from, in datasets/comparisons/few_shot.npz

A seed draws the test pictures, the episodes, the beasts and the initial weights. Settings were chosen on seed 100. It
is written to benchmarks/results/few_shot.json and, for the lesson, to datasets/comparisons.
"""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import few_shot_data as data
import keras
import numpy as np
from few_shot_data import NEW
from scipy.stats import ttest_rel

import tlteach as tl
from tlteach import few_shot
from tlteach.core.files import cache_folder, write_json
from tlteach.course.lessons.lesson_13 import COMPOSED, DESCRIPTIONS, packed
from tlteach.engine.arrays import answers
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.evidence.verdicts import holm
from tlteach.image.menagerie import SOURCE_SPECIES, SPECIES

HERE = Path(__file__).resolve().parent
FILES = (HERE / "results" / "few_shot.json", HERE.parent / "datasets" / "comparisons" / "few_shot.json")
KEPT = FILES[1].with_suffix(".npz")
SEEDS = range(5)
SHOTS, EPISODES = (1, 5, 20), 60  # episodes of each seed, so 300 of all
SHUFFLES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=Path, default=cache_folder() / "few_shot", help="where features are kept")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only:
        found[part] = PARTS[part](options.folder)
        print(f"\n{part}")
        for name, value in found[part].items():
            print(f"{name:>28}", value)
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


def drawings_of(folder: Path, seed: int, layer: str = "top") -> tuple[np.ndarray, np.ndarray]:
    """Features and labels of the new species."""
    drawn = data.new(folder, seed)
    rows = drawn["labels"] < len(NEW)
    return drawn[layer][rows], drawn["labels"][rows]


def right(scores: np.ndarray, labels: np.ndarray) -> float:
    """The share of inputs whose own class has the highest score."""
    return float(np.mean(scores.argmax(axis=1) == labels))


# ---------------------------------------------------------------- few pictures


def episodes(folder: Path) -> dict:
    """Mean accuracy of 60 episodes for each seed, by method, shots and where the queries come from."""
    found, known = {}, data.seen(folder)
    for seed in SEEDS:
        embeddings = {name: _trained(known, seed, name) for name in ("meta-trained", "meta-trained on the shift")}
        day, labels = drawings_of(folder, seed)
        sketch, pixels = (drawings_of(folder, seed, layer)[0] for layer in ("sketch", "pixels"))
        mean, mean_of_sketches = (known[layer].mean(axis=0) for layer in ("top", "sketch"))
        ways = {"pixels": (pixels, None), "prototypes": (day, sketch)}
        ways["prototypes, centred"] = (few_shot.unit(day, mean), few_shot.unit(sketch, mean_of_sketches))
        ways["logistic regression"] = ways["prototypes, centred"]
        ways |= {name: (answers(model, day), answers(model, sketch)) for name, model in embeddings.items()}
        for name, (features, elsewhere) in ways.items():
            learner = _logistic if name == "logistic regression" else few_shot.nearest
            for shots, queries in [(n, None) for n in SHOTS] + [(n, elsewhere) for n in SHOTS if elsewhere is not None]:
                done = few_shot.episodes(
                    features, labels, shots=shots, n=EPISODES, seed=seed, learner=learner, query_features=queries
                )
                of = "day" if queries is None else "sketch"
                noted(found.setdefault(of, {}).setdefault(name, {}), str(shots), done.mean)
    planned = [("day", "prototypes, centred", other) for other in ("meta-trained", "logistic regression")]
    planned += [("day", "meta-trained", "meta-trained on the shift")]
    planned += [("sketch", "meta-trained on the shift", other) for other in ("meta-trained", "prototypes, centred")]
    pairs = [(f"{of}, {n} shots", one, other, found[of][one][n], found[of][other][n])
             for of, one, other in planned for n in map(str, SHOTS)]  # fmt: skip
    return {**found, "episodes": EPISODES * len(SEEDS), "verdicts": verdicts(pairs)}


def _trained(known: dict, seed: int, name: str) -> keras.Model:
    model = few_shot.embedding(known["top"], seed=seed)
    elsewhere = known["sketch"] if name.endswith("shift") else None
    return few_shot.meta_train(model, known["top"], known["labels"], seed=seed, query_inputs=elsewhere)


def _logistic(support: np.ndarray, labels: np.ndarray, queries: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10, max_iter=200).fit(support, labels).predict_proba(queries)


def layers(folder: Path) -> dict:
    """By layer: one zebra against the known horses; how well coat, pattern and species can be read from it."""
    found, known = {}, data.seen(folder)
    horses_known = known["labels"] == SOURCE_SPECIES.index("horse")
    for layer in data.LAYERS:
        mean = known[layer].mean(axis=0)
        for name in ("coats", "patterns", "labels"):
            noted(found, f"{layer}, {name}", _legible(known[layer], known[name]))
        for seed in SEEDS:
            drawn = data.new(folder, seed)
            of = {
                name: few_shot.unit(drawn[layer][drawn["labels"] == number], mean)
                for name, number in (("zebra", NEW.index("zebra")), ("horse", len(NEW)))
            }
            horses, accuracies = few_shot.unit(known[layer][horses_known], mean), []
            for one in range(len(of["zebra"])):
                support = np.concatenate([horses, of["zebra"][[one]]])
                labels = np.append(np.zeros(len(horses), int), 1)
                zebras = few_shot.nearest(support, labels, np.delete(of["zebra"], one, axis=0)).argmax(axis=1)
                others = few_shot.nearest(support, labels, of["horse"]).argmax(axis=1)
                accuracies.append((np.mean(zebras == 1) + np.mean(others == 0)) / 2)
            noted(found, f"{layer}, one zebra", np.mean(accuracies))
    return found


def _legible(features: np.ndarray, labels: np.ndarray) -> float:
    """Accuracy of a linear probe that learns from one half and reads the other."""
    from sklearn.linear_model import LogisticRegression

    rows = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    half = len(rows) // 2
    return LogisticRegression(C=0.1, max_iter=300).fit(rows[:half], labels[:half]).score(rows[half:], labels[half:])


# ---------------------------------------------------------------- no picture


def zero(folder: Path) -> dict:
    """14 new species and cat or dog, from the 24 known species: ESZSL and DAP, and with descriptions mixed up."""
    found, known, attributes = {}, data.seen(folder), tl.menagerie.signatures(SOURCE_SPECIES)
    mean, new = known["top"].mean(axis=0), tl.menagerie.signatures(NEW)
    closed = few_shot.eszsl(few_shot.unit(known["top"], mean), known["labels"], attributes)
    for seed in SEEDS:
        features, labels = drawings_of(folder, seed)
        network = few_shot.attribute_network(known["top"], attributes)
        few_shot.dap(network, known["top"], known["labels"], attributes, seed=seed)
        rows, random = few_shot.unit(features, mean).astype("float32"), np.random.default_rng(seed)
        for name, scores in {
            "ESZSL": answers(few_shot.by_attributes(closed, new), rows),
            "DAP": answers(few_shot.by_attributes(network, new, attributes), features),
        }.items():
            noted(found, f"{name}, 14 species", right(scores, labels))
            pets = labels < 2
            noted(found, f"{name}, cat or dog", right(scores[pets][:, :2], labels[pets]))
            mixed = [right(scores[:, random.permutation(len(NEW))], labels) for _ in range(SHUFFLES)]
            noted(found, f"{name}, descriptions mixed up", np.mean(mixed))
    mixed = [("14 species", name, "mixed up", found[f"{name}, 14 species"], found[f"{name}, descriptions mixed up"])
             for name in ("ESZSL", "DAP")]  # fmt: skip
    return {**found, "verdicts": verdicts(mixed)}


def beasts(folder: Path) -> dict:
    """14 new species by attributes, learned from 480 drawings that are spread over more and more random anatomies."""
    found = {}
    for seed in SEEDS:
        drawn = data.beasts(folder, seed)
        for count in data.COUNTS:
            rows = data.rows_of(drawn["labels"], count)
            parts = drawn["top"][rows], drawn["labels"][rows], drawn["attributes"][:count]
            noted(found, str(count), right(*by_eszsl(*parts, tl.menagerie.signatures(NEW), *drawings_of(folder, seed))))
    pairs = [("480 drawings", f"{count} anatomies", "24 anatomies", found[str(count)], found["24"])
             for count in data.COUNTS[1:]]  # fmt: skip
    return {**found, "verdicts": verdicts(pairs)}


def by_eszsl(features, labels, attributes, new, test, test_labels) -> tuple[np.ndarray, np.ndarray]:
    """Scores of test inputs for new signatures, learned in closed form, and their labels."""
    mean = features.mean(axis=0)
    model = few_shot.by_attributes(few_shot.eszsl(few_shot.unit(features, mean), labels, attributes), new)
    return answers(model, few_shot.unit(test, mean).astype("float32")), test_labels


def generalized(folder: Path) -> dict:
    """Known species held out and new ones at once, 38 classes: accuracies and harmonic means."""
    known, found = data.seen(folder), {}
    features, labels = known["top"], known["labels"]
    learned = np.arange(len(labels)) < 45 * len(SOURCE_SPECIES)
    held = np.arange(len(SOURCE_SPECIES)) % 4 == 3  # species that play the new ones while the penalty is chosen
    everything, attributes = tl.menagerie.signatures((*SOURCE_SPECIES, *NEW)), tl.menagerie.signatures(SOURCE_SPECIES)
    kept = learned & ~held[labels]
    numbers = np.unique(labels[kept], return_inverse=True)[1]
    trial = (learned & held[labels]) | (~learned & ~held[labels])
    scores, truth = by_eszsl(features[kept], numbers, attributes[~held], attributes, features[trial], labels[trial])
    penalty = few_shot.best_penalty(scores, truth, ~held)
    for seed in SEEDS:
        new, of_new = drawings_of(folder, seed)
        test = np.concatenate([features[~learned], new])
        truth = np.concatenate([labels[~learned], of_new + len(SOURCE_SPECIES)])
        scores, _ = by_eszsl(features[learned], labels[learned], attributes, everything, test, truth)
        is_known = np.arange(len(everything)) < len(SOURCE_SPECIES)
        for name, some in (("as they are", scores), ("calibrated", few_shot.calibrated(scores, is_known, penalty))):
            measured = few_shot.harmonic_mean(some, truth, is_known)
            for part, value in zip(("known", "new", "harmonic mean"), measured, strict=True):
                noted(found, f"{name}, {part}", value)
    return {**found, "penalty": round(penalty, 4)}


def composed(folder: Path) -> dict:
    """Share of a species that is found among the 14 by its own description, and by one put together from others."""
    found = {}
    for seed in SEEDS:
        drawn, (test, labels) = data.beasts(folder, seed), drawings_of(folder, seed)
        for name, parts in COMPOSED.items():
            made = tl.menagerie.changed(*parts[:1], **parts[1])
            mixed, number = tl.menagerie.signatures(NEW), NEW.index(name)
            for told, kind in (("own", SPECIES[name]), ("composed", made), ("start", SPECIES[parts[0]])):
                mixed[number] = list(tl.menagerie.attributes_of(kind).values())
                scores, _ = by_eszsl(drawn["top"], drawn["labels"], drawn["attributes"], mixed, test, labels)
                noted(found, f"{name}, {told}", right(scores[labels == number], labels[labels == number]))
    return found


def towers(folder: Path) -> dict:
    """14 new species and cat or dog, learned from all beasts: by attributes, and by sentences."""
    found = {}
    new = data.said(folder, "new", [tl.menagerie.sentence(name) for name in NEW])
    for seed in SEEDS:
        drawn, (test, labels) = data.beasts(folder, seed), drawings_of(folder, seed)
        said = said_of_beasts(folder, seed)
        features, numbers, attributes = drawn["top"], drawn["labels"], drawn["attributes"].astype("float32")
        ways = {
            "attributes, ESZSL": by_eszsl(features, numbers, attributes, tl.menagerie.signatures(NEW), test, labels)[0]
        }
        ways["sentences, ESZSL"] = by_eszsl(features, numbers, said, new, test, labels)[0]
        for name, told, asked in (
            ("sentences, two towers", said, new),
            ("phrases, two towers", phrases_of(folder, kinds_of(seed)), phrases_of(folder, NEW)),
            ("attributes, two towers", attributes, tl.menagerie.signatures(NEW).astype("float32")),
        ):
            sides = few_shot.tower(features, seed=seed), few_shot.tower(told, seed=seed + 1)
            model = few_shot.two_towers(*sides)
            few_shot.contrast(model, features, numbers, told, np.arange(len(told)), seed=seed)
            ways[name] = few_shot.similarities(model, test, asked)
            mixed = np.random.default_rng(seed).permutation(len(NEW))
            noted(found, f"{name}, mixed up", right(ways[name][:, mixed], labels))
        for name, scores in ways.items():
            noted(found, f"{name}, 14 species", right(scores, labels))
            noted(found, f"{name}, cat or dog", right(scores[labels < 2][:, :2], labels[labels < 2]))
    first = "sentences, two towers"
    pairs = [("14 species", first, other, found[f"{first}, 14 species"], found[f"{other}, 14 species"])
             for other in ("attributes, ESZSL", "attributes, two towers", "phrases, two towers")]  # fmt: skip
    return {**found, "verdicts": verdicts(pairs)}


def texts(folder: Path) -> dict:
    """Test texts by the nearest description of each class: the bare name, and three sentences."""
    found = {}
    for name in ("questions", "film_reviews"):
        task = tl.tasks.by_name(name)
        vectors = few_shot.unit(data.said(folder, f"{name}_test", task.test.inputs))
        described = {"bare words": [[word] for word in task.class_names]}
        described["descriptions"] = [DESCRIPTIONS[name][word] for word in task.class_names]
        runs = []
        for way, said in described.items():
            of_class = np.repeat(np.arange(len(said)), [len(one) for one in said])
            support = few_shot.unit(data.said(folder, f"{name}_{way[:4]}", [text for one in said for text in one]))
            guesses = few_shot.nearest(support, of_class, vectors).argmax(axis=1)
            runs.append(Run(way, None, 0, guesses, 0.0))
        comparison = Comparison(name, task.test.labels, tuple(described), (None,), tuple(runs))
        found[name] = {row.method: round(row.mean, 4) for row in comparison.rows}
        found[name]["verdict"] = str(comparison.pair("descriptions", "bare words"))
        found[name]["inputs"] = len(vectors)
    return found


def kept(folder: Path) -> dict:
    """Write what the lesson learns from: features as bytes, see `packed`, and vectors of sentences."""
    known, drawn = data.seen(folder), data.beasts(folder, 0)
    arrays = {"seen": packed(known["top"]), "new": packed(drawings_of(folder, 0)[0]), "beasts": packed(drawn["top"])}
    arrays["beast_labels"] = drawn["labels"].astype("int16")
    names, vectors = every_phrase(folder)
    arrays |= {"phrase_names": np.array(names), "phrases": vectors.astype("float16")}
    questions = tl.tasks.questions().validation
    arrays["questions"] = data.said(folder, "questions_validation", questions.inputs).astype("float16")
    np.savez_compressed(KEPT, **arrays)
    return {name: list(array.shape) for name, array in arrays.items()} | {"bytes": KEPT.stat().st_size}


def said_of_beasts(folder: Path, seed: int) -> np.ndarray:
    """MiniLM's vector of what is said of each beast."""
    return data.said(folder, f"beasts_{seed}", [tl.menagerie.sentence(kind) for kind in kinds_of(seed)])


def kinds_of(seed: int) -> list:
    """The anatomies of all beasts of a seed."""
    return list(tl.menagerie.random_species(data.COUNTS[-1], seed).values())


def phrases_of(folder: Path, kinds: Sequence) -> np.ndarray:
    """For each, the mean of MiniLM's vectors of its phrases, each of length 1."""
    vectors = dict(zip(*every_phrase(folder), strict=True))
    return np.array(
        [np.mean([vectors[one] for one in tl.menagerie.phrases(kind)], axis=0) for kind in kinds], "float32"
    )


def every_phrase(folder: Path) -> tuple[list[str], np.ndarray]:
    """All phrases that describe an animal here, and their vectors."""
    every = sorted({phrase for kind in (*kinds_of(0), *NEW) for phrase in tl.menagerie.phrases(kind)})
    return every, few_shot.unit(data.said(folder, "phrases", every))


def noted(found: dict, name: str, value: float) -> None:
    """Append a number to the list of a name."""
    found.setdefault(name, []).append(round(float(value), 4))


def verdicts(pairs: list) -> list[str]:
    """A sentence for each pair (where, one, other, values, values): a paired t-test over the seeds, Holm for all."""
    corrected = holm([float(ttest_rel(first, second).pvalue) for *_, first, second in pairs])
    told = []
    for (where, one, other, first, second), p_value in zip(pairs, corrected, strict=True):
        points = 100 * np.mean(np.subtract(first, second))
        up = sum(np.greater(first, second))
        shown = "" if p_value < 0.05 else "no difference shown: "
        told.append(
            f"{where}: {shown}{one} minus {other} {points:+.1f} points, up in {up} of {len(first)}, p = {p_value:.2g}"
        )
    return told


PARTS: dict[str, Callable] = {
    part.__name__: part for part in (episodes, layers, zero, beasts, generalized, composed, towers, texts, kept)
}

if __name__ == "__main__":
    with tl.quietly():
        main()
