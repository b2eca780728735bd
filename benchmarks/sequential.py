"""One task after the other: what a stage between helps, and what is forgotten on the way. For lesson 14.

    python benchmarks/sequential.py                       # about ten minutes of one core, without texts
    python benchmarks/sequential.py --only lights         # one or more of the parts below; the others stay
    python benchmarks/sequential.py --real FOLDER         # with texts: FOLDER/multi_domain_sentiment, FOLDER/sms_spam

stages      the base, perhaps a stage between, then cat or dog in sketches: 24 other species as sketches, or by day
lights      24 species by day, then the same question in sketches: how much of the first is left, method by method
questions   which of 24 species, then which coat, two heads on one trunk, same pictures: the same
lesson      the features that the lesson runs on
texts       MiniLM, perhaps a head for books or SMS between, then film reviews, on sentence vectors

A seed draws which labels there are and where new weights begin; drawings and test inputs stay the same. Settings were
chosen on seeds 100 and 101. What the base makes of the drawings is kept in a folder. It is written to
benchmarks/results/sequential.json and, for the lesson, to datasets/comparisons/sequential.json; what the lesson runs
on goes to datasets/comparisons/sequential_features.npz.
"""

import argparse
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from text_tasks import sms_spam, without_copies

import tlteach as tl
from tlteach import continual
from tlteach.core.files import cache_folder, write_json
from tlteach.core.task import Task
from tlteach.engine.arrays import answers, fit_anew
from tlteach.engine.evaluation import outputs
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.image import menagerie

HERE = Path(__file__).resolve().parent
COMPARISONS = HERE.parent / "datasets" / "comparisons"
FILES = (HERE / "results" / "sequential.json", COMPARISONS / "sequential.json")
SEEDS = range(5)
CUT = "conv_pw_6_relu"  # the boundary of stages: what comes after it learns in the stage between
LABELS = (20, 40, 100)
DRAWN = 14  # seed of the drawings
SPECIES, PETS = menagerie.SOURCE_SPECIES, menagerie.TARGET_SPECIES
SHEETS = {  # species, pictures, style
    "species by day": (SPECIES, 1200, "daylight"),
    "species as sketches": (SPECIES, 864, "sketch"),
    "pets as sketches": (PETS, 800, "sketch"),
}
STAGE, POOL = 864, 200  # pictures of a stage between, and pets that labels are drawn from; the others judge
SHIFTED = 600  # sketches of species that the question is learned from again; the others judge
WAYS = {  # with the settings that the functions have, chosen on seed 100
    "naive": continual.naive,
    "L2-SP": continual.l2_sp,
    "EWC": continual.ewc,
    "LwF": continual.lwf,
    **{f"replay of {kept}": partial(continual.replay, kept=kept) for kept in (30, 100, 600)},
}
RATE = 3e-3  # of what is learned second
FILMS, FILM_LABELS = 400, (20, 40, 100, 200)  # film reviews that judge, and labels of others
BETWEEN = 600  # texts of the stage between


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS)
    parser.add_argument("--folder", type=Path, default=cache_folder() / "sequential", help="where features are kept")
    parser.add_argument("--real", type=Path, help="the folder of real data sets, for the texts")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only or [part for part in PARTS if part != "texts" or options.real]:
        found[part] = PARTS[part](options.folder, options.real) if part == "texts" else PARTS[part](options.folder)
        print(part, json.dumps(found[part], indent=1), sep="\n", flush=True)
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


# ---------------------------------------------------------------- three stages


def stages(folder: Path) -> dict:
    """Accuracy on pets as sketches, by labels and by what the base learned before; the last stage is a linear head.

    In the stage between, the blocks after CUT learn which of 24 species it is; what is below ran once.
    """
    pets, labels = maps("pets as sketches", folder), np.arange(800) % 2
    base = base_network()
    weights, trunk = base.get_weights(), keras.Model(base.get_layer(CUT).output, pooled(base))
    runs, of_lesson = [], {}
    for seed in SEEDS:
        for way in ("direct", "species as sketches", "species by day"):
            base.set_weights(weights)
            if way != "direct":
                learn_species(trunk, maps(way, folder)[:STAGE], seed)
            features = answers(trunk, pets)
            if seed == 0:
                of_lesson[way] = features[:600]
            for n in LABELS:
                few = draw(labels[:POOL], n, seed)
                predicted = linear(features[few], labels[few]).predict(features[POOL:])
                runs.append(Run(way, n, seed, predicted, 0.0))
    np.savez_compressed(COMPARISONS / "sequential_stages.npz", **in_bytes(of_lesson))
    methods = ("direct", "species as sketches", "species by day")
    planned = tuple((way, "direct") for way in methods[1:])
    return table(Comparison("pets as sketches", labels[POOL:], methods, LABELS, tuple(runs), planned=planned))


def base_network() -> keras.Model:
    """The bundled base; what comes after CUT learns, batch normalization apart."""
    base = tl.base_model(tl.sources.source_by_name("menagerie"))
    after = False
    for layer in base.layers:
        layer.trainable = after and not isinstance(layer, keras.layers.BatchNormalization)
        after |= layer.name == CUT
    return base


