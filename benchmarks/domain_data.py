"""The pairs of domains that benchmarks/domains.py compares methods on, drawn by seed."""

import gzip
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np

import tlteach as tl

STYLES = ("night", "sketch", "fog")
AMAZON = ("books", "dvd", "electronics", "kitchen")
PAIRS = (
    *("moons", "digits rotated", "digits noisy", "digits inverted", *(f"daylight to {style}" for style in STYLES)),
    *("mail Giulia to Wei", "MNIST to USPS", "USPS to MNIST", "MNIST to MNIST-M", "drawings to photos"),
    *(f"{one} to {other}" for one, other in itertools.permutations(AMAZON, 2)),
)
Labelled = tuple[np.ndarray, np.ndarray]
N_SOURCE, N_TARGET, N_VALIDATION = 500, 500, 150


def pairs_of(real: Path | None, folder: Path) -> dict[str, Callable]:
    """Functions of a seed, by the name of the pair: each gives Domains, and the labels of the target to cheat with."""
    found = {"moons": _moons}
    found |= {
        f"digits {change}": lambda seed, change=change: _digits(change, seed)
        for change in ("rotated", "noisy", "inverted")
    }
    found |= {f"daylight to {style}": lambda seed, style=style: _style(style, seed, folder) for style in STYLES}
    found |= {"mail Giulia to Wei": lambda seed: _mail(seed, folder)}
    if real:
        for source, target in (("MNIST", "USPS"), ("USPS", "MNIST"), ("MNIST", "MNIST-M")):
            found[f"{source} to {target}"] = lambda seed, pair=(source, target): _real_digits(*pair, seed, real)
        found["drawings to photos"] = lambda seed: _photos(seed, real, folder)
        for pair in itertools.permutations(AMAZON, 2):
            found[" to ".join(pair)] = lambda seed, pair=pair: _amazon(*pair, seed, real, folder)
    return found


def drawn(source: Labelled, target: Labelled, seed: int, name: str, n_test: int = 500) -> tuple:
    """Domains of some rows of both: the last rows of the target are the test, of the others `seed` draws."""
    random = np.random.default_rng(seed)
    fixed = np.random.default_rng(10**6).permutation(len(target[1]))
    test, pool = fixed[:n_test], random.permutation(fixed[n_test:])[:N_TARGET]
    rows = random.permutation(len(source[1]))[: N_SOURCE + N_VALIDATION]
    n = len(rows) - N_VALIDATION
    parts = [
        (inputs[some].astype("float32"), labels[some])
        for (inputs, labels), some in ((source, rows[:n]), (source, rows[n:]), (target, pool), (target, test))
    ]
    return tl.adapt.Domains(parts[0], parts[1], parts[2][0], parts[3], name), parts[2][1]


def _moons(seed: int) -> tuple:
    domains = tl.adapt.moons(seed=seed)
    return domains, np.arange(len(domains.target)) % 2  # as moons draws them


def _digits(change: str, seed: int) -> tuple:
    from sklearn.datasets import load_digits

    labels = load_digits().target
    changed = tl.adapt.digits(change, seed=seed)
    order = np.random.default_rng(seed).permutation(
        np.split(np.random.default_rng(10**6).permutation(len(labels)), [497])[1]
    )
    return changed, labels[order[800:]]


def _kept(name: str, folder: Path, make: Callable) -> list[np.ndarray]:
    """What `make()` gives, a list of arrays, from a file or anew."""
    path = folder / f"{name}.npz"
    if not path.is_file():
        np.savez(path, *make())
    with np.load(path) as arrays:
        return [arrays[key] for key in arrays]


def _features(base, task) -> Labelled:
    whole = task.train.joined(task.validation, task.test)
    from tlteach.engine.evaluation import outputs

    return outputs(base, whole), whole.labels


def _base(task, name=None):
    with tl.quietly():
        return tl.base_model(tl.select_source(task, name))


