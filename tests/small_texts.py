"""A small tokenizer and text models that learned nothing, for the tests."""

PIECES = ["[PAD]", "[UNK]", "the", "film", "was", "not", "good", "##ness", "##n", "is", "'", "t", "don", "电", "影"]


def small_tokenizer(max_tokens=32):
    """Pieces of words, as BERT's: "goodness" is good and ##ness; [UNK] stands at both ends as a special token."""
    from tokenizers import Tokenizer as Wrapped
    from tokenizers import models, normalizers, pre_tokenizers, processors

    from tlteach.text.tokenizer import Tokenizer

    numbers = {piece: number for number, piece in enumerate(PIECES)}
    wrapped = Wrapped(models.WordPiece(numbers, unk_token="[UNK]"))
    wrapped.normalizer = normalizers.BertNormalizer(lowercase=True)
    wrapped.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    wrapped.post_processor = processors.BertProcessing(("[UNK]", 1), ("[UNK]", 1))
    return Tokenizer(wrapped, max_tokens)


def bag_of_embeddings(tokenizer, outputs, activation, hidden=0):
    """The mean of the embeddings that are not padding, and one dense layer on it; `hidden` units make it not linear."""
    import keras

    keras.utils.set_random_seed(0)
    token_ids = keras.Input((None,), dtype="int32", name="token_ids")
    vectors = keras.layers.Embedding(len(PIECES), 5, embeddings_initializer="normal", name="pieces")(token_ids)
    share = keras.ops.expand_dims(keras.ops.cast(keras.ops.not_equal(token_ids, tokenizer.padding_id), "float32"), -1)
    x = keras.ops.sum(vectors * share, axis=1) / keras.ops.sum(share, axis=1)
    if hidden:
        x = keras.layers.Dense(hidden, activation="tanh", name="hidden")(10 * x)
    model = keras.Model(token_ids, keras.layers.Dense(outputs, activation=activation, name="head")(x))
    model.tokenizer = tokenizer
    return model
