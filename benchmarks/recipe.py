"""The six steps against the loop of the official tutorials, on the same photos, layers, epochs and batch size.

    python benchmarks/recipe.py --photos path/to/cats_and_dogs            # needs the two real weight files
    python benchmarks/recipe.py --parts bundled --repeats 5
    python benchmarks/recipe.py --parts resnet50 epochs images --photos path/to/cats_and_dogs
    python benchmarks/recipe.py --tiny                                    # a smoke test on the bundled drawings

Four ways take turns, each in a process of its own:
  tutorial  tensorflow.org/tutorials/images/transfer_learning: augmentation layers inside the model, every epoch
            through the whole network; then the top is unfrozen and trained at 1e-5
  plain     the same without augmentation
  tlteach   tl.train, tl.unfreeze, tl.recompile, tl.train
  floor     what cannot be avoided: every photo decoded once, the frozen part run over it once for each stage, and
            Keras' fit of the trainable part on arrays in memory; compiled beforehand, and without any proof
"""

import argparse
import contextlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PARTS = ("mobilenet_025", "mobilenet_v2_035", "bundled", "resnet50", "epochs", "images")
STAGES = ("prepare", "frozen", "fine_tuned")
FROM_LAYER = 0.3  # the top of the base that is unfrozen, the same layers in every way


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, help="a folder with train/ and validation/, a folder per class in each")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tiny", action="store_true", help="few drawings, one epoch, one repeat; nothing is kept")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(json.loads(options.child))
        return
    if options.tiny:
        options.parts, options.repeats = ["bundled", "resnet50", "epochs", "images"], 1
    with tempfile.TemporaryDirectory(prefix="tlteach_recipe_") as folder:
        measure(options, Path(folder))


def measure(options: argparse.Namespace, folder: Path) -> None:
    """Run the parts that were asked for; print each table and write it down when it is ready."""
    shape = {"epochs": 1, "fine_tune_epochs": 1} if options.tiny else {"epochs": 10, "fine_tune_epochs": 5}
    photos = None if options.tiny or not options.photos else lay_out(options.photos, folder / "photos")
    drawings = lay_out("cats_vs_dogs", folder / "drawings", per_class=16 if options.tiny else None)
    chosen, size, source = (photos, 160, "mobilenet_025") if photos else (drawings, 96, "menagerie")
    results = (folder if options.tiny else RESULTS) / "recipe.json"

    def part(name: str, ways: tuple[str, ...], **spec) -> None:
        write(results, name, compare(name, ways, {**shape, **spec}, options.repeats))

    everything, two = ("tutorial", "plain", "tlteach", "floor"), ("plain", "tlteach")
    for name in ("mobilenet_025", "mobilenet_v2_035"):
        if name in options.parts and photos:
            part(name, everything, folder=str(photos), source=name, size=160)
    if "bundled" in options.parts:
        part("bundled", everything, folder=str(drawings), source="menagerie", size=96)
    if "resnet50" in options.parts:
        few = lay_out(options.photos or "cats_vs_dogs", folder / "few", per_class=4 if options.tiny else 200)
        spec = {"source": "resnet50", "size": 160, "random_weights": True, "fine_tune_epochs": 0}
        part("resnet50", two, folder=str(few), **spec)
    if "epochs" in options.parts:
        for epochs in (1, 2) if options.tiny else (10, 20, 50):
            spec = {"folder": str(chosen), "source": source, "size": size, "epochs": epochs, "fine_tune_epochs": 0}
            part(f"{epochs} epochs", two, **spec)
    if "images" in options.parts:
        for n in (16, 32) if options.tiny else (500, 1000, 2000, 4000, 8000):
            more = multiply(chosen, folder / f"images_{n}", n)
            part(f"{n} images", two, folder=str(more), source=source, size=size, fine_tune_epochs=0)
    plot(json.loads(results.read_text(encoding="utf-8")), results.with_suffix(".png"))


def write(path: Path, name: str, found: dict) -> None:
    """Put one part into the file, beside what other parts and other runs have found."""
    path.parent.mkdir(exist_ok=True)
    everything = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    command = " ".join(["python benchmarks/recipe.py", *(Path(word).name for word in sys.argv[1:])])
    everything[name] = {"command": command, "machine": machine(), **found}
    path.write_text(json.dumps(everything, indent=1) + "\n", encoding="utf-8")


def compare(title: str, ways: tuple[str, ...], spec: dict, repeats: int) -> dict:
    """Let the ways take turns, `repeats` times, and print medians and ratios."""
    runs = {way: [] for way in ways}
    for _ in range(repeats):
        for way in ways:
            runs[way].append(in_a_process({**spec, "way": way}))
    middle = {
        way: {key: statistics.median(run[key] for run in several) for key in several[0]}
        for way, several in runs.items()
    }
    for values in middle.values():
        values["training"] = values["frozen"] + values["fine_tuned"]
    show(title, spec, middle)
    return {"spec": {**spec, "folder": Path(spec["folder"]).name}, "repeats": repeats, "median": middle, "runs": runs}


