"""A server or mirror that lies: nothing is kept that was not asked for, and each attempt ends in one sentence."""

import hashlib
import io
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from serving import serving

from tlteach.core import fetch as fetching
from tlteach.core.errors import FetchError
from tlteach.core.fetch import fetch
from tlteach.image import full_photos
from tlteach.text import full_texts

CONTENT = bytes(range(256)) * 400
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers what the server was told to answer."""

    def do_GET(self):
        status, headers, body = self.server.answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in body:
            self.wfile.write(piece)

    def log_message(self, *_):
        """Say nothing in the test's output."""


class Server(ThreadingHTTPServer):
    """One that says nothing of connections that were cut."""

    def handle_error(self, *_):
        """Say nothing."""


@pytest.fixture
def server(monkeypatch):
    with serving(monkeypatch, Handler, Server) as server:
        yield server


def without_end():
    while True:
        yield b"x" * 100_000


PROOF = {"size": len(CONTENT), "sha256": SHA256}
PAGE = b"<html>Log in to the network of the school</html>"
LIES = {
    "a page to log in": ((200, {"Content-Length": str(len(PAGE))}, [PAGE]), PROOF),
    "without end": ((200, {}, without_end()), PROOF),
    "without end, and a length that is none": ((200, {"Content-Length": "many"}, without_end()), PROOF),
    "a length below zero": ((200, {"Content-Length": "-5"}, [CONTENT[1:]]), PROOF),
    "a length beyond all disks": ((200, {"Content-Length": "9" * 25}, [CONTENT]), PROOF),
    "one byte more": ((200, {"Content-Length": str(len(CONTENT) + 1)}, [CONTENT, b"x"]), PROOF),
    "other bytes": ((200, {"Content-Length": str(len(CONTENT))}, [CONTENT[::-1]]), PROOF),
    "a part that was not asked for": ((206, {"Content-Range": "bytes 50-99/100"}, [CONTENT[50:100]]), PROOF),
    "nothing": ((200, {"Content-Length": "0"}, []), PROOF),
    "a file of this computer": ((302, {"Location": "file:///etc/hostname"}, []), {}),
    "round and round": ((302, {"Location": "/file.bin"}, []), {}),
    "to nowhere": ((302, {"Location": "http://"}, []), {}),
    "no number that is known": ((799, {}, []), {}),
    "compressed": ((200, {"Content-Encoding": "gzip", "Content-Length": "20"}, [b"\x1f\x8b" + b"x" * 18]), PROOF),
}


@pytest.mark.parametrize("kind", LIES)
def test_a_lie_is_not_kept(server, tmp_path, kind):
    server.answer, proof = LIES[kind]
    with pytest.raises(FetchError) as caught:
        fetch(server.address, tmp_path / "file.bin", **proof, say=lambda _: None)
    assert "file.bin" in str(caught.value) or str(tmp_path) in str(caught.value)
    assert not (tmp_path / "file.bin").exists()
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3 * fetching.CHUNK


def test_of_a_file_without_a_known_size_not_more_than_the_disk_has_is_taken(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: fetching.shutil._ntuple_diskusage(10**7, 9, 3 * 10**6))
    server.answer = 200, {}, without_end()
    with pytest.raises(FetchError, match="sends more than 1,500,000 bytes"):
        fetch(server.address, tmp_path / "file.bin", sha256=SHA256, say=lambda _: None)
    assert not (tmp_path / "file.bin").exists()


def zipped(members, damage=None):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    data = bytearray(file.getvalue())
    if damage == "encrypted":  # the first bit of the flags, in both places
        data[6] |= 1
        data[data.index(b"PK\x01\x02") + 8] |= 1
    if damage == "compressed in a way that is unknown":
        data[8] = data[data.index(b"PK\x01\x02") + 10] = 99
    if damage == "bytes changed":
        start = 30 + len(next(iter(members)))
        data[start : start + 20] = b"\xff" * 20
    return bytes(data)


DAMAGES = ["encrypted", "compressed in a way that is unknown", "bytes changed"]
PHOTO = "cats_and_dogs_filtered/train/cats/cat.0.jpg"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a mirror; one photo is the whole of the photos."""
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setattr(full_photos, "COUNTS", {"train/cat": 1})
    (tmp_path / "mirror").mkdir()
    return tmp_path


def photos(home, monkeypatch, archive):
    (home / "mirror" / full_photos.ARCHIVE).write_bytes(archive)
    monkeypatch.setattr(full_photos, "BYTES", len(archive))
    return full_photos.folder(say=lambda _: None)


def test_an_archive_writes_nothing_outside_of_its_folder(home, monkeypatch):
    jpeg = b"\xff\xd8" + bytes(100)
    climbing = [
        "../../evil.jpg",
        "/tmp/evil.jpg",
        "cats_and_dogs_filtered/train/cats/../../../../evil.jpg",
        "cats_and_dogs_filtered\\train\\cats\\evil.jpg",
        "cats_and_dogs_filtered/train/cats/a\n.jpg",
    ]
    found = photos(home, monkeypatch, zipped({PHOTO: jpeg} | dict.fromkeys(climbing, jpeg)))
    assert sorted(path.name for path in home.rglob("*.jpg")) == ["cat.0.jpg"]
    assert (found / "train" / "cat" / "cat.0.jpg").read_bytes() == jpeg


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_of_photos_is_told(home, monkeypatch, damage):
    with pytest.raises(FetchError, match=r"cats_and_dogs_filtered\.zip .*Move it away"):
        photos(home, monkeypatch, zipped({PHOTO: b"\xff\xd8" + bytes(10_000)}, damage))
    assert not (home / "home" / "cats_vs_dogs_full").exists()


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_of_messages_is_told(home, damage):
    archive = zipped({full_texts.SMS_MEMBER: "ham\thello\n" * 1000}, damage)
    (home / "mirror" / full_texts.SMS_URL.rsplit("/", 1)[-1]).write_bytes(archive)
    with pytest.raises(FetchError, match=r"Move (it|the archive) away"):
        full_texts.sms_file(say=lambda _: None)


def test_messages_that_unpack_to_more_than_they_are_is_not_read_to_the_end(home):
    archive = zipped({full_texts.SMS_MEMBER: bytes(200_000_000)})
    (home / "mirror" / full_texts.SMS_URL.rsplit("/", 1)[-1]).write_bytes(archive)
    with pytest.raises(FetchError, match="has the sha256"):
        full_texts.sms_file(say=lambda _: None)
