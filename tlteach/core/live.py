"""What lives in a notebook while its kernel runs, and the page that stays in its place.

Where the file is only read, on a web site or once the kernel is gone, there is the page; while the widget lives, it
hides the page.
"""

import uuid

WIDGET = "application/vnd.jupyter.widget-view+json"
# Where the kernel is gone, JupyterLab would say "Error displaying widget" below a page that says it all.
NO_DEAD_WIDGET = """<style>
.jp-OutputArea-child:has(.tlteach-stays) + .jp-OutputArea-child .jp-OutputArea-output.jupyter-widgets
{ display: none; }
</style>"""


def in_notebook() -> bool:
    """Whether a kernel runs this, so that there is a place to show a page."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return hasattr(get_ipython(), "kernel")


def new_place() -> str:
    """An id by which a widget finds the page that it hides."""
    return f"tlteach-{uuid.uuid4().hex}"


def page(html: str, place: str) -> str:
    """What stays, as HTML; a widget is to be displayed next."""
    return f'{NO_DEAD_WIDGET}<div class="tlteach-stays" id="{place}">{html}</div>'


def hiding(place: str) -> str:
    """A style that hides the page as long as the widget is there that has it inside."""
    return f"<style>#{place} {{ display: none }}</style>"


def display(widget: object) -> None:
    """Show a widget, and leave nothing of it in a file where it cannot live."""
    from IPython.display import display as show

    show({WIDGET: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}}, raw=True)
