"""Try a model in a notebook: a photo, a sound or a sentence of yours, what the model says, and what it looked at.

    tl.try_it(model, task)

The file chooser takes what is dropped on it, and both it and the text area can be used by keyboard alone. What is
given goes to the kernel and no further: a file in pieces, to a temporary folder, under a name that we choose.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tlteach.core import live
from tlteach.core.door import checked
from tlteach.core.journal import shortened, tell
from tlteach.core.task import Task
from tlteach.evidence.answer_page import STYLE
from tlteach.evidence.ask import MOST_BYTES, MOST_CHARACTERS, Classifier, about, about_text, sentence
from tlteach.guards import head_fits
from tlteach.tasks import ROOMS

if TYPE_CHECKING:
    import keras

HERE = Path(__file__)
NOTE = "Run this cell in JupyterLab to try {what} of yours here."
MISSING = 'To try {what} of yours here, first install what draws the form: pip install "tlteach[lab]"'


@checked
def try_it(model: keras.Model, task: Task) -> None:
    """Show a form in a notebook that asks `model` about a picture, a sound or a text of yours.

    It shows the most probable class, the probabilities, and what the model looked at. What cannot be read is told in a
    sentence, and the next one can be tried.

    Raises:
        GuardError: the model does not take what the task has, or tells other classes apart.
    """
    head_fits(model, task.n_classes)
    room = ROOMS[task.modality]
    classifier = Classifier(model, room, task.train.form_of(model), task.class_names)
    what = f"a {_what(classifier)}"
    if not live.in_notebook():
        return tell(NOTE.format(what=what))
    from IPython.display import display

    place = live.new_place()
    try:
        note, widget = NOTE.format(what=what), form(classifier, live.hiding(place))
    except ImportError:
        note, widget = MISSING.format(what=what), None
    display({"text/html": live.page(f"<p>{escape(note)}</p>", place), "text/plain": note}, raw=True)
    if widget is not None:
        live.display(widget)


def form(classifier: Classifier, hiding: str = "") -> object:
    """The form as a widget; `hiding` is HTML that it has inside. Raises ImportError where anywidget is missing."""
    import anywidget
    import traitlets

    class Form(anywidget.AnyWidget):
        _esm = HERE.with_suffix(".js")
        _css = HERE.with_suffix(".css").read_text(encoding="utf-8") + STYLE
        asks = traitlets.Dict().tag(sync=True)

    files = classifier.room.FILES
    asks = {"hiding": hiding, "what": _what(classifier), "most": MOST_BYTES if files else MOST_CHARACTERS}
    if files:
        kinds = f"{files.kinds}; at most {MOST_BYTES // 1_000_000} MB"
        asks |= {"kinds": kinds, "accept": ",".join(sorted(files.suffixes))}
    widget = Form(asks=asks)
    hear = listener(classifier, lambda answer: widget.send({"answer": answer}))
    widget.on_msg(lambda _, said, buffers: hear(said, buffers))
    return widget


def listener(classifier: Classifier, answer: Callable[[str], object]) -> Callable[[dict, list], None]:
    """A function of what the form says; when a text or a whole file is there, it calls `answer` with HTML."""
    came = bytearray()

    def hear(said: dict, buffers: list) -> None:
        if "text" in said:
            return answer(about_text(classifier, str(said["text"])))
        name, size = str(said["name"]), int(said["size"])
        if said["at"] == 0:
            came.clear()
        came.extend(b"".join(buffers))
        if size > MOST_BYTES or len(came) > MOST_BYTES:
            megabytes = f"{size / 1e6:,.0f} MB, and at most {MOST_BYTES // 1_000_000} are read"
            answer(sentence(f"{shortened(name)} has {megabytes}. Make it smaller, or ask in a terminal."))
        elif len(came) >= size:
            answer(about_file(classifier, name, bytes(came)))

    return hear


def about_file(classifier: Classifier, name: str, content: bytes) -> str:
    """What the model says of a file that was called `name`, as HTML. Nothing of the name gets to the disk."""
    files = classifier.room.FILES
    with TemporaryDirectory(prefix="tlteach_") as folder:
        path = Path(folder) / f"your_{files.one}"
        path.write_bytes(content)
        return about(classifier, str(path), name)


def _what(classifier: Classifier) -> str:
    return classifier.room.FILES.one if classifier.room.FILES else "text"
