"""How Sphinx makes the web site; pages.py brings its pages, and `make book` runs both."""

from docutils.nodes import SkipNode
from latex2mathml.converter import convert

project = "tlteach"
copyright = "the authors of tlteach, MIT licence"
extensions = ["myst_nb"]
html_theme = "sphinx_book_theme"
html_title = "tlteach"
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_persistent": [],  # the side bar has a search field
    "show_toc_level": 1,
    "use_download_button": False,
    "use_fullscreen_button": False,
}
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "off"  # the outputs are those that the tests have compared
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"


def setup(app) -> None:
    """Draw formulas as MathML, which browsers know: nothing is fetched, and a screen reader can say them."""

    def draw(display: str):
        def visit(translator, node) -> None:
            formula = convert(node.astext(), display=display).replace("<mo>&#x02016;", '<mo stretchy="false">&#x02016;')
            place = ' tabindex="0"' if display == "block" else ""  # a wide one is scrolled, with the keyboard too
            translator.body.append(f'<span class="formula-{display}"{place}>{formula}</span>')
            raise SkipNode

        return visit, None

    app.add_html_math_renderer("mathml", draw("inline"), draw("block"))
