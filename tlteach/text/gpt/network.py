"""GPT-2: the transformer decoder that reads a text and tells which token comes next; all of it, in plain Keras.

Alec Radford, Jeffrey Wu, Rewon Child, David Luan, Dario Amodei, Ilya Sutskever (2019): Language Models are Unsupervised
Multitask Learners. The network comes first; below it, checkpoints in Hugging Face's layout: config.json,
model.safetensors, and tokenizer.json or vocab.json with merges.txt.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import keras
from keras import layers, ops

Layers = dict[str, layers.Layer]
Remember = Callable[[int, keras.KerasTensor, keras.KerasTensor], tuple[keras.KerasTensor, keras.KerasTensor]]


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
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    places = ops.cumsum(ops.ones_like(token_ids), axis=1) - 1  # 0, 1, 2, ...
    logits = decode(parts(config), token_ids, places, places, lambda number, keys, values: (keys, values))
    return keras.Model(token_ids, logits, name="gpt")


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


def decode(layer: Layers, token_ids, places, places_of_keys, remember: Remember) -> keras.KerasTensor:
    """From token ids (n, length) at `places` (n, length) to logits (n, length, vocabulary).

    `remember(number, keys, values)` returns all keys and values of a block that may be looked at, those at
    `places_of_keys`. Without a cache they are the block's own; with one, what was read before is among them.
    """
    x = layer["tokens"](token_ids) + layer["places"](places)
    may_look_at = ops.expand_dims(places, (1, 3)) >= ops.expand_dims(places_of_keys, (1, 2))  # (n, 1, length, keys)
    for number in range(blocks_in(layer)):
        name = f"block_{number}"
        seen = layer[f"{name}_attention_norm"](x)
        x = x + attention(layer, seen, may_look_at, number, remember)
        thought = layer[f"{name}_mlp_hidden"](layer[f"{name}_mlp_norm"](x))
        x = x + layer[f"{name}_mlp_output"](ops.gelu(thought, approximate=True))
    return layer["tokens"](layer["norm"](x), reverse=True)  # the same matrix backwards: from a vector to its token


def attention(layer: Layers, x, may_look_at, number: int, remember: Remember) -> keras.KerasTensor:
    """Every token asks all that it may look at (query and key), and takes from them (value); each head by itself."""
    name = f"block_{number}"
    three = ops.split(layer[f"{name}_query_key_value"](x), 3, axis=-1)
    query, keys, values = (ops.transpose(layer[f"{name}_split_heads"](part), (0, 2, 1, 3)) for part in three)
    keys, values = remember(number, keys, values)  # (n, heads, keys, head width)
    scores = ops.matmul(query, ops.transpose(keys, (0, 1, 3, 2))) / math.sqrt(query.shape[-1])
    shares = ops.softmax(ops.where(may_look_at, scores, -1e9), axis=-1)  # (n, heads, length, keys)
    taken = ops.transpose(ops.matmul(shares, values), (0, 2, 1, 3))
    return layer[f"{name}_attention_output"](layer[f"{name}_join_heads"](taken))


def cached(model: keras.Model) -> keras.Model:
    """The same layers with a key-value cache: what was read before is remembered and not computed again.

    In: new token ids (n, length), the place of the first of them (n, 1), the cache. Out: logits (n, length,
    vocabulary), the cache with the new keys and values in it. The cache is (n, blocks, 2, heads, window, head width),
    and zeros at the beginning; all rows of a batch must be at the same place.
    """
    layer = layers_of(model)
    window, n_blocks = window_of(model), blocks_in(layer)
    _, heads, head_width = layer["block_0_split_heads"].target_shape
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    start = keras.Input((1,), dtype="int32", name="start")
    cache = keras.Input((n_blocks, 2, heads, window, head_width), name="cache")
    updated = []

    def remember(number, keys, values):
        new = ops.stack([keys, values], axis=1)
        updated.append(ops.slice_update(cache[:, number], (0, 0, 0, start[0, 0], 0), new))
        return updated[-1][:, 0], updated[-1][:, 1]

    places = start + ops.cumsum(ops.ones_like(token_ids), axis=1) - 1
    logits = decode(layer, token_ids, places, ops.expand_dims(ops.arange(window), 0), remember)
    return keras.Model([token_ids, start, cache], [logits, ops.stack(updated, axis=1)], name="gpt_cached")


def layers_of(model: keras.Model) -> Layers:
    """The layers of a `decoder`, by name, also after it was saved and loaded."""
    return {layer.name: layer for layer in model.layers}


def blocks_in(layer: Layers) -> int:
    """The number of blocks."""
    return sum(name.endswith("_query_key_value") for name in layer)


def window_of(model: keras.Model) -> int:
    """How many tokens the model sees at once."""
    return model.get_layer("places").input_dim
