"""A model card: what a model learned and how well, what it is not for, and on whose terms, as Hugging Face reads it.

Margaret Mitchell and others (2019): Model Cards for Model Reporting. arXiv:1810.03993. The form: a page in Markdown
with metadata in YAML before it, huggingface.co/docs/hub/model-cards.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from tlteach.core.journal import one_line
from tlteach.engine.evaluation import gives_logits
from tlteach.evidence.ask import Classifier
from tlteach.evidence.hub import metadata, name_of

if TYPE_CHECKING:
    from tlteach.evidence.runtimes import Format

MOST_CLASSES = 50  # that are listed; labels.txt has all
MARKS = re.compile(r"([\\`*_{}\[\]#!|~$@]|(?<=www)\.|:(?=//))", re.IGNORECASE)  # the last two: what begins a link
PACKAGES = {  # what to install for what is imported, where it is not called the same
    "PIL": "pillow",
    "keras": "keras tensorflow-cpu",
    "tensorflow": "tensorflow-cpu",
    "ai_edge_litert": "ai-edge-litert",
}
BUNDLED = "CC0 1.0: drawn, spoken or written for tlteach, and bundled with it"
LICENCES = {"spoken_digits": "CC BY-SA 4.0"}  # of data that is downloaded, as far as its publisher states one
UNKNOWN = "not stated: ask whoever gave it"


def facts(classifier: Classifier, said: dict) -> dict:
    """What card.json of the run says, or results.json of an earlier version, which says it under the same names."""
    source = said.get("source", {})
    known = {key: said[key] for key in ("task", "kept", "accuracy", "versions") if key in said}
    if said.get("kept") in known.get("accuracy", {}):  # results.json has that of both stages
        known["accuracy"] = known["accuracy"][said["kept"]]
    return {
        **known,
        "modality": classifier.room.NAME,
        "classes": list(classifier.class_names),
        **classifier.form.size,
        "source": source if isinstance(source, dict) else {"name": source},
        "gives": "logits" if gives_logits(classifier.model) else "probabilities",
    }


def model_card(classifier: Classifier, card: dict, results: dict, format: Format) -> str:
    """The page, from what card.json of an export and results.json of its run say; what they lack is left out."""
    parts = [
        metadata(classifier, card, results),
        f"# {plain(name_of(card))}",
        _what(classifier, card, results),
        "## How well",
        _how_well(card, results),
        _exported(card["export"]),
        "## How to ask it",
        _how_to_ask(classifier, card, format),
        "## For whom it is not, and limits",
        _limits(card, results),
        "## On whose terms",
        _terms(card, results),
        "## Made with",
        _made_with(card, results),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def plain(text: object) -> str:
    """A text that is shown as it is: nothing in it is Markdown or HTML, nor begins a new line."""
    line = " ".join(one_line(str(text)).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return MARKS.sub(r"\\\1", line)


def _what(classifier: Classifier, card: dict, results: dict) -> str:
    source, names = card["source"], classifier.class_names
    listed = ", ".join(map(plain, names[:MOST_CLASSES])) + (", ..." if len(names) > MOST_CLASSES else "")
    said = [f"It tells {len(names)} classes apart: {listed}."]
    if source:
        learned = f", which learned from {plain(source['trained_on'])}" if "trained_on" in source else ""
        said.append(f"Its base is {plain(source.get('title', source.get('name')))}{learned}.")
    how = {
        "frozen": "The base stayed frozen and a new head learned",
        "fine_tuned": "A new head learned on the frozen base, then the upper part of the base with it (fine-tuning)",
    }.get(card.get("kept"))
    if how:
        n = f" from {results['n_train']:,} training inputs" if "n_train" in results else ""
        said.append(f"{how}, the task {plain(card.get('task'))}{n}.")
    return " ".join(said)


def _how_well(card: dict, results: dict) -> str:
    stages = results.get("accuracy") or ({card.get("kept", "kept"): card["accuracy"]} if "accuracy" in card else {})
    if not stages:
        return "Not known: results.json was not beside the model."
    rows = ["| stage | test accuracy | 95 % interval |", "|---|---|---|"]
    for name, found in stages.items():
        kept = ", kept" if name == results.get("kept", card.get("kept")) else ""
        low, high = found["interval"]
        rows.append(f"| {plain(name.replace('_', '-'))}{kept} | {found['value']:.3f} | {low:.3f} to {high:.3f} |")
    said = []
    if "n_test" in results:
        said.append(f"Judged on {results['n_test']:,} test inputs that it never learned from; chosen on validation.")
    if compared := results.get("comparison"):
        said.append(f"Frozen against fine-tuned: {plain(compared['verdict'])} (McNemar p = {compared['p_value']:.2g}).")
    return "\n".join(rows) + "\n\n" + " ".join([*said, *_confused(card["classes"], results)])


def _confused(names: list[str], results: dict) -> list[str]:
    """The class that is found least often, and the pair that is mixed up most."""
    counts = np.array(results.get("confusion", []))
    if counts.shape != (len(names),) * 2 or not counts.sum(axis=1).all():
        return []
    if not (counts - np.diag(np.diag(counts))).any():
        return ["No test input was taken for another class."]
    found = np.diag(counts) / counts.sum(axis=1)
    worst = int(found.argmin())
    true, taken = np.unravel_index((counts - np.diag(np.diag(counts))).argmax(), counts.shape)
    return [
        f"Worst is {plain(names[worst])}: {counts[worst, worst]} of {counts[worst].sum()} were found.",
        f"Mixed up most: {plain(names[true])}, taken for {plain(names[taken])} in {counts[true, taken]} of "
        f"{counts[true].sum()} cases.",
    ]


def _exported(found: dict) -> str:
    said = [
        f"The file {found['file']} has {found['bytes'] / 1e6:.2f} MB. Asked about {found['inputs']} test inputs of "
        f"{plain(found['task'])} in its own runtime, it differed from the original by at most "
        f"{found['difference']:.2g} in a probability."
    ]
    if found["quantized"]:
        said.append(
            "It is quantised: its weights have 8 bits instead of 32. It took "
            f"{found['same_class']:.0%} of those inputs for the same class."
        )
        if judged := found["judged"]:
            both = [
                f"{judged[key]['value']:.3f} [{judged[key]['interval'][0]:.3f}, {judged[key]['interval'][1]:.3f}]"
                for key in ("quantized", "original")
            ]
            said.append(
                f"Test accuracy: {both[0]} quantised and {both[1]} before; {judged['verdict']} "
                f"(McNemar p = {judged['p_value']:.2g})."
            )
        else:
            said.append("**How accurate it is now was not measured**: the numbers above are those of the original.")
    return " ".join(said)


def _how_to_ask(classifier: Classifier, card: dict, format: Format) -> str:
    is_one, are_logits = classifier.model.output_shape[-1] == 1, card["gives"] == "logits"
    after = []
    if are_logits:
        sigmoid, softmax = "1 / (1 + np.exp(-outputs))", "np.exp(outputs) / np.exp(outputs).sum(axis=1, keepdims=True)"
        after.append(f"outputs = {sigmoid if is_one else softmax}  # logits to probabilities")
    if is_one:
        after.append("outputs = np.hstack([1 - outputs, outputs])  # of the first class and the second")
    lines = f"{classifier.form.code}\n{format.code}".splitlines()
    imports = sorted(line for line in lines if line.startswith(("import ", "from ")))
    modules = [line.split()[1].partition(".")[0] for line in imports]
    body = [line for line in lines if line and line not in imports]
    told = [
        'with open("labels.txt", encoding="utf-8") as file:',
        "    labels = file.read().splitlines()",
        "print(labels[outputs[0].argmax()], outputs[0].max())",
    ]
    code = "\n".join([*imports, "", *body, *after, *told])
    install = f"`pip install {' '.join(PACKAGES.get(module, module) for module in modules)}`"
    return f"It takes {plain(classifier.form.takes)}. In this folder, after {install}:\n\n```python\n{code}\n```"


def _limits(card: dict, results: dict) -> str:
    lines = [
        "It answers with one of its classes whatever it is given. It cannot say that something is none of them.",
        f"All that it knows of the question is {plain(card.get('task', 'a task'))}. Inputs from elsewhere (another "
        "camera, author, room or year) were not measured: expect less, and measure first.",
        "It was made for learning. It is not for decisions about people: health, work, credit, law. Whether it treats "
        "groups of people alike was not measured, nor whether its probabilities are as often right as they say.",
    ]
    if results.get("tier") == "bundled":
        lines.insert(1, "Its data were made for teaching. How well it does on them says little about real ones.")
    if "n_test" in results and results["n_test"] < 100:
        lines.append(f"{results['n_test']} test inputs are few: look at the interval and not at the accuracy.")
    return "\n".join(f"- {line}" for line in lines)


def _terms(card: dict, results: dict) -> str:
    source = card["source"]
    tier = results.get("tier")
    data = BUNDLED if tier == "bundled" else LICENCES.get(card.get("task"), UNKNOWN) if tier == "full" else UNKNOWN
    rows = [f"- source, {plain(source.get('name', 'not known'))}: {plain(source.get('licence', UNKNOWN))}"]
    rows.append(f"- data, {plain(card.get('task', 'not known'))}: {plain(data)}")
    if source.get("citation"):
        rows.append(f"- to cite: {plain(source['citation'])}")
    return "\n".join(rows)


def _made_with(card: dict, results: dict) -> str:
    versions = ", ".join(f"{plain(name)} {plain(found)}" for name, found in card.get("versions", {}).items())
    seed = f" Seed {results['seed']}." if "seed" in results else ""
    return f"{versions or 'Versions are not known'}.{seed}"
