"""Energy that would be read wrongly, or of nobody knows what."""

import numpy as np
from promise import small
from promise.table import correct, wrong

import tlteach as tl


def guess(task, seed):
    return np.zeros(len(task.test), int)


@wrong("has nothing on the electricity of 'Italy'. Give three letters")
def a_country_by_its_name():
    with tl.energy.measured("Italy"):
        pass


@wrong("measured got 39 for `country`; it takes")
def a_country_by_its_telephone_code():
    with tl.energy.measured(39):
        pass


@wrong("runs one at a time in this process")
def energy_of_runs_that_share_a_processor():
    tl.compare.compare([guess], small.task(), seeds=1, workers=2, carbon=True)


@wrong("compare got 475 for `carbon`; it takes True, False, or three letters")
def grams_for_a_kilowatt_hour_as_the_country():
    tl.compare.compare([guess], small.task(), seeds=1, carbon=475)


@correct
def energy_of_a_comparison():
    found = tl.compare.compare([guess], small.task(), seeds=1, carbon="ITA", progress=False)
    assert found.rows[0].joules > 0
