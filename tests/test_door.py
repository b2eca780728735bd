"""A public function that is given something of the wrong kind says so in a sentence; no other error comes out."""

import contextlib
import importlib
import inspect
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import hypothesis.strategies as st
import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from matplotlib.figure import Figure
from promise import small
from small_texts import small_tokenizer
from sounds import pitches

import tlteach as tl
from tlteach.core.door import checked, told
from tlteach.core.errors import GuardError, TlteachError
from tlteach.core.kinds import KINDS
from tlteach.evidence.comparison import Comparison
from tlteach.image.form import Pixels
from tlteach.image.splits import Split
from tlteach.sound.splits import Sounds
from tlteach.tasks import ROOMS
from tlteach.text.splits import TextSplit


class ReachedError(TlteachError):
    """The arguments were let in; what would take seconds is not done."""


def stop(*args, **kwargs):
    raise ReachedError


def do_not_drive(cars):
    raise ReachedError


TASK = replace(small.task(), tier="bundled")
TEXTS = small.task_of_texts()
SOUNDS = Sounds(*pitches(12), 2)
with tl.quietly():
    MODEL = small.model()
    UNFROZEN = tl.unfreeze(small.model(), 0.5)
PICTURES, LABELS = small.pictures(12)
FEATURES = np.random.default_rng(0).normal(size=(12, 3))
CONTINUAL = tl.continual.network(3, 2, width=4)
HISTORY = {"loss": [1.0], "val_loss": [1.0], "accuracy": [0.5], "val_accuracy": [0.5]}
COMPARISON = Comparison("t", np.zeros(2, int), ("scratch", "frozen"), (None,), ())
RESULT = SimpleNamespace(
    to_dict=dict, card=dict, listing=[], form=Pixels(32), model=SimpleNamespace(save=lambda path: path.touch())
)
EVALUATION = SimpleNamespace(confusion=np.eye(2, dtype=int))
ANIMAL = tl.menagerie.sample("cat", 1, 0, size=8)[1][0]
TOWER = tl.few_shot.tower(FEATURES, 2)
TOWERS = tl.few_shot.two_towers(TOWER, tl.few_shot.tower(FEATURES, 2))
EMBEDDING, ATTRIBUTES = tl.few_shot.embedding(FEATURES, 2), tl.few_shot.attribute_network(FEATURES, np.eye(2))
TASKS = tl.multi_task.Tasks(FEATURES.astype("float32"), {"red": LABELS, "first": FEATURES[:, 0]})
WORLDS = tl.sim_to_real.worlds(2)
MANY = ("static", "uncertainty", "gradnorm", "pcgrad", "cosines", "predicted")
MENAGERIE = tl.sources.source_by_name("menagerie")

