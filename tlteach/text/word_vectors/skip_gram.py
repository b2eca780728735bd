"""Skip-gram with negative sampling: learn a vector for each word by telling its neighbours from words drawn at random.

    vectors = train(texts, width=64, window=4, negatives=5, epochs=8)

You shall know a word by the company it keeps. So each word is given two vectors: one for when it stands in the centre,
one for when it is the company of another. For every pair (centre, neighbour) in the texts, and for `negatives` words
drawn at random in the neighbour's place, the network is asked: is this pair real? Its answer is the sigmoid of the dot
product of the two vectors. The vectors of the centres are what we keep.

Mikolov, Sutskever, Chen, Corrado and Dean, Distributed Representations of Words and Phrases and their Compositionality,
NeurIPS 2013, arXiv:1310.4546.
"""

from collections.abc import Sequence

import keras
import numpy as np

from tlteach.core.errors import DataError
from tlteach.text.word_vectors.words import WordVectors, is_word, vocabulary, words_of

BATCH_SIZE = 4096  # pairs; small vectors make small steps, and the time goes into starting them


def train(
    texts: Sequence[str],
    size: int = 4000,
    width: int = 64,
    window: int = 4,
    negatives: int = 5,
    epochs: int = 8,
    threshold: float = 1e-4,
    learning_rate: float = 5e-3,
    seed: int = 0,
) -> WordVectors:
    """Learn a vector of `width` numbers for the `size` most frequent words of `texts`; numbers and signs are left out.

    Args:
        texts: a word has neighbours within its own text only.
        window: how many words to the left and to the right are neighbours, at most.
        negatives: words drawn at random for each neighbour.
        epochs: times that the texts are gone through; pairs and random words are drawn anew each time.
        threshold: words that are more frequent than this share of all words are left out now and then.
        learning_rate: of Adam.

    Raises:
        DataError: not one word has a neighbour.
    """
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    words = list(filter(is_word, vocabulary(texts, size)))
    word_ids, text_ids = numbered(texts, words)
    counts = np.bincount(word_ids, minlength=len(words))
    model = network(len(words), width)
    model.compile(keras.optimizers.Adam(learning_rate), keras.losses.BinaryCrossentropy(from_logits=True))
    for _ in range(epochs):
        kept = random.random(len(word_ids)) < share_to_keep(counts, threshold)[word_ids]
        centres, candidates, is_real = examples(word_ids[kept], text_ids[kept], counts, window, negatives, random)
        if not len(centres):
            raise DataError(f"No word of the {len(texts):,} texts has a neighbour. Give more text.")
        model.fit([centres, candidates], is_real, BATCH_SIZE, shuffle=False, verbose=0)
    return WordVectors(tuple(words), keras.ops.convert_to_numpy(model.get_layer("centre").embeddings))


def examples(word_ids, text_ids, counts, window: int, negatives: int, random: np.random.Generator) -> tuple:
    """Centres (n,), candidates (n, 1 + negatives) and which of them is real, 1 or 0: the first of each row is."""
    centres, neighbours = random.permutation(pairs(word_ids, text_ids, window, random)).T
    drawn = draw(counts, (len(neighbours), negatives), random)
    candidates = np.column_stack([neighbours, drawn])
    is_real = np.zeros(candidates.shape, "float32")
    is_real[:, 0] = 1
    return centres, candidates, is_real


def network(size: int, width: int) -> keras.Model:
    """From a centre word (b,) and candidates for its neighbour (b, n) to the logits (b, n) of their being real."""
    layers, ops = keras.layers, keras.ops
    centre = keras.Input((), dtype="int32", name="centre_id")
    candidates = keras.Input((None,), dtype="int32", name="candidate_ids")
    centre_vector = layers.Embedding(size, width, name="centre")(centre)  # (b, width)
    candidate_vectors = layers.Embedding(size, width, name="neighbour")(candidates)  # (b, n, width)
    logits = ops.sum(ops.expand_dims(centre_vector, 1) * candidate_vectors, axis=-1)
    return keras.Model([centre, candidates], logits, name="skip_gram")


def numbered(texts: Sequence[str], words: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """All texts in one row: the number of each word, int32 (n,), and the number of its text; others are left out."""
    number_of = {word: number for number, word in enumerate(words)}
    rows = [[number_of[word] for word in words_of(text) if word in number_of] for text in texts]
    lengths = [len(row) for row in rows]
    return np.array([number for row in rows for number in row], "int32"), np.repeat(np.arange(len(rows)), lengths)


def share_to_keep(counts: np.ndarray, threshold: float) -> np.ndarray:
    """With which probability an occurrence of each word is kept: 1 for rare words, less for `the` and `of`."""
    frequency = counts / counts.sum()
    return np.minimum(1, np.sqrt(threshold / np.maximum(frequency, 1e-12)))


def pairs(word_ids: np.ndarray, text_ids: np.ndarray, window: int, random: np.random.Generator) -> np.ndarray:
    """Every (centre, neighbour) of the same text, int32 (pairs, 2).

    Each centre draws how far it looks, from 1 to `window`: so near neighbours are met more often than far ones.
    """
    reach = random.integers(1, window + 1, len(word_ids))
    found = []
    for distance in range(1, window + 1):
        left, right = np.arange(len(word_ids) - distance), np.arange(distance, len(word_ids))
        same_text = text_ids[left] == text_ids[right]
        for centre, neighbour in ((left, right), (right, left)):
            seen = same_text & (reach[centre] >= distance)
            found.append(np.column_stack([word_ids[centre[seen]], word_ids[neighbour[seen]]]))
    return np.concatenate(found)


def draw(counts: np.ndarray, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Words drawn at random, by their counts to the power 3/4: rare words come up more often than they stand there."""
    upper = np.cumsum(counts**0.75)
    return np.searchsorted(upper, random.random(shape) * upper[-1], side="right").astype("int32")
