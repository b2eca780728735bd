"""Words as vectors: read from files, learned from texts or taken out of a base; bases that are made of them."""

from tlteach.text.word_vectors.bases import (
    add_convolution,
    average,
    like_random,
    of_base,
    sequence,
    tokenizer_for,
)
from tlteach.text.word_vectors.files import load
from tlteach.text.word_vectors.skip_gram import train
from tlteach.text.word_vectors.words import WordVectors, missing, tokenizer_of, vocabulary, words_of