# What the parameters of the public functions take, by their names.
VALID = {
    "task": TASK,
    "source_task": TASK,
    "split": TASK.test,
    "model": MODEL,
    "base": small.base(),
    "source": MENAGERIE,
    "select_source.name": "menagerie",
    "source_by_name.name": "menagerie",
    "weights": None,
    "transfer.source": "menagerie",
    "size": 96,
    "**named": {"image_size": 96},
    "**size": {"image_size": 96},
    "dropout": 0.2,
    "from_layer": 0.5,
    "model_name": "mobilenet_0.25_96",
    "preprocess.inputs": keras.Input((8, 8, 3)),
    "learning_rate": 1e-4,
    "fine_tune_learning_rate": 1e-4,
    "block_rates.learning_rate": (1e-5, 1e-3),
    "recompile.model": UNFROZEN,
    "block_rates.model": UNFROZEN,
    "epochs": 1,
    "fine_tune_epochs": 1,
    "epochs_per_block": 1,
    "n_blocks": 1,
    "rank": 2,
    "batch_size": 8,
    "augment": None,
    "seed": 0,
    "callbacks": [],
    "verbose": 0,
    "cache": True,
    "views": 2,
    "memory_budget": 1e6,
    "step": 4,
    "**training": {"batch_size": 8, "verbose": 0},
    "**columns": {"text": "text", "label": "label"},
    "by_name.name": "texts.csv",
    "tier": "bundled",
    "person": "wei",
    "name": "mine",
    "text": "text",
    "label": "label",
    "inputs": PICTURES,
    "labels": LABELS,
    "class_names": ["red", "blue"],
    "n_per_class": 2,
    "texts": [f"text {n}" for n in range(12)],
    "validation": 0.2,
    "test": 0.2,
    "from_csv.path": "texts.csv",
    **{f"from_splits.{split}": (PICTURES, LABELS) for split in ("train", "validation", "test")},
    "from_folder.path": "photos",
    **dict.fromkeys(("from_folder.group", "from_csv.group", "by_name.group"), None),
    "from_sounds.path": "sounds",
    "by_speaker": True,
    "sounds": SOUNDS.inputs,
    "from_sound_arrays.labels": SOUNDS.labels,
    "speakers": None,
    "hear.split": SOUNDS,
    "milliseconds": 200,
    "compare.load.path": "comparison.json",
    "path": "model.keras",
    "folder": "made",
    "methods": ["frozen"],
    "seeds": 1,
    "labels_per_class": 2,
    "workers": 1,
    "country": "ITA",
    "carbon": False,
    "progress": False,
    "comparison": COMPARISON,
    "track": None,
    "client": None,
    "run": "run",
    "rerun.task": TASK,
    "found": COMPARISON,
    "saved": None,
    "method": "frozen",
    "baseline": "scratch",
    "first": "frozen",
    "second": "scratch",
    "low": 1e-5,
    "high": 0.1,
    "steps": 2,
    "peak": 1e-3,
    "strength": 0.1,
    "l2_sp.model": UNFROZEN,
    "warm_up": 0.1,
    "learning_rates": [1e-4],
    "score": "logme",
    "features": FEATURES,
    "validation_features": FEATURES,
    "feature_space.features": {"frozen": FEATURES, "fine-tuned": FEATURES + 1},
    "validation_labels": LABELS,
    "source_features": FEATURES,
    "target_features": FEATURES + 1,
    "source_labels": LABELS,
    "target_labels": LABELS,
    "source_probabilities": np.full((12, 2), 0.5),
    "sources": [("small", MODEL)],
    "n_train": 2,
    "n_validation": 2,
    "n_test": 2,
    "n": 2,
    "start": 0,
    "style": "daylight",
    "species": ["cat", "dog"],
    "attributes.species": "cat",
    "animal": ANIMAL,
    "word": "pako",
    "language": "akapa",
    "say.voice": tl.voices.Voice(),
    "variety": 1.0,
    "draw.size": 8,
    "sample.size": 8,
    "contact_sheet.size": 8,
    "figure": Figure(),
    "alt": "nothing",
    "frozen": HISTORY,
    "fine_tuned": HISTORY,
    "histories": {"A": HISTORY},
    "evaluation": EVALUATION,
    "images": PICTURES[:2],
    "titles": ["a", "b"],
    "columns": 2,
    "values": {"a": 0.1, "b": 0.7},
    "xlabel": "share",
    "title": "A finding",
    "mark": 0.5,
    "Result.save.self": RESULT,
    "Task.subset.self": TASK,
    **{f"Split.{method}.self": TASK.train for method in ("load", "arrays", "batches", "take")},
    **{f"Sounds.{method}.self": SOUNDS for method in ("load", "arrays", "batches", "take")},
    **{f"TextSplit.{method}.self": TEXTS.train for method in ("load", "arrays", "batches", "take")},
    "rows": [0, 1],
    "image_size": 8,
    "tokenizer": small_tokenizer(),
    "length": 8,
    "shuffle": False,
    "domains": tl.adapt.Domains((FEATURES, LABELS), (FEATURES, LABELS), FEATURES + 1, (FEATURES, LABELS)),
    **{f"between.{domain}": TASK for domain in ("source", "target")},
    "raw": True,
    "ratio": tl.adapt.kmm,
    "directions": 2,
    "width": 4,
    "ridge": 0.1,
    "shares": [0.5],
    "importance": np.ones(12),
    "rotation": 30.0,
    "centre": 2.0,
    "tasks": TASKS,
    **{f"{name}.model": tl.multi_task.network(TASKS) for name in MANY},
    "tied.model": tl.multi_task.own_trunks(TASKS),
    "cross_stitch.model": tl.multi_task.own_trunks(TASKS, stitched=True),
    **dict.fromkeys(("network.base", "own_trunks.base"), None),
    "loss_weights": {"red": 2.0},
    "speed": 2.0,
    "level": 1.0,
    "drawn_digits.size": 16,
    "stitched": True,
    "predicted.inputs": FEATURES,
    "predicted.name": "red",
    "smart_camera.split": "test",
    "change": "inverted",
    "much": None,
    "labelled": (PICTURES, LABELS),
    "unlabelled": PICTURES,
    "co_training.labelled": ((PICTURES, PICTURES), LABELS),
    "co_training.unlabelled": (PICTURES, PICTURES),
    "co_training.models": (MODEL, MODEL),
    "tri_training.models": (MODEL, MODEL, MODEL),
    "vote.models": (MODEL, MODEL, MODEL),
    "told": np.full((12, 2), 0.5),
    "share": 0.5,
    "threshold": 0.4,
    "rounds": 1,
    "weakly": keras.layers.GaussianNoise(0.1),
    "strongly": keras.layers.Dropout(0.5),
    "animals.labels": 20,
    "animals.unlabelled": 10,
    "dogs": 0.5,
    **dict.fromkeys(("old", "new", "new_head.model", "fisher.model"), CONTINUAL),
    **dict.fromkeys(("past", "present"), (FEATURES, LABELS)),
    "fisher.inputs": FEATURES,
    "n_inputs": 3,
    "n_classes": 2,
    "kept": 4,
    "most": 4,
    "self": COMPARISON,
    "ways": 2,
    "shots": 1,
    "n_queries": 2,
    "learner": tl.few_shot.nearest,
    "random": np.random.default_rng(0),
    "support": FEATURES,
    "queries": FEATURES,
    "mean": None,
    "encoder": None,
    "query_features": None,
    "by_prototypes.inputs": FEATURES,
    "meta_train.inputs": FEATURES,
    "query_inputs": None,
    **{f"{function}.inputs": FEATURES for function in ("dap", "eszsl", "contrast", "similarities")},
    "signatures": np.eye(2),
    "known": None,
    "signature_ridge": 1.0,
    "meta_train.model": EMBEDDING,
    "dap.model": ATTRIBUTES,
    "by_attributes.model": ATTRIBUTES,
    "contrast.model": TOWERS,
    "similarities.model": TOWERS,
    "picture_tower": TOWER,
    "text_tower": TOWER,
    "sentences": FEATURES[:2],
    "sentence_labels": np.arange(2),
    "penalty": 0.1,
    "scores": FEATURES,
    "is_known": np.array([True, True, False]),
    "harmonic_mean.labels": LABELS + 1,
    "best_penalty.labels": LABELS + 1,
    "worlds": WORLDS,
    "randomness": 0.5,
    "**of_group": {"light": 2.0},
    "outside": "night",
    "frames": 4,
    "aside": True,
    "pushed": True,
    "recorded": (np.zeros((4, 10, 24, 3), "float32"), np.zeros((4, 1), "float32")),
    "driver": do_not_drive,
    "clone.model": tl.sim_to_real.network(width=2),
    "anatomy": "cat",
    "kind": tl.menagerie.SPECIES["cat"],
    "clear": True,
    "kinds": {"cat": tl.menagerie.SPECIES["cat"]},
    "signatures.kinds": ["cat", "dog"],
    "n_each": 1,
    "sample_kinds.size": 8,
    "changed.species": "cat",
    "**parts": {"pattern": "spots"},
}
SLOW = (
    *("evidence.tracking.opened", "evidence.dask_grid.carry_out"),
    *("recipe.fit", "evidence.result.report", "evidence.grid.carry_out", "methods.tune.learning_rate._sweep"),
    *("methods.tune.forgetting.linear_probe", "methods.tune.recalibrate._measure"),
    *("image.scratch.scratch", "image.menagerie.animals.render_class", "image.tasks.check_photos"),
    *(
        "text.full_texts.fetch",
        "sound.full_digits.fetch",
        "sound.tasks.check_sounds",
        "sound.show._shown",
        "image.sources.fetch",
        "image.sources.build",
        "engine.batches.augmented",
    ),
)
METHODS = (
    *(tl.Result.save, tl.tasks.Task.subset, Comparison.correct, Comparison.pair, Comparison.save),
    *(Split.load, Split.arrays, Split.batches, Split.take),
    *(Sounds.load, Sounds.arrays, Sounds.batches, Sounds.take),
    *(TextSplit.load, TextSplit.arrays, TextSplit.batches, TextSplit.take),
)

