"""What a random cut hides, and what transfer brings, on the three drawn ideas for a project.

    python benchmarks/project.py                      # an idea took 14 minutes on two slow and busy cores
    python benchmarks/project.py --only cells         # one of cells, signals, game; the others stay as they were

cuts      a linear head on a frozen base, four parts of which each is the test once: cut at random, and by group; five
          ways to cut. The bundled base, and one that learned from photos, where its weights are at hand
compared  scratch, frozen and fine-tuned with the bundled base, five seeds, on the test split of a cut by group

Written to benchmarks/results/project.json; the comparison of the cells also to datasets/comparisons, for lesson 19.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_score

import tlteach as tl
from tlteach.core.files import cache_folder, write_json
from tlteach.course.ideas import IDEAS

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "project.json"
OF_THE_LESSON = HERE.parent / "datasets" / "comparisons" / "project_cells.json"
SOURCE, PHOTOS = "menagerie", "mobilenet_v2_035"
SEEDS, PARTS = 5, 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=IDEAS, default=list(IDEAS), help="default: all three")
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help="default: %(default)s")
    parser.add_argument(
        "--folder", type=Path, default=cache_folder() / "project", help="for the runs that are finished"
    )
    parser.add_argument("--out", type=Path, default=RESULTS, metavar="FILE", help="default: %(default)s")
    options = parser.parse_args()
    found = json.loads(options.out.read_text("utf-8")) if options.out.is_file() else {}
    for name in options.only:
        with tempfile.TemporaryDirectory() as folder:
            IDEAS[name].write(Path(folder))
            task = tl.tasks.from_folder(folder, group=IDEAS[name].group)
            compared = tl.compare.compare(
                {"scratch": "scratch", "frozen": frozen, "fine_tuned": fine_tuned},
                task,
                seeds=options.seeds,
                folder=options.folder / name,
            )
            found[name] = {"cuts": cuts(task), "compared": compared.to_dict()}
        write_json(options.out, found)
        if name == "cells" and options.out == RESULTS:
            compared.save(OF_THE_LESSON)
        print(told(name, found[name]), compared, sep="\n", flush=True)


def frozen(task: tl.tasks.Task, seed: int):
    """Steps 1 to 4."""
    model = tl.add_head(tl.base_model(tl.select_source(task, SOURCE)), task, learning_rate=1e-2)
    tl.train(model, task, epochs=15, seed=seed, verbose=0)
    return model


def fine_tuned(task: tl.tasks.Task, seed: int):
    """All six steps."""
    model = frozen(task, seed)
    tl.recompile(tl.unfreeze(model, from_layer=0.6), learning_rate=1e-4)
    tl.train(model, task, epochs=5, seed=seed, verbose=0)
    return model


def cuts(task: tl.tasks.Task) -> dict:
    """How many inputs and groups there are, a baseline, and what a linear head reaches on each source."""
    whole = task.train.joined(task.validation, task.test)
    found = {
        "inputs": len(whole),
        "groups": len(set(whole.groups)),
        "most frequent class": max(whole.class_counts) / len(whole),
    }
    for source in (SOURCE, PHOTOS):
        try:
            with tl.quietly():
                model = tl.add_head(tl.base_model(tl.select_source(task, source)), task)
        except tl.FetchError as error:
            print(f"{source} is left out: {error}")
            continue
        found[source] = accuracies(tl.features(model, whole), whole)
    return found


def accuracies(features: np.ndarray, whole: tl.tasks.Split) -> dict[str, list[float]]:
    """The mean over the parts, for each seed of each kind of cut."""
    head, found = LogisticRegression(max_iter=3000), {}
    for cut, kind, groups in (("at random", StratifiedKFold, None), ("by group", StratifiedGroupKFold, whole.groups)):
        ways = [kind(PARTS, shuffle=True, random_state=seed) for seed in range(SEEDS)]
        found[cut] = [cross_val_score(head, features, whole.labels, groups=groups, cv=way).mean() for way in ways]
    return found


def told(name: str, found: dict) -> str:
    """What was found of an idea, in a few lines."""
    cut, group = found["cuts"], IDEAS[name].group
    lines = [
        f"\n{name}: {cut['inputs']} pictures of {cut['groups']} {group}s; always the same class "
        f"{cut['most frequent class']:.3f}"
    ]
    for source in (SOURCE, PHOTOS):
        if source in cut:
            random, grouped = (np.mean(cut[source][which]) for which in ("at random", "by group"))
            lines.append(f"a linear head on {source}: cut at random {random:.3f}, by {group} {grouped:.3f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
