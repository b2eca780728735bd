"""The base of voices: its weights fit its card, and pre-training writes both, whole or not at all."""

import json
import math

import keras
import numpy as np
import pytest

from tlteach.__main__ import parser
from tlteach.core.files import bundled, sha256_of
from tlteach.sound.network import untrained
from tlteach.sound.voices import SOURCE_LANGUAGES, TARGET_LANGUAGE, sample
from tlteach.sound.voices.pretrain import CARD_NAME, WEIGHTS_NAME, heard, moved, pretrain

CARD = json.loads((bundled("weights") / CARD_NAME).read_text(encoding="utf-8"))
TINY = {"n_speakers": 1, "n_held_out": 1, "epochs": 1, "batch_size": 4, "languages": ("mak",), "verbose": 0}


def test_the_bundled_weights_are_those_of_the_card():
    weights = bundled("weights") / WEIGHTS_NAME
    assert CARD["sha256"] == sha256_of(weights)
    assert CARD["bytes"] == weights.stat().st_size < 10**6
    base = untrained()
    base.load_weights(weights)
    assert {weight.dtype for weight in base.weights if "seed" not in weight.path} == {"float32"}


def test_the_card_says_what_was_learned():
    assert CARD["languages"] == list(SOURCE_LANGUAGES)
    assert TARGET_LANGUAGE not in CARD["languages"]
    assert CARD["licence"] == "CC0-1.0"
    assert CARD["held_out_accuracy"] > 0.7


def test_no_speaker_is_heard_twice():
    languages = range(len(SOURCE_LANGUAGES))
    seeds = [CARD["seed"] * 20 + held_out * 10 + number for held_out in (0, 1) for number in languages]
    assert len(set(seeds)) == len(seeds)
    most = math.ceil(CARD["speakers"] / len(SOURCE_LANGUAGES))
    assert most < 10**6  # as many as a seed has


def test_the_words_of_each_language_are_classes_of_their_own():
    samples, labels = heard(1, 0, ("mak", "tavi"), progress=False)
    assert labels.tolist() == list(range(20))
    assert np.array_equal(samples[10:], sample("tavi", 10, seed=1)[0])


def test_what_is_moved_comes_later():
    clicks = np.zeros((8, 8000), "float32")
    clicks[:, 100] = 1
    late = moved(clicks, np.random.default_rng(0)).argmax(axis=1) - 100
    assert (late >= 0).all()
    assert (late < 1200).all()
    assert len(set(late)) > 4


@pytest.mark.slow
def test_a_tiny_run_writes_weights_and_card(tmp_path, without_graphs):
    card = pretrain(tmp_path, seed=3, **TINY)
    assert sorted(path.name for path in tmp_path.iterdir()) == [CARD_NAME, WEIGHTS_NAME]
    assert json.loads((tmp_path / CARD_NAME).read_text()) == json.loads(json.dumps(card))
    assert (card["seed"], card["languages"], card["n_train"], card["n_held_out"]) == (3, ["mak"], 10, 10)
    base = untrained()
    fresh = [weight.copy() for weight in base.get_weights()]
    base.load_weights(tmp_path / WEIGHTS_NAME)
    assert not any(np.array_equal(a, b) for a, b in zip(fresh, base.get_weights(), strict=True) if a.ndim == 4)


def test_a_run_that_is_interrupted_leaves_what_was_there(tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    (tmp_path / WEIGHTS_NAME).write_text("older")
    monkeypatch.setattr(keras.Model, "fit", stop)
    with pytest.raises(KeyboardInterrupt):
        pretrain(tmp_path, **TINY)
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS_NAME]
    assert (tmp_path / WEIGHTS_NAME).read_text() == "older"


def test_the_command_line_makes_it_where_it_is_asked_for(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr("tlteach.sound.voices.pretrain.pretrain", lambda folder, seed: made.append((folder, seed)))
    options = parser().parse_args(["pretrain", "--source", "voices", "--out", str(tmp_path), "--seed", "2"])
    options.function(options)
    assert made == [(tmp_path, 2)]
