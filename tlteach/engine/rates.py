"""Discriminative learning rates: each block of the base learns at a rate of its own, the lowest block most gently.

What the lowest layers know, edges and colours, serves every task; what the highest know is made for the source task.
(Howard and Ruder, Universal Language Model Fine-tuning for Text Classification, 2018, arXiv:1801.06146, section 3.2.)

Keras hands every weight to `optimizer.update_step(gradient, variable, learning_rate)`. Here the rate is multiplied on
the way, and all else stays the optimizer's: a plain Keras optimizer that is saved as one. In a .keras file the rates
lie beside it; plain Keras opens the file and goes on at the lowest of them for all, `load_model` gives them back.
"""

import inspect
import json
import math
import zipfile
from pathlib import Path

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.core.files import first_line, write_json
from tlteach.engine.network import base_layers, blocks
from tlteach.engine.schedules import highest_rate

HEAD = "head"
FILE = "block_rates.json"

Rate = float | tuple[float, float] | dict[str, float] | keras.optimizers.schedules.LearningRateSchedule


@checked
def block_rates(model: keras.Model, learning_rate: Rate) -> dict[str, float]:
    """The learning rate of every unfrozen block and of the head, from the lowest block to the head.

    Args:
        model: blocks with trainable weights count as unfrozen; trainable weights outside of the base are "head".
        learning_rate: (low, high) for `low` in the lowest unfrozen block, `high` in the head, and the same ratio from
            one block to the next; or a rate for each by name, {"block_15": 1e-5, ..., "head": 1e-3}.

    Raises:
        GuardError: a rate is not above 0, a name is not there, or an unfrozen block has no rate.
    """
    names = list(dict.fromkeys(_block_of_each(model)))
    if isinstance(learning_rate, dict):
        if unknown := set(learning_rate) ^ set(names):
            raise GuardError(
                f"The learning rates do not fit what is unfrozen: {', '.join(sorted(unknown))} "
                f"{'have no rate' if unknown <= set(names) else 'cannot be given a rate'}. "
                f"Give one rate to each of: {', '.join(names)}."
            )
        rates = {name: float(learning_rate[name]) for name in names}
    else:
        low, high = learning_rate
        if not 0 < low <= high < math.inf:
            raise GuardError(f"The learning rates ({low:g}, {high:g}) must be above 0, the lowest block's first.")
        rates = dict(zip(names, np.geomspace(low, high, len(names)).tolist(), strict=True))
    if wrong := [name for name, rate in rates.items() if not 0 < rate < math.inf]:
        raise GuardError(f"The learning rate of {', '.join(wrong)} is not above 0. To leave a block out, freeze it.")
    return rates


def new_optimizer(model: keras.Model, like: keras.Optimizer, learning_rate: Rate) -> keras.Optimizer:
    """A new optimizer of the kind and settings of `like`, for what of `model` is trainable.

    Args:
        learning_rate: a number, a Keras schedule, or what `block_rates` takes.
    """
    by_block = isinstance(learning_rate, (tuple, list, dict))
    rates = block_rates(model, learning_rate) if by_block else {}
    one_rate = min(rates.values()) if by_block else learning_rate
    optimizer = made_like(_plain(like), one_rate)
    optimizer.build(model.trainable_variables)  # from now on it is known what this optimizer is for
    if by_block:
        set_block_rates(model, optimizer, rates)
    return optimizer


def made_like(optimizer: keras.Optimizer, learning_rate: float | keras.optimizers.schedules.LearningRateSchedule):
    """An optimizer of the kind and settings of `optimizer`, also those that its config does not tell, at another rate.

    Raises:
        GuardError: it is of your own class, which cannot be made a second time.
    """
    try:
        other = type(optimizer).from_config({**optimizer.get_config(), "learning_rate": learning_rate})
    except (TypeError, ValueError, NotImplementedError) as error:
        raise GuardError(
            f"The optimizer {type(optimizer).__name__} cannot be made a second time: {error}. Give it a get_config() "
            "that holds every argument of its __init__, learning_rate among them."
        ) from error
    for name in ("_exclude_from_weight_decay", "_exclude_from_weight_decay_pattern"):
        if hasattr(optimizer, name):
            setattr(other, name, getattr(optimizer, name))
    return other


def rate_of_head(model: keras.Model) -> float | None:
    """The rate that trained the head while the base stood still; None where nobody remembers.

    The steps remember it; else an optimizer that knows nothing of the base tells.
    """
    optimizer = _plain(model.optimizer)
    in_base = {id(weight) for layer in base_layers(model) for weight in layer.weights}
    if optimizer.built and not any(id(variable) in in_base for variable in optimizer._trainable_variables):
        return highest_of(optimizer)
    return getattr(model, "head_rate", None)


def usual_rate(model: keras.Model) -> float:
    """The rate at which Keras lets an optimizer like that of `model` train a network from nothing."""
    rate = inspect.signature(type(_plain(model.optimizer)).__init__).parameters.get("learning_rate")
    return rate.default if rate and isinstance(rate.default, float) else math.inf


