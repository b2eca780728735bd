"""The proofs about texts: padding is not read as text, and words are cut as in pre-training.

Like those in weights.py, every guard returns a sentence that says what it proved, or raises a GuardError that names
the cure, and works on plain Keras models that you built by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import keras
import numpy as np

from tlteach.core.errors import GuardError
from tlteach.core.modality import Split
from tlteach.engine.graph import flatten, lookup
from tlteach.engine.network import base_of

if TYPE_CHECKING:
    from tlteach.text.tokenizer import Tokenizer

FEW = 4  # texts that are shown to the network alone
SPARE_ROWS = 128  # some checkpoints round the rows of their embedding up, at most to a multiple of this
MOST_UNREACHABLE = 0.05  # of the vocabulary; BERT's own has 0.01 of it, Chinese signs inside words
MOST_MISREAD = 0.01  # of the tokens
MOST_UNKNOWN = 0.05  # of the tokens, counting words in ASCII letters
BLIND = 0.5  # of the tokens, counting all


def padding_changes_nothing(model: keras.Model, token_ids: np.ndarray) -> str:
    """Prove that a text gives the same output alone and padded beside a longer one, to 1e-4.

    Args:
        token_ids: a few texts of the task, (n, length). Where none of them is padded, their first halves are.

    Raises:
        GuardError: the padding is read as if it were text.
    """
    padding_id = _padding_id(model)
    padded, lengths = _with_padding(np.asarray(token_ids)[:FEW], padding_id)
    together = _run(model, padded)
    alone = np.concatenate([_run(model, row[None, :length]) for row, length in zip(padded, lengths, strict=True)])
    difference = np.abs(together - alone).max()
    tolerance = 1e-4 if model.compute_dtype == "float32" else 1e-2
    if not difference <= tolerance * max(1.0, np.abs(alone).max()):
        raise GuardError(
            f"Padding changes what {model.name} makes of a text, by up to {difference:.2g}: some layer reads the token "
            f"id {padding_id} as if it were text, so a prediction would depend on which texts share its batch. Give "
            "each attention layer attention_mask=..., made from token_ids != padding_id, and leave padding out of the "
            "mean; tl.base_model(source) does both."
        )
    return "a text gives the same output alone and padded"


def _padding_id(model: keras.Model) -> int:
    tokenizer = getattr(base_of(model), "tokenizer", None) or getattr(model, "tokenizer", None)
    return 0 if tokenizer is None else tokenizer.padding_id


def _with_padding(token_ids: np.ndarray, padding_id: int) -> tuple[np.ndarray, list[int]]:
    """Rows with padding at their ends, and how long each is without it."""
    padded = token_ids.copy()
    if not (padded == padding_id).any():
        padded[:, (padded.shape[1] + 1) // 2 :] = padding_id
    ends = [np.flatnonzero(row != padding_id) for row in padded]
    return padded, [int(end[-1]) + 1 if len(end) else 1 for end in ends]


def _run(model: keras.Model, token_ids: np.ndarray) -> np.ndarray:
    outputs = model(keras.ops.convert_to_tensor(token_ids, dtype="int32"), training=False)
    return keras.ops.convert_to_numpy(outputs).astype("float64")


def tokenizer_fits(model: keras.Model, tokenizer: Tokenizer, texts: Sequence[str]) -> str:
    """Prove that `tokenizer` cuts words as the one did with which `model` was trained.

    Args:
        model: begins with an embedding of token ids.
        texts: some of the task, a few hundred.

    Raises:
        GuardError: the vocabulary is not as large as the embedding, capitals are treated differently than in it, or
            too many words of the texts are not in it.
    """
    proofs = [_sizes_match(model, tokenizer), _vocabulary_is_reachable(tokenizer)]
    if tokenizer.unknown_id is not None:
        proofs.append(_words_are_known(tokenizer, texts))
    return "; ".join(proof for proof in proofs if proof)


def texts_are_read(split: Split, tokenizer: Tokenizer) -> str:
    """Say how many texts are longer than what the model reads of a text."""
    most = tokenizer.max_tokens
    full = [split.inputs[row] for row in np.flatnonzero(split.token_counts(tokenizer) >= most)]
    cut = sum(bool(tokenizer.tokenizer.encode(text).overflowing) for text in full)
    if not cut:
        return f"all {len(split):,} texts are read to their end"
    return (
        f"{cut:,} of {len(split):,} texts are longer than {most} tokens, and only so much of them is read; "
        "tl.base_model(source, max_tokens=...) reads more, in more time"
    )


def _sizes_match(model: keras.Model, tokenizer: Tokenizer) -> str:
    found = lookup(flatten(model))
    if found is None:
        return "the vocabulary could not be compared: no embedding looks the token ids up"
    embedding = found.operation
    rows, highest = embedding.input_dim, max(tokenizer.tokenizer.get_vocab().values())
    if highest >= rows or rows - highest > SPARE_ROWS:
        raise GuardError(
            f"The tokenizer makes token ids up to {highest:,}, and the embedding {embedding.name} has {rows:,} rows: "
            "they are not of the same model, so every word would be looked up in the wrong row. Use the tokenizer of "
            "the model itself: tl.base_model(source).tokenizer, or the tokenizer.json beside the weights."
        )
    return f"its {tokenizer.vocabulary_size:,} tokens fit the embedding"


def _vocabulary_is_reachable(tokenizer: Tokenizer) -> str:
    """Find a tokenizer that drops capitals which its vocabulary has: the words with capitals can never come out."""
    normalizer = tokenizer.tokenizer.normalizer
    if normalizer is None:
        return ""
    words = [word for word in tokenizer.tokenizer.get_vocab() if word.isascii() and word.strip("#").isalpha()]
    lost = [word for word in words if normalizer.normalize_str(word) == word.lower() != word]
    if len(lost) > MOST_UNREACHABLE * len(words):
        raise GuardError(
            f"The tokenizer drops capitals, but {len(lost) / len(words):.0%} of the words in its vocabulary have them "
            f"({_examples(lost)}): the model was trained on texts as they are written. Set do_lower_case to false in "
            "tokenizer_config.json beside vocab.txt, and build the base anew."
        )
    return ""


def _words_are_known(tokenizer: Tokenizer, texts: Sequence[str]) -> str:
    unknown, total = _unknown_words(tokenizer, texts)
    vocabulary = tokenizer.tokenizer.get_vocab()
    misread = [word for word in unknown if word.lower() != word and word.lower() in vocabulary]
    latin = [word for word in unknown if word.isascii()]
    if len(misread) > MOST_MISREAD * total:
        raise GuardError(
            f"{_share(unknown, total)} of the tokens in these texts are unknown, and {_share(misread, total)} would be "
            f"known without capitals ({_examples(misread)}): the model was trained on texts in small letters. Set "
            "do_lower_case to true in tokenizer_config.json beside vocab.txt, and build the base anew."
        )
    if len(latin) > MOST_UNKNOWN * total or len(unknown) > BLIND * total:
        raise GuardError(
            f"{_share(unknown, total)} of the tokens in these texts are unknown ({_examples(unknown)}), so the model "
            "cannot read them: the vocabulary is that of another language, or not the model's own. Choose a source "
            "that learned from such texts, or give the tokenizer that the model was trained with."
        )
    examples = f", such as {_examples(unknown)}" if unknown else ""
    return f"{_share(unknown, total)} of the tokens in {len(texts)} texts are unknown{examples}"


def _unknown_words(tokenizer: Tokenizer, texts: Sequence[str]) -> tuple[list[str], int]:
    """The words in `texts` that become the unknown token, and the number of all tokens."""
    unknown, total = [], 0
    for text in texts:
        encoding = tokenizer.tokenizer.encode(text)
        total += len(encoding.ids)
        spans = zip(encoding.ids, encoding.offsets, strict=True)
        unknown += [text[start:end] for number, (start, end) in spans if number == tokenizer.unknown_id]
    return unknown, max(total, 1)


def _share(words: list[str], total: int) -> str:
    share = len(words) / total
    return f"{share:.0%}" if share == 0 or share >= 0.01 else "less than 1%"


def _examples(words: list[str]) -> str:
    return ", ".join(word for word, _ in Counter(words).most_common(3))
