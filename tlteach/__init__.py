"""tlteach: learn deep transfer learning by doing it, in six steps, on Keras."""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING

from tlteach.core.errors import DataError, FetchError, GuardError, SourceError, TlteachError
from tlteach.core.journal import proofs, quietly

if TYPE_CHECKING:
    from tlteach import sources, tasks
    from tlteach.core import show
    from tlteach.engine.evaluation import evaluate, features
    from tlteach.engine.freeze_map import freeze_map
    from tlteach.engine.grad_cam import grad_cam
    from tlteach.engine.network import blocks
    from tlteach.evidence import compare, energy, tracking
    from tlteach.evidence.projection import feature_space
    from tlteach.evidence.rerun import rerun
    from tlteach.evidence.result import Result
    from tlteach.evidence.transfer import transfer
    from tlteach.evidence.try_it import try_it
    from tlteach.image import menagerie
    from tlteach.image.looked_at import looked_at
    from tlteach.methods import (
        adapt,
        continual,
        few_shot,
        multi_task,
        semi_supervised,
        sim_to_real,
        transferability,
        tune,
    )
    from tlteach.methods.distances import domains_apart
    from tlteach.recipe import add_head, base_model, recompile, select_source, train, unfreeze
    from tlteach.sound import voices
    from tlteach.sound.show import hear

__version__ = "0.1.0"

# TensorFlow reads this when it is first imported; without it, every start prints a screen of log lines.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_MODULES = {
    "adapt": "methods.adapt",
    "compare": "evidence.compare",
    "continual": "methods.continual",
    "energy": "evidence.energy",
    "few_shot": "methods.few_shot",
    "menagerie": "image.menagerie",
    "multi_task": "methods.multi_task",
    "semi_supervised": "methods.semi_supervised",
    "show": "core.show",
    "sim_to_real": "methods.sim_to_real",
    "sources": "sources",
    "tasks": "tasks",
    "tracking": "evidence.tracking",
    "transferability": "methods.transferability",
    "tune": "methods.tune",
    "voices": "sound.voices",
}
_STEPS = ("select_source", "base_model", "add_head", "train", "unfreeze", "recompile")
_HOMES = {
    **dict.fromkeys(_STEPS, "recipe"),
    "evaluate": "engine.evaluation",
    "feature_space": "evidence.projection",
    "domains_apart": "methods.distances",
    "features": "engine.evaluation",
    "blocks": "engine.network",
    "freeze_map": "engine.freeze_map",
    "grad_cam": "engine.grad_cam",
    "looked_at": "image.looked_at",
    "transfer": "evidence.transfer",
    "rerun": "evidence.rerun",
    "Result": "evidence.result",
    "hear": "sound.show",
    "try_it": "evidence.try_it",
}
_HERE = ("DataError", "FetchError", "GuardError", "SourceError", "TlteachError", "proofs", "quietly")

__all__ = sorted([*_MODULES, *_HOMES, *_HERE])


def __getattr__(name: str):
    """Load a module when one of its names is first used, so that `import tlteach` costs milliseconds."""
    with_keras = "adapt", "compare", "continual", "few_shot", "multi_task", "semi_supervised", "sim_to_real", "tune"
    if name in (*with_keras, *_HOMES):
        from tlteach.core.machine import import_keras

        import_keras()
    if name in _MODULES:
        return importlib.import_module(f"tlteach.{_MODULES[name]}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"tlteach.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'tlteach' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