def rate_of_base(model: keras.Model) -> float:
    """The highest rate that the optimizer of `model` trains any weight of the base at."""
    optimizer = _plain(model.optimizer)
    names = _block_of_each(model)
    multiples = getattr(optimizer, "multiples", [1.0] * len(names))
    in_base = [multiple for name, multiple in zip(names, multiples, strict=True) if name != HEAD]
    return highest_rate(optimizer._learning_rate) * max(in_base)


def _plain(optimizer: keras.Optimizer) -> keras.Optimizer:
    """The optimizer itself, without the one around it that mixed precision needs."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def highest_in_base(model: keras.Model, learning_rate: Rate) -> float:
    """The highest rate that any weight of the base will learn at."""
    if isinstance(learning_rate, (tuple, list, dict)):
        return max(rate for name, rate in block_rates(model, learning_rate).items() if name != HEAD)
    return highest_rate(learning_rate)


def highest_of(optimizer: keras.Optimizer) -> float:
    """The highest rate that `optimizer` trains any weight at, now or at another step of its schedule."""
    optimizer = _plain(optimizer)
    return highest_rate(optimizer._learning_rate) * highest_multiple(optimizer)


def in_words(model: keras.Model, learning_rate: Rate) -> str:
    """`learning_rate`, as one says it of `model`: "1e-05", or "1e-05 in block_15 to 0.001 in head"."""
    if isinstance(learning_rate, (tuple, list, dict)):
        rates = block_rates(model, learning_rate)
        return " to ".join(
            f"{rates[name]:g} in {name}" for name in (min(rates, key=rates.get), max(rates, key=rates.get))
        )
    if isinstance(learning_rate, (int, float)):
        return f"{learning_rate:g}"
    return f"at most {highest_rate(learning_rate):.3g} ({type(learning_rate).__name__})"


def set_block_rates(model: keras.Model, optimizer: keras.Optimizer, rates: dict[str, float]) -> None:
    """Let `optimizer` train each block of `model` at its rate in `rates`, as multiples of the optimizer's own rate."""
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    lowest = min(rates.values())
    _multiply(optimizer, [rates[name] / lowest for name in _block_of_each(model)])
    # Keras writes what an optimizer has to say here into a .keras file, and does not miss it when it is not read.
    optimizer.save_assets = lambda folder: write_json(Path(folder) / FILE, rates)


@checked
def load_model(path: str | Path) -> keras.Model:
    """Open a .keras file as keras.models.load_model does, and give the optimizer its rates for blocks back, if any.

    Raises DataError where Keras cannot open it.
    """
    try:
        model = keras.models.load_model(path)
    except Exception as error:  # Keras raises whatever the damaged part happens to cause
        raise DataError(f"{path} cannot be opened as a Keras model: {first_line(error)}") from error
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            if Path(name).name == FILE:
                optimizer = _plain(model.optimizer)
                set_block_rates(model, optimizer, json.loads(file.read(name)))
    return model


def copy_rates(optimizer: keras.Optimizer, other: keras.Optimizer) -> None:
    """Let `other`, built for the same variables, train each of them at the same multiple as `optimizer` does."""
    if multiples := getattr(optimizer, "multiples", ()):
        _multiply(other, multiples)


def highest_multiple(optimizer: keras.Optimizer) -> float:
    """How many times its own rate `optimizer` trains the fastest block at; 1 where all learn at the same."""
    return max(getattr(optimizer, "multiples", (1.0,)))


def _multiply(optimizer: keras.Optimizer, multiples: list[float]) -> None:
    """Let `optimizer` train its variables at multiples of its rate, one for each in the order it was built for."""
    plain_step, plain_decay = optimizer.update_step, optimizer._apply_weight_decay

    def multiple_of(variable) -> float:
        return multiples[optimizer._get_variable_index(variable)]

    def update_step(gradient, variable, learning_rate):
        plain_step(gradient, variable, learning_rate * multiple_of(variable))

    def update_all(gradients, variables, learning_rate):
        for gradient, variable in zip(gradients, variables, strict=True):
            update_step(gradient, variable, learning_rate)

    def apply_weight_decay(variables):
        decay = optimizer.weight_decay
        for variable in variables if decay else ():  # AdamW's decay is proportional to the rate
            optimizer.weight_decay = decay * multiple_of(variable)
            plain_decay([variable])
        optimizer.weight_decay = decay

    optimizer.multiples = tuple(multiples)
    optimizer.update_step = update_step
    optimizer._apply_weight_decay = apply_weight_decay
    optimizer._parallel_update_step = update_all  # what Keras calls on PyTorch, and only there, in place of update_step


def _block_of_each(model: keras.Model) -> list[str]:
    """The name of the block of every trainable variable; "head" outside of the base."""
    names = {id(w): block.name for block in blocks(model) for layer in block.layers for w in layer.weights}
    return [names.get(id(variable), HEAD) for variable in model.trainable_variables]
