"""A grid of methods, budgets and seeds: the same draws for all, resumed, never mistaken, and told in words."""

import dataclasses
import functools
import json
import re
import subprocess
import sys
import textwrap
import types

import keras
import numpy as np
import pytest
from places import ROOT

from tlteach.core.errors import DataError
from tlteach.evidence import curves, fingerprint, grid
from tlteach.evidence.compare import READY_MADE, Outcome, compare, fine_tuned, frozen, load, transfer_gain
from tlteach.evidence.comparison import Comparison
from tlteach.evidence.grid import Run
from tlteach.tasks import cats_vs_dogs, from_splits


def redness(split):
    pictures, _ = split.arrays(32)
    return pictures[..., 0].mean(axis=(1, 2)) - pictures[..., 2].mean(axis=(1, 2))


def by_colour(task, seed):
    """A method without Keras: the threshold between the classes' mean colours, in probabilities."""
    middle = np.mean([redness(task.train)[task.train.labels == label].mean() for label in (0, 1)])
    is_red = redness(task.test) > middle
    return Outcome(np.stack([is_red, ~is_red], axis=1).astype(float), trainable_parameters=1)


def guess(task, seed):
    return np.random.default_rng(seed).integers(0, 2, len(task.test))


def broken(task, seed):
    if seed == 1:
        raise ZeroDivisionError("no such luck")
    return guess(task, seed)


def small_network(task, seed):
    import keras

    model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(task.train.batches(32), epochs=1, verbose=0)
    return model


def here(*arguments, **settings):
    return compare(*arguments, **{"workers": 1, "progress": False, "seeds": 3, **settings})


def test_every_method_budget_and_seed_is_run(colours):
    found = here({"colour": by_colour, "guess": guess}, colours, labels_per_class=[10, 4], seeds=6)
    assert found.budgets == (4, 10)
    assert [(row.labels_per_class, row.method) for row in found.rows] == [
        (4, "colour"),
        (4, "guess"),
        (10, "colour"),
        (10, "guess"),
    ]
    assert len(found.runs) == 24
    assert found.rows[0].mean == 1.0
    assert found.rows[0].trainable_parameters == 1
    assert found.pair("colour", "guess", 10).verdict.startswith("colour is better than guess by")


def test_a_function_gets_the_draw_of_its_seed_and_methods_get_the_same(colours, tmp_path):
    def note(name, task, seed):
        np.save(tmp_path / f"{name}-{seed}.npy", task.train.inputs)
        return guess(task, seed)

    methods = {name: functools.partial(note, name) for name in ("one", "other")}
    here(methods, colours, labels_per_class=5)
    for seed in range(3):
        one, other = (np.load(tmp_path / f"{name}-{seed}.npy") for name in methods)
        np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(one, colours.subset(5, seed=seed).train.inputs)


def test_a_keras_model_is_judged_and_timed(colours, without_graphs):
    found = here([small_network], colours, seeds=1)
    (row,) = found.rows
    assert row.method == "small_network"
    assert row.trainable_parameters == 8
    assert row.seconds > 0
    assert "one seed: none" in str(found)


def test_the_seed_is_set_before_each_run(colours, without_graphs):
    first, second = (here([small_network], colours, seeds=2) for _ in range(2))
    for one, other in zip(first.runs, second.runs, strict=True):
        np.testing.assert_array_equal(one.predicted, other.predicted)


def test_what_methods_print_is_not_shown(colours, capfd):
    def loud(task, seed):
        print("loud")
        print("loud", file=sys.stderr)
        return guess(task, seed)

    here([loud], colours)
    assert capfd.readouterr() == ("", "")


# ---------------------------------------------------------------- files


@pytest.fixture
def counted(tmp_path):
    """A method, and a function that says how often it was called."""
    path = tmp_path / "calls"

    def method(task, seed):
        with path.open("a") as file:
            file.write("x")
        return guess(task, seed)

    return method, lambda: len(path.read_text()) if path.exists() else 0


def test_a_finished_grid_is_not_run_again(colours, tmp_path, counted):
    method, calls = counted
    first = here({"m": method}, colours, folder=tmp_path / "runs")
    again = here({"m": method}, colours, folder=tmp_path / "runs")
    assert calls() == 3
    assert str(first) == str(again)
    here({"m": method}, colours, folder=tmp_path / "runs", seeds=5)
    assert calls() == 5


