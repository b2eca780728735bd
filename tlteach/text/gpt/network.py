"""GPT-2: the transformer decoder that reads a text and tells which token comes next; all of it, in plain Keras.

Alec Radford, Jeffrey Wu, Rewon Child, David Luan, Dario Amodei, Ilya Sutskever (2019): Language Models are Unsupervised
Multitask Learners. The files that trained ones come in: files.py. The same network with a memory: cache.py.
"""

import math
from dataclasses import dataclass

import keras
from keras import layers, ops

from tlteach.text.attention import attend, causal_mask

Layers = dict[str, layers.Layer]


@dataclass(frozen=True)
class Config:
    """The shape of a GPT-2, in the words of its config.json; without a default, an entry must be there."""

    vocab_size: int
    n_positions: int  # the window: as many tokens can be seen at once
    n_embd: int  # width
    n_head: int
    n_layer: int  # blocks
    layer_norm_epsilon: float = 1e-5


def decoder(config: Config) -> keras.Model:
    """The network, with random weights: token ids (n, length) in, logits of the next token (n, length, vocabulary) out.

    At every place it has seen the tokens up to that place, and none after it. `length`: at most config.n_positions.
    """
    layer = parts(config)
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    places = ops.cumsum(ops.ones_like(token_ids), axis=1) - 1  # 0, 1, 2, ...
    may_look_at = ops.expand_dims(causal_mask(places, places), 1)  # the same for each head
    x = embed(layer, token_ids, places)
    for number in range(config.n_layer):
        x = block(layer, x, may_look_at, f"block_{number}")
    return keras.Model(token_ids, logits_of(layer, x), name="gpt")


def parts(config: Config) -> Layers:
    """All layers, by name. Weights start small: the more blocks add to the same sum, the smaller what each adds."""
    width, head_width = config.n_embd, config.n_embd // config.n_head
    small = keras.initializers.RandomNormal(stddev=0.02)
    smaller = keras.initializers.RandomNormal(stddev=0.02 / math.sqrt(2 * config.n_layer))

    def normalization(name: str) -> layers.Layer:
        return layers.LayerNormalization(epsilon=config.layer_norm_epsilon, name=name)

    made = [
        layers.ReversibleEmbedding(config.vocab_size, width, embeddings_initializer=small, name="tokens"),
        layers.Embedding(config.n_positions, width, embeddings_initializer=small, name="places"),
        normalization("norm"),
    ]
    for name in (f"block_{number}" for number in range(config.n_layer)):
        made += [
            normalization(f"{name}_attention_norm"),
            layers.Dense(3 * width, kernel_initializer=small, name=f"{name}_query_key_value"),
            layers.Reshape((-1, config.n_head, head_width), name=f"{name}_split_heads"),
            layers.Reshape((-1, width), name=f"{name}_join_heads"),
            layers.Dense(width, kernel_initializer=smaller, name=f"{name}_attention_output"),
            normalization(f"{name}_mlp_norm"),
            layers.Dense(4 * width, kernel_initializer=small, name=f"{name}_mlp_hidden"),
            layers.Dense(width, kernel_initializer=smaller, name=f"{name}_mlp_output"),
        ]
    return {layer.name: layer for layer in made}


def embed(layer: Layers, token_ids, places):
    """What each token is, and where it stands: the sum of two vectors, (n, length, width)."""
    return layer["tokens"](token_ids) + layer["places"](places)


def block(layer: Layers, x, may_look_at, name: str):
    """Tokens look at each other, then each thinks for itself; both times, what comes out is added to what came in."""
    query, keys, values = asked(layer, x, name)
    return answered(layer, x, attend(query, keys, values, may_look_at), name)


def asked(layer: Layers, x, name: str):
    """What each token looks for (query), is found by (key) and gives (value): three times (n, heads, length, d)."""
    three = ops.split(layer[f"{name}_query_key_value"](layer[f"{name}_attention_norm"](x)), 3, axis=-1)
    return [ops.transpose(layer[f"{name}_split_heads"](part), (0, 2, 1, 3)) for part in three]


def answered(layer: Layers, x, taken, name: str):
    """Add to `x` what the heads have taken, (n, heads, length, d), and what two dense layers make of the sum."""
    joined = layer[f"{name}_join_heads"](ops.transpose(taken, (0, 2, 1, 3)))
    x = x + layer[f"{name}_attention_output"](joined)
    thought = layer[f"{name}_mlp_hidden"](layer[f"{name}_mlp_norm"](x))
    return x + layer[f"{name}_mlp_output"](ops.gelu(thought, approximate=True))


def logits_of(layer: Layers, x):
    """The same matrix as in `embed`, backwards: from a vector to its token, (n, length, vocabulary)."""
    return layer["tokens"](layer["norm"](x), reverse=True)


def layers_of(model: keras.Model) -> Layers:
    """The layers of a `decoder`, by name, also after it was saved and loaded."""
    return {layer.name: layer for layer in model.layers}


def blocks_in(layer: Layers) -> int:
    """The number of blocks."""
    return sum(name.endswith("_query_key_value") for name in layer)


def window_of(model: keras.Model) -> int:
    """How many tokens the model sees at once."""
    return model.get_layer("places").input_dim
