"""The loop of the web server: many open connections cost nothing while nothing happens to them."""

import resource
import socket
import threading
from contextlib import ExitStack

import pytest

from igny8 import server
from igny8.server import epoll_loop
from tests.conftest import make_app
from tests.waiting import until

ASK = b"HEAD /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def running_server(tmp_path):
    """Return a server that runs in this process."""
    made = server.server(make_app(tmp_path), "127.0.0.1", 0)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.close()
    thread.join(10)


def dial(running_server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", running_server.effective_port), 10)


def ask(line) -> bytes:
    line.sendall(ASK)
    return line.recv(65536)


def test_1500_open_connections_are_all_served(running_server):
    with ExitStack() as stack:
        lines = [stack.enter_context(dial(running_server)) for _ in range(1500)]
        assert all(ask(line).startswith(b"HTTP/1.1 200") for line in lines)
        assert all(ask(line).startswith(b"HTTP/1.1 200") for line in reversed(lines))


def test_a_connection_to_which_nothing_happens_is_not_asked(running_server, monkeypatch):
    asked = []
    readable = server.Channel.readable
    with dial(running_server) as silent, dial(running_server) as busy:
        assert ask(silent) and ask(busy)
        monkeypatch.setattr(epoll_loop, "ALL_AGAIN", 600.0)
        until(lambda: len(running_server.active_channels) == 2, 10)
        monkeypatch.setattr(
            server.Channel, "readable", lambda self: asked.append(self.addr) or readable(self)
        )
        for _ in range(50):
            assert ask(busy)
        assert asked.count(silent.getsockname()) <= 1 < asked.count(busy.getsockname())


def test_requests_that_come_together_are_answered_in_order(running_server):
    with dial(running_server) as line:
        line.sendall(ASK * 5)
        got = b""
        while got.count(b"HTTP/1.1 200") < 5:
            got += line.recv(65536)


def test_an_answer_larger_than_the_line_takes_arrives_whole(running_server):
    with dial(running_server) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(
            b"GET /static/app.css HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        head, _, body = b"".join(iter(lambda: line.recv(4096), b"")).partition(b"\r\n\r\n")
        assert f"content-length: {len(body)}\r\n".encode() in head.lower() + b"\r\n"


def test_a_connection_that_is_silent_for_long_is_closed(running_server, monkeypatch):
    monkeypatch.setattr(epoll_loop, "ALL_AGAIN", 0.05)
    with dial(running_server) as line:
        assert ask(line)
        running_server.adj.channel_timeout = 0
        running_server.adj.cleanup_interval = 0
        running_server.next_channel_cleanup = 0
        assert line.recv(1) == b""


def test_without_epoll_it_serves_all_the_same(tmp_path, monkeypatch):
    monkeypatch.delattr(epoll_loop.select, "epoll")
    made = server.server(make_app(tmp_path), "127.0.0.1", 0)
    threading.Thread(target=made.run, daemon=True).start()
    with dial(made) as line:
        assert ask(line).startswith(b"HTTP/1.1 200") and ask(line).startswith(b"HTTP/1.1 200")
    made.close()


def test_the_limit_of_open_files_is_raised_as_far_as_it_goes(monkeypatch, caplog):
    limits, raised = {"now": (256, 2048)}, []
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda which, to: raised.append(to))
    assert server.connections() == 2048 - server.OTHER_FILES
    assert raised == [(2048, 2048)] and "ulimit -n 4200" in caplog.text
    limits["now"] = (1024, 65536)
    assert server.connections() == server.CONNECTIONS and raised[-1] == (4200, 65536)
