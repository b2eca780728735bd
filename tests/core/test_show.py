"""Pictures and the report: labelled, titled with their finding, and safe with any name."""

from html.parser import HTMLParser

import numpy as np
import pytest

from tlteach.core import show
from tlteach.core.errors import GuardError
from tlteach.engine.evaluation import Evaluation

HISTORY = {"loss": [0.7, 0.5], "accuracy": [0.5, 0.8], "val_loss": [0.6, 0.55], "val_accuracy": [0.7, 0.75]}


def test_learning_curves_show_the_data_they_were_given():
    figure = show.learning_curves(HISTORY, HISTORY)
    loss, accuracy = figure.axes
    assert loss.lines[0].get_ydata().tolist() == [0.7, 0.5, 0.7, 0.5]
    assert accuracy.lines[1].get_ydata().tolist() == [0.7, 0.75, 0.7, 0.75]
    assert [loss.get_xlabel(), loss.get_ylabel()] == ["epoch", "loss (nats)"]
    assert "0.550, in epoch 2: accuracy 0.750" in figure.get_suptitle()


def test_losses_of_several_runs_stand_side_by_side():
    figure = show.loss_curves({"run A": HISTORY, "run B": {"loss": [2.0], "val_loss": [3.0]}})
    one, other = figure.axes
    assert [axes.get_title() for axes in figure.axes] == ["run A", "run B"]
    assert one.lines[1].get_ydata().tolist() == HISTORY["val_loss"]
    assert other.get_ylim() == pytest.approx((0, 3.3))
    figure.canvas.draw()


def test_the_confusion_matrix_names_the_worst_confusion():
    probabilities = np.eye(3)[[0, 1, 1, 2, 1]]
    figure = show.confusion_matrix(Evaluation(probabilities, np.array([0, 0, 0, 2, 1])), ("ant", "bee", "cow"))
    assert figure.axes[0].get_title() == "Most often, ant is taken for bee: 2 times"
    assert "2" in [text.get_text() for text in figure.axes[0].texts]


def test_a_tie_is_told_as_a_tie():
    probabilities = np.eye(2)[[0, 1, 0, 1]]
    figure = show.confusion_matrix(Evaluation(probabilities, np.array([0, 0, 1, 1])), ("cat", "dog"))
    assert figure.axes[0].get_title() == "Mistaken most often, 1 time each: cat for dog, dog for cat"


@pytest.mark.parametrize("classes", [2, 20, 60])
def test_a_confusion_matrix_fits_the_screen(classes):
    names = [f"class {number}" for number in range(classes)]
    figure = show.confusion_matrix(Evaluation(np.eye(classes), np.arange(classes)), names)
    assert 110 * figure.get_figheight() <= (360 if classes == 2 else 700)


def test_the_legend_covers_no_curve():
    figure = show.learning_curves(HISTORY, HISTORY)
    assert [axes.get_legend() for axes in figure.axes] == [None, None]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["train", "validation", "unfrozen here"]


def test_pictures_have_titles():
    figure = show.pictures(np.zeros((4, 8, 8, 3)), ["a", "b", "c", "d"], columns=3)
    assert [axes.get_title() for axes in figure.axes if axes.get_images()] == ["a", "b", "c", "d"]


def test_a_figure_is_shown_with_its_alternative_text(capsys):
    figure = show.pictures(np.zeros((1, 8, 8, 3)), ["a"])
    page = show.as_html(figure, 'a "black" <square>')
    assert page.startswith('<img alt="a &quot;black&quot; &lt;square&gt;" src="data:image/webp;base64,')
    pytest.importorskip("IPython")
    show.display(figure, "a black square")
    assert "a black square" in capsys.readouterr().out  # what a front end without pictures shows
    with pytest.raises(GuardError, match="alt"):
        show.display(figure, " ")


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.addresses = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]


@pytest.mark.slow
def test_a_report_loads_nothing_and_runs_nothing_whatever_the_classes_are_called(base, colours):
    import tlteach as tl
    from tlteach.evidence.report import report
    from tlteach.evidence.result import Result
    from tlteach.evidence.transfer import _stage
    from tlteach.tasks import from_splits

    splits = [(split.inputs, split.labels) for split in (colours.train, colours.validation, colours.test)]
    hostile = from_splits(*splits, ("<script>alert(1)</script>$$", 'a"onload="x\udcff'), name="<img src=x>")
    model = tl.add_head(base, hostile)
    frozen = _stage(model, hostile, 1, augment=None, seed=0, verbose=0)
    source = tl.sources.SOURCES["menagerie"]
    page = report(Result(hostile, source, model, hostile.train.form_of(model), 0, {}, [], frozen, None, 1.0))
    assert "&lt;/script&gt;$$ is taken for" in page or "for &lt;script&gt;alert(1)&lt;/script&gt;$$" in page
    parsed = _Page()
    parsed.feed(page)
    assert "script" not in parsed.tags
    assert all(address.startswith("data:image/") for address in parsed.addresses)
