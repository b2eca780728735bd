"""A learner opens a lesson in JupyterLab: a real server, a real browser, and nothing but the keyboard.

Screenshots of each stage are kept in tests/browser/artefacts/.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = Path(__file__).parent / "artefacts"
LESSON = "00_start_here.ipynb"
# Cells outside the window would not be in the page; and the server must not ask for news.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab in a folder of its own, with a copy of the lesson."""
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    folder = tmp_path_factory.mktemp("lab")
    (folder / "lessons").mkdir()
    shutil.copy(ROOT / "notebooks" / LESSON, folder / "lessons")
    for name, settings in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(settings))
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    own = {name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR",
           "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "TLTEACH_HOME", "JUPYTERLAB_WORKSPACES_DIR")}  # fmt: skip
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
               "--ServerApp.port_retries=0", "--IdentityProvider.token=",
               f"--ServerApp.root_dir={folder / 'lessons'}"]  # fmt: skip
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(
            command,
            env={**os.environ, **own, "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"), "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server, folder / "lab.log")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_for(address, server, log, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def page(browser, lab):
    """The lesson, opened and not run; what the browser complains about is in `page.complaints`."""
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.set_default_timeout(60_000)
    page.goto(f"{lab}/lab/tree/{LESSON}")
    cells = json.loads((ROOT / "notebooks" / LESSON).read_text(encoding="utf-8"))["cells"]
    # A notebook that is still being read has one empty cell, and an indicator that says idle.
    sync_api.expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(cells), timeout=60_000)
    page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]")
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
