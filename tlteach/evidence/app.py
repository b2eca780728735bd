"""A web page on this machine to ask a model, served by Gradio: for no other machine, and without asking any."""

from __future__ import annotations

import importlib.util
import os
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from tlteach.core.errors import TlteachError
from tlteach.core.journal import shortened
from tlteach.evidence import ask
from tlteach.evidence.answer_page import STYLE

if TYPE_CHECKING:
    import gradio

HERE = "127.0.0.1"  # no other machine reaches what listens there
CENTRED = ".gradio-container { max-width: 52rem !important; margin-inline: auto !important }\n"
MOST = 10  # classes that are named
FONTS = ("system-ui", "sans-serif")


def serve(run: Path, port: int, in_browser: bool = False) -> None:
    """Serve the page of a run until Ctrl-C. Raises as ask.opened does.

    Raises:
        TlteachError: Gradio is not installed, or the port cannot be used.
    """
    if importlib.util.find_spec("gradio") is None:
        raise TlteachError('The page needs Gradio, which is not installed. Run: pip install "tlteach[app]"')
    _require_free(port)
    with tempfile.TemporaryDirectory(prefix="tlteach-app-") as uploads:
        _seclude(uploads)
        page = page_of(run)
        import gradio

        page.launch(
            server_name=HERE, server_port=port, inbrowser=in_browser, share=False, ssr_mode=False, quiet=True,
            max_file_size=ask.MOST_BYTES, enable_monitoring=False, run_history=False, footer_links=[],
            css=CENTRED + STYLE, theme=gradio.themes.Default(primary_hue="blue", font=FONTS), prevent_thread_lock=True,
        )  # fmt: skip
        print(f"Ask the model at {page.local_url}, on this machine alone. Ctrl-C stops it.", flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("\nStopped; what was uploaded is deleted.")
        finally:
            page.close(verbose=False)


def page_of(run: Path) -> gradio.Blocks:
    """The page of a run, not yet served. Raises as ask.opened does."""
    classifier = ask.opened(run)
    title, *told = sentences(run, classifier)
    import gradio

    with gradio.Blocks(title=title, analytics_enabled=False, delete_cache=(600, 600)) as page:
        gradio.HTML(f"<h1>{escape(title)}</h1>{''.join(f'<p>{escape(sentence)}</p>' for sentence in told)}")
        files = classifier.room.FILES
        if files:  # as a file, and not as Gradio's picture or sound, which it would write anew
            given = gradio.File(label=f"A {files.one}, at most {ask.MOST_BYTES // 10**6} MB", height=180)
            asking = [given.change]
        else:
            given = gradio.Textbox(label="A text", lines=4, max_lines=12)
            asking = [given.submit, gradio.Button("Ask", variant="primary").click]
        answer = gradio.HTML(html_template='<div class="answer" role="status">${value}</div>')
        gradio.on(asking, lambda one: reply(classifier, one), given, answer, api_visibility="private")
    return page


def sentences(run: Path, classifier: ask.Classifier) -> Iterator[str]:
    """A title; and what the model is, how good, and for whom it is not, as far as the card beside it tells."""
    card, names = ask.card(run), [shortened(name) for name in classifier.class_names]
    yield f"Ask a model: {' or '.join(names) if len(names) < 4 else f'which of {len(names)} classes'}?"
    if len(names) >= 4:
        yield f"Its classes: {', '.join(names[:MOST])}{', and so on' if len(names) > MOST else ''}."
    with suppress(KeyError, TypeError):
        yield f"It learned {card['task']}. Its base had learned before from {card['source']['trained_on']}."
    with suppress(KeyError, TypeError, ValueError):
        value, (low, high) = card["accuracy"]["value"], card["accuracy"]["interval"]
        yield f"Its accuracy on the test split: {value:.3f} (95 % interval {low:.3f} to {high:.3f})."
    yield (
        "It always names one of its classes, also for what is none of them, and was tried on nothing but its test "
        "split. It is for learning, and for no decision about anybody."
    )


def reply(classifier: ask.Classifier, given: str | None) -> str:
    """The answer to one input as HTML; nothing where the file was taken away."""
    if given is None:
        return ""
    return (
        ask.about(classifier, given, Path(given).name) if classifier.room.FILES else ask.about_text(classifier, given)
    )


def _require_free(port: int) -> None:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a page that has just stopped does not count
        try:
            tried.bind((HERE, port))
        except (OSError, OverflowError) as error:
            why = str(getattr(error, "strerror", error)).rstrip(".")
            raise TlteachError(f"Port {port} cannot be used: {why}. Choose another with --port.") from error


def _seclude(uploads: str) -> None:
    """Before Gradio is imported: no settings of other programs, no telemetry, no proxy between here and here."""
    for name in [name for name in os.environ if name.startswith("GRADIO_")]:
        del os.environ[name]
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", GRADIO_TEMP_DIR=uploads, HF_HUB_OFFLINE="1")
    os.environ.update(NO_PROXY=HERE, no_proxy=HERE)
