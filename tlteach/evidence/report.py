"""A result as one self-contained HTML page: no scripts, nothing loaded from elsewhere."""

from html import escape
from pathlib import Path
from string import Template

from tlteach.core import show
from tlteach.engine.freeze_map import freeze_map
from tlteach.evidence.projection import feature_space, spread
from tlteach.tasks import ROOMS

MOST_MISTAKES = 12

PAGE = Path(__file__).with_name("report.html")


def report(result) -> str:
    """The page of a Result, as text; pictures are inside it."""
    tuned = result.fine_tuned and result.fine_tuned.history
    curves = show.learning_curves(result.frozen.history, tuned)
    confusion = show.confusion_matrix(result.best.test, result.task.class_names)
    worst = confusion.axes[0].get_title().replace(r"\$", "$")
    versions = ", ".join(f"{name} {found}" for name, found in result.to_dict()["versions"].items())
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(f"{result.task.name}, transferred from {result.source.name}"),
        findings="".join(f"<p>{escape(sentence)}</p>" for sentence in result.sentences()),
        table=_table(result),
        freeze_map=_freeze_map(result),
        curves=show.as_html(curves, f"Learning curves. {curves.get_suptitle()}."),
        feature_space=_feature_space(result),
        confusion=show.as_html(confusion, f"Confusion matrix. {worst}."),
        mistakes=mistakes(result, MOST_MISTAKES),
        steps=_steps(result.steps),
        source=escape(str(result.source)),
        task=escape(str(result.task)),
        left_out=_left_out(result),
        made=escape(f"{versions}. {result.device}. Seed {result.seed}. {result.seconds:.1f} seconds in all."),
    )


def mistakes(result, most: int) -> str:
    """The `most` most confident mistakes on the test split, as HTML, or that there are none."""
    if result.best.test.correct.all():
        return "<p>None: every test input was recognised.</p>"
    return ROOMS[result.task.modality].mistakes(result, most)


def _table(result) -> str:
    rows = []
    for key, name, stage in (
        ("frozen", "frozen base", result.frozen),
        ("fine_tuned", "fine-tuned", result.fine_tuned),
    ):
        if stage:
            low, high = stage.test.interval
            kept = ' class="kept"' if key == result.kept else ""
            rows.append(
                f"<tr{kept}><td>{name}</td><td>{stage.test.accuracy:.3f}</td><td>{low:.3f} to {high:.3f}</td>"
                f'<td class="number">{stage.seconds:.1f}</td>'
                f'<td class="number">{stage.trainable_parameters:,}</td></tr>'
            )
    head = ("stage", "test accuracy", "95 % interval", "seconds", "trainable parameters")
    return _wide("".join(f"<th>{h}</th>" for h in head), rows)


def _freeze_map(result) -> str:
    figure = freeze_map(result.model)
    finding = figure.axes[0].get_title().replace(r"\$", "$")
    alt = f"The blocks of the network as bars, from the input to the head. {finding}."
    taken_back = result.fine_tuned and result.kept == "frozen"
    note = "<p>So it was in step 6. The model that was kept is that of step 4, where only the head learned.</p>"
    return show.as_html(figure, alt) + (note if taken_back else "")


def _feature_space(result) -> str:
    """The section with the test inputs as points, frozen and fine-tuned, where their features were kept."""
    stages = (("frozen base", result.frozen), ("fine-tuned", result.fine_tuned))
    found = {name: stage.features for name, stage in stages if stage and stage.features is not None}
    if not found:
        return ""
    test, names = result.task.test, result.task.class_names
    figure = feature_space(found, test.labels[spread(len(test))], names)
    told = figure.get_suptitle().replace("\n", " ").replace(r"\$", "$")
    shown = show.as_html(figure, f"Test inputs as points, by class: {', '.join(names)}. {told}.")
    return (
        f"<h2>What the head has to decide by</h2>{shown}<p>Each point is a test input, as the last layer gets it. Each "
        "panel has directions of its own, those in which its points vary most. The share is measured in all features, "
        "each taken for equally important, with means of the other test inputs. The head weighs the features and knows "
        "the training inputs alone: it may be right more often, or less.</p>"
    )


def _steps(steps: list[dict]) -> str:
    rows = [
        f'<tr><td>{step["step"]}</td><td class="name">{escape(step["name"])}</td><td class="did">{escape(step["did"])}'
        f"{''.join(f'<small>proved: {escape(proof)}</small>' for proof in step['proved'])}</td>"
        f'<td class="number">{step["seconds"]:.1f}</td></tr>'
        for step in steps
    ]
    return _wide("<th>step</th><th>name</th><th>what it did</th><th>seconds</th>", rows)


def _left_out(result) -> str:
    if not result.task.left_out:
        return ""
    rows = [f"<tr><td>{escape(found.where)}</td><td>{escape(found.reason)}</td></tr>" for found in result.task.left_out]
    what = result.task.train.listed
    return f"<h2>{what.capitalize()}s that were left out</h2>{_wide(f'<th>{what}</th><th>reason</th>', rows)}"


def _wide(head: str, rows: list[str]) -> str:
    """A table that a narrow screen can push aside; printed, its head is repeated on every page."""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    return f'<div class="wide" tabindex="0">{table}</div>'
