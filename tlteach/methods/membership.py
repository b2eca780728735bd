"""What a model remembers: does its answer to an input tell whether it has learned from that input?

The plainest attack there is says "member" where the loss is low. The membership advantage is the share of members that
it finds, minus the share of others that it takes for members. (Yeom, Giacomelli, Fredrikson and Jha, Privacy Risk in
Machine Learning, 2018, arXiv:1709.01604; their threshold is the mean training loss, ours is learned. Shokri et al.,
Membership Inference Attacks Against Machine Learning Models, 2017, arXiv:1610.05820, train models to attack with.
Stronger attacks find more: a low advantage here is no proof that nothing can be found.)
"""

from dataclasses import dataclass

import keras
import numpy as np
from matplotlib.figure import Figure
from scipy.stats import binomtest

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.core.modality import Split
from tlteach.core.show import BLUE, ORANGE
from tlteach.engine.evaluation import Evaluation, evaluate

FEWEST = 10  # members, and others: less than five in a half say nothing
SMALLEST = 1e-7  # of a probability, as Keras cuts it
ALIKE = 0.1  # as far as the share of a class may differ


@dataclass(frozen=True)
class Membership:
    """What the attack found, with losses in nats, (n,) and (m,).

    `found` (n,) and `mistaken` (m,) say which of them were called members, and `thresholds` up to which losses.
    """

    member_losses: np.ndarray
    other_losses: np.ndarray
    found: np.ndarray
    mistaken: np.ndarray
    thresholds: tuple[float, float]

    @property
    def advantage(self) -> float:
        """From -1 to 1: 0 on average where nothing is remembered, 1 where every answer gives it away."""
        return float(self.found.mean() - self.mistaken.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the advantage over this model: Newcombe, Statistics in Medicine 17 (1998), method 10."""
        (p, p_low, p_high), (q, q_low, q_high) = map(_share, (self.found, self.mistaken))
        down, up = np.hypot(p - p_low, q_high - q), np.hypot(p_high - p, q - q_low)
        return float(p - q - down), float(p - q + up)

    def __str__(self) -> str:
        low, high = self.interval
        of_members = f"{self.found.mean():.0%} of {len(self.found)} members are found"
        of_others = f"{self.mistaken.mean():.0%} of {len(self.mistaken)} others taken for members"
        return f"membership advantage {self.advantage:.3f} [{low:.3f}, {high:.3f}]: {of_members}, {of_others}"

    def figure(self) -> Figure:
        """Draw the share of members and of others up to each loss: the gap at a threshold is what it gains."""
        figure = Figure(figsize=(7.4, 3.6), layout="constrained")
        axes = figure.subplots()
        axes.ecdf(np.maximum(self.member_losses, SMALLEST), color=BLUE, label="members")
        axes.ecdf(np.maximum(self.other_losses, SMALLEST), color=ORANGE, linestyle="--", label="others")
        for threshold in np.clip(self.thresholds, SMALLEST, -np.log(SMALLEST)):
            axes.axvline(threshold, color="grey", linestyle=":")
        xlabel = "loss (nats, logarithmic); dotted: the two thresholds"
        axes.set(xscale="log", xlabel=xlabel, ylabel="share with at most this loss")
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))  # over no curve
        told = f"{self.found.mean():.0%} of the members are found, {self.mistaken.mean():.0%} of the others mistaken"
        axes.set_title(told, fontsize="medium")
        return figure


@checked
def membership_advantage(model: keras.Model, members: Split, others: Split, seed: int = 0) -> Membership:
    """Attack `model`: learn a threshold of the loss on one half of both, judge the other half, then change places.

    Args:
        members: at least 10 inputs that it has learned from.
        others: at least 10 that had no part in its training, not even to choose the epoch, and are of the same domain:
            else the attack would see the domain, and not what is remembered.
        seed: of the cut into halves.

    Raises:
        GuardError: an input is among both.
        DataError: they are too few, of different kinds, or have other shares of the classes.
    """
    losses = _losses(evaluate(model, members)), _losses(evaluate(model, others))
    _require_different_and_alike(members, others)
    return attack(*losses, seed)


def attack(member_losses: np.ndarray, other_losses: np.ndarray, seed: int = 0) -> Membership:
    """The attack on losses (n,) and (m,), which any model may have given."""
    both = member_losses, other_losses
    first = [np.random.default_rng([seed, len(some)]).permutation(len(some)) < len(some) // 2 for some in both]
    said, thresholds = [np.empty(len(some), bool) for some in both], []
    for learn in (first, [~half for half in first]):
        thresholds.append(best_threshold(*(some[half] for some, half in zip(both, learn, strict=True))))
        for answers, losses, half in zip(said, both, learn, strict=True):
            answers[~half] = losses[~half] <= thresholds[-1]
    return Membership(*both, *said, tuple(thresholds))


def best_threshold(member_losses: np.ndarray, other_losses: np.ndarray) -> float:
    """The loss up to which the share of members is most above that of others; half-way to the next loss."""
    losses = np.unique(np.concatenate([member_losses, other_losses]))
    shares = [np.searchsorted(np.sort(some), losses, "right") / len(some) for some in (member_losses, other_losses)]
    best = np.argmax(shares[0] - shares[1])
    return float(losses[best] + losses[best + 1]) / 2 if best + 1 < len(losses) else np.inf


def _losses(judged: Evaluation) -> np.ndarray:
    right = judged.probabilities[np.arange(len(judged.labels)), judged.labels]
    return -np.log(np.maximum(right, SMALLEST))


def _share(answers: np.ndarray) -> tuple[float, float, float]:
    """A share, and the ends of Wilson's 95 % interval."""
    found = binomtest(int(answers.sum()), len(answers)).proportion_ci(0.95, method="wilson")
    return float(answers.mean()), float(found.low), float(found.high)


def _require_different_and_alike(members: Split, others: Split) -> None:
    if both := set(members.fingerprints()) & set(others.fingerprints()):
        raise GuardError(
            f"{len(both)} of the {len(others)} others are members too. Give others that the model has never learned "
            "from: rows of the pool that were not drawn for training, for instance."
        )
    if min(len(members), len(others)) < FEWEST:
        raise DataError(f"There are {len(members)} members and {len(others)} others; give at least {FEWEST} of each.")
    shares = [np.array(split.class_counts) / len(split) for split in (members, others)]
    if type(members) is not type(others) or len(shares[0]) != len(shares[1]) or np.ptp(shares, axis=0).max() > ALIKE:
        raise DataError(
            f"Members and others differ by more than membership: {members!r} and {others!r}. The attack would see "
            "that. Draw both from one pool, class by class."
        )
