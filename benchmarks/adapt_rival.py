"""Our methods of domain adaptation beside those of ADAPT 0.4.5, on the same inputs, networks and epochs.

    python benchmarks/adapt_rival.py --adapt ENVIRONMENT/bin/python    # an environment with adapt==0.4.5 in it
    python benchmarks/adapt_rival.py                                   # ours alone

Moons turned by 30 degrees and digits turned by 25, five seeds; a network of two hidden layers of 64, Adam at 3e-3, 100
epochs of batches of 64. Each method has the settings that its library gives it; accuracy on the target is that of
predict().argmax, seconds are of the processor, with what TensorFlow needs to compile. Covariate shift: the mean squared
error of a straight line on the target.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

RESULTS = Path(__file__).parent / "results" / "adapt_rival.json"
TASKS, SEEDS, EPOCHS, BATCH_SIZE, RATE = ("moons", "digits"), 5, 100, 64, 3e-3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--adapt", help="the Python of an environment with adapt==0.4.5")
    parser.add_argument("--inputs", type=Path, help=argparse.SUPPRESS)  # how this file calls itself over there
    options = parser.parse_args()
    if options.inputs:
        print(json.dumps(theirs(options.inputs)))
        return
    with tempfile.TemporaryDirectory() as folder:
        found = {"ours": ours(Path(folder))}
        if options.adapt:
            command = [options.adapt, __file__, "--inputs", folder]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            found["theirs"] = json.loads(done.stdout.splitlines()[-1])
    told(found)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def network(keras, shape, classes, seed):
    """What both libraries train."""
    keras.utils.set_random_seed(seed)
    hidden = [keras.layers.Dense(64, activation="relu") for _ in range(2)]
    return keras.Sequential([keras.Input(shape), *hidden, keras.layers.Dense(classes, activation="softmax")])


def ours(folder: Path) -> dict:
    """Accuracy and seconds of each method, task and seed; the inputs are left in `folder`."""
    import keras

    import tlteach as tl

    found = {}
    for task in TASKS:
        for seed in range(SEEDS):
            domains = getattr(tl.adapt, task)(seed=seed)
            arrays = (*domains.source, domains.target, *domains.test)
            np.savez(
                folder / f"{task}-{seed}.npz", **dict(zip(("x", "y", "target", "test", "truth"), arrays, strict=True))
            )
            for name in ("source only", "MMD", "DANN", "CORAL", "Deep CORAL", "ADDA", "KMM", "KLIEP"):
                model = network(keras, domains.target.shape[1:], domains.n_classes, seed)
                model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy")
                started = time.process_time()
                model = tl.adapt.METHODS[name](model, domains, epochs=EPOCHS, batch_size=BATCH_SIZE, seed=seed)
                seconds = time.process_time() - started
                right = model.predict(domains.test[0], verbose=0).argmax(axis=1) == domains.test[1]
                found.setdefault(f"{task}: {name}", []).append([float(right.mean()), seconds])
                keras.utils.clear_session()
    for seed in range(SEEDS):
        domains = tl.adapt.covariate_shift(seed=seed)
        arrays = (*domains.source, domains.target, *domains.test)
        np.savez(folder / f"line-{seed}.npz", **dict(zip(("x", "y", "target", "test", "truth"), arrays, strict=True)))
        for name, ratio in {"source only": None, "KMM": tl.adapt.kmm, "KLIEP": tl.adapt.kliep}.items():
            started = time.process_time()
            weights = ratio(domains.source[0], domains.target) if ratio else None
            seconds = time.process_time() - started
            found.setdefault(f"covariate shift: {name}", []).append([line(*arrays, weights), seconds])
    return found


def line(x, y, target, test, truth, weights) -> float:
    """The mean squared error on the target of the straight line that fits the weighted source best."""
    slope = np.polyfit(x[:, 0], y, 1, w=None if weights is None else np.sqrt(weights))
    return float(np.mean((np.polyval(slope, test[:, 0]) - truth) ** 2))


def theirs(folder: Path) -> dict:
    """The same by ADAPT."""
    import keras
    from adapt.feature_based import ADDA, CORAL, DANN, DeepCORAL
    from adapt.instance_based import KLIEP, KMM

    def learn(name, arrays, seed):
        shape, classes = arrays["x"].shape[1:], int(arrays["y"].max()) + 1
        whole = network(keras, shape, classes, seed)
        compiled = {"loss": "categorical_crossentropy", "optimizer": keras.optimizers.Adam(RATE)}
        x, target = (arrays[key].astype("float64") for key in ("x", "target"))  # its quadratic programme wants these
        y = np.eye(classes)[arrays["y"]]
        training = {"epochs": EPOCHS, "batch_size": BATCH_SIZE, "verbose": 0}
        if name in ("CORAL", "KMM", "KLIEP"):
            whole.compile(**compiled)
            model = {"CORAL": CORAL, "KMM": KMM, "KLIEP": KLIEP}[name](whole, Xt=target, verbose=0)
            return model.fit(x, y, **training)
        encoder = keras.Sequential([keras.Input(shape), *whole.layers[:-1]])
        task = keras.Sequential([keras.Input(encoder.output_shape[1:]), whole.layers[-1]])
        critic = keras.Sequential(
            [keras.Input(encoder.output_shape[1:]), keras.layers.Dense(32, "relu"), keras.layers.Dense(1, "sigmoid")]
        )
        critics = {} if name == "Deep CORAL" else {"discriminator": critic}
        method = {"DANN": DANN, "Deep CORAL": DeepCORAL, "ADDA": ADDA}[name]
        model = method(encoder, task, **critics, Xt=target, verbose=0, random_state=seed, **compiled)
        return model.fit(x, y, **training)

    found = {}
    for task in TASKS:
        for seed in range(SEEDS):
            arrays = dict(np.load(folder / f"{task}-{seed}.npz"))
            for name in ("DANN", "CORAL", "Deep CORAL", "ADDA", "KMM", "KLIEP"):
                started = time.process_time()
                try:
                    model = learn(name, arrays, seed)
                    seconds = time.process_time() - started
                    accuracy = float((np.argmax(model.predict(arrays["test"]), axis=1) == arrays["truth"]).mean())
                except Exception as error:
                    print(f"{task}, {name}, seed {seed}: {error!r}"[:500], file=sys.stderr)
                    accuracy, seconds = None, None
                found.setdefault(f"{task}: {name}", []).append([accuracy, seconds])
                keras.utils.clear_session()
    for seed in range(SEEDS):
        arrays = dict(np.load(folder / f"line-{seed}.npz"))
        for name, method in {"KMM": KMM, "KLIEP": KLIEP}.items():
            started = time.process_time()
            x, target = (arrays[key].astype("float64") for key in ("x", "target"))
            weights = method(Xt=target, verbose=0).fit_weights(x, target)
            seconds = time.process_time() - started
            error = line(*(arrays[key] for key in ("x", "y", "target", "test", "truth")), np.maximum(weights, 0))
            found.setdefault(f"covariate shift: {name}", []).append([error, seconds])
    return found


def told(found: dict) -> None:
    """Print both beside each other: mean and standard deviation over the seeds, and seconds."""
    for name, runs in found["ours"].items():
        others = [run for run in found.get("theirs", {}).get(name, []) if run[0] is not None]
        sides = [side for side in (runs, others) if side]
        cells = [
            f"{np.mean([value for value, _ in side]):.3f} ± {np.std([value for value, _ in side]):.3f} "
            f"{np.mean([seconds for _, seconds in side]):6.2f} s"
            for side in sides
        ]
        print(f"{name:<26}", *cells, sep="   ")


if __name__ == "__main__":
    main()
