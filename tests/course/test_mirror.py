"""The mirror for a class, filled from a server on this machine: whole, cut off, damaged, already there."""

import dataclasses
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import tiny_bert

from tlteach.core.errors import DataError, FetchError, SourceError
from tlteach.core.files import sha256_of
from tlteach.course import mirror
from tlteach.image import doors as image
from tlteach.image import full_photos
from tlteach.image.sources import Source, _download
from tlteach.sound import full_digits
from tlteach.text import doors as text
from tlteach.text import full_texts
from tlteach.text.sources import TEXT_SOURCES, TextSource, fetch_folder

FILES = {f"{name}.h5": np.random.default_rng(i).bytes(50_000) for i, name in enumerate(("one", "two", "three"))}
FILES["cats_and_dogs_filtered.zip"] = np.random.default_rng(9).bytes(80_000)
TEXTS = {"IMDB_URL": "imdb.npz", "IMDB_WORDS_URL": "imdb_word_index.json", "SMS_URL": "sms.zip"}
FILES |= {name: np.random.default_rng(len(name)).bytes(3000) for name in (*TEXTS.values(), full_digits.ARCHIVE)}


class Handler(BaseHTTPRequestHandler):
    """Serves FILES, but for those that the server has marked as missing or broken, or gives a wrong content for."""

    def do_GET(self):
        name = self.path.rsplit("/", 1)[-1]
        self.server.asked.append(name)
        self.server.paths.append(self.path)
        if name in self.server.missing:
            return self.send_error(404)
        if name in self.server.broken:
            return self.send_error(503)
        body = self.server.wrong.get(name, FILES[name])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing in the test's output."""


def card(name, address, **known):
    texts = {"title": name, "citation": "", "licence": "", "application": name, "model_name": name}
    return Source(name, **texts, parameters=1, preprocessing="-1..1", weights_file=f"{name}.h5",
                  weights_url=address, **known)  # fmt: skip