ODD = [
    *(None, True, False, -1, 0, 1, 2, 3, 10**30, 0.5, 1.0, -0.1, float("nan"), float("inf"), 1e-300, 1j),
    *("", " ", "nonsense", "menagerie", "a\0b", "x" * 5000, "~nobody/x", b"bytes", Path("/no/such"), Path("texts.csv")),
    *([], (), {}, [1, 2], (1e-5, 1e-3), (1e-3, 1e-5), ["a", "b"], [[1], [2, 3]], {"head": 1e-3}, {1: 2}, {"a"}, [None]),
    *(object(), lambda *some: some[0], int, keras.layers.Dense, np.int64(1), np.float32(0.5), np.str_("a"), range(3)),
    *(np.zeros(3), np.zeros((2, 2)), np.array(0.1), np.array(["a", "b"]), PICTURES, LABELS, FEATURES),
    *(keras.layers.Dense(2), keras.optimizers.Adam(), keras.callbacks.CSVLogger("log.csv"), TASK, TASK.train),
    *(small.base(), small.head_on(small.base()), MODEL, MENAGERIE, keras.Sequential(), keras.Input((2,)), json),
    *(TEXTS, TEXTS.test, COMPARISON, EVALUATION, Figure(), ANIMAL, HISTORY),
    keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3)]),
]