def test_an_interrupted_grid_goes_on_where_it_was(colours, tmp_path, counted):
    method, calls = counted

    def interrupted(task, seed):
        raise KeyboardInterrupt

    folder = tmp_path / "runs"
    with pytest.raises(KeyboardInterrupt):
        here({"m": method, "other": interrupted}, colours, folder=folder)
    assert calls() == 1
    assert len(list(folder.glob("*.json"))) == 1
    here({"m": method, "other": guess}, colours, folder=folder)
    assert calls() == 3


def test_a_damaged_file_is_run_again(colours, tmp_path, counted):
    method, calls = counted
    here({"m": method}, colours, folder=tmp_path / "runs")
    one, other, _ = sorted((tmp_path / "runs").iterdir())
    one.write_text(one.read_text()[:-30])
    other.write_text("[]")
    here({"m": method}, colours, folder=tmp_path / "runs")
    assert calls() == 5


def test_a_failed_run_is_named_and_loses_nothing_else(colours, tmp_path):
    found = here({"broken": broken, "colour": by_colour}, colours, folder=tmp_path)
    assert "FAILED: broken, all labels, seed 1: ZeroDivisionError: no such luck" in str(found)
    assert [len(row.accuracies) for row in found.rows] == [2, 3]
    assert found.pair("colour", "broken").difference.seeds == 2
    (file,) = tmp_path.glob("broken-all-1-*.json")
    assert "in broken" in json.loads(file.read_text())["traceback"]


def test_a_failed_run_is_tried_again(colours, tmp_path):
    switch = tmp_path / "switch"

    def sometimes(task, seed):
        if not switch.exists():
            raise OSError("not yet")
        return guess(task, seed)

    with pytest.raises(DataError, match=r"Every run failed.*OSError: not yet"):
        here({"m": sometimes}, colours, folder=tmp_path / "runs")
    switch.touch()
    assert not here({"m": sometimes}, colours, folder=tmp_path / "runs").failed


def keys(colours, method, **settings):
    wanted = {"task": colours, "name": "m", "labels": None, **settings}
    (job,) = grid.jobs_for({wanted["name"]: method}, wanted["task"], 1, [wanted["labels"]], grid.Path("x"))
    return job.key


def with_rate(rate):
    def method(task, seed):
        return [x * rate for x in range(seed)]

    return method


def from_text(text, **names):
    exec(textwrap.dedent(text), names)
    return names["method"]


def test_a_run_of_something_else_is_never_taken_for_this_one(colours):
    text = "def method(task, seed): return helper(task) + RATE"
    helper = from_text("def method(task): return 1")
    other_helper = from_text("def method(task): return 2")
    different = [
        keys(colours, with_rate(0.1)),
        keys(colours, with_rate(0.2)),
        keys(colours, functools.partial(guess, seed=1)),
        keys(colours, functools.partial(guess, seed=2)),
        keys(colours, from_text(text, helper=helper, RATE=1)),
        keys(colours, from_text(text, helper=helper, RATE=2)),
        keys(colours, from_text(text, helper=other_helper, RATE=1)),
        keys(colours, from_text(text, helper=helper, RATE=np.ones(2))),
        keys(colours, from_text(text, helper=helper, RATE=np.zeros(2))),
        keys(colours, from_text("def method(task, seed, rate=1): return rate")),
        keys(colours, from_text("def method(task, seed, rate=2): return rate")),
        keys(colours, from_text("def method(task, seed): return [RATE for _ in range(2)]", RATE=1)),
        keys(colours, from_text("def method(task, seed): return [RATE for _ in range(2)]", RATE=2)),
        keys(colours, guess),
        keys(colours, guess, name="other"),
        keys(colours, guess, labels=5),
        keys(colours, guess, task=colours.subset(5)),
    ]
    assert len(set(different)) == len(different)