def _style(style: str, seed: int, folder: Path) -> tuple:
    def both():
        source, target = tl.tasks.cats_vs_dogs(), tl.tasks.drawings(style, 500, 100, 500)
        base = _base(source)
        return [*_features(base, source), *_features(base, target)]

    arrays = _kept(f"features_{style}", folder, both)
    return drawn(arrays[:2], arrays[2:], seed, f"daylight to {style}")


def _mail(seed: int, folder: Path) -> tuple:
    def both():
        tasks = [tl.tasks.mail(person) for person in ("giulia", "wei")]
        base = _base(tasks[0])
        return [array for task in tasks for array in _features(base, task)]

    arrays = _kept("features_mail", folder, both)
    return drawn(arrays[:2], arrays[2:], seed, "mail Giulia to Wei", n_test=len(arrays[3]) // 2)


def _real_digits(source: str, target: str, seed: int, real: Path) -> tuple:
    read = {"MNIST": _mnist, "USPS": usps, "MNIST-M": _mnist_m}
    of_source, of_target = read[source](real), read[target](real)
    if target == "MNIST-M":  # its digits are those of MNIST's first rows, on photographs
        of_source = tuple(array[2500:] for array in of_source)
    return drawn(of_source, of_target, seed, f"{source} to {target}", n_test=1000)


def _mnist(real: Path) -> Labelled:
    pictures, labels = mnist(real)
    return _small(pictures), labels


def mnist(real: Path) -> Labelled:
    """The 10,000 test digits of MNIST, (n, 28, 28) uint8; the training digits are not among the real data."""
    with gzip.open(real / "digits/mnist/t10k-images-idx3-ubyte.gz") as file:
        pictures = np.frombuffer(file.read()[16:], "uint8").reshape(-1, 28, 28)
    with gzip.open(real / "digits/mnist/t10k-labels-idx1-ubyte.gz") as file:
        return pictures, np.frombuffer(file.read()[8:], "uint8").astype(int)


def usps(real: Path) -> Labelled:
    """The 9,298 digits of USPS, (n, 256): 16 x 16 numbers from 0 to 1 in a row."""
    import h5py

    with h5py.File(real / "digits/usps/usps.h5") as file:
        parts = [(file[split]["data"][:], file[split]["target"][:]) for split in ("train", "test")]
    return np.concatenate([data for data, _ in parts]), np.concatenate([labels for _, labels in parts]).astype(int)


def _mnist_m(real: Path) -> Labelled:
    pictures, labels = mnist_m(real)
    return _small(pictures), labels


def mnist_m(real: Path) -> Labelled:
    """The first 2,500 test digits of MNIST-M in grey, (n, 28, 28): those of MNIST on photographs."""
    with np.load(real / "digits/mnist_m/mnist_m_test_first2500.npz") as arrays:
        return arrays["x"].mean(axis=3)[:, 2:30, 2:30], arrays["y"].astype(int)


def _small(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, 28, 28), 0 to 255, as USPS has them: 16 x 16 numbers from 0 to 1 in a row."""
    from PIL import Image

    small = [
        np.asarray(Image.fromarray(picture.astype("uint8")).resize((16, 16), Image.Resampling.BILINEAR))
        for picture in pictures
    ]
    return np.stack(small).reshape(len(small), -1) / 255.0


def _photos(seed: int, real: Path, folder: Path) -> tuple:
    def both():
        source, target = tl.tasks.cats_vs_dogs(), tl.tasks.from_folder(real / "cats_and_dogs")
        base = _base(source, "mobilenet_v2_035")
        return [*_features(base, source), *_features(base, target)]

    arrays = _kept("features_photos", folder, both)
    return drawn(arrays[:2], arrays[2:], seed, "drawings to photos")


def _amazon(source: str, target: str, seed: int, real: Path, folder: Path) -> tuple:
    def features(domain):
        task = tl.tasks.from_csv(real / "multi_domain_sentiment" / f"{domain}.tsv", text="text", label="label")
        return list(_features(_base(task), task))

    parts = [_kept(f"features_{domain}", folder, lambda domain=domain: features(domain)) for domain in (source, target)]
    return drawn(*parts, seed, f"{source} to {target}")
