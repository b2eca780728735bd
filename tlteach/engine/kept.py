"""Features that outlast a training: the next one over the same inputs and the same frozen weights begins at once."""

import json
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence

import keras
import numpy as np

from tlteach.core.files import digest_of
from tlteach.core.modality import Form, Split
from tlteach.engine.boundary import Boundary
from tlteach.engine.graph import Call, Tensor, is_own

Key = tuple[str, str]  # what was run, and on what; see `keys_of`

# What was used longest ago stands first.
_kept: OrderedDict[Key, np.ndarray] = OrderedDict()


def forget() -> None:
    """Free the memory in which features are kept for the next training."""
    _kept.clear()


def known(keys: Iterable[Key]) -> dict[Key, np.ndarray]:
    """Those of `keys` whose features are kept, with the features."""
    return {key: _kept[key] for key in keys if key in _kept}


def keep(features: dict[Key, np.ndarray]) -> None:
    """Keep features, or note that they were used."""
    for key, array in features.items():
        _kept[key] = array
        _kept.move_to_end(key)


def drop(needed: float, in_use: Collection[int]) -> None:
    """Drop features that are not in use, those used longest ago first, until `needed` bytes are free of them.

    Args:
        in_use: the id() of arrays that must stay.
        needed: bytes; at most this much is left of all that is not in use.
    """
    idle = [key for key, array in _kept.items() if id(array) not in in_use]
    held = sum(_kept[key].nbytes for key in idle)
    for key in idle:
        if held <= needed:
            return
        held -= _kept.pop(key).nbytes


# ---------------------------------------------------------------- what features depend on


def keys_of(cut: Boundary, split: Split, form: Form) -> dict[int, Key]:
    """For every tensor from the inputs to the boundary, a key that changes with all that its features depend on.

    Tensors that a layer of the user's own had a part in have none: nobody can tell what all they depend on.
    """
    graph = cut.graph
    content = digest_of(repr(form), split.digest())
    digests = _digests(graph.between(graph.inputs, cut.tensors), graph.inputs)
    return {number: (content, digest) for number, digest in digests.items()}


def _digests(calls: list[Call], inputs: Sequence[int]) -> dict[int, str]:
    """For every tensor, a hash of all that it depends on but the inputs: layers, their settings, their weights."""
    digests = {number: f"input {place}" for place, number in enumerate(inputs)}
    for call in calls:
        settings = None if is_own(call.operation) else _settings(call.operation)
        if settings is None or not digests.keys() >= set(call.inputs):
            continue
        arguments = keras.tree.flatten((call.args, call.kwargs))
        made_of = [digests[x.number] if isinstance(x, Tensor) else _constant(x) for x in arguments]
        names = sorted(call.kwargs)
        digest = digest_of(settings, repr(names), *made_of, *map(_constant, call.weights))
        digests.update({number: f"{digest} {place}" for place, number in enumerate(call.outputs)})
    return digests


def _settings(operation) -> str | None:
    try:
        config = dict(operation.get_config())
        for name in ("name", "trainable"):  # they change nothing of what the layer computes
            config.pop(name, None)
        return json.dumps([type(operation).__qualname__, keras.saving.serialize_keras_object(config)])
    except (NotImplementedError, TypeError, ValueError):
        return None


def _constant(value) -> str:
    if hasattr(value, "shape"):
        array = keras.ops.convert_to_numpy(value)
        return digest_of(f"{array.dtype} {array.shape}", np.ascontiguousarray(array).tobytes())
    return repr(value)
