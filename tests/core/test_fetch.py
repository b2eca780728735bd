"""Downloads against a server on this machine: whole, cut off, wrong, refused, from a mirror."""

import errno
import hashlib
import socket
import time
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler

import numpy as np
import pytest
from serving import serving

from tlteach.core import fetch as fetching
from tlteach.core.errors import FetchError
from tlteach.core.fetch import fetch
from tlteach.core.files import bundled, cache_folder

CONTENT = np.random.default_rng(0).bytes(3_000_000)
SHA256, MD5 = hashlib.sha256(CONTENT).hexdigest(), hashlib.md5(CONTENT).hexdigest()
quiet = partial(fetch, say=lambda _: None)


class Handler(BaseHTTPRequestHandler):
    """Serves CONTENT at /file.bin; the server says whether ranges are known and how often to cut the connection."""

    def do_GET(self):
        server = self.server
        server.asked.append(self.headers.get("Range"))
        if not self.path.endswith("/file.bin"):
            return self.send_error(404)
        start = 0
        if server.ranges and self.headers.get("Range"):
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        if start >= len(CONTENT):
            return self.send_error(416)
        body = CONTENT[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if server.cuts > 0:
            server.cuts -= 1
            body = body[: len(body) // 2]
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing in the test's output."""


@pytest.fixture
def server(monkeypatch):
    with serving(monkeypatch, Handler) as server:
        server.ranges, server.cuts, server.asked = True, 0, []
        yield server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new folder" / "file.bin"


def left_in(path):
    return sorted(item.name for item in path.parent.iterdir())


@pytest.mark.parametrize("known", [{}, {"size": len(CONTENT)}, {"sha256": SHA256}, {"md5": MD5}])
def test_a_file_is_fetched_whole_and_only_once(server, path, known):
    said = []
    assert fetch(server.address, path, **known, say=said.append) == path
    assert path.read_bytes() == CONTENT
    assert left_in(path) == ["file.bin"]
    assert len(said) == 1
    assert server.address in said[0]
    quiet(server.address, path, **known)
    assert len(server.asked) == 1


def test_a_cut_connection_is_continued(server, path):
    server.cuts = 2
    quiet(server.address, path, size=len(CONTENT), sha256=SHA256)
    assert path.read_bytes() == CONTENT
    assert server.asked == [None, "bytes=1500000-", "bytes=2250000-"]


def test_a_server_without_ranges_starts_clean(server, path):
    server.cuts, server.ranges = 1, False
    quiet(server.address, path, size=len(CONTENT), sha256=SHA256)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("known", [{"size": len(CONTENT)}, {"md5": MD5}])
def test_the_next_call_continues(server, path, known):
    server.cuts = fetching.ATTEMPTS
    with pytest.raises(FetchError, match="cut"):
        quiet(server.address, path, **known)
    assert left_in(path) == ["file.bin.part"]
    quiet(server.address, path, **known)
    assert path.read_bytes() == CONTENT
    assert server.asked[-1].startswith("bytes=")


def test_without_a_proof_of_the_whole_the_next_call_starts_clean(server, path):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(b"of another file")
    quiet(server.address, path)
    assert path.read_bytes() == CONTENT


def test_a_part_that_cannot_be_continued_is_fetched_anew(server, path):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(CONTENT + b"more")
    quiet(server.address, path, sha256=SHA256)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("wrong", [{"size": 2_999_999}, {"size": 3_000_001}, {"sha256": "0" * 64}, {"md5": "0" * 32}])
def test_a_wrong_file_is_not_kept(server, path, wrong):
    with pytest.raises(FetchError):
        quiet(server.address, path, **wrong)
    assert "file.bin" not in left_in(path)


def test_a_wrong_file_that_is_there_is_named_and_left_alone(server, path):
    path.parent.mkdir()
    path.write_bytes(b"mine")
    with pytest.raises(FetchError, match="Move the file away"):
        quiet(server.address, path, size=len(CONTENT))
    assert path.read_bytes() == b"mine"
    assert server.asked == []


def test_not_found_is_told_at_once(server, path):
    with pytest.raises(FetchError, match="404"):
        quiet(server.address + ".old", path)
    assert len(server.asked) == 1


def test_a_refused_connection_says_what_to_do_by_hand(path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("TLTEACH_MIRROR", raising=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(FetchError) as caught:
        quiet(f"http://127.0.0.1:{port}/file.bin", path)
    for words in (f"http://127.0.0.1:{port}/file.bin", str(path), "TLTEACH_MIRROR"):
        assert words in str(caught.value)


def test_a_mirror_folder_replaces_the_network(server, path, tmp_path, monkeypatch):
    monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path / "mirror"))
    with pytest.raises(FetchError, match="mirror has no"):
        quiet(server.address, path)
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "file.bin").write_bytes(CONTENT)
    quiet(server.address, path, size=len(CONTENT), sha256=SHA256)
    assert path.read_bytes() == CONTENT
    assert server.asked == []


def test_a_mirror_address_replaces_the_address(server, path, monkeypatch):
    monkeypatch.setenv("TLTEACH_MIRROR", server.address.replace("/file.bin", "/class/"))
    quiet("https://nowhere.invalid/deep/file.bin", path, sha256=SHA256)
    assert path.read_bytes() == CONTENT


def test_a_full_disk_is_found_before_writing(server, path, monkeypatch):
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: fetching.shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(FetchError, match="TLTEACH_HOME"):
        quiet(server.address, path, size=len(CONTENT))


def test_the_cache_folder_can_be_moved(tmp_path, monkeypatch):
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("TLTEACH_HOME")
    assert cache_folder().name == ".tlteach"


def test_missing_bundled_data_says_where_it_was_looked_for():
    with pytest.raises(FetchError, match="datasets"):
        bundled("no such part")


class Dripping(Handler):
    """A byte now and then: never silent for long enough to be given up, and never done."""

    def do_GET(self):
        self.server.asked.append(self.headers.get("Range"))
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        with suppress(OSError):  # the other side hangs up
            for _ in range(40):
                self.wfile.write(b".")
                time.sleep(0.05)


def test_a_server_that_drips_is_given_up(path, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT", 0.2)
    with serving(monkeypatch, Dripping) as server:
        server.asked = []
        with pytest.raises(FetchError, match=r"fewer than 1,000 bytes a second came.*put it at"):
            quiet(server.address, path)
        assert len(server.asked) == fetching.ATTEMPTS


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_folder_that_cannot_be_written_to_is_named(server, tmp_path, monkeypatch, mirrored):
    (tmp_path / "home").write_text("a file where a folder should be")
    (tmp_path / "file.bin").write_bytes(CONTENT)
    if mirrored:
        monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path))
    with pytest.raises(FetchError, match=r"home.*TLTEACH_HOME"):
        quiet(server.address, tmp_path / "home" / "file.bin")
    assert server.asked == []


def test_a_disk_that_fills_while_a_mirror_is_copied_leaves_nothing(path, tmp_path, monkeypatch):
    def half(source, part):
        part.write_bytes(CONTENT[:1000])
        raise OSError(errno.ENOSPC, "No space left on device", str(part))

    (tmp_path / "file.bin").write_bytes(CONTENT)
    monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path))
    monkeypatch.setattr("shutil.copyfile", half)
    with pytest.raises(FetchError, match=r"No space left on device.*TLTEACH_HOME"):
        quiet("http://127.0.0.1/file.bin", path)
    assert left_in(path) == []
