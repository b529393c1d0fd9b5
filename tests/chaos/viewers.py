"""People who look at the Automation page: each keeps a connection and asks again when the answer before says.

One process, and as little work a request as a browser's part allows: the machine is the server's too.
"""

import asyncio
import time
from dataclasses import dataclass, field

from tests.waiting import pause

FIRST, AT_FIRST = (
    8.0,
    2.0,
)  # seconds over which they come; until the next request, until an answer says otherwise
PATIENCE = 10.0  # seconds that answers on their way are waited for at the end
NO_BODY = b"204"


def look_on(port: int, cookies: list[str], site: str, seconds: float) -> dict:
    """Let one viewer a cookie look for so long; return requests, snapshots, errors, and the seconds to an answer."""
    return asyncio.run(_crowd(port, cookies, site, seconds))


async def _crowd(port: int, cookies: list[str], site: str, seconds: float) -> dict:
    seen, viewers = Seen(), []
    loop = asyncio.get_running_loop()
    for number, cookie in enumerate(cookies):
        viewers.append(Viewer(seen, port, site, cookie))
        loop.call_later(FIRST * number / len(cookies), viewers[-1].ask)
    await pause(seconds)
    seen.over = True
    for _ in range(round(PATIENCE / 0.1)):
        if not any(viewer.asked for viewer in viewers):
            break
        await pause(0.1)
    for viewer in viewers:
        viewer.go()
    seen.times.sort()
    return {
        "requests": len(seen.times),
        "snapshots": seen.snapshots,
        "errors": seen.errors,
        "p50": seen.times[len(seen.times) // 2],
        "p99": seen.times[int(len(seen.times) * 0.99)],
        "bytes": seen.bytes,
    }


@dataclass
class Seen:
    """What all viewers saw together."""

    times: list[float] = field(default_factory=list)
    snapshots: int = 0
    errors: int = 0
    bytes: int = 0
    over: bool = False


class Viewer(asyncio.Protocol):
    """One browser: it asks with the version that it shows, and waits for as long as the answer says."""

    def __init__(self, seen: Seen, port: int, site: str, cookie: str):
        self.seen, self.port = seen, port
        self.address, self.interval = f"/sites/{site}/automation/live".encode(), AT_FIRST
        self.head = (
            f" HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nHX-Request: true\r\nCookie: {cookie}\r\n\r\n"
        ).encode()
        self.line, self.asked, self.heard, self.due = None, 0.0, b"", 0

    def ask(self) -> None:
        """Send the next request, over a new connection where the last one is gone."""
        if self.seen.over:
            return
        self.asked = time.monotonic()
        if self.line is None:
            self.opening = asyncio.ensure_future(self._open())
        else:
            self.line.write(b"GET " + self.address + self.head)

    async def _open(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.port)
        except OSError:
            self._answered(is_error=True)

    def connection_made(self, transport) -> None:
        self.line = transport
        transport.write(b"GET " + self.address + self.head)

    def connection_lost(self, error) -> None:
        if self.line is not None:
            self.line = None
            if self.asked:
                self._answered(is_error=True)

    def data_received(self, data: bytes) -> None:
        self.heard = self.heard + data if self.heard else data
        if not self.due:
            end = self.heard.find(b"\r\n\r\n")
            if end < 0:
                return
            self.due = end + 4 + (0 if self.heard[9:12] == NO_BODY else self._length(end))
        if len(self.heard) >= self.due:
            self._read()

    def _length(self, end: int) -> int:
        at = self.heard.lower().find(b"content-length:", 0, end)
        return int(self.heard[at + 15 : self.heard.find(b"\r", at)])

    def _read(self) -> None:
        """Take in a whole answer: where to ask next, and when."""
        status, heard = self.heard[9:12], self.heard
        if b"connection: close" in heard[: heard.find(b"\r\n\r\n")].lower():
            self.line.close()
            self.line = None  # the next request opens another connection, as in a browser
        self.heard, self.due = b"", 0
        self.seen.bytes += len(heard)
        if status == b"200":
            self.seen.snapshots += 1
            at = heard.find(b' hx-get="')
            self.address = heard[at + 9 : heard.find(b'"', at + 9)]
            every = heard.find(b"every ", at) + 6
            self.interval = float(heard[every : heard.find(b"s", every)]) if at > 0 else None
        self._answered(is_error=status not in (b"200", NO_BODY))

    def _answered(self, is_error: bool) -> None:
        took = time.monotonic() - self.asked
        self.asked = 0.0
        self.seen.times.append(took)
        self.seen.errors += is_error
        if self.interval is not None:  # the run has ended: the page asks no more
            asyncio.get_running_loop().call_later(max(0.0, self.interval - took), self.ask)

    def go(self) -> None:
        """Hang up; an answer that never came is an error."""
        if self.asked:
            self._answered(is_error=True)
        if self.line is not None:
            self.line.abort()
