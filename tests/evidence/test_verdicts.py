"""Intervals and the paired test against closed forms, and by simulation: false alarms, coverage, power."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tlteach.engine.evaluation import Evaluation
from tlteach.evidence.verdicts import Difference, holm, mean_interval, paired_difference, points, verdict
from tlteach.evidence.verdicts import compare as mcnemar

COMPARISONS = 1000


def at_most(promised: float) -> float:
    """What a simulation may show of it: two standard errors more."""
    return promised + 2 * (promised * (1 - promised) / COMPARISONS) ** 0.5


def better(pairs) -> float:
    """The share of pairs in which one is called better than the other."""
    return np.mean([paired_difference(*pair).p_value < 0.05 for pair in pairs])


def simulated(random, inputs, ability, seeds=5, difficulty=1.0, seed=0.0, taste=0.0, noise=1.0, gap=0.0):
    """Whether two methods are right, booleans (seeds, inputs) each: a method is right where its score is above zero.

    Standard deviations: `difficulty` of the inputs, which both share; `seed` of a method's seeds; `taste` of a method
    for an input, the same in all seeds; `noise` of a single prediction. `gap` is added to the first method's ability.
    """
    shared = random.normal(0, difficulty, inputs)

    def method(ability):
        of_seeds, of_inputs = random.normal(0, seed, (seeds, 1)), random.normal(0, taste, inputs)
        return ability - shared + of_seeds + of_inputs + noise * random.standard_normal((seeds, inputs), "float32") > 0

    return method(ability + gap), method(ability)


WORLDS = {
    "only noise": {"inputs": 200, "ability": 1.5},
    "hard and easy inputs": {"inputs": 200, "ability": 3, "difficulty": 2, "noise": 0.3},
    "inputs that suit one method": {"inputs": 200, "ability": 2.5, "taste": 1, "noise": 0.3},
    "seeds that hardly differ": {"inputs": 200, "ability": 2, "taste": 1, "noise": 0.02},
    "seeds that differ": {"inputs": 200, "ability": 1, "taste": 0.5, "seed": 0.8},
    "a bit of everything": {"inputs": 200, "ability": 1.5, "taste": 0.5, "seed": 0.2},
    "few inputs": {"inputs": 40, "ability": 1.5, "taste": 0.5, "seed": 0.2},
    "nearly perfect": {"inputs": 200, "ability": 4, "taste": 0.7, "seed": 0.2},
    "nearly perfect on few inputs": {"inputs": 60, "ability": 3.5, "taste": 0.7, "seed": 0.1},
}
# Seeds differ much, inputs less, and the noise is small: of 700 worlds those in which the test is wrong most often.
WORST = {
    "seeds and inputs, little noise": {"inputs": 200, "ability": 1, "taste": 0.3, "seed": 0.3, "noise": 0.3},
    "seeds and inputs, no noise": {"inputs": 200, "ability": 1, "taste": 1, "seed": 0.3, "noise": 0.02},
    "seeds differ more than 60 inputs do": {"inputs": 60, "ability": 0, "taste": 2, "seed": 1.5, "noise": 0.02},
}
SEEDS = pytest.mark.parametrize("seeds", [3, 5, 10])


@SEEDS
@pytest.mark.parametrize("world", WORLDS | WORST)
def test_two_equal_methods_are_rarely_called_different(world, seeds):
    random, values = np.random.default_rng(0), (WORLDS | WORST)[world]
    found = better(simulated(random, **values, seeds=seeds) for _ in range(COMPARISONS))
    assert found <= at_most(0.06 if seeds == 3 and world in WORST else 0.05)


@SEEDS
@pytest.mark.parametrize("changed", [0, 1])
@pytest.mark.parametrize("differ", [4, 8])
def test_seeds_that_are_one_run_again_are_judged_as_one_run(differ, changed, seeds):
    """Equal methods differ on a few inputs, the same in all seeds; in each seed `changed` inputs are answered anew."""
    random = np.random.default_rng(differ)

    def copies():
        right = np.ones((2, seeds, 100), dtype=bool)
        right[random.integers(0, 2, differ), :, np.arange(differ)] = False
        for of_seed in right.swapaxes(0, 1):
            of_seed[random.integers(0, 2, changed), random.integers(0, 100, changed)] ^= True
        return right

    assert better(copies() for _ in range(COMPARISONS)) <= at_most(0.05)


def mcnemar_of_summed_counts(first, second):
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    return stats.binomtest(only_first, only_first + only_second).pvalue


def t_test_over_seeds(first, second):
    return stats.ttest_rel(first.mean(axis=1), second.mean(axis=1)).pvalue


def bootstrap_over_both(first, second, draws=200):
    random, differences = np.random.default_rng(0), first.astype(float) - second
    seeds, inputs = (random.multinomial(n, np.ones(n) / n, draws) / n for n in differences.shape)
    means = ((seeds @ differences) * inputs).sum(axis=1)
    return 2 * min((means <= 0).mean(), (means >= 0).mean())


@pytest.mark.parametrize(
    ("test", "world"),
    [
        (mcnemar_of_summed_counts, "inputs that suit one method"),
        (mcnemar_of_summed_counts, "seeds that differ"),
        (t_test_over_seeds, "inputs that suit one method"),
        (bootstrap_over_both, "seeds that differ"),
    ],
)
def test_other_tests_do_not_hold(test, world):
    """Why the paired test is what it is: these are wrong at least twice as often as they say."""
    random = np.random.default_rng(1)
    assert sum(test(*simulated(random, **WORLDS[world])) < 0.05 for _ in range(300)) > 0.1 * 300


def test_all_verdicts_of_a_comparison_together_hold_the_level():
    """Four equal methods make six pairs: in at most 5 % of comparisons is any of them called different."""
    random = np.random.default_rng(2)
    alarms = 0
    for _ in range(300):
        methods = [side for _ in range(2) for side in simulated(random, 200, 1.5, taste=0.7, seed=0.2)]
        pairs = [paired_difference(methods[i], methods[j]) for i in range(4) for j in range(i)]
        alarms += min(holm([pair.p_value for pair in pairs])) < 0.05
    assert alarms <= stats.binom.ppf(0.99, 300, 0.05)


@pytest.mark.parametrize(
    ("points", "gap", "found"),
    [
        (2, 0.128, {3: 0.05, 5: 0.16, 10: 0.35}),
        (3, 0.198, {3: 0.14, 5: 0.36, 10: 0.69}),
        (5, 0.35, {3: 0.47, 5: 0.80, 10: 0.94}),
    ],
)
def test_differences_that_are_found_with_500_inputs(points, gap, found):
    """How often, at least, with 3, 5 and 10 seeds."""
    random = np.random.default_rng(3)
    world = WORLDS["a bit of everything"] | {"inputs": 500, "seed": 0.09, "gap": gap}
    for seeds, least in found.items():
        pairs = [simulated(random, **world, seeds=seeds) for _ in range(COMPARISONS)]
        assert 100 * np.mean([first.mean() - second.mean() for first, second in pairs]) == pytest.approx(
            points, abs=0.1
        )
        assert better(pairs) > least


@pytest.mark.parametrize("gap", [0.0, 0.5])
@pytest.mark.parametrize(
    ("world", "seeds"),
    [("a bit of everything", 5), ("few inputs", 5), ("nearly perfect", 5), ("a bit of everything", 3)],
)
def test_the_interval_of_a_difference_covers_the_truth(world, seeds, gap):
    """The truth is what infinitely many new inputs and new seeds would show."""
    random, world = np.random.default_rng(4), WORLDS[world] | {"seeds": seeds, "gap": gap}
    truth = np.mean([np.subtract(*map(np.mean, simulated(random, **world))) for _ in range(1500)])
    pairs = [paired_difference(*simulated(random, **world)) for _ in range(COMPARISONS)]
    assert np.mean([pair.low <= truth <= pair.high for pair in pairs]) > 0.93


@pytest.mark.parametrize(("seeds", "ability"), [(5, 1.0), (5, 2.5), (3, 1.0), (10, 1.0)])
def test_the_interval_of_an_accuracy_covers_the_truth_of_other_seeds(seeds, ability):
    random = np.random.default_rng(5)
    shared = random.normal(0, 1, 500)
    of_seeds = random.normal(0, 0.3, (COMPARISONS, seeds, 1))
    right = ability - shared + of_seeds + random.normal(0, 0.5, (COMPARISONS, seeds, 500)) > 0
    accuracies = right.mean(axis=2)
    intervals = [mean_interval(some, 500)[1:] for some in accuracies]
    covered = np.mean([low <= accuracies.mean() <= high for low, high in intervals])
    assert (0.9 if ability > 2 else 0.93) < covered < 0.985


@given(st.lists(st.floats(0, 1), min_size=2, max_size=10), st.integers(2, 1000))
def test_the_interval_of_an_accuracy_is_students(values, inputs):
    mean, low, high = mean_interval(values, inputs)
    n, deviation = len(values), np.std(values, ddof=1)
    half = stats.t.ppf(0.975, n - 1) * deviation / n**0.5 + 0.5 / inputs
    assert (mean, low, high) == pytest.approx((np.mean(values), max(0, mean - half), min(1, mean + half)))


def test_one_seed_has_no_interval():
    mean, low, high = mean_interval([0.9], 100)
    assert mean == 0.9
    assert np.isnan([low, high]).all()


some_answers = st.tuples(
    st.sampled_from([1, 3, 4, 6]), st.integers(6, 40), st.sampled_from([0, 0.1, 0.5]), st.integers(0, 2**32 - 1)
)


def answered(seeds, inputs, changing, seed):
    """Answers of two methods; of each seed's, the share `changing` is not that of the other seeds."""
    random = np.random.default_rng(seed)
    right = np.repeat(random.random((2, 1, inputs)) < random.random((2, 1, 1)), seeds, axis=1)
    return right ^ (random.random(right.shape) < changing)


