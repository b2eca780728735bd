"""Every score against a slow computation of the same, its invariances, and its errors."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import multivariate_normal
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import mutual_info_score

from tlteach.core.errors import DataError, SourceError
from tlteach.methods import distances, transferability
from tlteach.methods.transferability import frozen_head, h_score, leep, logme, nce, rank_sources, shrunk_h_score

FEATURE_SCORES = (logme, h_score, shrunk_h_score)


def clusters(seed=0, n=60, d=5, classes=3, apart=1.0):
    """Features (n, d) around a random mean for each class, and labels (n,)."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    return random.normal(size=(classes, d))[labels] * apart + random.normal(size=(n, d)), labels


def guesses(seed=0, n=40, source_classes=4, classes=3, sharpness=2.0):
    """What a source's head might say (n, source_classes) about targets with labels (n,)."""
    random = np.random.default_rng(seed)
    labels = np.arange(n) % classes
    logits = sharpness * (random.normal(size=(classes, source_classes))[labels] + random.normal(size=(n, 1)))
    logits += random.normal(size=logits.shape)
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True), labels


seeds = st.integers(0, 10_000)
shapes = st.tuples(seeds, st.integers(6, 40), st.integers(1, 12), st.integers(2, 4))

# ---------------------------------------------------------------- LEEP and NCE


def slow_leep(probabilities, labels):
    n, n_source = probabilities.shape
    n_target = labels.max() + 1
    joint = [[0.0] * n_source for _ in range(n_target)]
    for i in range(n):
        for z in range(n_source):
            joint[labels[i]][z] += probabilities[i, z] / n
    total = 0.0
    for i in range(n):
        expected = 0.0
        for z in range(n_source):
            marginal = sum(joint[y][z] for y in range(n_target))
            expected += joint[labels[i]][z] / marginal * probabilities[i, z]
        total += np.log(expected)
    return total / n


@pytest.mark.parametrize("seed", range(5))
def test_leep_is_what_plain_loops_give(seed):
    probabilities, labels = guesses(seed)
    assert leep(probabilities, labels) == pytest.approx(slow_leep(probabilities, labels), abs=1e-12)


def test_leep_is_zero_where_the_source_is_sure_and_right_and_the_prior_where_it_says_nothing():
    labels = np.array([0, 0, 1, 2])
    assert leep(np.eye(3)[labels], labels) == 0
    assert leep(np.full((4, 5), 0.2), labels) == pytest.approx(-1.5 * np.log(2))
    assert leep(np.eye(9)[labels], labels) == 0  # source classes that are never seen


@given(seeds, st.floats(0.1, 20))
@settings(deadline=None, max_examples=50)
def test_leep_lies_between_the_entropies_and_zero(seed, sharpness):
    """By Jensen's inequality, it is at least -H(target given source) of its joint table, thus at least -H(target)."""
    probabilities, labels = guesses(seed, sharpness=sharpness)
    joint = np.stack([probabilities[labels == y].sum(axis=0) for y in range(3)]) / len(labels)
    conditional_entropy = -np.sum(joint * np.log(np.maximum(joint / joint.sum(axis=0), 1e-300)))
    score = leep(probabilities, labels)
    assert -conditional_entropy - 1e-9 <= score <= 1e-12
    assert score >= -np.log(3) - 1e-3  # forty labels over three classes


@given(seeds)
@settings(deadline=None, max_examples=30)
def test_leep_of_a_source_without_doubt_is_nce(seed):
    probabilities, labels = guesses(seed)
    source = probabilities.argmax(axis=1)
    assert leep(np.eye(4)[source], labels) == pytest.approx(nce(source, labels), abs=1e-12)


@given(st.lists(st.tuples(st.integers(-2, 3), st.integers(0, 3)), min_size=2, max_size=60))
@settings(deadline=None)
def test_nce_is_mutual_information_minus_entropy(pairs):
    source, target = np.array(pairs).T
    if len(set(target.tolist())) < 2:
        return
    expected = mutual_info_score(source, target) - mutual_info_score(target, target)
    assert nce(source, target) == pytest.approx(expected, abs=1e-9)
    assert nce(target, target) == 0


# ---------------------------------------------------------------- LogME


