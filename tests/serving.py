"""A web server on this machine, for as long as a test needs it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(
    monkeypatch, handler: type[BaseHTTPRequestHandler], kind: type[ThreadingHTTPServer] = ThreadingHTTPServer
) -> Iterator[ThreadingHTTPServer]:
    """A server that answers with `handler`; its `address` is that of a file. No mirror and no proxy stands between."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("TLTEACH_MIRROR", raising=False)
    with kind(("127.0.0.1", 0), handler) as server:
        server.address = f"http://127.0.0.1:{server.server_port}/file.bin"
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield server
        server.shutdown()
