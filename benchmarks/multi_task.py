"""Many tasks at once, from one picture: what helps a task with few labels, and what harms it. For lesson 11.

    python benchmarks/multi_task.py                    # about ten minutes of one core
    python benchmarks/multi_task.py --only weights     # one of draw, partners, all labels, weights, sharing, cosines,
                                                       # mail; the others stay as they were
    python benchmarks/multi_task.py --folder runs      # what the frozen base makes of the pictures is kept there

draw        5,400 pictures of six species; what a middle layer of the bundled base makes of them: a file for the lesson
partners    six species with 60 labels, beside partners with 3,600
all labels  the same with 3,600 labels of the species
weights     a partner in pixels, and what clever weights make of it; fast uncertainty weights
sharing     tied trunks and cross-stitch in the place of one trunk
cosines     what the gradients say about partners before and during training
mail        the mails of two people, 10 labels a class of one beside all of the other

A seed draws which labels are there and where the network begins; pictures stay the same. Settings were chosen on the
validation pictures with other seeds. It is written to benchmarks/results/multi_task.json and, for the lesson, to
datasets/comparisons; the features to datasets/comparisons/multi_task.npz.
"""

import argparse
import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

import tlteach as tl
from tlteach import multi_task
from tlteach.core.files import cache_folder, write_json
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.methods.multi_task.camera import ONE, PLACE, SPLITS

HERE = Path(__file__).resolve().parent
COMPARISONS = HERE.parent / "datasets" / "comparisons"
FILES = (HERE / "results" / "multi_task.json", COMPARISONS / "multi_task.json")
SPECIES = ("cat", "dog", "fox", "wolf", "rabbit", "bear")
LAYER = "conv_pw_7_relu"
SEEDS, FEW = range(5), 60
HOW = {"epochs": 12, "batch_size": 128}
RELATED, UNRELATED = ("ears", "muzzle", "face_width"), ("background", "coat")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--folder", type=Path, default=cache_folder() / "multi_task", help="where features are kept")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found = json.loads(FILES[0].read_text(encoding="utf-8")) if FILES[0].is_file() else {}
    for part in options.only:
        found[part] = PARTS[part](options.folder)
        print(part, json.dumps(found[part], indent=1), flush=True)
        for file in FILES:
            write_json(file, {name: found[name] for name in PARTS if name in found})


# ---------------------------------------------------------------- pictures


def draw(folder: Path) -> dict:
    """Draw, encode, and write the bundled file: features as bytes, 128 for 1.0, and what is known of each animal."""
    features, animals = encoded(folder)
    columns = {name: np.array([getattr(animal, name) for animal in animals]) for name in
               ("species", "ears", "background", "coat", "muzzle", "face_width", "x", "y")}  # fmt: skip
    kept = {}
    for name, values in columns.items():
        if values.dtype.kind == "U":
            kept[f"{name}_names"], codes = np.unique(values, return_inverse=True)
            kept[name] = codes.astype("uint8")
        else:
            kept[name] = values.astype("float16")
    kept["features"] = np.clip(np.round(ONE * features), 0, 255).astype("uint8")
    np.savez_compressed(COMPARISONS / "multi_task.npz", **kept)
    return {"pictures": len(animals), "features": int(kept["features"].shape[1]), "layer": LAYER,
            "bytes": (COMPARISONS / "multi_task.npz").stat().st_size}  # fmt: skip


def encoded(folder: Path) -> tuple[np.ndarray, list]:
    """Features (n, channels), the mean over places of what the frozen base gives there; and the animals."""
    file, n = folder / "features.npz", SPLITS["test"].stop
    animals = [animal for start in range(0, n, 600) for animal in described(start)]
    if not file.is_file():
        task = tl.tasks.cats_vs_dogs()
        base = tl.base_model(tl.select_source(task))
        pooled = keras.layers.GlobalAveragePooling2D()(base.get_layer(LAYER).output)
        encoder = keras.Model(base.inputs[0], pooled)
        pieces = [encoder.predict(drawn(start), verbose=0) for start in range(0, n, 600)]
        np.savez(file, **{LAYER: np.concatenate(pieces)})
    with np.load(file) as kept:
        return kept[LAYER], animals


def drawn(start: int) -> np.ndarray:
    """600 pictures from number `start` on."""
    return tl.menagerie.sample(SPECIES, 600, 0, start=start)[0].astype("float32")


