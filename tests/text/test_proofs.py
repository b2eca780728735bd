"""The proofs about texts hold for what is right, and find what famous notebooks get wrong."""

import keras
import numpy as np
import pytest
import tiny_bert
from keras import layers, ops
from texts import word_tokenizer
from tiny_bert import CASED, TEXTS, UNCASED
from tokenizers import normalizers

from tlteach import GuardError
from tlteach.text import bert, proofs
from tlteach.text.sources import TEXT_SOURCES, weights_folder
from tlteach.text.splits import TextSplit
from tlteach.text.tokenizer import Tokenizer, wordpiece

SENTENCES = ["The film is good.", "Is the house good? The film is not bad.", "A long film."] * 5


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> keras.Model:
    return bert.build(tiny_bert.write(tmp_path_factory.mktemp("tiny")), 48)


def small_encoder(masked_attention=True, masked_mean=True, mask_zero=False) -> keras.Model:
    """One block of attention built by hand, with or without its masks."""
    keras.utils.set_random_seed(0)
    token_ids = keras.Input((None,), dtype="int32")
    is_token = ops.not_equal(token_ids, 0)
    x = layers.Embedding(50, 8, embeddings_initializer="normal", mask_zero=mask_zero)(token_ids)
    mask = ops.expand_dims(is_token, 1) if masked_attention else None
    x = layers.MultiHeadAttention(2, 4, kernel_initializer="orthogonal")(10 * x, 10 * x, attention_mask=mask)
    if not masked_mean:
        return keras.Model(token_ids, ops.mean(x, axis=1), name="by_hand")
    share = ops.expand_dims(ops.cast(is_token, "float32"), -1)
    return keras.Model(token_ids, ops.sum(x * share, axis=1) / ops.sum(share, axis=1), name="by_hand")


IDS = np.array([[7, 8, 9, 4, 5, 6], [3, 0, 0, 0, 0, 0], [9, 4, 2, 1, 0, 0]], "int32")


def test_padding_is_proved_to_change_nothing(base):
    assert proofs.padding_changes_nothing(base, base.tokenizer.encode(TEXTS)) == (
        "a text gives the same output alone and padded"
    )
    proofs.padding_changes_nothing(keras.Sequential([base, layers.Dense(2)]), IDS)
    proofs.padding_changes_nothing(small_encoder(), IDS)
    full_length = np.full((3, 48), 7, "int32")  # as long as the network has places
    proofs.padding_changes_nothing(base, full_length)
    proofs.padding_changes_nothing(base, np.full((1, 1), 7, "int32"))


def test_attention_without_a_mask_is_found():
    for ids in (IDS, np.full((2, 6), 1, "int32") + np.arange(6, dtype="int32")):  # padded rows, and none
        with pytest.raises(GuardError, match=r"Padding changes what by_hand makes of a text.*attention_mask="):
            proofs.padding_changes_nothing(small_encoder(masked_attention=False), ids)


def test_a_mean_over_padding_is_found():
    with pytest.raises(GuardError, match="leave padding out of the mean"):
        proofs.padding_changes_nothing(small_encoder(masked_mean=False), IDS)


def test_numbers_that_are_none_are_found():
    model = small_encoder()
    model.layers[1 if model.layers[1].weights else 2].set_weights([np.full((50, 8), np.nan)])
    with pytest.raises(GuardError, match="Padding changes"):
        proofs.padding_changes_nothing(model, IDS)


def test_the_right_tokenizer_fits(base):
    proof = proofs.tokenizer_fits(base, base.tokenizer, SENTENCES)
    assert proof == f"its {len(UNCASED)} tokens fit the embedding; 0% of the tokens in 15 texts are unknown"
    model = keras.Sequential([base, layers.Dense(2)])
    assert proofs.tokenizer_fits(model, base.tokenizer, SENTENCES) == proof


def test_rows_that_fill_the_embedding_up_are_fine(tmp_path):
    folder = tiny_bert.write(tmp_path, vocab_size=128)
    made = bert.build(folder, 48)
    assert "fit the embedding" in proofs.tokenizer_fits(made, made.tokenizer, SENTENCES)


