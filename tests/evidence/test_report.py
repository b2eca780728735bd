"""The report of every room: nothing in it runs or loads, whatever files, classes and texts are called."""

import re
from html.parser import HTMLParser

import pytest
from reports import HARM, hostile

from tlteach.evidence.report import PAGE, report
from tlteach.tasks import ROOMS


class Page(HTMLParser):
    """The tags of a page, what they load or run, and the texts that stand in for pictures."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.addresses, self.handlers, self.alts = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href", "srcset", "data", "action")]
        self.handlers += [name for name, _ in attributes if name.startswith("on")]
        self.alts += [value for name, value in attributes if name == "alt"]


@pytest.fixture(scope="module", params=ROOMS)
def run(request, tmp_path_factory):
    return hostile(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def page(run):
    return report(run)


def test_nothing_in_it_runs_or_is_loaded(page):
    found = Page(page)
    assert not {"script", "link", "iframe", "object", "form", "a", "base"} & set(found.tags)
    assert found.handlers == []
    assert all(address.startswith(("data:image/", "data:audio/")) for address in found.addresses)
    assert not re.search(r"url\(|@import", page.split("</head>")[0])
    assert "\x00" not in page


def test_names_stand_in_it_as_they_are(page):
    found = Page(page)
    assert page.count("&lt;script&gt;alert(1)") >= 8
    assert any(f"_{HARM} $x_1$" in alt for alt in found.alts)
    assert not any(r"\$" in alt for alt in found.alts)
    assert all(alt.strip() for alt in found.alts)


def test_every_section_is_there(run, page):
    headings = re.findall("<h2>(.*?)</h2>", page)
    assert headings[1:6] == ["What learns, and what stands still", "Learning curves", "What the head has to decide by",
                             "What was taken for what", "The most confident mistakes"]  # fmt: skip
    assert "(frozen base), " in page
    assert "(fine-tuned) of 8 inputs lie nearest to their own class" in page
    assert page.count("<figure>") == 4  # all inputs of the first class
    kind = {"image": "dark where nothing spoke", "sound": "The line is high", "text": "<mark"}
    assert kind[run.task.modality] in page
    assert "hint and not a proof" in page


def test_without_fine_tuning_the_kept_model_stands_alone(tmp_path):
    page = report(hostile("image", tmp_path, tuned=False))
    assert "(frozen base) of 8 inputs lie nearest" in page
    assert "So it was in step 6" not in page


def test_a_network_without_a_map_says_so_beside_the_pictures(tmp_path):
    import keras

    run = hostile("image", tmp_path)
    flat = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(2, "softmax")])
    object.__setattr__(run, "model", flat)
    found = ROOMS["image"].mistakes(run, 4)
    assert "Grad-CAM needs a convolutional base" in found
    assert found.count("<img") == 4


def test_it_has_a_form_for_paper():
    style = PAGE.read_text(encoding="utf-8").split("@media print")[1].split("</style>")[0]
    assert "break-inside: avoid" in style
    assert "audio { display: none }" in style