def described(start: int) -> list:
    """The animals on them."""
    from tlteach.image.menagerie.animals import describe_many

    return describe_many(SPECIES, 600, 0, start)


# ---------------------------------------------------------------- parts


def learned(seed: int, partners: tuple = (), way: Callable = multi_task.static, few: int | None = FEW, **settings):
    """A model of the species and its partners. Alone it takes as many steps as with them."""
    camera, apart = multi_task.smart_camera("train"), settings.pop("own_trunks", False)
    tasks = camera.keep("species", few, seed) if few else camera
    tasks, how = tasks.only("species", *partners), dict(HOW)
    if few and not partners:
        how["epochs"] *= len(camera.inputs) // how["batch_size"]
    build = multi_task.own_trunks if apart else multi_task.network
    extra = {"stitched": True} if apart == "stitched" else {}
    model = build(tasks, learning_rate=2e-3, seed=seed, **extra)
    return way(model, tasks, **settings, **how, seed=seed)


def compared(title: str, ways: dict[str, Callable], planned: tuple, test=None, task: str = "species") -> dict:
    """Accuracies of a task by way, one for each seed, and the verdicts on the planned pairs."""
    test = test or multi_task.smart_camera("test")
    runs, others = [], {}
    for name, way in ways.items():
        for seed in SEEDS:
            model = way(seed)
            predicted = multi_task.predicted(model, test.inputs, task).argmax(axis=1)
            runs.append(Run(name, None, seed, predicted, 0.0))
            for scored, score in test.judge(model).items():
                others.setdefault(name, {}).setdefault(scored, []).append(round(score, 4))
            if hasattr(model, "task_weights"):
                for weighed, weight in model.task_weights.items():
                    others[name].setdefault(f"weight of {weighed}", []).append(round(weight, 4))
            keras.utils.clear_session()
    comparison = Comparison(title, test.labels[task], tuple(ways), (None,), tuple(runs), planned=planned)
    return {
        "inputs": len(test.inputs),
        "scores": others,
        "verdicts": [f"{pair.verdict}" for pair in comparison.pairs],
    }


@cache
def alone(seed: int) -> keras.Model:
    """The species from 60 labels, and nothing else."""
    return learned(seed)


@cache
def related(seed: int) -> keras.Model:
    """The species from 60 labels, beside the related partners."""
    return learned(seed, RELATED)


def against(first: str, ways: dict) -> tuple:
    return tuple((name, first) for name in ways if name != first)


def partners(folder: Path) -> dict:
    """60 labels of the species: alone, beside tasks that look at the same parts, beside tasks that look elsewhere."""
    ways = {
        "alone": alone,
        "related": related,
        "unrelated": lambda seed: learned(seed, UNRELATED),
        "all five": lambda seed: learned(seed, RELATED + UNRELATED),
    }
    return compared("six species, 60 labels", ways, against("alone", ways))


def all_labels(folder: Path) -> dict:
    """The same three with every label of the species."""
    ways = {
        "alone": lambda seed: learned(seed, few=None),
        "related": lambda seed: learned(seed, RELATED, few=None),
        "unrelated": lambda seed: learned(seed, UNRELATED, few=None),
    }
    return compared("six species, 3,600 labels", ways, against("alone", ways))


def weights(folder: Path) -> dict:
    """The place of the animal as a partner, in pixels and standardised; clever weights; fast uncertainty weights."""
    pixels = tuple(f"{name}_in_pixels" for name in PLACE)
    ways = {
        "alone": alone,
        "in pixels": lambda seed: learned(seed, pixels),
        "standardised": lambda seed: learned(seed, PLACE),
        "in pixels, uncertainty": lambda seed: learned(seed, pixels, multi_task.uncertainty),
        "in pixels, GradNorm": lambda seed: learned(seed, pixels, multi_task.gradnorm),
        "in pixels, PCGrad": lambda seed: learned(seed, pixels, multi_task.pcgrad),
        "related": related,
        "related, fast uncertainty": lambda seed: learned(seed, RELATED, multi_task.uncertainty, speed=30.0),
        "related, GradNorm": lambda seed: learned(seed, RELATED, multi_task.gradnorm),
        "related, PCGrad": lambda seed: learned(seed, RELATED, multi_task.pcgrad),
    }
    planned = tuple(
        (name, "related" if name.startswith("related,") else "in pixels" if "," in name else "alone")
        for name in ways
        if name != "alone"
    )
    return compared("weights", ways, planned)


