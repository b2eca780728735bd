"""Co-training: two views of the same things, a model for each, and each learns from what the other is sure of.

A page has its words and the words of the links to it; an animal can be seen by day and drawn as a sketch. Where one
view is hard, the other may be easy, and what is a hard case in one need not be one in the other. In each round

    both models label the unlabelled, each in its own view
    of each class, the surest share of these answers becomes pseudo-labels for the other model

Two conditions make it work: each view alone is enough to tell the classes, and given the class the views err
independently. Where one view is not enough, its model teaches mistakes: let only the better one teach. (Blum and
Mitchell, Combining Labeled and Unlabeled Data with Co-Training, COLT 1998; theirs puts the answers of both into one
common set.)
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError
from tlteach.methods.pseudo_labels import surest
from tlteach.methods.semi_supervised.labels import Beginning, Labelled, joined, probabilities, with_each_class


@checked
def teach(
    model: keras.Model,
    labelled: Labelled,
    unlabelled: np.ndarray,
    told: np.ndarray,
    share: float = 0.8,
    epochs: int = 30,
    batch_size: int = 128,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the labels, and on the surest share of each class of what a teacher says of the unlabelled.

    Args:
        told: probabilities (n, classes), a row for each unlabelled input; the teacher saw another view of it.
    """
    labelled = with_each_class(model, labelled)
    if len(told) != len(unlabelled):
        raise DataError(f"The teacher tells of {len(told)} inputs and there are {len(unlabelled)}; row by row, please.")
    both = joined(labelled, unlabelled, surest(told, share))
    return Beginning(model).fit(both, epochs, batch_size, seed)


@checked
def co_training(
    models: tuple[keras.Model, keras.Model],
    labelled: tuple[tuple[np.ndarray, np.ndarray], np.ndarray],
    unlabelled: tuple[np.ndarray, np.ndarray],
    shares: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8),
    epochs: int = 30,
    batch_size: int = 128,
    seed: int = 0,
) -> tuple[keras.Model, keras.Model]:
    """Train two models on the labels, then, in a round for each of `shares`, each on what the other is surest of.

    Args:
        models: one for each view.
        labelled: ((inputs in one view, inputs in the other), labels): row by row the same things.
        unlabelled: inputs in one view and in the other, row by row the same things.
    """
    views, labels = labelled
    if len(unlabelled[0]) != len(unlabelled[1]):
        raise DataError(f"The views show {len(unlabelled[0])} and {len(unlabelled[1])} things; row by row the same.")
    known = [with_each_class(model, (view, labels)) for model, view in zip(models, views, strict=True)]
    beginnings = [Beginning(model) for model in models]
    for beginning, own in zip(beginnings, known, strict=True):
        beginning.fit(own, epochs, batch_size, seed)
    for share in shares:
        told = [probabilities(model, view) for model, view in zip(models, unlabelled, strict=True)]
        for side, beginning in enumerate(beginnings):
            both = joined(known[side], unlabelled[side], surest(told[1 - side], share))
            beginning.fit(both, epochs, batch_size, seed)
    return models
