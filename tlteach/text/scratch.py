"""The fair baseline on texts: a small transformer that learns the task from nothing, on a laptop in seconds.

What makes it fair: pieces of words that it learns from the training texts, so that hardly a word is new to it; dropout
of whole tokens, inside the blocks and before the head; a learning rate that warms up and falls along a cosine; weight
decay; and the epoch that is best on validation. Size, dropout, rate and the number of pieces were searched for on
training texts that were put aside, of the bundled questions and of real text messages, with 120 and 128 labels; what
they gain on the questions is within chance. The pieces were then made by WordPiece; since, they are made by byte pairs,
with the same settings. No validation and no test text had a say.
"""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from tlteach.core.task import Task
from tlteach.engine.fit import fit_whole
from tlteach.engine.schedules import warm_up_cosine
from tlteach.text.attention import mean_of_tokens, padding_mask
from tlteach.text.splits import TextSplit
from tlteach.text.tokenizer import Tokenizer

VOCABULARY = 300  # pieces, at most; few texts have fewer
MAX_TOKENS = 256
WIDTH, HEADS, BLOCKS = 64, 4, 1
DROPOUT = 0.1
BATCH_SIZE = 32
STEPS_PER_EPOCH = 10
EPOCHS = 20
LEARNING_RATE = 1e-3


def scratch(task: Task, seed: int) -> keras.Model:
    """Train a small transformer from random weights on task.train, and keep the epoch with the lowest validation loss.

    Returns:
        A model from token ids (n, length) to logits (n, classes); its attribute `tokenizer` makes the ids.
    """
    keras.utils.set_random_seed(seed)
    tokenizer = byte_pairs(task.train.inputs)
    batches = repeated(task.train, STEPS_PER_EPOCH * BATCH_SIZE).batches(tokenizer, BATCH_SIZE, shuffle=True, seed=seed)
    model = scratch_network(task.n_classes, tokenizer, steps=EPOCHS * len(batches))
    fit_whole(model, batches, task.validation.batches(tokenizer, batch_size=100), EPOCHS)
    return model


def byte_pairs(texts: Sequence[str]) -> Tokenizer:
    """Byte-pair encoding that is learned from `texts` alone: frequent words as they are, the others in pieces.

    Sennrich, Haddow and Birch (2016), arXiv:1508.07909. The same texts always give the same pieces.
    """
    from tokenizers import Tokenizer as Wrapped
    from tokenizers import decoders, models, normalizers, pre_tokenizers, trainers

    wrapped = Wrapped(models.BPE(unk_token="[UNK]"))
    wrapped.normalizer = normalizers.BertNormalizer(lowercase=True)
    wrapped.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()])
    wrapped.decoder = decoders.Metaspace()
    special = ["[PAD]", "[UNK]"]
    wrapped.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=special, show_progress=False)
    )
    return Tokenizer(wrapped, MAX_TOKENS)


def repeated(split: TextSplit, least: int) -> TextSplit:
    """Show every text as often as it takes to have `least` of them, so that an epoch of few labels is no shorter."""
    return split if len(split) >= least else split.take(np.resize(np.arange(len(split)), least))


def scratch_network(n_classes: int, tokenizer: Tokenizer, steps: int) -> keras.Model:
    """A compiled transformer from token ids (b, length), of any length up to MAX_TOKENS, to logits (b, n_classes)."""
    layers = keras.layers
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    is_token = padding_mask(token_ids, tokenizer.padding_id)
    places = ops.cumsum(ops.cast(is_token, "int32"), axis=1)  # 1, 2, 3, ...
    x = layers.Embedding(tokenizer.vocabulary_size, WIDTH, name="pieces")(token_ids)
    x = x + layers.Embedding(MAX_TOKENS + 1, WIDTH, name="places")(places)
    x = layers.Dropout(DROPOUT, noise_shape=(None, None, 1), name="drop_tokens")(x)
    for number in range(BLOCKS):
        x = transformer_block(x, is_token, f"block_{number}")
    x = layers.LayerNormalization(name="normalization")(x)
    mean = layers.Dropout(DROPOUT, name="dropout")(mean_of_tokens(x, is_token))
    logits = layers.Dense(n_classes, kernel_initializer="zeros", name="head")(mean)
    model = keras.Model(token_ids, logits, name="text_scratch")
    model.tokenizer = tokenizer
    rate = warm_up_cosine(LEARNING_RATE, steps)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=1e-2), loss, metrics=["accuracy"])
    return model


def transformer_block(x, is_token, name: str):
    """Attention among the tokens that are no padding, then two dense layers; each is added to what came in."""
    layers = keras.layers
    seen = layers.LayerNormalization(name=f"{name}_attention_normalization")(x)
    attention = layers.MultiHeadAttention(HEADS, WIDTH // HEADS, dropout=DROPOUT, name=f"{name}_attention")
    x = x + attention(seen, seen, attention_mask=ops.expand_dims(is_token, 1))
    seen = layers.LayerNormalization(name=f"{name}_dense_normalization")(x)
    seen = layers.Dense(2 * WIDTH, activation="gelu", name=f"{name}_dense_1")(seen)
    seen = layers.Dropout(DROPOUT, name=f"{name}_dropout")(seen)
    return x + layers.Dense(WIDTH, name=f"{name}_dense_2")(seen)