def test_a_vocabulary_of_another_size_is_found(base, tmp_path):
    larger = wordpiece(tiny_bert.write(tmp_path, CASED), 48)
    with pytest.raises(GuardError, match=rf"up to {len(CASED) - 1}, and the embedding embeddings_word has"):
        proofs.tokenizer_fits(base, larger, SENTENCES)
    many = bert.build(tiny_bert.write(tmp_path / "many", [*UNCASED, *(f"w{i}" for i in range(200))]), 48)
    with pytest.raises(GuardError, match="not of the same model"):
        proofs.tokenizer_fits(many, base.tokenizer, SENTENCES)


def other_case(tokenizer: Tokenizer, lowercase: bool) -> Tokenizer:
    made = Tokenizer(tokenizer.tokenizer, tokenizer.max_tokens)
    made.tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    return made


def test_the_wrong_case_is_found(base, tmp_path):
    with pytest.raises(GuardError, match=r"would be known without capitals \(The.*do_lower_case to true"):
        proofs.tokenizer_fits(base, other_case(base.tokenizer, lowercase=False), SENTENCES)
    cased = bert.build(tiny_bert.write(tmp_path, CASED, settings={"do_lower_case": False}), 48)
    proofs.tokenizer_fits(cased, cased.tokenizer, SENTENCES)
    with pytest.raises(GuardError, match=r"drops capitals, but \d+% of the words.*do_lower_case to false"):
        proofs.tokenizer_fits(cased, other_case(cased.tokenizer, lowercase=True), SENTENCES)


def test_a_vocabulary_of_other_words_is_found(base, tmp_path):
    words = [*tiny_bert.SPECIAL, *(f"wort{i}" for i in range(len(UNCASED) - 5))]
    other = wordpiece(tiny_bert.write(tmp_path, words), 48)
    with pytest.raises(
        GuardError,
        match=r"7\d% of the tokens in these texts are unknown \(the, film, is\), so the model cannot read them",
    ):
        proofs.tokenizer_fits(base, other, [text.lower() for text in SENTENCES])


def test_another_alphabet_is_told_and_blindness_is_refused(base):
    proof = proofs.tokenizer_fits(base, base.tokenizer, [*SENTENCES, "字字字"])
    assert proof.endswith("unknown, such as 字")
    with pytest.raises(GuardError, match="cannot read them"):
        proofs.tokenizer_fits(base, base.tokenizer, ["字字字字字字"])


def test_texts_that_are_cut_are_counted():
    texts = ["one two", "one two three", "one two three four", "two"]
    split = TextSplit(texts, np.zeros(4, "int32"), 2)
    assert proofs.texts_are_read(split, word_tokenizer(texts, 6)) == "all 4 texts are read to their end"
    told = proofs.texts_are_read(split, word_tokenizer(texts, 4))  # with [CLS] and [SEP], two words
    assert told.startswith("2 of 4 texts are longer than 4 tokens, and only so much of them is read")


def test_a_model_without_an_embedding_cannot_be_compared(base):
    token_ids = keras.Input((None,), dtype="int32")
    model = keras.Model(token_ids, ops.cast(token_ids, "float32"))
    assert "could not be compared" in proofs.tokenizer_fits(model, base.tokenizer, SENTENCES)


def test_minilm_passes_and_its_mistaken_users_do_not():
    source = TEXT_SOURCES["minilm"]
    folder = weights_folder(source) or pytest.skip(f"MiniLM is not here; to have it: {source.install}")
    made = bert.build(folder, 64)
    proofs.padding_changes_nothing(made, made.tokenizer.encode(TEXTS))
    proofs.tokenizer_fits(made, made.tokenizer, SENTENCES)
    with pytest.raises(GuardError, match="do_lower_case to true"):
        proofs.tokenizer_fits(made, other_case(made.tokenizer, lowercase=False), SENTENCES)
