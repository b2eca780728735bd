"""The picture of what is frozen: its numbers are those of Keras."""

import keras
import pytest

import tlteach as tl
from tlteach.engine.freeze_map import finding, parameters


@pytest.fixture
def model():
    task = tl.tasks.cats_vs_dogs()
    with tl.quietly():
        return tl.add_head(tl.base_model(tl.select_source(task)), task)


def test_all_parameters_are_there_once(model):
    rows = parameters(model)
    assert [name for name, *_ in rows] == [*(block.name for block in tl.blocks(model)), "head"]
    assert sum(learns + still for _, learns, still in rows) == model.count_params()
    assert finding(rows) == f"514 of {model.count_params():,} parameters learn, from head on"


def test_the_boundary_moves_with_unfreezing(model):
    with tl.quietly():
        tl.unfreeze(model, from_layer="conv_dw_9")
    figure = tl.freeze_map(model)
    axes = figure.axes[0]
    names = [label.get_text() for label in axes.get_yticklabels()]
    (line,) = (line for line in axes.lines if line.get_label() == "the boundary")
    assert line.get_ydata()[0] == names.index("conv_dw_9") - 0.5
    learning = sum(int(keras.ops.size(weight)) for weight in model.trainable_weights)
    assert axes.get_title() == f"{learning:,} of {model.count_params():,} parameters learn, from conv_dw_9 on"
    assert figure.get_figheight() * 110 < 700


def test_a_flat_model_and_one_that_is_all_frozen():
    flat = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(4, 3),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2),
        ]
    )
    rows = parameters(flat)
    assert sum(learns for _, learns, _ in rows) == flat.count_params()
    flat.trainable = False
    assert finding(parameters(flat)).startswith("All is frozen")
