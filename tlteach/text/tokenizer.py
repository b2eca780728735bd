"""Turn texts into token ids: a thin wrapper of Hugging Face's `tokenizers`, and BERT's WordPiece from its files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tokenizers
from tokenizers import decoders, models, normalizers, pre_tokenizers, processors

from tlteach.core.errors import DataError, SourceError
from tlteach.core.files import write_whole
from tlteach.engine.lengths import STEP
from tlteach.text.checkpoint import json_object

FILE = "tokenizer.json"  # beside model.keras
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
CODE = """import numpy as np
from tokenizers import Tokenizer

tokenizer = Tokenizer.from_file("tokenizer.json")
inputs = np.array([tokenizer.encode("I wanted to like it.").ids], "int32")"""


class Tokenizer:
    """Texts in, token ids out; every row begins, ends and is cut as the wrapped tokenizer was trained to do.

    Args:
        tokenizer: a `tokenizers.Tokenizer`; it is copied and stays as it is. The copy is the attribute `tokenizer`.
        max_tokens: longer texts are cut to this many tokens; special tokens such as [CLS] count.
        padding: the token that fills up shorter rows.
        unknown: the token that stands for what is not in the vocabulary; None where nothing can be unknown.

    Raises:
        SourceError: the vocabulary lacks one of these tokens.
        DataError: max_tokens leaves no room for a text.
    """

    def __init__(
        self,
        tokenizer: tokenizers.Tokenizer,
        max_tokens: int,
        padding: str = "[PAD]",
        unknown: str | None = "[UNK]",
    ):
        self.tokenizer = tokenizers.Tokenizer.from_str(tokenizer.to_str())
        special = self.tokenizer.num_special_tokens_to_add(is_pair=False)
        if max_tokens <= special:
            raise DataError(
                f"max_tokens={max_tokens} leaves no room for a text: {special} special tokens are added to each. "
                "Ask for more, such as 128."
            )
        self.max_tokens = max_tokens
        self.padding, self.padding_id = padding, self._id_of(padding)
        self.unknown, self.unknown_id = unknown, None if unknown is None else self._id_of(unknown)
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_tokens)
        self._hash = hashlib.sha256(self._json().encode()).hexdigest()[:12]

    def __repr__(self) -> str:
        return f"<Tokenizer of {self.vocabulary_size:,} tokens, at most {self.max_tokens} a text, {self._hash}>"

    def __str__(self) -> str:
        return f"texts of up to {self.max_tokens} tokens"

    @property
    def size(self) -> dict[str, int]:
        """How long a text may be, in the word of base_model(source, max_tokens=...)."""
        return {"max_tokens": self.max_tokens}

    @property
    def files(self) -> dict[str, Callable[[Path], None]]:
        """A saved model of texts cannot be asked without its tokenizer."""
        return {FILE: self.save}

    @property
    def takes(self) -> str:
        """What a network takes of it."""
        return f"token ids that {FILE} beside it makes, at most {self.max_tokens} a text: int32 (n, length)"

    @property
    def code(self) -> str:
        """How a program without tlteach makes `inputs`."""
        return CODE

    def _id_of(self, token: str) -> int:
        number = self.tokenizer.token_to_id(token)
        if number is None:
            raise SourceError(
                f"The vocabulary has no {token} token. Name the ones that it has: Tokenizer(..., padding=, unknown=)."
            )
        return number

    @property
    def vocabulary_size(self) -> int:
        """The number of different tokens."""
        return self.tokenizer.get_vocab_size()

    @property
    def highest_id(self) -> int:
        """The highest token id that it makes."""
        return max(self.tokenizer.get_vocab().values())

    def encode(self, texts: Sequence[str], length: int | None = None) -> np.ndarray:
        """Return the token ids of `texts`, int32 (n, length), each row filled up at its end with `padding_id`.

        Without `length`, the longest of them decides: rounded up to a multiple of 16, at most max_tokens. Texts that
        are longer than `length` are cut to it. Raises DataError for a row that is not a text.
        """
        rows = [encoding.ids for encoding in self._encodings(texts)]
        longest = max(map(len, rows), default=0)
        length = int(rounded_up(longest, self)) if length is None else length
        if longest > length:  # only the wrapped tokenizer knows which tokens must stand at the end
            return Tokenizer(self.tokenizer, length, self.padding, self.unknown).encode(texts, length)
        token_ids = np.full((len(rows), length), self.padding_id, "int32")
        for row, ids in zip(token_ids, rows, strict=True):
            row[: len(ids)] = ids
        return token_ids

    def lengths(self, texts: Sequence[str]) -> np.ndarray:
        """The number of tokens of each text, (n,), special tokens counted, at most max_tokens."""
        return np.array([len(encoding.ids) for encoding in self._encodings(texts)], "int32")

    def tokens(self, text: str) -> list[str]:
        """The pieces that the network sees of one text, special tokens too."""
        return self.tokenizer.encode(_checked([text])[0]).tokens

    def decode(self, token_ids: Sequence[int]) -> str:
        """The text that one row of token ids stands for, without special tokens."""
        return self.tokenizer.decode(np.asarray(token_ids).tolist())

    def _encodings(self, texts: Sequence[str]) -> list:
        return self.tokenizer.encode_batch_fast(_checked(texts))

    def _json(self) -> str:
        """Hugging Face's format. The cut and the padding stand in it too, for whoever opens it without tlteach."""
        copy = tokenizers.Tokenizer.from_str(self.tokenizer.to_str())
        copy.enable_padding(pad_id=self.padding_id, pad_token=self.padding)
        return copy.to_str(pretty=True)

    def save(self, path: str | Path) -> None:
        """Write tokenizer.json, Hugging Face's format, to `path`: whole or not at all."""
        write_whole(Path(path), lambda part: part.write_text(self._json(), encoding="utf-8"))

    @classmethod
    def load(cls, path: str | Path) -> Tokenizer:
        """Read what `save` wrote, or any tokenizer.json that says where texts are cut. Raises SourceError."""
        path = Path(path)
        if not path.is_file():
            raise SourceError(f"There is no {path}. A tokenizer is kept in a file tokenizer.json.")
        try:
            wrapped = tokenizers.Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing more precise
            raise SourceError(f"{path} is not a tokenizer in Hugging Face's format: {error}.") from error
        if wrapped.truncation is None:
            raise SourceError(
                f"{path} does not say how many tokens a text may have. Say it: "
                "Tokenizer(tokenizers.Tokenizer.from_file(path), max_tokens=...)."
            )
        padding = wrapped.padding["pad_token"] if wrapped.padding else "[PAD]"
        return cls(wrapped, wrapped.truncation["max_length"], padding, getattr(wrapped.model, "unk_token", None))


