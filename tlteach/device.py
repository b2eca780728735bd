"""What this machine trains on, and how to use it well."""

from __future__ import annotations

import contextlib
import os
import platform

import keras


def prepare() -> str:
    """Let a GPU share its memory, and compute in mixed precision where that pays; returns the device's name.

    Mixed precision pays on GPUs with tensor cores (compute capability 7.0 and up); on a CPU it is slower.
    See keras.io/api/mixed_precision.
    """
    capability = _prepare_tensorflow() if keras.backend.backend() == "tensorflow" else None
    if capability and capability >= (7, 0):
        keras.mixed_precision.set_global_policy("mixed_float16")
    return name()


def name() -> str:
    """The device that trains, in words: "GPU: NVIDIA A100 (mixed_float16)" or "CPU: 2 cores, x86_64"."""
    if found := gpus():
        return f"GPU: {', '.join(found)} ({keras.mixed_precision.global_policy().name})"
    return f"CPU: {os.cpu_count()} cores, {platform.machine()}"


def gpus() -> list[str]:
    """The names of the GPUs that the Keras backend sees."""
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
