"""Look at this machine: what is there, and what to do about what is missing."""

import os
import platform
import shutil
import subprocess
import sys
from importlib.util import find_spec

from tlteach.core import machine
from tlteach.core.errors import TlteachError
from tlteach.core.files import bundled, cache_folder
from tlteach.core.journal import wrapped
from tlteach.core.modality import Source
from tlteach.tasks import ROOMS


def examine() -> str:
    """Versions, backend, GPUs, threads, data and weights on the disk, and the cure for each thing that is missing."""
    version = machine.versions()["tlteach"]
    lines = [f"tlteach {version}, Python {platform.python_version()} on {platform.platform()}"]
    try:
        machine.import_keras()
        lines += _backend()
    except ImportError as error:
        lines.append(f"MISSING backend: {error}")
        lines.append('    to do: pip install "tlteach[cpu]"   (or "tlteach[gpu]" where there is an NVIDIA GPU)')
    lines += _data()
    lines += _weights()
    lines += _notebooks()
    return "\n".join(wrapped(line, then=" " * 8) for line in lines)


def _backend() -> list[str]:
    import keras

    found = machine.versions()
    packages = [f"{name} {found[name]}" for name in found if name not in ("tlteach", "python", "platform")]
    lines = [f"ok      backend: {keras.backend.backend()}, image data format {keras.config.image_data_format()}"]
    lines.append(f"ok      packages: {', '.join(packages)}")
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
    full = {name: files for room in ROOMS.values() for name, files in room.downloads().items()}
    here = [name for name, files in full.items() if all(file.here.is_file() for file in files)]
    absent = [name for name in full if name not in here]
    if here:
        lines.append(f"ok      tasks of the full tier on this disk: {', '.join(here)}")
    if absent:
        lines.append(f"absent  {', '.join(absent)}: the first run with each downloads its files")
        lines.append(f"        they go to {cache_folder()}")
    return lines


def _weights() -> list[str]:
    every = [source for room in ROOMS.values() for source in room.SOURCES.values()]
    here = [source.name for source in every if source.on_disk()]
    absent = [source for source in every if source.name not in here]
    lines = [f"ok      weights on this disk: {', '.join(here) or 'none'}"]
    for source in absent:
        lines += _cure(source)
    if downloads := [source.name for source in absent if source.files()]:
        lines.append(f"absent  weights that the first use downloads: {', '.join(downloads)}")
        keras = os.environ.get("KERAS_HOME", "~/.keras")
        lines.append(f"        they go to {keras}/models, or to {cache_folder() / 'encoders'} if they read texts")
    return lines


def _cure(source: Source) -> list[str]:
    """What to do about absent weights that do not come by themselves, or come more easily in another way."""
    if source.tier == "bundled":
        cure = "get datasets/weights from the repository again, or run tlteach pretrain"
        return [f"MISSING weights of the bundled source {source.name}", f"    to do: {cure}"]
    if install := getattr(source, "install", None):
        return [
            f"MISSING weights of {source.name}, which takes {source.takes}",
            f"    to do: {_python()} -m {install}",
        ]
    return []


def _notebooks() -> list[str]:
    if find_spec("jupyterlab"):
        return ["ok      JupyterLab: tlteach lab opens the first notebook"]
    return ["absent  JupyterLab", f'    to do: {_python()} -m pip install "tlteach[lab]"']


def _python() -> str:
    """The Python that runs this, as one types it, also where a folder's name has a space in it."""
    return subprocess.list2cmdline([sys.executable])