@given(some_answers)
def test_turned_round_everything_is_turned_round(values):
    first, second = answered(*values)
    one, other = paired_difference(first, second), paired_difference(second, first)
    assert list(vars(one.turned()).values()) == pytest.approx(list(vars(other).values()))
    assert 0 <= one.p_value <= 1
    assert -1 <= one.low <= one.mean <= one.high <= 1


@given(some_answers)
def test_the_interval_agrees_with_the_test(values):
    found = paired_difference(*answered(*values))
    assert (found.p_value < 0.05) == (found.low > 0 or found.high < 0)


@pytest.mark.parametrize(("seeds", "inputs"), [(2, 500), (5, 5), (1, 1)])
def test_of_too_little_nothing_is_told(seeds, inputs):
    right = np.ones((seeds, inputs), dtype=bool)
    found = paired_difference(right, ~right)
    assert (found.mean, found.p_value) == (1, 1)
    assert np.isnan([found.low, found.high]).all()


@given(st.integers(3, 6), st.integers(6, 40), st.integers(0, 2**32 - 1))
def test_copies_of_one_run_add_nothing(seeds, inputs, seed):
    one_run = answered(1, inputs, 0, seed)
    found, expected = (paired_difference(*np.repeat(one_run, times, axis=1)) for times in (seeds, 1))
    ends = [[some.low, some.high, some.p_value] for some in (found, expected)]
    assert ends[0] == pytest.approx(ends[1])