def public() -> list[Callable]:
    """Every function that a learner may call after `tl.`, and the methods that take something."""
    found = list(METHODS)
    for value in (getattr(tl, name) for name in tl.__all__):
        if inspect.ismodule(value):
            names = getattr(value, "__all__", [name for name in vars(value) if not name.startswith("_")])
            found += [getattr(value, name) for name in names]
        else:
            found.append(value)
    is_ours = [inspect.isfunction(one) and one.__module__.startswith("tlteach.") for one in found]
    return [one for one, ours in zip(found, is_ours, strict=True) if ours and one is not checked]


def arguments_of(function: Callable) -> dict[str, object]:
    """An argument for each parameter of `function`, which it takes."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        is_many = parameter.kind is parameter.VAR_KEYWORD
        value = VALID.get(f"{function.__qualname__}.{name}", VALID.get(f"**{name}" if is_many else name))
        found |= value if is_many else {name: value}
    return found


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch, capsys):
    """What is written goes there; and what would take seconds only says that it was reached."""
    monkeypatch.chdir(tmp_path)
    rows = "\n".join(f"text {n},{n % 2}" for n in range(12))
    Path("texts.csv").write_text(f"text,label\n{rows}\n", encoding="utf-8")
    for name in SLOW:
        module, _, function = name.rpartition(".")
        monkeypatch.setattr(importlib.import_module(f"tlteach.{module}"), function, stop)
    monkeypatch.setattr(keras.Model, "predict", stop)
    monkeypatch.setattr(keras.Model, "evaluate", stop)
    monkeypatch.setattr(keras.Model, "fit", stop)


@pytest.mark.parametrize("function", public(), ids=lambda function: function.__qualname__)
@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_wrong_kind_or_an_odd_value_ends_in_a_sentence_or_works(function, data):
    arguments = arguments_of(function)
    names = [name for name in arguments if name != "self"]
    some = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True) if names else st.just([]))
    odd = {name: data.draw(st.sampled_from(ODD), label=name) for name in some}
    with tl.quietly(), contextlib.suppress(TlteachError):
        function(**arguments | odd)


def test_a_call_that_does_not_fit_the_signature_says_what_there_is():
    with pytest.raises(GuardError, match=r"train: got an unexpected keyword argument 'epoch'. It takes: model, t"):
        tl.train(MODEL, TASK, epoch=1)
    with pytest.raises(GuardError, match=r"evaluate: missing a required argument: 'split'"):
        tl.evaluate(MODEL)


def test_the_door_leaves_signature_and_source_as_they_were():
    assert list(inspect.signature(tl.unfreeze).parameters) == ["model", "from_layer"]
    assert "def unfreeze" in inspect.getsource(tl.unfreeze)
    assert tl.unfreeze.__doc__.startswith("Step 5")


def test_numbers_of_numpy_become_those_of_python():
    given = checked(lambda epochs, learning_rate: (epochs, learning_rate))(np.int64(2), np.float64(0.5))
    assert [type(one) for one in given] == [int, float]


def test_every_kind_in_the_table_is_that_of_a_parameter():
    known = {f"{function.__name__}.{name}" for function in public() for name in arguments_of(function)}
    names = {name.rsplit(".", 1)[-1] for name in known} | {room.SIZE[0] for room in ROOMS.values()}
    assert [name for name in KINDS if name not in known and name not in names] == []


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.zeros((12, 8)), "an array (ndarray) of the shape (12, 8)"),
        ([1, 2], "the list [1, 2]"),
        (keras.layers.Dense, "the class Dense itself"),
        (keras.layers.Dense(1, name="head"), "the Dense called head"),
        (TASK, "the Task called arrays"),
        (object(), "an object"),
    ],
)
def test_what_was_given_is_told(value, words):
    assert told(value) == words