def largest_evidence(features, y):
    """Maximise the marginal likelihood of Bayesian linear regression over log alpha and log beta, numerically."""
    n = len(y)

    def negative(parameters):
        alpha, beta = np.exp(np.clip(parameters, -30, 30))
        covariance = np.eye(n) / beta + features @ features.T / alpha
        return -multivariate_normal.logpdf(y, np.zeros(n), covariance) / n

    starts = itertools.product((-2, 2, 6), (0, 3))
    return -min(minimize(negative, start, method="Nelder-Mead", options={"xatol": 1e-7}).fun for start in starts)


@pytest.mark.parametrize(("n", "d", "apart"), [(30, 4, 1.0), (12, 30, 1.0), (20, 20, 0.5), (40, 3, 0.1)])
def test_logme_is_the_largest_evidence_that_a_numerical_search_finds(n, d, apart):
    features, labels = clusters(1, n, d, 3, apart)
    expected = np.mean([largest_evidence(features, (labels == c).astype(float)) for c in range(3)])
    assert logme(features, labels) == pytest.approx(expected, abs=1e-5)


def fixed_point_logme(features, y):
    """The iteration of the paper (You et al., 2021, algorithm 1), with plain matrix algebra."""
    n, d = features.shape
    alpha = beta = 1.0
    strengths = np.linalg.eigvalsh(features.T @ features)
    for _ in range(1000):
        precision = alpha * np.eye(d) + beta * features.T @ features
        mean = beta * np.linalg.solve(precision, features.T @ y)
        gamma = np.sum(beta * strengths / (alpha + beta * strengths))
        misfit = np.sum((features @ mean - y) ** 2)
        alpha, beta = gamma / (mean @ mean), (n - gamma) / misfit
    precision = alpha * np.eye(d) + beta * features.T @ features
    mean = beta * np.linalg.solve(precision, features.T @ y)
    fit = beta * np.sum((features @ mean - y) ** 2) + alpha * mean @ mean
    evidence = n * np.log(beta) + d * np.log(alpha) - n * np.log(2 * np.pi) - fit - np.linalg.slogdet(precision)[1]
    return evidence / 2 / n


def test_logme_is_where_the_papers_iteration_ends():
    features, labels = clusters(2, 60, 6, 2)
    expected = np.mean([fixed_point_logme(features, (labels == c).astype(float)) for c in range(2)])
    assert logme(features, labels) == pytest.approx(expected, abs=1e-6)


def test_logme_stays_finite_where_features_give_the_labels_or_nothing():
    labels = np.arange(20) % 2
    exact, constant = np.eye(2)[labels], np.ones((20, 3))
    scores = [logme(features, labels) for features in (exact, 1e-6 * exact, constant, np.zeros((20, 3)))]
    assert np.isfinite(scores).all()
    assert scores[0] == pytest.approx(scores[1])
    assert scores[0] > scores[2] >= scores[3] - 1e-6


# ---------------------------------------------------------------- H-score


def slow_h_score(features, labels):
    """tr(pinv(cov f) cov(E[f given y])), both covariances by loops."""
    n, d = features.shape
    mean = sum(features) / n
    means = {c: sum(features[labels == c]) / (labels == c).sum() for c in set(labels.tolist())}
    covariance, between = np.zeros((d, d)), np.zeros((d, d))
    for row, label in zip(features, labels, strict=True):
        covariance += np.outer(row - mean, row - mean) / n
        between += np.outer(means[label] - mean, means[label] - mean) / n
    product = np.linalg.pinv(covariance, rcond=1e-10) @ between
    return sum(product[i, i] for i in range(d))


@pytest.mark.parametrize(("n", "d"), [(60, 5), (30, 1), (12, 30)])
def test_the_h_score_is_the_trace(n, d):
    features, labels = clusters(3, n, d)
    assert h_score(features, labels) == pytest.approx(slow_h_score(features, labels), abs=1e-8)


def test_the_h_score_ignores_features_that_repeat_others():
    features, labels = clusters(3)
    doubled = np.hstack([features, features @ np.ones((5, 2)), np.full((60, 1), 7.0)])
    assert h_score(doubled, labels) == pytest.approx(h_score(features, labels), abs=1e-8)


