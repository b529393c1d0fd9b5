"""Connections of the web server: many at once, kept alive where it helps, and closed where not."""

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from waitress.server import BaseWSGIServer

from igny8 import server
from igny8.server import waitress_server
from igny8.server.connection import Connection
from igny8.server.request_parser import BodyBudget, RequestParser
from tests.conftest import make_app
from tests.waiting import until

REQUEST = b"HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
FILE_REQUEST = b"GET /static/app.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HTMX_REQUEST = REQUEST.replace(b"\r\n\r\n", b"\r\nHX-Request: true\r\n\r\n")


@pytest.fixture
def web_server(tmp_path) -> Iterator[BaseWSGIServer]:
    """Return a server that runs in this process."""
    with running(tmp_path) as created:
        yield created


@contextmanager
def running(folder, host: str = "127.0.0.1") -> Iterator[BaseWSGIServer]:
    created = server.create(make_app(folder), host, 0)
    thread = threading.Thread(target=created.run, daemon=True)
    thread.start()
    yield created
    created.close()
    thread.join(10)


def connect(web_server: BaseWSGIServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", web_server.effective_port), 10)


def answer(line: socket.socket, request: bytes = REQUEST) -> bytes:
    line.sendall(request)
    return line.recv(65536)


def test_requests_are_served_beside_1000_open_connections(web_server):
    with ExitStack() as stack:
        lines = [stack.enter_context(connect(web_server)) for _ in range(1000)]
        assert all(answer(line).startswith(b"HTTP/1.1 200") for line in lines[::20] * 2)


def test_response_to_htmx_closes_the_connection(web_server):
    with connect(web_server) as line:
        assert b"\r\nConnection: close\r\n" in answer(line, HTMX_REQUEST)
        assert line.recv(1) == b""
    until(lambda: not web_server.active_channels, 10)


def test_other_responses_keep_the_connection_open(web_server):
    with connect(web_server) as line:
        for _ in range(3):
            assert b"Connection:" not in answer(line)


def test_pipelined_requests_are_answered_in_order(web_server):
    with connect(web_server) as line:
        line.sendall(REQUEST * 5)
        received = b""
        while received.count(b"HTTP/1.1 200") < 5:
            received += line.recv(65536)


def test_response_larger_than_the_socket_buffer_arrives_whole(web_server):
    with connect(web_server) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(FILE_REQUEST)
        head, _, body = b"".join(iter(lambda: line.recv(4096), b"")).partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}\r\n".encode() in head.lower() + b"\r\n"


def test_idle_connection_is_closed(web_server):
    with connect(web_server) as line:
        assert answer(line)
        web_server.adj.channel_timeout = web_server.adj.cleanup_interval = 0
        web_server.next_channel_cleanup = 0
        assert line.recv(1) == b""


@pytest.mark.parametrize("attribute", ["parser_class", "task_class", "error_task_class"])
def test_waitress_has_the_classes_we_subclass(attribute):
    (original,) = Connection.__bases__
    ours = {"parser_class": RequestParser}.get(attribute) or getattr(Connection, attribute)
    assert issubclass(ours, getattr(original, attribute))


def test_bodies_beyond_the_memory_budget_get_503(tmp_path, monkeypatch):
    monkeypatch.setattr(waitress_server, "BodyBudget", lambda: BodyBudget(1000))
    with running(tmp_path) as web_server, connect(web_server) as line:
        head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n"
        found = answer(line, head + b"a" * 2000)
        assert found.startswith(b"HTTP/1.1 503") and b"Content-Security-Policy" in found
        with connect(web_server) as other:
            assert not answer(other, head.replace(b"2000", b"900") + b"a" * 900).startswith(
                b"HTTP/1.1 503"
            )


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # at the end
def test_server_works_without_poll(tmp_path, monkeypatch):
    monkeypatch.delattr(select, "poll")
    assert waitress_server.connection_limit() < 512
    with running(tmp_path) as web_server, connect(web_server) as line:
        assert answer(line).startswith(b"HTTP/1.1 200")
        assert answer(line).startswith(b"HTTP/1.1 200")


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_server_listens_on_ipv6(tmp_path):
    with running(tmp_path, "::1") as web_server:
        address = ("::1", int(web_server.effective_port))
        with socket.create_connection(address, 10) as line:
            assert answer(line).startswith(b"HTTP/1.1 200")


def test_server_listens_on_a_host_name(tmp_path):
    with running(tmp_path, "localhost") as web_server, connect(web_server) as line:
        assert answer(line).startswith(b"HTTP/1.1 200")


def test_host_name_with_several_addresses_is_refused(tmp_path, monkeypatch):
    several = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", 0)) for n in (1, 2)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: several)
    with pytest.raises(OSError, match="several addresses"):
        server.create(make_app(tmp_path), "many.test", 0)


def test_second_server_on_a_port_is_refused(tmp_path, web_server):
    with pytest.raises(OSError, match="in use"):
        server.create(make_app(tmp_path / "other"), "127.0.0.1", int(web_server.effective_port))


class FileLimit:
    """A stand-in for the `resource` module."""

    RLIMIT_NOFILE, RLIM_INFINITY = 7, -1

    def __init__(self, soft: int, hard: int):
        self.limits = (soft, hard)

    def getrlimit(self, which: int) -> tuple[int, int]:
        return self.limits

    def setrlimit(self, which: int, limits: tuple[int, int]) -> None:
        self.limits = limits


@pytest.mark.parametrize(
    ("soft", "hard", "limit", "raised"),
    [(256, 1024, 824, 1024), (1024, 65536, 2000, 2200), (1024, -1, 2000, 2200), (-1, -1, 2000, -1)],
)
def test_limit_of_open_files_is_raised_for_connections(monkeypatch, soft, hard, limit, raised):
    files = FileLimit(soft, hard)
    monkeypatch.setattr(waitress_server, "resource", files)
    assert waitress_server.connection_limit() == limit
    assert files.limits == (raised, hard)


def test_systems_without_a_limit_of_open_files_are_served(monkeypatch):
    monkeypatch.setattr(waitress_server, "resource", None)
    assert waitress_server.connection_limit() == waitress_server.MAX_CONNECTIONS
