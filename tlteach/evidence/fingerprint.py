"""What a run of a comparison depends on, as texts and hashes: a finished run counts only while they are the same."""

import functools
import sys
import types
import uuid
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np

from tlteach.core.files import digest_of
from tlteach.core.task import Task

_PLAIN = (str, bytes, int, float, complex, bool, type(None), type(...), slice, Path)


def fingerprint(task: Task) -> str:
    """A hash of the class names and of the inputs and labels of the three splits."""
    splits = [task.train, task.validation, task.test]
    pieces = [piece for split in splits for piece in (split.labels.tobytes(), split.digest())]
    return digest_of(repr(task.class_names), *pieces)


def surroundings() -> dict:
    """Versions, backend and device, which a run depends on too."""
    import keras

    from tlteach.core.machine import name, versions

    return {"versions": versions(), "backend": keras.backend.backend(), "device": name()}


def code_of_tlteach() -> str:
    """A hash of the source text of this package."""
    return digest_of(*(path.read_bytes() for path in sorted(Path(__file__).parents[1].rglob("*.py"))))


def describe(value, users: tuple = ()) -> str:
    """Say in a text what `value`, a method or what its `users` use, is: two that differ never share it.

    A function is told by its compiled code, its defaults, and what it captured or uses by name. Only what another file
    defines is told by its name alone, so a change there is not noticed. What cannot be told apart for certain (a model
    that was captured, an object of a class of its own) gets a new text at every call.
    """
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, np.ndarray) and value.dtype != object:
        return digest_of(f"{value.dtype} {value.shape}", np.ascontiguousarray(value).tobytes())
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__}({', '.join(describe(item, users) for item in value)})"
    if isinstance(value, (set, frozenset)):  # its order changes from one start of Python to the next
        return f"{type(value).__name__}({', '.join(sorted(describe(item, users) for item in value))})"
    if isinstance(value, dict):
        return f"dict {describe(list(value.items()), users)}"
    if isinstance(value, functools.partial):
        given = describe([value.args, value.keywords], (*users, value.func))
        return f"partial {describe(value.func, users)} {given}"
    if isinstance(value, types.ModuleType):
        return f"module {value.__name__}"
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)) and _is_imported(value, users):
        return f"{value.__module__}.{value.__name__}"
    if isinstance(value, types.FunctionType):
        return "again" if value in users else f"function {_function(value, (*users, value))}"
    if isinstance(value, types.CodeType):
        names = value.co_names, value.co_varnames, value.co_freevars
        return f"{value.co_code.hex()} {names} {describe(value.co_consts, users)}"
    if is_dataclass(value) and type(value).__module__.startswith("tlteach."):
        return f"{type(value)} {describe([getattr(value, field.name) for field in fields(value)], users)}"
    return f"unknown {uuid.uuid4()}"


def _is_imported(value: type | Callable, users: tuple) -> bool:
    """Whether a module has it by its name, and not the module of the function that uses it."""
    elsewhere = users and value.__module__ not in ("__main__", getattr(users[-1], "__module__", None))
    return elsewhere and getattr(sys.modules.get(value.__module__), value.__name__, None) is value


def _function(function: types.FunctionType, users: tuple) -> str:
    used = [cell.cell_contents for cell in function.__closure__ or ()]
    if not str(function.__module__).startswith("tlteach."):  # code_of_tlteach has all that our own functions use
        names = sorted(_names(function.__code__) & function.__globals__.keys())
        used += [(name, function.__globals__[name]) for name in names]
    return describe([function.__code__, function.__defaults__, function.__kwdefaults__, used], users)


def _names(code: types.CodeType) -> set[str]:
    inner = [_names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return set(code.co_names).union(*inner)