def show(title: str, spec: dict, middle: dict) -> None:
    ours = middle["tlteach"]
    print(f"\n{title}: {spec['source']} at {spec['size']} px, {spec['epochs']} + {spec['fine_tune_epochs']} epochs")
    print(
        f"{'':<10}{'prepare':>9}{'frozen':>9}{'tuned':>9}{'training':>10}{'accuracy':>10}{'peak MB':>9}   ratio to ours"
    )
    for way, row in middle.items():
        ratio = f"frozen {row['frozen'] / ours['frozen']:.1f}x, training {row['training'] / ours['training']:.1f}x"
        seconds = "".join(f"{row[stage]:>8.1f}s" for stage in STAGES)
        print(f"{way:<10}{seconds}{row['training']:>9.1f}s{row['accuracy']:>10.3f}{row['peak']:>9.0f}   {ratio}")
    sys.stdout.flush()


def in_a_process(spec: dict) -> dict:
    command = [sys.executable, __file__, "--child", json.dumps(spec)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})
    if done.returncode:
        raise SystemExit(f"{spec['way']} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


# ---------------------------------------------------------------- one way, in a process of its own


def child(spec: dict) -> None:
    """Train in the way that `spec` names; the last line of the output is the measurement as JSON."""
    ways = {"tutorial": tutorial, "plain": plain, "tlteach": with_tlteach, "floor": floor}
    with contextlib.redirect_stdout(sys.stderr):
        import keras

        import tlteach as tl

        keras.utils.set_random_seed(0)
        model, seconds = ways[spec["way"]](spec)
        accuracy = tl.evaluate(model, tl.tasks.from_folder(spec["folder"]).test).accuracy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({**seconds, "accuracy": accuracy, "peak": peak}))


class Clock:
    """Seconds of each stage."""

    def __init__(self):
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.last = time.perf_counter()

    def told(self, stage: str) -> None:
        now = time.perf_counter()
        self.seconds[stage] += now - self.last
        self.last = now


def new_base(spec: dict):
    import tlteach as tl

    card = tl.sources.source_by_name(spec["source"])
    if not spec.get("random_weights"):
        return tl.base_model(card, spec["size"])
    base = tl.sources.build(card, spec["size"], weights=None)
    base.trainable = False
    return base


def tutorial(spec: dict):
    """The tutorial's loop, with its augmentation."""
    import keras

    return plain(spec, [keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.2)])


def plain(spec: dict, augmentation: tuple = ()):
    """The tutorial's loop, written with Keras alone but for the base, which is the very same."""
    import keras

    clock = Clock()
    read = {"image_size": (spec["size"],) * 2, "batch_size": 32}
    training, validation = (
        keras.utils.image_dataset_from_directory(f"{spec['folder']}/{part}", **read).prefetch(-1)
        for part in ("train", "validation")
    )
    base = new_base(spec)
    inputs = keras.Input((spec["size"], spec["size"], 3))
    x = inputs
    for layer in augmentation:
        x = layer(x)
    x = keras.layers.GlobalAveragePooling2D()(base(x, training=False))
    x = keras.layers.Dropout(0.2)(x)
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"])
    clock.told("prepare")
    model.fit(training, validation_data=validation, epochs=spec["epochs"], verbose=0)
    clock.told("frozen")
    if spec["fine_tune_epochs"]:
        import tlteach as tl

        tl.unfreeze(model, FROM_LAYER)
        model.compile(keras.optimizers.Adam(1e-5), loss, metrics=["accuracy"])
        model.fit(training, validation_data=validation, epochs=spec["fine_tune_epochs"], verbose=0)
    clock.told("fine_tuned")
    return model, clock.seconds


def with_tlteach(spec: dict):
    """The six steps."""
    import tlteach as tl

    clock = Clock()
    task = tl.tasks.from_folder(spec["folder"])
    model = tl.add_head(new_base(spec), task)
    clock.told("prepare")
    tl.train(model, task, spec["epochs"], verbose=0)
    clock.told("frozen")
    if spec["fine_tune_epochs"]:
        tl.recompile(tl.unfreeze(model, FROM_LAYER), 1e-5)
        tl.train(model, task, spec["fine_tune_epochs"], verbose=0)
    clock.told("fine_tuned")
    return model, clock.seconds


