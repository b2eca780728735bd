"""One door for what comes in: an argument that is of the wrong kind is refused in a sentence.

    @checked
    def train(model, task, epochs=10): ...

train(model, images) then says "train got an array (ndarray) of the shape (12, 32, 32, 3) for `task`; it takes a task,
as ...". What each parameter must be is said once, by its name, in kinds.py.
"""

import functools
import inspect
import reprlib
from collections.abc import Callable
from numbers import Real
from pathlib import PurePath

from tlteach.core.errors import GuardError


def checked(function: Callable) -> Callable:
    """Let `function` take only arguments that are what KINDS says of its parameters.

    Numbers of NumPy become Python's own on the way in, so that they can be written as JSON.
    """

    @functools.wraps(function)
    def at_the_door(*args, **kwargs):
        given = _bound(function, args, kwargs)
        return function(*given.args, **given.kwargs)

    return at_the_door


_signature = functools.cache(inspect.signature)


def _bound(function: Callable, args: tuple, kwargs: dict) -> inspect.BoundArguments:
    parameters = _signature(function).parameters
    try:
        given = _signature(function).bind(*args, **kwargs)
    except TypeError as error:
        takes = ", ".join(name for name in parameters if name != "self")
        raise GuardError(f"{function.__name__}: {error}. It takes: {takes}.") from None
    for name, value in given.arguments.items():
        if parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            given.arguments[name] = {key: _let_in(function, key, one) for key, one in value.items()}
        else:
            given.arguments[name] = _let_in(function, name, value)
    return given


def _let_in(function: Callable, name: str, value: object) -> object:
    import numpy as np  # here, so that `import tlteach` stays quick

    from tlteach.core.kinds import KINDS

    kind = KINDS.get(f"{function.__name__}.{name}") or KINDS.get(name)
    value = value.item() if isinstance(value, np.generic) else value
    if kind and not kind.fits(value):
        raise kind.error(f"{function.__name__} got {told(value)} for `{name}`; it takes {kind.words}.")
    return value


def told(value: object) -> str:
    """What `value` is, in a few words."""
    kind = type(value).__name__
    if value is None or isinstance(value, (str, bytes, Real, PurePath)):
        return reprlib.repr(value)
    if isinstance(value, type):
        return f"the class {value.__name__} itself"
    if isinstance(value, (list, tuple, dict)):
        return f"the {kind} {reprlib.repr(value)}"
    if isinstance(name := getattr(value, "name", None) or getattr(value, "__name__", None), str):
        return f"the {kind} called {name}"
    if isinstance(shape := getattr(value, "shape", None), tuple):
        return f"an array ({kind}) of the shape {shape}"
    return f"{'an' if kind[0].lower() in 'aeiou' else 'a'} {kind}"
