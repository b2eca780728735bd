"""The baseline from scratch on texts: what it is made of, that padding changes nothing, and that a seed repeats it."""

import keras
import numpy as np

from tlteach import tasks
from tlteach.text import scratch as module
from tlteach.text.scratch import byte_pairs, repeated, scratch_network

TEXTS = ["A long, long film.", "Short and good!", "Not good, not even short: it is longer than long."]


def test_pieces_are_learned_from_the_given_texts_alone():
    tokenizer = byte_pairs(TEXTS)
    assert tokenizer.vocabulary_size <= module.VOCABULARY
    assert tokenizer.decode(tokenizer.encode(["short film"])[0]).split() == ["short", "film"]
    assert "[UNK]" in tokenizer.tokens("zyx")  # letters that no text has
    assert repr(byte_pairs(TEXTS)) == repr(tokenizer)
    assert repr(byte_pairs(TEXTS[:2])) != repr(tokenizer)


def test_new_words_come_in_known_parts():
    task = tasks.film_reviews().subset(32)
    tokenizer = byte_pairs(task.train.inputs)
    ids = tokenizer.encode(task.test.inputs)
    real = ids != tokenizer.padding_id
    assert (ids[real] == tokenizer.unknown_id).mean() < 0.01


def test_it_takes_token_ids_of_any_length_and_gives_logits():
    model = scratch_network(3, byte_pairs(TEXTS), steps=100)
    assert model.input_shape == (None, None)
    assert model.output_shape == (None, 3)
    assert model.count_params() < 300_000
    for length in (1, 16, module.MAX_TOKENS):
        assert model(np.full((2, length), 5, "int32")).shape == (2, 3)


def test_padding_changes_nothing():
    model = scratch_network(2, byte_pairs(TEXTS), steps=100)
    ids = model.tokenizer.encode(TEXTS)
    longer = np.pad(ids, [(0, 0), (0, 32)], constant_values=model.tokenizer.padding_id)
    one, other = (np.asarray(keras.ops.convert_to_numpy(model(x, training=False))) for x in (ids, longer))
    np.testing.assert_allclose(one, other, atol=1e-5)
    alone = model(model.tokenizer.encode(TEXTS[1:2]), training=False)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(alone)[0], one[1], atol=1e-5)


def test_few_texts_are_shown_several_times():
    few = tasks.film_reviews().subset(3).train
    assert len(repeated(few, 20)) == 20
    assert set(repeated(few, 20).inputs) == set(few.inputs)
    assert repeated(few, 4) is few