def floor(spec: dict):
    """Decode once, run the frozen part once for each stage, and take the steps; compiled beforehand."""
    import tlteach as tl

    clock = Clock()
    task = tl.tasks.from_folder(spec["folder"])
    model = tl.add_head(new_base(spec), task)
    clock.told("prepare")
    splits = task.train, task.validation
    data = [split.arrays(spec["size"]) for split in splits]
    clock.told("frozen")
    steps(model, data, spec["epochs"], clock, "frozen")
    if spec["fine_tune_epochs"]:
        tl.recompile(tl.unfreeze(model, FROM_LAYER), 1e-5)
        steps(model, data, spec["fine_tune_epochs"], clock, "fine_tuned")
    return model, clock.seconds


def steps(model, data: list, epochs: int, clock: Clock, stage: str) -> None:
    import keras
    import numpy as np

    from tlteach.engine import boundary
    from tlteach.engine.features import PASS_SIZE

    cut = boundary.split(model)
    some = cut.frozen.predict_on_batch(np.repeat(data[0][0][:1], PASS_SIZE, axis=0))
    cut.trainable.compile(
        keras.optimizers.Adam(float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))),
        model.loss,
        metrics=["accuracy"],
    )
    weights, few = model.get_weights(), (some, np.zeros(PASS_SIZE, "int32"))
    cut.trainable.fit(*few, batch_size=PASS_SIZE - 1, validation_data=few, verbose=0)
    model.set_weights(weights)
    clock.last = time.perf_counter()
    made = []
    for images, labels in data:
        parts = [cut.frozen.predict_on_batch(images[i : i + PASS_SIZE]) for i in range(0, len(images), PASS_SIZE)]
        made.append((np.concatenate(parts), labels))
    training, validation = made
    cut.trainable.fit(*training, epochs=epochs, validation_data=validation, verbose=0)
    clock.told(stage)


# ---------------------------------------------------------------- photos, machine, plot


def lay_out(source: Path | str, folder: Path, per_class: int | None = None) -> Path:
    """Link the photos of a task into train/, validation/ and test/, so that every way reads the same splits.

    With `per_class`, only so many of each class in train, and a third as many in the other two.
    """
    import tlteach as tl

    task = tl.tasks.by_name(str(source))
    for part in ("train", "validation", "test"):
        split = getattr(task, part)
        for label, name in enumerate(task.class_names):
            (folder / part / name).mkdir(parents=True)
            paths = [path for path, found in zip(split.inputs, split.labels, strict=True) if found == label]
            most = None if per_class is None else per_class if part == "train" else max(2, per_class // 3)
            for path in paths[:most]:
                (folder / part / name / path.name).symlink_to(path.resolve())
    return folder


def multiply(photos: Path, folder: Path, n: int) -> Path:
    """A task with `n` training photos: those of `photos`, and where they do not suffice, the same ones turned."""
    from PIL import Image

    for part in ("validation", "test"):
        (folder / part).mkdir(parents=True)
        for name in (photos / part).iterdir():
            (folder / part / name.name).symlink_to(name.resolve())
    classes = sorted((photos / "train").iterdir())
    for name in classes:
        paths, target = sorted(name.iterdir()), folder / "train" / name.name
        target.mkdir(parents=True)
        for i in range(n // len(classes)):
            path, turns = paths[i % len(paths)], i // len(paths)
            with Image.open(path) as photo:
                photo.rotate(90 * turns, expand=True).convert("RGB").save(target / f"{path.stem}_{turns}.jpg")
    return folder


def machine() -> dict:
    from tlteach.core.machine import versions

    return {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count(), "versions": versions()}


def plot(found: dict, path: Path) -> None:
    """Ratios over epochs and seconds over images, where they were measured."""
    import matplotlib.pyplot as plt

    def seconds(unit: str, way: str) -> dict[int, float]:
        parts = {int(name.split()[0]): part for name, part in found.items() if name.endswith(f" {unit}")}
        return {n: parts[n]["median"][way]["frozen"] for n in sorted(parts)}

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    plain, ours = seconds("epochs", "plain"), seconds("epochs", "tlteach")
    if plain:
        ratios = [plain[n] / ours[n] for n in plain]
        left.plot(list(plain), ratios, "o-", color="#0072B2")
        left.set(xlabel="epochs on the frozen base", ylabel="seconds of plain fit over ours", ylim=(0, None))
        left.set_title(f"{ratios[-1]:.0f} times faster at {max(plain)} epochs", fontsize="medium")
    plain, ours = seconds("images", "plain"), seconds("images", "tlteach")
    if plain:
        right.plot(list(plain), list(plain.values()), "s--", color="#D55E00", label="plain")
        right.plot(list(ours), list(ours.values()), "o-", color="#0072B2", label="tlteach")
        right.set(xlabel="training images, 10 epochs each", ylabel="seconds of the frozen stage", ylim=(0, None))
        last = max(plain)
        right.set_title(f"{last:,} images: {plain[last]:.0f} s and {ours[last]:.0f} s", fontsize="medium")
        right.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
