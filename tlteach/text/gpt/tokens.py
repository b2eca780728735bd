"""Texts as tokens: byte-pair encoding, and all texts as one row of token ids."""

from collections.abc import Sequence

import numpy as np
import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

from tlteach.text.tokenizer import Tokenizer

END = "<|endoftext|>"  # the token that stands between two texts


def train_tokenizer(texts: Sequence[str], vocabulary_size: int, max_tokens: int) -> Tokenizer:
    """Byte-pair encoding: begin with the 256 bytes, and join the most frequent pair until the vocabulary is full.

    Sennrich, Haddow and Birch (2016), arXiv:1508.07909, begin with characters; with bytes, Radford et al. (2019).
    """
    wrapped = byte_level(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    wrapped.train_from_iterator(texts, trainer)
    return Tokenizer(wrapped, max_tokens, padding=END, unknown=None)


def byte_level(model: models.BPE) -> tokenizers.Tokenizer:
    """`model` on bytes, so that no text holds anything unknown. Radford et al. (2019), section 2.2."""
    wrapped = tokenizers.Tokenizer(model)
    wrapped.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    wrapped.decoder = decoders.ByteLevel()
    return wrapped


def whole(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """The token ids of `texts`, not cut, however long they are."""
    uncut = tokenizers.Tokenizer.from_str(tokenizer.tokenizer.to_str())
    uncut.no_truncation()
    return [encoding.ids for encoding in uncut.encode_batch(list(texts))]


def stream_of(texts: Sequence[str], tokenizer: Tokenizer) -> np.ndarray:
    """All texts as one row of token ids, int32, each ended by the end-of-text token."""
    end = end_of_text(tokenizer)
    return np.concatenate([np.array([*ids, end], "int32") for ids in whole(tokenizer, texts)])


def end_of_text(tokenizer: Tokenizer) -> int:
    """The token that stands between two texts."""
    return tokenizer.tokenizer.token_to_id(END)
