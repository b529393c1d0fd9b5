"""Limit request bodies while they are received, before waitress stores them.

waitress collects a whole body, in memory and above 512 KB in a temporary file, before the app sees
the request. The limit therefore depends on the headers (`BodyLimit`). A larger body is counted and
dropped; the app then answers 413 with an error page, by the length.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import BinaryIO

from waitress.adjustments import Adjustments
from waitress.buffers import OverflowableBuffer
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

# Returns how many bytes a body may have, from the WSGI names of its headers.
BodyLimit = Callable[[Mapping[str, str]], int]
MAX_STORED_BYTES = 512 * 1024 * 1024  # of all bodies that one process holds at a time


class TooManyUploads(Error):
    """The limit for request bodies in memory is reached."""

    code = 503
    reason = "Service Unavailable"


class BodyBudget:
    """Number of bytes of request bodies that a process may hold in memory."""

    def __init__(self, max_bytes: int = MAX_STORED_BYTES) -> None:
        self._free, self._lock = max_bytes, Lock()

    def take(self, count: int) -> bool:
        """Return whether `count` more bytes may be stored, and count them if so."""
        with self._lock:
            if count > self._free:
                return False
            self._free -= count
        return True

    def release(self, count: int) -> None:
        """Return bytes that are no longer stored to the budget."""
        with self._lock:
            self._free += count


class BodyBuffer:
    """The buffer of one body: stores it up to `limit` bytes, else only its length."""

    def __init__(self, overflow: int, limit: int, budget: BodyBudget) -> None:
        self._overflow, self._limit, self._budget = overflow, limit, budget
        self._kept = OverflowableBuffer(overflow)
        self._length = self._taken = 0
        self.is_over_budget = self._is_dropped = False

    def __len__(self) -> int:
        return self._length

    def append(self, data: bytes) -> None:
        """Store or drop a piece of the body."""
        self._length += len(data)
        if self._is_dropped:
            return
        if self._length > self._limit:
            self.close()
        elif self._budget.take(len(data)):
            self._taken += len(data)
            self._kept.append(data)
        else:
            self.is_over_budget = True
            self.close()

    def getfile(self) -> BinaryIO:
        """Return the stored body as a file; empty if it was dropped."""
        return self._kept.getfile()

    def close(self) -> None:
        """Free the stored data and drop the rest."""
        self._is_dropped = True
        self._kept.close()
        self._kept = OverflowableBuffer(self._overflow)
        self._budget.release(self._taken)
        self._taken = 0


class RequestParser(HTTPRequestParser):
    """Parse a request; store its body only as far as its headers allow."""

    def __init__(self, adj: Adjustments, body_limit: BodyLimit, budget: BodyBudget) -> None:
        super().__init__(adj)
        self._body_limit, self._budget = body_limit, budget

    def parse_header(self, header_plus: bytes) -> None:
        """Parse the headers, and prepare a limited buffer for the body."""
        super().parse_header(header_plus)
        if self.body_rcv is not None:
            names = {f"HTTP_{name}": value for name, value in self.headers.items()}
            names["CONTENT_TYPE"] = self.headers.get("CONTENT_TYPE", "")
            limit = self._body_limit(names)
            self.body_rcv.buf = BodyBuffer(self.adj.inbuf_overflow, limit, self._budget)

    def received(self, data: bytes) -> int:
        """Receive data; return how many bytes of it belong to this request."""
        consumed: int = super().received(data)
        if self.body_rcv is not None and self.body_rcv.getbuf().is_over_budget:
            self.error = TooManyUploads("Too many uploads at once. Try again in a moment.")
        return consumed