def test_with_more_features_than_inputs_the_h_score_is_blind_and_the_shrunk_one_is_not():
    random = np.random.default_rng(0)
    told, labels = clusters(0, 20, 50, 3, apart=3)
    noise = random.normal(size=(20, 50))
    assert h_score(told, labels) == pytest.approx(2) == h_score(noise, labels)
    assert shrunk_h_score(told, labels) > shrunk_h_score(noise, labels) + 0.5


@pytest.mark.parametrize(("n", "d"), [(60, 5), (12, 30), (40, 40), (30, 1)])
def test_the_shrunk_h_score_is_the_trace_with_the_covariance_of_scikit_learn(n, d):
    features, labels = clusters(4, n, d)
    covariance, shrinkage = ledoit_wolf(features)
    means = np.stack([features[labels == label].mean(axis=0) for label in labels]) - features.mean(axis=0)
    expected = np.trace(np.linalg.inv(covariance) @ ((1 - shrinkage) * means.T @ means / n))
    assert shrunk_h_score(features, labels) == pytest.approx(float(expected), rel=1e-6)


# ---------------------------------------------------------------- the rival


@pytest.mark.parametrize("seed", range(3))
def test_the_frozen_head_is_softmax_regression(seed):
    features, labels = clusters(seed, 120, 30, 3, apart=0.5)
    learn, judge = features[:60] * 1e-9 + 5, features[60:] * 1e-9 + 5  # the scale of the features is no matter
    expected = LogisticRegression(C=1.0, tol=1e-10).fit((learn - learn.mean(0)) / learn.std(0), labels[:60] + 4)
    right = expected.score((judge - learn.mean(0)) / learn.std(0), labels[60:] + 4)
    assert frozen_head(learn, labels[:60] + 4, judge, labels[60:] + 4) == pytest.approx(right, abs=1 / 59)


def test_the_frozen_head_names_what_does_not_fit():
    features, labels = clusters()
    with pytest.raises(DataError, match="Training has 5 features and validation 4"):
        frozen_head(features, labels, features[:, :4], labels)
    with pytest.raises(DataError, match="60 rows but 59 labels"):
        frozen_head(features, labels, features, labels[:-1])
    assert frozen_head(np.ones((6, 2)), np.arange(6) % 2, np.ones((4, 2)), np.arange(4) % 2) == 0.5


# ---------------------------------------------------------------- invariances


@given(shapes)
@settings(deadline=None, max_examples=40)
def test_the_order_of_inputs_and_the_names_of_classes_do_not_matter(shape):
    seed, n, d, classes = shape
    features, labels = clusters(seed, n, d, classes)
    order = np.random.default_rng(seed).permutation(n)
    for score in FEATURE_SCORES:
        assert score(features[order], 7 - labels[order]) == pytest.approx(score(features, labels), abs=1e-7)
    probabilities, labels = guesses(seed, n, d + 1, classes)
    assert leep(probabilities[order], 7 - labels[order]) == pytest.approx(leep(probabilities, labels), abs=1e-9)


@given(shapes, st.floats(1e-3, 1e3))
@settings(deadline=None, max_examples=40)
def test_rotations_and_a_common_scale_do_not_matter(shape, scale):
    seed, n, d, classes = shape
    features, labels = clusters(seed, n, d, classes)
    rotation, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(d, d)))
    for score in FEATURE_SCORES:
        assert score(scale * features @ rotation, labels) == pytest.approx(score(features, labels), abs=1e-5)


@given(seeds)
@settings(deadline=None, max_examples=40)
def test_the_h_score_stays_the_same_under_invertible_linear_maps(seed):
    features, labels = clusters(seed)
    random = np.random.default_rng(seed)
    invertible = random.normal(size=(5, 5)) + 4 * np.eye(5)
    moved = features @ invertible + random.normal(size=5)
    assert h_score(moved, labels) == pytest.approx(h_score(features, labels), abs=1e-6)


@given(shapes)
@settings(deadline=None, max_examples=40)
def test_h_scores_lie_between_zero_and_classes_minus_one(shape):
    seed, n, d, classes = shape
    features, labels = clusters(seed, n, d, classes)
    for score in (h_score, shrunk_h_score):
        assert -1e-9 <= score(features, labels) <= classes - 1 + 1e-9


