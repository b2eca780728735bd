"""Pre-train the bundled source: a small MobileNet that knows 24 animals of the menagerie, and never saw the others.

All drawings are made once, on every core, and kept in memory. Training goes from small pictures to large ones: what is
learned at 64 pixels is learned in under half the time, and the last epochs at 96 pixels sharpen it (progressive
resizing; fast.ai, 2018).
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from tlteach.core.files import made_folder, write_source
from tlteach.core.machine import versions
from tlteach.image.menagerie import SOURCE_SPECIES, sample

IMAGE_SIZE = 96
WEIGHTS_NAME = "menagerie_mobilenet_025.weights.h5"
CARD_NAME = "menagerie_mobilenet_025.json"
CHUNK = 16


def draw_source(n_per_species: int, seed: int, n_species: int | None = None, progress: bool = True):
    """Draw the source task on every core.

    Returns uint8 images (n, 96, 96, 3) and int32 labels (n,), which are positions in SOURCE_SPECIES.
    """
    from tqdm import tqdm

    species = SOURCE_SPECIES[:n_species]
    starts = range(0, n_per_species, CHUNK)
    jobs = [(species, min(CHUNK, n_per_species - start), seed, start) for start in starts]
    images = np.empty((n_per_species * len(species), IMAGE_SIZE, IMAGE_SIZE, 3), dtype="uint8")
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        drawn = tqdm(
            pool.map(draw_chunk, jobs),
            total=len(jobs),
            desc="drawing",
            unit_scale=CHUNK * len(species),
            disable=not progress,
        )
        for job, chunk in zip(jobs, drawn, strict=True):
            begin = job[3] * len(species)
            images[begin : begin + len(chunk)] = chunk
    return images, np.tile(np.arange(len(species), dtype="int32"), n_per_species)


def draw_chunk(job) -> np.ndarray:
    species, n_each, seed, start = job
    return sample(species, n_each * len(species), seed, start=start * len(species))[0]


def source_network(n_classes: int):
    """The base, and a classifier of raw 0 to 255 pixels of any size (batch, height, width, 3) that stands on it."""
    import keras

    base = keras.applications.MobileNet(alpha=0.25, input_shape=(None, None, 3), include_top=False, weights=None)
    inputs = keras.Input((None, None, 3))
    x = keras.layers.RandomFlip("horizontal")(inputs)
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = keras.layers.GlobalAveragePooling2D()(base(x))
    x = keras.layers.Dropout(0.1)(x)
    return base, keras.Model(inputs, keras.layers.Dense(n_classes)(x))


def shrink(images: np.ndarray, size: int) -> np.ndarray:
    """Images (n, 96, 96, 3) resampled to (n, size, size, 3), uint8."""
    from PIL import Image

    if size == images.shape[1]:
        return images
    small = np.empty((len(images), size, size, 3), dtype="uint8")
    for row, image in enumerate(images):
        small[row] = Image.fromarray(image).resize((size, size), Image.Resampling.BILINEAR)
    return small


def train_stage(model, images, labels, epochs: int, peak: float, batch_size: int, verbose) -> None:
    """One stage: Nesterov's momentum under one cosine, which warms up to `peak` for a tenth of the steps.

    Labels are not smoothed: that helps the source task and takes from the target's (Kornblith et al., 2021).
    """
    import keras

    steps = max(1, len(images) // batch_size) * epochs
    rate = keras.optimizers.schedules.CosineDecay(
        peak / 20, steps, alpha=0.0, warmup_target=peak, warmup_steps=max(1, steps // 10)
    )
    model.compile(
        optimizer=keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=2e-4),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    model.fit(images, labels, batch_size=batch_size, epochs=epochs, verbose=verbose)


def pretrain(
    folder,
    seed: int = 0,
    n_per_species: int = 2300,
    n_held_out: int = 100,
    stages=((64, 10, 0.2), (96, 5, 0.1)),
    batch_size: int = 64,
    n_species: int | None = None,
    verbose="auto",
) -> dict:
    """Pre-train the bundled source and write its weights and its card into `folder`; returns the card.

    `stages` are (image size in pixels, epochs, peak learning rate). The held-out drawings, n_held_out of each species
    with a seed of their own, are looked at once, in the end. The weights are those of
    keras.applications.MobileNet(alpha=0.25, include_top=False). Files are written whole or not at all.
    """
    import keras

    start = time.perf_counter()
    keras.utils.set_random_seed(seed)
    folder = made_folder(folder)
    images, labels = draw_source(n_per_species, 2 * seed, n_species, progress=verbose != 0)
    base, model = source_network(int(labels.max()) + 1)
    for size, epochs, peak in stages:
        train_stage(model, shrink(images, size), labels, epochs, peak, batch_size, verbose)
    held_out, held_out_labels = draw_source(n_held_out, 2 * seed + 1, n_species, progress=False)
    right = model.predict(held_out, batch_size=batch_size, verbose=0).argmax(axis=1) == held_out_labels
    card = {
        "name": "menagerie_mobilenet_025",
        "architecture": "keras.applications.MobileNet(alpha=0.25, input_shape=(96, 96, 3), include_top=False)",
        "preprocessing": "keras.layers.Rescaling(1 / 127.5, offset=-1) on 0 to 255 pixels",
        "command": "python -m tlteach pretrain",
        "seed": seed,
        "species": list(SOURCE_SPECIES[:n_species]),
        "style": "daylight",
        "n_train": len(images),
        "n_held_out": len(held_out),
        "held_out_accuracy": round(float(right.mean()), 4),
        "stages": [{"image_size": size, "epochs": epochs, "learning_rate": peak} for size, epochs, peak in stages],
        "batch_size": batch_size,
        "minutes": round((time.perf_counter() - start) / 60, 1),
        "cores": os.cpu_count(),
        "versions": {"backend": keras.backend.backend(), **versions()},
        "licence": "CC0-1.0",
    }
    return write_source(folder, base, card)