def test_the_same_code_has_the_same_key(colours):
    assert keys(colours, with_rate(0.1)) == keys(colours, with_rate(0.1))
    for method in READY_MADE.values():
        assert keys(colours, method) == keys(colours, method)
    layer = functools.partial(keras.layers.Dense, activation="relu")
    assert keys(colours, with_rate(layer)) == keys(colours, with_rate(layer))
    assert keys(colours, with_rate({1: [...], "b": {2.5}})) == keys(colours, with_rate({1: [...], "b": {2.5}}))
    text = "def method(task, seed):\n    # {}\n    return {{'a', 'b', seed}} & {{'x', 'y'}}"
    assert keys(colours, from_text(text.format("one"))) == keys(colours, from_text(text.format("two")))


def test_two_functions_on_one_line_are_told_apart(colours):
    one, other = lambda task, seed: [seed for _ in range(1)], lambda task, seed: [seed for _ in range(2)]
    assert keys(colours, one, name="m") != keys(colours, other, name="m")


def test_a_method_inside_a_decorator_is_told_apart(colours):
    def twice(method):
        @functools.wraps(method)
        def wrapper(task, seed):
            return method(task, seed) + method(task, seed)

        return wrapper

    methods = guess, twice(guess), twice(with_rate(1)), twice(with_rate(2))
    assert len({keys(colours, method) for method in methods}) == 4


def test_functions_that_call_each_other_have_a_key(colours):
    names = {}
    exec("def method(task, seed): return helper(seed)\ndef helper(seed): return method(None, seed - 1)", names)
    assert keys(colours, names["method"]) == keys(colours, names["method"])


def test_what_another_file_defines_is_known_by_its_name(colours, monkeypatch):
    def in_the_file(number):
        module = types.ModuleType("helpers")
        exec(f"def helper(): return {number}\nclass Layer: size = {number}", module.__dict__)
        monkeypatch.setitem(sys.modules, "helpers", module)
        return module

    def with_names(text, **names):
        return keys(colours, from_text(f"def method(task, seed): return {text}", __name__="__main__", **names))

    old = in_the_file(1)
    before = with_names("helper(), Layer, file", helper=old.helper, Layer=old.Layer, file=old)
    new = in_the_file(2)
    assert with_names("helper(), Layer, file", helper=new.helper, Layer=new.Layer, file=new) == before
    assert with_names("helper(), Layer, file", helper=old.helper, Layer=new.Layer, file=new) != before


def test_what_cannot_be_told_apart_is_run_again(colours):
    class Settings:
        rate = 1

    assert keys(colours, with_rate(Settings())) != keys(colours, with_rate(Settings()))
    settings = Settings()
    for unknown in (settings, Settings, np.array([settings]), np.random.default_rng(0).random):
        assert keys(colours, with_rate(unknown)) != keys(colours, with_rate(unknown))


