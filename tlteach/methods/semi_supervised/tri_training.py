"""Tri-training: three models of one view; where two agree on an unlabelled input, their answer teaches the third.

    e = among labelled inputs on which the two agree, the share on which both are wrong
    teach, if e * |pseudo-labels| is below what it was when the third was last taught

The three begin with bootstrap samples of the labels, so that they differ. The condition is a theorem on learning from
noise: more pseudo-labels may be worse ones, as long as the number of wrong ones falls. `e` is measured on the very
labels that the models learned from, for want of others. (Zhou and Li, Tri-Training: Exploiting Unlabeled Data Using
Three Classifiers, IEEE Transactions on Knowledge and Data Engineering 17, 2005.)
"""

import math

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.methods.semi_supervised.labels import Beginning, Labelled, joined, probabilities, with_each_class


@checked
def tri_training(
    models: tuple[keras.Model, keras.Model, keras.Model],
    labelled: Labelled,
    unlabelled: np.ndarray,
    rounds: int = 5,
    epochs: int = 30,
    batch_size: int = 128,
    seed: int = 0,
) -> tuple[keras.Model, keras.Model, keras.Model]:
    """Train three models, in at most so many rounds; ask them with `vote(models, inputs)`."""
    (inputs, labels), random = with_each_class(models[0], labelled), np.random.default_rng(seed)
    beginnings = [Beginning(model) for model in models]
    for beginning in beginnings:
        rows = bootstrap(labels, random)
        beginning.fit((inputs[rows], labels[rows]), epochs, batch_size, seed)
    errors, counts = [0.5] * 3, [0] * 3
    for _ in range(rounds):
        of_labelled, of_others = (_classes(models, some) for some in (inputs, unlabelled))
        lessons = {}
        for third in range(3):
            one, other = (number for number in range(3) if number != third)
            error = _wrong_together(of_labelled[one], of_labelled[other], labels)
            agreed = np.flatnonzero(of_others[one] == of_others[other])
            most = how_many(error, errors[third], counts[third], len(agreed))
            if most:
                rows = np.sort(random.permutation(agreed)[:most])
                lessons[third] = rows, of_others[one][rows]
                errors[third], counts[third] = error, most
        for third, told in lessons.items():
            beginnings[third].fit(joined((inputs, labels), unlabelled, told), epochs, batch_size, seed)
        if not lessons:
            break
    return models


def how_many(error: float, last_error: float, last_count: int, agreed: int) -> int:
    """Of `agreed` pseudo-labels, so many may teach; 0 for none. The wrong ones must become fewer (Zhou and Li)."""
    if error >= last_error:
        return 0
    last_count = last_count or math.floor(error / (last_error - error) + 1)
    if agreed <= last_count:
        return 0
    if error * agreed < last_error * last_count:
        return agreed
    if last_count > error / (last_error - error):
        return math.ceil(last_error * last_count / error - 1)
    return 0


def bootstrap(labels: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """As many rows as there are labels, drawn with replacement, class by class: no class is lost."""
    of_classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return np.concatenate([random.choice(rows, len(rows)) for rows in of_classes])


@checked
def vote(models: tuple[keras.Model, ...], inputs: np.ndarray) -> np.ndarray:
    """The class (n,) that most of `models` give to each input; of a tie, the one with the highest mean probability."""
    told = [probabilities(model, inputs) for model in models]
    votes = sum(np.eye(each.shape[1])[each.argmax(axis=1)] for each in told)
    return (votes + np.mean(told, axis=0) / 2).argmax(axis=1)


def _classes(models: tuple[keras.Model, ...], inputs: np.ndarray) -> list[np.ndarray]:
    return [probabilities(model, inputs).argmax(axis=1) for model in models]


def _wrong_together(one: np.ndarray, other: np.ndarray, labels: np.ndarray) -> float:
    agree = one == other
    return float(np.mean(one[agree] != labels[agree])) if agree.any() else 0.5
