"""Near copies across splits: how many are found, and how many alarms are false, for several hashes and thresholds.

    python benchmarks/near_copies.py PHOTOS                 # a folder of photos, and the bundled drawings and texts
    python benchmarks/near_copies.py PHOTOS --texts FILE    # and a CSV file of texts (may be given again)

Of 200 inputs of each kind, copies are made and looked for. Every pair of different inputs that is called nearly the
same is counted as an alarm: look at the closest ones, some are no false ones.
"""

import argparse
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import imagehash
import numpy as np
from PIL import Image, ImageOps

import tlteach as tl
from tlteach.core.reading import in_threads
from tlteach.image import copies as pictures
from tlteach.image.photos import read_photo
from tlteach.text import copies as texts

RESULTS = Path(__file__).parent / "results" / "near_copies.json"
COPIES = 200
RANDOM = np.random.default_rng(0)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def resized(image: Image.Image) -> Image.Image:
    return image.resize([max(1, round(0.6 * side)) for side in image.size])


def cropped(image: Image.Image) -> Image.Image:
    (width, height), share = image.size, 0.03
    return image.crop(
        (int(share * width), int(share * height), width - int(share * width), height - int(share * height))
    )


def one_pixel(image: Image.Image) -> Image.Image:
    changed = image.copy()
    changed.putpixel((image.width // 3, image.height // 3), (255, 0, 0))
    return changed


OF_PICTURES = {
    "mirrored": ImageOps.mirror,
    "JPEG 60": lambda image: jpeg(image, 60),
    "JPEG 30": lambda image: jpeg(image, 30),
    "resized to 60%": resized,
    "one pixel": one_pixel,
    "cropped by 3%": cropped,
    "grey": lambda image: image.convert("L").convert("RGB"),
    "mirrored, resized, JPEG 60": lambda image: jpeg(resized(ImageOps.mirror(image)), 60),
}


def with_a_word(text: str) -> str:
    words = text.split() or [""]
    words[RANDOM.integers(len(words))] = "different"
    return " ".join(words)


def with_a_letter(text: str) -> str:
    place = RANDOM.integers(max(1, len(text)))
    return f"{text[:place]}x{text[place + 1 :]}"


OF_TEXTS = {
    "case, spaces, punctuation": lambda text: f'"{"  ".join(text.upper().split())}"!!!',
    "one letter wrong": with_a_letter,
    "one word changed": with_a_word,
    "a tenth cut off": lambda text: text[: round(0.9 * len(text))],
}
HASHES = {
    **{f"dhash {n * n}": lambda image, n=n: imagehash.dhash(image, n).hash for n in (8, 16)},
    **{f"phash {n * n}": lambda image, n=n: imagehash.phash(image, n).hash for n in (8, 16)},
    "whash 256": lambda image: imagehash.whash(image, 16).hash,
}
LEAST = (0.75, 0.8, 0.85, 0.9, 0.95)


def judge_hashes(paths: list[Path]) -> list[dict]:
    """A row for every hash and threshold; a hash of the mirrored picture stands beside that of the picture."""

    def hashes(image: Image.Image) -> dict[str, np.ndarray]:
        small = image.convert("L").resize((64, 64), Image.Resampling.BILINEAR)
        return {name: np.stack([made(small), made(ImageOps.mirror(small))]) for name, made in HASHES.items()}

    def alike(ones: np.ndarray, others: np.ndarray, compare: Callable) -> np.ndarray:
        return np.maximum(compare(ones[:, 0], others[:, 0]), compare(ones[:, 0], others[:, 1]))

    found = in_threads(lambda path: hashes(read_photo(path)), paths, "hashing", "photo")
    chosen = RANDOM.permutation(len(paths))[:COPIES]
    copies = {kind: [hashes(change(read_photo(paths[k]))) for k in chosen] for kind, change in OF_PICTURES.items()}
    rows = []
    for name in HASHES:
        every = _signs([one[name] for one in found])
        all_pairs = alike(every, every, lambda one, other: 0.5 + one @ other.T / (2 * one.shape[1]))
        pairs = all_pairs[np.triu_indices(len(every), 1)]
        each = {
            kind: alike(every[chosen], _signs([one[name] for one in made]),
                        lambda one, other: 0.5 + (one * other).mean(axis=1) / 2)
            for kind, made in copies.items()
        }  # fmt: skip
        rows += [_row(name, least, pairs, each) for least in LEAST]
    return rows


def judge_looks(paths: list[Path]) -> dict:
    """What tlteach does: how long it took, what it finds, and which different pictures it calls nearly the same."""
    images = in_threads(read_photo, paths, "reading", "photo")
    start = time.perf_counter()
    found = [pictures.look(image) for image in images]
    seconds = time.perf_counter() - start
    alarms = _alarms(*pictures.near_copies(found, found), [path.name for path in paths])
    chosen = RANDOM.permutation(len(paths))[:COPIES].tolist()
    originals, recall = [found[k] for k in chosen], {}
    for kind, change in OF_PICTURES.items():
        recall[kind] = _found(*pictures.near_copies(originals, [pictures.look(change(images[k])) for k in chosen]))
    return {"n": len(paths), "ms_each": round(1000 * seconds / len(paths), 2), "found": recall, "alarms": alarms}


def judge_texts(every: list[str]) -> dict:
    start = time.perf_counter()
    made = texts.sketches(every)
    seconds = time.perf_counter() - start
    alarms = _alarms(*texts.near_copies(made, made), every)
    chosen = RANDOM.permutation(len(every))[:COPIES]
    recall = {
        kind: _found(*texts.near_copies(made[chosen], texts.sketches(change(every[k]) for k in chosen)))
        for kind, change in OF_TEXTS.items()
    }
    return {"n": len(every), "ms_each": round(1000 * seconds / len(every), 2), "found": recall, "alarms": alarms}


def inputs_of(task: tl.tasks.Task) -> list:
    return [item for split in (task.train, task.validation, task.test) for item in split.inputs]


def _signs(hashes: list[np.ndarray]) -> np.ndarray:
    return np.stack(hashes).reshape(len(hashes), 2, -1).astype("float32") * 2 - 1


def _row(name: str, least: float, pairs: np.ndarray, each: dict[str, np.ndarray]) -> dict:
    found = {kind: float(np.mean(alike >= least)) for kind, alike in each.items()}
    return {"hash": name, "least_alike": least, "alarms": int(np.sum(pairs >= least)), "found": found}


def _found(rows: np.ndarray, others: np.ndarray, _: np.ndarray) -> float:
    return len(set(rows[rows == others].tolist())) / COPIES


def _alarms(rows: np.ndarray, others: np.ndarray, alike: np.ndarray, names: list[str]) -> dict:
    every = zip((-alike.round(2)).tolist(), rows.tolist(), others.tolist(), strict=True)
    pairs = sorted(pair for pair in every if pair[1] < pair[2])
    return {"pairs": len(pairs), "closest": [[-a, names[r][:100], names[o][:100]] for a, r, o in pairs[:5]]}


def _table(rows: list[dict]) -> str:
    kinds = list(rows[0]["found"])
    lines = [f"{'hash':<10} {'least':>5} {'alarms':>7}  " + "  ".join(kinds)]
    for row in rows:
        shares = "  ".join(f"{row['found'][kind]:>{len(kind)}.3f}" for kind in kinds)
        lines.append(f"{row['hash']:<10} {row['least_alike']:>5} {row['alarms']:>7}  {shares}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--texts", type=Path, action="append", default=[])
    options = parser.parse_args()
    found = {"hashes": {}, "pictures": {}, "texts": {}}
    for name, task in {"photos": tl.tasks.from_folder(options.photos), "drawings": tl.tasks.cats_vs_dogs()}.items():
        paths = inputs_of(task)
        found["hashes"][name] = judge_hashes(paths)
        found["pictures"][name] = judge_looks(paths)
        print(f"\n{name}, {len(paths):,}\n{_table(found['hashes'][name])}\ntlteach: {found['pictures'][name]}")
    every = {name: tl.tasks.by_name(name) for name in ("film_reviews", "film_reviews_hard", "questions", "mail")}
    for name, task in (every | {path.stem: tl.tasks.from_csv(path) for path in options.texts}).items():
        found["texts"][name] = judge_texts(inputs_of(task))
        print(f"\n{name}: {found['texts'][name]}")
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
