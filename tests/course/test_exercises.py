"""Exercises: friendly to any answer, and silent about the right one."""

import math
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from marking import BLANKS, ODD, fine_tuned, headed, hint, hints_of_their_own, said, small_base, solved

from tlteach.course import exercises, lessons
from tlteach.course.exercises import check, predict, reveal, tell

MEASURED = {"from_layer": 1.0, "learning_rate": 1e-4, "only_first": 1, "only_second": 3, "p_value": 0.6}
SOLUTIONS = {
    "00-a": [400, 400.0, np.int64(400), np.array([400])],
    "00-b": [1, np.float32(1)],
    "02-a": [6405],
    "02-b": [math.log(10), 2.3, np.log(10)],
    "02-d": [
        {"said": "not shown", "measured": MEASURED},
        {"said": " No difference shown", "measured": MEASURED},
        {"said": "not_shown", "measured": MEASURED},
        {"said": "better", "measured": MEASURED | {"p_value": 0.01, "only_second": 9}},
        {"said": "worse", "measured": MEASURED | {"p_value": 0.01, "only_first": 9}},
    ],
    "02-f": [
        {"learn": "train", "choose": "validation", "report": "test"},
        {"learn": "Training", "choose": "val", "report": "the test"},
    ],
}
# At least three typical mistakes for each, whose hints must differ.
MISTAKES = {
    "00-a": [200, 500, 600, 2, 37],
    "00-b": [135, 0, 136, 27, 400, 5],
    "02-b": [0.1, -math.log(10), math.log(2), 1.0, 9.2],
    "02-a": [6400, 1281, 1280, 7680, 400_000, 5],
    "02-d": [
        {"said": "better", "measured": MEASURED},
        {"said": "better", "measured": {}},
        {"said": "better", "measured": MEASURED | {"from_layer": 0.6}},
        {"said": "not shown", "measured": MEASURED | {"p_value": 0.01}},
        {"said": "worse", "measured": MEASURED | {"p_value": 0.01}},
        {"said": "good", "measured": MEASURED},
        {"said": 0.6, "measured": MEASURED},
    ],
    "02-f": [
        {"learn": "validation", "choose": "train", "report": "test"},
        {"learn": "train", "choose": "test", "report": "validation"},
        {"learn": "train", "choose": "train", "report": "test"},
        {"learn": "train", "choose": "validation", "report": "validation"},
        {"learn": "train", "choose": "validation", "report": "train"},
        {"learn": "train", "choose": "dev", "report": "test"},
        {"learn": "train"},
    ],
}
# What a hint must not contain, for it would be the answer.
ANSWERS = {
    "00-a": r"\b400\b",
    "00-b": r"\b1\b|\bone layer\b",
    "02-b": r"2\.30|log\(10\)",
    "02-a": r"\b6,?405\b",
    "02-c": r"trainable ?= ?False|training=False|Dense\(2|\.compile\(|from_logits|activation=",
    "02-e": r"trainable ?= ?(True|False)|training=False|\.?compile\(|recompile|1e-0?5",
    "02-d": r"is (better|worse|not shown)",
    "02-f": r"\bvalidation\b",
}


def logits_loss():
    import keras

    return keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def sparse_loss():
    import keras

    return keras.losses.SparseCategoricalCrossentropy()


def frozen_as_a_whole():
    """The base is frozen, then some of its layers are set to learn: Keras lets none of them."""
    model = fine_tuned()
    model.layers[1].trainable = False
    for layer in model.layers[1].layers:
        layer.trainable = "block3_conv" in layer.name
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def frozen_altogether():
    model = headed()
    model.trainable = False
    return model


def only_normalization_learns():
    model = headed(frozen=False)
    for layer in model.layers[1].layers:
        layer.trainable = "bn" in layer.name
    return model