@pytest.mark.slow
def test_keys_are_the_same_in_another_process():
    code = (
        "import sys; sys.path[:0] = ['tests', 'tests/evidence']; import test_compare as t\n"
        "print(t.key_of_words_and_a_mean())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == key_of_words_and_a_mean()


def key_of_words_and_a_mean():
    pictures = np.arange(4 * 48, dtype="uint8").reshape(4, 4, 4, 3), np.arange(4) % 2
    method = from_text("def method(task, seed): return {'a', 'b'} and np.mean(seed)", np=np, __name__="__main__")
    return keys(from_splits(pictures, pictures, pictures, ("a", "b")), method)


# ---------------------------------------------------------------- in other processes

SCRIPT = """
import os, signal
import numpy as np
from tlteach import tasks
from tlteach.evidence.compare import compare

PLACE = {folder!r}

def guess(task, seed):
    import keras
    with open(f"{{PLACE}}/threads-{{os.getpid()}}", "w") as file:
        file.write(f"{{os.environ['TF_NUM_INTRAOP_THREADS']}} {{os.environ['OMP_NUM_THREADS']}}")
    keras.ops.ones((4, 4)) @ keras.ops.ones((4, 4))
    return np.random.default_rng(seed).integers(0, 2, len(task.test))

def killed(task, seed):
    if seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return guess(task, seed)

random = np.random.default_rng(0)
task = tasks.from_arrays(random.integers(0, 256, (60, 8, 8, 3), dtype="uint8"), np.arange(60) % 2, ("a", "b"))
before = dict(os.environ)
found = compare([guess, killed], task, seeds=3, workers=2)
assert dict(os.environ) == before
print(found)
"""


@pytest.mark.slow
def test_workers_are_quiet_have_one_thread_each_and_may_die(tmp_path):
    """As in a notebook, the methods are defined in __main__; one of them takes its process with it."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(folder=str(tmp_path)))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED")]
    assert failed == [
        "FAILED: killed, all labels, seed 1: its process was killed; it may have run out of memory (take fewer workers)"
    ]
    threads = [path.read_text() for path in tmp_path.glob("threads-*")]
    assert len(threads) >= 2
    assert set(threads) == {"1 1"}


@pytest.mark.slow
def test_two_workers_find_what_one_process_finds(colours, capfd):
    one, two = (compare([small_network, by_colour], colours, seeds=2, workers=workers) for workers in (1, 2))
    for run, other in zip(one.runs, two.runs, strict=True):
        np.testing.assert_array_equal(run.predicted, other.predicted)
    assert capfd.readouterr() == ("", "")


def test_a_method_that_cannot_travel_is_told_so(colours):
    stream = sys.stdout.buffer

    def method(task, seed):
        return stream

    with pytest.raises(DataError, match="workers=1"):
        compare([method, guess], colours, seeds=1, workers=2)


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("methods", "settings", "words"),
    [
        (["frosen"], {}, "'frosen' is not a method.*scratch, frozen, fine_tuned"),
        ([], {}, "Nothing is not a method"),
        ({"a": "frosen", "b": guess}, {}, "'frosen' is not a method"),
        ([guess, guess], {}, "a name of its own"),
        ([functools.partial(guess)], {}, "a name of its own"),
        ([guess], {"seeds": 0}, "0 for `seeds`"),
        ([guess], {"labels_per_class": [5, 500]}, "500.*'red'.*'blue'"),
        ([guess], {"labels_per_class": 0}, "Ask for 1 to"),
    ],
)
def test_mistakes_are_told_before_anything_runs(colours, methods, settings, words):
    with pytest.raises(DataError, match=words):
        here(methods, colours, **settings)


@pytest.mark.parametrize(
    "given", [np.zeros(3), np.zeros(20), np.full(20, 2), np.zeros((20, 1)), np.full((20, 2), np.nan)]
)
def test_wrong_predictions_are_named(colours, given):
    with pytest.raises(DataError, match=r"The method gave back .* of the shape .*probabilities \(20, 2\)"):
        here([lambda task, seed: given], colours)


# ---------------------------------------------------------------- what was found


def made_up(accuracies, seeds=5, inputs=400):
    """A comparison of two methods whose accuracies over budgets are about those given."""
    random = np.random.default_rng(0)
    budgets = (10, 50, 200)[: len(next(iter(accuracies.values())))]
    made = [
        Run(method, budget, seed, (random.random(inputs) < accuracy).astype(int), 1.5, 1234)
        for method, values in accuracies.items()
        for budget, accuracy in zip(budgets, values, strict=True)
        for seed in range(seeds)
    ]
    return Comparison("made up", np.ones(inputs, dtype=int), tuple(accuracies), budgets, tuple(made))


CROSSING = {"scratch": (0.6, 0.8, 0.97), "frozen": (0.8, 0.805, 0.85)}


def test_the_table_is_printed():
    text = str(made_up(CROSSING))
    header, _, first, *_ = text.splitlines()
    assert header.split("  ")[0] == "labels per class"
    assert first.startswith("10                scratch  0.")
    assert first.endswith("1.5      1,234")
    assert "10 labels per class: frozen is better than scratch by" in text
    assert "50 labels per class: no difference shown between frozen and scratch" in text
    assert "200 labels per class: scratch is better than frozen by" in text
    assert "corrected for 3 pairs (Holm)" in text


def test_a_pair_can_be_asked_for_either_way():
    found = made_up(CROSSING)
    one, other = found.pair("scratch", "frozen", 10), found.pair("frozen", "scratch", 10)
    assert one.difference.mean == -other.difference.mean < 0
    assert (one.verdict, one.p_value) == (other.verdict, other.p_value)
    with pytest.raises(DataError, match="methods are scratch, frozen; the budgets are 10 labels per class"):
        found.pair("scratch", "frozen", 11)


def test_transfer_gain_says_its_sign():
    gains = transfer_gain(made_up(CROSSING), "frozen")
    assert [np.sign(pair.difference.mean) for pair in gains][::2] == [1, -1]
    first, middle, last = str(gains).splitlines()
    assert first.endswith("positive transfer")
    assert middle.endswith("no transfer gain shown")
    assert last.endswith("NEGATIVE transfer")


def test_transfer_gain_needs_both():
    with pytest.raises(DataError, match="fine_tuned and scratch were not both run"):
        transfer_gain(made_up(CROSSING), "fine_tuned")


def test_saved_and_loaded_it_says_the_same(tmp_path):
    found = made_up(CROSSING)
    again = load(found.save(tmp_path / "new" / "found.json"))
    assert str(again) == str(found)
    assert again.to_dict() == json.loads((tmp_path / "new" / "found.json").read_text(encoding="utf-8"))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["found.json"]


def test_planned_pairs_alone_are_tested_and_corrected_for(tmp_path):
    found = made_up({"a": (0.6,), "b": (0.7,), "c": (0.9,)})
    planned = dataclasses.replace(found, planned=(("c", "a"),))
    (pair,) = planned.pairs
    assert (pair.first, pair.second) == ("c", "a")
    assert pair.p_value == pytest.approx(pair.difference.p_value)
    assert found.pair("c", "a", 10).p_value == pytest.approx(3 * pair.p_value)
    again = load(planned.save(tmp_path / "found.json"))
    assert again.planned == planned.planned
    assert "planned" not in found.to_dict()


def test_dots_show_every_seed_their_mean_and_the_readers_own_run():
    accuracies = {"old probe": {"all": [0.5, 0.6, 0.6, 0.7, 0.6], "before": [0.9]}, "new probe": {"all": [0.8] * 5}}
    figure = curves.dots(accuracies, "Moved", 400, yours={"all": 0.55})
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["all", "before"]
    seeds = [line for line in axes.lines if line.get_alpha() == 0.4 and len(line.get_xdata()) == 5]
    assert seeds[0].get_xdata().tolist() == [0.5, 0.6, 0.6, 0.6, 0.7]
    assert len(set(seeds[1].get_ydata())) == 5  # seeds that coincide do not hide each other
    own = next(line for line in axes.lines if line.get_marker() == "*" and len(line.get_xdata()))
    assert (own.get_xdata()[0], own.get_ydata()[0]) == (0.55, 0)
    figure.canvas.draw()


def test_a_knob_is_drawn_with_every_seed_and_the_readers_own_run():
    figure = curves.over({"a": {1.0: [0.1, 0.3], 2.0: [0.4, 0.6]}}, "Rises", "knob", "share", yours={1.5: 0.5})
    (axes,) = figure.axes
    assert [line.get_ydata().tolist() for line in axes.lines if line.get_alpha()] == [[0.1, 0.3], [0.4, 0.6]]
    means = next(line for line in axes.lines if line.get_label() == "a")
    assert np.allclose(means.get_ydata(), [0.2, 0.5])
    own = next(line for line in axes.lines if line.get_marker() == "*")
    assert (own.get_xdata()[0], own.get_ydata()[0]) == (1.5, 0.5)
    figure.canvas.draw()


def test_two_seeds_have_means_and_are_too_little_to_tell(tmp_path):
    found = made_up(CROSSING, seeds=2)
    text = str(found)
    assert "10                scratch  0." in text
    assert "10 labels per class: too little to tell frozen and scratch apart: +2" in text
    assert "points (2 seeds, where 3 are the fewest)\n" in text
    assert "(Holm)" not in text
    assert "nan" not in text
    assert all(
        gain.endswith("points over scratch: too little to tell")
        for gain in str(transfer_gain(found, "frozen")).splitlines()
    )
    assert "NaN" not in found.save(tmp_path / "found.json").read_text(encoding="utf-8")
    for drawn in (curves.learning_curve(found), curves.transfer_gain_curve(found, "frozen")):
        drawn.canvas.draw()


def test_one_seed_can_be_saved(tmp_path):
    found = made_up(CROSSING, seeds=1)
    assert "NaN" not in found.save(tmp_path / "found.json").read_text(encoding="utf-8")


def test_the_gain_is_drawn_where_its_domain_lies():
    far = {"squared_mmd": 0.3, "gain": {"mean": -0.1, "low": -0.15, "high": -0.05}, "is_shown": True}
    near = {"squared_mmd": 0.1, "gain": {"mean": 0.02, "low": -0.01, "high": 0.05}, "is_shown": False}
    axes = curves.gain_over_distance({"near": near, "far": far}, "Far is worse").axes[0]
    marks = {tuple(line.get_xydata()[0]): line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "o"}
    assert marks == {(0.1, 2.0): "white", (0.3, -10.0): curves.BLUE}
    assert {"near", "far", "negative transfer"} <= {text.get_text() for text in axes.texts}
    assert axes.get_title() == "Far is worse"


def test_the_learning_curve_shows_the_table():
    found = made_up(CROSSING)
    figure = curves.learning_curve(found)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["scratch", "frozen"]
    assert axes.get_xscale() == "log"
    rows = [row for row in found.rows if row.method == "scratch"]
    means, *seeds = [line.get_ydata() for line in axes.lines[: 1 + len(rows)]]
    np.testing.assert_allclose(means, [row.mean for row in rows])
    np.testing.assert_allclose(seeds, [row.accuracies for row in rows])  # a dot for each
    places = [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 5]
    assert len(set(places)) == len(found.rows)  # no method covers another
    assert "10 labels per class: frozen" in axes.get_title()
    assert "200 labels per class: scratch" in axes.get_title()
    figure.canvas.draw()


def test_the_gain_curve_marks_negative_transfer():
    figure = curves.transfer_gain_curve(made_up(CROSSING), "frozen")
    (axes,) = figure.axes
    expected = "frozen gains over scratch with 10 labels per class, loses (negative transfer) with 200"
    assert axes.get_title() == expected
    assert "negative transfer" in [text.get_text() for text in axes.texts]
    figure.canvas.draw()


def test_the_curve_of_seconds_says_how_many_times():
    figure = curves.seconds_curve(made_up(CROSSING))
    assert re.search(r"With 200 labels per class, \w+ takes \d+ times as long as \w+", figure.axes[0].get_title())
    assert figure.axes[0].get_ylabel() == "seconds for one run"
    figure.canvas.draw()


def test_the_gap_is_drawn_from_train_to_where_it_was_judged():
    figure = curves.gap({"scratch": (1.0, 0.5), "fine_tuned": (0.95, 0.9)}, "validation")
    (axes,) = figure.axes
    assert axes.get_title() == "In this run, the gap of scratch is the widest"
    assert [text.get_text() for text in axes.texts] == ["50 points", "5 points"]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["train", "validation"]
    figure.canvas.draw()


def test_a_curve_needs_budgets():
    with pytest.raises(DataError, match="two budgets"):
        curves.learning_curve(made_up({"a": (0.5,), "b": (0.6,)}))


def test_failed_methods_leave_gaps_in_the_curve():
    found = made_up(CROSSING)
    kept = tuple(run for run in found.runs if (run.method, run.labels_per_class) != ("frozen", 200))
    curves.learning_curve(Comparison(found.task, found.labels, found.methods, found.budgets, kept)).canvas.draw()


@pytest.mark.slow
def test_the_ready_made_methods_learn_and_differ_in_what_they_train():
    task = cats_vs_dogs()
    some = {"validation": task.validation.take(range(0, 200, 4)), "test": task.test.take(range(0, 500, 5))}
    found = here([frozen, fine_tuned], dataclasses.replace(task, **some), seeds=1, labels_per_class=10)
    head, top = found.rows
    assert not found.failed
    assert head.mean > 0.8
    assert top.mean > 0.8
    assert head.trainable_parameters < top.trainable_parameters


def test_methods_of_ours_that_captured_other_things_are_told_apart():
    from tlteach.methods.word_vectors import method
    from tlteach.text import word_vectors

    def made_with(numbers):
        return method(word_vectors.WordVectors(("a", "b"), np.array(numbers, "float32")))

    one, same, other = (fingerprint.describe(made_with(numbers)) for numbers in ([[1], [2]], [[1], [2]], [[1], [3]]))
    assert one == same != other
