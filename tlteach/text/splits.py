"""A split of a text task: texts in memory with their labels, given as token ids or as batches of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.door import checked
from tlteach.core.machine import import_keras
from tlteach.core.splits import Labelled
from tlteach.engine.lengths import BatchLengths
from tlteach.text.copies import as_bytes, fingerprints, near_copies, sketches
from tlteach.text.tokenizer import Tokenizer, rounded_up

if TYPE_CHECKING:
    import keras

PIECE = 1000  # texts that are tokenised together


FEW, SOME = 8, 200  # texts that are shown to a network, and to the tokenizer, before training


class TextSplit(Labelled):
    """Part of a text task: `inputs` is a tuple of texts, `labels` int32 (n,)."""

    called, listed = "texts", "row"

    def __init__(
        self, inputs: Sequence[str], labels: np.ndarray, n_classes: int, fingerprints: np.ndarray | None = None
    ):
        super().__init__(tuple(inputs), labels, n_classes)
        if fingerprints is not None:
            self._remembered()["fingerprints"] = fingerprints

    @checked
    def take(self, rows: Sequence[int]) -> TextSplit:
        """Return a split of the given rows, in their order; token ids that are known stay known."""
        rows = self._rows(rows)
        known = dict(self._remembered())
        arrays = {name: known.pop(name)[rows] for name in ("fingerprints", "sketches") if name in known}
        taken = TextSplit([self.inputs[row] for row in rows], self.labels[rows], self.n_classes)
        taken._remembered().update(arrays | {key: [ids[row] for row in rows] for key, ids in known.items()})
        return taken._grouped_as(self, rows=rows)

    @checked
    def load(self, rows: Sequence[int], tokenizer: Tokenizer, length: int | None = None) -> np.ndarray:
        """Return the token ids of the given rows as int32 (len(rows), length).

        Without `length`, the longest of these texts decides: rounded up to a multiple of 16, at most
        tokenizer.max_tokens. Shorter texts are filled up with tokenizer.padding_id, longer ones are cut.
        """
        rows = self._rows(rows)
        known = self._memory.get(repr(tokenizer))  # that these are still the texts, `token_counts` sees to
        if known is None:
            return tokenizer.encode([self.inputs[row] for row in rows], length)
        some = [known[row] for row in rows]
        longest = max((len(ids) for ids in some), default=0)
        if length is not None and longest > length:  # only the tokenizer knows which tokens must stand at the end
            return tokenizer.encode([self.inputs[row] for row in rows], length)
        return _filled(some, length or int(rounded_up(longest, tokenizer)), tokenizer.padding_id)

    @checked
    def arrays(self, tokenizer: Tokenizer) -> tuple[np.ndarray, np.ndarray]:
        """Return (token ids, labels): int32 (n, L), where the longest text decides L as in `load`, and int32 (n,)."""
        self.token_counts(tokenizer)
        return self.load(range(len(self)), tokenizer), self.labels

    def token_counts(self, tokenizer: Tokenizer) -> np.ndarray:
        """Return how many tokens each text has, int (n,), with the special ones, at most tokenizer.max_tokens.

        The token ids are kept for this tokenizer: no text is tokenised twice.
        """
        key, memory = repr(tokenizer), self._remembered()
        if key not in memory:
            pieces = (self.inputs[start : start + PIECE] for start in range(0, len(self), PIECE))
            memory[key] = [ids for piece in pieces for ids in _token_ids(piece, tokenizer)]
        return np.array([len(ids) for ids in memory[key]], dtype=int)

    def padded_lengths(self, tokenizer: Tokenizer) -> np.ndarray:
        """Return the length that each text would have in a batch of its own, int (n,); see `load`."""
        return rounded_up(self.token_counts(tokenizer), tokenizer)

    def lengths(self, tokenizer: Tokenizer, batch_size: int) -> BatchLengths:
        """Return how long the batches of an epoch are."""
        return BatchLengths(self.padded_lengths(tokenizer), batch_size, tokenizer.max_tokens)

    @checked
    def batches(
        self,
        tokenizer: Tokenizer,
        batch_size: int = 32,
        shuffle: bool = False,
        seed: int = 0,
        augment: Callable | None = None,
    ) -> keras.utils.PyDataset:
        """Return batches for `fit`: int32 token ids (b, L) and int32 labels (b,).

        L is that of the longest text of the batch, see `load` (tlteach/engine/lengths.py tells of an exception).
        `augment` is a function of a batch of token ids that returns token ids. Rows come in the order in which
        Split.batches gives pictures; call `fit(..., shuffle=False)`.
        """
        import_keras()
        from tlteach.engine.batches import Batches

        return Batches(self, tokenizer, batch_size, shuffle, seed, augment)

    def form_of(self, model: keras.Model) -> Tokenizer:
        """Return the tokenizer that `model` has with it. Raises GuardError where it takes no texts."""
        from tlteach.text.form import form_of

        return form_of(model)

    def proofs(self, model: keras.Model, form: Tokenizer) -> list[str]:
        """Prove that words are cut as in pre-training, and that padding is not read as text. Raises GuardError."""
        from tlteach.text.proofs import padding_changes_nothing, texts_are_read, tokenizer_fits

        return [
            tokenizer_fits(model, form, self.inputs[:SOME]),
            padding_changes_nothing(model, self.load(range(min(FEW, len(self))), form)),
            texts_are_read(self, form),
        ]

    def joined(self, *others: TextSplit) -> TextSplit:
        """Return one split of the texts of all."""
        every = (self, *others)
        inputs = [text for split in every for text in split.inputs]
        joined = TextSplit(inputs, np.concatenate([split.labels for split in every]), self.n_classes)
        joined._remembered()["sketches"] = np.concatenate([split.sketches() for split in every])
        return joined._grouped_as(*every)

    def near_copies(self, other: TextSplit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return (rows, rows of `other`, share of runs of letters in common) of texts that are nearly the same."""
        return near_copies(self.sketches(), other.sketches())

    def sketches(self) -> np.ndarray:
        """Return the sketches of the texts (n, 126), computed once; see copies.py."""
        memory = self._remembered()
        if "sketches" not in memory:
            memory["sketches"] = sketches(self.inputs)
        return memory["sketches"]

    def named(self, row: int) -> str:
        """Return the beginning of a text, on one line."""
        text = " ".join(self.inputs[row].split())
        return text if len(text) <= 80 else text[:77] + "..."

    def fingerprints(self) -> list[str]:
        """Return one hash per text, computed once. Copies share it: see copies.py."""
        memory = self._remembered()
        if "fingerprints" not in memory:
            memory["fingerprints"] = fingerprints(self.inputs)
        return [found.decode() for found in memory["fingerprints"].tolist()]

    def _signature(self) -> tuple[str, ...]:
        return tuple(self.inputs)  # texts cannot be changed in place, and those that are the same are soon compared

    def digest(self) -> str:
        """Return a hash of the very texts, letter by letter, in their order."""
        digest = hashlib.blake2b(digest_size=16)
        for text in self.inputs:
            content = as_bytes(text)
            digest.update(len(content).to_bytes(8, "little") + content)
        return digest.hexdigest()


def _token_ids(texts: Sequence[str], tokenizer: Tokenizer) -> list[np.ndarray]:
    """The token ids of each text, without the padding at its end."""
    encoded = np.asarray(tokenizer.encode(texts), "int32")
    is_token = encoded != tokenizer.padding_id
    ends = np.where(is_token.any(axis=1), encoded.shape[1] - is_token[:, ::-1].argmax(axis=1), 0)
    return [ids[:end].copy() for ids, end in zip(encoded, ends, strict=True)]


def _filled(some: Sequence[np.ndarray], length: int, padding_id: int) -> np.ndarray:
    filled = np.full((len(some), length), padding_id, "int32")
    for row, ids in zip(filled, some, strict=True):
        row[: len(ids)] = ids
    return filled
