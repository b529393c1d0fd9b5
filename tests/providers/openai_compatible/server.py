"""A model server that says what it is told to, and can fail in every way that wires can."""

import json
import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from igny8.outbound.allowlist import Allowlist
from igny8.providers.base import Endpoint
from igny8.providers.openai_compatible.structured_output import SCHEMA_IN_TEXT

HERE = Allowlist.of("127.0.0.1")


def local(*facts: str, **more: str) -> Endpoint:
    """Return an Endpoint whose address may lie on this machine."""
    return Endpoint(*facts, **more, allowed=HERE)


@dataclass
class Say:
    """One answer: a status with headers and a body; `cut` sends half of it, `reset` none, `hang` waits for the end,
    `drip` sends a byte a second.
    """

    body: bytes | str | dict = b""
    status: int = 200
    headers: dict = field(default_factory=dict)
    cut: bool = False
    reset: bool = False
    hang: bool = False
    drip: bool = False
    kind: str = "application/json"


def chat(text, finish: str = "stop", **more) -> Say:
    """Return a chat completion that says a text (or a JSON value)."""
    text = text if isinstance(text, str) else json.dumps(text)
    return Say(
        {
            "choices": [
                {"message": {"role": "assistant", "content": text, **more}, "finish_reason": finish}
            ],
            "usage": {"prompt_tokens": 11, "completion_tokens": 7},
        }
    )


class Server:
    """Returns answers from a list in turn, the last one repeatedly; records the requests."""

    def __init__(self):
        self.script: list = []
        self.asked: list[dict] = []
        self.released = threading.Event()
        self.url = ""

    def will(self, *script) -> "Server":
        """Set the answers: Say, or functions of the request that return one."""
        self.script = list(script)
        return self

    def next(self, request: dict) -> Say:
        self.asked.append(request)
        say = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return say(request) if callable(say) else say


@contextmanager
def model_server():
    """Lend a Server on a free port."""
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self._answer({"path": self.path})

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            self._answer(
                {
                    "path": self.path,
                    "key": self.headers.get("authorization"),
                    "api-key": self.headers.get("api-key"),
                    **json.loads(body),
                }
            )

        def _answer(self, request: dict) -> None:
            say = state.next(request)
            if say.hang:
                state.released.wait(60)
            if say.reset:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return
            body = (
                json.dumps(say.body).encode()
                if isinstance(say.body, dict | list)
                else say.body.encode()
                if isinstance(say.body, str)
                else say.body
            )
            self.send_response(say.status)
            for name, value in {
                "content-type": say.kind,
                "content-length": str(len(body)),
                "connection": "close",
                **say.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            if say.drip:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    state.released.wait(1)
            self.wfile.write(body[: len(body) // 2] if say.cut else b"" if say.drip else body)
            self.close_connection = True

        def log_message(self, *_) -> None:
            """Say nothing."""

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except (ConnectionError, ValueError):
                self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        http.daemon_threads = True
        state.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        try:
            yield state
        finally:
            state.released.set()
            http.shutdown()
            thread.join()


def schema_of(request: dict) -> dict:
    """Return the schema that a request asks for, in whichever of the product's ways it asks."""
    form = request.get("response_format", {})
    if "json_schema" in form:
        return form["json_schema"]["schema"]
    if "tools" in request:
        return request["tools"][0]["function"]["parameters"]
    text = next(m["content"] for m in request["messages"] if SCHEMA_IN_TEXT in m["content"])
    schema, _ = json.JSONDecoder().raw_decode(text.partition(SCHEMA_IN_TEXT)[2])
    return schema
