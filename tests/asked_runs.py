"""Small runs that learned nothing, to be asked: a model, its card, and what it cannot be asked without."""

import json
from pathlib import Path

import small_texts


def pictures(folder: Path, class_names=("cat", "dog"), **card) -> Path:
    """A run of pictures of 48 x 48 pixels, with a convolution to look back at."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((48, 48, 3)),
            layers.Rescaling(1 / 32),
            layers.Conv2D(8, 5, strides=4, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(len(class_names), activation="softmax"),
        ]
    )
    return saved(folder, model, classes=list(class_names), modality="image", **card)


def texts(folder: Path, class_names=("bad", "good"), **card) -> Path:
    """A run of texts: the mean of the embeddings of a few words."""
    model = small_texts.bag_of_embeddings(small_texts.small_tokenizer(), len(class_names), "softmax")
    return saved(folder, model, classes=list(class_names), modality="text", **card)


def saved(folder: Path, model, **card) -> Path:
    """Save a model with its card, and its tokenizer where it has one."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model.keras")
    if hasattr(model, "tokenizer"):
        model.tokenizer.save(folder / "tokenizer.json")
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder
