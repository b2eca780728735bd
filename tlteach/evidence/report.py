"""A result as one self-contained HTML page: no scripts, nothing loaded from elsewhere."""

from html import escape
from pathlib import Path
from string import Template

from tlteach.core import show
from tlteach.tasks import ROOMS

MOST_MISTAKES = 12

PAGE = Path(__file__).with_name("report.html")


def report(result) -> str:
    """The page of a Result, as text; pictures are inside it."""
    tuned = result.fine_tuned and result.fine_tuned.history
    curves = show.learning_curves(result.frozen.history, tuned)
    confusion = show.confusion_matrix(result.best.test, result.task.class_names)
    worst = confusion.axes[0].get_title().replace(r"\$", "$")
    all_right, mistakes = result.best.test.correct.all(), ROOMS[result.task.modality].mistakes
    versions = ", ".join(f"{name} {found}" for name, found in result.to_dict()["versions"].items())
    return Template(PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(f"{result.task.name}, transferred from {result.source.name}"),
        findings="".join(f"<p>{escape(sentence)}</p>" for sentence in result.sentences()),
        table=_table(result),
        curves=show.as_html(curves, f"Learning curves. {curves.get_suptitle()}."),
        confusion=show.as_html(confusion, f"Confusion matrix. {worst}."),
        mistakes="<p>None: every test input was recognised.</p>" if all_right else mistakes(result, MOST_MISTAKES),
        steps=_steps(result.steps),
        source=escape(str(result.source)),
        task=escape(str(result.task)),
        left_out=_left_out(result),
        made=escape(f"{versions}. {result.device}. Seed {result.seed}. {result.seconds:.1f} seconds in all."),
    )


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
    return f"<table><tr>{''.join(f'<th>{h}</th>' for h in head)}</tr>{''.join(rows)}</table>"


def _steps(steps: list[dict]) -> str:
    rows = [
        f"<tr><td>{step['step']}</td><td>{escape(step['name'])}</td><td>{escape(step['did'])}<br>"
        f"<small>{'<br>'.join(escape('proved: ' + proof) for proof in step['proved'])}</small></td>"
        f'<td class="number">{step["seconds"]:.1f}</td></tr>'
        for step in steps
    ]
    return f"<table><tr><th>step</th><th>name</th><th>what it did</th><th>seconds</th></tr>{''.join(rows)}</table>"


def _left_out(result) -> str:
    if not result.task.left_out:
        return ""
    rows = "".join(
        f"<tr><td>{escape(found.where)}</td><td>{escape(found.reason)}</td></tr>" for found in result.task.left_out
    )
    what = result.task.train.listed
    return (
        f"<h2>{what.capitalize()}s that were left out</h2><table><tr><th>{what}</th><th>reason</th></tr>{rows}</table>"
    )
