"""The small GPT for all tests of it, and the bundled one."""

import pytest
from small_gpt import tiny, tokenizer  # noqa: F401

from tlteach.core.errors import FetchError
from tlteach.text.gpt.files import load


@pytest.fixture(scope="module")
def bundled_gpt():
    try:
        return load()
    except FetchError as error:
        pytest.skip(str(error))
