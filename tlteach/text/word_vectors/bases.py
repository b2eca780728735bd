"""Texts as the mean of their word vectors, or as what a small convolution finds in them: bases for the six steps.

    vectors = word_vectors.load("glove.6B.50d.txt", words)                             # or train(texts), of_base(base)
    base = word_vectors.average(vectors, word_vectors.tokenizer_for(task, vectors))    # step 2, with its tokenizer
    model = tl.add_head(base, task)                                                    # step 3, and on as always

What is pre-trained in these bases is the table of vectors. It is frozen until tl.unfreeze wakes it.
"""

import keras
import numpy as np
from keras import ops

from tlteach.core.errors import GuardError
from tlteach.core.task import Task
from tlteach.text.attention import mean_of_tokens, padding_mask
from tlteach.text.form import form_of
from tlteach.text.tokenizer import Tokenizer
from tlteach.text.word_vectors.words import WordVectors, tokenizer_of, vocabulary

# What BERT's word pieces make of the second half of isn't, it's, we've: the letters after the apostrophe.
ENDINGS = {"n't": "t", **{f"'{letters}": letters for letters in ("s", "re", "ve", "ll", "d", "m")}}


def of_base(base: keras.Model) -> WordVectors:
    """The word vectors that a base for texts begins with: what it looks up for a token before any context.

    Of a vocabulary of word pieces only whole words are taken. Their mean is taken off: it is in all of them, says
    nothing of any, and would make all words alike (Mu and Viswanath, ICLR 2018, arXiv:1702.01417).
    """
    tokens = form_of(base).tokenizer.get_vocab()
    table = next((f for f in _embeddings(base) if f.input_dim == len(tokens)), None)
    if table is None:
        raise GuardError(f"{base.name} has no embedding with a vector for each of its {len(tokens):,} tokens.")
    piece_of = {word: word for word in sorted(tokens, key=tokens.get) if word.isalpha()}
    piece_of |= {word: piece for word, piece in ENDINGS.items() if piece in tokens}
    vectors = ops.convert_to_numpy(table.embeddings)[[tokens[piece] for piece in piece_of.values()]]
    return WordVectors(tuple(piece_of), vectors - vectors.mean(axis=0))


def _embeddings(model: keras.Model) -> list[keras.layers.Embedding]:
    return [f for f in model._flatten_layers(include_self=False) if isinstance(f, keras.layers.Embedding)]


def like_random(vectors: WordVectors, seed: int = 0) -> WordVectors:
    """Random vectors for the same words, with the same mean and spread: the baseline that knows nothing."""
    random = np.random.default_rng(seed)
    values = random.normal(vectors.vectors.mean(), vectors.vectors.std(), vectors.vectors.shape)
    return WordVectors(vectors.words, values.astype("float32"))


def tokenizer_for(task: Task, vectors: WordVectors) -> Tokenizer:
    """A tokenizer that knows the words of the training texts, and all words that have a vector."""
    return tokenizer_of([*vocabulary(task.train.inputs), *vectors])


def average(vectors: WordVectors, tokenizer: Tokenizer | None = None) -> keras.Model:
    """A frozen base from token ids (n, length) to the mean (n, width) of the vectors of the words of each text.

    Args:
        tokenizer: without one, its words are those that have a vector. Words that it has and that have no vector
            begin with zeros, and can learn when the table is unfrozen: see `tokenizer_for`. So does [UNK].

    Returns:
        A model whose attribute `tokenizer` makes its inputs.
    """
    base = sequence(vectors, tokenizer)
    mean = mean_of_tokens(base.output, padding_mask(base.input, base.tokenizer.padding_id))
    return _base(base.input, mean, base.tokenizer, "mean_of_words")


def sequence(vectors: WordVectors, tokenizer: Tokenizer | None = None) -> keras.Model:
    """A frozen base from token ids (n, length) to the vectors of the words, one after the other (n, length, width)."""
    tokenizer = tokenizer or tokenizer_of(vectors.words)
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    table = keras.layers.Embedding(tokenizer.vocabulary_size, vectors.width, name="word_vectors")
    base = _base(token_ids, table(token_ids), tokenizer, "words")
    table.set_weights([_rows(vectors, tokenizer)])
    return base


def _base(inputs, outputs, tokenizer: Tokenizer, name: str) -> keras.Model:
    base = keras.Model(inputs, outputs, name=name)
    base.tokenizer = tokenizer
    base.trainable = False
    return base


def _rows(vectors: WordVectors, tokenizer: Tokenizer) -> np.ndarray:
    """The vector of each token, (vocabulary, width); zeros where it has none."""
    rows = np.zeros((tokenizer.vocabulary_size, vectors.width), "float32")
    for token, row in tokenizer.tokenizer.get_vocab().items():
        if token in vectors:
            rows[row] = vectors[token]
    return rows


def add_convolution(
    base: keras.Model,
    task: Task,
    filters: int = 64,
    words: int = 3,
    learning_rate: float = 1e-2,
    dropout: float = 0.5,
) -> keras.Model:
    """Step 3 for a base that keeps the order of the words: filters that look at `words` neighbours at a time.

    Each filter reports how well it fits where it fits best; dropout and a dense layer decide from that (Kim,
    Convolutional Neural Networks for Sentence Classification, EMNLP 2014, arXiv:1408.5882).

    Args:
        base: frozen, from token ids to one vector for each token; see `sequence`.

    Returns:
        A compiled model from token ids to probabilities (n, classes).
    """
    layers = keras.layers
    tokenizer = form_of(base)
    inputs = keras.Input((None,), dtype="int32", name="inputs")
    here = ops.expand_dims(ops.cast(padding_mask(inputs, tokenizer.padding_id), "float32"), -1)
    x = base(inputs, training=False) * here  # whatever padding is looked up as, a filter shall see nothing there
    x = layers.Conv1D(filters, words, padding="same", activation="relu", name="filters")(x)
    x = layers.GlobalMaxPooling1D(name="best_fit")(x * here)  # relu is never below 0, and so padding never wins
    x = layers.Dropout(dropout, name="dropout")(x)
    outputs = layers.Dense(task.n_classes, activation="softmax", kernel_initializer="zeros", name="head")(x)
    model = keras.Model(inputs, outputs, name=f"{base.name}_with_filters")
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
