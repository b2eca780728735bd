"""Blocks and bases: a cut never goes through the middle of anything."""

import keras
import pytest

from tlteach.core.errors import GuardError
from tlteach.engine.network import base_layers, base_of, blocks

# Name, number of blocks, the last blocks' names: counted by hand in the papers' figures and in model.summary().
KNOWN = [
    ("VGG16", {}, 5, ["block4", "block5"]),
    ("MobileNet", {"alpha": 0.25}, 14, ["conv_dw_12", "conv_dw_13"]),
    ("MobileNetV2", {"alpha": 0.35}, 19, ["block_16", "Conv_1"]),
    ("MobileNetV3Small", {}, 13, ["expanded_conv_10", "conv_1"]),
    ("EfficientNetB0", {}, 18, ["block7a", "top_conv"]),
    ("ResNet50", {}, 17, ["conv5_block2", "conv5_block3"]),
    ("DenseNet121", {}, 62, ["conv5_block15", "conv5_block16"]),
    ("ConvNeXtTiny", {}, 22, ["convnext_tiny_stage_3_block_1", "convnext_tiny_stage_3_block_2"]),
    ("Xception", {}, 14, ["block13", "block14"]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "arguments", "number", "last"), KNOWN, ids=[row[0] for row in KNOWN])
def test_blocks_of_known_networks(name, arguments, number, last):
    model = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(96, 96, 3), **arguments)
    found = blocks(model)
    assert len(found) == number
    assert [block.name for block in found[-2:]] == last
    _every_layer_once(model, found)
    _edges_are_single_tensors(model, found)


def test_inception_modules_are_whole():
    model = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(96, 96, 3))
    found = blocks(model)
    ends = [block.layers[-1].name for block in found]
    assert ends[-11:] == [f"mixed{i}" for i in range(11)]
    _every_layer_once(model, found)
    _edges_are_single_tensors(model, found)


def _every_layer_once(model, found):
    inside = [layer.name for block in found for layer in block.layers]
    assert sorted(inside) == sorted(layer.name for layer in base_layers(model))


def _edges_are_single_tensors(model, found):
    """The oracle: cut the network in two at each edge, and see that Keras can build both halves."""
    if any(isinstance(layer, keras.Model) for layer in model.layers):
        return  # Keras cannot cut a graph behind a nested model, as ConvNeXt has them between its stages
    for block in found[:-1]:
        edge = block.layers[-1].output
        keras.Model(model.input, edge)
        keras.Model(edge, model.output)


def test_a_skip_connection_keeps_its_block_together():
    inputs = keras.Input((16, 16, 4))
    first = keras.layers.Conv2D(4, 3, padding="same", name="first")(inputs)
    x = keras.layers.Conv2D(4, 3, padding="same", name="inner_1")(first)
    x = keras.layers.Conv2D(4, 3, padding="same", name="inner_2")(x)
    x = keras.layers.Add(name="sum")([x, first])
    x = keras.layers.Conv2D(4, 3, name="last")(x)
    found = blocks(keras.Model(inputs, x))
    assert [[layer.name for layer in block.layers] for block in found] == [
        ["first"],
        ["inner_1", "inner_2", "sum"],
        ["last"],
    ]


def test_the_base_is_found_in_nested_flat_and_sequential_models(base):
    inputs = keras.Input((32, 32, 3))
    nested = keras.Model(inputs, keras.layers.Dense(2)(keras.layers.Flatten()(base(inputs))))
    assert base_of(nested) is base
    wide = keras.layers.Dense(2)(keras.layers.Dense(500)(keras.layers.Flatten()(base(inputs))))
    assert base_of(keras.Model(inputs, wide)) is base
    flat = keras.Model(base.input, keras.layers.Dense(2)(keras.layers.GlobalAveragePooling2D()(base.output)))
    assert base_of(flat) is flat
    assert base_layers(flat) == base_layers(base)
    sequential = keras.Sequential([base, keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(2)])
    assert base_of(sequential) is base
    assert [block.name for block in blocks(sequential)] == ["block1", "block2", "block3"]


def test_a_subclassed_model_cannot_be_cut():
    class Subclassed(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, inputs):
            return self.dense(inputs)

    with pytest.raises(GuardError, match="functional or Sequential"):
        blocks(Subclassed())
