"""Rule 10: odd HTTP and slow connections keep nobody else out (attacks 48 and 49)."""

import socket
import threading
import time
from contextlib import ExitStack

import pytest

from igny8 import server
from igny8.server.connection import Connection
from igny8.server.waitress_server import THREADS
from tests.conftest import make_app
from tests.security import wire
from tests.security.outside import Visitor
from tests.waiting import until

PAGE = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
LOCAL = b" HTTP/1.1\r\nHost: localhost\r\n"
ASSET = b"GET /static/htmx.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
CLOSE = b"Connection: close\r\n\r\n"
ODD = {
    "nothing": b"",
    "line ends": b"\r\n" * 50,
    "zeros": b"\0" * 5000,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    "HTTP 0.9": b"GET /health\r\n\r\n",
    "HTTP 2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP 9": b"GET / HTTP/9.9\r\n\r\n",
    "no path": b"GET HTTP/1.1\r\n\r\n",
    "a lower case method": b"get /health" + LOCAL + b"\r\n",
    "a long method": b"A" * 5000 + b" / HTTP/1.1\r\n\r\n",
    "a long path": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
    "a long query": b"GET /health?" + b"a=b&" * 10_000 + LOCAL + CLOSE,
    "many headers": PAGE + b"".join(b"X-%d: a\r\n" % n for n in range(10_000)) + b"\r\n",
    "a fold": PAGE + b"X: a\r\n b\r\n" + CLOSE,
    "a blank before the colon": PAGE + b"X : a\r\n\r\n",
    "a zero in a header": PAGE + b"X: a\0b\r\n" + CLOSE,
    "bare line feeds": b"GET /health HTTP/1.1\nHost: localhost\n\n",
    "a bare carriage return": PAGE + b"X: a\rContent-Length: 5\r\n\r\n",
    "no name": b"GET /health HTTP/1.1\r\n" + CLOSE,
    "two names": PAGE + b"Host: evil.example\r\n" + CLOSE,
    "two lengths": PAGE + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\nabcde",
    "a length below zero": PAGE + b"Content-Length: -1\r\n\r\n",
    "a length with a sign": PAGE + b"Content-Length: +5\r\n\r\nabcde",
    "a length beyond all": PAGE + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "length and chunks": PAGE.replace(b"GET", b"POST")
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n",
    "odd chunks": PAGE + b"Transfer-Encoding: xchunked\r\n\r\n",
    "broken chunks": PAGE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "chunks without end": PAGE
    + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n"
    + b"a" * 9000,
    "a smuggled request": PAGE + b"Content-Length: 0\r\n\r\nGET /smuggled" + LOCAL + CLOSE,
    "a tunnel": b"CONNECT evil.example:80" + LOCAL + CLOSE,
    "a trace": b"TRACE /health" + LOCAL + b"Cookie: secret=1\r\n" + CLOSE,
    "an upgrade": PAGE + b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    "percent signs": b"GET /%zz%%%c0%ae%00" + LOCAL + CLOSE,
    "bytes in the path": b"GET /\xff\xfe\xc0\xae" + LOCAL + CLOSE,
    "a broken cookie": PAGE
    + b'Cookie: theme="; session=\xff\xfe; =;;\r\nConnection: close\r\n\r\n',
    "a broken range": b"GET /static/app.css"
    + LOCAL
    + b"Range: bytes="
    + b"0-0," * 2000
    + b"1-\r\n"
    + CLOSE,
    "broken dates": b"GET /static/app.css"
    + LOCAL
    + b'If-Modified-Since: x\r\nIf-None-Match: "\r\n'
    + CLOSE,
    "a broken form": b"POST /theme"
    + LOCAL
    + b"Content-Type: multipart/form-data; boundary=\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
}


@pytest.mark.parametrize("name", ODD)
def test_malformed_http_does_not_affect_the_next_request(product, name):
    answer = wire.said(product, ODD[name])
    status = int(answer[9:12]) if answer.startswith(b"HTTP/") else 0
    assert status == 0 or 200 <= status < 500 or status in (501, 505)
    assert b"Traceback" not in answer and b"secret=1" not in answer
    assert Visitor(product.address, product.cookies()).get("/health").status == 200


def test_unusual_requests_cause_no_server_errors(product):
    assert "level=ERROR" not in product.written


def test_500_half_sent_requests_block_nobody(product):
    with ExitStack() as lines:
        for _ in range(500):
            line = lines.enter_context(wire.dial(product))
            line.sendall(b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\nX: ")
        guest = Visitor(product.address, product.cookies())
        assert [guest.get("/sites/new").status for _ in range(20)] == [200] * 20


def test_500_connections_that_read_nothing_block_nobody(product):
    with ExitStack() as lines:
        for number in range(500):
            line = lines.enter_context(wire.dial(product))
            # as many as there are threads ask for more than the buffers of both ends hold
            line.sendall(ASSET * (130 if number < THREADS else 1))
        guest = Visitor(product.address, product.cookies())
        assert [guest.get("/sites/new").status for _ in range(20)] == [200] * 20


@pytest.fixture
def impatient(tmp_path, monkeypatch):
    """Return a server of this process that waits for nobody longer than a moment."""
    for limit in ("head_timeout_s", "request_timeout_s", "unread_timeout_s"):
        monkeypatch.setattr(Connection, limit, 0.2)
    running_server = server.create(make_app(tmp_path), "127.0.0.1", 0)
    thread = threading.Thread(target=running_server.run, daemon=True)
    thread.start()
    yield running_server
    running_server.close()
    thread.join(10)


@pytest.mark.parametrize(
    "begin",
    [
        b"GET /health HTTP/1.1\r\nX: ",
        b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n",
    ],
)
def test_slowly_sent_request_is_cut_off(impatient, begin):
    with socket.create_connection(("127.0.0.1", impatient.effective_port), 10) as line:
        line.sendall(begin)

        def cut_off() -> bool:
            try:
                line.sendall(b"a")
            except OSError:
                return True
            return False

        until(cut_off, 20, "the end of a connection", pause=0.05)


def test_client_that_never_reads_is_disconnected(impatient):
    with ExitStack() as lines:
        for _ in range(THREADS):
            line = lines.enter_context(
                socket.create_connection(("127.0.0.1", impatient.effective_port), 10)
            )
            line.sendall(ASSET * 600)
        until(lambda: len(impatient.active_channels) == THREADS, 20, "the connections")
        until(lambda: not impatient.active_channels, 60, "the end of the connections")
        with socket.create_connection(("127.0.0.1", impatient.effective_port), 10) as other:
            other.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert other.recv(65536).startswith(b"HTTP/1.1 200")


def test_timely_requests_are_answered_on_a_reused_connection(impatient):
    with socket.create_connection(("127.0.0.1", impatient.effective_port), 10) as line:
        for _ in range(3):
            line.sendall(b"HEAD /static/none HTTP/1.1\r\nHost: loc")
            line.sendall(b"alhost\r\n\r\n")
            assert line.recv(65536).startswith(b"HTTP/1.1 404")
            until(lambda end=time.monotonic() + 0.3: time.monotonic() > end, 5)
