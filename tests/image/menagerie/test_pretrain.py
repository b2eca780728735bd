"""Pre-training writes weights and card, each whole or not at all."""

import hashlib
import json

import numpy as np
import pytest

from tlteach.image.menagerie import SOURCE_SPECIES, sample
from tlteach.image.menagerie import pretrain as module
from tlteach.image.menagerie.pretrain import CARD_NAME, WEIGHTS_NAME, draw_source, pretrain, shrink

TINY = {"n_per_species": 6, "n_held_out": 2, "stages": ((32, 1, 0.01),), "n_species": 3, "batch_size": 6, "verbose": 0}


@pytest.fixture
def drawn_here(monkeypatch):
    """Draw in this process: starting others takes seconds."""
    from concurrent.futures import ThreadPoolExecutor

    monkeypatch.setattr(module, "ProcessPoolExecutor", lambda mp_context: ThreadPoolExecutor(1))


@pytest.mark.slow
def test_a_tiny_run_writes_weights_and_card(tmp_path, drawn_here, without_graphs):
    import keras

    card = pretrain(tmp_path, seed=3, **TINY)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([WEIGHTS_NAME, CARD_NAME])
    assert json.loads((tmp_path / CARD_NAME).read_text()) == json.loads(json.dumps(card))
    assert card["sha256"] == hashlib.sha256((tmp_path / WEIGHTS_NAME).read_bytes()).hexdigest()
    assert card["species"] == list(SOURCE_SPECIES[:3])
    assert (card["seed"], card["n_train"], card["n_held_out"]) == (3, 18, 6)
    base = keras.applications.MobileNet(alpha=0.25, input_shape=(96, 96, 3), include_top=False, weights=None)
    fresh = [weight.copy() for weight in base.get_weights()]
    base.load_weights(tmp_path / WEIGHTS_NAME)
    assert not any(np.array_equal(a, b) for a, b in zip(fresh, base.get_weights(), strict=True) if a.ndim == 4)


def stop(*_, **__):
    raise KeyboardInterrupt


def test_a_run_interrupted_while_training_leaves_what_was_there(tmp_path, drawn_here, monkeypatch):
    (tmp_path / WEIGHTS_NAME).write_text("older")
    monkeypatch.setattr(module, "train_stage", stop)
    with pytest.raises(KeyboardInterrupt):
        pretrain(tmp_path, **TINY)
    assert [path.name for path in tmp_path.iterdir()] == [WEIGHTS_NAME]
    assert (tmp_path / WEIGHTS_NAME).read_text() == "older"


def test_a_run_interrupted_while_writing_leaves_nothing(tmp_path, monkeypatch):
    base, _ = module.source_network(2)
    saved = base.save_weights
    monkeypatch.setattr(base, "save_weights", lambda path: stop(saved(path)))
    with pytest.raises(KeyboardInterrupt):
        module.write_source(tmp_path, base, {"name": "menagerie_mobilenet_025"})
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_many_processes_draw_what_one_would():
    images, labels = draw_source(20, seed=5, n_species=2, progress=False)
    np.testing.assert_array_equal(labels, np.arange(40) % 2)
    np.testing.assert_array_equal(images, sample(SOURCE_SPECIES[:2], 40, 5)[0])


def test_shrinking_keeps_the_picture():
    images = np.zeros((1, 96, 96, 3), dtype="uint8")
    images[:, :48] = 200
    small = shrink(images, 64)
    assert small.shape == (1, 64, 64, 3)
    assert (small[0, 10, 10, 0], small[0, 60, 10, 0]) == (200, 0)
    assert shrink(images, 96) is images
