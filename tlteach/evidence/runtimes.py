"""The formats that a model can leave in, each with its own runtime: what asks the file where no tlteach is.

Keras writes all of them: keras.io/api/models/model_saving_apis/export.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.errors import DataError, TlteachError
from tlteach.core.files import first_line
from tlteach.core.machine import errors_kept_back

if TYPE_CHECKING:
    import keras

Asked = Callable[[np.ndarray], np.ndarray]
UNKNOWN = re.compile(r"No Op registered for (\w+)|\((Flex\w+)\)")  # as onnxruntime and LiteRT say it


@dataclass(frozen=True)
class Format:
    """A way to write a model.

    Attributes:
        file: its name.
        tolerance: how far a probability may be from the original. The same sums, in another order, differ by 1e-7 to
            1e-5; a layer that means something else differs in the second digit.
        write: a model, and where to.
        opened: what is written there, as a function from inputs to outputs.
        code: the lines that do the same, and make `outputs` of `inputs`.
        modules: what writing and comparing takes here, beyond Keras.
    """

    file: str
    tolerance: float
    write: Callable[[keras.Model, Path], None]
    opened: Callable[[Path], Asked]
    code: str
    modules: tuple[str, ...] = ()


def require(name: str) -> None:
    """Raise TlteachError where a package or the backend that the format `name` needs is missing."""
    missing = [module for module in FORMATS[name].modules if find_spec(module) is None]
    if missing:
        raise TlteachError(f'To write {name}, {missing[0]} is needed. Run: pip install "tlteach[export]"')
    import keras

    if name != "keras" and keras.backend.backend() != "tensorflow":
        raise TlteachError(
            f"{name} is written with the TensorFlow backend, and Keras runs on {keras.backend.backend()}. A saved "
            "model opens on every backend: set KERAS_BACKEND=tensorflow, and say the same again."
        )


def quantized(form: Format) -> Format:
    """The same file with weights of 8 bits instead of 32; what they give is no longer the same: see `export`."""
    return replace(form, write=_write_quantized)


def written(model: keras.Model, name: str, form: Format, folder: Path, inputs: np.ndarray) -> Asked:
    """Write `model`, which was asked before, into `folder`; open it in its own runtime, and ask it about `inputs`.

    Raises DataError, which names the operation if it is known, for what the format cannot hold.
    """
    path, failed = folder / form.file, None
    with errors_kept_back():  # converters write pages, and the last of it is what their error says
        try:
            form.write(model, path)
            asked = form.opened(path)
            asked(inputs)  # some runtimes miss an operation, or say hello, only now
            return asked
        except (KeyboardInterrupt, SystemExit):
            raise
        except Exception as error:  # whatever a converter or a runtime happens to raise
            failed = error
    found = UNKNOWN.search(str(failed))
    what = f"it has no {found[1] or found[2]}, which this model needs" if found else first_line(failed)
    raise DataError(
        f"This model cannot be written as {name}: {what}. Nothing was written. Take --format saved_model or keras: "
        "they hold every operation."
    ) from failed


def _write_keras(model: keras.Model, path: Path) -> None:
    model.save(path)


def _open_keras(path: Path) -> Asked:
    import keras

    return keras.saving.load_model(path, compile=False).predict_on_batch


def _write_saved_model(model: keras.Model, path: Path) -> None:
    model.export(path, format="tf_saved_model", verbose=False)


def _open_saved_model(path: Path) -> Asked:
    import tensorflow as tf

    model = tf.saved_model.load(path)
    return lambda inputs: model.serve(inputs).numpy()


def _write_onnx(model: keras.Model, path: Path) -> None:
    from tlteach.evidence import onnx_operations

    onnx_operations.teach()
    model.export(path, format="onnx", verbose=False)


def _open_onnx(path: Path) -> Asked:
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    (inputs,) = session.get_inputs()
    return lambda values: session.run(None, {inputs.name: values})[0]


def _write_litert(model: keras.Model, path: Path) -> None:
    model.export(path, format="litert", verbose=False)


def _write_quantized(model: keras.Model, path: Path) -> None:
    import tensorflow as tf

    model.export(path, format="litert", verbose=False, optimizations=[tf.lite.Optimize.DEFAULT])


def _open_litert(path: Path) -> Asked:
    from ai_edge_litert.interpreter import Interpreter

    model = Interpreter(str(path)).get_signature_runner()
    (name,) = model.get_input_details()
    return lambda inputs: model(**{name: inputs})["output_0"]


FORMATS = {
    "keras": Format(
        "model.keras", 1e-6, _write_keras, _open_keras,
        code="import keras\n\n"
        'model = keras.saving.load_model("model.keras", compile=False)\n'
        "outputs = model.predict(inputs, verbose=0)",
    ),
    "onnx": Format(
        "model.onnx", 1e-4, _write_onnx, _open_onnx, modules=("tf2onnx", "onnxruntime"),
        code="import onnxruntime\n\n"
        'session = onnxruntime.InferenceSession("model.onnx")\n'
        "(outputs,) = session.run(None, {session.get_inputs()[0].name: inputs})",
    ),
    "litert": Format(
        "model.tflite", 1e-4, _write_litert, _open_litert, modules=("ai_edge_litert",),
        code="from ai_edge_litert.interpreter import Interpreter\n\n"
        'model = Interpreter("model.tflite").get_signature_runner()\n'
        "(name,) = model.get_input_details()\n"
        'outputs = model(**{name: inputs})["output_0"]',
    ),
    "saved_model": Format(
        "saved_model", 1e-5, _write_saved_model, _open_saved_model,
        code="import tensorflow as tf\n\n"
        'model = tf.saved_model.load("saved_model")\n'
        "outputs = model.serve(inputs).numpy()",
    ),
}  # fmt: skip
