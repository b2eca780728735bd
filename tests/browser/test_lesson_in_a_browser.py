"""A learner opens a lesson in JupyterLab: a real server, a real browser, and nothing but the keyboard.

Screenshots of each stage are kept in tests/browser/artefacts/.
"""

import json
import re
import shutil
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = Path(__file__).parent / "artefacts"
LESSON = "00_start_here.ipynb"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def page(browser, lab):
    """The lesson, opened and not run; what the browser complains about is in `page.complaints`."""
    shutil.copy(ROOT / "notebooks" / LESSON, lab.folder)
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.set_default_timeout(60_000)
    page.goto(f"{lab.address}/lab/tree/{LESSON}")
    cells = json.loads((ROOT / "notebooks" / LESSON).read_text(encoding="utf-8"))["cells"]
    # A notebook that is still being read has one empty cell, and an indicator that says idle.
    sync_api.expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(cells), timeout=60_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # before the kernel is there, nothing would be run
    return page


def keep(page, name):
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def cell(page, text):
    """The code cell whose source has `text`."""
    return page.locator(".jp-CodeCell", has=page.locator(".jp-InputArea", has_text=text)).first


def alts(page):
    return [image.get_attribute("alt") for image in page.locator(".jp-OutputArea img").all()]


def test_opened_and_not_run_nothing_is_given_away(page):
    keep(page, "1_opened")
    assert page.locator(".jp-OutputArea-output").count() == 0
    assert page.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]")).count() == 0


def choose(page, menu, entry):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def test_all_cells_run_without_an_error(page):
    choose(page, "Run", "Run All Cells")
    prompts = page.locator(".jp-CodeCell .jp-InputArea .jp-InputPrompt")  # folded cells have none
    ran = prompts.filter(has_text=re.compile(r"^\[\d+\]:$"))
    sync_api.expect(ran).to_have_count(prompts.count(), timeout=240_000)
    sync_api.expect(page.locator("button.jupyter-button")).to_have_count(7)
    keep(page, "2_run")
    assert page.locator("[data-mime-type*=stderr], [data-mime-type*=error]").count() == 0
    sync_api.expect(page.locator(".jp-OutputArea img")).to_have_count(2)
    assert all(alts(page))
    for image in page.locator(".jp-OutputArea img").all():
        page.wait_for_function("image => image.naturalWidth > 100", arg=image.element_handle())


def test_a_question_is_answered_by_keyboard(page):
    asked = cell(page, 'quiz("00-q1"')
    asked.scroll_into_view_if_needed()
    buttons = asked.locator("button.tlteach-option")
    assert buttons.count() == 4
    assert "the worst and the best epoch" in buttons.first.inner_text()  # the text is what is pressed
    assert not asked.locator(".tlteach-question").is_visible()  # the page that stays, while the form is there
    widths = [button.evaluate("button => [button.scrollWidth, button.clientWidth]") for button in buttons.all()]
    assert all(text <= room + 1 for text, room in widths)  # it wraps, and is not cut off
    buttons.first.focus()
    page.keyboard.press("Space")
    asked.locator("[role=alert]", has_text="00-q1 not this one.").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    asked.locator("[role=alert]", has_text="00-q1 right.").wait_for()
    assert buttons.nth(0).inner_text().startswith("✗")
    assert buttons.nth(2).inner_text().startswith("✓")
    keep(page, "3_question")


def test_an_exercise_is_answered_by_keyboard(page):
    asked = cell(page, 'check("00-a"')
    asked.scroll_into_view_if_needed()
    asked.locator(".cm-content").click()
    for answer, said in (("200", "00-a not yet."), ("400", "00-a solved.")):
        page.keyboard.press("Control+Home")
        page.keyboard.press("Shift+End")
        page.keyboard.type(f"answer = {answer}")
        page.keyboard.press("Control+Enter")
        asked.locator(".jp-OutputArea-output", has_text=re.compile(said)).wait_for()
        keep(page, f"4_exercise_{answer}")
        page.keyboard.press("Enter")  # from command mode back into the cell


def test_the_browser_has_nothing_to_complain_about(page):
    keep(page, "5_end")
    assert page.complaints == []


def test_saved_and_opened_again_a_question_says_what_was_answered(page):
    """The kernel is shut down, so the form is dead: the question and the answers stay, and no word of an error."""
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    choose(page, "Kernel", "Shut Down Kernel")
    page.wait_for_timeout(2000)
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    asked = cell(page, 'quiz("00-q1"')
    asked.scroll_into_view_if_needed()
    asked.locator(".tlteach-question", has_text="✓").wait_for()
    keep(page, "6_opened_again")
    dead = page.locator(".jp-OutputArea-output", has_text="Error displaying widget")
    assert not any(output.is_visible() for output in dead.all())
