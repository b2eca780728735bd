"""Words as vectors: which words a text has, how alike two of them are, and which stand nearest to a third."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import tokenizers
from tokenizers import Regex, models, normalizers, pre_tokenizers

from tlteach.core.errors import DataError
from tlteach.text.tokenizer import Tokenizer

# As GloVe was made: "didn't" is two words, did and n't, so that the denial is a word of its own.
WORD = r"\w+?(?=n['’]t\b)|n['’]t\b|['’](?:s|re|ve|ll|d|m)\b|\w+|[^\w\s]"
NORMAL = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Replace("’", "'")])
CUT = pre_tokenizers.Split(Regex(WORD), "removed", invert=True)
SPECIAL_TOKENS = ("[PAD]", "[UNK]")


def words_of(text: str) -> list[str]:
    """The words of `text`, lower-cased, in their order; each punctuation mark is a word of its own."""
    return [word for word, _ in CUT.pre_tokenize_str(NORMAL.normalize_str(text))]


def is_word(word: str) -> bool:
    """Whether it is made of letters, and is no number, name of a program or punctuation mark; n't and 's are words."""
    return word.replace("'", "").isalpha()


def vocabulary(texts: Iterable[str], size: int | None = None) -> list[str]:
    """The `size` most frequent words of `texts`, or all, the most frequent first; of equal ones, the first seen."""
    counts = Counter(word for text in texts for word in words_of(text))
    return [word for word, _ in counts.most_common(size)]


def tokenizer_of(words: Iterable[str], max_tokens: int = 256) -> Tokenizer:
    """A tokenizer whose tokens are [PAD], which is 0, [UNK], which is 1, and `words` in their order."""
    numbers = {token: number for number, token in enumerate(dict.fromkeys([*SPECIAL_TOKENS, *words]))}
    wrapped = tokenizers.Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    wrapped.normalizer, wrapped.pre_tokenizer = NORMAL, CUT
    return Tokenizer(wrapped, max_tokens)


def missing(texts: Iterable[str], words: Iterable[str]) -> tuple[float, list[str]]:
    """What of `texts` is out of vocabulary: the share of their running words, and these words, most frequent first.

    Numbers and punctuation are not counted. `words`: the vocabulary; a WordVectors will do.
    """
    known = set(words)
    counts = Counter(word for text in texts for word in words_of(text) if is_word(word))
    absent = [word for word, _ in counts.most_common() if word not in known]
    return sum(counts[word] for word in absent) / max(1, counts.total()), absent


@dataclass(frozen=True, repr=False)
class WordVectors:
    """A vector for each of `words`: `vectors` is float32 (n, width), its row i that of words[i]."""

    words: tuple[str, ...]
    vectors: np.ndarray

    def __len__(self) -> int:
        return len(self.words)

    def __iter__(self):
        return iter(self.words)

    def __contains__(self, word: str) -> bool:
        return word in self._rows

    def __getitem__(self, word: str) -> np.ndarray:
        if word not in self._rows:
            raise DataError(f"There is no vector for {word!r}: it is out of vocabulary. Are the words lower-cased?")
        return self.vectors[self._rows[word]]

    def __repr__(self) -> str:
        return f"<WordVectors of {len(self):,} words, {self.width} numbers each>"

    @property
    def width(self) -> int:
        """How many numbers a vector has."""
        return self.vectors.shape[1]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {word: row for row, word in enumerate(self.words)}

    @cached_property
    def _directions(self) -> np.ndarray:
        return _to_length_one(self.vectors)

    def direction(self, word: str) -> np.ndarray:
        """The vector of `word`, brought to the length 1."""
        return _to_length_one(self[word])

    def similarity(self, first: str, second: str) -> float:
        """The cosine of the angle between two words: 1 in the same direction, 0 unrelated, -1 opposite."""
        return float(self.direction(first) @ self.direction(second))

    def nearest(self, word: str | np.ndarray, n: int = 8, without: Sequence[str] = ()) -> list[str]:
        """The `n` words whose vectors point most nearly as that of `word` (or as a vector), itself left out."""
        vector = self[word] if isinstance(word, str) else word
        left_out = {word, *without} if isinstance(word, str) else set(without)
        order = np.argsort(-self._directions @ _to_length_one(vector), kind="stable")
        return [self.words[row] for row in order[: n + len(left_out)] if self.words[row] not in left_out][:n]

    def analogy(self, first: str, second: str, third: str, n: int = 5) -> list[str]:
        """`first` is to `second` as `third` is to what? The words nearest to second - first + third.

        The three words are left out, as is usual; the nearest of all is often one of them (Mikolov, Yih and Zweig,
        NAACL 2013; Linzen, RepEval 2016, arXiv:1606.07736, says what that hides).
        """
        sum_ = self.direction(second) - self.direction(first) + self.direction(third)
        return self.nearest(sum_, n, without=(first, second, third))

    def take(self, words: Iterable[str]) -> WordVectors:
        """Those of `words` that have a vector."""
        kept = [word for word in dict.fromkeys(words) if word in self]
        return WordVectors(tuple(kept), self.vectors[[self._rows[word] for word in kept]])


def _to_length_one(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)
