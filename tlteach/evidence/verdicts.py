"""Decide between methods that were repeated over seeds: intervals, a paired test, and a verdict in words.

All seeds are judged on the same test inputs. So there are two sources of chance, and they cross: another seed would
draw other labels and other initial weights, and another test set would hold other inputs, some of which suit one method
better than the other in every seed. Five seeds on 500 inputs are neither 2,500 inputs nor five test sets:

- adding up McNemar's counts over the seeds, or resampling inputs alone, takes the seeds for fixed;
- a t-test on the accuracies of the seeds takes the inputs for fixed;
- a bootstrap over both has only five seeds to draw from, and finds their spread too small.

All three call two equal methods different far too often, as tests/test_verdicts.py shows. `paired_difference` counts
both sources, and holds. NumPy and SciPy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from scipy.stats import binomtest

from tlteach.core.errors import DataError
from tlteach.engine.evaluation import Evaluation

LEVEL = 0.05  # of false alarms, over all pairs of a comparison together


@dataclass(frozen=True)
class Difference:
    """How much more often a first method is right than a second one, on new inputs and with new seeds.

    Attributes:
        mean: of the accuracy of the first minus that of the second, from -1 to 1.
        low, high: its 95 % interval.
        p_value: of the hypothesis that the two are right equally often; not corrected for other pairs.
        seeds, inputs: how many there were. With one seed, nothing is known of other seeds.
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
    of variance (Dorfman, Berbaum and Metz, Investigative Radiology 27, 1992), with Hillis' degrees of freedom
    (Statistics in Medicine 26, 2007). It is also the quasi-F of Clark, Journal of Verbal Learning 12 (1973), who showed
    what goes wrong where items are taken for fixed. With one seed it is McNemar's exact test.

    Args:
        first, second: whether each prediction is right, booleans (seeds, inputs).
    """
    first, second = np.asarray(first, dtype=bool), np.asarray(second, dtype=bool)
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    differences = first.astype(float) - second
    mean = float(differences.mean())
    seeds, inputs = differences.shape
    variance, freedom = _variance_of_mean(differences)
    error = np.sqrt(variance)
    half = stats.t.ppf(0.975, freedom) * error if error else 0.0
    if seeds == 1:
        p_value = _mcnemar(only_first, only_second)
    elif error:
        p_value = float(2 * stats.t.sf(abs(mean) / error, freedom))
    else:
        p_value = 1.0 if mean == 0 else 0.0
    low, high = max(-1.0, mean - half), min(1.0, mean + half)
    return Difference(mean, float(low), float(high), p_value, seeds, inputs, only_first, only_second)


def _variance_of_mean(differences: np.ndarray) -> tuple[float, float]:
    """The variance of the mean of (seeds, inputs) over new seeds and new inputs, and its degrees of freedom.

    In mean squares: E[by seed] = noise + inputs x var(seed), E[by input] = noise + seeds x var(input), E[rest] = noise.
    """
    seeds, inputs = differences.shape
    if inputs == 1:
        raise DataError("One test input says nothing about others. Judge the methods on more.")
    of_seed, of_input = differences.mean(axis=1, keepdims=True), differences.mean(axis=0, keepdims=True)
    by_input = seeds * of_input.var(ddof=1)
    if seeds == 1:
        return by_input / inputs, inputs - 1
    rest = ((differences - of_seed - of_input + differences.mean()) ** 2).sum() / ((seeds - 1) * (inputs - 1))
    # No source of chance contributes less than nothing; without the noise, equal accuracies would look certain.
    from_seeds = max(inputs * of_seed.var(ddof=1), rest)
    from_inputs = max(by_input - rest, 0.0)
    total = from_seeds + from_inputs
    if total == 0:
        return 0.0, inputs - 1
    freedom = total**2 / (from_seeds**2 / (seeds - 1) + from_inputs**2 / (inputs - 1))
    return total / (seeds * inputs), freedom


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
    one_seed = " (one seed: another may say otherwise)" if difference.seeds == 1 else ""
    if p_value >= LEVEL:
        return f"no difference shown between {first} and {second}: {points(difference)}{one_seed}"
    if difference.mean < 0:
        first, second, difference = second, first, difference.turned()
    return f"{first} is better than {second} by {points(difference, sign='-')}{one_seed}"


def points(difference: Difference, sign: str = "+") -> str:
    """The difference with its interval in points, hundredths of accuracy; `sign` is "+", or "-" for minus only."""
    values = 100 * np.array([difference.mean, difference.low, difference.high])
    mean, low, high = (f"{value:{sign}.1f}" for value in np.round(values, 1) + 0.0)  # no "-0.0"
    return f"{mean} points [{low}, {high}]"


def compare(one: Evaluation, other: Evaluation, names: tuple[str, str]) -> dict:
    """Decide whether two models differ on the same inputs, by McNemar's exact test (Psychometrika 12, 1947).

    Returns:
        `only_first` and `only_second` right, the `p_value`, and a `verdict` in words.
    """
    only_one = int((one.correct & ~other.correct).sum())
    only_other = int((other.correct & ~one.correct).sum())
    changed = only_one + only_other
    p_value = float(binomtest(only_one, changed).pvalue) if changed else 1.0
    better = names[0] if only_one > only_other else names[1]
    verdict = f"{better} is better" if p_value < 0.05 else "no difference shown"
    return {"only_first": only_one, "only_second": only_other, "p_value": p_value, "verdict": verdict}
