"""The metadata of a model card, as Hugging Face's hub reads it: YAML, huggingface.co/docs/hub/model-cards."""

from __future__ import annotations

import json

from tlteach.core.journal import one_line
from tlteach.evidence.ask import Classifier

HUB = {"CC0-1.0": "cc0-1.0", "MIT": "mit", "Apache-2.0": "apache-2.0", "BSD-3-Clause": "bsd-3-clause"}  # their words


def metadata(classifier: Classifier, card: dict, results: dict) -> str:
    """The front matter of README.md."""
    return f"---\n{_yaml(_metadata(classifier, card, results))}\n---"


def name_of(card: dict) -> str:
    """What the model is called: its task and its source."""
    return one_line(f"{card.get('task', 'a task')}, transferred from {card['source'].get('name', 'an unknown source')}")


def _yaml(values: dict | list, indent: str = "") -> str:
    """Plain values as YAML in lines; a text or number in JSON is YAML, too."""
    lines = []
    pairs = values.items() if isinstance(values, dict) else ((None, value) for value in values)
    for key, value in pairs:
        start = f"{indent}- " if key is None else f"{indent}{key}:"
        if isinstance(value, dict | list) and value:
            inner = _yaml(value, indent + "  ")
            lines.append(start + inner.lstrip() if key is None else f"{start}\n{inner}")
        else:
            lines.append(f"{start.rstrip()} {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines)


def _metadata(classifier: Classifier, card: dict, results: dict) -> dict:
    licence = HUB.get(card["source"].get("licence", "")) if results.get("tier") == "bundled" else None
    data = {"name": one_line(card.get("task", "not known")), "type": _dataset(card, results) or "own"}
    found = {
        "license": licence or "other",
        **({} if licence else {"license_name": "see-on-whose-terms", "license_link": "README.md"}),
        "library_name": "keras",
        "pipeline_tag": classifier.room.PIPELINE,
        "tags": ["transfer-learning", "tlteach", card["export"]["format"].replace("_", "-")],
        "metrics": ["accuracy"],
    }
    if _dataset(card, results):
        found["datasets"] = [data["type"]]
    if repository := card["source"].get("repository"):
        found["base_model"] = one_line(repository)
    if "accuracy" in card:
        low, high = card["accuracy"]["interval"]
        metric = {"type": "accuracy", "name": "test accuracy", "value": card["accuracy"]["value"]}
        metric["args"] = {"interval_95": [low, high], "n": results.get("n_test")}
        task = {"type": classifier.room.PIPELINE}
        found["model-index"] = [
            {"name": name_of(card), "results": [{"task": task, "dataset": data, "metrics": [metric]}]}
        ]
    return found


def _dataset(card: dict, results: dict) -> str | None:
    """Ours by a name that is no other's on the hub; of a learner's own nobody can look anything up."""
    return f"tlteach/{card['task']}" if results.get("tier") in ("bundled", "full") and "task" in card else None
