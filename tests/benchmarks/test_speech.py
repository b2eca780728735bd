"""benchmarks/speech.py: whom heads learn from and whom they are judged on, and whose statistics are whose."""

import importlib

import numpy as np
import pytest
from places import BENCHMARKS

SPEAKERS = np.repeat(["anna", "ben", "cleo", "dora"], 30)
LABELS = np.tile(np.arange(10), 12)


@pytest.fixture(scope="module")
def speech():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(BENCHMARKS))
        yield importlib.import_module("speech")


class Head:
    """Keeps the rows that it learned from, and refuses to be judged on a speaker among them."""

    def fit(self, rows, labels):
        self.heard = set(rows[:, 0])
        assert np.bincount(labels).tolist() == [3] * 10
        return self

    def predict(self, rows):
        assert len(set(rows[:, 0])) == 1
        assert not self.heard & set(rows[:, 0])
        return np.full(len(rows), int(rows[0, 0]))


def test_a_head_is_judged_on_a_speaker_that_it_has_not_heard(speech, monkeypatch):
    numbers = np.unique(SPEAKERS, return_inverse=True)[1]
    monkeypatch.setattr(speech, "head_of", lambda strength: Head())
    guesses = speech.from_others(numbers[:, None].astype("float32"), LABELS, SPEAKERS, n=3, strength=1.0, seed=0)
    assert np.array_equal(guesses, numbers)


def test_statistics_of_all_and_of_each_voice(speech):
    random = np.random.default_rng(0)
    rows = random.normal(3, 2, (120, 4)) + (SPEAKERS == "ben")[:, None]
    rows[:, 3] = 7  # never changes
    of_all, of_each = speech.standardised(rows), speech.by_voice(rows, SPEAKERS)
    np.testing.assert_allclose(of_all[:, :3].mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(of_all[:, :3].std(axis=0), 1)
    by_four = of_each.reshape(4, 30, 4)[:, :, :3]
    np.testing.assert_allclose(by_four.mean(axis=1), 0, atol=1e-9)
    assert np.isfinite(of_all).all()
    assert not of_all[:, 3].any()


def test_the_strength_that_does_best_on_the_next_voices_is_taken(speech):
    random = np.random.default_rng(0)
    labels = np.tile([0, 1], 30)
    drawn = [({"rows": labels[:, None] + random.normal(0, 0.1, (60, 2))}, labels) for _ in range(3)]
    assert speech.settled(drawn, "rows", slice(20)) in importlib.import_module("speech_data").STRENGTHS
