"""What this machine trains on, with which versions, and how Keras is brought up without a page of log lines.

Nothing here imports Keras before it is needed.
"""

import contextlib
import logging
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from tlteach.core.errors import TlteachError

BACKENDS = ("tensorflow", "jax", "torch")


def prepare() -> str:
    """Let a GPU share its memory, and compute in mixed precision where that pays; returns the device's name.

    Mixed precision pays on GPUs with tensor cores (compute capability 7.0 and up); on a CPU it is slower.
    See keras.io/api/mixed_precision.
    """
    import keras

    capability = _prepare_tensorflow() if keras.backend.backend() == "tensorflow" else None
    if capability and capability >= (7, 0):
        keras.mixed_precision.set_global_policy("mixed_float16")
    return name()


def name() -> str:
    """The device that trains, in words: "GPU: NVIDIA A100 (mixed_float16)" or "CPU: 2 cores, x86_64"."""
    import keras

    if found := gpus():
        return f"GPU: {', '.join(found)} ({keras.mixed_precision.global_policy().name})"
    return f"CPU: {os.cpu_count()} cores, {platform.machine()}"


def gpus() -> list[str]:
    """The names of the GPUs that the Keras backend sees."""
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
        return [tf.config.experimental.get_device_details(d).get("device_name", d.name) for d in devices]
    if backend == "jax":
        import jax

        return [device.device_kind for device in jax.devices() if device.platform == "gpu"]
    if backend == "torch":
        import torch

        return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return []


def _prepare_tensorflow() -> tuple[int, int] | None:
    """Turn memory growth on; returns the lowest compute capability of the GPUs, or None without a GPU."""
    import tensorflow as tf

    capabilities = []
    for device in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # raised where TensorFlow has taken the memory already
            tf.config.experimental.set_memory_growth(device, True)
        capabilities.append(tf.config.experimental.get_device_details(device).get("compute_capability", (0, 0)))
    return min(capabilities, default=None)


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that a result depends on."""
    found = {"tlteach": version("tlteach"), "python": platform.python_version(), "platform": sys.platform}
    for package in ("keras", "tensorflow", "tensorflow-cpu", "jax", "torch", "numpy", "pillow", "tokenizers"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def import_keras() -> None:
    """Import Keras and its backend; what they write to the error stream is shown only if they fail.

    Raises TlteachError where the backend is not installed, or Keras knows none of that name.
    """
    if "keras" in sys.modules:
        return
    # TensorFlow warns when models come and go in one process, which is what lessons and comparisons do.
    # A level would not last: in a notebook, TensorFlow sets its own when it first logs.
    logging.getLogger("tensorflow").addFilter(lambda record: record.levelno >= logging.ERROR)
    try:
        with errors_kept_back():
            import keras  # noqa: F401
    except (ImportError, ValueError) as error:
        here = ", ".join(name for name in BACKENDS if find_spec(name)) or "none is"
        raise TlteachError(
            f'Keras cannot start: {error}. Run: pip install "tlteach[cpu]" (or "tlteach[gpu]" where there is an NVIDIA '
            f"GPU), or set KERAS_BACKEND to one that is installed: {here}."
        ) from error


@contextmanager
def errors_kept_back() -> Iterator[None]:
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
