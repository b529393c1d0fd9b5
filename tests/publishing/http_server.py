"""An HTTP server on a real socket whose answers are a function, and that can break off."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    """A request as it arrived; header names are lower case."""

    method: str
    path: str
    headers: dict
    body: bytes


@dataclass
class Reply:
    """An answer; with `cut` the connection ends without one, with `is_half` in the middle of it."""

    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    cut: bool = False
    is_half: bool = False


@contextmanager
def serving(answer) -> Iterator[str]:
    """Serve `answer(request) -> Reply` on a free port; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_method(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # who sent it died
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = answer(Request(self.command, self.path, headers, body))
            self.close_connection = True
            if reply.cut:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response_only(reply.status)
            for name, value in ({"content-type": "application/json"} | reply.headers).items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(reply.body)))
            self.end_headers()
            end = len(reply.body) // 2 if reply.is_half else None
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked died
                self.wfile.write(reply.body[:end])

        def __getattr__(self, name):
            if name.startswith("do_"):
                return self.handle_method
            raise AttributeError(name)

        def log_message(self, *_) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
