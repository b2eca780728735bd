"""What all checkpoints in Hugging Face's layout have in common: config.json, and model.safetensors beside it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

import numpy as np
import safetensors

from tlteach.core.errors import SourceError

if TYPE_CHECKING:
    import keras

Config = TypeVar("Config")
KINDS = {"embeddings": "weight", "kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}


def read_json(folder: str | Path) -> tuple[Path, dict[str, Any]]:
    """The path of config.json in `folder`, and what it says. Raises SourceError where it cannot be read."""
    path = Path(folder) / "config.json"
    return path, json_object(path)


def json_object(path: Path) -> dict[str, Any]:
    """What a JSON file says by name. Raises SourceError where it cannot be read, or says something else."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise SourceError(f"{path} cannot be read: {error}. Put the {path.name} of the checkpoint there.") from error
    if not isinstance(found, dict):
        raise SourceError(f"{path} holds no names with values. Put the {path.name} of the checkpoint there.")
    return found


def refuse_others(found: dict[str, Any], path: Path, known: dict[str, tuple], kind: str, examples: str) -> None:
    """Raise SourceError where config.json describes a network that would run, but not as it was trained."""
    for name, values in known.items():
        if name in found and found[name] not in values:
            raise SourceError(
                f"{path} says {name} = {json.dumps(found[name])}; tlteach builds {kind} with "
                f"{' or '.join(map(json.dumps, values))}. Choose a checkpoint of {kind}, such as {examples}."
            )


def as_config(kind: type[Config], found: dict[str, Any], path: Path) -> Config:
    """The dataclass `kind`, from what it knows of `found`. Raises SourceError where an entry is missing or wrong."""
    if missing := [entry.name for entry in fields(kind) if entry.default is MISSING and entry.name not in found]:
        raise SourceError(f"{path} does not say {', '.join(missing)}. Get the file of the checkpoint again.")
    known = {entry.name: found[entry.name] for entry in fields(kind) if entry.name in found}
    for name, value in known.items():
        wanted = get_type_hints(kind)[name]
        least = 1 if wanted is int and not name.endswith("_id") else 0  # ids begin at 0
        is_right = isinstance(value, int | float if wanted is float else wanted)
        if not is_right or (wanted is not str and not least <= value < math.inf):
            raise SourceError(f"{path} says {name} = {json.dumps(value)}. Get the file of the checkpoint again.")
    return kind(**known)


def named(weights: Iterable[keras.Variable], names: dict[str, str], block: str) -> Iterator[tuple[keras.Variable, str]]:
    """Each weight, and what Hugging Face calls it.

    With "h." as `block` and mlp.c_fc for mlp_hidden in `names`, block_3_mlp_hidden/kernel is h.3.mlp.c_fc.weight.
    """
    for weight in weights:
        layer, kind = weight.path.rsplit("/", 1)
        number, layer = re.fullmatch(r"(?:block_(\d+)_)?(.*)", layer).groups()
        yield weight, f"{'' if number is None else f'{block}{number}.'}{names[layer]}.{KINDS[kind]}"


def fill(
    weights: Iterable[tuple[keras.Variable, str]], folder: str | Path, plain: Callable[[str], str], turned: bool
) -> tuple[Path, dict[str, np.ndarray]]:
    """Fill each (weight, name) from model.safetensors in `folder`; return the path of the file, and what is left over.

    `plain` says how a tensor of the file is named here. Kernels are (outputs, inputs) there where `turned`, as PyTorch
    keeps them. Raises SourceError where the file cannot be read, or a tensor is missing or of another shape.
    """
    path = Path(folder) / "model.safetensors"
    if not path.is_file():
        raise SourceError(
            f"There is no {path}. tlteach reads weights in the safetensors format only: a pytorch_model.bin could run "
            "code when it is opened. Look for a revision of the checkpoint that has model.safetensors."
        )
    try:
        with safetensors.safe_open(path, framework="numpy") as file:
            names = {plain(name): name for name in file.keys()}  # noqa: SIM118, it is not a dict
            for weight, name in weights:
                if name not in names:
                    raise SourceError(f"{path} has no tensor {name}, which {weight.path} needs. It is another model's.")
                weight.assign(_fitted(file.get_tensor(names.pop(name)), weight, turned, f"{path}: the tensor {name}"))
            return path, {name: file.get_tensor(found) for name, found in names.items()}
    except (safetensors.SafetensorError, OSError, TypeError) as error:
        raise SourceError(f"{path} cannot be read: {error}. Get the file again.") from error


def _fitted(tensor: np.ndarray, weight: keras.Variable, turned: bool, where: str) -> np.ndarray:
    """The tensor in the shape of our weight: kernels have two dimensions in the file, and Keras keeps heads apart."""
    shape, kind = tuple(weight.shape), weight.path.rsplit("/", 1)[1]
    n_inputs = 2 if "/attention_output/" in weight.path else 1  # how many of the dimensions are inputs
    wanted = shape if kind == "embeddings" else (math.prod(shape),)
    if kind == "kernel":
        inputs, outputs = math.prod(shape[:n_inputs]), math.prod(shape[n_inputs:])
        wanted = (outputs, inputs) if turned else (inputs, outputs)
    if tensor.shape != wanted:
        raise SourceError(
            f"{where} has the shape {tensor.shape}, and config.json beside it wants {wanted}. "
            "The two files are not of the same model: get the folder again."
        )
    return (tensor.T if turned and kind == "kernel" else tensor).reshape(shape)


def refuse_left_over(names: Collection[str], path: Path) -> None:
    """Raise SourceError where tensors of the network have no place in the model."""
    if names:
        raise SourceError(
            f"{path} holds {len(names)} tensors that config.json beside it does not speak of, among them "
            f"{min(names)}. Without them it would not be the network that was trained: get the folder again."
        )
