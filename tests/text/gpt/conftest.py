"""The small GPT for all tests of it."""

from small_gpt import tiny, tokenizer  # noqa: F401