def _checked(texts: Sequence[str]) -> list[str]:
    """`texts` as a list, after a look at every row: the library's own message would not say which one is wrong."""
    if isinstance(texts, str):
        raise DataError("Texts are wanted and one text came. Put it into a list: [text].")
    texts = list(texts)
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise DataError(
                f"What stands in row {row} is not a text but {text!r} ({type(text).__name__}). Leave such rows out, "
                "or turn them into text with str()."
            )
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"The text in row {row} has half a character at place {error.start}, as after reading a file in the "
                'wrong encoding. Read the file anew, or clean it: text.encode(errors="replace").decode().'
            ) from error
    return texts


def wordpiece(folder: str | Path, max_tokens: int) -> Tokenizer:
    """BERT's tokenizer, from a folder in Hugging Face's layout.

    The vocabulary comes from vocab.txt, or else from tokenizer.json. Whether capitals and accents are dropped is said
    in tokenizer_config.json (`do_lower_case`, `strip_accents`), or else in tokenizer.json; where neither says it,
    they are dropped, as in Hugging Face's own code. The method: Wu et al. (2016), arXiv:1609.08144, section 4.1.

    Raises:
        SourceError: no vocabulary is there, it lacks one of BERT's special tokens, or the files are damaged.
    """
    try:
        return _wordpiece(Path(folder), max_tokens)
    except (AttributeError, TypeError) as error:  # what stands in the files is of another kind than it should be
        raise SourceError(f"The tokenizer in {folder} is damaged: {error}. Get the folder again.") from error


def _wordpiece(folder: Path, max_tokens: int) -> Tokenizer:
    vocabulary, settings = _vocabulary(folder), _settings(folder)
    if missing := [token for token in SPECIAL_TOKENS[:4] if token not in vocabulary]:
        raise SourceError(
            f"The vocabulary in {folder} lacks {', '.join(missing)}, which BERT needs around every text. "
            "It may be the file of another model, or cut off: get the folder again."
        )
    wrapped = tokenizers.Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    wrapped.add_special_tokens([token for token in SPECIAL_TOKENS if token in vocabulary])
    wrapped.normalizer = normalizers.BertNormalizer(
        lowercase=settings.get("do_lower_case", True),
        strip_accents=settings.get("strip_accents"),  # None: where capitals are dropped
        handle_chinese_chars=settings.get("tokenize_chinese_chars", True),
    )
    wrapped.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    wrapped.post_processor = processors.BertProcessing(
        *(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    )
    wrapped.decoder = decoders.WordPiece()
    return Tokenizer(wrapped, max_tokens)


def _vocabulary(folder: Path) -> dict[str, int]:
    path = folder / "vocab.txt"
    if path.is_file():
        try:
            words = path.read_text(encoding="utf-8").split("\n")  # not splitlines: some tokens are line separators
        except UnicodeDecodeError as error:
            raise SourceError(f"{path} is not UTF-8 text (byte {error.start}). Get the file again.") from error
        words = words[:-1] if words[-1] == "" else words
        return {word.rstrip("\r"): number for number, word in enumerate(words)}
    model = _json_of(folder / "tokenizer.json").get("model", {})
    if not model:
        raise SourceError(f"No vocabulary is in {folder}: neither vocab.txt nor tokenizer.json. Put it there.")
    if model.get("type", "WordPiece") != "WordPiece":
        raise SourceError(
            f"{folder / 'tokenizer.json'} is of the type {model['type']}, and BERT's is WordPiece. Open it with "
            "Tokenizer(tokenizers.Tokenizer.from_file(path), max_tokens=...)."
        )
    return model["vocab"]


def _settings(folder: Path) -> dict:
    normalizer = _json_of(folder / "tokenizer.json").get("normalizer") or {}
    names = {"lowercase": "do_lower_case", "handle_chinese_chars": "tokenize_chinese_chars"}
    settings = {names.get(name, name): value for name, value in normalizer.items()}
    return settings | _json_of(folder / "tokenizer_config.json")


def _json_of(path: Path) -> dict:
    """What stands in a JSON file; nothing where it is missing."""
    return json_object(path) if path.is_file() else {}


def rounded_up(lengths: int | np.ndarray, tokenizer: Tokenizer) -> np.ndarray:
    """The lengths rounded up to a multiple of 16, at least 16 and at most tokenizer.max_tokens."""
    rounded = -(-np.maximum(lengths, 1) // STEP) * STEP
    return np.minimum(rounded, tokenizer.max_tokens)
