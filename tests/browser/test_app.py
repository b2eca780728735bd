"""The page of `tlteach app`, as its user meets it: the real command, a real browser, and files that mean harm.

Screenshots are kept in tests/browser/artefacts/.
"""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import asked_runs
import pytest
from PIL import Image
from places import ROOT

from tlteach.__main__ import main
from tlteach.core.files import bundled

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("gradio", reason="the extra app is not installed")
httpx = pytest.importorskip("httpx", reason="the extra app is not installed")

pytestmark = pytest.mark.slow

EVIL = "<img src=x onerror=alert(1)>"
CLASSES = ("cat", f"{EVIL} ${{alert(2)}} {{{{alert(3)}}}}")
ARTEFACTS = Path(__file__).parent / "artefacts"


class Served:
    """A run behind its page: `folder`, and `url`."""

    def __init__(self, folder: Path, temporary: Path):
        self.folder, self.temporary = folder, temporary
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            port = found.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")  # nobody is there
        temporary.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tlteach", "app", folder, "--port", str(port)],
            env={**os.environ, **proxies, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), "GRADIO_SHARE": "True"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def ready(self):
        self.said = self.process.stdout.readline()
        return self


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Both runs, of pictures and of texts, each behind a page of its own."""
    folder = tmp_path_factory.mktemp("runs")
    card = {"task": "<script>alert(4)</script>", "source": {"trained_on": EVIL}}
    runs = {
        "pictures": asked_runs.pictures(folder / "pictures", CLASSES, **card),
        "texts": asked_runs.texts(folder / "texts", accuracy={"value": 0.5, "interval": [0.4, 0.6]}),
    }
    found = {name: Served(run, folder / f"temporary {name}") for name, run in runs.items()}
    yield {name: one.ready() for name, one in found.items()}
    for one in found.values():
        one.process.kill()
        one.process.communicate()


@pytest.fixture
def open_page(browser, served):
    """Opens the page of a run; no request may leave this machine, and nothing that was slipped in may run."""
    contexts, elsewhere, ran = [], [], []

    def opened(name, size=(1280, 800), scheme="light"):
        contexts.append(browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme))
        page = contexts[-1].new_page()
        own = (served[name].url, "data:", "blob:" + served[name].url)
        page.on("request", lambda asked: None if asked.url.startswith(own) else elsewhere.append(asked.url))
        page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
        page.goto(served[name].url)
        page.wait_for_selector("h1")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert elsewhere == []
    assert ran == []


def cat() -> Path:
    return bundled("cats_vs_dogs") / "test" / "cat" / "cat_000.jpg"


def predicted(capsys, run: Path, given: object) -> str:
    """The probability that `tlteach predict` prints."""
    main(["predict", str(run), str(given)])
    return capsys.readouterr().out.split()[-1]


def upload(page, path: Path) -> None:
    page.set_input_files("input[type=file]", path)


def first_probability(page) -> str:
    page.wait_for_selector(".answer table")
    return page.locator(".answer tr").first.locator("td").last.inner_text()


def test_a_picture_has_the_probability_of_predict(open_page, served, capsys):
    page = open_page("pictures")
    upload(page, cat())
    assert first_probability(page) == predicted(capsys, served["pictures"].folder, cat())
    assert page.locator(".answer img").count() == 2
    assert page.locator(".answer tr").count() == len(CLASSES)
    page.screenshot(path=kept("app_picture"))
    page.get_by_label("Clear").click()
    page.wait_for_selector(".answer table", state="detached")


def kept(name: str) -> Path:
    ARTEFACTS.mkdir(exist_ok=True)
    return ARTEFACTS / f"{name}.png"


def test_a_sentence_is_asked_by_keyboard(open_page, served, capsys):
    page = open_page("texts")
    page.get_by_label("A text").focus()
    page.keyboard.type("the film was good <b>not</b>")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert first_probability(page) == predicted(capsys, served["texts"].folder, "the film was good <b>not</b>")
    assert page.locator(".answer mark").count() > 0
    assert page.locator(".answer b").count() == 0
    page.screenshot(path=kept("app_text"))


def test_a_picture_is_chosen_by_keyboard(open_page):
    page = open_page("pictures")
    with page.expect_file_chooser() as chooser:
        for _ in range(4):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "BUTTON":
                break
        page.keyboard.press("Enter")
    chooser.value.set_files(cat())
    assert first_probability(page)


def test_files_that_mean_harm_get_a_sentence_and_the_page_still_answers(open_page, served, tmp_path, capsys):
    page = open_page("pictures")
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png", compress_level=1)
    assert (tmp_path / "bomb.png").stat().st_size < 10**6
    (tmp_path / "text.png").write_text("I am a text.")
    (tmp_path / "nothing.jpg").touch()
    for name, said in {
        "bomb.png": "more than the 100,000,000",
        "text.png": "not a JPEG, PNG, GIF, BMP or WebP picture",
        "nothing.jpg": "cannot be read",
    }.items():
        upload(page, tmp_path / name)
        page.wait_for_selector(f".answer p:has-text('{said}')")
        page.get_by_label("Clear").click()
        page.wait_for_selector(".answer p", state="detached")
    (tmp_path / f"{EVIL}.jpg").write_bytes(cat().read_bytes())
    upload(page, tmp_path / f"{EVIL}.jpg")
    assert first_probability(page) == predicted(capsys, served["pictures"].folder, cat())
    assert page.locator("img[src=x]").count() == 0


def test_a_hundred_megabytes_are_refused(open_page, served, tmp_path):
    page = open_page("pictures")
    with (tmp_path / "large.png").open("wb") as file:
        file.truncate(100 * 10**6)
    upload(page, tmp_path / "large.png")
    page.wait_for_selector("text=/exceeds|too large|maximum/i")
    url, large = f"{served['pictures'].url}gradio_api/upload", {"files": ("large.png", bytes(21 * 10**6))}
    assert httpx.post(url, files=large, trust_env=False, timeout=60).status_code == 413  # past the page, to its server
    page.reload()
    upload(page, cat())
    assert first_probability(page)


def test_no_other_file_of_the_disk_is_read(open_page, served):
    page = open_page("pictures")
    url, secret = served["pictures"].url, str(served["pictures"].folder / "card.json")
    assert page.request.get(f"{url}gradio_api/file={secret}").status == 403
    stolen = {"path": str(cat()), "orig_name": "cat.jpg", "meta": {"_type": "gradio.FileData"}}
    asked = {"data": [stolen], "fn_index": 0, "session_hash": "harm"}
    page.request.post(f"{url}gradio_api/queue/join", data=asked)
    events = page.request.get(f"{url}gradio_api/queue/data?session_hash=harm").text()
    assert '"success":false' in events
    assert "<table" not in events


@pytest.mark.parametrize(("name", "scheme"), [("pictures", "light"), ("texts", "dark")])
def test_it_can_be_read_on_a_narrow_screen_and_by_everyone(open_page, name, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = open_page(name, (390, 844), scheme)
    if name == "pictures":
        upload(page, cat())
    else:
        page.get_by_label("A text").fill("not good")
        page.get_by_role("button", name="Ask").click()
    assert first_probability(page)
    page.wait_for_timeout(300)  # until it has faded in
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=kept(f"app_{name}_{scheme}"))
    violations = axe.Axe().run(page).response["violations"]
    assert [v["id"] for v in violations if v["impact"] in ("serious", "critical")] == []
    assert "Gradio" not in page.inner_text("body")


def test_ctrl_c_stops_it_and_leaves_nothing_behind(open_page, served):
    """The last test: a page is still open."""
    open_page("pictures")
    for one in served.values():
        assert one.said == f"Ask the model at {one.url}, on this machine alone. Ctrl-C stops it.\n"
        one.process.send_signal(signal.SIGINT)
    for one in served.values():
        said, _ = one.process.communicate(timeout=60)  # above its last line may be what was tried in vain
        assert said.endswith("\nStopped; what was uploaded is deleted.\n")
        assert one.process.returncode == 0
        assert not list(one.temporary.glob("tlteach*"))
