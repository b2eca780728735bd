"""Choose a method, a strength or an epoch without target labels: four scores, the higher the better.

    source_accuracy       accuracy on validation inputs of the source
    weighted_accuracy     the same, each input with the weight the target gives it
    information           sure answers, and all classes used, on the target (information maximisation)
    oracle                accuracy on target labels: what nobody has; to judge the others by

(Importance-weighted validation: Sugiyama, Krauledat and Mueller, JMLR 8, 2007. What goes wrong with choosing by eye on
target labels: Musgrave, Belongie and Lim, Unsupervised Domain Adaptation: A Reality Check, 2021, arXiv:2111.15672.)
"""

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.engine.arrays import answers
from tlteach.methods.adapt.domains import Domains
from tlteach.methods.adapt.shot import unsure
from tlteach.methods.adapt.weighting import told_apart


@checked
def source_accuracy(model: keras.Model, domains: Domains) -> float:
    """Accuracy on the source's validation inputs. It cannot see what happens to the target."""
    return float(_right(model, domains).mean())


@checked
def weighted_accuracy(model: keras.Model, domains: Domains) -> float:
    """The same, each input as often as the target would bring it."""
    return float(np.average(_right(model, domains), weights=told_apart(domains.validation[0], domains.target)))


@checked
def information(model: keras.Model, domains: Domains) -> float:
    """H(mean p) - mean H(p) over the target's inputs, in nats: from 0 to log(classes)."""
    return -float(unsure(None, answers(model, domains.target)))  # what SHOT makes small


def _right(model: keras.Model, domains: Domains) -> np.ndarray:
    inputs, labels = domains.validation
    return answers(model, inputs).argmax(axis=1) == labels