def test_every_score_prefers_features_that_tell_the_classes():
    features, labels = clusters(0, 60, 5, 3, apart=3)
    shuffled = np.random.default_rng(0).permutation(labels)
    for score in FEATURE_SCORES:
        assert score(features, labels) > score(features, shuffled)
    probabilities, labels = guesses(0)
    assert leep(probabilities, labels) > leep(probabilities, np.random.default_rng(0).permutation(labels))


# ---------------------------------------------------------------- errors

GOOD, LABELS = clusters()


@pytest.mark.parametrize("score", [*FEATURE_SCORES, leep])
@pytest.mark.parametrize(
    ("features", "labels", "words"),
    [
        (GOOD[:0], LABELS[:0], "shape"),
        (GOOD[0], LABELS[:5], "shape"),
        (GOOD.reshape(60, 5, 1, 1), LABELS, "height and width"),
        (GOOD, LABELS[:-1], "60 rows but 59 labels"),
        (np.where(GOOD[7, 1] == GOOD, np.nan, GOOD), LABELS, "row 7"),
        (GOOD, np.zeros(60, int), "one class"),
        (GOOD, LABELS.astype(float), "integer"),
        (GOOD, np.eye(3)[LABELS], "integer"),
        (GOOD.astype(str), LABELS, "numbers"),
    ],
)
def test_what_cannot_be_scored_is_named(score, features, labels, words):
    with pytest.raises(DataError, match=words):
        score(features, labels)


def test_leep_takes_probabilities_only():
    with pytest.raises(DataError, match="softmax"):
        leep(GOOD, LABELS)
    with pytest.raises(DataError, match="sum to 1"):
        leep(np.full((60, 3), 0.5), LABELS)


def test_nce_takes_labels_only():
    with pytest.raises(DataError, match="source_labels"):
        nce(GOOD, LABELS)
    with pytest.raises(DataError, match="60 rows but 3"):
        nce(LABELS, LABELS[:3])
    with pytest.raises(DataError, match="one class"):
        nce(LABELS, np.zeros(60, int))


# ---------------------------------------------------------------- many sources


def test_sources_are_ranked_best_first(base, colours):
    import keras

    blind = keras.models.clone_model(base)
    blind.set_weights([weight * (weight.ndim == 1) for weight in base.get_weights()])
    ranking = rank_sources([("blind", blind), ("seeing", base)], colours)
    assert [row[0] for row in ranking.rows] == ["seeing", "blind"]
    assert ranking.best == "seeing"
    assert ranking.rows[0][1] == 12
    features = base.predict(colours.train.arrays(32)[0], verbose=0).mean(axis=(1, 2))
    assert ranking.rows[0][2] == pytest.approx(logme(features, colours.train.labels), abs=1e-4)
    assert str(ranking).splitlines()[1].split() == ["source", "features", "logme", "seconds"]
    assert len(str(ranking).splitlines()) == 4


def test_leep_and_nce_rank_classifiers(base, colours):
    import keras

    pooled = keras.layers.GlobalAveragePooling2D()(base.output)
    classifier = keras.Model(base.inputs, keras.layers.Dense(4, activation="softmax")(pooled))
    for score in ("leep", "nce"):
        ranking = rank_sources([("head", classifier)], colours, score)
        assert -np.log(2) - 1e-6 <= ranking.rows[0][2] <= 0
        with pytest.raises(SourceError, match="without their head"):
            rank_sources(["menagerie"], colours, score)
    with pytest.raises(DataError, match="softmax"):
        rank_sources([("no head", base)], colours, "leep")


def test_ranking_needs_a_score_and_sources(colours):
    with pytest.raises(SourceError, match="logme"):
        rank_sources(["menagerie"], colours, "lukme")
    with pytest.raises(SourceError, match="list of names of sources"):
        rank_sources([], colours)
    with pytest.raises(SourceError, match="no source called"):
        rank_sources(["mobilenot_v9000_xyz"], colours)


def test_a_bundled_source_is_ranked_by_its_name():
    from tlteach import tasks

    ranking = rank_sources(["menagerie"], tasks.cats_vs_dogs().subset(8), "shrunk_h_score")
    assert ranking.rows[0][1] == 256
    assert 0 < ranking.rows[0][2] < 1


def test_the_distances_can_be_had_from_here_too():
    assert transferability.mmd is distances.mmd