@pytest.fixture
def server(monkeypatch, tmp_path):
    """Three sources, photos and texts: the first source has an md5, the second a sha256, the third nothing."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("TLTEACH_MIRROR", raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.missing, server.broken, server.wrong, server.asked, server.paths = set(), set(), {}, [], []
        address = f"http://127.0.0.1:{server.server_port}/"
        cards = {
            "one": card("one", address, weights_md5=hashlib.md5(FILES["one.h5"]).hexdigest()),
            "two": card("two", address, sha256=hashlib.sha256(FILES["two.h5"]).hexdigest()),
            "three": card("three", address),
            "menagerie": image.SOURCES["menagerie"],
        }
        monkeypatch.setattr(image, "SOURCES", cards)
        monkeypatch.setattr(text, "SOURCES", {})
        monkeypatch.setattr(full_photos, "URL", f"{address}cats_and_dogs_filtered.zip")
        monkeypatch.setattr(full_photos, "BYTES", len(FILES["cats_and_dogs_filtered.zip"]))
        monkeypatch.setattr(full_digits, "URL", f"{address}{full_digits.ARCHIVE}")
        for constant, name in TEXTS.items():
            monkeypatch.setattr(full_texts, constant, f"{address}{name}")
        monkeypatch.setattr(full_texts, "IMDB_SHA256", hashlib.sha256(FILES["imdb.npz"]).hexdigest())
        monkeypatch.setattr(full_texts, "IMDB_WORDS_MD5", hashlib.md5(FILES["imdb_word_index.json"]).hexdigest())
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "class mirror"


def sums(folder):
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return dict(reversed(line.split("  ")) for line in lines)


def quiet(folder, only=()):
    said = []
    mirror.make(folder, only, say=said.append)
    return said


def test_everything_comes_with_its_sums(server, folder):
    said = quiet(folder)
    assert {path.name for path in folder.iterdir()} == {*FILES, "SHA256SUMS"}
    assert all((folder / name).read_bytes() == content for name, content in FILES.items())
    assert sums(folder) == {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
    assert sum(line.startswith("[") for line in said) == len(FILES)
    assert f"{len(FILES)} of {len(FILES)} downloads are whole" in said[-1]


def test_what_is_there_and_whole_is_not_fetched_again(server, folder):
    quiet(folder)
    server.asked.clear()
    said = quiet(folder)
    assert server.asked == []
    assert sum("there already" in line for line in said) == len(FILES)


def test_one_failure_does_not_stop_the_others_and_the_next_call_goes_on(server, folder):
    server.missing = {"two.h5"}
    with pytest.raises(FetchError, match=r"(?s)1 of 8 downloads failed.*two\.h5: .*404"):
        quiet(folder)
    assert set(sums(folder)) == {*FILES} - {"two.h5"}
    server.missing, server.asked = set(), []
    quiet(folder)
    assert server.asked == ["two.h5"]
    assert set(sums(folder)) == set(FILES)


@pytest.mark.parametrize("name", ["one.h5", "two.h5", "cats_and_dogs_filtered.zip", "imdb.npz"])
def test_a_file_that_is_not_what_was_published_is_not_kept(server, folder, name):
    server.wrong = {name: b"something else"}
    with pytest.raises(FetchError, match="1 of 8 downloads failed"):
        quiet(folder)
    assert not (folder / name).exists()
    assert name not in sums(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_changed_since_is_named_and_left_alone(server, folder, name):
    quiet(folder)
    (folder / name).write_bytes(b"changed")
    with pytest.raises(FetchError, match=r"(?s)1 of 8 downloads failed.*Move (the file|it) away"):
        quiet(folder)
    assert (folder / name).read_bytes() == b"changed"


def test_what_lies_on_this_disk_is_copied_if_it_is_whole(server, folder, tmp_path):
    models = tmp_path / "keras" / "models"
    models.mkdir(parents=True)
    (models / "one.h5").write_bytes(FILES["one.h5"])
    (models / "two.h5").write_bytes(b"cut off")
    (models / "three.h5").write_bytes(b"nobody can say whether this is whole")
    quiet(folder)
    assert sorted(server.asked) == sorted({*FILES} - {"one.h5"})
    assert (models / "two.h5").read_bytes() == b"cut off"
    assert all(sums(folder)[name] == hashlib.sha256(FILES[name]).hexdigest() for name in FILES)


def test_only_some(server, folder):
    quiet(folder, ["cats_vs_dogs_full", "One", "one"])
    assert set(sums(folder)) == {"one.h5", "cats_and_dogs_filtered.zip"}
    quiet(folder, ["three", "imdb"])
    more = {"three.h5", "imdb.npz", "imdb_word_index.json"}
    assert set(sums(folder)) == {"one.h5", "cats_and_dogs_filtered.zip"} | more


def test_names_that_cannot_be_mirrored(server, folder):
    with pytest.raises(SourceError, match="no source called"):
        quiet(folder, ["resnet9000"])
    with pytest.raises(FetchError, match="installed with tlteach"):
        quiet(folder, ["menagerie"])
    assert not folder.exists()


def test_a_folder_that_is_a_file(server, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises((FetchError, DataError)):
        quiet(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_students_take_photos_and_weights_from_the_mirror(server, folder, monkeypatch, tmp_path):
    quiet(folder)
    server.asked.clear()
    monkeypatch.setenv("TLTEACH_MIRROR", str(folder))
    path = _download(image.SOURCES["three"])
    assert path.read_bytes() == FILES["three.h5"]
    with pytest.raises(FetchError, match=r"filtered\.zip is damaged"):  # it came, and these made-up bytes are no zip
        full_photos.folder(say=lambda _: None)
    assert server.asked == []


def test_the_real_list_has_a_file_of_its_own_for_everything():
    wanted = mirror.downloads()
    files = [file for files in wanted.values() for file in files]
    assert len({file.name for file in files}) == len(files)
    assert all(file.url.startswith("https://") for file in files)
    full = {source.name for room in (image, text) for source in room.SOURCES.values() if source.tier == "full"}
    assert {name for name, files in wanted.items() if files} == full | {
        "cats_vs_dogs_full",
        "imdb",
        "sms_spam",
        "spoken_digits",
    }


def test_the_sums_are_those_that_fetch_computes(server, folder):
    quiet(folder, ["one"])
    assert sums(folder)["one.h5"] == sha256_of(folder / "one.h5")


# ---------------------------------------------------------------- encoders of texts


SETTINGS = {"do_lower_case": True}
HELD = {"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"}


@pytest.fixture
def encoder(server, tmp_path, monkeypatch):
    """A small BERT that lies on the server and nowhere else; it has no tokenizer.json."""
    published = tiny_bert.write(tmp_path / "published", settings=SETTINGS)
    source = dataclasses.replace(TEXT_SOURCES["bert_tiny"], sha256=sha256_of(published / "model.safetensors"))
    address, files = f"http://127.0.0.1:{server.server_port}", TextSource.files

    def served(self):
        return [
            dataclasses.replace(file, url=file.url.replace("https://huggingface.co", address)) for file in files(self)
        ]

    monkeypatch.setattr(TextSource, "files", served)
    monkeypatch.setattr(text, "SOURCES", {source.name: source})
    for name in HELD:
        monkeypatch.setitem(FILES, name, (published / name).read_bytes())
    server.missing = {"tokenizer.json"}
    return source


def test_an_encoder_is_a_folder_with_its_sums(encoder, server, folder):
    said = quiet(folder, ["bert_tiny"])
    assert {path.name for path in (folder / "bert_tiny").iterdir()} == HELD
    assert sums(folder) == {f"bert_tiny/{name}": hashlib.sha256(FILES[name]).hexdigest() for name in HELD}
    assert f"/{encoder.repository}/resolve/{encoder.revision}/model.safetensors" in server.paths
    assert any("tokenizer.json  not published" in line for line in said)
    assert "4 of 4 downloads are whole" in said[-1]
    server.asked.clear()
    assert sum("there already" in line for line in quiet(folder, ["bert_tiny"])) == 4
    assert server.asked == ["tokenizer.json"]


def test_an_encoder_on_this_disk_is_copied_if_its_weights_are_whole(encoder, server, folder, tmp_path):
    here = tiny_bert.write(tmp_path / "home" / "encoders" / "bert_tiny", settings=SETTINGS)
    (here / "vocab.txt").write_text("without a proof of its own")
    assert sum("copied from" in line for line in quiet(folder, ["bert_tiny"])) == 4
    assert server.asked == ["tokenizer.json"]
    assert (folder / "bert_tiny" / "vocab.txt").read_text() == "without a proof of its own"

    (here / "model.safetensors").write_bytes(b"cut off")
    quiet(folder.with_name("another"), ["bert_tiny"])
    assert {*server.asked} == {*HELD, "tokenizer.json"}


@pytest.mark.parametrize("name", ["model.safetensors", "vocab.txt"])
def test_an_encoder_that_cannot_be_had_or_was_changed_is_named(encoder, server, folder, name):
    server.missing |= {name}
    with pytest.raises(FetchError, match=rf"(?s)1 of 4 downloads failed.*bert_tiny/{name}: .*404"):
        quiet(folder, ["bert_tiny"])
    server.missing -= {name}
    quiet(folder, ["bert_tiny"])
    (folder / "bert_tiny" / name).write_text("changed")
    with pytest.raises(FetchError, match=rf"(?s){name} has the sha256.*Move the file away"):
        quiet(folder, ["bert_tiny"])
    assert (folder / "bert_tiny" / name).read_text() == "changed"


def test_only_an_answer_that_there_is_none_excuses_a_file_that_is_not_needed(encoder, server, folder):
    server.missing, server.broken = set(), {"tokenizer.json"}
    with pytest.raises(FetchError, match=r"(?s)1 of 5 downloads failed.*bert_tiny/tokenizer\.json: .*503"):
        quiet(folder, ["bert_tiny"])


@pytest.mark.parametrize("is_address", [False, True], ids=["folder", "address"])
def test_students_take_encoders_from_the_mirror(encoder, server, folder, monkeypatch, tmp_path, is_address):
    quiet(folder, ["bert_tiny"])
    monkeypatch.setenv("TLTEACH_MIRROR", f"http://127.0.0.1:{server.server_port}/" if is_address else str(folder))
    server.paths.clear()
    found = fetch_folder(encoder)
    assert found == tmp_path / "home" / "encoders" / "bert_tiny"
    assert {path.name: path.read_bytes() for path in found.iterdir()} == {name: FILES[name] for name in HELD}
    assert {*server.paths} == ({f"/bert_tiny/{name}" for name in (*HELD, "tokenizer.json")} if is_address else set())


@pytest.mark.parametrize("is_address", [False, True], ids=["folder", "address"])
def test_a_mirror_is_made_from_another_one(encoder, server, folder, monkeypatch, is_address):
    quiet(folder, ["bert_tiny", "imdb"])
    monkeypatch.setenv("TLTEACH_MIRROR", f"http://127.0.0.1:{server.server_port}/class" if is_address else str(folder))
    server.paths.clear()
    quiet(folder.with_name("another"), ["bert_tiny", "imdb"])
    assert ({*server.paths} >= {"/class/imdb.npz", "/class/bert_tiny/vocab.txt"}) == is_address
    assert sums(folder.with_name("another")) == sums(folder)