def test_where_inputs_agree_it_is_the_t_test_over_seeds():
    first = np.repeat([[True], [True], [False], [True]], 30, axis=1)
    second = np.repeat([[False], [True], [False], [False]], 30, axis=1)
    expected = stats.ttest_1samp([1, 0, 0, 1], 0)
    found = paired_difference(first, second)
    assert found.p_value == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval()
    assert (found.low, found.high) == pytest.approx((max(-1, interval.low), min(1, interval.high)))


@given(st.integers(3, 5), st.integers(6, 12), st.integers(0, 2**32 - 1))
def test_the_mean_squares_are_those_of_a_two_way_analysis_of_variance(seeds, inputs, seed):
    """Against a fit by least squares of one effect for each seed and one for each input."""
    random = np.random.default_rng(seed)
    first, second = random.random((2, seeds, inputs)) < 0.6
    differences = (first.astype(float) - second).ravel()
    rows, columns = np.divmod(np.arange(seeds * inputs), inputs)
    of_seed, of_input = np.eye(seeds)[rows], np.eye(inputs)[columns]

    def left_over(*effects):
        design = np.hstack([np.ones((len(differences), 1)), *effects])
        return ((differences - design @ np.linalg.lstsq(design, differences, rcond=None)[0]) ** 2).sum()

    nothing, both = left_over(), left_over(of_seed, of_input)
    rest = both / ((seeds - 1) * (inputs - 1))
    by_seed = max((nothing - left_over(of_seed)) / (seeds - 1), rest)
    by_input = max((nothing - left_over(of_input)) / (inputs - 1) - rest, 0)
    total = by_seed + by_input
    found = paired_difference(first, second)
    if total > 1e-9:
        freedom = total / ((by_seed - rest / 4) / (seeds - 1) + by_input / (inputs - 1))
        half = stats.t.ppf(0.975, freedom) * (total / (seeds * inputs)) ** 0.5 + by_input / total / inputs
        assert found.high == pytest.approx(min(1, differences.mean() + half), abs=1e-6)


