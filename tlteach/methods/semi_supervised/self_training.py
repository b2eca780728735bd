"""Self-training: label the unlabelled with the model's own answers, keep those to be believed, and learn from all.

    threshold     believe every answer whose probability is at least so high
    curriculum    of each class, believe the same share of the answers, the surest first; the share grows

Each round begins with the weights that the model came with: what an earlier round got wrong lives on in the
pseudo-labels, and in nothing else. (Yarowsky, Unsupervised Word Sense Disambiguation, ACL 1995; in networks: Lee,
Pseudo-Label, ICML workshop 2013; a growing share: Cascante-Bonilla and others, Curriculum Labeling, 2020,
arXiv:2001.06001; class by class: Zou and others, 2018, arXiv:1810.07911.)
"""

from collections.abc import Callable

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import GuardError
from tlteach.methods.pseudo_labels import surer_than, surest
from tlteach.methods.semi_supervised.labels import Beginning, Labelled, joined, probabilities, with_each_class


@checked
def self_training(
    model: keras.Model,
    labelled: Labelled,
    unlabelled: np.ndarray,
    threshold: float = 0.8,
    rounds: int = 2,
    epochs: int = 30,
    batch_size: int = 128,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the labels, then in each round also on its own answers from `threshold` up.

    Raises:
        GuardError: no answer is as sure as that.
    """
    rules = [lambda told: surer_than(told, threshold)] * rounds
    return _in_rounds(model, labelled, unlabelled, rules, epochs, batch_size, seed)


@checked
def curriculum(
    model: keras.Model,
    labelled: Labelled,
    unlabelled: np.ndarray,
    shares: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8),
    epochs: int = 30,
    batch_size: int = 128,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the labels, then in one round for each of `shares` also on the surest share of each class."""
    rules = [lambda told, share=share: surest(told, share) for share in shares]
    return _in_rounds(model, labelled, unlabelled, rules, epochs, batch_size, seed)


def _in_rounds(
    model: keras.Model,
    labelled: Labelled,
    unlabelled: np.ndarray,
    rules: list[Callable],
    epochs: int,
    batch_size: int,
    seed: int,
) -> keras.Model:
    """A round for each rule, which says of probabilities (n, classes) which rows to believe, and what."""
    beginning = Beginning(model)
    beginning.fit(with_each_class(model, labelled), epochs, batch_size, seed)
    for rule in rules:
        told = probabilities(model, unlabelled)
        rows, guesses = rule(told)
        if not len(rows):
            raise GuardError(
                f"None of {len(told)} answers is as sure as the threshold: the surest has {told.max():.3f}. With a "
                "threshold below that, or more epochs, there is something to learn from."
            )
        beginning.fit(joined(labelled, unlabelled, (rows, guesses)), epochs, batch_size, seed)
    return model
