"""Pictures of what happened. Functions that draw return a matplotlib figure, with a title that says the finding."""

import base64
import io
import warnings
from collections.abc import Sequence
from html import escape

import numpy as np
from matplotlib.figure import Figure

from tlteach.core import journal
from tlteach.core.door import checked
from tlteach.core.errors import DataError

# Okabe and Ito, Color Universal Design (2008): told apart with every kind of colour blindness.
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"


@checked
def as_html(figure: Figure, alt: str) -> str:
    """`figure` as an HTML image that holds its own pixels, with the text `alt` for those who cannot see it."""
    file = io.BytesIO()
    with warnings.catch_warnings():  # a class may be named in a script that the font does not have
        warnings.filterwarnings("ignore", message="Glyph")
        figure.savefig(file, format="webp", dpi=110, pil_kwargs={"quality": 90})  # a tenth of the bytes of PNG
    pixels = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{escape(alt)}" src="data:image/webp;base64,{pixels}">'


@checked
def display(figure: Figure, alt: str) -> None:
    """Show `figure` in a notebook, with the alternative text `alt`.

    It is shown as HTML, because JupyterLab has no place for such a text in an output that is an image.
    """
    from IPython.display import display as show

    show({"text/html": as_html(figure, alt), "text/plain": alt}, raw=True)


@checked
def plain(text: str) -> str:
    """`text` as it can stand in a figure: matplotlib takes what stands between two dollar signs for a formula."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("$", r"\$")


@checked
def learning_curves(frozen: dict, fine_tuned: dict | None = None) -> Figure:
    """Draw loss and accuracy by epoch, on train and validation, with a line where fine-tuning begins.

    Args:
        frozen: `history.history` of training the head.
        fine_tuned: the same of training after unfreezing, or None.
    """
    stages = [frozen] + ([fine_tuned] if fine_tuned else [])
    joined = {key: [value for stage in stages for value in stage[key]] for key in frozen}
    epochs = np.arange(1, len(joined["loss"]) + 1)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, key in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(epochs, joined[key], "o-", color=BLUE, label="train", markersize=4)
        axes.plot(epochs, joined[f"val_{key}"], "s--", color=ORANGE, label="validation", markersize=4)
        if fine_tuned:
            axes.axvline(len(frozen["loss"]) + 0.5, color="grey", linestyle=":", label="unfrozen here")
        axes.set_xlabel("epoch")
        axes.set_ylabel("loss (nats)" if key == "loss" else "accuracy (share)")
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))  # over no curve
    best = int(np.argmin(joined["val_loss"]))
    figure.suptitle(
        f"Validation loss is lowest, {joined['val_loss'][best]:.3f}, in epoch {best + 1}: "
        f"accuracy {joined['val_accuracy'][best]:.3f}"
    )
    return figure


@checked
def loss_curves(histories: dict[str, dict]) -> Figure:
    """Draw the losses of several runs by epoch, side by side: on train and on validation.

    Args:
        histories: by the name of a run, a dictionary with "loss" and "val_loss", lists of equal length.
    """
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    for axes, (name, history) in zip(
        figure.subplots(1, len(histories), squeeze=False)[0], histories.items(), strict=True
    ):
        epochs = range(1, len(history["loss"]) + 1)
        axes.plot(epochs, history["loss"], "o-", color=BLUE, label="train", markersize=4)
        axes.plot(epochs, history["val_loss"], "s--", color=ORANGE, label="validation", markersize=4)
        axes.set(title=plain(name), xlabel="epoch", ylabel="loss (nats)")
        axes.set_ylim(0, 1.1 * max(*history["loss"], *history["val_loss"]))
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


@checked
def confusion_matrix(evaluation, class_names: Sequence[str]) -> Figure:
    """Draw how often each true class (row) was taken for each class (column), from what tl.evaluate gives."""
    counts, class_names = evaluation.confusion, [plain(journal.shortened(name, 30)) for name in class_names]
    if len(class_names) != len(counts):
        raise DataError(f"There are {len(class_names)} class names for {len(counts)} classes: give task.class_names.")
    side = min(6, 2.3 + 0.45 * len(class_names))
    room = 0.07 * max(0, max(map(len, class_names)) - 12)  # inches, for long names
    figure = Figure(figsize=(side + 1.5 + room, min(6.3, side + room)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(counts / counts.sum(axis=1, keepdims=True).clip(min=1), cmap="cividis", vmin=0, vmax=1)
    figure.colorbar(image, label="share of the true class")
    if len(class_names) <= 20:
        for (row, column), count in np.ndenumerate(counts):
            dark = image.norm(counts[row, column] / max(1, counts[row].sum())) < 0.6
            axes.text(column, row, count, ha="center", va="center", color="white" if dark else "black")
    axes.set_xticks(range(len(class_names)), class_names, rotation=45, ha="right")
    axes.set_yticks(range(len(class_names)), class_names)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.set_title(_worst_confusion(counts, class_names), fontsize="medium", wrap=True)
    return figure


@checked
def bars(values: dict[str, float], xlabel: str, title: str, mark: float | None = None) -> Figure:
    """Draw numbers by name as bars from left to right, the first on top, with a dotted line at `mark`."""
    figure = Figure(figsize=(7, 0.8 + 0.32 * len(values)), layout="constrained")
    axes = figure.subplots()
    axes.barh(list(map(plain, values)), list(values.values()), color=BLUE)
    if mark is not None:
        axes.axvline(mark, color="black", linestyle=":")
    axes.invert_yaxis()
    axes.set_xlabel(xlabel)
    axes.set_title(title, fontsize="medium")
    return figure


@checked
def pictures(images: np.ndarray, titles: Sequence[str], columns: int = 6) -> Figure:
    """Draw pictures (n, height, width, 3), 0 to 255, with a title over each."""
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(1.25 * columns, 1.6 * rows), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, image, title in zip(grid, images, titles, strict=False):
        axes.imshow(np.asarray(image).astype("uint8"))
        axes.set_title(plain(title), fontsize="small")
    return figure


def _worst_confusion(counts: np.ndarray, class_names: Sequence[str]) -> str:
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return "Every input was recognised"
    most = np.argwhere(wrong == wrong.max())
    times = journal.counted(range(wrong.max()), "time")
    if len(most) == 1:
        row, column = most[0]
        return f"Most often, {class_names[row]} is taken for {class_names[column]}: {times}"
    pairs = [f"{class_names[row]} for {class_names[column]}" for row, column in most]
    return f"Mistaken most often, {times} each: {journal.some(pairs)}"


# Okabe and Ito, Color Universal Design (2008), without yellow, which is hard to see on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")


MARKERS = "os^DvPX*<>"  # classes differ in shape too, for who sees no colours and for more classes than colours
