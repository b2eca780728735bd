"""Lesson 09: its exercises, and what its text claims that no cell asserts."""

import json

import numpy as np
from marking import exercises_of

import tlteach as tl
from tlteach.core.files import bundled
from tlteach.course.lessons.lesson_09 import POINTS, SOURCE, TARGET, mean_kernel, standardised
from tlteach.methods.adapt.mmd import WIDTHS

WITHIN = mean_kernel(POINTS[0], POINTS[0]) + mean_kernel(POINTS[1], POINTS[1])
ACROSS = mean_kernel(*POINTS)
OWN = standardised(20, TARGET)
ANGLES = {10: (0.9, 0.91), 30: (0.5, 0.62), 60: (0.2, 0.22)}


def found(said, measured=ANGLES):
    return {"said": said, "measured": measured}


SOLUTIONS = {
    "09-a": [1.6, 2 * (1 - 2 * 0.1)],
    "09-b": [OWN, round(OWN, 2)],
    "09-c": [WITHIN - 2 * ACROSS, np.float32(WITHIN - 2 * ACROSS)],
    "09-d": [found(30), found(30.0), found(0, {0: (0.5, 0.9), 45: (0.4, 0.5), 90: (0.1, 0.1)})],
}
MISTAKES = {
    "09-a": [0.1, 0.9, 1.8, 0.8, 2 * (1 - 0.4), 7.0],
    "09-b": [
        standardised(20, SOURCE),
        standardised(20, TARGET, ddof=1),
        4.5 / TARGET.var(),
        4.5,
        4.5 / SOURCE.std(),
        standardised(20, np.concatenate([SOURCE, TARGET])),
        0.0,
    ],
    "09-c": [
        np.sqrt(WITHIN - 2 * ACROSS),
        2 * np.exp(-2) - 2 * ACROSS,
        WITHIN - ACROSS,
        2 * ACROSS - WITHIN,
        4 * (WITHIN - 2 * ACROSS),
        1.0,
        7.0,
    ],
    "09-d": [
        found(10),
        found(45),
        found(10, {10: (0.9, 0.91)}),
        found(10, {10: (0.9, 0.91), 12: (0.9, 0.9), 60: (0.2, 0.2)}),
        found(10, {10: (9, 91), 30: (0.9, 0.9), 60: (0.2, 0.2)}),
    ],
}
ANSWERS = {"09-a": r"1\.6", "09-b": r"1\.34", "09-c": r"0\.22", "09-d": r"\b30\b"}


(
    test_every_exercise_is_tried_here,
    test_a_solution_is_solved,
    test_mistakes_get_hints_of_their_own,
    test_blanks_and_odd_answers_are_met_kindly,
) = exercises_of("09", SOLUTIONS, MISTAKES, ANSWERS)


# ---------------------------------------------------------------- what the text says


def test_clouds_that_agree_can_have_their_classes_exchanged():
    """Question q1: the same mean and covariance, and every answer wrong."""
    random = np.random.default_rng(0)
    labels = np.arange(200) % 2
    rows = random.normal(0, 0.2, (200, 3)) + np.outer(2 * labels - 1, [1, 0, 0])
    rows = (rows - rows.mean(axis=0)).astype("float32")
    domains = tl.adapt.Domains((rows, labels), (rows, labels), -rows, (-rows, labels))
    model = tl.adapt.coral(tl.adapt.network(domains, width=8, learning_rate=1e-2), domains, epochs=15)
    assert domains.judge(model).accuracy < 0.1


def test_a_kernel_sees_what_mean_and_covariance_do_not():
    """Two distributions with one mean and one variance: on two points, and normal."""
    from tlteach.methods import distances

    random = np.random.default_rng(0)
    points, normal = np.repeat([-1.0, 1.0], 200)[:, None], random.normal(size=(400, 1))
    normal = (normal - normal.mean()) / normal.std(ddof=1) * points.std(ddof=1)
    assert distances.coral_distance(points, normal) < 1e-6
    assert distances.mmd(points, normal) > 0.02
    assert min(WIDTHS) < 0.2 < 1 <= max(WIDTHS)


def test_the_bundled_record_has_what_the_lesson_shows():
    record = json.loads(bundled("comparisons/domains.json").read_text(encoding="utf-8"))
    for name in ("daylight to sketch", "daylight to night"):
        assert record[name]["seeds"] == 5
        methods = record[name]["methods"]
        for method in ("statistics", "CORAL", "MMD", "DANN"):
            assert methods[method]["transfer"] in ("better", "NEGATIVE", "no difference shown")
        assert methods["target labels"]["accuracy"][0] > methods["source only"]["accuracy"][0]
