"""Clients of a web server: browsers that poll without a pause, and slow connections."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

POLLS_PER_VERSION = 200
WARM_UP_S = 1.5
SLOW_CONNECTIONS = 40
LONGEST_WAIT_S = 8.0
PAGE = "/sites/green/automation/live"
POST = b"POST /theme HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n\r\na="
FILE = b"GET /static/htmx.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
SLOW = {"half a head": POST + b"X: ", "half a body": POST + FORM, "reads nothing": FILE * 130}
REQUEST = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass
class Tally:
    """What all browsers have received together."""

    answers: int = 0
    errors: int = 0
    is_over: bool = False


@dataclass
class Polling:
    """How browsers poll: where, whether the run has changed each time, and what changes it."""

    port: int
    seconds: float
    is_changed: bool
    change: Callable[[], None]
    cpu: Callable[[], float]


class Browser(asyncio.Protocol):
    """One browser that polls again as soon as it is answered."""

    def __init__(self, tally: Tally, polling: Polling, cookie: str):
        self.tally, self.polling = tally, polling
        self.address = f"{PAGE}?v=old".encode()
        self.head = (
            f" HTTP/1.1\r\nHost: 127.0.0.1:{polling.port}\r\nHX-Request: true\r\n"
            f"Cookie: {cookie}\r\n\r\n"
        ).encode()
        self.transport: asyncio.Transport | None = None
        self.received, self.length, self.is_waiting, self.closes = b"", 0, False, False

    async def open(self) -> None:
        """Connect, and poll from then on."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self.polling.port)

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self._poll()

    def _poll(self) -> None:
        self.is_waiting = True
        self.transport.write(b"GET " + self.address + self.head)

    def data_received(self, data: bytes) -> None:
        self.received += data
        end = self.received.find(b"\r\n\r\n")
        if end >= 0 and not self.length:
            self.length = end + 4 + self._body_length(self.received[:end].lower())
        if self.length and len(self.received) >= self.length:
            self._answered()

    def _body_length(self, head: bytes) -> int:
        self.closes = b"connection: close" in head
        if head[9:12] == b"204":
            return 0
        at = head.find(b"content-length:") + 15
        return int(head[at : head.find(b"\r", at)])

    def _answered(self) -> None:
        status = self.received[9:12]
        self.tally.answers += 1
        self.tally.errors += status not in (b"200", b"204")
        if not self.polling.is_changed and status == b"200":
            at = self.received.find(b' hx-get="') + 9
            self.address = self.received[at : self.received.find(b'"', at)]
        self.received, self.length, self.is_waiting = b"", 0, False
        if self.polling.is_changed and self.tally.answers % POLLS_PER_VERSION == 0:
            self.polling.change()
        if not (self.tally.is_over or self.closes):
            self._poll()

    def connection_lost(self, error: Exception | None) -> None:
        """Open another connection: servers may close one after an answer."""
        if self.is_waiting:
            self.tally.errors += not self.tally.is_over
        elif not self.tally.is_over:
            self.opening = asyncio.ensure_future(self.open())


async def poll(polling: Polling, cookies: list[str]) -> dict[str, float]:
    """Let one browser per cookie poll without a pause; return rate, CPU per poll, and errors."""
    tally = Tally()
    for cookie in cookies:
        await Browser(tally, polling, cookie).open()
    await asyncio.sleep(WARM_UP_S)
    before, cpu, began = tally.answers, polling.cpu(), time.monotonic()
    await asyncio.sleep(polling.seconds)
    count, cpu, took = tally.answers - before, polling.cpu() - cpu, time.monotonic() - began
    tally.is_over = True
    await asyncio.sleep(0.5)
    return {
        "polls per second": count / took,
        "CPU per poll, ms": 1000 * cpu / max(1, count),
        "errors": tally.errors,
    }


def wait_beside(port: int, kind: str) -> float:
    """Return the longest of three requests beside slow connections of a kind, in seconds.

    LONGEST_WAIT_S says that the request was not answered.
    """
    with ExitStack() as stack:
        for _ in range(SLOW_CONNECTIONS):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
            line.setblocking(False)
            with suppress(BlockingIOError):
                line.sendall(SLOW[kind])
        time.sleep(0.5)
        return max(_time_request(port) for _ in range(3))


def _time_request(port: int) -> float:
    began = time.monotonic()
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), LONGEST_WAIT_S) as line:
        line.sendall(REQUEST)
        if line.recv(1000).startswith(b"HTTP/1.1 200"):
            return min(LONGEST_WAIT_S, time.monotonic() - began)
    return LONGEST_WAIT_S
