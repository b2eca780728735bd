"""BERT: the transformer encoder that turns tokens into vectors which know their neighbours, in plain Keras.

Jacob Devlin, Ming-Wei Chang, Kenton Lee, Kristina Toutanova (2019): BERT: Pre-training of Deep Bidirectional
Transformers for Language Understanding. arXiv:1810.04805. What only its pre-training needs is left out: dropout, the
pooler and the head for words that were covered up. The files that trained ones come in: bert_files.py.
"""

from functools import partial
from pathlib import Path

import keras
from keras import layers, ops

from tlteach.core.errors import SourceError
from tlteach.text.attention import mean_of_tokens, padding_mask
from tlteach.text.bert_files import Config, load_weights, read_config
from tlteach.text.tokenizer import wordpiece

__all__ = ["Config", "build", "encoder", "load_weights", "read_config"]

ACTIVATIONS = {
    "gelu": partial(ops.gelu, approximate=False),  # exact, by the error function
    "gelu_new": partial(ops.gelu, approximate=True),
    "relu": ops.relu,
}


def encoder(config: Config) -> keras.Model:
    """The network, with random weights: token ids (n, length) in, a vector for each token (n, length, width) out.

    Padding is found in the token ids, and no token looks at it.
    """
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    is_token = padding_mask(token_ids, config.pad_token_id)
    may_look_at = ops.expand_dims(is_token, 1)  # (n, 1, length): the same for each token that looks
    x = embed(token_ids, config)
    for number in range(config.num_hidden_layers):
        x = block(x, may_look_at, config, f"block_{number}")
    return keras.Model(token_ids, x, name="bert_encoder")


def embed(token_ids: keras.KerasTensor, config: Config) -> keras.KerasTensor:
    """The sum of three vectors: what the token is, where it stands, and which of two texts it is in (the first)."""
    width = config.hidden_size
    places = ops.cumsum(ops.ones_like(token_ids), axis=1) - 1  # 0, 1, 2, ...
    what = layers.Embedding(config.vocab_size, width, name="embeddings_word")(token_ids)
    where = layers.Embedding(config.max_position_embeddings, width, name="embeddings_position")(places)
    which = layers.Embedding(config.type_vocab_size, width, name="embeddings_type")(ops.zeros_like(token_ids))
    x = layers.Add(name="embeddings_add")([what, where, which])
    return layers.LayerNormalization(epsilon=config.layer_norm_eps, name="embeddings_norm")(x)


def block(x: keras.KerasTensor, may_look_at: keras.KerasTensor, config: Config, name: str) -> keras.KerasTensor:
    """Tokens look at each other, then each thinks for itself; both times, what comes out is added to what came in."""
    width, heads = config.hidden_size, config.num_attention_heads
    attention = layers.MultiHeadAttention(heads, width // heads, name=f"{name}_attention")
    seen = attention(x, x, attention_mask=may_look_at)
    x = layers.Add(name=f"{name}_attention_add")([x, seen])
    x = layers.LayerNormalization(epsilon=config.layer_norm_eps, name=f"{name}_attention_norm")(x)
    thought = layers.Dense(config.intermediate_size, name=f"{name}_intermediate")(x)
    thought = layers.Dense(width, name=f"{name}_output")(ACTIVATIONS[config.hidden_act](thought))
    x = layers.Add(name=f"{name}_output_add")([x, thought])
    return layers.LayerNormalization(epsilon=config.layer_norm_eps, name=f"{name}_output_norm")(x)


def build(folder: str | Path, max_tokens: int, weights: str | None = "pretrained", name: str = "bert") -> keras.Model:
    """The base of text tasks from a folder in Hugging Face's layout: token ids (n, length) in, (n, width) out.

    Its `tokenizer` makes the token ids. `weights=None` leaves it as initialised at random.

    Raises:
        SourceError: the folder does not hold a whole BERT, or it has fewer places than `max_tokens`.
    """
    config = read_config(folder)
    if max_tokens > config.max_position_embeddings:
        raise SourceError(
            f"The BERT in {folder} knows {config.max_position_embeddings} places, so it cannot read "
            f"max_tokens={max_tokens}. Ask for at most {config.max_position_embeddings}."
        )
    tokenizer = wordpiece(folder, max_tokens)
    if tokenizer.padding_id != config.pad_token_id:
        raise SourceError(
            f"config.json in {folder} says that padding has the token id {config.pad_token_id}, but [PAD] is number "
            f"{tokenizer.padding_id} of the vocabulary. The two files are not of the same model: get the folder again."
        )
    if tokenizer.highest_id >= config.vocab_size:
        raise SourceError(
            f"The tokenizer in {folder} makes token ids up to {tokenizer.highest_id}, and the network knows "
            f"{config.vocab_size} tokens. The files are not of the same model: get the folder again."
        )
    network = encoder(config)
    is_token = padding_mask(network.input, config.pad_token_id)
    model = keras.Model(network.input, mean_of_tokens(network.output, is_token), name=name)
    model.tokenizer = tokenizer
    if weights is not None:
        load_weights(model, folder)
    return model