def sharing(folder: Path) -> dict:
    """Trunks of their own: not tied, tied, and stitched, with the related partners."""
    ways = {
        "alone": alone,
        "one trunk": related,
        "tied trunks": lambda seed: learned(seed, RELATED, multi_task.tied, own_trunks="tied"),
        "cross-stitch": lambda seed: learned(seed, RELATED, multi_task.cross_stitch, own_trunks="stitched"),
    }
    return compared("sharing", ways, against("alone", ways))


def cosines(folder: Path) -> dict:
    """Cosine of each partner's gradient with that of the species: means over the inputs, by epoch of training."""
    found: dict = {}
    names = RELATED + UNRELATED
    for seed in SEEDS:
        camera = multi_task.smart_camera("train")
        tasks = camera.keep("species", FEW, seed).only("species", *names)
        model = multi_task.network(tasks, learning_rate=2e-3, seed=seed)
        for after, epochs in ((0, 0), (1, 1), (5, 4)):  # training goes on
            if epochs:
                multi_task.static(model, tasks, epochs=epochs, batch_size=HOW["batch_size"], seed=seed)
            for name, cosine in zip(names, multi_task.cosines(model, tasks)[0, 1:], strict=True):
                found.setdefault(str(after), {}).setdefault(name, []).append(round(float(cosine), 4))
        keras.utils.clear_session()
    return found


def mail(folder: Path) -> dict:
    """Wei's filter from 20 of his mails, alone and beside all mails of Giulia as another task; and hers on his."""
    people = {person: tl.tasks.mail(person) for person in ("giulia", "wei")}
    file = folder / "mail.npz"
    if not file.is_file():
        from tlteach.engine.evaluation import outputs

        base = tl.base_model(tl.select_source(people["giulia"]))
        arrays = {}
        for person, task in people.items():
            for part in ("train", "validation", "test"):
                split = getattr(task, part)
                arrays[f"{person}_{part}"] = outputs(base, split).astype("float32")
                arrays[f"{person}_{part}_labels"] = split.labels
        np.savez(file, **arrays)
    with np.load(file) as kept:
        kept = {name: kept[name] for name in kept}
    known = {person: [np.concatenate([kept[f"{person}_{part}{end}"] for part in ("train", "validation")])
                      for end in ("", "_labels")] for person in people}  # fmt: skip
    (hers, of_giulia), (his, of_wei) = known.values()
    inputs = np.concatenate([hers, his])
    labels = {"Wei": np.concatenate([np.full(len(hers), -1), of_wei]),
              "Giulia": np.concatenate([of_giulia, np.full(len(his), -1)])}  # fmt: skip
    both = multi_task.Tasks(inputs, labels)
    test = multi_task.Tasks(kept["wei_test"], {"Wei": kept["wei_test_labels"]})

    def filters(seed: int, beside: bool):
        tasks = both.keep("Wei", 20, seed).only("Wei", *["Giulia"] * beside)
        epochs = HOW["epochs"] * (1 if beside else max(1, len(hers) // HOW["batch_size"]))
        model = multi_task.network(tasks, learning_rate=2e-3, seed=seed)
        return multi_task.static(model, tasks, epochs=epochs, batch_size=HOW["batch_size"], seed=seed)

    ways = {"alone": lambda seed: filters(seed, False), "beside Giulia": lambda seed: filters(seed, True)}
    found = compared("Wei's mail", ways, (("beside Giulia", "alone"),), test, "Wei")
    found["scores"]["Giulia's filter"] = {"Wei": [of_other(hers, of_giulia, test, seed) for seed in SEEDS]}
    return found


def of_other(inputs: np.ndarray, labels: np.ndarray, test: multi_task.Tasks, seed: int) -> float:
    """The accuracy on Wei's mail of a filter that learned from Giulia's."""
    tasks = multi_task.Tasks(inputs, {"Wei": labels})  # her rule, under his name
    model = multi_task.static(multi_task.network(tasks, learning_rate=2e-3, seed=seed), tasks, **HOW, seed=seed)
    return round(test.judge(model)["Wei"], 4)


PARTS: dict[str, Callable] = {
    "draw": draw,
    "partners": partners,
    "all labels": all_labels,
    "weights": weights,
    "sharing": sharing,
    "cosines": cosines,
    "mail": mail,
}

if __name__ == "__main__":
    with tl.quietly():
        main()