@given(st.integers(6, 60), st.integers(0, 2**32 - 1))
def test_with_one_seed_it_is_mcnemars_test(inputs, seed):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 2, inputs)
    one, other = (Evaluation(np.eye(2)[random.integers(0, 2, inputs)], labels) for _ in range(2))
    found = paired_difference(one.correct[None], other.correct[None])
    expected = mcnemar(one, other, ("one", "other"))
    assert found.p_value == pytest.approx(expected["p_value"])
    assert (found.only_first, found.only_second) == (expected["only_first"], expected["only_second"])


def test_the_same_predictions_are_no_difference():
    right = np.ones((5, 20), dtype=bool)
    found = paired_difference(right, right)
    assert (found.mean, found.p_value) == (0, 1)
    assert paired_difference(right, ~right).p_value == 0.5**19


def test_equal_accuracies_of_all_seeds_are_not_taken_for_certainty():
    """One input more in every seed, but another one each time: that may well be chance."""
    first, second = np.zeros((5, 50), dtype=bool), np.zeros((5, 50), dtype=bool)
    first[np.arange(5), np.arange(5)] = True
    assert paired_difference(first, second).p_value > 0.03


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_the_definition(p_values):
    """Reject the smallest at 1/m of the level, the next at 1/(m-1), ..., until the first that fails."""
    corrected = holm(p_values)
    for level in (0.01, 0.05, 0.3):
        rejected, left = set(), len(p_values)
        for i in np.argsort(p_values, kind="stable"):
            if p_values[i] * left >= level:
                break
            rejected.add(int(i))
            left -= 1
        assert {i for i, p in enumerate(corrected) if p < level} == rejected


def test_nothing_to_correct():
    assert holm([]) == []


def difference(mean, low, high, p_value=0.01, seeds=5):
    return Difference(mean, low, high, p_value, seeds, 500, 30, 10)


def test_the_verdict_says_which_and_by_how_much():
    found = difference(0.021, 0.008, 0.034)
    assert verdict("fine_tuned", "frozen", found, 0.01) == "fine_tuned is better than frozen by 2.1 points [0.8, 3.4]"
    turned = verdict("frozen", "fine_tuned", found.turned(), 0.01)
    assert turned == "fine_tuned is better than frozen by 2.1 points [0.8, 3.4]"


def test_no_difference_shown_is_a_verdict():
    found = verdict("a", "b", difference(0.004, -0.006, 0.014), 0.3)
    assert found == "no difference shown between a and b: +0.4 points [-0.6, +1.4]"


def test_one_seed_is_said_in_the_verdict():
    assert verdict("a", "b", difference(0.1, 0.05, 0.15, seeds=1), 0.01).endswith("another may say otherwise)")


@pytest.mark.parametrize(("seeds", "inputs", "few"), [(2, 500, "2 seeds, where 3"), (5, 4, "4 inputs, where 6")])
def test_too_little_is_said_in_the_verdict(seeds, inputs, few):
    found = Difference(0.021, np.nan, np.nan, 1.0, seeds, inputs, 30, 10)
    told = f"too little to tell frozen and fine_tuned apart: +2.1 points ({few} are the fewest)"
    assert verdict("frozen", "fine_tuned", found, 1.0) == told


def test_no_minus_zero():
    assert points(difference(-0.0, -0.0001, 0.0)) == "+0.0 points [+0.0, +0.0]"