def pooled(base: keras.Model):
    return keras.layers.GlobalAveragePooling2D()(base.output)


def learn_species(trunk: keras.Model, inputs: np.ndarray, seed: int) -> None:
    keras.utils.set_random_seed(seed)
    head = keras.layers.Dense(len(SPECIES), activation="softmax")
    model = keras.Model(trunk.input, head(trunk.output))
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    fit_anew(model, (inputs, np.arange(len(inputs)) % len(SPECIES)), epochs=10, batch_size=32, seed=seed)


def linear(features: np.ndarray, labels: np.ndarray):
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000)).fit(features, labels)


def draw(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Rows of `n` inputs, as many of each of two classes; a larger draw begins with the smaller."""
    order = np.random.default_rng(seed).permutation(len(labels))
    return np.concatenate([order[labels[order] == label][: n // 2] for label in (0, 1)])


# ---------------------------------------------------------------- forgetting


def lights(folder: Path) -> dict:
    """Species by day, then in sketches: accuracies on both, and after the first task alone."""
    day, sketches = features("species by day", folder), features("species as sketches", folder)
    species = np.arange(1200) % len(SPECIES)
    past = (day[:STAGE], species[:STAGE]), (day[STAGE:], species[STAGE:])
    n = len(sketches)
    present = (sketches[:SHIFTED], species[:SHIFTED]), (sketches[SHIFTED:], species[SHIFTED:n])
    return forgotten(past, present, "species")


def questions(folder: Path) -> dict:
    """Which species, then which coat, of the same pictures."""
    day, species = features("species by day", folder), np.arange(1200) % len(SPECIES)
    _, coats = np.unique([animal.coat for animal in animals("species by day")], return_inverse=True)
    past = (day[:STAGE], species[:STAGE]), (day[STAGE:], species[STAGE:])
    return forgotten(past, ((day[:STAGE], coats[:STAGE]), (day[STAGE:], coats[STAGE:])), "coats")


def forgotten(past: tuple, present: tuple, question: str) -> dict:
    """Learn `past` and then `present`, each (train, test), in every way: what is left of the first, and the second."""
    (learned, judged), (train, test) = past, present
    before, runs, second = [], [], {name: [] for name in WAYS}
    for seed in SEEDS:
        old = continual.network(learned[0].shape[1], len(SPECIES), seed=seed)
        fit_anew(old, learned, epochs=30, batch_size=32, seed=seed)
        weights = old.get_weights()
        before.append(right(old, judged))
        for name, way in WAYS.items():
            old.set_weights(weights)
            new = old if question == "species" else continual.new_head(old, int(train[1].max()) + 1, seed=seed)
            new.optimizer.learning_rate = RATE
            way(old, new, learned, train, epochs=20, seed=seed)
            runs.append(Run(name, None, seed, answers(old, judged[0]).argmax(axis=1), 0.0))
            second[name].append(right(new, test))
        keras.backend.clear_session()
    first, *others = WAYS
    planned = tuple((name, first) for name in others)
    comparison = Comparison("first task", judged[1], tuple(WAYS), (None,), tuple(runs), planned=planned)
    return {"before": before, "second": second, **table(comparison)}


def right(model: keras.Model, task: tuple) -> float:
    return round(float(np.mean(answers(model, task[0]).argmax(axis=1) == task[1])), 4)


# ---------------------------------------------------------------- texts


def texts(folder: Path, real: Path) -> dict:
    """Film reviews on MiniLM's sentence vectors: a small trunk begins anew, or as books or SMS left it.

    What moves through the stages is that trunk: MiniLM itself stands still. "old head" has no label of a film.
    """
    film, of_books, of_sms = (kept(f"vectors_{name}", folder, partial(encoded, name, real)) for name in TEXTS)
    (vectors, labels), runs, old_head = film, [], []
    for seed in SEEDS:
        order = np.random.default_rng(10**6).permutation(len(labels))
        test, pool = order[:FILMS], order[FILMS:]
        for way, between in (("direct", None), ("via books", of_books), ("via SMS", of_sms)):
            old = continual.network(vectors.shape[1], 2, seed=seed)
            if between:
                fit_anew(old, tuple(between), epochs=10, batch_size=32, seed=seed)
            if way == "via books":
                old_head.append(right(old, (vectors[test], labels[test])))
            weights = old.get_weights()
            for n in FILM_LABELS:
                old.set_weights(weights)
                new = continual.new_head(old, 2, seed=seed)
                few = pool[draw(labels[pool], n, seed)]
                fit_anew(new, (vectors[few], labels[few]), epochs=40, batch_size=10, seed=seed)
                runs.append(Run(way, n, seed, answers(new, vectors[test]).argmax(axis=1), 0.0))
            keras.backend.clear_session()
    planned = (("via books", "direct"), ("via SMS", "direct"))
    methods = ("direct", "via books", "via SMS")
    comparison = Comparison("film reviews", labels[test], methods, FILM_LABELS, tuple(runs), planned=planned)
    return {"old head": old_head, **table(comparison)}


def encoded(name: str, real: Path) -> list[np.ndarray]:
    """Sentence vectors of the texts of a task, scaled to numbers of about 1, and labels."""
    task = TEXTS[name](real)
    whole = task.train.joined(task.validation, task.test)
    vectors = outputs(tl.base_model(tl.select_source(task, "minilm")), whole).astype("float32")
    return [vectors / vectors.std(), whole.labels]


def some(texts: list[str], labels: list[int], class_names: tuple[str, str]) -> Task:
    """BETWEEN of the texts, drawn at random, of which the first 300 characters are read."""
    rows = np.random.default_rng(0).permutation(len(texts))[:BETWEEN]
    return tl.tasks.from_texts([texts[row][:300] for row in rows], np.asarray(labels)[rows], class_names)


def books(real: Path) -> Task:
    task = tl.tasks.from_csv(real / "multi_domain_sentiment" / "books.tsv", text="text", label="label")
    whole = task.train.joined(task.validation, task.test)
    return some(list(whole.inputs), whole.labels, ("negative", "positive"))


TEXTS = {
    "film": lambda real: tl.tasks.film_reviews(),
    "books": books,
    "sms": lambda real: some(*without_copies(*sms_spam(real)), ("ham", "spam")),
}


# ---------------------------------------------------------------- what is drawn and kept


def kept(name: str, folder: Path, make: Callable) -> list[np.ndarray]:
    """What `make()` gives, a list of arrays, from a file or anew."""
    path = folder / f"{name}.npz"
    if not path.is_file():
        np.savez(path, *make())
    with np.load(path) as arrays:
        return [arrays[key] for key in arrays]


def animals(sheet: str) -> list:
    species, n, _ = SHEETS[sheet]
    return menagerie.animals.describe_many(species, n, DRAWN)


def drawn(sheet: str) -> list[np.ndarray]:
    """Maps of all pictures at the boundary of stages, and means of an early layer and of the last one."""
    species, n, style = SHEETS[sheet]
    images, _ = menagerie.sample(species, n, DRAWN, style)
    base = base_network()
    layers = [base.get_layer(name).output for name in (CUT, "conv_pw_5_relu", "conv_pw_13_relu")]
    network = keras.Model(base.input, layers)
    found = [
        [keras.ops.convert_to_numpy(output) for output in network(images[start : start + 100].astype("float32"))]
        for start in range(0, n, 100)
    ]
    at_cut, early, last = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    means = np.concatenate([early.mean(axis=(1, 2)), last.mean(axis=(1, 2))], axis=1)
    return [at_cut.astype("float16"), means]


def maps(sheet: str, folder: Path) -> np.ndarray:
    return kept(sheet.replace(" ", "_"), folder, partial(drawn, sheet))[0].astype("float32")


def features(sheet: str, folder: Path) -> np.ndarray:
    """The means, standardised by those of the species by day, in steps of 1/25 as the lesson has them."""
    of_day = kept("species_by_day", folder, partial(drawn, "species by day"))[1]
    means = kept(sheet.replace(" ", "_"), folder, partial(drawn, sheet))[1]
    standard = (means - of_day.mean(axis=0)) / (of_day.std(axis=0) + 0.01)
    return np.clip(np.round(25 * standard), -127, 127).astype("int8").astype("float32") / 25


def lesson(folder: Path) -> dict:
    """What the lesson runs on: the features of lights and questions, and the coats."""
    names, coats = np.unique([animal.coat for animal in animals("species by day")], return_inverse=True)
    sheets = {"day": "species by day", "sketch": "species as sketches"}
    arrays = {name: np.round(25 * features(sheet, folder)).astype("int8") for name, sheet in sheets.items()}
    np.savez_compressed(COMPARISONS / "sequential_features.npz", coats=coats.astype("uint8"), names=names, **arrays)
    return {"inputs": {name: len(array) for name, array in arrays.items()}}


def in_bytes(features: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Features from 0 on in steps of a 255th of the largest of each way: bytes, and the steps."""
    steps = {name: array.max() / 255 for name, array in features.items()}
    found = {name: np.round(array / steps[name]).astype("uint8") for name, array in features.items()}
    return found | {f"{name}, step": step for name, step in steps.items()}


def table(comparison: Comparison) -> dict:
    """Accuracies by method and budget of labels, a value a seed; and the verdicts."""
    rows = {}
    for row in comparison.rows:
        place = rows if row.labels_per_class is None else rows.setdefault(str(row.labels_per_class), {})
        place[row.method] = [round(value, 4) for value in row.accuracies]
    found = {"inputs": len(comparison.labels), "accuracies": rows}
    pairs = [
        {"labels": pair.labels_per_class, "verdict": pair.verdict, "p": round(pair.p_value, 5)}
        for pair in comparison.pairs
    ]
    return {**found, "verdicts": pairs}


PARTS: dict[str, Callable] = {
    "stages": stages,
    "lights": lights,
    "questions": questions,
    "lesson": lesson,
    "texts": texts,
}

if __name__ == "__main__":
    with tl.quietly():
        main()
