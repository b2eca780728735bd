"""Transfer on text: tokens, word vectors, a BERT encoder and a small GPT."""
