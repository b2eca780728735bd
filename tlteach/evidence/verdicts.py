"""Decide between methods that were repeated over seeds: intervals, a paired test, and a verdict in words.

All seeds are judged on the same test inputs. So there are two sources of chance, and they cross: another seed would
draw other labels and other initial weights, and another test set would hold other inputs, some of which suit one method
better than the other in every seed. Five seeds on 500 inputs are neither 2,500 inputs nor five test sets:

- adding up McNemar's counts over the seeds, or resampling inputs alone, takes the seeds for fixed;
- a t-test on the accuracies of the seeds takes the inputs for fixed;
- a bootstrap over both has only five seeds to draw from, and finds their spread too small.

All three call two equal methods different far too often, as tests/evidence/test_verdicts.py shows. `paired_difference`
counts both sources. With 3, 5 and 10 seeds it calls two equal methods different in at most 5 % of those simulations;
only where three seeds differ far more than inputs do, in up to 6 %. NumPy and SciPy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special, stats

from tlteach.core.errors import DataError
from tlteach.engine.evaluation import Evaluation

LEVEL = 0.05  # of false alarms, over all pairs of a comparison together
FEWEST_INPUTS = 6  # five that all suit one method are no proof: chance does that in 2 of 32 cases


@dataclass(frozen=True)
class Difference:
    """How much more often a first method is right than a second one, on new inputs and with new seeds.

    Attributes:
        mean: of the accuracy of the first minus that of the second, from -1 to 1.
        low, high: its 95 % interval, without zero where `p_value` is below 0.05, and with it elsewhere.
        p_value: of the hypothesis that the two are right equally often; not corrected for other pairs.
        seeds, inputs: how many there were. With one seed, nothing is known of other seeds. With two, or with fewer
            than six inputs, nothing can be told: the ends of the interval are NaN, and `p_value` is 1.
        only_first, only_second: McNemar's counts, added up over the seeds, for the eye.
    """

    mean: float
    low: float
    high: float
    p_value: float
    seeds: int
    inputs: int
    only_first: int
    only_second: int

    @property
    def is_too_little(self) -> bool:
        """Whether there were too few seeds or inputs to tell."""
        return self.seeds == 2 or self.inputs < FEWEST_INPUTS

    def turned(self) -> Difference:
        """The same difference, second minus first."""
        values = {"mean": -self.mean, "low": -self.high, "high": -self.low}
        return replace(self, **values, only_first=self.only_second, only_second=self.only_first)


def mean_interval(accuracies: Sequence[float], inputs: int) -> tuple[float, float, float]:
    """Mean of accuracies over seeds, and the ends of Student's 95 % interval, cut to 0 and 1.

    It is an interval for other seeds on the same test `inputs`. An accuracy is a whole number of them: half an input
    is added on both sides (a continuity correction), without which five accuracies that happen to be equal would leave
    no width. Close to 1, where accuracies are skewed, it covers a few per cent less. For one seed its ends are NaN.
    """
    accuracies = np.asarray(accuracies, dtype=float)
    mean = float(accuracies.mean())
    if len(accuracies) < 2:
        return mean, np.nan, np.nan
    half = stats.t.ppf(0.975, len(accuracies) - 1) * stats.sem(accuracies) + 0.5 / inputs
    return mean, float(max(0.0, mean - half)), float(min(1.0, mean + half))


def paired_difference(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare two methods that were run with the same seeds and judged on the same inputs.

    The test is the one that radiologists use for readers and cases, here with seeds for readers and inputs for cases:
    the variance of the mean difference is the sum of what seeds, inputs and chance contribute, from a two-way analysis
    of variance (Dorfman, Berbaum and Metz, Investigative Radiology 27, 1992). It is also the quasi-F of Clark, Journal
    of Verbal Learning 12 (1973), who showed what goes wrong where items are taken for fixed. One seed, or seeds that
    all gave the same answers, are judged by McNemar's exact test.

    Args:
        first, second: whether each prediction is right, booleans (seeds, inputs).
    """
    first, second = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    differences = first.astype(float) - second
    mean, (seeds, inputs) = float(differences.mean()), differences.shape
    counts = int((first & ~second).sum()), int((second & ~first).sum())
    found = Difference(mean, np.nan, np.nan, 1.0, seeds, inputs, *counts)
    if found.is_too_little:
        return found
    error, freedom, correction = _error_of_mean(differences)
    half = special.stdtrit(freedom, 0.975) * error + correction  # the quantile of Student's t
    if (differences == differences[0]).all():
        p_value = _mcnemar(*(count // seeds for count in counts))
        # The exact test decides. Where the interval says otherwise, by a hair, it ends at zero.
        half = max(half, abs(mean)) if p_value >= LEVEL else min(half, np.nextafter(abs(mean), 0))
    else:
        p_value = float(2 * special.stdtr(freedom, -max(0.0, abs(mean) - correction) / error))
    return replace(found, low=float(max(-1.0, mean - half)), high=float(min(1.0, mean + half)), p_value=p_value)


def _error_of_mean(differences: np.ndarray) -> tuple[float, float, float]:
    """The standard error of the mean of (seeds, inputs) over new seeds and inputs, its freedom, and its correction.

    In mean squares: E[by seed] = noise + inputs x var(seed), E[by input] = noise + seeds x var(input), E[rest] = noise.

    The degrees of freedom are the harmonic mean of those of seeds and inputs, weighted by their variance. Formulas
    that square the weights, such as Satterthwaite's, see differences too often where there are three seeds. Noise may
    hide what seeds do and counts as theirs, but a quarter of it as known: by simulation, this finds more and holds.

    The correction is for continuity: one input more or less, in so far as it is the inputs that decide.
    """
    seeds, inputs = differences.shape
    of_seed, of_input = differences.mean(axis=1, keepdims=True), differences.mean(axis=0, keepdims=True)
    by_input = seeds * of_input.var(ddof=1)
    if seeds == 1:
        return np.sqrt(by_input / inputs), inputs - 1, 1 / inputs
    rest = ((differences - of_seed - of_input + differences.mean()) ** 2).sum() / ((seeds - 1) * (inputs - 1))
    # No source of chance contributes less than nothing; without the noise, equal accuracies would look certain.
    from_seeds = max(inputs * of_seed.var(ddof=1), rest)
    from_inputs = max(by_input - rest, 0.0)
    total = from_seeds + from_inputs
    if total == 0:
        return 0.0, inputs - 1, 1 / inputs
    freedom = total / ((from_seeds - rest / 4) / (seeds - 1) + from_inputs / (inputs - 1))
    return np.sqrt(total / (seeds * inputs)), freedom, from_inputs / total / inputs


def _mcnemar(only_first: int, only_second: int) -> float:
    changed = only_first + only_second
    return float(stats.binomtest(only_first, changed).pvalue) if changed else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for being many: Holm, Scandinavian Journal of Statistics 6 (1979).

    Calling those below LEVEL different gives a false alarm anywhere in at most LEVEL of all comparisons.
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(1.0, np.maximum.accumulate(stepped))
    return corrected.tolist()


def verdict(first: str, second: str, difference: Difference, p_value: float) -> str:
    """Say what was found, as "fine_tuned is better than frozen by 2.1 points [0.8, 3.4]".

    Args:
        first, second: names of the methods.
        difference: of the two.
        p_value: corrected for all pairs of the comparison.
    """
    if difference.is_too_little:
        seeds, inputs = difference.seeds, difference.inputs
        few = f"{seeds} seeds, where 3 are the fewest" if seeds == 2 else f"{inputs} inputs, where 6 are the fewest"
        return f"too little to tell {first} and {second} apart: {points(difference)} ({few})"
    one_seed = " (one seed: another may say otherwise)" if difference.seeds == 1 else ""
    if p_value >= LEVEL:
        return f"no difference shown between {first} and {second}: {points(difference)}{one_seed}"
    if difference.mean < 0:
        first, second, difference = second, first, difference.turned()
    return f"{first} is better than {second} by {points(difference, sign='-')}{one_seed}"


def points(difference: Difference, sign: str = "+") -> str:
    """The difference with its interval, if it has one, in points, hundredths of accuracy.

    `sign` is "+", or "-" for minus only.
    """
    values = 100 * np.array([difference.mean, difference.low, difference.high])
    mean, low, high = (f"{value:{sign}.1f}" for value in np.round(values, 1) + 0.0)  # no "-0.0"
    return f"{mean} points" if difference.is_too_little else f"{mean} points [{low}, {high}]"


def compare(one: Evaluation, other: Evaluation, names: tuple[str, str]) -> dict:
    """Decide whether two models differ on the same inputs, by McNemar's exact test (Psychometrika 12, 1947).

    Returns:
        `only_first` and `only_second` right, the `p_value`, and a `verdict` in words.

    Raises:
        DataError: the two were not judged on the same labels.
    """
    if not np.array_equal(one.labels, other.labels):
        raise DataError(
            f"The two were not judged on the same inputs: there are {len(one.labels)} and {len(other.labels)}, or they "
            "have other labels. Evaluate both models on one split."
        )
    only_one = int((one.correct & ~other.correct).sum())
    only_other = int((other.correct & ~one.correct).sum())
    p_value = _mcnemar(only_one, only_other)
    better = names[0] if only_one > only_other else names[1]
    verdict = f"{better} is better" if p_value < LEVEL else "no difference shown"
    return {"only_first": only_one, "only_second": only_other, "p_value": p_value, "verdict": verdict}
