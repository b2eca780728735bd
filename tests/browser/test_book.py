"""The web site: it builds without a warning, asks for nothing from a network, and can be read by everyone."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted(path.stem for path in (ROOT / "notebooks" / "solutions").glob("[0-9][0-9]*_*.ipynb"))
SIZES = {"laptop": (1280, 800), "telephone": (390, 844)}
LOOKED_AT = ("index", LESSONS[2], LESSONS[-1], "glossary", "results", "code/tlteach-recipe")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The folder of the site, built as `make book` builds it."""
    pytest.importorskip("sphinx_book_theme", reason="the extra book is not installed")
    folder = tmp_path_factory.mktemp("book")
    make = [sys.executable, ROOT / "docs" / "pages.py", folder / "pages"]
    subprocess.run(make, check=True, capture_output=True, text=True, cwd=ROOT)
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", ROOT / "docs"]
    done = subprocess.run([*sphinx, folder / "pages", folder / "html"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder / "html"


class Links(HTMLParser):
    """What a page points to, what it loads, and the places in it that can be pointed to."""

    def __init__(self, path: Path):
        super().__init__()
        self.links, self.loaded, self.ids = [], [], set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag in ("script", "img", "iframe", "source") and attributes.get("src"):
            self.loaded.append(attributes["src"])
        if tag == "link" and attributes.get("rel") not in ("canonical", None):
            self.loaded.append(attributes["href"])


@pytest.fixture(scope="module")
def pages(book):
    own = (path for path in sorted(book.rglob("*.html")) if "_static" not in path.parts)  # there are the theme's
    return {path: Links(path) for path in own}


def test_every_lesson_and_all_its_code_has_a_page(book):
    assert all((book / f"{name}.html").is_file() for name in LESSONS)
    assert {"tlteach-recipe.html", "tlteach-methods-adapt-coral.html"} <= {p.name for p in (book / "code").iterdir()}


def test_links_inside_lead_somewhere(pages):
    dead = []
    for path, page in pages.items():
        for link in page.links + page.loaded:
            where = urlsplit(link)
            if where.scheme or link.startswith("data:"):
                continue
            target = (path.parent / unquote(where.path)).resolve() if where.path else path
            if not target.is_file():
                dead.append(f"{path.name}: {link}")
            elif where.fragment and target in pages and unquote(where.fragment) not in pages[target].ids:
                dead.append(f"{path.name}: {link} has no such place")
    assert dead == []


def test_nothing_is_loaded_from_a_network(pages):
    assert [src for page in pages.values() for src in page.loaded if urlsplit(src).scheme not in ("", "data")] == []


def test_solutions_are_folded_and_questions_show_their_options(book):
    text = (book / f"{LESSONS[2]}.html").read_text("utf-8")
    assert "A solution" in text
    assert '<div class="question">' in text
    assert 'href="glossary.html#word-' in text


@pytest.mark.parametrize("size", SIZES)
def test_pages_can_be_read_on_a_laptop_and_a_telephone(book, browser, size):
    """No request leaves the page, nothing stands out at the side, and axe-core finds nothing serious."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)
    found = []
    for name in LOOKED_AT:
        page.goto((book / f"{name}.html").as_uri())
        page.wait_for_load_state("load")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        violations = axe.Axe().run(page).response["violations"]
        found += [
            f"{name}: {v['id']}: {v['nodes'][0]['html'][:200]}"
            for v in violations
            if v["impact"] in ("serious", "critical")
        ]
    assert asked == []
    assert found == []


def test_a_word_is_found(book, browser):
    page = browser.new_page()
    page.goto((book / "search.html").as_uri() + "?q=prototype")
    page.wait_for_selector("#search-results a")
    assert any("13" in link for link in page.locator("#search-results a").all_inner_texts())
