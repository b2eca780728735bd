"""The report in a browser: it fits a telephone and a sheet of paper, and asks nobody for anything."""

import re

import pytest
from reports import hostile

from tlteach.evidence.report import report
from tlteach.tasks import ROOMS

PAPER = 680  # pixels of CSS across A4, less its margins

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=ROOMS)
def page(request, browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "report.html").write_text(report(hostile(request.param, folder)), encoding="utf-8")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.asked, page.alerts = [], []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("dialog", lambda dialog: (page.alerts.append(dialog.message), dialog.dismiss()))
    page.goto(f"file://{folder / 'report.html'}")
    yield page
    page.close()


def too_wide(page):
    """Whether the page can be pushed aside, and which of its tables stand out over its edge."""
    return page.evaluate(
        """() => [document.documentElement.scrollWidth > innerWidth,
        ...[...document.querySelectorAll("table, img, figure")].filter(
            one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.outerHTML.slice(0, 80))]"""
    )


def test_it_runs_nothing_and_loads_nothing(page):
    assert page.alerts == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []
    broken = "() => [...document.images].filter(one => !one.complete || !one.naturalWidth).length"
    assert page.evaluate(broken) == 0
    assert page.evaluate("() => Math.max(...[...document.images].map(one => one.height))") <= 700


def test_it_fits_a_telephone(page):
    page.set_viewport_size({"width": 390, "height": 844})
    assert too_wide(page)[0] is False  # a wide table is pushed aside within its own frame


def test_it_fits_a_sheet_of_paper(page):
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")
    assert too_wide(page) == [False]
    colours = page.evaluate(
        "() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    sheets = page.pdf(format="A4", prefer_css_page_size=True)
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", sheets)) <= 8
    page.emulate_media(media="screen")
