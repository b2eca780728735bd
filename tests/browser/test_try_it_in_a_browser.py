"""A learner tries a model in JupyterLab: a picture chosen and dropped, a text by keyboard alone, and odd files.

Screenshots of each stage are kept in tests/browser/artefacts/.
"""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image
from places import ROOT

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("anywidget", reason="anywidget is not installed")

ARTEFACTS = Path(__file__).parent / "artefacts"
CELLS = (
    f"""import sys
sys.path.insert(0, {str(ROOT / "tests")!r})
import tlteach as tl
from promise import small
from small_texts import bag_of_embeddings, small_tokenizer
with tl.quietly():
    of_pictures, of_texts = small.model(), bag_of_embeddings(small_tokenizer(), 2, "softmax")""",
    "tl.try_it(of_pictures, small.task())",
    "tl.try_it(of_texts, small.task_of_texts())",
)
HOSTILE = "<img src=x onerror=alert(1)>.jpg"
ANSWER = re.compile(r"^(red|blue) 0\.\d{3}: ")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def patience():
    sync_api.expect.set_options(timeout=30_000)
    yield
    sync_api.expect.set_options(timeout=None)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype="uint8")
    for name in ("mine.png", "dropped.png"):
        Image.fromarray(pixels).save(folder / name)
    (folder / HOSTILE).write_text("<script>alert(1)</script>")
    with (folder / "huge.png").open("wb") as huge:
        huge.truncate(25_000_000)
    noise = np.random.default_rng(1).integers(0, 256, (2300, 2300, 3), dtype="uint8")
    Image.fromarray(noise).save(folder / "large.png", compress_level=0)  # 16 MB: more than one message may have
    return folder


@pytest.fixture(scope="module")
def page(browser, lab):
    """The notebook, with all of its cells run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata["language_info"] = {"name": "python"}  # or JupyterLab asks for a kernel
    nbformat.write(notebook, lab.folder / "mine.ipynb")
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.complaints = []
    page.on("console", lambda message: message.type == "error" and page.complaints.append(message.text))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("dialog", lambda dialog: page.complaints.append(dialog.message))
    page.on("filechooser", lambda chooser: None)  # from now on it is Playwright that opens them, and not Chromium
    page.set_default_timeout(60_000)
    page.goto(f"{lab.address}/lab/workspaces/mine/tree/mine.ipynb")
    sync_api.expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(CELLS))
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()  # before, nothing would be run
    choose(page, "Run", "Run All Cells")
    page.locator(".jp-InputPrompt", has_text=re.compile(r"\[[\d*]\]")).first.wait_for()
    page.locator(".tlteach-drop").wait_for(timeout=240_000)  # the kernel has to import Keras
    page.locator(".tlteach-text").wait_for()
    return page


def choose(page, *names):
    for name in names:
        page.get_by_role("menuitem", name=name, exact=True).click()


def keep(page, name):
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"try_{name}.png")


def said(page, number):
    return page.locator(".jp-OutputArea [role=status]").nth(number)


def test_a_picture_is_chosen_by_keyboard_and_explained(page, files):
    keep(page, "1_run")
    page.get_by_label("Choose a picture, or drop one here").focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(files / "mine.png")
    sync_api.expect(said(page, 0).get_by_role("heading")).to_have_text(re.compile(ANSWER.pattern + "mine.png"))
    images = said(page, 0).locator("img")
    assert images.count() == 2
    for image in images.all():
        page.wait_for_function("image => image.naturalWidth == 32", arg=image.element_handle())
        assert image.bounding_box()["width"] > 150
    assert said(page, 0).locator("tr").count() == 2
    keep(page, "2_picture")


def test_a_picture_is_dropped(page, files):
    box = page.locator(".tlteach-drop").bounding_box()
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    data = {"items": [], "files": [str(files / "dropped.png")], "dragOperationsMask": 1}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    sync_api.expect(said(page, 0).get_by_role("heading")).to_have_text(re.compile(ANSWER.pattern + "dropped.png"))


def test_odd_files_get_a_sentence_and_the_form_lives_on(page, files):
    chooser = page.locator(".tlteach-drop input")
    chooser.set_input_files(files / HOSTILE)
    sync_api.expect(said(page, 0)).to_contain_text(f"{HOSTILE} cannot be read: its content is not a JPEG, PNG")
    keep(page, "3_odd")
    chooser.set_input_files(files / "huge.png")
    sync_api.expect(said(page, 0)).to_contain_text("huge.png has 25 MB, and at most 20 are read.")
    chooser.set_input_files(files / "large.png")
    sync_api.expect(said(page, 0).get_by_role("heading")).to_have_text(re.compile(ANSWER.pattern + "large.png"))


def test_a_text_by_keyboard_alone(page):
    page.locator(".tlteach-drop input").focus()
    page.keyboard.press("Tab")
    for _ in range(9):  # past what JupyterLab has between two cells
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
        page.keyboard.press("Tab")
    page.keyboard.type("dd the film was not good")  # in command mode, dd deletes a cell
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    sync_api.expect(said(page, 1).get_by_role("heading")).to_have_text(re.compile(ANSWER.pattern + "dd the film was"))
    assert said(page, 1).locator("mark").count() >= 2
    assert page.locator(".jp-Notebook .jp-Cell").count() == len(CELLS)
    said(page, 1).scroll_into_view_if_needed()
    keep(page, "4_text")


def test_nothing_was_complained_of_and_what_stays_is_hidden(page):
    assert page.complaints == []
    assert not any(one.is_visible() for one in page.locator(".tlteach-stays").all())
    keep(page, "5_end")


def test_opened_again_it_says_how_to_try(page):
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')")
    choose(page, "Kernel", "Shut Down Kernel")
    page.wait_for_timeout(1000)
    page.reload()
    page.locator(".tlteach-stays", has_text="to try a picture of yours here").wait_for()
    keep(page, "6_opened_again")
    dead = page.locator(".jp-OutputArea-output", has_text="Error displaying widget")
    assert not any(output.is_visible() for output in dead.all())