def flat(learns):
    """The same without a model in the model: layers on top of base.output."""
    import keras

    base = small_base()
    base.trainable = learns
    x = keras.layers.GlobalAveragePooling2D()(base.output)
    x = keras.layers.BatchNormalization(name="of_the_head")(x)
    model = keras.Model(base.input, keras.layers.Dense(2, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


MODELS = {
    "02-c": [headed, lambda: headed(outputs=1, activation="sigmoid", loss="binary_crossentropy"),
             lambda: headed(activation=None, loss=logits_loss()), lambda: flat(False),
             lambda: headed(loss=sparse_loss())],
    "02-e": [fine_tuned, lambda: fine_tuned(rate=1e-4), lambda: fine_tuned(from_block=2)],
}  # fmt: skip
WRONG_MODELS = {
    "02-c": [
        lambda: headed(frozen=False),
        frozen_altogether,
        only_normalization_learns,
        lambda: headed(outputs=1000),
        lambda: headed(outputs=1),
        small_base,
        lambda: headed(pretrained=False),
        lambda: headed(mode=True),
        lambda: headed(loss=None),
        lambda: headed(activation=None),
        lambda: headed(loss=logits_loss()),
        lambda: headed(activation="sigmoid"),
        lambda: headed(loss="binary_crossentropy"),
        lambda: headed(loss="categorical_crossentropy"),
        lambda: headed(loss="mse"),
        lambda: headed(outputs=1, activation="sigmoid"),
    ],
    "02-e": [
        headed,  # nothing was unfrozen
        lambda: fine_tuned(again=False),
        lambda: fine_tuned(rate=1e-3),
        lambda: fine_tuned(normalization=True),
        lambda: fine_tuned(from_block=1),
        lambda: fine_tuned(names=["block3_conv2"]),
        lambda: fine_tuned(names=["block1_conv1", "block1_conv2"]),
        lambda: fine_tuned(head=False),
        lambda: fine_tuned(rate=0.0),
        lambda: fine_tuned(mode=True),
        frozen_as_a_whole,
        lambda: fine_tuned(loss="binary_crossentropy"),
    ],
}


def test_every_exercise_is_tried_here():
    here = {name for name in lessons.names("exercises") if name[:2] in ("00", "02")}  # others: test_lesson_NN.py
    assert SOLUTIONS.keys() | MODELS.keys() == MISTAKES.keys() | WRONG_MODELS.keys() == ANSWERS.keys() == here


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_solution_is_solved(capsys, name):
    solved(capsys, name, SOLUTIONS[name])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_solved(capsys, name):
    for make in MODELS[name]:
        assert said(capsys, name, make()).startswith(f"{name} solved. ")


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_get_hints_of_their_own(capsys, name):
    hints = hints_of_their_own(capsys, name, MISTAKES[name])
    assert not [text for text in hints if re.search(ANSWERS[name], text.removeprefix(name))]


@pytest.mark.parametrize("name", WRONG_MODELS)
def test_wrong_models_get_hints_of_their_own(capsys, name):
    models = [make() for make in WRONG_MODELS[name]]
    before = [_state(model) for model in models]
    hints = hints_of_their_own(capsys, name, models)
    assert not [text for text in hints if re.search(ANSWERS[name], text.removeprefix(name))]
    assert [_state(model) for model in models] == before  # looking changes nothing


def _state(model):
    return [(layer.name, layer.trainable) for layer in model._flatten_layers()], sum(
        float(np.sum(w)) for w in model.weights
    )


def test_a_flat_base_that_learns_is_seen(capsys):
    assert "base would learn" in hint(capsys, "02-c", flat(True))


def test_the_steps_of_tlteach_solve_the_exercises(capsys, base, colours):
    import tlteach as tl

    model = tl.add_head(base, colours)
    capsys.readouterr()
    assert said(capsys, "02-c", model).startswith("02-c solved")
    model.optimizer.build(model.trainable_variables)
    tl.unfreeze(model, from_layer=1)
    capsys.readouterr()
    assert "optimizer does not know" in hint(capsys, "02-e", model)
    tl.recompile(model, learning_rate=1e-5)
    capsys.readouterr()
    assert said(capsys, "02-e", model).startswith("02-e solved")


def test_a_hint_of_a_loss_is_about_the_loss(capsys):
    """Each of these makes fit fail, or learn the wrong thing, on labels that are positions."""
    for name in ("binary_crossentropy", "categorical_crossentropy", "mse"):
        assert "expects other labels" in hint(capsys, "02-c", headed(loss=name))
        assert "expects other labels" in hint(capsys, "02-e", fine_tuned(loss=name))


def test_a_base_that_is_frozen_as_a_whole_is_told_of_its_own_switch(capsys):
    """The flag stays, so the loop that is right is refused until it is turned on: the hint must say where to look."""
    model = frozen_as_a_whole()
    assert "around them is frozen" in hint(capsys, "02-e", model)
    assert "same switch" in hint(capsys, "02-e", model)


def test_the_hint_on_the_proof_of_step_4_is_true(capsys):
    assert "Pictures do not learn" in hint(capsys, "00-b", 200)
    assert "counts what stood still" in hint(capsys, "00-b", 77)


def test_the_same_mistake_again_gets_a_second_hint(capsys):
    first, second, third = (hint(capsys, "02-a", 6400) for _ in range(3))
    assert second.startswith(first)
    assert len(second) > len(first)
    assert third == second


@pytest.mark.parametrize("name", lessons.names("exercises"))
def test_a_blank_is_the_learners_turn(capsys, name):
    texts = {said(capsys, name, blank) for blank in BLANKS} | {said(capsys, name)}
    assert len(texts) == 1
    assert texts.pop().startswith(f"{name} your turn. ")


def test_a_blank_leaves_no_trace(home):
    check("00-a")
    assert not home.exists()


def test_an_unknown_name_is_explained(capsys):
    assert said(capsys, "02-z", 1).endswith("Did you mean 02-f?")
    assert "none of that name" in said(capsys, object(), 1)


def test_a_finding_is_what_was_said_and_what_was_measured(capsys):
    measured = {"said": "not shown", "measured": MEASURED}
    assert said(capsys, "02-d", measured | {"said": ...}).startswith("02-d your turn. ")
    assert '"said" and "measured"' in hint(capsys, "02-d", {"said": "better"})


@pytest.mark.parametrize(
    ("name", "guess", "value", "told"),
    [
        ("02-2", 2, 1, "It is 1 point. You said 2 points, which is 1 point too high."),
        ("02-2", -1, 1, "You said -1 point, which is 2 points too low."),
        ("01-1", 20, 10, "too high. Far off"),  # wrong by a factor of two
        ("01-1", 1, 10, "You said 1 label per class"),
        ("01-4", 12, 10, "Not far off."),
    ],
)
def test_a_guess_is_told_in_good_words(capsys, name, guess, value, told):
    predict(name, guess)
    reveal(name, value)
    assert told in " ".join(capsys.readouterr().out.split())


# ---------------------------------------------------------------- anything at all


@pytest.mark.parametrize("name", lessons.names("exercises"))
def test_odd_answers_get_a_hint(capsys, name):
    for answer in ODD:
        said_of_it = hint(capsys, name, answer)
        assert not re.search(ANSWERS.get(name, "$^"), said_of_it.removeprefix(name))


@pytest.mark.parametrize("name", ["02-c", "02-e"])
def test_odd_models_get_a_hint(capsys, name):
    import keras

    class Broken(keras.Model):
        @property
        def output_shape(self):
            raise OSError("broken")

        def call(self, inputs):
            return self.layer(inputs)

    broken = Broken()
    broken.layer = keras.layers.Dense(2)
    broken(np.zeros((1, 3)))
    inputs = [keras.Input((3,)), keras.Input((3,))]
    many = keras.Model(inputs, inputs)
    tiny = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    scheduled = headed()
    scheduled.compile(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.9)), "mse")
    odd = [broken, many, tiny, keras.Sequential(), keras.Sequential([keras.layers.Dense(2)]), keras.layers.Dense(2),
           keras.Model, inputs[0], headed(loss="no such loss")]  # fmt: skip
    for model in odd:
        hint(capsys, name, model)
    said(capsys, name, scheduled)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.text() | st.binary()
    | st.sampled_from(["train", "validation", "test", "learn", "choose", "report", 10**400, True, "514"])
    | arrays.arrays(arrays.scalar_dtypes(), arrays.array_shapes(min_dims=0, min_side=0)),
    lambda inside: st.lists(inside, max_size=3) | st.tuples(inside) | st.dictionaries(st.text(max_size=6), inside),
    max_leaves=6,
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=anything)
def test_nothing_raises(capsys, answer):
    for name in lessons.names("exercises"):
        assert re.match(rf"{name} (solved|not yet|your turn)\. \w", said(capsys, name, answer))
    predict("02-1", answer)
    reveal("02-1", answer)
    reveal("02-2", answer)
    exercises.quiz("02-q2", answer=answer)
    assert capsys.readouterr().err == ""


def test_an_interrupt_goes_through():
    class Slow:
        @property
        def shape(self):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("00-a", Slow())


def test_what_is_told_fits_the_page_and_keeps_its_lines(capsys):
    tell("a long sentence " * 20 + "\nand a line of its own")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 96
    assert lines[-1] == "and a line of its own"
    assert " ".join(lines[:-1]) == ("a long sentence " * 20).strip()
