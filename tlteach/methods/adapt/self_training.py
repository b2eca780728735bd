"""Self-training: believe the model where it is sure of the target, learn from that, and ask again.

Each round labels the target, keeps the surest share of every class, and goes on training on the source and on these
pseudo-labels. The share grows from round to round: first what lies near, then what lies further away. Where the model
is sure and wrong, it teaches itself its mistakes. (Lee, Pseudo-Label, ICML workshop 2013; class by class, with a
growing share: Zou and others, Class-Balanced Self-Training, 2018, arXiv:1810.07911.)
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.methods.adapt.domains import Domains, answers
from tlteach.methods.adapt.source_only import fit_source, go_on


@checked
def self_training(
    model: keras.Model,
    domains: Domains,
    shares: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8),
    epochs: int = 30,
    batch_size: int = 64,
    seed: int = 0,
) -> keras.Model:
    """Train `model` on the source, then in one round for each of `shares` also on the surest of its own answers.

    `epochs` are for the source; each round takes a third of them.
    """
    fit_source(model, domains, None, epochs, batch_size, seed)
    inputs, labels = domains.source
    for share in shares:
        rows, guesses = surest(answers(model, domains.target), share)
        joined = np.concatenate([inputs, domains.target[rows]]), np.concatenate([labels, guesses])
        go_on(model, joined, max(1, epochs // 3), batch_size, seed)
    return model


def surest(probabilities: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows (k,) and their classes (k,): of what was taken for each class, the `share` with the highest probability."""
    guesses, sureness = probabilities.argmax(axis=1), probabilities.max(axis=1)
    rows = []
    for label in np.unique(guesses):
        of_class = np.flatnonzero(guesses == label)
        rows.append(of_class[np.argsort(-sureness[of_class], kind="stable")][: max(1, round(share * len(of_class)))])
    rows = np.sort(np.concatenate(rows))
    return rows, guesses[rows]
