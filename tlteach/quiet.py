"""Import Keras without the log lines that TensorFlow writes before it reads any setting."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


def import_keras() -> None:
    """Import Keras and its backend; what they write to the error stream is shown only if they fail."""
    if "keras" in sys.modules:
        return
    # TensorFlow warns when models come and go in one process, which is what lessons and comparisons do.
    # A level would not last: in a notebook, TensorFlow sets its own when it first logs.
    logging.getLogger("tensorflow").addFilter(lambda record: record.levelno >= logging.ERROR)
    with _errors_kept_back():
        import keras  # noqa: F401


@contextmanager
def _errors_kept_back() -> Iterator[None]:
    """Hold back file descriptor 2, which C++ code writes to past sys.stderr, unless the body raises."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        except BaseException:
            kept.seek(0)
            os.write(terminal, kept.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)
