"""What the parts of benchmarks/speech.py learn from: drawn and real sounds, as each method sees them."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

import tlteach as tl
from tlteach.core.files import bundled
from tlteach.course.lessons.lesson_16 import head_of, pixels
from tlteach.engine.arrays import answers
from tlteach.sound.network import untrained
from tlteach.sound.shape import fitted
from tlteach.sound.spectrogram import RATE, log_mel
from tlteach.sound.voices import LANGUAGES, TARGET_LANGUAGE, sample, say, voice

BASE, UNTRAINED, PIXELS = "frozen base", "untrained base", "log-mel pixels"
STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 1.0)


def settled(drawn: list[tuple[dict, np.ndarray]], method: str, rows: slice) -> float:
    """The strength of the head that does best from these rows of each set of voices, judged on the next set."""
    pairs = list(zip(drawn, [*drawn[1:], drawn[0]], strict=True))

    def mean_score(strength: float) -> float:
        each = [
            head_of(strength).fit(known[method][rows], labels[rows]).score(other[method], truth)
            for (known, labels), (other, truth) in pairs
        ]
        return float(np.mean(each))

    return max(STRENGTHS, key=mean_score)


def bundled_base() -> keras.Model:
    """The base that `tlteach pretrain --source voices` made."""
    base = untrained()
    base.load_weights(bundled("weights/voices.weights.h5"))
    return base


def seen(sounds: np.ndarray) -> dict[str, np.ndarray]:
    """What each method sees of sounds (n, samples): rows of numbers."""
    keras.utils.set_random_seed(0)  # the same untrained network for all
    return {BASE: answers(bundled_base(), sounds), UNTRAINED: answers(untrained(), sounds), PIXELS: pixels(sounds)}


def kept(file: Path, make: Callable[[], dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """The arrays in a file, which is made where it is missing."""
    if not file.is_file():
        made = {name: rows.astype("float32") if rows.dtype.kind == "f" else rows for name, rows in make().items()}
        np.savez_compressed(file, **made)
    with np.load(file) as arrays:
        return dict(arrays)


def drawn_digits(
    folder: Path, seed: int, n_voices: int, variety: float = 1.0
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The ten English digits by n drawn voices of a seed, and which they are; whatever silence stood around them."""

    def make() -> dict[str, np.ndarray]:
        sounds, labels, _ = sample("english", n_voices * 10, seed, variety=variety)
        return {"labels": labels, **seen(np.stack([fitted(sound, RATE) for sound in sounds]))}

    alike = "" if variety else "_alike"
    found = kept(folder / f"digits_{seed}_{n_voices}{alike}.npz", make)
    return found, found.pop("labels")


def recordings(real: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sounds of the Free Spoken Digit Dataset, which digits they are, and whose voices."""
    task = tl.tasks.by_name(str(real / "spoken_digits" / "recordings"))
    whole = task.train.joined(task.validation, task.test)
    return *whole.arrays(1000), np.array(whole.groups)


def real_digits(folder: Path, real: Path) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """What each method sees of the recordings, which digits they are, and whose voices."""

    def make() -> dict[str, np.ndarray]:
        sounds, labels, speakers = recordings(real)
        return {"labels": labels, "voices": speakers, **seen(sounds)}

    found = kept(folder / "real_digits.npz", make)
    return found, found.pop("labels"), found.pop("voices")


def takes(folder: Path, first_voice: int, n_voices: int, seeds: range) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Each word of the target language by n drawn voices, once for every seed, and which words they are."""
    words = list(LANGUAGES[TARGET_LANGUAGE])

    def make() -> dict[str, np.ndarray]:
        said = [
            (say(words[label], voice(first_voice + who), seed=1000 * label + take), label)
            for who in range(n_voices)
            for take in seeds
            for label in range(len(words))
        ]
        sounds = np.stack([fitted(sound, RATE) for sound, _ in said])
        return {"labels": np.array([label for _, label in said]), **seen(sounds)}

    found = kept(folder / f"takes_{first_voice}_{n_voices}_{seeds.start}_{seeds.stop}.npz", make)
    return found, found.pop("labels")


def as_pictures(file: Path, sounds: np.ndarray) -> np.ndarray:
    """What MobileNetV2, with ImageNet's weights, makes of spectrograms: (n, places in time, channels).

    The places of its maps that differ in pitch alone are averaged; those in time stay.
    """

    def make() -> dict[str, np.ndarray]:
        samples = keras.Input(sounds.shape[1:])
        grey = keras.ops.flip(keras.ops.transpose(log_mel(samples), (0, 2, 1)), axis=1)  # low pitch at the bottom
        large = keras.ops.image.resize(255 * grey[..., None], (224, 224))
        maps = tl.base_model(tl.sources.source_by_name("mobilenet_v2_035"), image_size=224)(
            keras.ops.repeat(large, 3, axis=-1)
        )
        return {"maps": answers(keras.Model(samples, keras.ops.mean(maps, axis=1)), sounds, batch_size=32)}

    return kept(file, make)["maps"]
